"""What to know of corpora before a study: what is there, and what can mislead it."""

from serjax.preparation.confounds import Confound, find_confounds
from serjax.preparation.duplicates import Duplicate, find_duplicates
from serjax.preparation.giveaways import Giveaway, find_giveaways
from serjax.preparation.interpretation import warn_of_confounds
from serjax.preparation.inventory import CorpusSummary, summarise
from serjax.preparation.preparation import Preparation, prepare

__all__ = [
    "Confound",
    "CorpusSummary",
    "Duplicate",
    "Giveaway",
    "Preparation",
    "find_confounds",
    "find_duplicates",
    "find_giveaways",
    "prepare",
    "summarise",
    "warn_of_confounds",
]
