import csv
import dataclasses
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from serjax.config import DataSettings, make_config
from serjax.corpora import read_corpora
from serjax.corpora.emodb import EmoDb
from serjax.corpora.tess import Tess
from serjax.data import usable
from serjax.data.attributes import encode_attributes
from serjax.data.batches import bucket_lengths, epoch_batches
from serjax.data.dataset import load_dataset
from serjax.data.splits import PARTS, split_by_speaker
from serjax.data.tables import write_skipped, write_splits


def test_rows_labels_parts_and_features_belong_together(load):
    data = load()
    files = [row.file for row in data.utterances]
    assert files == sorted(files)
    assert len(files) == len(data.parts) == len(data.labels) == len(data.store.lengths)
    assert data.labels.dtype == np.int32
    assert [data.classes[label] for label in data.labels] == [
        row.emotion for row in data.utterances
    ]
    assert data.ood == ("tess",)
    assert not data.skipped


def test_what_analyses_read_of_a_data_set_keeps_its_name_and_form(load):
    data = load()
    assert all(Path(data.paths[it.file]).is_file() for it in data.utterances)
    assert data.store.frames.shape == (data.store.offsets[-1], data.store.dims)
    assert data.store.frames.dtype == np.float32
    assert len(data.store.offsets) == len(data.labels) + 1
    assert data.store.offsets.dtype == np.int64
    assert data.classes == ("negative", "neutral", "positive")


def test_older_runs_know_data_by_the_settings_of_the_log_mel_spectrogram(load):
    data = load()
    header = {
        "sample_rate_hz": 16_000,
        "num_mels": 40,
        "window_ms": 25.0,
        "hop_ms": 10.0,
        "fft_size": 512,
        "log_floor": 1e-6,
        "normalisation": "coefficient",
        "channel": ["first"],
        "classes": data.classes,
    }
    parts = [json.dumps(header, sort_keys=True)]
    for row, part in zip(data.utterances, data.parts, strict=True):
        content = hashlib.sha256(Path(data.paths[row.file]).read_bytes()).hexdigest()
        parts.append(
            json.dumps([dataclasses.asdict(row), content, part], sort_keys=True)
        )
    assert data.identity == hashlib.sha256("".join(parts).encode()).hexdigest()


def test_rows_are_chosen_by_part_and_by_corpus(load):
    data = load()
    parts = [data.rows(part) for part in ("train", "valid", "test", "ood")]
    assert [len(rows) for rows in parts] == [18, 6, 6, 12]
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(42))
    assert len(data.rows("ood", "emodb")) == 0
    assert list(data.evaluation_parts()) == ["valid", "test", "tess"]
    np.testing.assert_array_equal(data.evaluation_parts()["tess"], data.rows("ood"))


def test_what_training_never_saw_is_a_missing_label(load):
    data = load()
    speaker = data.attributes["speaker"]
    trained = {data.utterances[row].speaker for row in data.rows("train")}
    assert speaker.values == tuple(sorted(trained, key=str))
    for row, label in enumerate(speaker.labels):
        known = data.parts[row] == "train"
        assert (label >= 0) == known
        assert not known or speaker.values[label] == data.utterances[row].speaker
    # Genders were seen in training, so those of held-out rows are known.
    assert (data.attributes["gender"].labels >= 0).all()


def test_an_attribute_with_one_value_in_training_is_inapplicable(load):
    data = load()
    assert list(data.attributes) == ["speaker", "gender"]
    assert list(data.inapplicable) == ["corpus", "language"]
    assert data.inapplicable["corpus"] == "corpus has one value in training: 'emodb'"


def test_further_columns_are_attributes_after_the_papers(make_corpus):
    rows = make_corpus("a", ["male", "female"], extra=(("room", "1"), ("age", None)))
    rows += make_corpus("b", ["female"], extra=(("room", "2"),))
    rows += make_corpus("c", ["female"])
    parts = ["ood" if row.corpus == "c" else "train" for row in rows]
    attributes, inapplicable = encode_attributes(rows, parts)
    assert list(attributes) == ["corpus", "speaker", "gender", "room"]
    assert attributes["room"].values == ("1", "2")
    np.testing.assert_array_equal(
        attributes["room"].labels, [0] * 6 + [1] * 3 + [-1] * 3
    )
    assert inapplicable["age"] == "age is unknown for every training row"


def test_the_same_data_have_the_same_identity_wherever_they_lie(load, corpora):
    first = load().identity
    assert load().identity == first
    assert load(seed=5).identity == first
    assert load(split_seed=3).identity != first
    assert load(normalisation="utterance").identity != first
    corpora.rename(corpora.with_name("moved"))
    corpora.symlink_to("moved")
    assert load().identity == first


