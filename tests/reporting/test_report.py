import json
import os
import re
import shutil

import pytest

from serjax.methods import METHODS
from serjax.records.folder import read_study
from serjax.reporting.adversary import adversary_section
from serjax.reporting.cautions import cautions
from serjax.reporting.corpora import data_section
from serjax.reporting.elements import Drawer, Listing, Table, Text, Warning
from serjax.reporting.environment import environment_section
from serjax.reporting.formatting import join_names
from serjax.reporting.opening import question_section
from serjax.reporting.page import named_elements
from serjax.reporting.protocol import protocol_section
from serjax.reporting.report import report
from serjax.reporting.results import results_section
from serjax.reporting.run_drawers import run_section, runs_section
from tests.study_files import write_study

ONE_SET = {"attribute_sets": [["corpus"]]}


def warnings_of(section):
    return [block.text for block in section.blocks if isinstance(block, Warning)]


def table_of(section, name):
    (table,) = [it for it in named_elements([section]) if it.name == name]
    assert isinstance(table, Table)
    return [[cell.text for cell in row] for row in table.rows]


def drawer_of(section, name):
    (drawer,) = [it for it in named_elements([section]) if it.name == f"runs-{name}"]
    assert isinstance(drawer, Drawer)
    return drawer


def times(folder):
    """When each file of a study or of its runs was written."""
    files = [folder / "study.json", *(folder / "runs").rglob("*.*")]
    return {path: path.stat().st_mtime_ns for path in files}


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """A study with its report: its folder, and its files' times before."""
    folder = tmp_path_factory.mktemp("reported") / "study"
    before = times(write_study(folder, seeds=[0], **ONE_SET))
    report(folder)
    return folder, before


def test_a_whole_study_is_told_without_a_warning(tmp_path):
    study = read_study(write_study(tmp_path, **ONE_SET))
    question, status, told = question_section(study).blocks
    assert isinstance(question, Text) and isinstance(status, Text)
    assert isinstance(told, Listing)
    assert "trained on emodb and ravdess, and tested on" in question.text
    assert "held out (test) and on tess, of which" in question.text
    assert status.text.startswith("6 of 6 runs are finished. The newest file is of 20")


def test_every_run_that_is_not_as_it_should_be_is_warned_of_by_name(tmp_path):
    folder = write_study(
        tmp_path,
        failed=["reversal-C-seed1"],
        unfinished=["reversal-C-seed0"],
        planned=["multitask-C-seed1"],
        collapsed=["baseline-seed1"],
    )
    (folder / "runs" / "baseline-seed0" / "predictions.csv").unlink()
    section = question_section(read_study(folder))
    status = section.blocks[1]
    assert isinstance(status, Text)
    assert (
        "6 of 10 runs are finished; 1 failed, 1 broken, 1 unfinished, 1 planned."
        in status.text
    )
    assert [text.split(" (")[0].split(":")[0] for text in warnings_of(section)] == [
        "1 run failed",
        "1 run broken",
        "1 run unfinished",
        "1 run planned",
        "1 run collapsed",
    ]
    assert warnings_of(section)[-1].endswith(": baseline-seed1.")


def test_one_seed_one_corpus_and_none_unseen_are_warned_of(tmp_path):
    folder = write_study(tmp_path, seeds=[0], trained=["emodb"], unseen=[])
    told = cautions(read_study(folder))
    assert [(text.split(":")[0], anchor) for text, anchor in told] == [
        ("One seed", "results"),
        ("No corpus is unseen", "data"),
        ("One corpus, emodb, is trained on", "data"),
        ("Speaker determines corpus", "data"),
        ("Fewer than 10 speakers", "speakers"),
    ]


def test_a_study_of_plans_alone_has_a_report_that_says_so(tmp_path):
    names = [f"{name}-seed0" for name in ("baseline", "multitask-C", "reversal-C")]
    folder = write_study(tmp_path, seeds=[0], planned=names, **ONE_SET)
    page = report(folder).read_text(encoding="utf-8")
    assert "0 of 3 runs are finished; 3 planned." in page
    assert "No run is finished: there is no result yet." in page


