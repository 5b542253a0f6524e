import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import serjax
from serjax.config import (
    PRESETS,
    Config,
    DataSettings,
    Role,
    all_settings,
    attribute_set_name,
    make_config,
)
from serjax.methods import METHODS, Method


def mixed(text: str) -> tuple[Role, ...]:
    return tuple(Role.parse(part) for part in text.split(","))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"data": "speech", "ood": ()},
        {"data": "speech", "ood": ("tess", "emovo"), "ravdess_song": True},
        {"approach": "reversal", "attributes": ("S", "C"), "seed": 3},
        {"roles": mixed("gender:multitask,speaker:reversal:0.3")},
        {"preset": "paper-b", "epochs": 60, "learning_rate": 0.01},
    ],
)
def test_settings_survive_json(settings):
    config = make_config(**settings)
    assert Config.from_flat(json.loads(json.dumps(config.to_flat()))) == config


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda it: st.lists(it, max_size=3) | st.dictionaries(st.text(), it, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*Config().to_flat(), "nonsense"]), JSON))
def test_any_json_is_settings_or_is_refused(changes):
    flat = Config().to_flat()
    try:
        config = Config.from_flat({**flat, **changes})
    except ValueError as error:
        assert len(str(error)) > 10
    else:
        assert Config.from_flat(config.to_flat()) == config


def test_every_setting_has_help_text_and_a_unique_name():
    settings = all_settings()
    groups = [getattr(Config(), group.name) for group in dataclasses.fields(Config)]
    num_fields = sum(len(dataclasses.fields(group)) for group in groups)
    assert len(settings) == num_fields
    assert all(field.metadata["help"].strip() for _, field in settings.values())


@pytest.mark.parametrize("value", [-1, float("nan")])
def test_a_memory_budget_below_zero_is_refused(value):
    with pytest.raises(ValueError, match=f"memory_budget_gb={value}: expected 0 or"):
        make_config(memory_budget_gb=value)
    assert make_config(memory_budget_gb=float("inf")).hash() == make_config().hash()


def test_the_defaults_are_the_papers():
    training = make_config(data="speech").training
    assert (training.learning_rate, training.momentum) == (0.002, 0.9)
    assert (training.epochs, training.approach) == (150, "baseline")
    config = make_config(data="speech")
    strengths = {name: config.methods.of(it) for name, it in METHODS.items()}
    assert strengths == {
        "multitask": 0.1,
        "reversal": 0.5,
        "adversarial": 0.5,
        "ganin": 1.0,
        "conditional": 1.0,
        "coral": 1.0,
        "mmd": 1.0,
        "groupdro": 1.0,
        "erasure": 0.0,  # it has none
    }


def test_synthetic_data_takes_demo_and_real_data_takes_paper():
    assert make_config().run.preset == "demo"
    assert make_config(data="speech").run.preset == "paper"
    assert make_config(preset="paper").model == make_config(data="speech").model
    assert make_config(data="speech", preset="demo").model == make_config().model


def test_a_setting_given_wins_over_the_preset():
    assert make_config(epochs=7).training.epochs == 7
    assert make_config().training.epochs == PRESETS["demo"]["epochs"]


def test_letters_are_attributes_in_the_papers_order():
    config = make_config(approach="multitask", attributes=("L", "Gender", "C", "S"))
    assert config.training.attributes == ("corpus", "speaker", "gender", "language")
    assert attribute_set_name(["valence", "language", "corpus"]) == "C+L+valence"
    assert attribute_set_name([]) == "-"


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "baseline-seed0"),
        ({"seed": 2}, "baseline-seed2"),
        ({"approach": "reversal", "attributes": ("S", "C")}, "reversal-C+S-seed0"),
        (
            {"roles": mixed("speaker:reversal:0.3,gender:multitask")},
            "mixed-S.reversal.0.3+G.multitask-seed0",
        ),
    ],
)
def test_a_run_is_named_by_its_choices(settings, name):
    assert make_config(**settings).training.name == name


