"""Tables of anybody's making: read row by row, or refused in words; nothing else."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serjax.config import DataSettings
from serjax.corpora.labels import LabelTable, read_labels
from serjax.corpora.manifest import read_manifest
from serjax.corpora.sources import recorded_settings
from serjax.corpora.tree import read_corpora

LABELS = LabelTable(
    {"mine": {"joy": "positive", "calm": "neutral", "?": "drop"}},
    classes=("negative", "neutral", "positive"),
)

CELLS = st.sampled_from(
    [
        *"a.wav b.wav joy calm ? 1 0.5 -1 nan inf 1e999 0x1 train ood female = @ '' "
        "0:01 0:01:02,5 1ms ../a.wav /etc/passwd ~/a.wav de xx ravdess \\\\host\\a.wav "
        "C:\\a.wav é".split(),
        *(
            "",
            " ",
            "\x00",
            "\n",
            "\r",
            "a\tb",
            '"',
            '""',
            "\u202ea",
            "\ufeff",
            "\x1b[2J",
        ),
        *("9" * 5000, "a" * 140000, "=cmd|'/c calc'!A0"),
    ]
) | st.text(max_size=8)
HEADS = st.sampled_from(
    [
        *"file label speaker start end corpus emotion gender language split duration_s "
        "room onset offset duration start_ms end_frame channel File part p_x é".split(),
        *("", " file ", "file;label", "a b", "\ufefffile", "x" * 200, "a\nb"),
    ]
)
USUAL = ["file", "label", "speaker"]
FILES = [f"{letter}.wav" for letter in "abcdefghijklmnopqrstuvwxyz"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    # What a config.json beside a manifest may ask for, and takes half a minute.
    monkeypatch.setattr("serjax.corpora.synthetic.synthetic_root", lambda _: tmp_path)
    for name in FILES:
        (tmp_path / name).touch()
    return tmp_path


def read_or_refuse(read, *names):
    """What is read; None if it is refused in one paragraph that names a file."""
    try:
        return read()
    except ValueError as error:
        message = str(error)
        assert type(error).__name__ in ("ValueError", "NothingUsable")
        assert any(name in message for name in names), message
        assert message.isprintable(), message
        assert 20 < len(message) < 2200
        return None


def read_all(folder, name):
    """Read a manifest as a run does, and tell rows read and rows skipped apart."""
    path = folder / name
    settings = DataSettings(manifest=(str(path),))
    found = read_or_refuse(lambda: read_corpora(settings), name)
    if found is None:
        return None
    listing = read_manifest(path, read_labels())
    number = len(listing.utterances) + len(listing.skipped)
    assert len(found.utterances) + len(found.skipped) == number
    return number


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_no_crash_as_a_manifest(folder, content):
    for name in ("m.csv", "m.jsonl"):
        (folder / name).write_bytes(content)
        read_all(folder, name)


def _quote(cell, quoted):
    return '"' + cell.replace('"', '""') + '"' if quoted else cell


@st.composite
def tables(draw):
    """A table that is nearly right: its text, and how many rows it has if it is."""
    usual = {
        "file": st.sampled_from(FILES),
        "label": st.sampled_from(["joy", "calm", "sad", "happy"]),
    }
    head = draw(st.permutations([*USUAL, *draw(st.lists(HEADS, max_size=2))]))
    head = head if draw(st.integers(0, 9)) else head[:2]
    odd = draw(st.sampled_from([None, *head]))
    columns = [CELLS if it == odd else usual.get(it, st.just("")) for it in head]
    rows = draw(st.lists(st.tuples(*columns), min_size=1, max_size=4))
    delimiter = draw(st.sampled_from(",,;\t|"))
    quoted = draw(st.integers(0, 4)) > 0
    lines = [
        delimiter.join(_quote(cell, quoted) for cell in row) for row in [head, *rows]
    ]
    mark = draw(st.sampled_from(["", "", "\ufeff", f"sep={delimiter}\n"]))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = mark + newline.join([*lines, ""])
    return text, len(rows) if quoted else None


@given(table=tables(), encoding=st.sampled_from(["utf-8"] * 8 + ["latin-1", "utf-16"]))
def test_rows_of_a_csv_become_as_many_utterances_and_skips(folder, table, encoding):
    text, num_rows = table
    (folder / "m.csv").write_bytes(text.encode(encoding, "replace"))
    found = read_all(folder, "m.csv")
    if found is not None and num_rows is not None and encoding == "utf-8":
        blank = "\n\n" in text or '\n""' in text  # Perhaps all of its cells.
        assert found <= num_rows
        assert found == num_rows or blank or not text.strip()


VALUES = st.recursive(
    CELLS | st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**4000),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(CELLS, inner, max_size=2)
    ),
    max_leaves=3,
)


KEYS = "wav emo dataset key spk gender start_time end_time lang type file Emo label"
MEMBERS = st.tuples(st.sampled_from(f"{KEYS} room_x p_a speaker".split()), VALUES)


@given(
    lines=st.lists(st.lists(MEMBERS, max_size=5), min_size=1, max_size=3),
    usual=st.booleans(),
)
def test_lines_of_emobox_become_as_many_utterances_and_skips(folder, lines, usual):
    texts = []
    for file, pairs in zip("abc", lines, strict=False):
        start = [("wav", f"{file}.wav"), ("emo", "happy")] if usual else []
        members = (f"{json.dumps(k)}: {json.dumps(v)}" for k, v in start + pairs)
        texts.append(f"{{{', '.join(members)}}}\n")
    (folder / "m.jsonl").write_text("".join(texts))
    found = read_all(folder, "m.jsonl")
    assert found is None or found == len(lines)


def test_a_transcript_of_emobox_takes_no_time_whatever_it_holds(folder):
    # Of a pattern with two stars, cubic time: hours.
    line = "<id=" * 2000 + ",lang=x,spk=y" * 8000 + "\n<id=k,lang=en,spk=s,t,emotion=x>"
    (folder / "data.seg.wrd.stm").write_text(line)
    (folder / "m.jsonl").write_text('{"key": "k", "wav": "a.wav", "emo": "happy"}\n')
    (row,) = read_manifest(folder / "m.jsonl", read_labels()).utterances
    assert row.speaker == "m/s,t"


KALDI = st.lists(
    st.tuples(st.sampled_from(["u1", "u2", "s1", "r", ""]) | CELLS, CELLS), max_size=3
).map(lambda pairs: "".join(f"{key} {value}\n" for key, value in pairs))


@given(
    files=st.fixed_dictionaries(
        {"wav.scp": KALDI, "utt2spk": KALDI, "utt2emo": KALDI},
        optional={"segments": KALDI, "spk2gender": KALDI, "utt2lang": KALDI},
    ),
    usual=st.booleans(),
)
def test_any_folder_of_kaldi_is_read_or_refused(folder, files, usual):
    data = folder / "kaldi"
    data.mkdir(exist_ok=True)
    for path in data.iterdir():
        path.unlink()
    if usual:
        files["wav.scp"] = "u1 ../a.wav\n" + files["wav.scp"]
        files["utt2spk"] = "u1 s1\n" + files["utt2spk"]
        files["utt2emo"] = "u1 happy\n" + files["utt2emo"]
    for name, text in files.items():
        (data / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    settings = DataSettings(manifest=(str(data),), data="")
    read_or_refuse(lambda: read_corpora(settings), "kaldi")


@pytest.mark.parametrize("command", ["touch ran; cat a.wav |", "sox a.wav -t wav - |"])
def test_a_command_of_kaldi_is_refused_and_never_run(folder, command, monkeypatch):
    monkeypatch.chdir(folder)
    for name, text in (("wav.scp", command), ("utt2spk", "s"), ("utt2emo", "happy")):
        (folder / name).write_text(f"u1 {text}\n")
    with pytest.raises(ValueError, match="is a command, which serjax does not run"):
        read_corpora(DataSettings(manifest=(str(folder),)))
    assert not (folder / "ran").exists()


TOML = st.sampled_from(
    [
        *"3 -1 1e400 nan inf true [] {} [1] ['a'] 1979-05-27 'positive' 'drop' 'x' "
        "{a=1} 'negative'".split(),
        *("9" * 5000, "0x" + "f" * 5000, "[" * 100000, "{a=" * 5000),
    ]
)
TOML_KEYS = st.sampled_from(
    [
        *"classes base any emodb F W '<script>' 'a\u202eb' ravdess '01'".split(),
        ".".join(["a"] * 3000),
        '"\\u001b[2J"',
    ]
)


@given(
    st.lists(
        st.tuples(TOML_KEYS, TOML).map(lambda it: f"{it[0]} = {it[1]}")
        | TOML_KEYS.map(lambda it: f"[{it}]")
        | st.text(max_size=10),
        max_size=5,
    ).map("\n".join)
)
def test_any_label_map_is_read_or_refused(folder, text):
    (folder / "map.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    (folder / "m.csv").write_text("file,label,speaker\na.wav,happy,1\n")
    settings = DataSettings(
        manifest=(str(folder / "m.csv"),), label_map=str(folder / "map.toml")
    )
    read_or_refuse(lambda: read_corpora(settings), "map.toml", "m.csv")


@given(
    st.binary(max_size=60)
    | st.sampled_from(["[" * 100_000, "9" * 5000]).map(str.encode)
    | st.dictionaries(
        st.sampled_from(["data", "manifest"]),
        VALUES | st.sampled_from(["~nobody-of-that-name", "x" * 5000, "a=~no,b=~no"]),
    ).map(lambda it: json.dumps({"settings": it}).encode())
)
def test_any_config_beside_a_manifest_is_no_crash(folder, content):
    (folder / "config.json").write_bytes(content)
    (folder / "m.csv").write_text("file,label,speaker\na.wav,happy,1\n")
    assert read_all(folder, "m.csv") == 1


def test_a_pipe_beside_a_manifest_is_not_waited_for(folder):
    os.mkfifo(folder / "config.json")
    assert recorded_settings(folder / "m.csv") is None
