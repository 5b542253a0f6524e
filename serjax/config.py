"""Every setting of a run: its default, its help text and its check.

A `Config` is a tree of frozen dataclasses, one per room of the house. The flags of
`experiments/` are generated from these fields, `config.json` is their dump, and a
default stands here and nowhere else. Defaults are the paper's (Parry et al., 2022,
Sec. 4); what the paper leaves open is decided in BUILD_NOTES.md.

No jax here: reading settings must stay instant.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

CLASSES = ("negative", "neutral", "positive")
"""The three emotion classes (Sec. 4.1), in the order of every array over classes."""

APPROACHES = ("baseline", "multitask", "reversal", "adversarial")
"""The paper's single-task baseline, MTL, GR and AD."""

ROLES = ("off", "multitask", "reversal", "adversarial")
"""What training does with an attribute."""

ATTRIBUTES = {"C": "corpus", "S": "speaker", "G": "gender", "L": "language"}
"""The paper's four attributes by letter, in the order in which sets are written."""

DEFAULT_OOD = ("tess", "crema-d")
"""The paper's two out-of-domain corpora."""


def setting(default: Any, help: str, **more: Any) -> Any:
    """Declare a dataclass field with its help text (and `choices`, if limited)."""
    return dataclasses.field(default=default, metadata={"help": help, **more})


def _require(condition: bool, name: str, value: Any, expected: str) -> None:
    if not condition:
        raise ValueError(f"{name}={value!r}: expected {expected}.")


@dataclasses.dataclass(frozen=True)
class DataSettings:
    """Which recordings, which of them are never trained on, and how they are split."""

    data: str = setting(
        "synthetic",
        "Folder with one or more corpora anywhere below it, or 'synthetic' for the "
        "embedded synthetic speech.",
    )
    ood: tuple[str, ...] | None = setting(
        None,
        "Out-of-domain corpora, comma separated: tested on, never trained on. Default: "
        "those of tess,crema-d that are present. Empty for none.",
    )
    label_map: str = setting(
        "",
        "TOML table of raw label -> class per corpus, laid over the built-in one "
        "(serjax/corpora/labels.toml).",
    )
    ravdess_song: bool = setting(False, "Also read the sung part of RAVDESS.")
    channel: int = setting(
        0, "Channel to keep of multi-channel recordings; mixing down can cancel speech."
    )
    split_seed: int = setting(
        0, "Seed of the speaker-disjoint 80/10/10 split, and of nothing else."
    )

    def __post_init__(self) -> None:
        _require(bool(self.data), "data", self.data, "a folder, or 'synthetic'")
        _require(self.channel >= 0, "channel", self.channel, "0 or more")
        _require(self.split_seed >= 0, "split_seed", self.split_seed, "0 or more")
        if self.ood is not None and len(set(self.ood)) < len(self.ood):
            raise ValueError(f"ood={self.ood!r}: a corpus is named twice.")


@dataclasses.dataclass(frozen=True)
class FeatureSettings:
    """Audio -> log-mel spectrogram (Sec. 4). These settings key the feature store."""

    sample_rate_hz: int = setting(16_000, "Sample rate after resampling, in Hz.")
    num_mels: int = setting(40, "Mel filterbank coefficients per frame.")
    window_ms: float = setting(25.0, "Analysis window, in milliseconds.")
    hop_ms: float = setting(10.0, "Shift between frames, in milliseconds.")
    fft_size: int = setting(512, "FFT length, in samples; at least the window's.")
    log_floor: float = setting(1e-6, "Added to mel energies before the logarithm.")
    normalisation: str = setting(
        "coefficient",
        "Zero mean and unit variance of an utterance: per mel coefficient, or over the "
        "whole utterance.",
        choices=("coefficient", "utterance"),
    )

    def __post_init__(self) -> None:
        for name in ("sample_rate_hz", "num_mels", "window_ms", "hop_ms", "log_floor"):
            value = getattr(self, name)
            _require(value > 0, name, value, "a positive number")
        _require(
            self.fft_size >= self.window_samples,
            "fft_size",
            self.fft_size,
            f"at least the window's {self.window_samples} samples",
        )
        _check_choices(self)

    @property
    def window_samples(self) -> int:
        """Analysis window in samples: 400 by default."""
        return round(self.sample_rate_hz * self.window_ms / 1000)

    @property
    def hop_samples(self) -> int:
        """Shift between frames in samples: 160 by default."""
        return round(self.sample_rate_hz * self.hop_ms / 1000)


