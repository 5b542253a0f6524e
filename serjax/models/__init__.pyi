from .augment import spec_augment as spec_augment
from .discriminator import Discriminator as Discriminator
from .encoders import make_encoder as make_encoder
from .encoders.cnn_lstm import Encoder as Encoder
from .heads import Heads as Heads
from .layers import LSTM as LSTM
from .reversal import reverse_gradient as reverse_gradient
