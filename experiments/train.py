"""Train one model, and print its result and where it is.

python -m experiments.train
  the baseline on synthetic speech, preset demo.
python -m experiments.train --data=DIR --approach=reversal --attributes=speaker
  the paper's GR-S on the corpora below DIR, preset paper.
python -m experiments.train --data=DIR --roles=gender:multitask,speaker:reversal
  a role per attribute.
python -m experiments.train --config=runs/reversal-S-seed0/config.json --seed=1
  a run's settings again, with another seed.

The same command on a finished run prints its result; on a stopped run it goes on.
Epochs count from 1 on the screen, and from 0 in metrics.jsonl and result.json. A
script of your own that calls `experiments.train.run(methods=(mine,))` takes the same
flags, and `--approach` or `--roles` may name your method.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.flags import define_settings_flags
from experiments.script import print_data, print_start, run_script
from serjax.config import Config
from serjax.corpora.labels import describe_classes
from serjax.methods import MIXED, SVM, Method

define_settings_flags(config_file=True)


def run(**own: Any) -> None:
    """Run the script; `methods` and `encoder` of your own as `serjax.train` takes."""
    run_script(main, sys.modules[__name__].__doc__, **own)


def main(config: Config, methods: Sequence[Method] = (), **own: Any) -> int:
    """Train one model with the settings; print its result."""
    print_start(config)
    from serjax.analysis.collapse import advise
    from serjax.data import count_parts, load_dataset
    from serjax.training import train

    workdir = Path(config.run.workdir or Path("runs") / config.training.name)
    dataset = load_dataset(config)
    print_data({"": dataset}, config.data.label_map, workdir / "skipped.csv")
    print(describe_lines(config))
    result = train(config.replace(workdir=workdir), dataset, methods=methods, **own)
    print(f"\n{describe_result(result, config, methods)}")
    training = count_parts(dataset)["train"].classes
    for line in advise([result], config.to_flat(), training):
        print(line)
    print(f"Run: {workdir}")
    return 0


def describe_lines(config: Config) -> str:
    """Say how to read the lines of the epochs, or fits, to come."""
    if config.training.approach == SVM:
        return "A line per C of the SVM, in place of epochs. *: the best so far."
    lines = [
        "Epochs count from 1 here, and from 0 in metrics.jsonl and result.json. "
        "*: the best so far."
    ]
    if names := config.training.attributes:
        lines.append(
            f"As in {names[0]} 16.0 (17.0): accuracy in training and, in brackets, "
            "chance, in percent."
        )
    return "\n".join(lines)


def describe_result(
    result: Mapping[str, Any], config: Config, methods: Sequence[Method] = ()
) -> str:
    """Text of a result.json: UA per part, at best and last; confusion at best."""
    from serjax.data.parts import aligned

    known = config.find_methods(methods)
    training = config.training

    def alpha(key: str) -> str:
        method = known.get(training.approach)
        if method is None or not method.has_strength:
            return ""
        return f", {method.strength_name} {result[key]:.2f}"

    def percent(value: float | None) -> str:
        return "-" if value is None else f"{value:.1f}"

    width = max(map(len, result["ua"]))
    lines = [
        f"Finished: {training.approach} {training.set_name}, seed {training.seed}.",
        "UA in percent (unweighted accuracy = macro recall, UAR); chance is "
        f"{100 / len(result['classes']):.2f}.",
        f"{describe_classes(result['classes'])}.",
        "best and last: the same, for an svm has no epochs."
        if result["best_epoch"] is None
        else f"best: epoch {result['best_epoch'] + 1}{alpha('alpha_at_best')}; "
        f"last: epoch {result['epochs_run']}{alpha('alpha_last')}.",
    ]
    if training.approach == MIXED:
        lines += [
            f"{name}, {role.role}: {known[role.role].strength_name} "
            f"{result['strengths_at_best'][name]:.2f} at best, "
            f"{result['strengths_last'][name]:.2f} at last."
            for name, role in training.roles_by_attribute.items()
            if name in result["strengths_last"]  # an older run has none
        ]
    lines.append(f"{'':{width}}   best   last")
    for part, ua in result["ua"].items():
        mark = "  collapsed to one class" if result["collapsed"][part] else ""
        last = percent(result["ua_last"][part])
        lines.append(f"{part:{width}}  {percent(ua):>5}  {last:>5}{mark}")
    table = [["", *result["classes"]]]
    for part, matrix in result["confusion"].items():
        for name, counts in zip(result["classes"], matrix, strict=True):
            table.append([f"{part} {name}", *map(str, counts)])
    lines.append("Utterances by true class (rows) and predicted class (columns), best:")
    return "\n".join([*lines, aligned(table)])


if __name__ == "__main__":
    run()
