from pathlib import Path

import pytest

from serjax.corpora.labels import LabelTable
from serjax.corpora.manifest import read_manifest
from serjax.corpora.utterance import Skip, Utterance

LABELS = LabelTable(
    {"mine": {"hap": "positive", "neu": "neutral"}},
    classes=("negative", "neutral", "positive"),
)


@pytest.fixture
def read(tmp_path: Path):
    """Write a Kaldi folder `mine` and read it; a None leaves a file out."""

    def write_and_read(**files: str | None):
        standard = {
            "wav_scp": "u1 wav/a.wav\nu2 /corpora/my files/b.wav\n",
            "utt2spk": "u1 s1\nu2 s2\n",
            "utt2emo": "u1 hap\nu2 neu\n",
        }
        folder = tmp_path / "mine"
        folder.mkdir()
        for name, text in {**standard, **files}.items():
            if text is not None:
                (folder / name.replace("_", ".")).write_text(text)
        return read_manifest(folder, LABELS)

    return write_and_read


def test_the_tables_of_a_folder_are_joined(read):
    reading = read(spk2gender="s1 f\ns2 m\n", utt2lang="u1 en\n")
    assert reading.utterances == [
        Utterance("wav/a.wav", "mine", "hap", "positive", "mine/s1", "female", "en"),
        Utterance(
            "/corpora/my files/b.wav", "mine", "neu", "neutral", "mine/s2", "male"
        ),
    ]
    assert reading.skipped == []


def test_segments_cut_recordings_into_utterances(read):
    rows = read(
        segments="x1 u1 0 1.5\nx2 u1 1.5 -1\n",
        utt2spk="x1 s1\nx2 s1\n",
        utt2emo="x1 hap\nx2 neu\n",
    ).utterances
    assert [(row.file, row.start_s, row.end_s, row.label) for row in rows] == [
        ("wav/a.wav", 0, 1.5, "hap"),
        ("wav/a.wav", 1.5, None, "neu"),
    ]


@pytest.mark.parametrize("name", ["utt2emo", "utt2emotion", "utt2label"])
def test_labels_are_found_under_the_names_that_are_in_use(read, name):
    files = {"utt2emo": None, name: "u1 hap\nu2 neu\n"}
    assert [row.label for row in read(**files).utterances] == ["hap", "neu"]


@pytest.mark.parametrize("lacking", ["utt2emo", "utt2spk"])
def test_what_only_one_table_lists_is_a_listed_skip(read, lacking):
    reading = read(
        **{"utt2emo": "u1 hap\nu2 neu\nu3 neu\n", lacking: "u1 hap\nu3 neu\n"}
    )
    assert [row.file for row in reading.utterances] == ["wav/a.wav"]
    reason = f"utterance u2: {lacking} lacks it"
    assert reading.skipped == [
        Skip("/corpora/my files/b.wav", reason, "mine"),
        Skip("u3", "utt2emo lists it, but no recording is named so", "mine"),
    ]


def test_a_folder_may_be_given_by_its_wav_scp(read, tmp_path: Path):
    reading = read()
    again = read_manifest(tmp_path / "mine" / "wav.scp", LABELS)
    assert again.utterances == reading.utterances


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"utt2spk": None}, "has a wav.scp, but no utt2spk"),
        ({"utt2emo": None}, "but no utt2emo or utt2emotion or utt2label"),
        ({"wav_scp": ""}, "lists nothing: its wav.scp is empty"),
        ({"wav_scp": "u1\n"}, "wav.scp line 1: 'u1'; expected a key"),
        ({"utt2emo": "u1 hap\n\nu1 neu\n"}, "utt2emo line 3: 'u1 neu'; expected a key"),
        ({"segments": "x1 u9 0 1\n"}, "segments line 1: 'u9 0 1'; expected a recordin"),
        ({"segments": "x1 u1 0\n"}, "segments line 1: 'u1 0'; expected a recording"),
        ({"utt2emo": "u1 envy\nu2 hap\n"}, "mine/wav.scp line 1: No class .* 'envy'"),
    ],
)
def test_a_folder_that_cannot_be_read_is_refused(read, files, message):
    with pytest.raises(ValueError, match=message):
        read(**files)
