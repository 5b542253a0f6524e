"""Settings of training: the approach, its attributes, the optimisation."""

import dataclasses
from typing import Any

from serjax.config.attributes import (
    Role,
    attribute_set_name,
    parse_attribute,
    role_set_name,
    sort_attributes,
)
from serjax.config.setting import require, require_least, setting, settle
from serjax.methods import (
    BASELINE,
    METHODS,
    MIXED,
    SCHEDULES,
    SVM,
    WITHOUT_ATTRIBUTES,
)

_DOES = ", ".join(
    f"{it.does} ({it.name}{f', {it.symbol}' if it.symbol else ''})"
    for it in METHODS.values()
)


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """The approach, its attributes and the optimisation (Sec. 3, Sec. 4)."""

    approach: str = setting(
        BASELINE,
        "What the shared layers do with every attribute named in --attributes: nothing "
        f"({BASELINE}); or they {_DOES}. {SVM}, without attributes too, is no network: "
        "a linear SVM on functionals of the features. "
        f"'{MIXED}' follows from --roles.",
    )
    attributes: tuple[str, ...] = setting(
        (), "Attributes of the approach, comma separated: corpus,speaker or C,S."
    )
    roles: tuple[Role, ...] = setting(
        (),
        "Instead of --approach and --attributes, a role per attribute: "
        "gender:multitask,speaker:reversal (speaker:reversal:0.3 with its strength).",
    )
    seed: int = setting(
        0, "Seed of initialisation, order, SpecAugment masks and dropout."
    )
    epochs: int = setting(
        150, "Nominal number of epochs; a strength's ramp spans them."
    )
    warmup_epochs: int = setting(
        0,
        "First epochs in which every strength is 0; a strength's ramp spans the rest.",
    )
    schedule: str = setting(
        "",
        "How every strength grows over the epochs, in place of each method's own: "
        "constant, linear from 0, or as Ganin et al. (2016) have it, steeply at first.",
        choices=("", *SCHEDULES),
    )
    discriminator_steps: int = setting(
        1,
        "Updates of the discriminators for each of the classifier; those before the "
        "last come first, on the emotion output of the same batch.",
    )
    class_weights: str = setting(
        "none",
        "Weights of training utterances in the emotion loss, of mean 1. balanced: "
        "classes have equal shares; corpus: equal shares within each corpus, which "
        "keeps its own. No score is weighted.",
        choices=("none", "balanced", "corpus"),
    )
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
    batches: str = setting(
        "shuffled",
        "What an epoch's batches hold. shuffled: each training utterance once; even: "
        "corpora in equal shares of every batch, in as many batches, so that small "
        "corpora are repeated and large ones have a part in each epoch.",
        choices=("shuffled", "even"),
    )
    num_buckets: int = setting(
        8,
        "Padded lengths that batches come in: more leave less padding, and each is "
        "compiled.",
    )
    learning_rate: float = setting(0.002, "SGD's learning rate, for every model.")
    momentum: float = setting(0.9, "SGD's momentum, for every model.")
    clip_norm: float = setting(
        0.0,
        "Scale a gradient down to this L2 norm where its own is greater, the "
        "classifier's and the discriminators' each; 0 never does.",
    )
    time_mask_frames: int = setting(
        30, "SpecAugment: widest time mask, in frames; 0 for none."
    )
    frequency_mask_bins: int = setting(
        3, "SpecAugment: widest frequency mask, in features of a frame; 0 for none."
    )

    def __post_init__(self) -> None:
        settle(self)
        require_least(self, 0, "seed", "patience", "batch_size")
        require_least(self, 0, "time_mask_frames", "frequency_mask_bins")
        require_least(self, 0, "warmup_epochs")
        require_least(self, 1, "epochs", "num_buckets", "discriminator_steps")
        warmup, fewer = self.warmup_epochs, f"fewer than the {self.epochs} epochs"
        require(warmup < self.epochs, "warmup_epochs", warmup, fewer)
        require_least(self, 0, "clip_norm")
        require(self.learning_rate > 0, "learning_rate", self.learning_rate, "over 0")
        require(0 <= self.momentum < 1, "momentum", self.momentum, "in [0, 1)")
        self._settle_roles()

    def _settle_roles(self) -> None:
        """Bring approach, attributes and roles to one canonical form."""

        def put(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        put("attributes", sort_attributes(map(parse_attribute, self.attributes)))
        if self.roles and self.approach in (BASELINE, MIXED):
            kept = [role for role in self.roles if role.role != "off"]
            settled = sort_attributes(role.name for role in kept)
            if self.attributes and self.attributes != settled:
                raise ValueError(
                    f"roles name {settled} but attributes={self.attributes}; give "
                    "either --roles, or --approach with --attributes."
                )
            kept.sort(key=lambda role: settled.index(role.name))
            put("roles", tuple(kept))
            put("attributes", settled)
            uniform = {(role.role, role.strength) for role in self.roles}
            if len(uniform) == 1 and self.roles[0].strength is None:
                put("approach", self.roles[0].role)
                put("roles", ())
            else:
                put("approach", MIXED if kept else BASELINE)
        elif self.roles:
            raise ValueError(
                f"approach={self.approach!r} and roles are both given; give either "
                "--roles, or --approach with --attributes."
            )
        elif self.approach == MIXED:
            raise ValueError(f"approach={MIXED!r} needs --roles.")
        elif self.approach in WITHOUT_ATTRIBUTES and self.attributes:
            raise ValueError(
                f"approach={self.approach!r} uses no attributes, but attributes="
                f"{','.join(self.attributes)}. Drop them, or choose one of "
                f"{', '.join(METHODS)}."
            )
        elif self.approach not in WITHOUT_ATTRIBUTES and not self.attributes:
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

    @property
    def set_name(self) -> str:
        """Its attributes as tables write them: `C+S`, `C:reversal+S:multitask:0.3`."""
        return role_set_name(self.roles) or attribute_set_name(self.attributes)

    @property
    def name(self) -> str:
        """Folder name of such a run: `reversal-C+S-seed0`."""
        if not self.attributes:
            return f"{self.approach}-seed{self.seed}"
        set_name = role_set_name(self.roles, ".") or self.set_name
        return f"{self.approach}-{set_name}-seed{self.seed}"
