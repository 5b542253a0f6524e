import json
import re
from typing import Any

import numpy as np
import pytest

from serjax.records.folder import StudyFiles, read_study
from serjax.reporting.breakdowns import breakdowns_section
from serjax.reporting.confusion import confusion_figure
from serjax.reporting.drawing import readable_on
from serjax.reporting.elements import Drawer, Figure, Table, Text, Warning
from tests.small_study import CLASSES, ROWS, speakers, write_run, write_study


def _blocks(study, kind) -> dict[Any, Any]:
    section = breakdowns_section(study)
    assert section is not None
    found = []
    for block in section.blocks:
        found += block.blocks if isinstance(block, Drawer) else [block]
    return {getattr(b, "name", b): b for b in found if isinstance(b, kind)}


def _read(table):
    """Its rows, each as column -> text."""
    names = [column.split(" (")[0] for column in table.columns]
    return [
        dict(zip(names, [cell.text for cell in row], strict=True)) for row in table.rows
    ]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"))


def test_gender_has_its_gap_and_its_counts(study):
    table = _blocks(study, Table)["gender-test"]
    assert "male (2 speakers, 12 utterances)" in table.columns
    row = _read(table)[0]
    # Men's positive ones are all called negative; both seeds are alike.
    cells = [row[name].split()[0] for name in ("female", "male", "gap")]
    assert cells == ["100.0", "66.7", "+33.3"]
    assert row["gap"] == "+33.3 (+33.3, +33.3)"
    assert (row["approach"], row["seeds"], row["collapsed"]) == ("baseline", "2", "1")


def test_there_is_a_table_by_corpus_and_language_where_there_are_several(study):
    names = _blocks(study, Table).keys()
    assert {"corpus-test", "language-test"} <= names
    assert not {"corpus-tess", "language-tess"} & names


def test_a_part_of_one_gender_is_told(study):
    words = [block.text for block in _blocks(study, Text).values()]
    assert "tess: gender is female throughout, so there is no gap." in words


def test_recall_has_each_seeds_value_or_an_interval_over_them(study):
    row = _blocks(study, Table)["recall-test"].rows[0]
    # Recalls 50 and 51: mean 50.5, t(1) 12.706 times 0.5.
    assert row[4].text == "50.5 (50.0, 51.0)"
    assert row[4].interval == pytest.approx((44.147, 56.853), abs=1e-3)


def test_confusion_is_drawn_of_each_configuration(study):
    figure = _blocks(study, Figure)["confusion-test"]
    for words in ("reversal", "predicted", "label", "positive", "50 %"):
        assert words in figure.svg
    assert "baseline 2 runs: negative 100 %" in figure.description


def test_speakers_are_in_a_drawer_with_approaches_side_by_side(study):
    table = _blocks(study, Table)["speaker-test"]
    assert list(table.columns[3:]) == ["baseline", "multitask", "reversal"]
    assert _read(table)[1]["baseline"] == "66.7 (66.7, 66.7)"


def test_one_seed_has_no_interval(tmp_path):
    write_run(tmp_path)
    row = _read(_blocks(read_study(tmp_path), Table)["gender-test"])[0]
    assert row["gap"] == "+33.3"
    assert row["seeds"] == "1"


def test_an_unknown_gender_and_any_speakers_name_are_shown(tmp_path):
    rows = []
    for part, name, gender, language, label, answer in ROWS:
        known = gender if name[0] == "a" else ""
        name = name.replace("a3", "aß3")
        rows.append((part, name, known, language, label, answer))
    write_run(tmp_path, rows=rows)
    tables = _blocks(read_study(tmp_path), Table)
    assert "unknown (2 speakers, 12 utterances)" in tables["gender-test"].columns
    assert _read(tables["speaker-test"])[1]["speaker"] == "aß3"
    assert "aß3" in _blocks(read_study(tmp_path), Figure)["speakers-test-figure"].svg


def test_a_missing_class_is_told_and_makes_no_gap(tmp_path):
    rows = [row for row in ROWS if row[2] == "male" or row[4] < 2]
    write_run(tmp_path, rows=rows)
    study = read_study(tmp_path)
    table = _blocks(study, Table)["gender-test"]
    assert "female (2 speakers, 8 utterances, 2 of 3 classes)" in table.columns
    assert _read(table)[0]["gap"] == "-"
    assert any("same classes" in it.text for it in _blocks(study, Warning).values())


def test_a_part_without_a_ua_is_left_out(tmp_path):
    path = write_run(tmp_path) / "result.json"
    result = json.loads(path.read_text())
    result["ua"]["tess"] = None
    path.write_text(json.dumps(result))
    names = _blocks(read_study(tmp_path), Table)
    assert "recall-test" in names
    assert "recall-tess" not in names


def test_one_speaker_is_no_matter(tmp_path):
    write_run(tmp_path, rows=speakers("test", ["a1"]))
    assert len(_blocks(read_study(tmp_path), Table)["speaker-test"].rows) == 1


def test_a_study_under_way_is_told(tmp_path):
    (tmp_path / "runs").mkdir()
    assert "No run has finished" in str(_blocks(read_study(tmp_path), Warning))
    folder = write_run(tmp_path)
    (folder / "result.json").unlink()
    assert "No run has finished" in str(_blocks(read_study(tmp_path), Warning))


def test_a_run_with_other_utterances_is_told_by_its_counts(study, tmp_path):
    other = write_run(tmp_path, seed=2, rows=[*ROWS, *speakers("test", ["a5"])])
    (run,) = [r for r in read_study(tmp_path).runs if r.folder == other]
    mixed = StudyFiles(tmp_path, None, (*study.runs, run))
    columns = _blocks(mixed, Table)["gender-test"].columns
    assert "female (2 to 3 speakers, 12 to 18 utterances)" in columns


def test_words_in_cells_contrast_with_them():
    assert readable_on(np.array([1.0, 1, 1, 1])) == "black"
    assert readable_on(np.array([0.03, 0.19, 0.42, 1])) == "white"


def test_a_class_without_a_label_has_a_count_and_no_percent():
    matrix = np.array([[2, 1, 0], [0, 3, 0], [0, 0, 0]])
    figure = confusion_figure("m", [matrix], ["<one>"], CLASSES)
    assert len(re.findall("%</text>|% *<", figure.svg)) >= 6
    assert "positive none" in figure.description
    assert "nan" not in figure.svg
    assert "<one>" not in figure.svg


def test_a_run_that_was_not_tested_on_a_part_is_not_counted_there(study, tmp_path):
    rows = [row for row in ROWS if row[0] != "ood"]
    write_run(tmp_path, "adversarial", ["gender"], rows=rows)
    mixed = StudyFiles(tmp_path, None, (*study.runs, *read_study(tmp_path).runs))
    tables = _blocks(mixed, Table)
    assert len(tables["recall-test"].rows) == 4
    assert len(tables["recall-tess"].rows) == 3