def test_roles_that_are_all_the_same_are_that_approach():
    uniform = make_config(roles=mixed("gender:reversal,corpus:reversal"))
    named = make_config(approach="reversal", attributes=("C", "G"))
    assert uniform == named


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"ood": "urdu"}, {"ood": ("urdu",)}),
        ({"ood": "tess, emovo"}, {"ood": ("tess", "emovo")}),
        ({"ood": ""}, {"ood": ()}),
        ({"ood": {"tess", "emovo"}}, {"ood": ("emovo", "tess")}),
        ({"manifest": "mine, old.csv"}, {"manifest": ("mine, old.csv",)}),
        ({"manifest": Path("a.csv")}, {"manifest": ("a.csv",)}),
        ({"manifest": [Path("a.csv"), "b.csv"]}, {"manifest": ("a.csv", "b.csv")}),
        ({"data": Path("speech"), "workdir": Path("run")}, {"data": "speech"}),
        ({"epochs": "5"}, {"epochs": 5}),
        ({"epochs": np.int64(5)}, {"epochs": 5}),
        ({"epochs": 5.0}, {"epochs": 5}),
        ({"learning_rate": "1e-3"}, {"learning_rate": 1e-3}),
        ({"learning_rate": np.float64(0.5)}, {"learning_rate": 0.5}),
        ({"ravdess_song": "true"}, {"ravdess_song": True}),
        ({"ravdess_song": np.True_}, {"ravdess_song": True}),
        ({"conv_features": "64,32"}, {"conv_features": (64, 32)}),
        ({"conv_features": [64, 32]}, {"conv_features": (64, 32)}),
        ({"conv_features": np.array([64, 32])}, {"conv_features": (64, 32)}),
        ({"conv_features": 64}, {"conv_features": (64,)}),
        ({"channel": "mean"}, {"channel": ("mean",)}),
        ({"alpha_reversal": "0.25"}, {"alpha_reversal": 0.25}),
        ({"epochs": None, "roles": None, "ood": None}, {}),
    ],
)
def test_a_value_is_taken_as_its_flag_takes_it(given, taken):
    config = make_config(**given).replace(workdir="")
    assert config == make_config(**taken)
    assert config.hash() == make_config(**taken).hash()
    assert json.loads(json.dumps(config.to_flat())) == config.to_flat()


@pytest.mark.parametrize(
    ("approach", "attributes"),
    [
        ("reversal", "speaker,C"),
        ("reversal", ["S", "corpus"]),
        ("reversal", {"speaker", "corpus"}),
    ],
)
def test_attributes_are_read_of_text_and_of_lists(approach, attributes):
    training = make_config(approach=approach, attributes=attributes).training
    assert training.attributes == ("corpus", "speaker")


@pytest.mark.parametrize(
    "roles",
    [
        "speaker:reversal,G:multitask:0.2",
        ["speaker:reversal", "gender:multitask:0.2"],
        {"speaker": "reversal", "gender": ("multitask", 0.2)},
        {"S": ("reversal", None), "G": "multitask:0.2"},
        [("speaker", "reversal"), ("gender", "multitask", np.float64(0.2))],
        (serjax.Role("S", "reversal"), serjax.Role("gender", "multitask", 0.2)),
    ],
)
def test_roles_are_read_of_text_lists_and_dicts(roles):
    assert make_config(roles=roles).training.roles == (
        Role("speaker", "reversal"),
        Role("gender", "multitask", 0.2),
    )


def test_one_role_may_stand_alone():
    named = make_config(approach="reversal", attributes="speaker")
    for roles in ("speaker:reversal", {"speaker": "reversal"}, Role("S", "reversal")):
        assert make_config(roles=roles) == named


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": "many"}, "epochs='many': expected a whole number, got a text"),
        ({"epochs": 5.5}, "epochs=5.5: expected a whole number, got a number"),
        ({"seed": True}, "seed=True: expected a whole number, got true or false"),
        ({"seed": object()}, "seed=<object.*>: expected a whole number"),
        ({"learning_rate": "fast"}, "learning_rate='fast': expected a number"),
        ({"ravdess_song": "perhaps"}, "ravdess_song='perhaps': expected true or fal"),
        ({"data": ["a", "b"]}, "data=.'a', 'b'.: expected a text, got a list"),
        ({"ood": 5}, "ood=5: expected a text, got a whole number"),
        ({"attributes": 7}, "attributes=7: expected a text"),
        ({"conv_features": "a"}, "conv_features='a': expected a whole number"),
        ({"conv_features": {"a": 1}}, r"conv_features=\('a', 1\): expected a whole"),
        ({"roles": 5}, "roles: cannot read 5; expected attribute:role"),
        ({"roles": ("speaker", "reversal")}, "roles: cannot read 'speaker'; expected"),
        ({"roles": {"speaker": ("reversal", "much")}}, "roles: cannot read"),
        (
            {"roles": {"speaker": 5}},
            "role of speaker='5': expected off or a method's name",
        ),
    ],
)
def test_a_value_of_another_type_is_refused_by_the_settings_name(settings, message):
    with pytest.raises(ValueError, match=message):
        make_config(**settings)


