"""All settings of one run together, and the named presets."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from serjax.config.attributes import Role
from serjax.config.data import DataSettings, FeatureSettings
from serjax.config.methods import MethodSettings
from serjax.config.model import ModelSettings
from serjax.config.run import RunSettings
from serjax.config.setting import require
from serjax.config.training import TrainingSettings
from serjax.json_files import check_json
from serjax.methods import Method, find_methods


@dataclasses.dataclass(frozen=True)
class Config:
    """All settings of one training run.

    Example:
      >>> config = make_config(approach="reversal", attributes=("speaker",))
      >>> config.training.name
      'reversal-S-seed0'
    """

    data: DataSettings = dataclasses.field(default_factory=DataSettings)
    features: FeatureSettings = dataclasses.field(default_factory=FeatureSettings)
    model: ModelSettings = dataclasses.field(default_factory=ModelSettings)
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)
    methods: MethodSettings = dataclasses.field(default_factory=MethodSettings)
    run: RunSettings = dataclasses.field(default_factory=RunSettings)

    def replace(self, **settings: Any) -> "Config":
        """Return a copy with some settings changed, each named without its group."""
        groups: dict[str, dict[str, Any]] = {}
        for name, value in settings.items():
            groups.setdefault(group_of(name), {})[name] = value
        if {"approach", "attributes", "roles"} & set(settings):
            # These three describe one choice: naming any of them renews all.
            fresh = {"approach": "baseline", "attributes": (), "roles": ()}
            groups["training"] = {**fresh, **groups["training"]}
        changed = {
            group: dataclasses.replace(getattr(self, group), **values)
            for group, values in groups.items()
        }
        return dataclasses.replace(self, **changed)

    def to_flat(self) -> dict[str, Any]:
        """All settings by name, as JSON values."""
        flat: dict[str, Any] = {}
        for name, group in _GROUPS.items():
            value = getattr(getattr(self, group), name)
            if isinstance(value, tuple):
                value = [str(v) if isinstance(v, Role) else v for v in value]
            flat[name] = value
        return flat

    @classmethod
    def from_flat(cls, flat: Mapping[str, Any]) -> "Config":
        """Rebuild a Config from `to_flat`'s dictionary (a run's config.json).

        Raises:
          ValueError: a setting is unknown, of another type or out of its range.
        """
        values, settings = dict(flat), all_settings()
        for name in filter(settings.__contains__, flat):  # Of others `replace` tells.
            kind: Any = settings[name][1].type
            kind = tuple[str, ...] if name == "roles" else kind
            values[name] = check_json(flat[name], kind, name)
        return cls().replace(**values)

    def find_methods(self, own: Sequence[Method] = ()) -> dict[str, Method]:
        """The chosen attributes' methods by name, in their order; `own` are a user's.

        Raises:
          ValueError: one is unknown, or a strength is out of its range.
        """
        if not self.training.roles:
            return find_methods([self.training.approach], own)
        found = {}
        for role in self.training.roles:
            found |= find_methods([role.role], own, f"role of {role.name}")
            role.check_strength(found[role.role])
        return found

    def hash(self) -> str:
        """Short digest of the settings that can change a result."""
        flat = self.to_flat()
        kept = {n: flat[n] for n in flat if group_of(n) != "run" and n not in PATHS}
        if not self.data.leaves_one_out:  # settings of before keep their digest
            del kept["protocol"], kept["held_out"]
        for name in _LATER:
            if kept[name] == all_settings()[name][1].default:
                del kept[name]
        text = json.dumps(kept, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


PATHS = ("data", "manifest", "corpora", "allow_outside_data", "label_map")
PATHS += ("epst_speakers", "features", "features_root")
"""Which data: free to change, since what is read there is in the data's identity."""

# Settings of after the first digests: left out of them where they do nothing.
_LATER = ("trim_db", "augment", "augment_copies", "warmup_epochs", "schedule")
_LATER += ("discriminator_steps", "class_weights", "batches", "alpha_groupdro")
_LATER += ("lambda_conditional", "lambda_coral", "lambda_mmd", "num_mfcc")

