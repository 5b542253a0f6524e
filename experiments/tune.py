"""Search for the settings of each method by trials, blind to test and unseen speech.

python -m experiments.tune --space=space.toml --approaches=baseline,reversal
    --attribute_sets=C --trials=20
  on synthetic speech, preset demo: 20 trials of each of the two.
python -m experiments.tune --space=space.toml --data=DIR --selection=leave_one_out
  a trial is judged by training corpora, each left out of training in turn.

The space is a TOML file with a table per setting (docs/tuning.md):

  [learning_rate]
  low = 1e-4
  high = 1e-1
  log = true

  [strength]
  low = 0.1
  high = 0.9

The same command goes on where it was stopped or killed, to the same trials. What it
found is a file of flags for each method; the commands printed last use them.
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
from serjax.study.grid import parse_approaches, parse_attribute_sets, parse_seeds
from serjax.tuning import SELECTIONS
from serjax.tuning.space import read_space

_SELECTIONS = "; ".join(f"{name}: {it}" for name, it in SELECTIONS.items())

flags.DEFINE_string("space", None, "TOML file of the settings to search for; needed.")
flags.DEFINE_string(
    "approaches",
    ",".join(PAPER_APPROACHES),
    f"Approaches, comma separated, of {', '.join(APPROACHES)}. Each is tuned with each "
    "attribute set; the baseline once.",
)
flags.DEFINE_string(
    "attribute_sets",
    "all",
    "all, the 15 sets of corpus, speaker, gender, language; or sets such as C,G,C+G.",
)
flags.DEFINE_string("seeds", "0", "Seeds of each trial's runs: 0,1 or 0-2.")
flags.DEFINE_integer(
    "trials", 20, "Trials of each approach and attribute set alike.", lower_bound=1
)
flags.DEFINE_enum(
    "selection",
    "valid",
    [*SELECTIONS],
    f"What a trial is judged by. {_SELECTIONS}. Test parts and unseen corpora have no "
    "say.",
)
flags.DEFINE_boolean(
    "prune",
    True,
    "End a trial whose first run's validation UA lags behind the median of the trials "
    "before; never by leave_one_out.",
)
flags.DEFINE_integer("search_seed", 0, "Seed of the choice of trials.", lower_bound=0)
validate_flag("attribute_sets", parse_attribute_sets)
validate_flag("seeds", parse_seeds)
define_settings_flags(leave_out=("approach", "attributes", "roles", "seed"))


def run(**own: Any) -> None:
    """Run the script; `methods` and `encoder` of your own as `serjax.train` takes."""
    run_script(main, sys.modules[__name__].__doc__, **own)


def main(config: Config, methods: Sequence[Method] = (), **own: Any) -> int:
    """Search for each method's settings; print what was found, and how to use it."""
    given = flags.FLAGS
    approaches = parse_approaches(given.approaches, methods)
    if not given.space:
        raise ValueError("--space is not given; expected a TOML file (docs/tuning.md).")
    space = read_space(given.space, config, approaches, methods)
    folder = Path("runs") / f"tune-{data_name(config)}-{config.run.preset}"
    config = config.replace(workdir=str(config.run.workdir or folder))
    workdir = Path(config.run.workdir)
    from serjax.tuning.search import require_optuna

    require_optuna()
    print_start(config)
    from serjax import load_folds
    from serjax.tuning.found import describe_found, study_commands
    from serjax.tuning.tune import Tuning, tune

    folds = load_folds(config)
    print_data(folds, config.data.label_map, None)
    tuning = Tuning(
        config=config,
        space=space,
        approaches=approaches,
        attribute_sets=parse_attribute_sets(given.attribute_sets),
        seeds=parse_seeds(given.seeds),
        selection=given.selection,
        num_trials=given.trials,
        search_seed=given.search_seed,
        prunes=given.prune,
        methods=methods,
        **own,
    )
    found = tune(tuning, held_out=[*folds])
    print(f"\nScores in percent UA, by --selection={given.selection}:")
    print(describe_found(found))
    print(f"\nTrials: {workdir}/trials.csv; flags: {workdir}/best-*.flags")
    if commands := study_commands(workdir, found, tuning.seeds):
        print("To train what was found, with seeds that the search has not seen:")
        print("\n".join(f"  {line}" for line in commands))
    if nothing := [it.name for it in found if it.best is None]:
        print(f"Nothing found for {', '.join(nothing)}: no trial is complete.")
        sys.stdout.flush()
        return leave(FAILED_RUN)
    return 0


if __name__ == "__main__":
    run()