def test_a_role_in_python_is_checked_as_one_in_text():
    assert Role("S", "reversal", "0.3") == Role.parse("speaker:reversal:0.3")  # pyright: ignore
    for wrong in ((5, "reversal"), ("S", 5), ("S", "reversal", "much")):
        with pytest.raises(ValueError, match="expected"):
            Role(*wrong)  # pyright: ignore


def test_settings_of_before_have_the_digests_of_before():
    assert make_config().hash() == "e48f82788ae04649"
    mixed_config = make_config(
        data="speech", roles=mixed("speaker:reversal:0.3,gender:multitask"), clip_norm=1
    )
    assert mixed_config.hash() == "ce65826e1277f555"
    assert mixed_config.to_flat()["clip_norm"] == 1


def test_roles_that_are_off_fall_away():
    config = make_config(roles=mixed("gender:off,speaker:reversal,corpus:multitask"))
    assert list(config.training.roles_by_attribute) == ["corpus", "speaker"]
    assert make_config(roles=mixed("gender:off")) == make_config()


def test_naming_an_approach_renews_the_attributes():
    config = make_config(approach="reversal", attributes=("C",))
    assert config.replace(seed=1).training.attributes == ("corpus",)
    assert config.replace(approach="baseline").training.attributes == ()


def test_each_methods_strength_is_a_setting_of_its_name():
    settings = all_settings()
    assert "lambda_erasure" not in settings
    for method in METHODS.values():
        if not method.has_strength:
            continue
        group, field = settings[method.setting]
        assert (group, field.default) == ("methods", method.strength)
        assert method.reference in field.metadata["help"]
        config = make_config().replace(**{method.setting: 0.25})
        assert config.methods.of(method) == 0.25


def test_a_strength_that_is_added_may_exceed_1():
    assert make_config(lambda_ganin=3.0).to_flat()["lambda_ganin"] == 3.0
    with pytest.raises(ValueError, match="lambda_ganin=-1.0: expected a number from 0"):
        make_config(lambda_ganin=-1.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"approach": "gan", "attributes": "S"},
            "approach='gan': expected one of base",
        ),
        ({"roles": mixed("gender:gan,S:reversal")}, "role of gender='gan': expected"),
        ({"approach": "off", "attributes": "S"}, "approach='off': expected one of"),
    ],
)
def test_an_unknown_method_is_refused_unless_it_is_given(settings, message):
    with pytest.raises(ValueError, match=message):
        make_config(**settings)
    if "gan" in message:
        gan = Method(name="gan", does="-", equation="-", reference="-")
        assert "gan" in make_config(**settings, methods=(gan,)).find_methods((gan,))


def test_the_strength_of_a_users_method_is_checked_by_its_record():
    mine = Method(name="mine", does="-", equation="-", reference="-", is_taken=True)
    with pytest.raises(ValueError, match="alpha of gender=2.0: expected a number from"):
        make_config(roles=mixed("gender:mine:2"), methods=(mine,))


def test_only_what_can_change_a_result_changes_the_hash():
    config = make_config()
    assert config.replace(workdir="a", platform="cpu").hash() == config.hash()
    assert config.replace(seed=1).hash() != config.hash()
    assert config.replace(log_floor=1e-5).hash() != config.hash()
    assert config.replace(trim_db=35).hash() != config.hash()
    later = {"lambda_coral": 2.0, "warmup_epochs": 3, "schedule": "linear"}
    later |= {"batches": "even", "class_weights": "corpus", "discriminator_steps": 2}
    hashes = {config.replace(**{name: it}).hash() for name, it in later.items()}
    assert len(hashes | {config.hash()}) == 7