# Of embeddings and functionals, which may be one frame, and are no bands of neighbours.
_OF_EMBEDDINGS = {
    "normalisation": "train",
    "encoder": "mean-mlp",
    "frequency_mask_bins": 0,
}
# Defaults where features are not the paper's.
_OF_FRONT_END: dict[str, dict[str, Any]] = {
    "mfcc": {"frequency_mask_bins": 0},
    "egemaps": {"frequency_mask_bins": 0},
    "egemaps-functionals": _OF_EMBEDDINGS,
}

_CHOICE = ("approach", "attributes", "roles")

PRESETS: dict[str, dict[str, Any]] = {
    "paper": {},
    # Candidate B of the reconstruction: 1,802,752 parameters.
    "paper-b": {
        "conv_features": (256, 256),
        "conv_width": 3,
        "lstm_features": 512,
        "lstm_bidirectional": False,
        "summary": "last",
    },
    # Chosen by validation and by leaving out each of three training corpora in turn
    # (docs/measurements.md, "What helps on unseen speech"). It needs nothing of such.
    "robust": {
        "trim_db": 35.0,
        "normalisation": "utterance",
        "class_weights": "corpus",
        "approach": "ganin",
        "attributes": ("corpus",),
    },
    # Small enough for 46 models in minutes on two cores.
    "demo": {
        "conv_features": (32, 32, 32),
        "lstm_features": 32,
        "discriminator_features": (64, 64),
        "learning_rate": 0.02,
        "epochs": 40,
        "patience": 0,
        "batch_size": 16,
        "num_buckets": 2,
    },
}


def make_config(*, methods: Sequence[Method] = (), **settings: Any) -> Config:
    """Build a Config from settings named without their groups, on top of a preset.

    Without a preset, synthetic data takes `demo` and real data takes `paper`. Given
    features, and other front ends, have defaults of their own, whatever the preset.

    Args:
      methods: of the user's own, which approach and roles may name.
      settings: see `all_settings`, or the flags of a script. A text is read as its flag
        is: `ood="tess,emovo"`, `attributes="C,S"`. Roles may be a dict: `{"speaker":
        "reversal", "gender": ("multitask", 0.2)}`. None is as if it were not given.

    Raises:
      ValueError: a setting is unknown, of another type or out of its range.

    Example:
      >>> make_config(roles="S:reversal,G:multitask:0.2").training.name
      'mixed-S.reversal+G.multitask.0.2-seed0'
    """
    settings = {name: it for name, it in settings.items() if it is not None}
    sources = {k: it for k, it in settings.items() if k in ("data", "manifest")}
    usual = "demo" if DataSettings(**sources).is_synthetic else "paper"
    preset = settings.get("preset") or usual
    require(preset in PRESETS, "preset", preset, f"one of {', '.join(PRESETS)}")
    under = PRESETS[preset]
    if {*_CHOICE} & {*settings}:  # A preset's own goes as a whole.
        under = {name: it for name, it in under.items() if name not in _CHOICE}
    under = {**under, **_OF_FRONT_END.get(settings.get("front_end", ""), {})}
    if settings.get("features"):
        under = {**under, **_OF_EMBEDDINGS, "trim_db": 0.0}
    config = Config().replace(**{**under, **settings, "preset": preset})
    config.find_methods(methods)
    return config


def all_settings() -> dict[str, tuple[str, dataclasses.Field]]:
    """Every setting by name, with its group, in order: what flags are made from."""
    found: dict[str, tuple[str, dataclasses.Field]] = {}
    for group in dataclasses.fields(Config):
        for field in dataclasses.fields(group.type):  # pyright: ignore
            found[field.name] = (group.name, field)
    return found


def group_of(name: str) -> str:
    """The group of a setting: `epochs` -> `training`."""
    if name not in _GROUPS:
        raise ValueError(
            f"Unknown setting {name!r}; the settings are {', '.join(sorted(_GROUPS))}."
        )
    return _GROUPS[name]


_GROUPS = {name: group for name, (group, _) in all_settings().items()}
