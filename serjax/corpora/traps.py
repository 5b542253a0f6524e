"""What real trees hold that a careless reader falls for, put into the synthetic ones.

Each is something that was seen in copies of the real corpora. A recording that is
changed keeps what its first channel says.
"""

import shutil
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy.io import wavfile

from serjax.corpora.layouts import Stretch, format_evaluation, write_text, write_wav

_LFS_POINTER = f"""version https://git-lfs.github.com/spec/v1
oid sha256:{"0123456789abcdef" * 4}
size 73390
"""
# What macOS leaves beside a file that it copies to a foreign disk begins so.
_APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        "
_LIST_CHUNK = b"LIST\x1a\x00\x00\x00INFOISFT\x0e\x00\x00\x00Lavf57.83.100\x00"


def add_traps(folder: Path) -> None:
    """Add the traps to the synthetic corpora below a folder."""
    _add_to_crema_d(folder / "crema-d")
    _add_to_emodb(folder / "emodb")
    _add_to_emovo(folder / "emovo")
    _add_to_iemocap(folder / "iemocap")
    _add_to_ravdess(folder / "ravdess")
    _add_to_tess(folder / "tess")


def _add_to_crema_d(folder: Path) -> None:
    """A silent file, a cut name, and what git leaves without LFS."""
    audio = folder / "AudioWAV"
    write_wav(audio / "1076_MTI_SAD_XX.wav", np.zeros(32_000, "<i2"), 16_000)
    _reverse(min(audio.glob("*_SAD_XX.wav")), audio / "1040_ITH_SAD_X.wav")
    write_text(audio / "1091_TAI_NEU_XX.wav", _LFS_POINTER)


def _add_to_emodb(folder: Path) -> None:
    """Label files, which are no audio, and a text that is not UTF-8."""
    for name in ("lablaut", "labsilb", "silb"):
        write_text(folder / name / f"03a01Fa.{name}", "0.1 121 _\n0.2 121 d\n#\n")
    text = "Satz\terkannt\tnatürlich\n03a01Fa.wav\t90,00\t100,00\n"
    write_text(folder / "erkennung.txt", text, "latin-1")


def _add_to_emovo(folder: Path) -> None:
    """One mono file among the stereo ones."""
    path = min(folder.glob("f1/*.wav"))
    rate_hz, samples = wavfile.read(path)
    write_wav(path, samples[:, 0], rate_hz)


def _add_to_iemocap(folder: Path) -> None:
    """Evaluations of single raters, with other labels, and macOS's hidden files."""
    session = folder / "IEMOCAP_full_release" / "Session1"
    evaluations = session / "dialog" / "EmoEvaluation"
    turn = "Ses01F_impro01_F000"
    rater = format_evaluation([Stretch(turn, "ang", 4.0, 5.0)])
    write_text(evaluations / "Attribute" / "Ses01F_impro01.txt", rater)
    rated = f"{turn} :Anger; ()\n"
    write_text(evaluations / "Categorical" / "Ses01F_impro01_e2_cat.txt", rated)
    (evaluations / "._Ses01F_impro01.txt").write_bytes(_APPLE_DOUBLE)
    turns = session / "sentences" / "wav" / "Ses01F_impro01"
    (turns / f"._{turn}.wav").write_bytes(_APPLE_DOUBLE)


def _add_to_ravdess(folder: Path) -> None:
    """Song, a video's sound, a repetition, equal channels, and Kaggle's doubles."""
    source = folder / "Actor_01" / "03-01-03-01-01-01-01.wav"
    song = folder / "Audio_Song_Actors_01-24" / "Actor_01" / "03-02-03-01-01-01-01.wav"
    _reverse(source, song)
    shutil.copyfile(source, source.with_name("01-01-03-01-01-01-01.wav"))
    path = min(folder.glob("Actor_02/*.wav"))
    rate_hz, samples = wavfile.read(path)
    write_wav(path, np.stack([samples, samples], axis=1), rate_hz)
    for path in folder.rglob("*.wav"):
        _insert_chunk(path)
    # Two repetitions of one clip of actor 07 are the same recording.
    clip = folder / "Actor_07" / "03-01-06-01-01-01-07.wav"
    shutil.copyfile(clip, clip.with_name("03-01-06-01-01-02-07.wav"))
    double = folder / "audio_speech_actors_01-24" / "Actor_01"
    shutil.copytree(folder / "Actor_01", double)


def _add_to_tess(folder: Path) -> None:
    """One file at 96 kHz, and one that is AIFF whatever its name says."""
    path = min(folder.glob("OAF_fear/*.wav"))
    rate_hz, samples = wavfile.read(path)
    samples = soxr.resample(samples, rate_hz, 96_000)
    write_wav(path.with_name("OAF_food_fear.wav"), samples, 96_000)
    path.unlink()
    path = min(folder.glob("YAF_neutral/*.wav"))
    rate_hz, samples = wavfile.read(path)
    soundfile.write(path, samples, rate_hz, format="AIFF", subtype="PCM_16")


def _reverse(source: Path, target: Path) -> None:
    """Write a recording that is as long and loud as another, and another."""
    rate_hz, samples = wavfile.read(source)
    write_wav(target, samples[::-1], rate_hz)


def _insert_chunk(path: Path) -> None:
    """Put a chunk of remarks before the samples of a WAV file."""
    data = path.read_bytes()
    size = int.from_bytes(data[4:8], "little") + len(_LIST_CHUNK)
    at = data.index(b"data", 12)
    head = data[:4] + size.to_bytes(4, "little") + data[8:at]
    path.write_bytes(head + _LIST_CHUNK + data[at:])
