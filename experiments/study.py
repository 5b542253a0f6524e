"""Train a grid of models, approaches x attribute sets x seeds, and print the table.

python -m experiments.study
  the paper's whole grid of 46 models on synthetic speech, preset demo: minutes.
python -m experiments.study --data=DIR --seeds=0,1,2
  the same on the corpora below DIR, preset paper, three seeds.
python -m experiments.study --approaches=baseline,reversal --attribute_sets=S,G,S+G
  a part of the grid.
python -m experiments.study --approaches=baseline --roles=S:reversal,G:multitask:0.2
  a role for each attribute, beside the baseline; --roles may be given again.
python -m experiments.study --data=DIR --seeds=0-2 --dry_run
  say which runs there would be and how long they would take; train nothing.

Finished runs are not trained again: a stopped study goes on with the same command, and
more seeds or sets may be asked for later. Runs of one seed are paired.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from absl import flags

from experiments.exits import FAILED_RUN, leave
from experiments.flags import define_settings_flags, validate_flag
from experiments.script import data_name, print_data, print_start, run_script
from serjax.config import Config
from serjax.methods import APPROACHES, PAPER_APPROACHES, Method
from serjax.study.grid import (
    parse_approaches,
    parse_attribute_sets,
    parse_roles,
    parse_seeds,
)

flags.DEFINE_string(
    "approaches",
    ",".join(PAPER_APPROACHES),
    f"Approaches, comma separated, of {', '.join(APPROACHES)}. The baseline is trained "
    "once per seed.",
)
flags.DEFINE_string(
    "attribute_sets",
    "all",
    "all, the 15 sets of corpus, speaker, gender, language; or sets such as C,G,C+G.",
)
flags.DEFINE_string("seeds", "0", "Seeds, comma separated; ranges too: 0,2,5-7.")
flags.DEFINE_multi_string(
    "roles",
    [],
    "One more run a seed, beside approaches x attribute sets, with a role per "
    "attribute: gender:multitask,speaker:reversal (speaker:reversal:0.3 with its "
    "strength); repeatable.",
)
flags.DEFINE_boolean(
    "dry_run",
    False,
    "Print the runs, how far each is, and an estimate of their time; train none, and "
    "write nothing but what is kept in the cache: features, compiled programs.",
)
validate_flag("attribute_sets", parse_attribute_sets)
validate_flag("roles", parse_roles)
validate_flag("seeds", parse_seeds)
define_settings_flags(leave_out=("approach", "attributes", "roles", "seed"))


def run(**own: Any) -> None:
    """Run the script; `methods` and `encoder` of your own as `serjax.train` takes."""
    run_script(main, sys.modules[__name__].__doc__, **own)


def main(config: Config, methods: Sequence[Method] = (), **own: Any) -> int:
    """Train the runs of the grid that are not finished; print the table, report."""
    approaches = parse_approaches(flags.FLAGS.approaches, methods)
    attribute_sets = parse_attribute_sets(flags.FLAGS.attribute_sets)
    seeds = parse_seeds(flags.FLAGS.seeds)
    roles = parse_roles(flags.FLAGS.roles)
    print_start(config)
    from serjax import load_dataset, run_study

    workdir = Path(config.run.workdir or Path("runs") / study_name(config))
    dataset = load_dataset(config)
    if flags.FLAGS.dry_run:
        print_data(dataset, config.data.label_map, None)
        grid = (approaches, attribute_sets, seeds, workdir, dataset, methods, roles)
        _print_plan(config, *grid, **own)
        return 0
    print_data(dataset, config.data.label_map, workdir / "skipped.csv")
    record = run_study(
        config,
        approaches,
        attribute_sets,
        seeds,
        workdir,
        roles=roles,
        dataset=dataset,
        methods=methods,
        **own,
    )
    print(f"\n{record.table.text()}")
    print(f"\nTable: {workdir}/tables/ua.csv, {workdir}/tables/ua.md")
    print(f"Results: {workdir}/results.jsonl; runs: {workdir}/runs/")
    # What was trained is told before the report, which takes a while, is begun.
    from serjax.reporting.report import report

    sys.stdout.flush()
    print(f"Report: {report(workdir)}")
    if not record.failed:
        return 0
    print(f"Failed runs: {len(record.failed)}; the table's notes name them.")
    sys.stdout.flush()
    return leave(FAILED_RUN)


def _print_plan(config: Config, *grid: Any, **own: Any) -> None:
    from serjax.study.estimate import describe_estimate, estimate
    from serjax.study.plan import describe_plan, make_plan

    plan = make_plan(config, *grid)
    print(f"\n{describe_plan(plan)}", flush=True)
    *_, dataset, _, _ = grid
    print(describe_estimate(estimate(plan, dataset, **own), config.training.patience))


def study_name(config: Config) -> str:
    """Folder name of a study: its data and its preset, `study-synthetic-demo`."""
    return f"study-{data_name(config)}-{config.run.preset}"


if __name__ == "__main__":
    run()
