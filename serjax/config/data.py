"""Settings of the data: recordings, split and features."""

import dataclasses

from serjax.config.setting import check_choices, require, setting

CLASSES = ("negative", "neutral", "positive")
"""The three emotion classes (Sec. 4.1), in the order of every array over classes."""

DEFAULT_OOD = ("tess", "crema-d")
"""The paper's two out-of-domain corpora."""


@dataclasses.dataclass(frozen=True)
class DataSettings:
    """Which recordings, which of them are never trained on, and how they are split."""

    data: str = setting(
        "synthetic",
        "Folder with one or more corpora anywhere below it, or 'synthetic' for the "
        "embedded synthetic speech.",
    )
    ood: tuple[str, ...] | None = setting(
        None,
        "Out-of-domain corpora, comma separated: tested on, never trained on. Default: "
        "those of tess,crema-d that are present. Empty for none.",
    )
    label_map: str = setting(
        "",
        "TOML table of raw label -> class per corpus, laid over the built-in one "
        "(serjax/corpora/labels.toml).",
    )
    ravdess_song: bool = setting(False, "Also read the sung part of RAVDESS.")
    channel: int = setting(
        0, "Channel to keep of multi-channel recordings; mixing down can cancel speech."
    )
    split_seed: int = setting(
        0, "Seed of the speaker-disjoint 80/10/10 split, and of nothing else."
    )

    def __post_init__(self) -> None:
        require(bool(self.data), "data", self.data, "a folder, or 'synthetic'")
        require(self.channel >= 0, "channel", self.channel, "0 or more")
        require(self.split_seed >= 0, "split_seed", self.split_seed, "0 or more")
        if self.ood is not None and len(set(self.ood)) < len(self.ood):
            raise ValueError(f"ood={self.ood!r}: a corpus is named twice.")


@dataclasses.dataclass(frozen=True)
class FeatureSettings:
    """Audio -> log-mel spectrogram (Sec. 4). These settings key the feature store."""

    sample_rate_hz: int = setting(16_000, "Sample rate after resampling, in Hz.")
    num_mels: int = setting(40, "Mel filterbank coefficients per frame.")
    window_ms: float = setting(25.0, "Analysis window, in milliseconds.")
    hop_ms: float = setting(10.0, "Shift between frames, in milliseconds.")
    fft_size: int = setting(512, "FFT length, in samples; at least the window's.")
    log_floor: float = setting(1e-6, "Added to mel energies before the logarithm.")
    normalisation: str = setting(
        "coefficient",
        "Zero mean and unit variance of an utterance: per mel coefficient, or over the "
        "whole utterance.",
        choices=("coefficient", "utterance"),
    )

    def __post_init__(self) -> None:
        for name in ("sample_rate_hz", "num_mels", "window_ms", "hop_ms", "log_floor"):
            value = getattr(self, name)
            require(value > 0, name, value, "a positive number")
        require(
            self.fft_size >= self.window_samples,
            "fft_size",
            self.fft_size,
            f"at least the window's {self.window_samples} samples",
        )
        check_choices(self)

    @property
    def window_samples(self) -> int:
        """Analysis window in samples: 400 by default."""
        return round(self.sample_rate_hz * self.window_ms / 1000)

    @property
    def hop_samples(self) -> int:
        """Shift between frames in samples: 160 by default."""
        return round(self.sample_rate_hz * self.hop_ms / 1000)
