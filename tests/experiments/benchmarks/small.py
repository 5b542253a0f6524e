"""What a section measures, as small as can be."""

from pathlib import Path

from experiments.benchmarks.bench import Bench
from serjax.config import Config, make_config
from serjax.data import load_dataset


def make_small_config(folder: Path) -> Config:
    """Settings of a model that costs little more than its compilation."""
    return make_config(
        preset="demo",
        data=str(folder),
        conv_features=(4,),
        lstm_features=4,
        discriminator_features=(4,),
        batch_size=8,
        platform="cpu",
    )


def make_bench(folder: Path, scratch: Path) -> Bench:
    """A `Bench` of the recordings in a folder, quick and without a twin."""
    config = make_small_config(folder)
    return Bench(
        config=config,
        dataset=load_dataset(config, progress=False),
        twin=False,
        quick=True,
        scratch=scratch,
        progress=lambda line: None,
    )
