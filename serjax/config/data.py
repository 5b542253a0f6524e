"""Settings of the data: recordings, split and features."""

import dataclasses
import re

from serjax.config.setting import require, require_least, setting, settle

DEFAULT_OOD = ("tess", "crema-d")
"""The paper's two out-of-domain corpora."""

FRONT_ENDS: dict[str, str] = {
    "logmel": "serjax.data.logmel:LogMel",
    "mfcc": "serjax.data.mfcc:Mfcc",
    "egemaps": "serjax.data.egemaps:Egemaps",
    "egemaps-functionals": "serjax.data.egemaps:EgemapsFunctionals",
}
"""Name -> class, a `serjax.data.front_end.FrontEnd`; imported when it is used."""

NEEDS_OF_TARGET = {
    "coefficient": "nothing",
    "utterance": "nothing",
    "signal": "nothing",
    "speaker": "speech and speaker identities",
    "corpus": "speech",
    "none": "nothing",
    "train": "nothing",
}
"""Normalisation -> what it must have of an unseen corpus beside the one utterance that
is judged; never a label."""


@dataclasses.dataclass(frozen=True)
class DataSettings:
    """Which recordings, which of them are never trained on, and how they are split."""

    data: str = setting(
        "",
        "Folder with one or more corpora anywhere below it; or pairs corpus=folder, "
        "comma separated; or 'synthetic' for the embedded synthetic speech, which is "
        "the default where no manifest is given.",
    )
    manifest: tuple[str, ...] = setting(
        (),
        "Your own corpus, joined to --data; repeatable. A CSV file with the columns "
        "file,label,speaker and any further ones; an EmoBox .jsonl; a folder of "
        "audformat (db.yaml) or of Kaldi (wav.scp, utt2spk).",
        repeated=True,
    )
    features: str = setting(
        "",
        "Features that somebody has computed, in place of a front end, joined by file, "
        "start and end: a folder of .npy; a .csv or .parquet file with the columns "
        "file,start,end and a column per feature; or Kaldi's feats.scp. Recordings "
        "that a manifest lists then need not be there. Chooses normalisation train, "
        "encoder mean-mlp and no frequency mask, unless these are given.",
    )
    features_root: str = setting(
        "",
        "What the names in --features begin with beyond those of the data, as the "
        "folder that they are absolute by; it is put before a name that does not.",
    )
    allow_outside_data: bool = setting(
        False,
        "Read files of a manifest also where they lie outside of its folder and of "
        "--data: absolute paths, and paths with '..'.",
    )
    corpora: tuple[str, ...] = setting(
        (),
        "Of the corpora that are found these alone, comma separated; all unless given.",
    )
    ood: tuple[str, ...] | None = setting(
        None,
        "Out-of-domain corpora, comma separated: tested on, never trained on. Default: "
        "those of tess,crema-d that are present. Empty for none.",
    )
    protocol: str = setting(
        "given",
        "given: --ood is unseen, all others train. leave_one_out: each corpus of "
        "--held_out in turn is unseen too, and --ood is empty unless given.",
        choices=("given", "leave_one_out"),
    )
    held_out: tuple[str, ...] = setting(
        (),
        "Of leave_one_out: all (the default of study), or corpora, comma separated; a "
        "single run leaves one out.",
    )
    label_map: str = setting(
        "three-class",
        "Raw label -> class: three-class (the paper's), four-class (anger, happiness, "
        "neutral, sadness), or a TOML file, which may be laid over one of these.",
    )
    ravdess_song: bool = setting(False, "Also read the sung part of RAVDESS.")
    epst_speakers: str = setting(
        "",
        "CSV file with the columns speaker,gender for EPST, whose genders are not "
        "in its files' names; without it they are unknown.",
    )
    channel: tuple[str, ...] = setting(
        ("first",),
        "What to make of recordings of several channels, for all corpora or as "
        "corpus:choice, comma separated (first,epst:mean): first, mean, or a channel's "
        "number from 0. Mixing down can cancel speech.",
    )
    max_duration_s: float = setting(
        600.0, "Utterances longer than this, in seconds, are listed skips."
    )
    split: str = setting(
        "strict",
        "Split by speaker: strict keeps every speaker in one part; shared_heldout "
        "holds out one speaker of a corpus with 6 or fewer, half of whose recordings "
        "are validation and half test. Both keep the parts that manifests give; ignore "
        "is strict for them too.",
        choices=("strict", "shared_heldout", "ignore"),
    )
    split_seed: int = setting(
        0, "Seed of the speaker-disjoint 80/10/10 split, and of nothing else."
    )

    def __post_init__(self) -> None:
        settle(self)
        expected = "first, mean or a channel's number, or corpus:choice"
        for choice in self.channel:
            match = re.fullmatch(r"([^:]+:)?(first|mean|\d+)", choice)
            require(match is not None, "channel", choice, expected)
        limit_s = self.max_duration_s
        require(limit_s > 0, "max_duration_s", limit_s, "over 0")
        require_least(self, 0, "split_seed")
        for name in ("corpora", "ood", "held_out"):
            value = getattr(self, name) or ()
            if len(set(value)) < len(value):
                raise ValueError(f"{name}={value!r}: a corpus is named twice.")
        is_asked = not self.held_out or self.leaves_one_out
        expected = "none, but with --protocol=leave_one_out"
        require(is_asked, "held_out", self.held_out, expected)

    @property
    def leaves_one_out(self) -> bool:
        """Whether each of several corpora is unseen in turn."""
        return self.protocol == "leave_one_out"

    @property
    def is_synthetic(self) -> bool:
        """Whether the embedded synthetic speech is read."""
        return self.data == "synthetic" or not (self.data or self.manifest)

    def channel_of(self, corpus: str) -> int | str:
        """What to make of a corpus's channels: a number from 0, or 'mean'."""
        choices = [choice.rpartition(":") for choice in self.channel]
        own = [kind for name, _, kind in choices if name.lower() == corpus.lower()]
        of_all = [kind for name, _, kind in choices if not name]
        (chosen, *_) = own or of_all[-1:] or ["first"]
        numbers = {"first": 0, "mean": "mean"}
        return numbers[chosen] if chosen in numbers else int(chosen)


