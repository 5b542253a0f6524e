import json
import os

import pytest

from serjax.config import Config
from serjax.records.run_config import AnyConfig, RunConfig, holds_run, open_run
from tests.made_records import make_dataset_facts, make_run_config
from tests.training.made import make_small_config


def test_what_is_written_is_read(tmp_path):
    config = make_run_config(make_small_config(approach="reversal", attributes=("C",)))
    open_run(tmp_path, config)
    assert RunConfig.read(tmp_path) == config
    assert list(json.loads((tmp_path / "config.json").read_text())) == [
        *("settings", "config_hash", "batch_size", "classes", "dataset", "backend"),
        *("device", "versions"),
    ]


def test_a_folder_whose_name_is_no_utf_8_is_read_as_it_was_written(tmp_path):
    data = os.fsdecode(b"/d\xe4ta")
    open_run(tmp_path, make_run_config(make_small_config(data=data)))
    assert RunConfig.read(tmp_path).settings["data"] == data


def test_a_run_of_fewer_settings_and_of_unknown_keys_is_read(tmp_path):
    """As runs of the first commits left them; and of versions to come."""
    config = make_run_config(make_small_config(epochs=7))
    open_run(tmp_path, config)
    record = json.loads((tmp_path / "config.json").read_text())
    for name in ("clip_norm", "roles", "allow_outside_data"):
        del record["settings"][name]
    record["settings"]["gone"] = record["unknown"] = {"a.py": "print()"}
    record["dataset"]["hours"] = 3
    (tmp_path / "config.json").write_text(json.dumps(record))
    read = RunConfig.read(tmp_path)
    assert (read.dataset, read.batch_size) == (config.dataset, 8)
    assert read.settings == record["settings"]
    assert holds_run(tmp_path, config.settings, config)


@pytest.mark.parametrize("name", ["settings", "classes", "dataset", "device"])
def test_a_config_that_lacks_what_runs_always_had_is_refused(tmp_path, name):
    open_run(tmp_path, make_run_config(Config()))
    path = tmp_path / "config.json"
    record = json.loads(path.read_text())
    del record[name]
    path.write_text(json.dumps(record))
    with pytest.raises(ValueError, match=f"config.json lacks {name}"):
        RunConfig.read(tmp_path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": "x"}, "config.json: epochs: expected a whole number, got a text"),
        ({"seed": -1}, "config.json: seed: expected a whole number >= 0"),
        ({"attributes": None}, "config.json: attributes: expected a list, got null"),
        ({"attributes": ["gender"] * 2}, "config.json: attributes=.*named twice"),
        ({"roles": ["gender"]}, "config.json: roles: cannot read 'gender'"),
    ],
)
def test_settings_that_name_the_run_are_checked(tmp_path, settings, message):
    config = make_run_config(Config())
    config.settings.update(settings)
    open_run(tmp_path, config)
    with pytest.raises(ValueError, match=message):
        RunConfig.read(tmp_path)


def test_of_any_config_json_settings_and_kind_can_be_read(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"kind": "preparation", "settings": {"any": [null]}}')
    any_config = AnyConfig.read(tmp_path)
    assert (any_config.kind, any_config.settings) == ("preparation", {"any": [None]})
    path.write_text('{"settings": {}}')
    assert AnyConfig.read(tmp_path).kind == "run"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"settings": 3}', "nonsense"])
def test_a_damaged_config_is_named(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match="config.json.*not known which.*another fold"):
        open_run(tmp_path, make_run_config(make_small_config()))


@pytest.mark.parametrize("name", ["result.json", "metrics.jsonl"])
def test_a_run_without_its_config_is_left_as_it_is(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(ValueError, match="a run without its config.json"):
        open_run(tmp_path, make_run_config(Config()))


def test_the_same_settings_open_a_run_again(tmp_path):
    config = make_small_config(epochs=7)
    open_run(tmp_path, make_run_config(config))
    before = (tmp_path / "config.json").read_bytes()
    moved = config.replace(
        checkpoint_every_s=1.0, cache_dir="elsewhere", data="other", tensorboard=True
    )
    open_run(tmp_path, make_run_config(moved, backend="gpu", device="a fast one"))
    assert (tmp_path / "config.json").read_bytes() == before


def test_an_empty_folder_holds_no_run(tmp_path):
    settings = make_small_config().to_flat()
    assert not holds_run(tmp_path, settings)
    assert not holds_run(tmp_path / "absent", settings)
    open_run(tmp_path, make_run_config(make_small_config()))
    assert holds_run(tmp_path, settings)


@pytest.mark.parametrize(
    ("settings", "facts", "message"),
    [
        ({"epochs": 8}, {}, "epochs=7 there, 8 given"),
        ({"summary": "last"}, {}, "summary=mean there, last given"),
        ({"num_mels": 9}, {}, "num_mels=6 there, 9 given"),
        ({"split_seed": 9}, {}, "split_seed=0 there, 9 given"),
        (
            {"approach": "reversal", "attributes": ("gender", "corpus")},
            {},
            "approach=baseline there, reversal given; attributes=none there, "
            "corpus,gender given",
        ),
        ({}, {"batch_size": 16}, "batch_size=8 there, 16 given"),
        (
            {},
            {"classes": ["a", "b"]},
            "classes=negative,neutral,positive there, a,b given",
        ),
        (
            {},
            {"dataset": make_dataset_facts(identity="y")},
            "dataset=.*'000.*there, .*'y'.* given",
        ),
    ],
)
def test_other_settings_are_refused_by_name(tmp_path, settings, facts, message):
    config = make_small_config(epochs=7)
    open_run(tmp_path, make_run_config(config))
    with pytest.raises(ValueError, match=message):
        open_run(tmp_path, make_run_config(config.replace(**settings), **facts))