def test_the_data_are_those_of_study_json_with_their_confounds(tmp_path):
    section = data_section(read_study(write_study(tmp_path, **ONE_SET)))
    assert section is not None
    assert table_of(section, "data-parts")[-1] == [
        *("tess", "18", "0.02", "2"),
        *("6", "6", "6"),
    ]
    assert ["tess", "unseen", "18", "0.02", "2"] in table_of(section, "data-corpora")
    assert table_of(section, "data-associations") == [
        ["speaker", "corpus", "1.00"],
        ["speaker", "language", "-"],  # one language: nothing to measure
    ]
    assert warnings_of(section) == [
        "Speaker determines corpus: every speaker is in one."
    ]
    assert table_of(section, "data-skipped")[0][1] == "3"


def test_without_study_json_the_runs_tell_what_they_know_of_the_data(tmp_path):
    with_it = read_study(write_study(tmp_path / "with", **ONE_SET))
    without = read_study(write_study(tmp_path / "without", about=False, **ONE_SET))
    section, other = data_section(without), data_section(with_it)
    assert section is not None and other is not None
    ours, theirs = table_of(section, "data-parts"), table_of(other, "data-parts")
    assert ours[0] == ["train", "48", "-", "-", "-", "-", "-"]
    for mine, its in zip(ours[1:], theirs[1:], strict=True):
        assert [*mine[:2], *mine[3:]] == [*its[:2], *its[3:]]  # all but the hours
    assert "no study.json: the runs were trained one by one" in warnings_of(section)[0]


def test_the_protocol_has_the_settings_as_they_were_and_no_warning(tmp_path):
    section = protocol_section(read_study(write_study(tmp_path, epochs=5, **ONE_SET)))
    assert section is not None
    values = {row[0]: row[1] for row in table_of(section, "protocol-settings")}
    assert (values["epochs"], values["batch_size"]) == ("5", "8")
    assert values["label_map"] == "three-class"
    texts = [it.text for it in section.blocks if isinstance(it, Text)]
    needs = "Normalised by coefficient: beside the one utterance that is judged, this "
    assert f"{needs}needs nothing of an unseen corpus." in texts
    assert warnings_of(section) == []
    definitions, methods = (it for it in section.blocks if isinstance(it, Listing))
    for name in ("multitask", "reversal"):
        text = f"{name} ({METHODS[name].symbol}): the shared layers learn to"
        assert any(it.startswith(text) for it in methods.items)
    assert "chance is 33.33 %" in definitions.items[0]
    assert any("95% or more of the predictions" in item for item in definitions.items)


def test_runs_with_other_settings_among_them_are_warned_of(tmp_path):
    folder = write_study(tmp_path, **ONE_SET)
    path = folder / "runs" / "reversal-C-seed1" / "config.json"
    text = path.read_text()
    for old, new in (('"epochs": 4', '"epochs": 9'), ('"00000', '"10000')):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    section = protocol_section(read_study(folder))
    assert section is not None
    epochs, data = warnings_of(section)
    assert epochs.startswith("The runs differ in epochs: 4 (5 runs), 9 (1 run).")
    assert data.startswith("The runs differ in data set: 000000000000 (5 runs), 1000")