def test_unusable_recordings_are_left_out_and_listed(load, corpora, tmp_path):
    whole = load()
    (corpora / "emodb/wav/03a01Wa.wav").write_text("no audio")
    data = load()
    assert len(data.utterances) == len(whole.utterances) - 1
    assert [skip.file for skip in data.skipped] == ["emodb/wav/03a01Wa.wav"]
    assert data.identity != whole.identity
    write_skipped(tmp_path / "skipped.csv", data.skipped)
    with (tmp_path / "skipped.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert list(row) == ["file", "reason"]
    assert row["reason"].startswith("does not decode")


def test_a_corpus_without_a_usable_recording_is_refused(load, corpora):
    for path in (corpora / "tess").iterdir():
        path.write_text(path.name)
    with pytest.raises(ValueError, match=r"No usable recording of .* tess"):
        load()


def test_the_same_recording_in_training_and_test_is_refused(load, corpora):
    data = load()
    train = corpora / data.utterances[data.rows("train")[0]].file
    unseen = corpora / data.utterances[data.rows("ood")[0]].file
    unseen.write_bytes(train.read_bytes())
    with pytest.raises(ValueError, match="are the same recording"):
        load()


class EmoDbWithSplit(EmoDb):
    """Emo-DB with a split of its publisher's: `part_of` a speaker, or training."""

    part_of: ClassVar = {"emodb/03": "test", "emodb/08": "valid"}

    def read(self, tree, files, labels):
        reading = super().read(tree, files, labels)
        reading.utterances = [
            dataclasses.replace(row, part=self.part_of.get(str(row.speaker), "train"))
            for row in reading.utterances
        ]
        return reading


def test_a_given_split_is_used(load):
    data = load(readers=(EmoDbWithSplit(), Tess()))
    for part, speakers in (
        ("test", {"emodb/03"}),
        ("valid", {"emodb/08"}),
        ("train", {"emodb/09", "emodb/10", "emodb/11"}),
    ):
        assert {data.utterances[row].speaker for row in data.rows(part)} == speakers
    assert data.identity != load().identity


def test_validation_and_test_share_a_speaker_where_that_is_asked(load):
    data = load(split="shared_heldout")
    assert [len(data.rows(part)) for part in ("train", "valid", "test")] == [24, 3, 3]
    held = [*data.rows("valid"), *data.rows("test")]
    assert len({data.utterances[row].speaker for row in held}) == 1
    # Two texts of each of three emotions: one of each in a half.
    for part in ("valid", "test"):
        assert sorted(data.labels[data.rows(part)]) == [0, 1, 2]


def test_splits_csv_has_the_part_of_every_file(load, tmp_path):
    data = load()
    write_splits(tmp_path / "splits.csv", data)
    with (tmp_path / "splits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {"file": row.file, "part": part}
        for row, part in zip(data.utterances, data.parts, strict=True)
    ]
    assert [path.name for path in tmp_path.glob("*.tmp")] == []


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"ood": ("crema-d",)}, "crema-d"),
        ({"channel": ("mean", "tes:first")}, "tes"),
    ],
)
def test_an_absent_corpus_is_refused_before_features_are_computed(
    load, monkeypatch, settings, name
):
    monkeypatch.delattr(usable, "store_features")
    message = f"no corpus '{name}' in the data; present are emodb, tess"
    with pytest.raises(ValueError, match=message):
        load(**settings)


def test_genders_of_epst_without_epst_are_refused(load, tmp_path):
    table = tmp_path / "speakers.csv"
    table.write_text("speaker,gender\ncc,f\n")
    with pytest.raises(ValueError, match=r"epst_speakers=.*no corpus 'epst' in the da"):
        load(epst_speakers=str(table))


def test_a_channel_may_be_chosen_of_a_corpus_that_is_there(load):
    assert load(channel=("first", "tess:mean")).notes == ()


def test_past_the_memory_budget_the_same_data_are_mapped(load, tmp_path):
    held, mapped = load(), load(memory_budget_gb=1e-6)
    assert not isinstance(held.store.frames, np.memmap)
    assert isinstance(mapped.store.frames, np.memmap)
    np.testing.assert_array_equal(mapped.store.frames, held.store.frames)
    assert mapped.identity == held.identity
    assert len(list((tmp_path / "c" / "features" / "joined").iterdir())) == 1


def test_the_data_room_loads_no_jax():
    code = "import serjax.data, sys; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ravdess_is_split_into_20_2_and_2_speakers(corpora_folder):
    rows = read_corpora(DataSettings(data=str(corpora_folder))).utterances
    parts = split_by_speaker(rows, ("emodb",), 0)
    speakers = {
        part: {
            (row.speaker, row.gender)
            for row, its in zip(rows, parts, strict=True)
            if its == part
        }
        for part in PARTS
    }
    assert [len(them) for them in speakers.values()] == [20, 2, 2, 10]
    for part in ("valid", "test"):
        assert {gender for _, gender in speakers[part]} == {"female", "male"}


@pytest.mark.slow
def test_ravdess_and_emodb_load_whole(corpora_folder, tmp_path):
    config = make_config(
        data=str(corpora_folder), ood=("emodb",), cache_dir=str(tmp_path / "cache")
    )
    data = load_dataset(config, progress=False)
    sizes = {part: len(rows) for part, rows in data.evaluation_parts().items()}
    assert sizes == {"valid": 120, "test": 120, "emodb": 535}
    assert not data.skipped
    assert len(data.attributes["speaker"].values) == 20
    train, lengths = data.rows("train"), data.store.lengths
    batches = epoch_batches(train, lengths, bucket_lengths(lengths[train], 4), 8, 0, 0)
    computed = sum(batch.rows.size * batch.num_frames for batch in batches)
    assert computed / lengths[train].sum() < 1.08
    assert load_dataset(config, progress=False).identity == data.identity


def test_a_channel_names_its_corpus_in_any_case(load):
    mixed = load(channel=("first", "TESS:mean"))
    assert mixed.recordings == load(channel=("first", "tess:mean")).recordings
