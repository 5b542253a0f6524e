"""What a search found: a file of flags for a study, a table, every trial as CSV."""

import dataclasses
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from serjax.config import Config, as_text, attribute_set_name
from serjax.data.parts import aligned
from serjax.files import write_csv, write_text
from serjax.methods import BASELINE
from serjax.study.about import command_words
from serjax.tuning.search import Tried, best_of

STATES = ("complete", "pruned", "failed")


@dataclasses.dataclass(frozen=True)
class Found:
    """A method's search.

    Attributes:
      config: the method, with the settings that were not searched for.
      held_out: the corpus that had no part in it; '' by a given split.
      name: of the search: `reversal-C`, `tess/reversal-C`.
      tried: its trials so far.
    """

    config: Config
    held_out: str
    name: str
    tried: tuple[Tried, ...]

    @property
    def best(self) -> Tried | None:
        """The trial whose settings were found; None if none is complete."""
        return best_of(self.tried)

    def flags_file(self, workdir: Path) -> Path:
        """Where the settings found are written."""
        return workdir / f"best-{self.name.replace('/', '-')}.flags"


def write_flags(workdir: Path, found: Found, selection: str) -> None:
    """Write the settings found as flags; no file where no trial is complete."""
    path, best = found.flags_file(workdir), found.best
    if best is None:
        path.unlink(missing_ok=True)
        return
    lines = [
        f"# {found.name}: trial {best.number + 1} of {len(found.tried)}, "
        f"{best.score:.2f} % by --selection={selection}.",
        *(f"--{name}={as_text(it)}" for name, it in best.settings.items()),
    ]
    write_text(path, "".join(f"{line}\n" for line in lines))


def write_trials(workdir: Path, found: Sequence[Found]) -> None:
    """Write trials.csv: a row per trial, a column per setting searched for."""
    names = list(dict.fromkeys(n for it in found for t in it.tried for n in t.settings))
    header = ["held_out", "approach", "set", "trial", "state", "score", "reason"]
    rows = [
        [
            its.held_out,
            its.config.training.approach,
            its.config.training.set_name,
            it.number + 1,
            it.state,
            it.score,
            it.reason,
            *(it.settings.get(name) for name in names),
        ]
        for its in found
        for it in its.tried
    ]
    write_csv(workdir / "trials.csv", [*header, *names], rows)


def describe_last(found: Found, num_trials: int) -> str:
    """One line: `reversal-C trial 3/20: 71.2 %; learning_rate 0.0123`."""
    it = found.tried[-1]
    score = "" if it.score is None else f"{it.score:.1f} %"
    how = "" if it.state == "complete" else it.state
    told = ", ".join(filter(None, (score, how, it.reason)))
    settings = ", ".join(f"{n} {_shown(value)}" for n, value in it.settings.items())
    told = "; ".join(filter(None, (told, settings)))
    return f"{found.name} trial {it.number + 1}/{num_trials}: {told}"


def describe_found(found: Sequence[Found]) -> str:
    """A table: the best score of each method, how its trials ended, its settings."""
    rows = [["method", "score", "trial", "trials", *STATES, "settings found"]]
    for its in found:
        best, states = its.best, Counter(it.state for it in its.tried)
        counts = [str(states[state]) for state in STATES]
        row = [its.name, "-", "-", str(len(its.tried)), *counts, "-"]
        if best:
            row[1:3] = f"{best.score:.1f}", str(best.number + 1)
            each = (f"{n}={_shown(value)}" for n, value in best.settings.items())
            row[-1] = " ".join(each) or "-"
        rows.append(row)
    return aligned(rows)


def study_commands(
    workdir: Path, found: Sequence[Found], seeds: Sequence[int]
) -> list[str]:
    """The lines that train what was found, into one study, and report on it.

    Of five seeds that the search has not seen: its own were a part of the choice.
    """
    study, first = workdir / "study", max(seeds) + 1
    lines = []
    for its in found:
        if its.best is None:
            continue
        training = its.config.training
        config = its.config.replace(workdir=str(study))
        if its.held_out:
            config = config.replace(held_out=(its.held_out,))
        words = command_words("study", config)
        words.append(f"--flagfile={its.flags_file(workdir)}")
        words.append(f"--approaches={training.approach}")
        if training.approach != BASELINE:
            words.append(f"--attribute_sets={attribute_set_name(training.attributes)}")
        lines.append(shlex.join([*words, f"--seeds={first}-{first + 4}"]))
    report = ["python", "-m", "experiments.report", f"--workdir={study}"]
    return [*lines, shlex.join(report)] if lines else []


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else as_text(value)
