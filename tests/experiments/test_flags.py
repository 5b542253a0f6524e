import json

import pytest
from absl import flags

from experiments.flags import config_from_flags, define_settings_flags, help_text
from serjax.config import Config, Role, all_settings, make_config


def settings_of(*arguments: str) -> Config:
    """The settings that a command line of `experiments.train` gives."""
    values = flags.FlagValues()
    define_settings_flags(config_file=True, values=values)
    values(["script", *arguments])
    return config_from_flags(values)


def write_record(tmp_path, config: Config) -> str:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"settings": config.to_flat(), "versions": {}}))
    return f"--config={path}"


def test_no_flags_are_the_defaults():
    assert settings_of() == make_config()


def test_every_setting_has_a_flag_that_takes_its_default_back():
    for name, (_, field) in all_settings().items():
        if field.default is None or name in ("approach", "preset"):
            continue
        default = field.default
        text = ",".join(map(str, default)) if isinstance(default, tuple) else default
        config = settings_of("--preset=paper", f"--{name}={text}")
        assert config == make_config(preset="paper"), name


@pytest.mark.parametrize(
    ("flag", "name", "value"),
    [
        ("--data=speech", "data", "speech"),
        ("--ood=tess, emovo", "ood", ("tess", "emovo")),
        ("--ood=", "ood", ()),
        ("--conv_features=64,128", "conv_features", (64, 128)),
        ("--learning_rate=1e-3", "learning_rate", 0.001),
        ("--ravdess_song", "ravdess_song", True),
        ("--nolstm_bidirectional", "lstm_bidirectional", False),
        ("--summary=last", "summary", "last"),
        ("--epochs=7", "epochs", 7),
    ],
)
def test_a_flag_is_read_as_its_settings_type(flag, name, value):
    assert settings_of(flag).to_flat() == make_config(**{name: value}).to_flat()


def test_ood_not_given_is_not_the_same_as_empty():
    assert settings_of().data.ood is None
    assert settings_of("--ood=").data.ood == ()


def test_a_manifest_may_be_given_again_and_its_path_may_hold_a_comma(tmp_path):
    given = ("--manifest=mine, old.csv", "--manifest=yours.csv")
    config = settings_of(*given)
    assert config.data.manifest == ("mine, old.csv", "yours.csv")
    # Speech of one's own is real: the paper's settings, and nothing synthetic.
    assert config.run.preset == "paper" and not config.data.is_synthetic
    path = tmp_path / "flags.txt"
    path.write_text("\n".join(given))
    assert settings_of(f"--flagfile={path}") == config
    record = write_record(tmp_path, config)
    assert settings_of(record) == config
    assert settings_of(record, "--manifest=new.csv").data.manifest == ("new.csv",)
    assert settings_of(record, "--manifest=").data.manifest == ()


def test_a_column_of_a_manifest_may_take_a_role():
    training = settings_of("--approach=reversal", "--attributes=microphone,C").training
    assert training.attributes == ("corpus", "microphone")
    assert training.name == "reversal-C+microphone-seed0"
    training = settings_of("--roles=room.size:multitask,S:reversal:0.3").training
    assert training.roles == (
        Role("speaker", "reversal", 0.3),
        Role("room.size", "multitask"),
    )


def test_attributes_and_roles_are_read():
    config = settings_of("--approach=reversal", "--attributes=S,corpus")
    assert config.training.attributes == ("corpus", "speaker")
    config = settings_of("--roles=gender:multitask,S:reversal:0.3")
    assert config.training.roles == (
        Role("speaker", "reversal", 0.3),
        Role("gender", "multitask"),
    )


def test_flags_given_win_over_the_preset_even_at_the_papers_default():
    config = settings_of("--preset=demo", "--epochs=150", "--lstm_features=64")
    assert (config.training.epochs, config.model.lstm_features) == (150, 64)
    assert config.model.conv_features == make_config().model.conv_features


def test_flags_can_stand_in_a_file(tmp_path):
    path = tmp_path / "flags.txt"
    path.write_text("# a comment\n--epochs=7\n--approach=multitask\n--attributes=G\n")
    config = settings_of(f"--flagfile={path}", "--seed=2")
    assert config == make_config(
        epochs=7, approach="multitask", attributes=("gender",), seed=2
    )


def test_a_runs_config_json_repeats_it_in_another_place(tmp_path):
    run = make_config(
        roles=(Role("gender", "multitask"), Role("speaker", "reversal", 0.3)),
        epochs=3,
        ood=(),
        workdir="elsewhere",
    )
    assert settings_of(write_record(tmp_path, run)) == run.replace(workdir="")


def test_flags_lie_on_top_of_a_runs_config_json(tmp_path):
    run = make_config(approach="reversal", attributes=("speaker",), epochs=3)
    record = write_record(tmp_path, run)
    assert settings_of(record, "--seed=4") == run.replace(seed=4)
    training = settings_of(record, "--attributes=C,G").training
    assert (training.approach, training.attributes) == (
        "reversal",
        ("corpus", "gender"),
    )
    training = settings_of(record, "--approach=multitask").training
    assert (training.approach, training.attributes) == ("multitask", ("speaker",))
    assert settings_of(record, "--approach=baseline").training.attributes == ()