def test_every_run_has_its_line_and_every_configuration_its_drawer(tmp_path):
    folder = write_study(
        tmp_path,
        collapsed=["baseline-seed1"],
        failed=["reversal-C-seed0"],
        unfinished=["reversal-C-seed1"],
        planned=["multitask-C-seed1"],
        **ONE_SET,
    )
    section = runs_section(read_study(folder))
    assert section is not None
    lines = {row[0]: row[3:] for row in table_of(section, "runs-all")}
    assert [line[0] for line in lines.values()] == [
        *("finished", "finished", "finished", "planned", "failed", "unfinished"),
    ]
    assert lines["baseline-seed1"][-2] == "valid, test, tess"
    assert lines["baseline-seed0"][2:4] == ["-", "-"]  # alpha is not the baseline's
    assert lines["multitask-C-seed0"][2:4] == ["0.10", "0.10"]
    assert set(lines["reversal-C-seed0"][1:]) == {"-"}

    drawer = drawer_of(section, "baseline")
    assert drawer.title == "baseline: 2 finished"
    configs = [folder / "runs" / f"baseline-seed{it}" / "config.json" for it in (0, 1)]
    commands = [f"python -m experiments.train --config={it}" for it in configs]
    assert drawer.blocks[-1] == Listing(commands, code=True)
    rows = table_of(section, "baseline-parts")
    assert [row[:2] for row in rows[3:]] == [
        ["baseline-seed1", part] for part in ("valid", "test", "tess")
    ]
    assert rows[4][-1] == "best, last"  # it collapsed
    reversal = drawer_of(section, "reversal-C")
    assert reversal.title == "reversal C: 1 failed, 1 unfinished"
    (failed,) = warnings_of(reversal)
    assert failed.startswith("reversal-C-seed0: The loss is nan")
    assert Text("reversal-C-seed1: 2 of 4 epochs are done.") in reversal.blocks
    assert drawer_of(section, "multitask-C").title == (
        "multitask-C-seed0: test 86.1 %, tess 83.3 %"
    )


def test_a_drawer_has_its_runs_curves_and_a_run_alone_its_confusions(tmp_path):
    write_study(tmp_path, seeds=[0], **ONE_SET)
    section = runs_section(read_study(tmp_path))
    assert section is not None
    names = [it.name for it in named_elements([drawer_of(section, "baseline")])]
    assert "curves-baseline-seed0" in names
    study = read_study(tmp_path / "runs" / "baseline-seed0")
    section = run_section(study)
    confusion = study.runs[0].result.confusion
    assert list(confusion) == ["valid", "test", "tess"]
    for part, matrix in confusion.items():
        table = table_of(section, f"run-confusion-{part}")
        assert [row[0] for row in table] == ["negative", "neutral", "positive"]
        for cells, counts in zip(table, matrix, strict=True):
            assert cells[1:] == [f"{n} ({100 * n / sum(counts):.0f} %)" for n in counts]


def test_other_versions_and_devices_among_the_runs_are_warned_of(tmp_path):
    versions = {"reversal-C-seed1": {"jax": "0.11.0"}}
    folder = write_study(tmp_path, versions=versions, **ONE_SET)
    section = environment_section(read_study(folder))
    assert warnings_of(section) == [
        "The runs were made with several jax: 0.10.2 (5 runs), 0.11.0 (1 run)."
    ]
    assert ["jax", "0.10.2, 0.11.0", "-"] in table_of(section, "versions")
    assert section.blocks[-1] == Listing(
        [
            "python -m experiments.study --epochs=4",
            f"python -m experiments.report --workdir={folder}",
        ],
        code=True,
    )


def test_the_same_files_give_the_same_page_and_nothing_else_is_touched(reported):
    folder, before = reported
    first = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    assert report(str(folder)).read_bytes() == first
    assert before.items() <= times(folder).items()


def test_the_newest_file_of_a_study_is_told_of(tmp_path):
    folder = write_study(tmp_path, seeds=[0], **ONE_SET)
    os.utime(folder / "study.json", (4e9, 4e9))
    status = question_section(read_study(folder)).blocks[1]
    assert isinstance(status, Text)
    assert "The newest file is of 2096-10-02 07:06 UTC." in status.text


