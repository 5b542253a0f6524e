"""EPST, Emotional Prosody Speech and Transcripts: actors reading dates and numbers.

Two forms. The LDC's: whole sessions `cc_001.sph`, two channels, with a transcript of
the same name, whose lines `12.51 14.02 A: hot anger, March twenty-first` are the
utterances. And one cut into files: `cc_001_hot-anger_12.51_March-twenty-first.wav`. The
speaker is the name's first field. Genders are in no file name: a user may list them.

References:
  Liberman et al., "Emotional Prosody Speech and Transcripts", LDC2002S28, 2002.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from serjax.corpora.copies import keep_one
from serjax.corpora.files import Tree
from serjax.corpora.labels import LabelTable
from serjax.corpora.reader import Reading, stem
from serjax.corpora.texts import read_table
from serjax.corpora.transcripts import find_transcript
from serjax.corpora.utterance import Skip
from serjax.corpora.words import GENDERS, is_unknown
from serjax.paths import expand

_SESSION = re.compile(r"[a-z]{2}_\d{3}", re.IGNORECASE)
_CUT = re.compile(
    r"(?P<session>[a-z]{2}_\d{3})_(?P<label>[a-z]+(?:[ -][a-z]+)?)_\d+(?:\.\d+)?_.+",
    re.IGNORECASE,
)
# Of lines that are no utterance, named in one reason.
_MAX_NUMBERS = 20


class Epst:
    """Reads EPST in both forms.

    A session that is there in both is read from the cut one: that is the form whose
    counts are published, and reading both would double the corpus.
    """

    corpus = "epst"

    def __init__(self, speakers: str = ""):
        """Take the CSV file `speaker,gender`, '' for none."""
        path = Path(expand(speakers, "epst_speakers"))
        self.table = path.name
        genders = _read_genders(path) if speakers else {}
        self.genders = {name.removeprefix("epst/"): it for name, it in genders.items()}

    def claims(self, file: str) -> bool:
        """See `Reader.claims`: sessions and cut utterances."""
        name = stem(file)
        return bool(_SESSION.fullmatch(name) or _CUT.fullmatch(name))

    def official_name(self, file: str) -> str:
        """See `Reader.official_name`; of a session the path.

        Many a corpus has an `ab_001.wav`. Only a transcript makes it a session of
        EPST, so that `read` finds the copies of these.
        """
        name = stem(file).lower()
        return file if _SESSION.fullmatch(name) else name

    def read(self, tree: Tree, files: Sequence[str], labels: LabelTable) -> Reading:
        """See `Reader.read`.

        Raises:
          ValueError: also where the user's table of speakers has none of those here.
        """
        reading = Reading()
        cut: dict[str, str] = {}
        sessions: dict[str, list[str]] = defaultdict(list)
        for file in files:
            match = _CUT.fullmatch(stem(file))
            if match is None:
                sessions[stem(file).lower()].append(file)
                continue
            cut.setdefault(match["session"].lower(), file)
            label = match["label"].lower().replace(" ", "-")
            self._add(reading, labels, file, label)
        texts: dict[str, list[str]] = defaultdict(list)
        for other in tree.others if sessions else ():
            texts[stem(other).lower()].append(other)
        for name, recordings in sessions.items():
            if name in cut:
                known = tree.name(cut[name])
                reason = f"its utterances are there as files, as {known}"
                reading.skipped += [Skip(it, reason, self.corpus) for it in recordings]
            else:
                self._read_session(reading, tree, recordings, texts[name], labels)
        found = sorted({str(row.speaker)[len("epst/") :] for row in reading.utterances})
        if found and self.genders and not {*found} & {*self.genders}:
            raise ValueError(
                f"{self.table} has none of the speakers of EPST that are here, "
                f"{', '.join(found)}; it has {', '.join(self.genders)}. Name them as "
                "the files do, or leave out --epst_speakers."
            )
        return reading

    def _read_session(
        self,
        reading: Reading,
        tree: Tree,
        recordings: Sequence[str],
        texts: Sequence[str],
        labels: LabelTable,
    ) -> None:
        transcript, reason = find_transcript(tree, texts)
        if transcript is None:
            for file in recordings:
                corpus = self.corpus if _is_original(file) else None
                reading.skipped.append(Skip(file, reason, corpus))
            return
        kept = self._choose(reading, tree, recordings, transcript.file)
        for start_s, end_s, label in transcript.segments:
            self._add(reading, labels, kept, label, start_s=start_s, end_s=end_s)
        if transcript.strangers:
            shown = ", ".join(map(str, transcript.strangers[:_MAX_NUMBERS]))
            more = len(transcript.strangers) - _MAX_NUMBERS
            reason = (
                f"no utterance `start end A: emotion, words` in "
                f"{tree.name(transcript.file)}, line {shown}"
                + (f" and {more} more" if more > 0 else "")
            )
            reading.skipped.append(Skip(kept, reason, self.corpus))

    def _choose(
        self, reading: Reading, tree: Tree, recordings: Sequence[str], transcript: str
    ) -> str:
        """Choose the file of a session that is read; the others become skips.

        The SPHERE file that is nearest to the transcript, or what was made of it, which
        decodes where it itself perhaps does not, and which lies beside one of the two.
        """
        nearest = sorted(recordings, key=lambda it: _distance(it, transcript))
        originals = [it for it in nearest if _is_original(it)]
        made = [it for it in nearest if not _is_original(it)]
        chosen = keep_one(tree, self, originals, reading) if originals else made[0]
        # Beside: where the two are apart, also in a folder of its own.
        limit = min(max(_distance(chosen, transcript), 1), 2)
        for it in made if originals else ():
            if min(_distance(it, chosen), _distance(it, transcript)) <= limit:
                reason = f"same recording as {tree.name(it)}"
                reading.skipped.append(Skip(chosen, reason, self.corpus))
                chosen = it
                break
        reason = f"named as a session of EPST, which is read from {tree.name(chosen)}"
        reading.skipped += [Skip(it, reason) for it in made if it != chosen]
        return chosen

    def _add(
        self,
        reading: Reading,
        labels: LabelTable,
        file: str,
        label: str,
        **times: float,
    ) -> None:
        speaker = stem(file)[:2].lower()
        known = {"speaker": f"epst/{speaker}", "gender": self.genders.get(speaker)}
        reading.add(labels, file, self.corpus, label, language="en", **known, **times)


def _is_original(file: str) -> bool:
    """Whether it has the ending of the LDC's SPHERE files."""
    return file.lower().endswith(".sph")


def _distance(file: str, other: str) -> int:
    """Steps between the folders of two files: 0 in one, 2 in a sibling folder."""
    one, two = posixpath.dirname(file) or ".", posixpath.dirname(other) or "."
    return 0 if one == two else posixpath.relpath(one, two).count("/") + 1


def _read_genders(path: Path) -> dict[str, str]:
    """Read a CSV file, speaker -> `female` or `male`, of those whose gender is known.

    Raises:
      ValueError: it is no such table, or names a speaker twice or another gender.
    """
    table = read_table(path)
    if not {"speaker", "gender"} <= {*table.columns}:
        raise ValueError(
            f"{path} has the columns {', '.join(table.columns)}; expected speaker and "
            "gender."
        )
    genders: dict[str, str | None] = {}
    for where, cells in table.rows:
        name, value = (cells[it].strip().lower() for it in ("speaker", "gender"))
        if name in genders:
            raise ValueError(f"{where} names the speaker {name!r} twice.")
        if value not in GENDERS and not is_unknown(value):
            raise ValueError(
                f"{where}: gender of {name!r} is {value!r}; expected female or male, "
                "or nothing where it is unknown."
            )
        genders[name] = GENDERS.get(value)
    return {name: value for name, value in genders.items() if value}
