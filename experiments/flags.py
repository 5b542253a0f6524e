"""absl flags made from the settings' dataclasses: a default stands in one place only.

Only flags that are given count: the rest comes from the preset, or from the run's
config.json that `--config` names.
"""

import dataclasses
import textwrap
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from absl import flags

from serjax.config import PRESETS, Config, all_settings, as_text, make_config, take
from serjax.errors import readable_errors
from serjax.json_files import read_json
from serjax.methods import BASELINE, MIXED, WITHOUT_ATTRIBUTES, Method
from serjax.paths import expand
from serjax.records.run_config import AnyConfig

FLAGS = flags.FLAGS

# A flag belongs to the script that asks for it, not to this module.
flags.disclaim_key_flags()

_NOT_REPEATED = ("workdir",)


class _ListParser(flags.ArgumentParser):
    """Read a comma separated list into a tuple; an empty text is an empty tuple."""

    syntactic_help = "a comma separated list"

    def __init__(self, name: str, kind: Any) -> None:
        self._name, self._kind = name, kind

    def parse(self, argument: Any) -> tuple:
        return take(self._name, self._kind, argument)

    def flag_type(self) -> str:
        return "comma separated list"


class _ListSerializer(flags.ArgumentSerializer):
    """Write a tuple as the comma separated list that is read back."""

    def serialize(self, value: Any) -> str:
        return ",".join(map(str, value))


def define_settings_flags(
    leave_out: Collection[str] = (),
    config_file: bool = False,
    values: flags.FlagValues = FLAGS,
) -> None:
    """Define a flag for each setting.

    Args:
      leave_out: settings that the calling script decides itself.
      config_file: also define `--config`, to repeat a run from its config.json.
      values: where flags live; the process has one set of them.
    """
    flags.DEFINE_boolean("help", False, "Show this help.", values, short_name="h")
    flags.DEFINE_boolean(
        "traceback", False, "Show where in the code an error came from.", values
    )
    if config_file:
        flags.DEFINE_string(
            "config",
            None,
            "A run's config.json: repeat that run, with the flags given on top. Its "
            "workdir is not taken over.",
            values,
        )
    for name, (_, field) in all_settings().items():
        if name not in leave_out:
            _define(name, field, values)


def define_epoch_flag() -> None:
    """Define `--epoch`, of scripts that use a run's model."""
    flags.DEFINE_enum(
        "epoch",
        "best",
        ["best", "last"],
        "The model of the best validation UA, or of the last epoch, where alpha is at "
        "its highest. A bundle has one alone.",
    )


def validate_flag(name: str, parse: Callable[[Any], Any]) -> None:
    """Refuse a command line in which `parse` raises ValueError for a flag's value."""

    def check(value: Any) -> bool:
        try:
            parse(value)
        except ValueError as error:
            raise flags.ValidationError(str(error)) from error
        return True

    flags.register_validator(name, check)


def config_from_flags(
    values: flags.FlagValues = FLAGS, methods: Sequence[Method] = ()
) -> Config:
    """Build the settings from the flags that were given.

    Args:
      values: where flags live.
      methods: of the script's own, which --approach and --roles may name.

    Raises:
      ValueError: a setting is out of its range, or `--config` cannot be read.
    """
    given = {
        name: _without_empty(values[name].value)
        for name in _settings_among(values)
        if values[name].present
    }
    path = values["config"].value if "config" in values else None
    if not path:
        return make_config(methods=methods, **given)
    if "preset" in given:
        raise ValueError("--preset and --config are both given; give one of them.")
    config = _overlay(_read_config(Path(expand(path, "--config"))), given)
    config.find_methods(methods)
    return config


def help_text(
    doc: str, values: flags.FlagValues = FLAGS, methods: Sequence[Method] = ()
) -> str:
    """Everything that `--help` prints: the script's docstring, then all flags.

    Flags stand in the settings' groups, in their order; the script's own come first.
    Last come the script's own methods, which --approach and --roles may name.
    """
    settings = _settings_among(values)
    own = [name for name in values.flag_values_dict() if name not in {*settings, "h"}]
    groups: dict[str, list[str]] = {"this script": own}
    for name, group in settings.items():
        groups.setdefault(group, []).append(name)
    lines = [doc.strip()]
    for group, names in groups.items():
        lines += ["", f"Flags, {group}:", *(_describe(values[name]) for name in names)]
        if group == "this script":
            lines.append(
                "  --flagfile\n      Read flags, one per line, from this file."
            )
    if methods:
        lines += ["", "Methods of this script's own:"]
    for it in methods:
        text = f"{it.does}. {it.equation} ({it.reference}). Strength: {it.strength:g}."
        lines += [f"  {it.name}", _indent(text)]
    if "preset" not in values:
        return "\n".join(lines)
    lines += ["", "Defaults above are preset paper's. The others change:"]
    for preset, changed in PRESETS.items():
        text = " ".join(f"--{name}={as_text(value)}" for name, value in changed.items())
        if text:
            lines += [f"  {preset}", _indent(text)]
    return "\n".join(lines)


