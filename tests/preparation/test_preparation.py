import csv
import json
import re
from pathlib import Path

import pytest

import serjax
from serjax.config import DataSettings, make_config
from serjax.corpora import NameReader, NothingUsable, read_corpora
from serjax.data import extraction
from serjax.preparation import giveaways, prepare
from serjax.preparation.workdir import TABLES

HOSTILE = ('Ann, "the first"', "two\nlines", "a\rreturn", "Jürgen 李", "a;b\tc", "=1+1")


class Toy(NameReader):
    """A corpus whose speakers have any name: `toy_<number>_<label>.wav`."""

    corpus = "toy"
    language = "en"
    pattern = re.compile(r"toy_(?P<speaker>\d+)_(?P<label>[a-z]+)")

    def speaker(self, match):
        """A hostile name."""
        return HOSTILE[int(match["speaker"])]


@pytest.fixture
def config(tmp_path, two_corpora):
    return make_config(
        data=str(two_corpora),
        workdir=str(tmp_path / "out"),
        cache_dir=str(tmp_path / "cache"),
    )


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_everything_is_written_and_said(config, two_corpora, monkeypatch):
    monkeypatch.setattr(giveaways, "FEW", 6)
    (two_corpora / "ravdess/notes.wav").write_bytes(b"")
    found = serjax.prepare(config, progress=False)
    out = found.workdir
    assert {path.name for path in out.iterdir()} == {".lock", "config.json", *TABLES}
    assert [it.corpus for it in found.corpora] == ["emodb", "ravdess"]
    assert len(found.utterances) == len(found.recordings) == 18

    rows = table_of(out / "manifest.csv")
    head = "file start end corpus label emotion speaker gender language duration_s"
    assert list(rows[0]) == head.split()
    assert [row["file"] for row in rows] == [it.file for it in found.utterances]
    assert rows[0]["file"] == "berlin/03a01Fa.wav"
    assert rows[0]["emotion"] == "positive"
    assert float(rows[0]["duration_s"]) == 0.5
    assert table_of(out / "skipped.csv") == [
        {"file": "ravdess/notes.wav", "reason": found.skipped[0].reason}
    ]
    assert table_of(out / "duplicates.csv") == []

    record = json.loads((out / "config.json").read_text())
    assert record["settings"] == config.to_flat()
    assert record["classes"] == ["negative", "neutral", "positive"]
    assert record["channels"] == {"ravdess": 0}
    assert {"python", "librosa", "soxr"} <= set(record["versions"])

    text = found.text()
    assert text.startswith("Classes: 3 (negative, neutral, positive)")
    assert "Files of no corpus\n  skipped      1  its name is none of" in text
    assert "Together: corpora 2, speakers 6, utterances 18" in text
    assert "- emodb: 12 of the official 535 recordings were found" in text
    (line,) = [it for it in found.warnings if "told from" in it]
    assert line.startswith("emodb is told from ravdess by level over ")
    assert "leading silence under 0.2" in line

    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert serjax.prepare(config, progress=False).text() == text
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_no_path_is_written_but_those_that_the_user_gave(
    config, two_corpora, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (two_corpora / "ravdess/03-01-01-01-02-01-01.wav").write_bytes(b"no audio")
    given = config.replace(data="data", workdir="out", cache_dir="cache")
    prepare(given, progress=False)
    for path in (tmp_path / "out").iterdir():
        text = path.read_text(encoding="utf-8")
        assert str(tmp_path) not in text, path.name
        assert str(Path.home()) not in text, path.name


def test_its_manifest_given_back_yields_the_same_rows(config):
    found = prepare(config, progress=False)
    manifest = str(found.workdir / "manifest.csv")
    for data in ("", config.data.data):
        again = read_corpora(DataSettings(data=data, manifest=(manifest,)))
        assert again.utterances == found.utterances
        assert again.classes == found.classes
        assert not again.skipped
    given_back = config.replace(
        data="", manifest=(manifest,), workdir=f"{found.workdir}-again"
    )
    text = prepare(given_back, progress=False).text()
    # It lists the usable ones: what is missing is not told by it.
    assert "official" in found.text()
    assert "official" not in text


def test_hostile_names_are_read_back_as_they_are(config, write_speech, tmp_path):
    for number in range(len(HOSTILE)):
        for place, label in enumerate(("angry", "neutral", "happy")):
            write_speech(f"toys/toy_{number}_{label}.wav", 10 * number + place)
    toys = config.replace(data=str(tmp_path / "data" / "toys"))
    found = prepare(toys, progress=False, readers=[Toy()])
    names = [f"toy/{name}" for name in HOSTILE]
    rows = table_of(found.workdir / "manifest.csv")
    assert list(dict.fromkeys(row["speaker"] for row in rows)) == names
    assert all(line.isprintable() for line in found.text().split("\n"))
    assert table_of(found.workdir / "giveaways.csv") == []  # There is one corpus.
    pandas = pytest.importorskip("pandas")
    tables = {name: pandas.read_csv(found.workdir / name) for name in TABLES}
    table = tables["manifest.csv"]
    assert list(table["speaker"].unique()) == names
    assert table["duration_s"].dtype == float
    assert table["gender"].isna().all()
    assert tables["confounds.csv"]["rows"].max() == len(found.utterances)


def test_nothing_usable_is_an_error_that_leaves_the_reasons(config, two_corpora):
    out = prepare(config, progress=False).workdir
    for path in two_corpora.rglob("*.wav"):
        path.write_bytes(b"")
    left = {".lock", "config.json", "skipped.csv"}
    with pytest.raises(NothingUsable, match="No recording is usable: all 18 are left"):
        prepare(config, progress=False)
    assert len(table_of(out / "skipped.csv")) == 18
    assert {path.name for path in out.iterdir()} == left
    # So does what readers leave out.
    song = two_corpora / "songs" / "03-02-01-01-01-01-01.wav"
    song.parent.mkdir()
    song.touch()
    with pytest.raises(NothingUsable, match="ravdess song"):
        prepare(config.replace(data=str(song.parent)), progress=False)
    (row,) = table_of(out / "skipped.csv")
    assert row["file"] == song.name
    assert {path.name for path in out.iterdir()} == left


def test_an_interrupted_extraction_goes_on_where_it_was(config, monkeypatch):
    compute = extraction.compute_features
    computed = []

    def fail_at_the_seventh(path, *rest):
        if len(computed) == 6:
            raise KeyboardInterrupt
        computed.append(path)
        return compute(path, *rest)

    monkeypatch.setattr(extraction, "num_workers", lambda: 1)
    monkeypatch.setattr(extraction, "compute_features", fail_at_the_seventh)
    with pytest.raises(KeyboardInterrupt):
        prepare(config, progress=False)
    assert [it.name for it in Path(config.run.workdir).iterdir()] == [".lock"]

    def count(path, *rest):
        computed.append(path)
        return compute(path, *rest)

    monkeypatch.setattr(extraction, "compute_features", count)
    assert len(prepare(config, progress=False).utterances) == 18
    assert len(computed) == len(set(computed)) == 18


@pytest.mark.parametrize("name", ["result.json", "metrics.jsonl", "manifest.csv"])
def test_a_folder_with_something_else_in_it_is_refused(config, name):
    workdir = Path(config.run.workdir)
    workdir.mkdir()
    (workdir / name).write_text("{}")
    (workdir / "config.json").write_text('{"settings": {}}')
    with pytest.raises(ValueError, match="not of an earlier prepare. Choose another"):
        prepare(config, progress=False)
    assert (workdir / name).read_text() == "{}"


def test_a_manifest_is_never_written_over(config, tmp_path):
    manifest = tmp_path / "mine" / "manifest.csv"
    manifest.parent.mkdir()
    manifest.write_text("file,label,speaker\n")
    own = config.replace(manifest=(str(manifest),), workdir=str(manifest.parent))
    with pytest.raises(ValueError, match="which would be overwritten"):
        prepare(own, progress=False)


def test_real_speech_is_whole_and_warned_of(corpora_folder, tmp_path):
    found = prepare(make_config(data=str(corpora_folder), workdir=str(tmp_path)))
    emodb, ravdess = found.corpora
    assert (emodb.num_found, ravdess.num_found) == (535, 1440)
    assert found.skipped == ()
    assert emodb.speakers == {"female": 5, "male": 5}
    assert ravdess.speakers == {"female": 12, "male": 12}
    assert emodb.duration_s / 3600 == pytest.approx(0.413, abs=0.005)
    assert ravdess.duration_s / 3600 == pytest.approx(1.48, abs=0.005)
    # Two repetitions of one clip of actor 07 are identical.
    (duplicate,) = found.duplicates
    assert Path(duplicate.same_as).stem == "03-01-03-01-02-01-07"
    assert Path(duplicate.file).stem == "03-01-03-01-02-02-07"
    text = found.text()
    assert "language and corpus coincide in emodb (de) and ravdess (en)" in text
    assert "emodb is told from ravdess by " in text
    assert "leading silence under" in text


def test_a_channel_of_an_absent_corpus_is_refused(config):
    message = "channel=emvo:mean: no corpus 'emvo' in the data; present are emodb, rav"
    with pytest.raises(ValueError, match=message):
        prepare(config.replace(channel=("emvo:mean",)), progress=False)


def given(config, two_corpora, parts: str):
    """Emo-DB's recordings in a manifest that gives each a part, in order."""
    names = sorted(path.name for path in (two_corpora / "berlin").iterdir())
    lines = [
        f"berlin/{name},{name[:2]},{part},emodb,{name[5]}"
        for name, part in zip(names, parts.split(), strict=True)
    ]
    manifest = two_corpora / "mine.csv"
    manifest.write_text("\n".join(("file,speaker,split,corpus,label", *lines)))
    return config.replace(data="", manifest=(str(manifest),))


def test_a_given_split_without_a_part_is_a_warning(config, two_corpora):
    parts = 3 * "train " + 3 * "Training " + 3 * "train " + 3 * "Test1 "
    found = prepare(given(config, two_corpora, parts), progress=False)
    drawn = [it for it in found.warnings if "no rows are given for valid" in it]
    assert len(drawn) == 1
    left_out = given(config, two_corpora, parts).replace(split="ignore")
    workdir = f"{found.workdir}-again"
    warnings = prepare(left_out.replace(workdir=workdir), progress=False).warnings
    assert warnings[0] == "emodb: its given split is left out (--split)."
    assert not any("no rows are given" in it for it in warnings)


def test_a_given_split_that_training_would_refuse_is_a_warning(config, two_corpora):
    parts = "test " + 5 * "train " + 3 * "valid " + 3 * "test "
    warnings = prepare(given(config, two_corpora, parts), progress=False).warnings
    (line,) = [it for it in warnings if "refuse" in it]
    expected = "Training would refuse the split: Speaker 'emodb/03' is in t"
    assert line.startswith(expected)
