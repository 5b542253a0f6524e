"""Rows of a user's table -> utterances: the one place that checks them.

A table of any format is a list of rows in the vocabulary of a CSV manifest; '' is an
unknown cell.
"""

import dataclasses
import math
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from serjax.corpora.columns import COLUMNS
from serjax.corpora.genders import GENDERS
from serjax.corpora.labels import DROP, LabelTable
from serjax.corpora.languages import language_code
from serjax.corpora.names import is_reserved, known_name
from serjax.corpora.reader import Reading
from serjax.corpora.unknown import is_unknown
from serjax.corpora.utterance import Skip, Utterance

_PARTS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("valid", "validation", "val"), "valid"),
    **dict.fromkeys(("dev", "devel", "development"), "valid"),
    **dict.fromkeys(("test", "testing", "tst", "eval", "evaluation"), "test"),
    **dict.fromkeys(("test1", "test2", "test3"), "test"),
}
_Times = tuple[float, float | None]

# What pandas makes of an empty cell, as text.
_EMPTY = ("nan", "NaN", "<NA>", "NaT", "None")
# What no file can be named, and no table can hold.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
      where: the table and the line, for errors: `mine/my.csv line 7`.
      cells: column -> text; any column beyond `COLUMNS` is a further attribute.
      name: what the table calls it, for the reasons of skips: `utterance u1`.
    """

    where: str
    cells: Mapping[str, str]
    name: str = ""


@dataclasses.dataclass
class Listing(Reading):
    """What a table's rows became.

    Attributes:
      default_corpus: name of the corpus of the rows that do not say; None if all do.
    """

    default_corpus: str | None = None


def read_rows(rows: Iterable[Row], corpus: str, labels: LabelTable) -> Listing:
    """Check rows and make them utterances.

    Args:
      rows: the rows, each with a cell for `file`.
      corpus: name of the corpus of rows that do not say.

    Raises:
      ValueError: a cell that cannot be right, naming row and value; a stretch of a
        file that is listed twice.
    """
    listing = Listing()
    first: dict[tuple[str, _Times | None], str] = {}
    for row in rows:
        cells = _cells(row)
        if not cells.get("corpus"):
            cells["corpus"] = corpus
            listing.default_corpus = known_name(corpus)
        times = _times(cells.get("start", ""), cells.get("end", ""))
        utterance = _read_row(row, cells, times, labels)
        if times is not None:
            twin = first.setdefault((utterance.file, times), row.where)
            if twin != row.where:
                raise ValueError(
                    f"{row.where}: {utterance.file} is listed twice, first in {twin}, "
                    "with the same start and end. Remove one of the two rows."
                )
        if isinstance(utterance, Skip):
            where = f"{row.name}: " if row.name else ""
            reason = f"{where}{utterance.reason}"
            listing.skipped.append(dataclasses.replace(utterance, reason=reason))
        else:
            listing.utterances.append(utterance)
            listing.notes.update(_notes(cells, utterance))
    return listing


def normalised(file: str) -> str:
    """A path as utterances hold it: `/` between its parts, no `.`, no `a/..`."""
    return posixpath.normpath(file.replace("\\", "/"))


def _cells(row: Row) -> dict[str, str]:
    """The row's cells without slips of typing; '' for what pandas calls missing."""
    cells: dict[str, str] = {}
    for column, text in row.cells.items():
        if _NO_TEXT.search(text):
            raise ValueError(
                f"{row.where}: {column} {text!r} is no text; write it anew."
            )
        stripped = text.strip()
        # A file's name may begin or end with a space, or be None.
        empty = column != "file" and stripped in _EMPTY
        cells[column] = "" if empty else stripped
    if not cells["file"]:
        raise ValueError(f"{row.where}: the cell of file is empty; name a recording.")
    return cells