def _describe(flag: flags.Flag) -> str:
    default = "" if flag.default is None else as_text(flag.default)
    head = f"  --{'[no]' if flag.boolean else ''}{flag.name}"
    # absl puts the choices in front: "<|paper|demo>: ..."; and advice on flags that may
    # be repeated behind.
    text = (flag.help or "").replace("<|", "<", 1).partition(";\n")[0]
    return head + (f" (default: {default})" if default else "") + "\n" + _indent(text)


def _indent(text: str) -> str:
    margin = " " * 6
    return textwrap.fill(
        text,
        width=88,
        initial_indent=margin,
        subsequent_indent=margin,
        break_on_hyphens=False,
    )


def _without_empty(value: Any) -> Any:
    """A flag's value; a repeated flag that is given empty is none."""
    return [it for it in value if it] if isinstance(value, list) else value


def _settings_among(values: flags.FlagValues) -> dict[str, str]:
    """Group by name of the settings that are flags.

    A script's own flag may have a setting's name (`--roles` of `study`), but not its
    help text.
    """
    return {
        name: group
        for name, (group, field) in all_settings().items()
        if name in values and field.metadata["help"] in (values[name].help or "")
    }


def _define(name: str, field: dataclasses.Field, values: flags.FlagValues) -> None:
    text: str = field.metadata["help"]
    default: Any = field.default
    choices = field.metadata.get("choices")
    if field.metadata.get("repeated"):
        # Each a whole value: a path may hold a comma.
        flags.DEFINE_multi_string(name, list(default), text, flag_values=values)
    elif choices:
        flags.DEFINE_enum(name, default, choices, text, flag_values=values)
    elif isinstance(default, bool):
        flags.DEFINE_boolean(name, default, text, flag_values=values)
    elif isinstance(default, int):
        flags.DEFINE_integer(name, default, text, flag_values=values)
    elif isinstance(default, float):
        flags.DEFINE_float(name, default, text, flag_values=values)
    elif isinstance(default, str):
        flags.DEFINE_string(name, default, text, flag_values=values)
    else:
        flags.DEFINE(
            _ListParser(name, field.type),
            name,
            default,
            text,
            flag_values=values,
            serializer=_ListSerializer(),
        )


@readable_errors()
def _read_config(path: Path) -> Config:
    try:
        settings = read_json(path, AnyConfig).settings
    except OSError as error:
        raise ValueError(
            f"--config={path} cannot be read: {error.strerror}; expected a run's "
            "config.json."
        ) from error
    except ValueError as error:
        raise ValueError(f"--config={error}. Give a run's config.json.") from error
    repeated = {k: v for k, v in settings.items() if k not in _NOT_REPEATED}
    try:
        return Config.from_flat(repeated)
    except ValueError as error:
        raise ValueError(f"--config={path}: {error}") from error


def _overlay(config: Config, given: dict[str, Any]) -> Config:
    """Lay flags over a run's settings.

    `Config.replace` renews approach, attributes and roles together; here naming one of
    approach and attributes keeps the run's other one.

    Raises:
      ValueError: `--attributes` alone, on a run whose attributes have a role each.
    """
    training = config.training
    if "roles" not in given:
        if "attributes" in given and "approach" not in given:
            if training.approach == MIXED:
                raise ValueError(
                    f"--attributes={as_text(given['attributes'])}: the run of --config "
                    f"is mixed, with --roles={as_text(training.roles)}, so that "
                    "attributes alone have no role. Give --roles, or --approach beside "
                    "--attributes."
                )
            given["approach"] = training.approach
        elif given.get("approach", BASELINE) not in (*WITHOUT_ATTRIBUTES, MIXED):
            given.setdefault("attributes", training.attributes)
    return config.replace(**given)
