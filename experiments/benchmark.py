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

import functools
import importlib
import importlib.util
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from absl import flags

from experiments.exits import FAILED_RUN, leave
from experiments.flags import config_from_flags, define_settings_flags
from experiments.script import print_start, run_script
from serjax.config import Config
from serjax.files import write_json
from serjax.json_files import read_json
from serjax.paths import expand

SECTIONS = "step epoch evaluation features programs workers memory".split()
FLAGS = flags.FLAGS

# Each section has its own.
_DECIDED = (
    "approach attributes roles epochs patience workdir checkpoint_every_s".split()
)

flags.DEFINE_list("sections", SECTIONS, "What to measure, comma separated.")
flags.DEFINE_boolean(
    "twin", True, "Measure the PyTorch twin too; needs torch (serjax[bench])."
)
flags.DEFINE_boolean("quick", False, "Few repeats at small sizes: no measurement.")
flags.DEFINE_string(
    "out", "", "The JSON file to write; default benchmarks/REVISION-TIME.json."
)
flags.DEFINE_list(
    "compare", [], "OLD.json,NEW.json: compare two records, and measure nothing."
)
define_settings_flags(leave_out=_DECIDED)


def main(config: Config) -> int:
    """Measure the sections; print their table, and where the record of it is."""
    if unknown := {*FLAGS.sections} - {*SECTIONS}:
        raise ValueError(
            f"--sections={','.join(FLAGS.sections)}: unknown section {min(unknown)!r}; "
            f"expected some of {','.join(SECTIONS)}."
        )
    if number := len(FLAGS.compare):
        from experiments.benchmarks.record import Record, comparison_text

        if number != 2:
            raise ValueError(
                f"--compare got {number} files; expected OLD.json,NEW.json."
            )
        paths = [Path(expand(path, "--compare")) for path in FLAGS.compare]
        print(comparison_text(*(read_json(path, Record) for path in paths)))
        return 0
    if not FLAGS["preset"].present:
        # Not synthetic data's demo: the bars are for the paper's model.
        FLAGS["preset"].parse("paper")
        config = config_from_flags()
    twin = FLAGS.twin and importlib.util.find_spec("torch") is not None
    progress = functools.partial(print, file=sys.stderr, flush=True)
    if FLAGS.twin and not twin:
        progress("There is no twin without torch: pip install 'serjax[bench]'")
    print_start(config)
    import msgspec

    from experiments.benchmarks.bench import Bench
    from experiments.benchmarks.facts import gather_facts
    from experiments.benchmarks.record import Record, table_text
    from serjax.data import load_dataset

    dataset = load_dataset(config)
    print(f"Utterances: {len(dataset.labels)}", flush=True)
    if names := tuple(dataset.attributes):
        config = config.replace(approach="multitask", attributes=names)
    with tempfile.TemporaryDirectory(prefix="serjax-benchmark-") as scratch:
        bench = Bench(config, dataset, twin, FLAGS.quick, Path(scratch), progress)
        facts = gather_facts(bench)
        if (busy := facts["load_average"]) > 0.5:
            progress(f"Other programs are running, load {busy:.1f}: figures suffer.")
        rows, failed = [], []
        for name in filter(FLAGS.sections.__contains__, SECTIONS):
            try:
                section = importlib.import_module(f"experiments.benchmarks.{name}")
                rows += section.measure(bench)
            except Exception:  # it takes nothing from the others
                traceback.print_exc()
                failed.append(name)
    name = f"{facts['revision']}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path = Path(expand(FLAGS.out, "--out") or Path("benchmarks", name))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, msgspec.to_builtins(Record({**facts, "failed": failed}, rows)))
    print(f"\n{table_text(rows)}\n\nRecord: {path}")
    if failed:
        print(f"Failed, see above: {', '.join(failed)}", flush=True)
        return leave(FAILED_RUN)
    return 0


if __name__ == "__main__":
    run_script(main, sys.modules[__name__].__doc__)
