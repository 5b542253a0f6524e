"""Settings of the encoder, the heads and the discriminators."""

import dataclasses

from serjax.config.setting import check_choices, require, setting


@dataclasses.dataclass(frozen=True)
class ModelSettings:
    """Sizes of the encoder and of the discriminators (Sec. 3.3, Sec. 4, Fig. 1)."""

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
    initialisation: str = setting(
        "he",
        "First weights of the encoder: he (with an orthogonal LSTM that remembers) "
        "keeps the signal's size from layer to layer; pytorch, that library's default, "
        "shrinks it and starts to learn later.",
        choices=("he", "pytorch"),
    )
    dropout: float = setting(0.5, "Dropout rate on the embedding, before the heads.")
    discriminator_features: tuple[int, ...] = setting(
        (1000, 1000), "Hidden units of each discriminator, comma separated."
    )
    time_mask_frames: int = setting(
        30, "SpecAugment: widest time mask, in frames; 0 for none."
    )
    frequency_mask_bins: int = setting(
        3, "SpecAugment: widest frequency mask, in mel coefficients; 0 for none."
    )

    def __post_init__(self) -> None:
        sizes = (*self.conv_features, self.lstm_features, *self.discriminator_features)
        require(all(n > 0 for n in sizes), "sizes", sizes, "positive numbers")
        require(len(self.conv_features) > 0, "conv_features", (), "at least one layer")
        require(self.conv_width % 2 == 1, "conv_width", self.conv_width, "odd")
        require(self.pool_stride >= 1, "pool_stride", self.pool_stride, "1 or more")
        require(
            self.pool_width >= self.pool_stride,
            "pool_width",
            self.pool_width,
            "at least pool_stride, or frames would be lost",
        )
        require(0 <= self.dropout < 1, "dropout", self.dropout, "in [0, 1)")
        for name in ("time_mask_frames", "frequency_mask_bins"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        check_choices(self)

    @property
    def embedding_size(self) -> int:
        """Length of the shared layers' output: 512 by default."""
        return self.lstm_features * (2 if self.lstm_bidirectional else 1)
