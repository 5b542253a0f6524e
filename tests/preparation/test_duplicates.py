import dataclasses

from serjax.corpora.utterance import Utterance
from serjax.preparation.duplicates import (
    find_duplicates,
    warn_of_duplicates,
    write_duplicates,
)


def row(file, speaker="s/1", emotion="neutral", **more):
    corpus = speaker.partition("/")[0]
    return Utterance(file, corpus, "n", emotion, speaker, **more)


def test_files_of_one_content_are_found_once_each(tmp_path):
    rows = [row("a.wav"), row("b.wav"), row("c.wav"), row("d.wav")]
    found = find_duplicates(rows, ["1", "2", "1", "1"], "pqpp")
    assert [(it.file, it.same_as) for it in found] == [
        ("c.wav", "a.wav"),
        ("d.wav", "a.wav"),
    ]
    assert warn_of_duplicates(found) == [
        "2 files are copies of another, in bytes or in samples: c.wav is the same "
        "recording as a.wav."
    ]
    write_duplicates(tmp_path / "duplicates.csv", found)
    text = (tmp_path / "duplicates.csv").read_text()
    assert text == "file,same_as\nc.wav,a.wav\nd.wav,a.wav\n"


def test_another_encoding_of_the_same_samples_is_a_copy():
    rows = [row("a.wav"), row("b.flac"), row("c.wav")]
    (found,) = find_duplicates(rows, ["1", "2", "3"], ["x", "x", "y"])
    assert (found.file, found.same_as) == ("b.flac", "a.wav")


def test_segments_of_one_file_are_no_duplicates():
    rows = [row("a.wav", end_s=1.0), row("a.wav", start_s=1.0)]
    assert find_duplicates(rows, ["1", "1"], ["x", "y"]) == ()
    copies = [*rows, *(dataclasses.replace(it, file="b.wav") for it in rows)]
    assert len(find_duplicates(copies, ["1"] * 4, ["x", "y"] * 2)) == 1


def test_a_copy_in_another_corpus_or_of_another_speaker_or_label_is_worse():
    rows = [row("a.wav"), row("b.wav", "s/2"), row("c.wav", "t/1", "positive")]
    lines = warn_of_duplicates(find_duplicates(rows, ["1", "1", "1"], "xxx"))
    assert len(lines) == 4
    assert lines[1].startswith("1 of these copies has another corpus")
    assert lines[2].startswith("2 of these copies have another speaker")
    assert lines[3].startswith("1 of these copies has another emotion")
    assert lines[3].endswith("c.wav and a.wav.")


def test_no_duplicates_are_no_warning():
    assert warn_of_duplicates(find_duplicates([row("a.wav")], ["1"], ["x"])) == []
