"""How a strength grows along training: from the share of epochs done to its own."""

import math
from collections.abc import Callable, Mapping


def constant(share: float) -> float:
    """Full strength from the first epoch on."""
    del share
    return 1.0


def linear(share: float) -> float:
    """From 0 in the first epoch to full strength in the last nominal one (Sec. 4)."""
    return share


def ganin(share: float) -> float:
    """`2 / (1 + exp(-10 p)) - 1`: from 0, steeply at first, to 0.9999.

    References:
      Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 2016, Sec. 5.
    """
    return 2.0 / (1.0 + math.exp(-10.0 * share)) - 1.0


SCHEDULES: Mapping[str, Callable[[float], float]] = {
    it.__name__: it for it in (constant, linear, ganin)
}
"""By name, as a setting takes them."""
