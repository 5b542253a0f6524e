"""Train one model, and print its result and where it is.

python -m experiments.train
  the baseline on synthetic speech, preset demo.
python -m experiments.train --data=DIR --approach=reversal --attributes=speaker
  the paper's GR-S on the corpora below DIR, preset paper.
python -m experiments.train --data=DIR --roles=gender:multitask,speaker:reversal
  a role per attribute.
python -m experiments.train --config=runs/reversal-S-seed0/config.json --seed=1
  a run's settings again, with another seed.

The same command on a finished run prints its result; on a stopped run it goes on. A
script of your own that calls `experiments.train.run(methods=(mine,))` takes the same
flags, and `--approach` or `--roles` may name your method.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.flags import define_settings_flags
from experiments.script import print_data, print_start, run_script
from serjax.config import Config, attribute_set_name
from serjax.corpora.labels import describe_classes
from serjax.methods import METHODS

define_settings_flags(config_file=True)


def run(**own: Any) -> None:
    """Run the script; `methods` and `encoder` of your own as `serjax.train` takes."""
    run_script(main, sys.modules[__name__].__doc__, **own)


def main(config: Config, **own: Any) -> int:
    """Train one model with the settings; print its result."""
    print_start(config)
    from serjax.analysis.collapse import advise
    from serjax.data import count_parts, load_dataset
    from serjax.training import train

    workdir = Path(config.run.workdir or Path("runs") / config.training.name)
    dataset = load_dataset(config)
    print_data(dataset, config.data.label_map, workdir / "skipped.csv")
    result = train(config.replace(workdir=str(workdir)), dataset, **own)
    print(f"\n{describe_result(result)}")
    training = count_parts(dataset)["train"].classes
    for line in advise([result], config.to_flat(), training):
        print(line)
    print(f"Run: {workdir}")
    return 0


def describe_result(result: Mapping[str, Any]) -> str:
    """Text of a result.json: UA per part, at best and last; confusion at best."""
    from serjax.data.parts import aligned

    def alpha(key: str) -> str:
        method = METHODS.get(result["approach"])
        name = "lambda" if method and not method.is_taken else "alpha"
        return f", {name} {result[key]:.2f}" if result["attributes"] else ""

    def percent(value: float | None) -> str:
        return "-" if value is None else f"{value:.1f}"

    sets = attribute_set_name(result["attributes"])
    width = max(map(len, result["ua"]))
    lines = [
        f"Finished: {result['approach']} {sets}, seed {result['seed']}.",
        "UA in percent (unweighted accuracy = macro recall, UAR); chance is "
        f"{100 / len(result['classes']):.2f}.",
        f"{describe_classes(result['classes'])}.",
        f"best: epoch {result['best_epoch'] + 1}{alpha('alpha_at_best')}; "
        f"last: epoch {result['epochs_run']}{alpha('alpha_last')}.",
        f"{'':{width}}   best   last",
    ]
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