def _read_row(
    row: Row, cells: Mapping[str, str], times: _Times | None, labels: LabelTable
) -> Utterance | Skip:
    file = normalised(row.cells["file"])
    corpus = _corpus(row.where, cells["corpus"])
    label = labels.spelling(corpus, cells.get("label", ""))
    emotion = _emotion(row.where, corpus, label, cells.get("emotion", ""), labels)
    gender = _choice(row.where, cells, "gender", GENDERS)
    part = _choice(row.where, cells, "split", _PARTS)
    try:
        language = language_code(cells.get("language", ""))
    except ValueError as error:
        raise ValueError(f"{row.where}: {error}.") from error
    if emotion is None:
        return Skip(file, "it has no label", corpus)
    if emotion == DROP:
        return Skip.dropped(file, label or cells["emotion"], corpus)
    if times is None:
        reason = (
            f"{row.where}: start={cells.get('start', '')} and "
            f"end={cells.get('end', '')}; expected seconds, 0 <= start < end"
        )
        return Skip(file, reason, corpus)
    return Utterance(
        file=file,
        corpus=corpus,
        label=label or emotion,
        emotion=emotion,
        speaker=_speaker(cells, corpus),
        gender=gender,
        language=language,
        start_s=times[0],
        end_s=times[1],
        part=part,
        extra=tuple(
            (name, cells[name] or None) for name in row.cells if name not in COLUMNS
        ),
    )


def _notes(cells: Mapping[str, str], row: Utterance) -> Iterator[str]:
    """Say which cells are taken for something else than they say."""
    speaker, language = cells.get("speaker"), cells.get("language", "").lower()
    if row.speaker is None and speaker:
        yield f"{row.corpus}: speaker {speaker!r} is taken for an unknown one"
    if row.language and len(language) == 2 and language != row.language:
        yield f"{row.corpus}: language {language!r} is taken for {row.language!r}"


def _corpus(where: str, written: str) -> str:
    """The corpus by the name that it has here."""
    if re.search(r"[,:/\\]", written) or not written.isprintable():
        raise ValueError(
            f"{where}: corpus {written!r}; expected a name without , : / and line "
            "breaks or other signs that cannot be seen, so that --ood can name it. "
            "Give a column corpus, or rename the manifest."
        )
    if is_reserved(written):
        raise ValueError(
            f"{where}: corpus {written!r} is reserved; give a column corpus, or rename "
            "the manifest."
        )
    return known_name(written)


def _speaker(cells: Mapping[str, str], corpus: str) -> str | None:
    """The speaker, with the corpus's name before it, which may be there already."""
    speaker = cells.get("speaker", "")
    head, slash, rest = speaker.partition("/")
    if slash and head in (corpus, cells["corpus"]):
        speaker = rest
    return None if is_unknown(speaker) else f"{corpus}/{speaker}"


def _emotion(
    where: str, corpus: str, label: str, emotion: str, labels: LabelTable
) -> str | None:
    """The class, which a cell of emotion names and a label is mapped to."""
    if not emotion:
        return labels.emotion(corpus, label, where) if label else None
    if emotion not in (*labels.classes, DROP):
        raise ValueError(
            f"{where}: emotion {emotion!r}; expected one of "
            f"{', '.join((*labels.classes, DROP))}. The column emotion holds classes; "
            "rename it to label to have raw labels mapped, or drop it where a column "
            "label is there."
        )
    return emotion


def _choice(
    where: str, cells: Mapping[str, str], column: str, choices: Mapping[str, str | None]
) -> str | None:
    text = cells.get(column, "")
    if is_unknown(text):
        return None
    if text.lower() not in choices:
        expected = ", ".join(choices)
        raise ValueError(
            f"{where}: {column} {text!r}; expected one of {expected}, or an empty cell."
        )
    return choices[text.lower()]


def _times(start: str, end: str) -> _Times | None:
    """Start and end in seconds; None if they are no stretch of a recording."""
    if not all(_NUMBER.fullmatch(text) for text in (start, end) if text):
        return None
    start_s = float(start or 0)
    end_s = float(end) if end else math.inf
    if not 0 <= start_s < end_s or (end and math.isinf(end_s)):
        return None
    return start_s, end_s if end else None
