"""Settings of the encoder, the heads and the discriminators."""

import dataclasses

from serjax.config.setting import require, require_least, setting, settle

ENCODERS = {
    "cnn-lstm": "serjax.models.encoders.cnn_lstm:Encoder",
    "cnn": "serjax.models.encoders.cnn:ConvolutionEncoder",
    "lstm": "serjax.models.encoders.lstm:RecurrentEncoder",
    "mean-mlp": "serjax.models.encoders.mean_mlp:MeanEncoder",
}
"""Where the class of each encoder is: a Linen module with these settings as its field
`settings`, from (features, lengths) to an embedding."""


@dataclasses.dataclass(frozen=True)
class ModelSettings:
    """The encoder, the heads and the discriminators (Sec. 3.3, Sec. 4, Fig. 1)."""

    encoder: str = setting(
        "cnn-lstm",
        "The shared layers: cnn-lstm (the paper's), its convolutions or its LSTM alone "
        "(cnn, lstm), or an MLP on mean and deviation over frames (mean-mlp), for "
        "features that are embeddings themselves.",
        choices=ENCODERS,
    )
    conv_features: tuple[int, ...] = setting(
        (256, 256, 256), "Channels of each convolution, comma separated."
    )
    conv_width: int = setting(5, "Frames that a convolution's kernel spans; odd.")
    pool_width: int = setting(3, "Frames that a max-pool spans.")
    pool_stride: int = setting(2, "Frames between two max-pools.")
    lstm_features: int = setting(256, "Hidden units of the LSTM, per direction.")
    lstm_bidirectional: bool = setting(True, "Run the LSTM in both directions.")
    summary: str = setting(
        "mean",
        "From the LSTM's outputs to one embedding: masked mean over frames, or last "
        "state.",
        choices=("mean", "last"),
    )
    mlp_features: tuple[int, ...] = setting(
        (256, 256), "Hidden units of mean-mlp, comma separated; the last is its output."
    )
    initialisation: str = setting(
        "he",
        "First weights of the encoder: he (with an orthogonal LSTM that remembers) "
        "keeps the signal's size from layer to layer; pytorch, that library's default, "
        "shrinks it and starts to learn later.",
        choices=("he", "pytorch"),
    )
    dropout: float = setting(0.5, "Dropout rate on the embedding, before the heads.")
    head_features: tuple[int, ...] = setting(
        (),
        "Hidden units of each attribute head, comma separated; none, as in the paper, "
        "for a single layer.",
    )
    discriminator_features: tuple[int, ...] = setting(
        (1000, 1000), "Hidden units of each discriminator, comma separated."
    )

    def __post_init__(self) -> None:
        settle(self)
        sizes = (*self.conv_features, self.lstm_features, *self.mlp_features)
        sizes += (*self.head_features, *self.discriminator_features)
        require(all(n > 0 for n in sizes), "sizes", sizes, "positive numbers")
        for name in ("conv_features", "mlp_features"):
            require(len(getattr(self, name)) > 0, name, (), "at least one layer")
        require(self.conv_width % 2 == 1, "conv_width", self.conv_width, "odd")
        require_least(self, 1, "conv_width", "pool_stride")
        keeps_all = self.pool_width >= self.pool_stride
        expected = "at least pool_stride, or frames would be lost"
        require(keeps_all, "pool_width", self.pool_width, expected)
        require(0 <= self.dropout < 1, "dropout", self.dropout, "in [0, 1)")
