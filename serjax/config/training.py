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
from serjax.config.setting import check_choices, require, setting

APPROACHES = ("baseline", "multitask", "reversal", "adversarial")
"""The paper's single-task baseline, MTL, GR and AD."""


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
    alpha_multitask: float = setting(0.1, "Eq. 1's alpha, constant.")
    alpha_reversal: float = setting(
        0.5, "Eq. 2's alpha at the last nominal epoch; it rises from 0, linearly."
    )
    alpha_adversarial: float = setting(0.5, "Eq. 3's alpha, constant.")

    def __post_init__(self) -> None:
        check_choices(self)
        for name in ("seed", "patience", "batch_size"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        for name in ("alpha_multitask", "alpha_reversal", "alpha_adversarial"):
            value = getattr(self, name)
            require(0 <= value <= 1, name, value, "a number from 0 to 1")
        for name in ("epochs", "num_buckets"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "1 or more")
        require(self.clip_norm >= 0, "clip_norm", self.clip_norm, "0 or more")
        require(self.learning_rate > 0, "learning_rate", self.learning_rate, "over 0")
        require(0 <= self.momentum < 1, "momentum", self.momentum, "in [0, 1)")
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
            parts.insert(1, role_set_name(self.roles))
        elif self.attributes:
            parts.insert(1, attribute_set_name(self.attributes))
        return "-".join(parts)