def test_a_report_is_made_from_whatever_is_there(reported, tmp_path):
    whole, _ = reported
    # Files of the baseline, on which the others rest, and the study's own.
    gone = ("study.json", "embeddings.npz"), ("metrics.jsonl", "predictions.csv")
    for number, names in enumerate((*gone, ("result.json",))):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        for name in names:
            own = "" if name == "study.json" else "runs/baseline-seed0"
            (folder / own / name).unlink()
        page = report(folder).read_text(encoding="utf-8")
        assert re.search(r"[23] of [23] runs are finished", page), names


def test_runs_with_a_garbled_file_are_told_of_and_the_others_stand(tmp_path):
    garbled = {
        "multitask": "config.json",
        "reversal": "metrics.jsonl",
        "adversarial": "result.json",
    }
    folder = write_study(tmp_path, approaches=[*garbled], seeds=[0], **ONE_SET)
    for approach, file in garbled.items():
        (folder / "runs" / f"{approach}-C-seed0" / file).write_text("{oh\n")
    page = report(folder).read_text(encoding="utf-8")
    assert "1 of 4 runs are finished; 3 broken." in page
    for approach, file in garbled.items():
        told = page[page.index(f"<summary>{approach}-C-seed0: broken") :]
        assert f"{file} " in told.partition("</details>")[0]


def test_tables_and_figures_that_a_report_no_longer_has_go_and_others_stay(
    reported, tmp_path
):
    folder = shutil.copytree(reported[0], tmp_path / "study")
    names = ("confusion-tess.svg", "answer.svg", "answer.png", "answer.pdf")
    gone = [folder / "figures" / name for name in names]
    gone += [folder / "tables" / f"recall-tess.{end}" for end in ("md", "csv", "tex")]
    kept = [folder / "tables" / "ua.csv", folder / "figures" / "mine.svg"]
    for path in kept:
        path.write_text("mine")
    assert all(path.exists() for path in gone)
    for run in (folder / "runs").iterdir():
        (run / "result.json").unlink()
    report(folder)
    assert not any(path.exists() for path in gone)
    assert [path.read_text() for path in kept] == ["mine", "mine"]
    assert (folder / "tables" / "runs-all.csv").exists()


def test_a_folder_that_cannot_be_written_to_is_told_before_the_work(
    tmp_path, monkeypatch
):
    folder = write_study(tmp_path, seeds=[0], **ONE_SET)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OSError, match="cannot be written to.*Copy the study"):
        report(folder)


def test_runs_of_an_earlier_grid_are_said_to_have_another_command(tmp_path):
    folder = write_study(tmp_path, **ONE_SET)
    path = folder / "study.json"
    about = json.loads(path.read_text())
    about["runs"] = [run for run in about["runs"] if run["seed"] == 1]
    path.write_text(json.dumps(about))
    (text,) = warnings_of(environment_section(read_study(folder)))
    earlier = "baseline-seed0, multitask-C-seed0, reversal-C-seed0"
    assert f"these 3 runs, which were begun before: {earlier}." in text


def test_a_batch_size_that_is_set_is_told_before_any_run_has_begun(tmp_path):
    names = [f"{name}-seed0" for name in ("baseline", "multitask-C", "reversal-C")]
    folder = write_study(tmp_path, seeds=[0], planned=names, **ONE_SET)
    section = protocol_section(read_study(folder))
    assert section is not None
    values = {row[0]: row[1] for row in table_of(section, "protocol-settings")}
    assert values["batch_size"] == "16"  # preset demo's


def test_names_of_any_kind_are_shown_as_they_are(tmp_path):
    folder = write_study(
        tmp_path,
        approaches=[],
        seeds=[0],
        trained=["mäuse & <b>men</b>"],
        unseen=["my corpus/1"],
        speakers=("$x_{", "$"),
    )
    page = report(folder).read_text(encoding="utf-8")
    assert (folder / "tables" / "recall-my-corpus-1.md").exists()
    assert "my corpus/1/$x_{" in (
        folder / "figures" / "speakers-my-corpus-1-figure.svg"
    ).read_text("utf-8")
    assert "mäuse &amp; &lt;b&gt;men&lt;/b&gt;" in page
    assert "<b>men" not in page


