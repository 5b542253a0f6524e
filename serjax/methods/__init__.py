"""Methods: what training does with an attribute. One record, one file, one equation.

A method of serjax's own is a file here and a line in `METHODS`; flags and their help,
names of files, tables, figures, captions and verdicts follow from its record. One of
your own is a `Method` that you give to `serjax.train` or `serjax.run_study`; see
docs/methods.md.
"""

from collections.abc import Iterable, Mapping, Sequence

from serjax.methods.adversarial import ADVERSARIAL as ADVERSARIAL
from serjax.methods.adversarial import AdversarialLosses as AdversarialLosses
from serjax.methods.adversarial import adversarial_losses as adversarial_losses
from serjax.methods.conditional import CONDITIONAL as CONDITIONAL
from serjax.methods.coral import CORAL as CORAL
from serjax.methods.coral import coral_term as coral_term
from serjax.methods.erasure import ERASURE as ERASURE
from serjax.methods.erasure import erase as erase
from serjax.methods.ganin import GANIN as GANIN
from serjax.methods.ganin import ganin_loss as ganin_loss
from serjax.methods.groupdro import GROUPDRO as GROUPDRO
from serjax.methods.groupdro import groupdro_term as groupdro_term
from serjax.methods.method import Finished as Finished
from serjax.methods.method import Frozen as Frozen
from serjax.methods.method import Method as Method
from serjax.methods.method import Seen as Seen
from serjax.methods.mmd import MMD as MMD
from serjax.methods.mmd import mmd_term as mmd_term
from serjax.methods.multitask import MULTITASK as MULTITASK
from serjax.methods.multitask import multitask_loss as multitask_loss
from serjax.methods.reversal import REVERSAL as REVERSAL
from serjax.methods.reversal import reversal_loss as reversal_loss
from serjax.methods.schedules import SCHEDULES as SCHEDULES
from serjax.methods.terms import labelled_mean as labelled_mean
from serjax.methods.terms import mean_by_value as mean_by_value
from serjax.methods.terms import mean_over_pairs as mean_over_pairs
from serjax.methods.terms import membership as membership

METHODS: Mapping[str, Method] = {
    it.name: it
    for it in (
        *(MULTITASK, REVERSAL, ADVERSARIAL, GANIN),
        *(CONDITIONAL, CORAL, MMD, GROUPDRO, ERASURE),
    )
}
"""serjax's own methods by name, in the order of tables."""

BASELINE = "baseline"
"""The approach without attributes: the paper's single-task model."""

SVM = "svm"
"""The approach without attributes or network: functionals and a linear SVM."""

WITHOUT_ATTRIBUTES = (BASELINE, SVM)
"""Approaches that take no attributes, and are trained once per seed."""

MIXED = "mixed"
"""The approach of a run whose attributes have each their own method or strength."""

APPROACHES = (*WITHOUT_ATTRIBUTES, *METHODS)
"""What a run can do with all of its attributes alike, in the order of tables."""

PAPER_APPROACHES = (BASELINE, *(it.name for it in METHODS.values() if it.symbol))
"""The paper's: single-task, MTL, GR and AD."""


def known_methods(own: Sequence[Method] = ()) -> dict[str, Method]:
    """Serjax's methods and a user's own, by name.

    Raises:
      ValueError: one of the own has a name that is taken.
    """
    known = dict(METHODS)
    for method in own:
        if method.name in (*known, *WITHOUT_ATTRIBUTES, MIXED, "off"):
            raise ValueError(
                f"Method {method.name!r}: the name is taken; choose another."
            )
        known[method.name] = method
    return known


def find_methods(
    names: Iterable[str], own: Sequence[Method] = (), where: str = "approach"
) -> dict[str, Method]:
    """Find methods by name; baseline, svm and mixed, which are none, are passed over.

    Args:
      names: of methods.
      own: a user's own methods.
      where: the setting that names them, for the error.

    Raises:
      ValueError: one is unknown.
    """
    known, found = known_methods(own), {}
    for name in names:
        if name in known:
            found[name] = known[name]
        elif name not in (*WITHOUT_ATTRIBUTES, MIXED):
            raise ValueError(
                f"{where}={name!r}: expected one of "
                f"{', '.join((*WITHOUT_ATTRIBUTES, *known))}; "
                "a method of your own is given beside the settings, as methods=(...)."
            )
    return found


def order_approaches(names: Iterable[str]) -> tuple[str, ...]:
    """Put approaches in the order of tables: serjax's, others as they come, mixed."""
    names = dict.fromkeys(names)
    own = [name for name in names if name not in (*APPROACHES, MIXED)]
    return tuple(it for it in (*APPROACHES, *own, MIXED) if it in names)
