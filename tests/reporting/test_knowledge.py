from typing import Any

import pytest

from serjax.records.folder import read_study
from serjax.reporting.elements import Figure, Table, Text, Warning
from serjax.reporting.knowledge import _judge, knowledge_section
from tests.small_study import ROWS, speakers, write_run, write_study


def _blocks(study, kind) -> dict[Any, Any]:
    section = knowledge_section(study)
    assert section is not None
    found = [block for block in section.blocks if isinstance(block, kind)]
    return {getattr(block, "name", block): block for block in found}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"))


def test_each_attribute_has_a_table_beside_chance(study):
    tables = _blocks(study, Table)
    for pool in ("seen", "all"):
        for name in ("corpus", "speaker", "gender", "language", "emotion"):
            assert f"probe-{name}-{pool}" in tables
    table = tables["probe-corpus-seen"]
    assert table.columns[3] == "best: balanced accuracy (chance 50.0)"
    assert table.columns[6] == "last: cross-entropy (chance 0.693)"
    assert len(table.rows) == 3
    # Multitask shows the corpus at best, the baseline does not.
    assert table.rows[1][3].value > table.rows[0][3].value + 20


def test_the_speakers_folds_are_told_apart(study):
    tables = _blocks(study, Table)
    assert "share speakers but no utterance" in tables["probe-speaker-seen"].caption
    assert "keep each speaker whole" in tables["probe-gender-seen"].caption


def test_silhouettes_are_in_a_table(study):
    row = _blocks(study, Table)["silhouette-seen"].rows[1]
    assert row[3].value > 0.3


def test_words_compare_with_the_baseline_of_the_same_seed(study):
    words = " ".join(block.text for block in _blocks(study, Text).values())
    assert "Corpus, in runs trained with it" in words
    assert "multitask C +" in words
    assert "Gender, in runs" not in words


def test_a_difference_beyond_its_interval_is_less_or_more():
    assert _judge([-10, -11, -12]) == ("Knows less", " -11.0 (-10.0, -11.0, -12.0)")
    assert _judge([-10, -11, -12, -11, -11])[1] == " -11.0 ± 0.9"
    assert _judge([10, 11, 12])[0] == "Knows more"
    assert _judge([-10, 11, 3])[0] == "Not told apart"
    assert _judge([-10])[0] == "No interval, too few seeds"
    assert _judge([])[0] == "No baseline of the same seed"


def test_the_figure_shows_approaches_by_attribute(study):
    figure = _blocks(study, Figure)["probes-seen"]
    assert "above chance" in figure.svg
    assert "multitask: corpus" in figure.description
    assert "multitask: corpus, gender" not in figure.description


def test_one_seed_one_corpus_and_one_speaker_are_no_matter(tmp_path):
    write_run(tmp_path, rows=speakers("test", ["a1"], each=9))
    study = read_study(tmp_path)
    words = [block.text for block in _blocks(study, Warning).values()]
    each = "negative, neutral, positive have 1 speaker each"
    assert words == [f"No probe of emotion: {each}."]
    assert not _blocks(study, Table)


def test_values_left_out_are_noted(tmp_path):
    rows = [*ROWS, *speakers("valid", ["a51"], each=1)]
    write_run(tmp_path, rows=rows)
    notes = _blocks(read_study(tmp_path), Table)["probe-speaker-seen"].notes
    assert notes == ["Left out: a51 has 1 utterance."]


def test_a_study_under_way_is_told(tmp_path):
    folder = write_run(tmp_path)
    (folder / "result.json").unlink()
    assert "No run has finished" in str(_blocks(read_study(tmp_path), Warning))