def test_help_says_what_each_normalisation_needs_of_an_unseen_corpus():
    told = all_settings()["normalisation"][1].metadata["help"]
    assert "signal: nothing, speaker: speech and speaker identities, corpus: sp" in told
    assert make_config(normalisation="corpus").features.needs_of_target == "speech"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs=0: expected 1 or more"),
        ({"dropout": 1.0}, r"dropout=1.0: expected in \[0, 1\)"),
        ({"conv_width": 4}, "conv_width=4: expected odd"),
        ({"pool_width": 1}, "at least pool_stride"),
        ({"fft_size": 256}, "at least the window's 400 samples"),
        ({"normalisation": "mel"}, "one of 'coefficient', 'utterance', 'signal', 'sp"),
        ({"trim_db": -1}, "trim_db=-1: expected 0 or more, in dB"),
        (
            {"warmup_epochs": 4, "epochs": 4},
            "warmup_epochs=4: expected fewer",
        ),
        ({"discriminator_steps": 0}, "discriminator_steps=0: expected 1 or more"),
        ({"roles": "C:erasure:0.3"}, "strength of corpus=0.3: expected none"),
        ({"preset": "big"}, "preset='big': expected one of paper"),
        ({"alpha_reversal": 1.5}, "alpha_reversal=1.5: expected a number from 0 to 1"),
        ({"ood": ("tess", "tess")}, "a corpus is named twice"),
        ({"channel": ("left",)}, "channel='left': expected first, mean or a channel's"),
        ({"max_duration_s": 0}, "max_duration_s=0: expected over 0"),
        ({"split": "random"}, "one of 'strict', 'shared_heldout'"),
        ({"colour": "red"}, "Unknown setting 'colour'"),
        ({"approach": "reversal"}, "approach='reversal' needs attributes"),
        ({"approach": "mixed"}, "needs --roles"),
        ({"attributes": ("C",)}, "approach='baseline' uses no attributes"),
        ({"approach": "svm", "attributes": "C"}, "approach='svm' uses no attributes"),
        ({"roles": "S:svm"}, "role of speaker='svm': expected off or a method's name"),
        ({"roles": "S:baseline,G:multitask"}, "role of speaker='baseline': expected"),
        (
            {"approach": "reversal", "attributes": ("C", "corpus")},
            "one is named twice",
        ),
        (
            {"approach": "reversal", "roles": (Role("gender", "multitask"),)},
            "give either --roles, or --approach",
        ),
    ],
)
def test_a_setting_out_of_range_is_refused_with_what_was_expected(settings, message):
    with pytest.raises(ValueError, match=message):
        make_config(**settings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gender", "cannot read 'gender'; expected attribute:role"),
        ("gender:a-b", "role of gender='a-b': expected off or a method's name"),
        ("gender:reversal:2", "alpha of gender=2.0: expected a number from 0 to 1"),
        ("gender:mine:-2", "strength of gender=-2.0: expected 0 or more"),
        ("gender:reversal:much", "cannot read 'gender:reversal:much'"),
        (":reversal", "cannot read ':reversal'"),
    ],
)
def test_a_role_that_cannot_be_read_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        Role.parse(text)


def test_a_role_is_written_as_it_is_read():
    for text in ("gender:multitask", "speaker:reversal:0.3"):
        assert str(Role.parse(text)) == text
    assert Role.parse("S:reversal").name == "speaker"


def test_data_are_synthetic_unless_some_are_given():
    assert DataSettings().is_synthetic
    assert DataSettings(data="synthetic", manifest=("mine.csv",)).is_synthetic
    assert not DataSettings(data="corpora").is_synthetic
    assert not DataSettings(manifest=("mine.csv",)).is_synthetic
    assert make_config().run.preset == "demo"
    assert make_config(manifest=("mine.csv",)).run.preset == "paper"


@pytest.mark.parametrize(
    ("choice", "emodb", "epst"),
    [
        (("first",), 0, 0),
        (("mean",), "mean", "mean"),
        (("1", "epst:mean"), 1, "mean"),
        (("epst:1",), 0, 1),
        (("epst:first", "mean"), "mean", 0),
    ],
)
def test_channels_are_chosen_for_all_corpora_or_for_one(choice, emodb, epst):
    settings = DataSettings(channel=choice)
    assert settings.channel_of("emodb") == emodb
    assert settings.channel_of("epst") == epst


def test_preset_robust_has_a_method_that_goes_where_one_is_given():
    robust = make_config(data="/corpora", preset="robust")
    assert robust.training.name == "ganin-C-seed0"
    assert robust.features.needs_of_target == "nothing"
    baseline = make_config(data="/corpora", preset="robust", approach="baseline")
    assert baseline.training.name == "baseline-seed0"
    assert baseline.features == robust.features
    mixed = make_config(data="/corpora", preset="robust", roles="S:reversal")
    assert mixed.training.name == "reversal-S-seed0"
