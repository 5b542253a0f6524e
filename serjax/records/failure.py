"""failure.json: how a run diverged. It goes when the run is started again."""

from collections.abc import Sequence

from serjax.config import Config
from serjax.errors import NonFinite
from serjax.records.record import Count, Number, Record


class Failure(Record, frozen=True, kw_only=True):
    """What failure.json holds."""

    FILE = "failure.json"

    status: str = "failed"
    approach: str
    attributes: list[str]
    seed: Count
    error: str
    epoch: Count | None  # counted from 0; None where that is unknown
    alpha: Number | None = None
    not_finite: Sequence[str] = ()


def describe_failure(config: Config, error: NonFinite) -> Failure:
    """Say which run diverged, and how."""
    return Failure(
        approach=config.training.approach,
        attributes=list(config.training.attributes),
        seed=config.training.seed,
        error=str(error),
        epoch=error.epoch,
        alpha=error.alpha,
        not_finite=list(error.quantities),
    )
