from .config import Config as Config
from .config import Role as Role
from .config import make_config as make_config
from .corpora import Utterance as Utterance
from .corpora import read_corpora as read_corpora
from .data import Dataset as Dataset
from .data import load_dataset as load_dataset
from .methods import Method as Method
from .methods import Seen as Seen
from .methods import adversarial_losses as adversarial_losses
from .methods import ganin_loss as ganin_loss
from .methods import labelled_mean as labelled_mean
from .methods import multitask_loss as multitask_loss
from .methods import reversal_loss as reversal_loss
from .models import Discriminator as Discriminator
from .models import Encoder as Encoder
from .models import Heads as Heads
from .models import reverse_gradient as reverse_gradient
from .preparation import Preparation as Preparation
from .preparation import prepare as prepare
from .reporting.report import report as report
from .study import study as study
from .study.loop import run_study as run_study
from .training import cross_entropy as cross_entropy
from .training import embed as embed
from .training import train as train

__version__: str
