"""Write a trained model as one file, or as ONNX, each with a model card.

python -m experiments.export --run=STUDY/runs/reversal-C-seed0 --out=model.serjax
  a bundle: weights, settings and card in one file, for `predict` and `load_model`.
python -m experiments.export --run=runs/baseline --format=onnx --out=exported
  a folder with model.onnx (from a signal), model.yaml (for audonnx), features.onnx
  (from log-mel frames) and README.md.
python -m experiments.export --run=... --out=... --license=cc-by-nc-4.0
  with what the card can only say if it is told; --data_licence="Emo-DB: ..." as well.

No recording is read, and no path of this machine is written.
"""

import sys
from pathlib import Path

from absl import flags

from experiments.flags import define_epoch_flag, define_settings_flags
from experiments.script import run_script
from experiments.xla_flags import check_xla_flags
from serjax.config import Config, all_settings
from serjax.paths import expand

FLAGS = flags.FLAGS

flags.DEFINE_string("run", None, "Folder of a finished run.")
flags.DEFINE_string(
    "out", None, "What is written: a file NAME.serjax, or with --format=onnx a folder."
)
flags.DEFINE_enum("format", "bundle", ["bundle", "onnx"], "How it is written.")
define_epoch_flag()
flags.DEFINE_string(
    "name", None, "Name of the model, the card's title; default: the run's."
)
flags.DEFINE_string(
    "license", "", "Licence of the model, as Hugging Face names it: cc-by-nc-4.0."
)
flags.DEFINE_multi_string(
    "data_licence", [], "Licence of a corpus, in words of your own; repeatable."
)
define_settings_flags(leave_out=[*all_settings()])

_ONNX_FILES = {"model.onnx", "model.yaml", "features.onnx", "README.md"}


def main(config: Config) -> int:
    """Export the run's model; print where it is."""
    if not FLAGS.run:
        raise ValueError("No --run is given; expected the folder of a finished run.")
    if not FLAGS.out:
        raise ValueError("No --out is given; expected where to write, as model.serjax.")
    folder = Path(expand(FLAGS.run, "--run"))
    out = Path(expand(FLAGS.out, "--out"))
    is_bundle = FLAGS.format == "bundle"
    _check_out(out, is_bundle)
    check_xla_flags()
    from serjax.inference.card import Stated, make_card, make_facts, read_study_of
    from serjax.inference.trained import read_run_model

    trained = read_run_model(folder, FLAGS.epoch)
    study, run = read_study_of(folder)
    name = FLAGS.name or trained.config.training.name
    stated = Stated(name, FLAGS.license, FLAGS.data_licence)
    card = make_card(study, run, trained, FLAGS.epoch, stated)
    if is_bundle:
        from serjax.inference.bundle import write_bundle

        write_bundle(out, trained, card, make_facts(run, trained, FLAGS.epoch))
        print(f"Written: {out} ({out.stat().st_size / 1e6:.1f} MB)")
    else:
        from serjax.inference.onnx import write_onnx

        write_onnx(out, trained, card)
        print(f"Written: {', '.join(f'{out}/{it}' for it in sorted(_ONNX_FILES))}")
    for name in ("license", "data_licence"):
        if not FLAGS[name].value:
            print(f"Note: the card says 'not stated'; --{name} tells it.")
    return 0


def _check_out(out: Path, is_bundle: bool) -> None:
    """Refuse a place where something else would be overwritten."""
    if is_bundle:
        if out.suffix != ".serjax" or out.is_dir():
            raise ValueError(f"--out={out}: expected a file NAME.serjax.")
        return
    if out.exists() and not out.is_dir():
        raise ValueError(f"--out={out} is a file; with --format=onnx give a folder.")
    there = sorted(it.name for it in out.iterdir()) if out.is_dir() else []
    if others := [it for it in there if it not in _ONNX_FILES]:
        raise ValueError(
            f"--out={out} holds {others[0]}, and is of something else. Choose another "
            "folder."
        )


if __name__ == "__main__":
    run_script(main, sys.modules[__name__].__doc__)
