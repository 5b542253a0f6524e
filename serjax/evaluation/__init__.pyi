from .metrics import Scores as Scores
from .metrics import confusion_matrix as confusion_matrix
from .metrics import score as score
from .metrics import unweighted_accuracy as unweighted_accuracy
from .probe import Probe as Probe
from .probe import count_units as count_units
from .probe import linear_probe as linear_probe