@dataclasses.dataclass(frozen=True)
class ModelSettings:
    """Sizes of the encoder and of the discriminators (Sec. 3.3, Sec. 4, Fig. 1)."""

    conv_features: tuple[int, ...] = setting(
        (256, 256, 256), "Channels of each convolution, comma separated."
    )
    conv_width: int = setting(5, "Frames that a convolution's kernel spans; odd.")
    pool_width: int = setting(3, "Frames that a max-pool spans.")
    pool_stride: int = setting(2, "Frames between two max-pools.")
    lstm_features: int = setting(256, "Hidden units of the LSTM, per direction.")
    lstm_bidirectional: bool = setting(True, "Run the LSTM in both directions.")
    summary: str = setting(
        "mean",
        "From the LSTM's outputs to one embedding: masked mean over frames, or last "
        "state.",
        choices=("mean", "last"),
    )
    initialisation: str = setting(
        "he",
        "First weights of the encoder: he (with an orthogonal LSTM that remembers) "
        "keeps the signal's size from layer to layer; pytorch, that library's default, "
        "shrinks it and starts to learn later.",
        choices=("he", "pytorch"),
    )
    dropout: float = setting(0.5, "Dropout rate on the embedding, before the heads.")
    discriminator_features: tuple[int, ...] = setting(
        (1000, 1000), "Hidden units of each discriminator, comma separated."
    )
    time_mask_frames: int = setting(
        30, "SpecAugment: widest time mask, in frames; 0 for none."
    )
    frequency_mask_bins: int = setting(
        3, "SpecAugment: widest frequency mask, in mel coefficients; 0 for none."
    )

    def __post_init__(self) -> None:
        sizes = (*self.conv_features, self.lstm_features, *self.discriminator_features)
        _require(all(n > 0 for n in sizes), "sizes", sizes, "positive numbers")
        _require(len(self.conv_features) > 0, "conv_features", (), "at least one layer")
        _require(self.conv_width % 2 == 1, "conv_width", self.conv_width, "odd")
        _require(self.pool_stride >= 1, "pool_stride", self.pool_stride, "1 or more")
        _require(
            self.pool_width >= self.pool_stride,
            "pool_width",
            self.pool_width,
            "at least pool_stride, or frames would be lost",
        )
        _require(0 <= self.dropout < 1, "dropout", self.dropout, "in [0, 1)")
        for name in ("time_mask_frames", "frequency_mask_bins"):
            _require(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        _check_choices(self)

    @property
    def embedding_size(self) -> int:
        """Length of the shared layers' output: 512 by default."""
        return self.lstm_features * (2 if self.lstm_bidirectional else 1)


@dataclasses.dataclass(frozen=True)
class Role:
    """What training does with one attribute, and how strongly.

    `alpha` None means the role's default strength (`TrainingSettings.alpha_*`).
    """

    name: str
    role: str
    alpha: float | None = None

    def __post_init__(self) -> None:
        _require(
            self.role in ROLES, f"role of {self.name}", self.role, f"one of {ROLES}"
        )
        if self.alpha is not None:
            _require(
                0 <= self.alpha <= 1, f"alpha of {self.name}", self.alpha, "0 to 1"
            )

    @classmethod
    def parse(cls, text: str) -> "Role":
        """Read `gender:multitask`, or `gender:multitask:0.2` with its own alpha."""
        name, *rest = (part.strip() for part in text.split(":"))
        try:
            role, alpha = rest[0], float(rest[1]) if len(rest) == 2 else None
            readable = bool(name) and len(rest) <= 2
        except (IndexError, ValueError):
            role, alpha, readable = "", None, False
        if not readable:
            raise ValueError(
                f"roles: cannot read {text!r}; expected attribute:role or "
                "attribute:role:alpha, as in gender:multitask,speaker:reversal:0.3."
            )
        return cls(parse_attribute(name), role, alpha)

    def __str__(self) -> str:
        strength = "" if self.alpha is None else f":{self.alpha:g}"
        return f"{self.name}:{self.role}{strength}"


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """The approach, its attributes and the optimisation (Sec. 3, Sec. 4)."""

    approach: str = setting(
        "baseline",
        "What to do with every attribute named in --attributes: nothing (baseline), "
        "predict it (multitask, the paper's MTL), be blind to it (reversal, GR), or "
        "fool a discriminator (adversarial, AD). 'mixed' follows from --roles.",
        choices=(*APPROACHES, "mixed"),
    )
    attributes: tuple[str, ...] = setting(
        (), "Attributes of the approach, comma separated: corpus,speaker or C,S."
    )
    roles: tuple[Role, ...] = setting(
        (),
        "Instead of --approach and --attributes, a role per attribute: "
        "gender:multitask,speaker:reversal (or speaker:reversal:0.3 with its alpha).",
    )
    seed: int = setting(
        0, "Seed of initialisation, order, SpecAugment masks and dropout."
    )
    epochs: int = setting(150, "Nominal number of epochs; reversal's ramp spans them.")
    patience: int = setting(
        30,
        "Stop after this many epochs without a better validation UA; 0 never stops "
        "early.",
    )
    batch_size: int = setting(
        0,
        "Utterances per step; 0 for the rule: the largest of 8, 16, 32 that leaves at "
        "least 150 steps an epoch.",
    )
    num_buckets: int = setting(
        4,
        "Padded lengths that batches come in: more leave less padding, and each is "
        "compiled.",
    )
    learning_rate: float = setting(0.002, "SGD's learning rate, for every model.")
    momentum: float = setting(0.9, "SGD's momentum, for every model.")
    alpha_multitask: float = setting(0.1, "Eq. 1's alpha, constant.")
    alpha_reversal: float = setting(
        0.5, "Eq. 2's alpha at the last nominal epoch; it rises from 0, linearly."
    )
    alpha_adversarial: float = setting(0.5, "Eq. 3's alpha, constant.")

    def __post_init__(self) -> None:
        _check_choices(self)
        for name in ("seed", "patience", "batch_size"):
            _require(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        for name in ("alpha_multitask", "alpha_reversal", "alpha_adversarial"):
            value = getattr(self, name)
            _require(0 <= value <= 1, name, value, "a number from 0 to 1")
        for name in ("epochs", "num_buckets"):
            _require(getattr(self, name) >= 1, name, getattr(self, name), "1 or more")
        _require(self.learning_rate > 0, "learning_rate", self.learning_rate, "over 0")
        _require(0 <= self.momentum < 1, "momentum", self.momentum, "in [0, 1)")
        self._settle_roles()

    def _settle_roles(self) -> None:
        """Bring approach, attributes and roles to one canonical form."""

        def put(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        put("attributes", sort_attributes(map(parse_attribute, self.attributes)))
        if self.roles and self.approach in ("baseline", "mixed"):
            kept = [role for role in self.roles if role.role != "off"]
            names = [role.name for role in kept]
            settled = sort_attributes(names)
            if self.attributes and self.attributes != settled:
                raise ValueError(
                    f"roles name {settled} but attributes={self.attributes}; give "
                    "either --roles, or --approach with --attributes."
                )
            by_name = {role.name: role for role in kept}
            put("roles", tuple(by_name[name] for name in settled))
            put("attributes", settled)
            uniform = {(role.role, role.alpha) for role in self.roles}
            if len(uniform) == 1 and self.roles[0].alpha is None:
                put("approach", self.roles[0].role)
                put("roles", ())
            else:
                put("approach", "mixed" if kept else "baseline")
        elif self.roles:
            raise ValueError(
                f"approach={self.approach!r} and roles are both given; give either "
                "--roles, or --approach with --attributes."
            )
        elif self.approach == "mixed":
            raise ValueError("approach='mixed' needs --roles.")
        elif self.approach == "baseline" and self.attributes:
            raise ValueError(
                f"approach='baseline' uses no attributes, but attributes="
                f"{','.join(self.attributes)}. Drop them, or choose multitask, "
                "reversal or adversarial."
            )
        elif self.approach != "baseline" and not self.attributes:
            raise ValueError(
                f"approach={self.approach!r} needs attributes; for example "
                "--attributes=corpus,speaker."
            )

    @property
    def roles_by_attribute(self) -> dict[str, Role]:
        """The role of each chosen attribute, in canonical order; never 'off'."""
        if self.roles:
            return {role.name: role for role in self.roles}
        return {name: Role(name, self.approach) for name in self.attributes}

    def alpha(self, role: Role, epoch: int) -> float:
        """Strength of one attribute's role in `epoch`, counted from 0 (Sec. 4).

        Reversal's rises linearly from 0 in the first to its full value in the last
        nominal epoch; the other two are constant.
        """
        full = role.alpha
        if full is None:
            full = getattr(self, f"alpha_{role.role}")
        if role.role != "reversal":
            return full
        return full * min(epoch / max(self.epochs - 1, 1), 1.0)

    @property
    def name(self) -> str:
        """Folder name of such a run: `reversal-C+S-seed0`."""
        parts = [self.approach, f"seed{self.seed}"]
        if self.roles:
            letters = {name: letter for letter, name in ATTRIBUTES.items()}
            parts.insert(
                1,
                "+".join(
                    f"{letters.get(r.name, r.name)}.{r.role}"
                    + ("" if r.alpha is None else f".{r.alpha:g}")
                    for r in self.roles
                ),
            )
        elif self.attributes:
            parts.insert(1, attribute_set_name(self.attributes))
        return "-".join(parts)


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """Where a run lives. Nothing here changes a result."""

    preset: str = setting(
        "",
        "Named settings under the flags given: paper, paper-b (the other encoder of "
        "1.8 M parameters) or demo (small and quick). Default: demo for synthetic "
        "data, paper otherwise.",
        choices=("", "paper", "paper-b", "demo"),
    )
    workdir: str = setting(
        "", "Where the run is written; default runs/ and a name from the settings."
    )
    cache_dir: str = setting(
        "",
        "Where log-mel features are stored and shared by runs; default "
        "$XDG_CACHE_HOME/serjax or ~/.cache/serjax.",
    )
    checkpoint_every_s: float = setting(
        10.0, "Write the last checkpoint at most this often, in seconds."
    )
    platform: str = setting(
        "auto",
        "Where to compute; a platform that is not there is an error.",
        choices=("auto", "cpu", "gpu", "tpu"),
    )

    def __post_init__(self) -> None:
        _check_choices(self)
        _require(
            self.checkpoint_every_s >= 0,
            "checkpoint_every_s",
            self.checkpoint_every_s,
            "0 or more",
        )


@dataclasses.dataclass(frozen=True)
class Config:
    """All settings of one training run.

    Example:
      >>> config = make_config(approach="reversal", attributes=("speaker",))
      >>> config.training.alpha_reversal
      0.5
    """

    data: DataSettings = dataclasses.field(default_factory=DataSettings)
    features: FeatureSettings = dataclasses.field(default_factory=FeatureSettings)
    model: ModelSettings = dataclasses.field(default_factory=ModelSettings)
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)
    run: RunSettings = dataclasses.field(default_factory=RunSettings)

    def replace(self, **settings: Any) -> "Config":
        """Return a copy with some settings changed, each named without its group."""
        groups: dict[str, dict[str, Any]] = {}
        for name, value in settings.items():
            groups.setdefault(group_of(name), {})[name] = value
        if "training" in groups and {"approach", "attributes", "roles"} & set(settings):
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
        for group in dataclasses.fields(self):
            settings = getattr(self, group.name)
            for field in dataclasses.fields(settings):
                value = getattr(settings, field.name)
                if isinstance(value, tuple):
                    value = [str(v) if isinstance(v, Role) else v for v in value]
                flat[field.name] = value
        return flat

    @classmethod
    def from_flat(cls, flat: Mapping[str, Any]) -> "Config":
        """Rebuild a Config from `to_flat`'s dictionary (a run's config.json)."""
        values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in flat.items()
        }
        if values.get("roles"):
            values["roles"] = tuple(Role.parse(text) for text in values["roles"])
        return cls().replace(**values)

    def hash(self) -> str:
        """Short digest of the settings that can change a result."""
        flat = {
            name: value
            for name, value in self.to_flat().items()
            if group_of(name) != "run" and name != "data"
        }
        text = json.dumps(flat, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


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


def make_config(**settings: Any) -> Config:
    """Build a Config from settings named without their groups, on top of a preset.

    Without a preset, synthetic data takes `demo` and real data takes `paper`.

    Raises:
      ValueError: a setting is unknown or out of its range.
    """
    preset = settings.get("preset") or (
        "demo" if settings.get("data", "synthetic") == "synthetic" else "paper"
    )
    _require(preset in PRESETS, "preset", preset, f"one of {', '.join(PRESETS)}")
    return Config().replace(**{**PRESETS[preset], **settings, "preset": preset})


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


def parse_attribute(text: str) -> str:
    """Full name of an attribute given as a letter (`C`) or as a name (`corpus`)."""
    text = text.strip()
    return ATTRIBUTES.get(text, text)


def sort_attributes(names: Iterable[str]) -> tuple[str, ...]:
    """Put attributes in the paper's order C S G L, then any others by name.

    Raises:
      ValueError: an attribute is named twice.
    """
    names = list(names)
    if len(set(names)) < len(names):
        raise ValueError(f"attributes={','.join(names)}: one is named twice.")
    paper = list(ATTRIBUTES.values())
    key = lambda n: (paper.index(n) if n in paper else len(paper), n)  # noqa: E731
    return tuple(sorted(names, key=key))


def attribute_set_name(names: Iterable[str]) -> str:
    """Write an attribute set as the paper does: `C+S`; the empty set is `-`."""
    letters = {name: letter for letter, name in ATTRIBUTES.items()}
    return "+".join(letters.get(n, n) for n in sort_attributes(names)) or "-"


def _check_choices(settings: Any) -> None:
    for field in dataclasses.fields(settings):
        choices = field.metadata.get("choices")
        value = getattr(settings, field.name)
        if choices and value not in choices:
            expected = "one of " + ", ".join(repr(c) for c in choices)
            _require(False, field.name, value, expected)


_GROUPS = {name: group for name, (group, _) in all_settings().items()}
