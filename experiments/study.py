"""Train a grid of models, approaches x attribute sets x seeds, and print the table.

python -m experiments.study
  the paper's whole grid of 46 models on synthetic speech, preset demo: minutes.
python -m experiments.study --data=DIR --seeds=0,1,2
  the same on the corpora below DIR, preset paper, three seeds.
python -m experiments.study --approaches=baseline,reversal --attribute_sets=S,G,S+G
  a part of the grid.
python -m experiments.study --approaches=baseline --roles=S:reversal,G:multitask:0.2
  a role for each attribute, beside the baseline; --roles may be given again.
python -m experiments.study --data=DIR --protocol=leave_one_out --workers=4
  each corpus unseen in turn, four runs at once.
python -m experiments.study --data=DIR --ood=tess --upper_bound
  beside the grid a model trained on tess alone: how far labels from there would come.
python -m experiments.study --data=DIR --seeds=0-2 --dry_run
  say which runs there would be and how long they would take; train nothing.
python -m experiments.study --data=DIR --seeds=0,1,2 --shard=2/8
  the second of eight shares of the runs, beside processes that train the others.

Finished runs are not trained again: a stopped study goes on with the same command, and
more seeds or sets may be asked for later. Runs of one seed are paired.
"""

import contextlib
import functools
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from absl import flags

from experiments.exits import FAILED_RUN, leave
from experiments.flags import define_settings_flags, validate_flag
from experiments.script import data_name, print_data, print_start, run_script
from experiments.shares import parse_shard, run_command
from serjax.analysis.measures import MEASURES
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
    f"Approaches, comma separated, of {', '.join(APPROACHES)}. Baseline "
    "and svm, which take no attributes, are trained once per seed.",
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
flags.DEFINE_integer(
    "workers",
    0,
    "Processes that train runs at once: 1 for this one alone, 0 for as many as is best "
    "here. With equal --threads they change no bit of a result.",
    lower_bound=0,
)
flags.DEFINE_integer(
    "runs_per_device",
    1,
    "Runs on one GPU at a time, in workers, each with as much of its memory.",
    lower_bound=1,
)
flags.DEFINE_boolean(
    "upper_bound",
    False,
    "Beside the grid train the baseline on each unseen corpus alone, its own speakers "
    "split; a row of its own says how far labels from there would bring it.",
)
flags.DEFINE_string(
    "family",
    "paper",
    "Of leave one out: what is tested together over the corpora. paper: the sets that "
    "the paper prints as better than its baseline, and all of other approaches; all; "
    "or configurations, comma separated: reversal C,ganin C+S.",
)
flags.DEFINE_boolean(
    "dry_run",
    False,
    "Print the runs, how far each is, and an estimate of their time; train none, and "
    "write nothing but what is kept in the cache: features, compiled programs.",
)
flags.DEFINE_boolean(
    "print_commands",
    False,
    "Write study.json and print, a line each, the commands that train the runs one by "
    "one, wherever that is; train none. All else is printed on stderr.",
)
flags.DEFINE_string(
    "shard",
    None,
    "i/n, as 1/8 to 8/8: train every n-th run, from the i-th on. Shards may run at "
    "once, on machines that share the folder. They make no table: the same command "
    "without --shard does, once all are done.",
)
flags.DEFINE_enum(
    "measure",
    "ua",
    [*MEASURES],
    "Measure of the printed table; see docs/measures.md. tables/ua.csv is of UA, and "
    "the report has all. ua_even is transductive: never select by it.",
)
validate_flag("attribute_sets", parse_attribute_sets)
validate_flag("roles", parse_roles)
validate_flag("seeds", parse_seeds)
validate_flag("shard", lambda text: text is None or parse_shard(text))
define_settings_flags(leave_out=("approach", "attributes", "roles", "seed"))


def run(**own: Any) -> None:
    """Run the script; `methods` and `encoder` of your own as `serjax.train` takes."""
    run_script(main, sys.modules[__name__].__doc__, **own)


