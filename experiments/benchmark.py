"""Measure how fast serjax is here, against a PyTorch twin of the same model.

python -m experiments.benchmark
  every section on synthetic speech, with the paper's model: many minutes.
python -m experiments.benchmark --data=DIR
  the same on the corpora below DIR.
python -m experiments.benchmark --sections=step,epoch --quick --notwin
  two sections at small sizes, without PyTorch: a look, no measurement.
python -m experiments.benchmark --compare=OLD.json,NEW.json
  what changed from one record to another.

Keep the machine idle meanwhile. The twin needs torch: pip install 'serjax[bench]'.
"""

import importlib
import importlib.util
import re
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from experiments.exits import FAILED_RUN, leave
from experiments.flags import config_from_flags, define_settings_flags, validate_flag
from experiments.script import print_start, run_script
from serjax.config import Config
from serjax.paths import expand

if TYPE_CHECKING:
    from experiments.benchmarks.bench import Bench
    from experiments.benchmarks.row import Row

SECTIONS = (
    "peak",
    "step",
    "epoch",
    "evaluation",
    "features",
    "programs",
    "workers",
    "memory",
    "imports",
    "growth",
)
FLAGS = flags.FLAGS


def parse_sections(text: str) -> tuple[str, ...]:
    """Read `all`, or a comma separated list of sections, into their order.

    Raises:
      ValueError: a section is unknown, or there is none.
    """
    if text == "all":
        return SECTIONS
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = sorted(set(names) - set(SECTIONS))
    if unknown or not names:
        raise ValueError(
            f"unknown section {unknown[0] if unknown else text!r}; expected all, or "
            f"some of {','.join(SECTIONS)}."
        )
    return tuple(name for name in SECTIONS if name in names)


def parse_compare(text: str) -> tuple[Path, ...]:
    """Read the two files of `--compare`; none for an empty text.

    Raises:
      ValueError: it is another number of files.
    """
    parts = filter(None, map(str.strip, text.split(",")))
    paths = tuple(Path(expand(part, "--compare")) for part in parts)
    if len(paths) not in (0, 2):
        raise ValueError(f"got {len(paths)} files; expected two, OLD.json,NEW.json.")
    return paths


flags.DEFINE_string(
    "sections", "all", f"What to measure: all, or some of {','.join(SECTIONS)}."
)
flags.DEFINE_boolean(
    "twin", True, "Measure the PyTorch twin too; needs torch (serjax[bench])."
)
flags.DEFINE_boolean("quick", False, "Few repeats at small sizes: no measurement.")
flags.DEFINE_string(
    "out",
    "",
    "The JSON file to write; default benchmarks/ and a name from git's revision and "
    "the time.",
)
flags.DEFINE_string(
    "compare", "", "OLD.json,NEW.json: compare two records, and measure nothing."
)
validate_flag("sections", parse_sections)
validate_flag("compare", parse_compare)
define_settings_flags(
    # Each section has its own.
    leave_out=(
        "approach",
        "attributes",
        "roles",
        "epochs",
        "patience",
        "workdir",
        "checkpoint_every_s",
    )
)


def main(config: Config) -> int:
    """Measure the sections; print their table, and where the record of it is."""
    if paths := parse_compare(FLAGS.compare):
        from experiments.benchmarks.record import comparison_text, read_record

        print(comparison_text(*map(read_record, paths)))
        return 0
    if not FLAGS["preset"].present:
        # Not synthetic data's demo: the bars are for the paper's model.
        FLAGS["preset"].parse("paper")
        config = config_from_flags()
    twin = FLAGS.twin
    if twin and importlib.util.find_spec("torch") is None:
        print(
            "torch is not installed, so PyTorch's columns stay empty; to have them: "
            "pip install 'serjax[bench]'",
            file=sys.stderr,
        )
        twin = False
    print_start(config)
    from experiments.benchmarks.bench import Bench
    from experiments.benchmarks.facts import gather_facts
    from experiments.benchmarks.record import make_record, table_text, write_record
    from serjax.data import load_dataset

    dataset = load_dataset(config)
    print(f"Utterances: {len(dataset.labels)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="serjax-benchmark-") as scratch:
        bench = Bench(config, dataset, twin, FLAGS.quick, Path(scratch), _progress)
        facts = gather_facts(bench)
        if (busy := facts["load_average"]) > 0.5:
            _progress(
                f"Other programs are running, load {busy:.1f}: all figures suffer, and "
                "the twin's most."
            )
        rows, failed = measure(bench, parse_sections(FLAGS.sections))
    record = make_record(rows, {**facts, "failed": failed})
    path = Path(expand(FLAGS.out, "--out") or default_path(facts["revision"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_record(path, record)
    print(f"\n{table_text(record)}\n\nRecord: {path}")
    if any(row.section == "growth" for row in rows):
        from experiments.benchmarks.growth import draw_growth

        figure = path.with_suffix(".png")
        draw_growth(rows, figure)
        print(f"Figure: {figure}")
    if failed:
        print(f"Failed, see above: {', '.join(failed)}", flush=True)
        return leave(FAILED_RUN)
    return 0


def measure(bench: "Bench", sections: tuple[str, ...]) -> tuple[list["Row"], list[str]]:
    """Measure section by section; one that fails takes nothing from the others.

    Returns:
      All rows, and the sections that failed.
    """
    rows, failed = [], []
    for name in sections:
        try:
            section = importlib.import_module(f"experiments.benchmarks.{name}")
            rows += section.measure(bench)
        except Exception:
            traceback.print_exc()
            failed.append(name)
    return rows, failed


def default_path(revision: str) -> Path:
    """File of a record: `benchmarks/<revision>-<UTC time>.json`."""
    name = re.sub(r"[^\w.-]", "-changed", revision)
    return Path("benchmarks") / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    run_script(main, sys.modules[__name__].__doc__)
