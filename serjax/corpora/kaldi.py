"""Kaldi's data folder: `wav.scp`, `utt2spk`, a file of labels, perhaps `segments`.

Labels are in `utt2emo` (or `utt2emotion`, `utt2label`), genders in `spk2gender`,
languages in `utt2lang`. Commands in `wav.scp` are refused, never run.
"""

from pathlib import Path

from serjax.corpora.disk_names import composed
from serjax.corpora.labels import LabelTable
from serjax.corpora.rows import Listing, normalised, read_rows
from serjax.corpora.sources import manifest_name
from serjax.corpora.texts import Row, read_lines
from serjax.corpora.utterance import Skip

LABEL_FILES = ("utt2emo", "utt2emotion", "utt2label")
"""Names that files of labels go by; the first that is there is read."""


def is_kaldi(path: Path) -> bool:
    """Whether this is a Kaldi data folder."""
    return (path / "wav.scp").is_file()


def read_kaldi(folder: Path, labels: LabelTable) -> Listing:
    """Read a Kaldi data folder."""
    label_file = next((n for n in LABEL_FILES if (folder / n).is_file()), None)
    if label_file is None or not (folder / "utt2spk").is_file():
        raise ValueError(
            f"{folder} has a wav.scp, but no "
            f"{' or '.join(LABEL_FILES) if label_file is None else 'utt2spk'}. Give it "
            "one, with an utterance and its value per line."
        )
    stretches = read_stretches(folder)
    if not stretches:
        raise ValueError(f"{folder} lists nothing: its wav.scp is empty.")
    label_of, speaker_of, language_of, gender_of = (
        {key: value for key, (_, value) in read_keyed(folder / name).items()}
        for name in (label_file, "utt2spk", "utt2lang", "spk2gender")
    )
    rows: list[Row] = []
    absent: list[tuple[str, str]] = []
    for name, row in stretches.items():
        if name not in label_of or name not in speaker_of:
            lacks = "utt2spk" if name in label_of else label_file
            absent.append((row.cells["file"], f"utterance {name}: {lacks} lacks it"))
            continue
        known = {"label": label_of[name], "speaker": speaker_of[name]}
        known["gender"] = gender_of.get(known["speaker"], "")
        known["language"] = language_of.get(name, "")
        rows.append(Row(row.where, row.cells | known))
    listing = read_rows(rows, manifest_name(folder), labels)
    reason = f"{label_file} lists it, but no recording is named so"
    absent += [(name, reason) for name in sorted(set(label_of) - set(stretches))]
    corpus = listing.default_corpus
    listing.skipped += [Skip(normalised(file), why, corpus) for file, why in absent]
    return listing


def list_kaldi(folder: Path) -> list[Row]:
    """List a Kaldi folder's utterances, with speakers where it has `utt2spk`."""
    speakers = read_keyed(folder / "utt2spk")
    return [
        Row(row.where, {**row.cells, "speaker": speakers.get(name, ("", ""))[1]})
        for name, row in read_stretches(folder).items()
    ]


def read_stretches(folder: Path) -> dict[str, Row]:
    """Read utterance -> its file and times: segments, or whole recordings."""
    recordings = read_keyed(folder / "wav.scp")
    for name, (where, path) in recordings.items():
        if path.endswith("|"):
            raise ValueError(
                f"{where}: {name} is a command, which serjax does not run: {path}. "
                "Write its output to a file, and name that."
            )
    if not (folder / "segments").is_file():
        return {
            name: Row(at, {"file": path}) for name, (at, path) in recordings.items()
        }
    stretches: dict[str, Row] = {}
    for name, (where, text) in read_keyed(folder / "segments").items():
        parts = composed(text).split()
        if len(parts) != 3 or parts[0] not in recordings:
            raise ValueError(
                f"{where}: {text!r}; expected a recording of wav.scp, a start and an "
                "end in seconds."
            )
        recording, start, end = parts
        end = "" if end == "-1" else end  # Kaldi's sign for the recording's end.
        cells = {"file": recordings[recording][1], "start": start, "end": end}
        stretches[name] = Row(where, cells)
    return stretches


def read_keyed(path: Path) -> dict[str, tuple[str, str]]:
    """Read key -> where it stands, the rest of its line; nothing without the file."""
    table: dict[str, tuple[str, str]] = {}
    for where, line in read_lines(path) if path.is_file() else ():
        key, *rest = line.split(maxsplit=1)
        key = composed(key)
        if not rest or key in table:
            raise ValueError(
                f"{where}: {line!r}; expected a key that no other line has, and its "
                "value."
            )
        table[key] = (where, rest[0].strip())
    return table
