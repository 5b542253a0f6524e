import pytest
from absl import flags

from experiments.flags import config_from_flags, define_settings_flags
from experiments.shares import parse_shard, run_command
from serjax.config import Config, Role, make_config


@pytest.mark.parametrize(
    ("text", "shard"), [("1/1", (1, 1)), ("1/4", (1, 4)), ("4/4", (4, 4))]
)
def test_shards_count_from_1(text, shard):
    assert parse_shard(text) == shard


@pytest.mark.parametrize(
    "text", ["", "0/4", "5/4", "1/0", "1", "/4", "1/", "-1/4", "1/4/2", "a/b", "1.0/2"]
)
def test_another_shard_is_refused_with_how_it_is_written(text):
    with pytest.raises(ValueError, match=r"shard='.*expected one of n from 1 to n"):
        parse_shard(text)


def read_command(words: list[str]) -> Config:
    """The settings that a command gives, read as `experiments.train` reads it."""
    values = flags.FlagValues()
    define_settings_flags(config_file=True, values=values)
    assert words[:3] == ["python", "-m", "experiments.train"]
    assert values(words[2:]) == ["experiments.train"]
    return config_from_flags(values)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"approach": "reversal", "attributes": ("speaker", "gender"), "seed": 7},
        {"approach": "adversarial", "attributes": ("corpus", "microphone")},
        {"roles": (Role("speaker", "reversal", 0.3), Role("gender", "multitask"))},
        {"preset": "paper", "data": "my corpora, all", "ood": (), "epochs": 60},
        {"data": "/speech", "preset": "demo", "conv_features": (1, 2), "wait": True},
        {"manifest": ("mine, old.csv", "it's.csv"), "learning_rate": 1e-05},
    ],
)
def test_a_runs_command_gives_its_settings_and_its_folder(settings):
    config = make_config(**settings, workdir="a study/runs/it's this one")
    assert read_command(run_command(config)) == config
