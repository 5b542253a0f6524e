"""Every setting of a run: its default, its help text and its check.

A `Config` is a tree of frozen dataclasses, one per room of the house. The flags of
`experiments/` are generated from these fields, `config.json` is their dump, and a
default stands here and nowhere else. Defaults are the paper's (Parry et al., 2022,
Sec. 4); what the paper leaves open is decided in BUILD_NOTES.md.

No jax here: reading settings must stay instant.
"""

from serjax.config.attributes import ATTRIBUTES as ATTRIBUTES
from serjax.config.attributes import Role as Role
from serjax.config.attributes import attribute_set_name as attribute_set_name
from serjax.config.attributes import parse_attribute as parse_attribute
from serjax.config.attributes import read_role_set_name as read_role_set_name
from serjax.config.attributes import role_set_name as role_set_name
from serjax.config.attributes import sort_attributes as sort_attributes
from serjax.config.config import PATHS as PATHS
from serjax.config.config import PRESETS as PRESETS
from serjax.config.config import Config as Config
from serjax.config.config import all_settings as all_settings
from serjax.config.config import group_of as group_of
from serjax.config.config import make_config as make_config
from serjax.config.data import DEFAULT_OOD as DEFAULT_OOD
from serjax.config.data import FRONT_ENDS as FRONT_ENDS
from serjax.config.data import NEEDS_OF_TARGET as NEEDS_OF_TARGET
from serjax.config.data import DataSettings as DataSettings
from serjax.config.data import FeatureSettings as FeatureSettings
from serjax.config.methods import MethodSettings as MethodSettings
from serjax.config.model import ENCODERS as ENCODERS
from serjax.config.model import ModelSettings as ModelSettings
from serjax.config.run import RunSettings as RunSettings
from serjax.config.setting import as_list as as_list
from serjax.config.setting import as_text as as_text
from serjax.config.setting import did_you_mean as did_you_mean
from serjax.config.setting import require as require
from serjax.config.setting import take as take
from serjax.config.training import TrainingSettings as TrainingSettings
