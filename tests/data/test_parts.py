import dataclasses

import numpy as np
import pytest

from serjax.data import Dataset, FeatureStore, Recording
from serjax.data.parts import describe_parts, note_parts
from serjax.data.splits import split_by_speaker
from tests.data.conftest import CLASSES


@pytest.fixture
def make_dataset():
    """Makes a data set of rows, 600.4 s each, with two out-of-domain corpora."""

    def make(rows, split="strict"):
        ood = ("tess", "toronto")
        return Dataset(
            utterances=tuple(rows),
            recordings=(Recording(16_000, 1, 600.4, -20.0, 0.0, 0.0),) * len(rows),
            store=FeatureStore.join([np.zeros((1, 2), np.float32)] * len(rows), 2),
            parts=split_by_speaker(rows, ood, 0, split),
            labels=np.array([CLASSES.index(row.emotion) for row in rows], np.int32),
            classes=CLASSES,
            attributes={},
            inapplicable={},
            skipped=(),
            paths={},
            identity="",
            ood=ood,
        )

    return make


def test_the_tables_have_the_parts_and_the_corpora(make_dataset, make_corpus):
    rows = make_corpus("savee", ["male"] * 4) + make_corpus("emodb", ["male"] * 10)
    # 'positive' is the last row of each speaker.
    rows = rows[:-1] + make_corpus("tess", ["female"] * 2)
    rows += make_corpus("toronto", ["male"])
    rows[-1] = dataclasses.replace(rows[-1], speaker=None)
    rows[-9] = dataclasses.replace(rows[-9], speaker=None)
    assert describe_parts(make_dataset(rows)).splitlines() == [
        "part     utterances  h:mm:ss  speakers  negative  neutral  positive",
        "train            29  4:50:12        10        10       10         9",
        "valid             6  1:00:02         2         2        2         2",
        "test              6  1:00:02         2         2        2         2",
        "tess              6  1:00:02        2?         2        2         2",
        "toronto           3  0:30:01        1?         1        1         1",
        "",
        "h:mm:ss / speakers        train        valid         test",
        "emodb               3:50:09 / 8  0:30:01 / 1  0:30:01 / 1",
        "savee               1:00:02 / 2  0:30:01 / 1  0:30:01 / 1",
    ]


def test_one_corpus_has_no_table_of_corpora(make_dataset, make_corpus):
    text = describe_parts(make_dataset(make_corpus("emodb", ["male"] * 10)))
    assert len(text.splitlines()) == 6
    assert "toronto           0  0:00:00         0" in text


def test_notes_say_what_is_given_and_who_is_shared(make_dataset, make_corpus):
    rows = make_corpus("emodb", ["male"] * 7)
    assert not note_parts(make_dataset(rows, "shared_heldout"))
    mine = make_corpus("mine", ["male"] * 3, part="test")
    mine[1] = dataclasses.replace(mine[1], speaker=None)
    rows += mine + make_corpus("tess", ["female"], part="train")
    rows += make_corpus("savee", ["male"] * 4)
    given, unknown, shared, ood = note_parts(make_dataset(rows, "shared_heldout"))
    assert given == "mine: split as given"
    assert unknown.startswith("mine: 1 utterances have no known speaker")
    assert shared.startswith("savee: valid and test share speakers: savee/0")
    assert ood == "tess: out-of-domain, so the split given for it is not used"


def test_notes_say_who_was_drawn_for_a_part_that_was_not_given(
    make_dataset, make_corpus
):
    rows = make_corpus("mine", ["male"] * 3, part="train")
    rows[:3] = [dataclasses.replace(row, part="test") for row in rows[:3]]
    given, drawn = note_parts(make_dataset(rows))
    assert given == "mine: split as given"
    assert drawn.startswith("mine: no rows are given for valid, so speakers of the gi")
    assert drawn.endswith(("mine/01", "mine/02"))


def test_a_data_set_is_shown_by_its_counts(make_dataset, make_corpus):
    shown = repr(make_dataset(make_corpus("emodb", ["male"] * 10)))
    assert shown == "Dataset(30 utterances: 24 train, 3 valid, 3 test, 0 ood)"
