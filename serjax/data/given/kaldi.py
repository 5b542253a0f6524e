"""Kaldi's `feats.scp`: an utterance and its place in an archive per line.

With `wav.scp`, and `segments`, beside it, utterances are joined by what these say of
them; else by their names. Nothing is run, and no archive of pickles is read.
"""

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from serjax.corpora.kaldi import read_keyed, read_stretches
from serjax.corpora.sources import manifest_folders
from serjax.corpora.times import read_times
from serjax.data.audio import UnusableAudio
from serjax.data.given.entry import Entry, Source
from serjax.files import check_own_fault

_PLACE = re.compile(r"(?P<path>.+?)(?::(?P<offset>\d+))?")
# A binary matrix or vector of floats, compressed or not, or a text.
_FLOATS = re.compile(rb"\0B(?:[FD][MV]|CM[23]?) |\s*\[")


class KaldiArchives(Source):
    """What feats.scp names; see `Source`."""

    kind = "kaldi"

    def __init__(self, path: Path) -> None:
        try:
            import kaldiio  # noqa: F401
        except ImportError as error:
            raise ValueError(
                f"features={path} is Kaldi's, which kaldiio reads: pip install "
                "'serjax[kaldi]'."
            ) from error
        self.base = folder = path.parent
        self._places = manifest_folders(folder)
        places = read_keyed(path)
        if not places:
            raise ValueError(f"features={path} lists nothing.")
        stretches = read_stretches(folder) if (folder / "wav.scp").is_file() else {}
        self.entries = entries = list[Entry]()
        for key, (where, place) in places.items():
            if "|" in place or place.endswith("]"):
                raise ValueError(
                    f"{where}: {place!r} is a command or a range of frames; expected "
                    "an archive and an offset. Write it out with copy-feats."
                )
            name, times = key, (0.0, None)
            if key in stretches:
                cells = stretches[key].cells
                name, times = self._found(cells["file"]), read_times(cells) or times
            entries.append(Entry(key, name, *times, at=self._locate(place)))
        self.frame_shift_ms = _read_frame_shift(folder / "frame_shift")

    def _locate(self, place: str) -> tuple[str, int]:
        match = _PLACE.fullmatch(place)
        assert match, place
        return self._found(match["path"]), int(match["offset"] or 0)

    def _found(self, path: str) -> str:
        """A path from the folder that Kaldi ran in, up to three above this one."""
        tried = (it.locate(path) for it in self._places)
        return next((it for it in tried if it and os.path.isfile(it)), path)

    def read(self, entries: Sequence[Entry]) -> np.ndarray:
        """See `Source.read`."""
        from kaldiio.matio import read_kaldi

        ((path, offset),) = (entry.at for entry in entries)
        try:
            with open(path, "rb") as file:
                file.seek(offset)
                head = file.read(6)
                if not _FLOATS.match(head):
                    raise UnusableAudio(
                        f"no matrix of floats at {path}:{offset}, which begins {head!r}"
                    )
                file.seek(offset)
                return np.asarray(read_kaldi(file))
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                check_own_fault(path, error)
            raise UnusableAudio(f"{path} cannot be read: {error.strerror}") from error
        except UnusableAudio:
            raise
        except Exception as error:  # of many kinds where an archive is cut short
            raise UnusableAudio(
                f"{path}:{offset} is damaged, or ends early ({error})"
            ) from error


def _read_frame_shift(path: Path) -> float | None:
    """Kaldi writes it in seconds."""
    with contextlib.suppress(OSError, ValueError):
        return round(1000 * float(path.read_text()), 6)
    return None
