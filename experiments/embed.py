"""Draw what a model's shared layers make of recordings, by t-SNE.

python -m experiments.embed --run=STUDY/runs/reversal-C-seed0
  the recordings that the run was evaluated on, from its files: seconds.
python -m experiments.embed --run=STUDY/runs/reversal-C-seed0 --data=DIR
  any recordings, also of corpora that the run never saw.
python -m experiments.embed --run=runs/baseline --epoch=last --colour=speaker,session
  at the last epoch, coloured by these attributes.
python -m experiments.embed --run=RUN --data=DIR --out_features=FEATS
  also each embedding as a .npy, for --features=FEATS of another run.

Writes tsne.svg, tsne.csv and embeddings.npz. Features are extracted as the run's were;
which recordings, and which of their channels, the flags say.
"""

import sys
from pathlib import Path

import numpy as np
from absl import flags

from experiments.flags import define_epoch_flag, define_settings_flags
from experiments.script import data_name, run_script
from experiments.xla_flags import check_xla_flags
from serjax.analysis.projection import MAX_POINTS, EmbeddedRows, evaluated_rows
from serjax.config import Config, all_settings
from serjax.files import replacing
from serjax.paths import expand
from serjax.records.folder import Run, read_run

FLAGS = flags.FLAGS

flags.DEFINE_string("run", None, "Folder of a finished run.")
define_epoch_flag()
flags.DEFINE_list(
    "colour",
    ["corpus", "emotion", "gender"],
    "What to colour by, comma separated: corpus, speaker, gender, language, emotion, "
    "predicted, part (without --data), or any further attribute of the data.",
)
flags.DEFINE_integer(
    "max_points",
    MAX_POINTS,
    "Draw at most so many recordings, drawn at random, of each corpus its share.",
    lower_bound=2,
)
flags.DEFINE_string(
    "out_features",
    "",
    "Also write each embedding of --data as a .npy to this new folder, named as its "
    "recording; --features of another run takes it.",
)
_DATA = [
    name
    for name, (group, _) in all_settings().items()
    if group == "data" and name not in ("ood", "split", "split_seed")
]
_RUN = ("workdir", "cache_dir", "memory_budget_gb", "platform")
define_settings_flags(leave_out=[n for n in all_settings() if n not in (*_DATA, *_RUN)])


def main(config: Config) -> int:
    """Embed the recordings if need be; draw them; print where the picture is."""
    if not FLAGS.run:
        raise ValueError("No --run is given; expected the folder of a finished run.")
    run = read_run(Path(expand(FLAGS.run, "--run")))
    if run.status != "finished":
        raise ValueError(
            f"{run.folder} is {run.status}: it has no result.json. Train it to its end "
            "first; the command that began it goes on."
        )
    has_data = bool(config.data.data or config.data.manifest)
    alone = [name for name in _DATA if FLAGS[name].present and not has_data]
    if alone:
        raise ValueError(f"--{alone[0]} says how to read --data, which is not given.")
    if FLAGS.out_features and not has_data:
        raise ValueError(
            f"--out_features={FLAGS.out_features} is of --data or --manifest, which is "
            "not given."
        )
    names = [_study_and_run(run.folder), *([data_name(config)] if has_data else [])]
    workdir = Path(config.run.workdir or f"runs/embed-{'-'.join(names)}-{FLAGS.epoch}")
    if (workdir / "config.json").exists():
        raise ValueError(
            f"--workdir={workdir} holds a config.json, and is of something else. "
            "Choose another."
        )
    from serjax.reporting.scatter import write_projection

    if has_data:
        rows = embed_data(run, config, workdir)
    else:
        rows = evaluated_rows(run, FLAGS.epoch)
    title = f"{run.name}, {FLAGS.epoch} epoch"
    num_drawn = write_projection(workdir, rows, title, FLAGS.colour, FLAGS.max_points)
    if not has_data:
        with replacing(workdir / "embeddings.npz") as temporary:
            np.savez(
                temporary,
                files=rows.files,
                starts_s=rows.starts_s,
                embeddings=rows.embeddings,
            )
    left_out = len(rows.files) - num_drawn
    note = f", {left_out:,} left out at random" if left_out else ""
    colours = ", ".join(FLAGS.colour)
    print(f"Drawn: {num_drawn:,} recordings{note}; coloured by {colours}")
    print(f"Written: {workdir}/tsne.svg, {workdir}/tsne.csv, {workdir}/embeddings.npz")
    return 0


def embed_data(run: Run, config: Config, workdir: Path) -> EmbeddedRows:
    """Read recordings, give them to the run's model, and write `embeddings.npz`."""
    from serjax.cache import cache_root
    from serjax.data import write_skipped
    from serjax.data.attributes import attribute_columns
    from serjax.inference.embed import embed
    from serjax.training.compilation import use_compilation_cache

    check_xla_flags()
    use_compilation_cache(cache_root(config.run.cache_dir))
    embedded = embed(run.folder, config, FLAGS.epoch)
    embedded.write(workdir / "embeddings.npz")
    if FLAGS.out_features:
        embedded.write_features(expand(FLAGS.out_features, "--out_features"))
        print(f"Features: {FLAGS.out_features}")
    write_skipped(workdir / "skipped.csv", embedded.skipped)
    if embedded.skipped:
        print(
            f"Skipped: {len(embedded.skipped)} recordings, with reasons in "
            f"{workdir / 'skipped.csv'}"
        )
    for note in embedded.notes:
        print(f"Note: {note}")
    known = attribute_columns(embedded.utterances)
    predicted = np.array(embedded.classes)[embedded.predictions.predicted]
    return EmbeddedRows(
        files=np.array([it.file for it in embedded.utterances]),
        starts_s=np.array([it.start_s for it in embedded.utterances]),
        columns={
            **{n: np.array([it or "" for it in v]) for n, v in known.items()},
            "predicted": predicted,
        },
        embeddings=embedded.predictions.embeddings,
    )


def _study_and_run(folder: Path) -> str:
    """Name of a run and of its study, if it is of one: many have a baseline."""
    folder = folder.resolve()
    if folder.parent.name == "runs":
        return f"{folder.parents[1].name}-{folder.name}"
    return folder.name


if __name__ == "__main__":
    run_script(main, sys.modules[__name__].__doc__)
