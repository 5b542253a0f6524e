import pytest

from serjax.corpora.utterance import Utterance
from serjax.data.given.entry import Entry, Source
from serjax.data.given.joining import describe_names, join_entries


def utterance(file, *times, corpus="a"):
    return Utterance(file, corpus, "x", "x", None, None, None, *times)


def join(utterances, *entries, root="", base=None, frames=False):
    """Of each utterance the keys of its entries, or the reason that it has none."""
    source = Source()
    source.entries = [Entry(f"k{n}", *it) for n, it in enumerate(entries)]
    source.base, source.lists_frames = base, frames
    paths = {it.file: f"/data/{it.file}" for it in utterances}
    joined = join_entries(utterances, paths, source, root)
    return [it if isinstance(it, str) else [e.key for e in it] for it in joined]


@pytest.mark.parametrize(
    "name",
    [
        "e/x.1.wav",
        "e/x.1",
        "/data/e/x.1.wav",
        "../e/x.1",
        "x.1",
        "a-x.1",
        "e\u0301/x.1",
    ],
)
def test_a_recording_is_found_by_path_or_stem(name, tmp_path):
    file = "é/x.1.wav" if "\u0301" in name else "e/x.1.wav"
    base = type(tmp_path)("/data/feats")
    assert join([utterance(file)], (name,), base=base) == [["k0"]]


def test_a_name_with_another_folder_is_not_taken_for_a_stem():
    assert "no features" in join([utterance("e/x.wav")], ("f/x",))[0]
    assert join([utterance("e/x.wav")], ("/old/e/x.wav",), root="/old") == [["k0"]]
    assert join([utterance("e/x.wav")], ("x.wav",), root="e") == [["k0"]]


def test_a_stem_of_two_recordings_is_nobodys():
    rows = [utterance("e/x.wav"), utterance("f/x.wav"), utterance("g/y.wav")]
    first, second, third = join(rows, ("x",), ("y",))
    assert first == "k0 may be its features or those of f/x.wav"
    assert second == "k0 may be its features or those of e/x.wav"
    assert third == ["k1"]
    assert join(rows[:2], ("x",), ("e/x",), ("f/x",)) == [["k1"], ["k2"]]


def test_two_keys_of_one_recording_are_told():
    (reason,) = join([utterance("e/x.wav")], ("e/x",), ("e/x.wav",))
    assert reason == "two of the features are its: k1 and k0"
    (reason,) = join([utterance("e/x.wav")], ("e/x",), ("e/x",))
    assert reason == "two of the features are its: k0 and k1"
    rows = [utterance("x.wav", 1.0, 2.0)]
    (reason,) = join(rows, ("x", 1.0, 2.0), ("x", 1.0002, 2.0))
    assert reason == "two of the features are its: k0 and k1"


def test_a_stretch_is_found_by_its_times():
    rows = [utterance("x.wav", 0.5, 1.23456), utterance("x.wav", 3.0)]
    entries = ("x", 0.5, 1.235), ("x", 3.0, 9.0), ("x",), ("x", 4.0, 9.0)
    assert join(rows, *entries) == [["k0"], ["k1"]]
    assert join([utterance("x.wav")], *entries) == [["k2"]]
    assert "but of k0" in join([utterance("x.wav", 7.0, 8.0)], *entries)[0]
    # EmoBox gives times to recordings of one utterance.
    assert join([utterance("x.wav", 0.0, 1.5)], ("x",)) == [["k0"]]


def test_rows_of_a_table_are_frames_in_the_order_of_time():
    entries = [("x", 0.1 * n, 0.1 * n + 0.25) for n in (2, 0, 1, 3)]
    assert join([utterance("x.wav")], *entries, frames=True) == [
        ["k1", "k2", "k0", "k3"]
    ]
    rows = [utterance("x.wav", 0.1, 0.5)]
    assert join(rows, *entries, frames=True) == [["k2", "k0"]]
    (reason,) = join([utterance("x.wav")], *entries, entries[0], frames=True)
    assert reason == "two of the features are its: k0 and k4"


def test_the_most_similar_name_is_shown():
    told = describe_names("e/wav/x.wav", ["q/wav/y", "/old/e/wav/x.wav"])
    assert told.endswith(
        "'/old/e/wav/x.wav': a prefix differs. Give --features_root=/old."
    )
    told = describe_names("e/wav/x.wav", ["f/wav/x"])
    assert told.endswith("they begin differently, with 'e' and with 'f'.")
    assert describe_names("e/x.wav", ["z"]).endswith("the features 'z'.")
