"""Every setting of a run: its default, its help text and its check.

A `Config` is a tree of frozen dataclasses, one per room of the house. The flags of
`experiments/` are generated from these fields, `config.json` is their dump, and a
default stands here and nowhere else. Defaults are the paper's (Parry et al., 2022,
Sec. 4); what the paper leaves open is decided in BUILD_NOTES.md.

No jax here: reading settings must stay instant.
"""

from serjax.config.attributes import (
    ATTRIBUTES,
    Role,
    attribute_set_name,
    parse_attribute,
    read_role_set_name,
    role_set_name,
    sort_attributes,
)
from serjax.config.config import (
    PATHS,
    PRESETS,
    Config,
    all_settings,
    group_of,
    make_config,
)
from serjax.config.data import DEFAULT_OOD, FRONT_ENDS, DataSettings, FeatureSettings
from serjax.config.methods import MethodSettings
from serjax.config.model import ENCODERS, ModelSettings
from serjax.config.run import RunSettings
from serjax.config.setting import as_list, as_text, take
from serjax.config.training import TrainingSettings

__all__ = [
    "ATTRIBUTES",
    "DEFAULT_OOD",
    "ENCODERS",
    "FRONT_ENDS",
    "PATHS",
    "PRESETS",
    "Config",
    "DataSettings",
    "FeatureSettings",
    "MethodSettings",
    "ModelSettings",
    "Role",
    "RunSettings",
    "TrainingSettings",
    "all_settings",
    "as_list",
    "as_text",
    "attribute_set_name",
    "group_of",
    "make_config",
    "parse_attribute",
    "read_role_set_name",
    "role_set_name",
    "sort_attributes",
    "take",
]