def main(config: Config, methods: Sequence[Method] = (), **own: Any) -> int:
    """Train the runs of the grid that are not finished; print the table, report."""
    given = flags.FLAGS
    grid = (
        parse_approaches(given.approaches, methods),
        parse_attribute_sets(given.attribute_sets),
        parse_seeds(given.seeds),
        Path(config.run.workdir or Path("runs") / study_name(config)),
    )
    roles = parse_roles(given.roles)
    modes = [f"--{n}" for n in ("dry_run", "print_commands", "shard") if given[n].value]
    if len(modes) > 1:
        raise ValueError(f"{' and '.join(modes)} are given; give one of them.")
    if given.measure == "ua_test_by_corpus" and config.data.leaves_one_out:
        raise ValueError(
            "--measure=ua_test_by_corpus: of leave one out each fold's test part has "
            "other corpora. Give another measure, or another --protocol."
        )
    bounded = bool(given.upper_bound)
    asked = {"roles": roles, "family": given.family}
    if given.print_commands:
        _print_commands(config, grid, bounded, has_own=bool(methods or own), **asked)
        return 0
    from serjax.study.seats import leave_memory

    own |= {"workers": given.workers, "runs_per_device": given.runs_per_device}
    if given.workers == 1:
        print_start(config)
    else:
        leave_memory()
        print_start(config.replace(threads=0))  # which the workers share
    from serjax import load_folds, run_study

    workdir = grid[-1]
    folds = load_folds(config)
    if given.dry_run:
        print_data(folds, config.data.label_map, None)
        _print_plan(config, grid, folds, methods, bounded, asked, **own)
        return 0
    print_data(folds, config.data.label_map, workdir / "skipped.csv")
    own |= {"dataset": folds, "methods": methods, "upper_bound": bounded, **asked}
    if given.shard:
        record = run_study(config, *grid, **own, shard=parse_shard(given.shard))
        print(f"\nFinished runs of shard {given.shard}: {len(record.results)}")
        print(
            "Once all shards are done, the same command without --shard makes tables."
        )
        return _leave(len(record.failed), "the lines above name them")
    record = run_study(config, *grid, **own)
    from serjax.records.folder import read_study
    from serjax.reporting.over_corpora import describe_corpora
    from serjax.reporting.report import write_report
    from serjax.reporting.verdicts import describe_verdicts

    table, study = record.table, read_study(workdir)
    if given.measure != "ua":
        table = table.of_measure(study, given.measure)
    print(f"\n{table.text()}")
    if lines := describe_corpora(study.of_grid):
        print("\nOver the corpora held out, at best, UA (docs/measures.md):")
        print("\n".join(lines))
    if verdicts := describe_verdicts(study.of_grid):
        print("\nVerdicts on unseen corpora, at best (docs/measures.md):")
        print("\n".join(verdicts))
    print(f"\nTable: {workdir}/tables/ua.csv, {workdir}/tables/ua.md")
    print(f"Results: {workdir}/results.jsonl; runs: {workdir}/runs/")
    # What was trained is told before the report, which takes a while, is begun.
    sys.stdout.flush()
    print(f"Report: {write_report(study)}")
    return _leave(len(record.failed), "the table's notes name them")


def _leave(num_failed: int, where: str) -> int:
    if not num_failed:
        return 0
    print(f"Failed runs: {num_failed}; {where}.")
    sys.stdout.flush()
    return leave(FAILED_RUN)


def _print_plan(
    config: Config,
    grid: tuple[Any, ...],
    folds: Any,
    methods: Sequence[Method],
    bounded: bool,
    asked: Mapping[str, Any],
    workers: int,
    runs_per_device: int,
    encoder: Any = None,
) -> None:
    from serjax.study.estimate import describe_estimate, estimate
    from serjax.study.execution import Work
    from serjax.study.plan import describe_plan, make_plan
    from serjax.study.seats import share_machine
    from serjax.study.upper_bound import load_bounds

    say = functools.partial(print, flush=True)
    own = methods, encoder
    config, _, seats = share_machine(config, workers, runs_per_device, own, say)
    bounds = load_bounds(config, folds) if bounded else ()
    data = {**folds, **{it.key: it.dataset for it in bounds if it.dataset}}
    given = {"methods": methods, "bounds": bounds, **asked}
    plan = make_plan(config, *grid, datasets=folds, **given)
    say(f"\n{describe_plan(plan)}")
    guess = estimate(plan, Work(data, methods, encoder), seats, say=say)
    print(describe_estimate(guess, config.training.patience))


def _print_commands(
    config: Config,
    grid: tuple[Any, ...],
    bounded: bool,
    has_own: bool,
    **asked: Any,
) -> None:
    if has_own:
        raise ValueError(
            "--print_commands prints commands of experiments.train, which knows "
            "nothing of this script's own methods or encoder. Give --shard=i/n."
        )
    from serjax import load_folds
    from serjax.study.about import open_study
    from serjax.study.plan import make_plan
    from serjax.study.upper_bound import load_bounds

    folds = load_folds(config)
    bounds = load_bounds(config, folds) if bounded else ()
    plan = make_plan(config, *grid, datasets=folds, bounds=bounds, **asked)
    with contextlib.redirect_stdout(sys.stderr):
        print_data(folds, config.data.label_map, plan.workdir / "skipped.csv")
        for name, reason in plan.not_applicable.items():
            print(f"Not applicable: {name}: {reason}")
        print(*plan.bound_notes.values(), sep="\n", end="\n" * bool(bounds))
    plan.workdir.mkdir(parents=True, exist_ok=True)
    open_study(plan, folds, "each run's own")
    for run in plan.all_runs:
        print(shlex.join(run_command(run.config)))


def study_name(config: Config) -> str:
    """Folder name of a study: its data and its preset, `study-synthetic-demo`."""
    return f"study-{data_name(config)}-{config.run.preset}"


if __name__ == "__main__":
    run()
