"""Predict the emotion of any recordings with a trained model.

python -m experiments.predict --run=runs/baseline-seed0 DIR --out=x.csv
  all audio below a folder; a file, or several, will do too.
python -m experiments.predict --run=model.serjax mine.csv --out=x.jsonl
  a manifest: a table with the column file, and perhaps start and end; a .jsonl, a Kaldi
  folder or wav.scp, an audformat folder. Labels are not needed.
python -m experiments.predict --run=RUN @files.txt - --out=x.csv
  a list with a path on each line; and a WAV from standard input.
python -m experiments.predict --run=RUN talk.wav --window_s=4 --hop_s=1 --out=x.csv
  a long recording, as probabilities over time.

Writes a row for each recording or window, as soon as it is known; the same command goes
on where it was stopped. What is unusable is listed in x.skipped.csv with its reason.
"""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import tqdm
from absl import flags

from experiments.flags import define_epoch_flag, define_settings_flags
from experiments.script import run_script
from experiments.xla_flags import check_xla_flags
from serjax.config import Config, all_settings
from serjax.paths import expand

FLAGS = flags.FLAGS

flags.DEFINE_string("run", None, "Folder of a finished run, or a bundle's file.")
flags.DEFINE_string("out", None, "Table to write or to go on with: x.csv or x.jsonl.")
define_epoch_flag()
flags.DEFINE_float(
    "window_s",
    0.0,
    "Judge windows of so many seconds, each a row; 0 for recordings as a whole.",
)
flags.DEFINE_float(
    "hop_s", 0.0, "From a window's start to the next one's, in seconds; 0: --window_s."
)
flags.DEFINE_string(
    "speakers",
    "",
    "Whom recordings are normalised with, for a run with normalisation=speaker or "
    "corpus alone: a column of the manifest, folder (that each lies in) or one.",
)
_SETTINGS = ("cache_dir", "platform", "threads", "max_duration_s")
define_settings_flags(leave_out=[n for n in all_settings() if n not in _SETTINGS])


def main(config: Config, inputs: Sequence[str]) -> int:
    """Judge the recordings; print in a line what became of them."""
    for name, value in (("--run", FLAGS.run), ("--out", FLAGS.out), ("input", inputs)):
        if not value:
            raise ValueError(
                f"No {name} is given; expected --run=RUN INPUT... --out=x.csv, where "
                "INPUT is a file, a folder, a manifest, @list or -."
            )
    from serjax.cache import cache_root
    from serjax.inference.files import predict_files
    from serjax.inference.inputs import list_inputs
    from serjax.inference.model import load_model
    from serjax.training.compilation import use_compilation_cache

    check_xla_flags()
    out = Path(expand(FLAGS.out, "--out"))
    with _standard_input(inputs) as stdin, _bar() as bar:
        listed = list_inputs(inputs, FLAGS.speakers, stdin)
        use_compilation_cache(cache_root(config.run.cache_dir))
        model = load_model(
            FLAGS.run,
            epoch=FLAGS.epoch,
            platform=config.run.platform,
            threads=config.run.threads,
            max_duration_s=config.data.max_duration_s,
        )
        done = predict_files(
            model.classifier,
            listed,
            out,
            window_s=FLAGS.window_s,
            hop_s=FLAGS.hop_s,
            speakers=FLAGS.speakers,
            report=bar.update,
        )
    for note in done.notes:
        print(f"Note: {note}")
    if listed.num_twice:
        print(f"Note: {listed.num_twice:,} are given twice, and judged once")
    print(f"{done} Written: {out}")
    return 0


@contextlib.contextmanager
def _standard_input(inputs: Sequence[str]) -> Iterator[str | None]:
    """A file of what comes from standard input, where an input is `-`."""
    if "-" not in inputs:
        yield None
        return
    with tempfile.NamedTemporaryFile(prefix="serjax-", suffix=".wav") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield file.name


def _bar() -> tqdm.tqdm:
    """Show progress on a terminal; a log has the last line alone."""
    return tqdm.tqdm(
        desc="predicted",
        unit="row",
        leave=False,
        disable=not sys.stderr.isatty(),
    )


if __name__ == "__main__":
    run_script(main, sys.modules[__name__].__doc__, takes_inputs=True)
