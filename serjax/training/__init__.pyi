from .losses import cross_entropy as cross_entropy
from .run import NonFinite as NonFinite
from .run import RunResult as RunResult
from .run import Stopped as Stopped
from .run import train as train