@dataclasses.dataclass(frozen=True)
class FeatureSettings:
    """Recording -> frames, by default a log-mel spectrogram (Sec. 4)."""

    front_end: str = setting(
        "logmel",
        "What turns a recording into frames: logmel (the paper's); mfcc; by openSMILE, "
        "whose licence is for research alone (pip install 'serjax[egemaps]'), egemaps, "
        "25 descriptors every 10 ms, or egemaps-functionals, 88 of an utterance as one "
        "frame, with the defaults of --features.",
        choices=FRONT_ENDS,
    )
    sample_rate_hz: int = setting(16_000, "Sample rate after resampling, in Hz.")
    num_mels: int = setting(40, "Mel filterbank coefficients per frame.")
    num_mfcc: int = setting(20, "Of mfcc: cepstral coefficients per frame.")
    window_ms: float = setting(25.0, "Analysis window, in milliseconds.")
    hop_ms: float = setting(10.0, "Shift between frames, in milliseconds.")
    fft_size: int = setting(512, "FFT length, in samples; at least the window's.")
    log_floor: float = setting(1e-6, "Added to mel energies before the logarithm.")
    trim_db: float = setting(
        0.0,
        "Cut silence at both ends of an utterance: stretches of 10 ms this many dB or "
        "more below its loudest; 0 cuts nothing. Needs nothing of an unseen corpus.",
    )
    augment: str = setting(
        "none",
        "A control, of training rows alone: an epoch draws each recording or a copy "
        "with noise, in a room or at another speed. Needs nothing of an unseen corpus.",
        choices=("none", "noise", "room", "speed"),
    )
    augment_copies: int = setting(1, "Copies of each recording that augment draws of.")
    normalisation: str = setting(
        "coefficient",
        "Zero mean and unit variance: coefficient, each over an utterance; utterance, "
        "all together; signal, the waveform before its features, and nothing after; "
        "speaker or corpus, each coefficient over all that is theirs; none, frames as "
        "they are; train, each over the training rows. To an svm means and deviations "
        "are constants under coefficient, and not under none or speaker. Needs of an "
        f"unseen corpus: {', '.join(map(': '.join, NEEDS_OF_TARGET.items()))}.",
        choices=NEEDS_OF_TARGET,
    )

    def __post_init__(self) -> None:
        settle(self)
        for name in ("sample_rate_hz", "num_mels", "window_ms", "hop_ms", "log_floor"):
            value = getattr(self, name)
            require(value > 0, name, value, "a positive number")
        require_least(self, 1, "augment_copies", "num_mfcc")
        fewer = f"at most num_mels, {self.num_mels}, of mfcc"
        is_possible = self.front_end != "mfcc" or self.num_mfcc <= self.num_mels
        require(is_possible, "num_mfcc", self.num_mfcc, fewer)
        require(self.trim_db >= 0, "trim_db", self.trim_db, "0 or more, in dB")
        is_covered = self.fft_size >= self.window_samples
        expected = f"at least the window's {self.window_samples} samples"
        require(is_covered, "fft_size", self.fft_size, expected)

    @property
    def needs_of_target(self) -> str:
        """What the settings must have of an unseen corpus: 'nothing', 'speech' ..."""
        return NEEDS_OF_TARGET[self.normalisation]

    @property
    def window_samples(self) -> int:
        """Analysis window in samples: 400 by default."""
        return round(self.sample_rate_hz * self.window_ms / 1000)

    @property
    def hop_samples(self) -> int:
        """Shift between frames in samples: 160 by default."""
        return round(self.sample_rate_hz * self.hop_ms / 1000)
