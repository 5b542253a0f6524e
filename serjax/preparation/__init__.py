"""What to know of corpora before a study: what is there, and what can mislead it."""

from serjax.preparation.confounds import Confound as Confound
from serjax.preparation.confounds import find_confounds as find_confounds
from serjax.preparation.duplicates import Duplicate as Duplicate
from serjax.preparation.giveaways import Giveaway as Giveaway
from serjax.preparation.interpretation import warn_of_confounds as warn_of_confounds
from serjax.preparation.inventory import CorpusSummary as CorpusSummary
from serjax.preparation.preparation import Preparation as Preparation
from serjax.preparation.preparation import prepare as prepare