def test_bold_is_above_the_baseline_in_every_table_and_its_caption(reported):
    page = (reported[0] / "report.html").read_text("utf-8")
    tables = re.findall(r'<div class="table".*?</div>\n</div>', page, re.DOTALL)
    tables = tables or re.findall(r'<div class="table".*?</table>', page, re.DOTALL)
    bold = [table for table in tables if "<b>" in table]
    assert bold
    for table in bold:
        assert "Bold: above the baseline" in table
    assert page.count("Bold: ") == page.count("Bold: above the baseline")


def test_a_run_alone_has_its_page_without_a_studys_sections(tmp_path):
    folder = write_study(tmp_path, seeds=[0]) / "runs" / "reversal-C+S-seed0"
    page = report(folder).read_text("utf-8")
    titles = re.findall(r'<h2 id="[\w-]+-title">(.*?)</h2>', page)
    assert titles == [
        "The run",
        "Breakdowns",
        "Is the adversary alive?",
        "The data",
        "The protocol",
        "The environment",
    ]
    assert "reversal-C+S-seed0: test " in page
    assert f"--config={folder / 'config.json'}" in page
    tables = {path.stem for path in (folder / "tables").glob("*.md")}
    assert {"run-parts", "run-confusion-test", "recall-tess", "adversary"} <= tables
    assert not {name for name in tables if name.startswith(("results", "table-"))}
    assert (folder / "figures" / "confusion-test.svg").exists()
    assert len(read_study(tmp_path).finished) == 5  # the study sees no other runs


@pytest.mark.parametrize("state", ["failed", "unfinished", "broken"])
def test_a_run_alone_that_is_not_finished_has_its_page(tmp_path, state):
    names = {state: ["baseline-seed0"]} if state != "broken" else {}
    folder = write_study(tmp_path, seeds=[0], **names) / "runs" / "baseline-seed0"
    if state == "broken":
        (folder / "predictions.csv").unlink()
    page = report(folder).read_text("utf-8")
    assert f"baseline-seed0: {state}" in page
    assert "nothing to break down" not in page


def test_a_run_alone_that_collapsed_is_told_of_with_what_may_help(tmp_path):
    collapsed = {"seeds": [0], "collapsed": ["baseline-seed0"]}
    folder = write_study(tmp_path, **collapsed) / "runs" / "baseline-seed0"
    section = run_section(read_study(folder))
    told = "\n".join(it.text for it in section.blocks if isinstance(it, Text | Warning))
    assert "Collapsed on test, tess: one class has" in told
    assert "test negative 33 %, neutral 33 %, positive 33 %" in told


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no study"):
        report(tmp_path)
    assert not list(tmp_path.iterdir())


def test_names_are_joined_as_they_are_read():
    assert join_names(["a", "b", "c"]) == "a, b and c"
    assert join_names(["a"]) == "a"
    assert join_names([]) == "none"


def test_sections_of_corpora_held_out_in_turn_name_each_element_once(tmp_path):
    study = tmp_path / "study"
    for out, trained in (("emovo", ["emodb", "tess"]), ("tess", ["emodb", "emovo"])):
        plan = {"approaches": ["ganin", "reversal"], "attribute_sets": [("corpus",)]}
        write_study(tmp_path / out, trained=trained, unseen=[out], about=False, **plan)
        shutil.move(tmp_path / out / "runs", study / "runs" / out)
        for path in study.glob(f"runs/{out}/*/config.json"):
            record = json.loads(path.read_text())
            record["settings"] |= {"protocol": "leave_one_out", "held_out": [out]}
            path.write_text(json.dumps(record))
    found = read_study(study)
    sections = [it for it in (adversary_section(found), results_section(found)) if it]
    names = [(type(it).__name__, it.name) for it in named_elements(sections)]
    assert ("Table", "over-corpora") in names
    assert ("Figure", "adversary-ganin") in names
    assert len({*names}) == len(names)