def test_attributes_alone_on_top_of_a_mixed_run_are_refused_with_its_roles(tmp_path):
    run = make_config(roles="speaker:reversal,gender:multitask:0.2", epochs=3)
    record = write_record(tmp_path, run)
    message = "--attributes=gender: .* mixed, with --roles=speaker:reversal,gender:mult"
    with pytest.raises(ValueError, match=message):
        settings_of(record, "--attributes=gender")
    assert settings_of(record, "--seed=2") == run.replace(seed=2)
    training = settings_of(record, "--approach=reversal").training
    assert training.name == "reversal-S+G-seed0"
    training = settings_of(record, "--approach=reversal", "--attributes=G").training
    assert training.name == "reversal-G-seed0"
    training = settings_of(record, "--roles=S:multitask").training
    assert training.name == "multitask-S-seed0"
    assert settings_of(record, "--approach=baseline").training.attributes == ()
    with pytest.raises(ValueError, match="approach='mixed' needs --roles"):
        settings_of(record, "--approach=mixed")


def test_a_scripts_own_flag_of_a_settings_name_is_no_setting():
    values = flags.FlagValues()
    flags.DEFINE_multi_string("roles", [], "Of the grid.", flag_values=values)
    define_settings_flags(leave_out=("roles",), values=values)
    values(["script", "--roles=S:reversal,G:multitask", "--epochs=3"])
    assert config_from_flags(values) == make_config(epochs=3)
    text = help_text("A script.", values)
    assert text.index("--roles") < text.index("Flags, data:")


def test_a_config_json_that_cannot_be_used_is_refused(tmp_path):
    path = tmp_path / "config.json"
    for place, what in ((path, "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(
            ValueError, match=f"--config={place} cannot be read: {what}"
        ):
            settings_of(f"--config={place}")
    path.write_text("{")
    with pytest.raises(ValueError, match=f"--config={path} is no JSON"):
        settings_of(f"--config={path}")
    path.write_text("[1]")
    with pytest.raises(
        ValueError, match="expected an object, got a list. Give a run's con"
    ):
        settings_of(f"--config={path}")
    path.write_text('{"settings": {"colour": "red"}}')
    with pytest.raises(ValueError, match="Unknown setting 'colour'"):
        settings_of(f"--config={path}")
    record = write_record(tmp_path, make_config())
    with pytest.raises(ValueError, match="--preset and --config are both given"):
        settings_of(record, "--preset=paper")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "lacks settings. Give a run's config.json"),
        ('{"settings": []}', "settings: expected an object, got a list. Give"),
        ('{"settings": null}', "settings: expected an object, got null. Give"),
        (
            '{"settings": {"split_seed": "a"}}',
            "split_seed: expected a whole number, got a text",
        ),
        (
            '{"settings": {"split_seed": true}}',
            "split_seed: expected a whole number, got true",
        ),
        (
            '{"settings": {"split_seed": 1.5}}',
            "split_seed: expected a whole number, got a num",
        ),
        (
            '{"settings": {"learning_rate": "x"}}',
            "learning_rate: expected a number, got a te",
        ),
        (
            '{"settings": {"ravdess_song": 1}}',
            "ravdess_song: expected true or false, got a wh",
        ),
        ('{"settings": {"data": null}}', "data: expected a text, got null"),
        ('{"settings": {"channel": null}}', "channel: expected a list, got null"),
        (
            '{"settings": {"channel": [0]}}',
            r"channel: \[0\]: expected a text, got a whole",
        ),
        ('{"settings": {"ood": "tess"}}', "ood: expected a list or null, got a text"),
        (
            '{"settings": {"conv_features": ["a"]}}',
            r"conv_features: \[0\]: expected a wh",
        ),
        ('{"settings": {"roles": [1]}}', r"roles: \[0\]: expected a text, got a whole"),
        ('{"settings": {"epochs": 0}}', "epochs=0: expected 1 or more"),
    ],
)
def test_a_config_json_edited_by_hand_is_checked(tmp_path, text, message):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"--config={path}:? {message}"):
        settings_of(f"--config={path}")


def test_a_whole_number_is_a_number(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"settings": {"learning_rate": 1, "ood": null}}')
    assert settings_of(f"--config={path}").training.learning_rate == 1


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--epochs=many", "epochs"),
        ("--conv_features=64,x", "conv_features"),
        ("--summary=middle", r"mean\|last"),
        ("--roles=gender", "expected attribute:role"),
        ("--colour=red", "colour"),
    ],
)
def test_a_flag_that_cannot_be_read_is_named(flag, message):
    with pytest.raises(flags.Error, match=message):
        settings_of(flag)


def test_help_names_every_flag_with_its_default_and_fits_the_terminal():
    values = flags.FlagValues()
    define_settings_flags(leave_out=("roles",), config_file=True, values=values)
    text = help_text("A script.", values)
    assert text.startswith("A script.\n")
    shown = {line.split()[0] for line in text.splitlines() if line[:4] == "  --"}
    names = {flag.replace("[no]", "").lstrip("-") for flag in shown}
    assert names == {*all_settings(), "config", "flagfile", "help", "traceback"} - {
        "roles"
    }
    assert "--alpha_reversal (default: 0.5)" in text
    assert "--conv_features (default: 256,256,256)" in text
    assert "demo\n      --conv_features=32,32,32" in text
    assert "--manifest\n      Your own corpus, joined to --data; repeatable." in text
    assert "(wav.scp, utt2spk).\n  --features\n" in text
    assert max(map(len, text.splitlines())) <= 88
