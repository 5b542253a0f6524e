"""Rows of a user's table -> utterances: the one place that checks them.

A table of any format is a list of rows in the vocabulary of a CSV manifest; any column
beyond `COLUMNS` is a further attribute.
"""

import dataclasses
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from serjax.corpora.columns import COLUMNS
from serjax.corpora.labels import DROP, LabelTable
from serjax.corpora.languages import language_code
from serjax.corpora.names import is_reserved, known_name
from serjax.corpora.reader import Reading
from serjax.corpora.texts import Row
from serjax.corpora.times import Times, read_times, time_columns
from serjax.corpora.utterance import Skip, Utterance
from serjax.corpora.words import GENDERS, is_unknown

_PARTS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("valid", "validation", "val"), "valid"),
    **dict.fromkeys(("dev", "devel", "development"), "valid"),
    **dict.fromkeys(("test", "testing", "tst", "eval", "evaluation"), "test"),
    **dict.fromkeys(("test1", "test2", "test3"), "test"),
}

EMPTY = ("nan", "NaN", "<NA>", "NaT", "None")
"""What pandas makes of an empty cell, as text."""

# What no file can be named, and no table can hold.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
# What a column `channel` holds where it says which channel of a file to read.
_CHANNEL = re.compile(r"\d+(\.0)?|[ablr]|left|right|mono|mean", re.IGNORECASE)


@dataclasses.dataclass
class Listing(Reading):
    """What a table's rows became.

    Attributes:
      default_corpus: name of the corpus of the rows that do not say; None if all do.
    """

    default_corpus: str | None = None


def read_rows(rows: Iterable[Row], corpus: str, labels: LabelTable) -> Listing:
    """Check rows and make them utterances, of `corpus` where they do not say.

    Raises:
      ValueError: a cell that cannot be right, naming row and value; a stretch of a
        file that is listed twice.
    """
    listing = Listing()
    first: dict[tuple[str, Times], str] = {}
    for row in rows:
        try:
            cells = clean_cells(row.cells)
            if not cells.get("corpus"):
                cells["corpus"] = corpus
                listing.default_corpus = known_name(corpus)
            times = read_times(cells)
            made = _read_row(row, cells, times, labels)
            twin = first.setdefault((made.file, times), row.where) if times else ""
            if twin not in ("", row.where):
                raise ValueError(
                    f"{made.file} is listed twice, first in {twin}, with the same "
                    "start and end. Remove one of the two rows."
                )
        except ValueError as error:
            raise ValueError(f"{row.where}: {error}") from error
        if isinstance(made, Skip):
            listing.skipped.append(made)
        else:
            listing.utterances.append(made)
            listing.notes.update(_notes(row, cells, made))
    return listing


def normalised(file: str) -> str:
    """A path as utterances hold it: no `.`, no `a/..`; a backslash may be a sign."""
    return posixpath.normpath(file)


def clean_cells(written: Mapping[str, str]) -> dict[str, str]:
    """A row's cells without slips of typing; '' for what pandas calls missing."""
    cells: dict[str, str] = {}
    for column, text in written.items():
        if _NO_TEXT.search(text):
            raise ValueError(f"{column} {text!r} is no text; write it anew.")
        stripped = text.strip()
        # A file's name may begin or end with a space, or be None.
        empty = column != "file" and stripped in EMPTY
        cells[column] = "" if empty else stripped
    if not cells["file"]:
        raise ValueError("the cell of file is empty; name a recording.")
    if _CHANNEL.fullmatch(cells.get("channel", "")):
        raise ValueError(
            f"channel {cells['channel']!r}; one channel is read of all files of a "
            "corpus: give --channel=N, from 0, or --channel=first,CORPUS:N, and leave "
            "the column out; or rename it, to keep it as an attribute."
        )
    return cells


def _read_row(
    row: Row, cells: Mapping[str, str], times: Times | None, labels: LabelTable
) -> Utterance | Skip:
    file = normalised(row.cells["file"])
    time_names = time_columns(tuple(row.cells)).values()
    corpus = _corpus(cells["corpus"])
    label = labels.spelling(corpus, cells.get("label", ""))
    emotion = cells.get("emotion") or None
    if emotion not in (None, *labels.classes, DROP):
        raise ValueError(
            f"emotion {emotion!r}; expected one of "
            f"{', '.join((*labels.classes, DROP))}. The column emotion holds classes; "
            "rename it to label to have raw labels mapped, or drop it where a column "
            "label is there."
        )
    if label and emotion is None:
        emotion = labels.emotion(corpus, label, file)
    gender = _choice(cells, "gender", GENDERS)
    part = _choice(cells, "split", _PARTS)
    language = language_code(cells.get("language", ""))
    if emotion is None:
        return Skip(file, "it has no label", corpus)
    if emotion == DROP:
        return Skip.dropped(file, label or cells["emotion"], corpus)
    if times is None:
        told = " and ".join(f"{name}={cells[name]}" for name in time_names)
        reason = f"{row.where}: {told}; expected seconds, 0 <= start < end"
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
            (name, cells[name] or None)
            for name in row.cells
            if name not in (*COLUMNS, *time_names)
        ),
    )


def _notes(row: Row, cells: Mapping[str, str], made: Utterance) -> Iterator[str]:
    """Say which cells are taken for something else than they say."""
    speaker, language = cells.get("speaker"), cells.get("language", "").lower()
    if made.speaker is None and speaker:
        yield f"{made.corpus}: speaker {speaker!r} is taken for an unknown one"
    if made.language and len(language) == 2 and language != made.language:
        yield f"{made.corpus}: language {language!r} is taken for {made.language!r}"
    columns = time_columns(tuple(row.cells)).values()
    if others := [name for name in columns if name not in ("start", "end")]:
        yield (
            f"{made.corpus}: times in the file are read from {', '.join(others)}; name "
            "such a column otherwise if it has none"
        )


def _corpus(written: str) -> str:
    """The corpus by the name that it has here."""
    if re.search(r"[,:/\\]", written) or not written.isprintable():
        raise ValueError(
            f"corpus {written!r}; expected a name without , : / and line breaks or "
            "other signs that cannot be seen, so that --ood can name it. Give a column "
            "corpus, or rename the manifest."
        )
    if is_reserved(written):
        raise ValueError(
            f"corpus {written!r} is reserved; give a column corpus, or rename the "
            "manifest."
        )
    return known_name(written)


def _speaker(cells: Mapping[str, str], corpus: str) -> str | None:
    """The speaker, with the corpus's name before it, which may be there already."""
    speaker = cells.get("speaker", "")
    head, slash, rest = speaker.partition("/")
    if slash and head in (corpus, cells["corpus"]):
        speaker = rest
    return None if is_unknown(speaker) else f"{corpus}/{speaker}"


def _choice(
    cells: Mapping[str, str], column: str, choices: Mapping[str, str | None]
) -> str | None:
    text = cells.get(column, "")
    if is_unknown(text):
        return None
    if text.lower() not in choices:
        expected = ", ".join(choices)
        raise ValueError(
            f"{column} {text!r}; expected one of {expected}, or an empty cell."
        )
    return choices[text.lower()]
