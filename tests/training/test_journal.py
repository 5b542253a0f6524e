import pytest

from serjax.files import write_json
from serjax.training import journal
from tests.training.made import make_small_config

FACTS = {
    "batch_size": 8,
    "classes": ["a", "b", "c"],
    "dataset": {"identity": "x"},
    "backend": "cpu",
}


def test_what_is_not_finite_is_null_as_in_any_json(tmp_path):
    line = {"epoch": 0, "encoder_grad_norm": float("inf"), "gender_loss": 0.5}
    journal.append_metrics(tmp_path, line)
    (text,) = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert text == '{"epoch": 0, "encoder_grad_norm": null, "gender_loss": 0.5}'


def test_an_unfinished_run_has_no_result(tmp_path):
    assert journal.read_result(tmp_path) is None
    assert journal.read_result(tmp_path / "absent") is None
    write_json(tmp_path / "result.json", {"ua": 1.5})
    assert journal.read_result(tmp_path) == {"ua": 1.5}


@pytest.mark.parametrize("text", ["", '{"ua": 1.', "\0\0"])
def test_a_damaged_result_is_named_and_counts_as_none(tmp_path, text):
    (tmp_path / "result.json").write_text(text)
    with pytest.warns(UserWarning, match="result.json is damaged.*made anew"):
        assert journal.read_result(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"settings": 3}', "nonsense"])
def test_a_damaged_config_is_named(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match="config.json is damaged.*another folder"):
        journal.open_run(tmp_path, make_small_config(), FACTS)


def test_the_same_settings_open_a_run_again(tmp_path):
    config = make_small_config(epochs=7)
    journal.open_run(tmp_path, config, FACTS)
    before = (tmp_path / "config.json").read_bytes()
    moved = config.replace(
        checkpoint_every_s=1.0, cache_dir="elsewhere", data="other", tensorboard=True
    )
    journal.open_run(tmp_path, moved, {**FACTS, "backend": "gpu"})
    assert (tmp_path / "config.json").read_bytes() == before


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
        ({}, {"classes": ["a", "b"]}, "classes=a,b,c there, a,b given"),
        ({}, {"dataset": {"identity": "y"}}, "dataset=.*'x'.*there, .*'y'.* given"),
    ],
)
def test_other_settings_are_refused_by_name(tmp_path, settings, facts, message):
    config = make_small_config(epochs=7)
    journal.open_run(tmp_path, config, FACTS)
    with pytest.raises(ValueError, match=message):
        journal.open_run(tmp_path, config.replace(**settings), {**FACTS, **facts})


def test_versions_name_what_can_change_a_result():
    assert {"python", "jax", "numpy", "orbax-checkpoint"} <= set(journal.versions())
