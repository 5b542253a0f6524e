import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from serjax.analysis.paper import read_paper
from serjax.config import Config, attribute_set_name
from serjax.records.folder import Run, Status, StudyFiles
from serjax.reporting.elements import Table, Text, Warning
from serjax.reporting.paper_tables import paper_section
from serjax.reporting.writers import write_tables
from tests.made_records import (
    CLASSES,
    make_result_record,
    make_run_config,
    make_study_record,
)

NAMES = {"C": "corpus", "S": "speaker", "G": "gender", "L": "language"}


def make_run(
    approach="baseline",
    letters="",
    seed=0,
    status: Status = "finished",
    collapsed=(),
    last=0.0,
    alpha=0.25,
    **ua,
):
    """A run with UA per part (`crema_d`); `last` is what the last epoch's has more."""
    attributes = tuple(NAMES.get(n, n) for n in letters.split("+") if n)
    ua = {"test": 60.0} | {part.replace("_", "-"): it for part, it in ua.items()}
    result = make_result_record(
        alpha_at_best=0.0 if approach == "baseline" else alpha,
        alpha_last=0.0 if approach == "baseline" else 0.5,
        ua={"valid": 70.0, **ua},
        ua_last={
            "valid": 70.0,
            **{k: None if v is None else v + last for k, v in ua.items()},
        },
        collapsed={part: part in collapsed for part in ua},
    )
    name = f"{approach}-{attribute_set_name(attributes)}-seed{seed}"
    run = Run(Path("runs") / name, approach, attributes, seed, status)
    # As if they had been read.
    run.__dict__.update(result=result, config=make_run_config(Config()))
    return run


def make_study(*runs, **about):
    return StudyFiles(Path("study"), make_study_record(**about), runs)


def tables_of(study):
    blocks = paper_section(study).blocks
    return {block.name: block for block in blocks if isinstance(block, Table)}


def warnings_of(study):
    blocks = paper_section(study).blocks
    return [block.text for block in blocks if isinstance(block, Warning)]


def cells_of(table, *head):
    """The cells of the row that begins with these texts, by column."""
    (row,) = (r for r in table.rows if tuple(c.text for c in r[: len(head)]) == head)
    cells = zip(table.columns, row, strict=True)
    return dict(list(cells)[len(head) :])


def texts_of(table, *head):
    return [cell.text for cell in cells_of(table, *head).values()]


SMALL = make_study(
    make_run(seed=0, tess=50.0),
    make_run(seed=1, tess=52.0),
    make_run("multitask", "S", seed=0, tess=48.0, last=10.0),
    make_run("multitask", "S", seed=1, tess=50.0, last=10.0),
    make_run("reversal", "G+L", seed=0, tess=51.0, alpha=0.125),
    make_run("reversal", "G+L", seed=1, tess=54.0, alpha=0.375),
)


def test_table_2_has_our_mean_and_interval_with_the_papers_number_below():
    table = tables_of(SMALL)["table-2"]
    assert table.columns == ["corpus", "approach", "numbers", "C", "G", "S", "L"]
    assert [[c.text for c in row[:3]] for row in table.rows][:6] == [
        ["tess", "baseline", "ours, best"],
        ["tess", "baseline", "ours, last"],
        ["tess", "baseline", "paper"],
        ["tess", "MTL", "ours, best"],
        ["tess", "MTL", "ours, last"],
        ["tess", "MTL", "paper"],
    ]
    ours = ["-", "-", "49.0 (48.0, 50.0)", "-"]
    assert texts_of(table, "tess", "MTL", "ours, best") == ours
    assert texts_of(table, "tess", "MTL", "paper") == "48.90 35.13 52.25 54.73".split()
    assert (
        texts_of(table, "tess", "baseline", "ours, best") == ["51.0 (50.0, 52.0)"] * 4
    )
    assert texts_of(table, "tess", "baseline", "paper") == ["49.48"] * 4


def test_an_interval_is_students():
    values = [48.0, 50.0, 55.0, 51.0]
    runs = [make_run(seed=seed, tess=ua) for seed, ua in enumerate(values)]
    table = tables_of(make_study(*runs))["table-2"]
    cell = cells_of(table, "tess", "baseline", "ours, best")["C"]
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert cell.value == pytest.approx(np.mean(values))
    assert cell.interval == pytest.approx(tuple(expected))


def test_bold_is_over_our_own_baseline_at_the_same_epoch_and_the_papers_as_printed():
    table = tables_of(SMALL)["table-2"]
    # 49 against 51 at best, 59 against 51 at last.
    assert not cells_of(table, "tess", "MTL", "ours, best")["S"].bold
    assert cells_of(table, "tess", "MTL", "ours, last")["S"].bold
    printed = cells_of(table, "tess", "MTL", "paper")
    assert [name for name, cell in printed.items() if cell.bold] == ["S", "L"]
    baseline = [row for row in table.rows if row[1].text == "baseline"]
    assert not any(cell.bold for row in baseline for cell in row)


def test_table_3_has_the_papers_six_sets():
    table = tables_of(SMALL)["table-3"]
    assert tuple(table.columns[3:]) == read_paper().sets("Table 3")
    cell = cells_of(table, "tess", "GR", "ours, best")["G+L"]
    assert cell.text == "52.5 (51.0, 54.0)"
    assert cell.bold
    assert cells_of(table, "tess", "GR", "paper")["S+L"].text == "55.46"


def test_the_supplement_has_every_set_with_the_papers_number_where_there_is_one():
    study = make_study(*SMALL.runs, make_run("adversarial", "C+S", seed=0, tess=40.0))
    table = tables_of(study)["supplement"]
    heads = [row[1].text for row in table.rows if row[0].text == "tess"]
    assert heads[:6] == ["none (baseline)", "C", "S", "G", "L", "C+S"]
    assert texts_of(table, "tess", "G+L") == [
        *("-", "51.85"),
        *("52.5 (51.0, 54.0)", "52.79"),
        *("-", "52.40"),
    ]
    assert texts_of(table, "tess", "C+S") == ["-", "-", "-", "-", "40.0 (n=1)", "-"]
    last = tables_of(study)["supplement-last"]
    assert texts_of(last, "tess", "S")[0] == "59.0 (58.0, 60.0)"


def test_the_in_domain_values_stand_beside_those_of_the_papers_text():
    table = tables_of(SMALL)["in-domain"]
    assert texts_of(table, "in-domain", "none (baseline)")[:2] == [
        "60.0 (60.0, 60.0)",
        "59.32",
    ]
    assert texts_of(table, "in-domain", "S")[:4] == [
        *("60.0 (60.0, 60.0)", "-", "-", "59.98"),
    ]
    assert texts_of(table, "in-domain", "C+S+G+L")[3] == "56.53"


def test_every_number_of_the_paper_on_a_corpus_of_ours_stands_in_a_table():
    study = make_study(make_run(tess=50.0, crema_d=50.0))
    tables = tables_of(study)
    shown = {
        cell.text
        for name in ("table-2", "table-3")
        for row in tables[name].rows
        for cell in row
    }
    supplement = {c.text for row in tables["supplement"].rows for c in row}
    for it in read_paper().numbers.values():
        if it.part != "test":
            assert f"{it.ua:.2f}" in shown & supplement
        else:
            in_domain = {c.text for row in tables["in-domain"].rows for c in row}
            assert f"{it.ua:.2f}" in in_domain


def test_the_caption_tells_seeds_alphas_chance_and_whose_numbers():
    tables = tables_of(SMALL)
    assert "means over the seeds 0, 1 ±" in tables["table-3"].caption
    assert "95 % t interval" in tables["table-3"].caption
    assert "fewer than five seeds, each seed's value" in tables["table-3"].caption
    assert "Alpha at best: GR 0.12 to 0.38." in tables["table-3"].caption
    assert "Alpha at last: GR 0.50." in tables["table-3"].caption
    assert "Alpha at best: MTL 0.25." in tables["table-2"].caption
    assert "chance is 33.3" in tables["table-2"].caption
    for table in tables.values():
        assert "Paper: Parry et al. (Interspeech 2022), single runs" in table.caption


def test_other_unseen_corpora_have_no_number_of_the_papers_but_its_own_stand_below():
    study = make_study(
        make_run(emodb=40.0), make_run("reversal", "S", emodb=45.0, collapsed=["emodb"])
    )
    table = tables_of(study)["table-2"]
    kinds = [(row[0].text, row[2].text) for row in table.rows]
    assert ("emodb", "paper") not in kinds
    assert ("tess", "ours, best") not in kinds
    assert kinds.count(("tess", "paper")) == kinds.count(("crema-d", "paper")) == 4
    assert "tess and crema-d: the paper's numbers alone; these are other" in (
        table.caption
    )
    supplement = tables_of(study)["supplement"]
    assert texts_of(supplement, "emodb", "S")[2:4] == ["45.0 (n=1) †", "-"]
    assert texts_of(supplement, "tess", "S")[2:4] == ["-", "55.17"]


def test_one_seed_has_no_interval_and_says_so():
    table = tables_of(make_study(make_run(tess=50.0)))["table-2"]
    cell = cells_of(table, "tess", "baseline", "ours, best")["C"]
    assert (cell.text, cell.interval) == ("50.0 (n=1)", None)
    assert "one seed (0), so without an interval" in table.caption


def test_equal_values_have_no_interval():
    study = make_study(*[make_run(seed=seed, tess=100 / 3) for seed in range(5)])
    cell = cells_of(tables_of(study)["table-2"], "tess", "baseline", "ours, best")["C"]
    assert (cell.text, cell.interval) == ("33.3", None)


def test_a_collapsed_run_is_marked_and_stays_in_the_mean():
    runs = [make_run(seed=seed, tess=50.0, emodb=50.0) for seed in range(3)]
    runs += [
        make_run("reversal", "S", seed, tess=ua, emodb=60.0, collapsed=collapsed)
        for seed, (ua, collapsed) in enumerate(
            [(48.0, ()), (33.0, ("tess",)), (60.0, ())]
        )
    ]
    table = tables_of(make_study(*runs))["table-2"]
    cell = cells_of(table, "tess", "GR", "ours, best")["S"]
    assert cell.text.startswith("47.0 (48.0, 33.0, 60.0)")
    assert cell.text.endswith(" †")
    assert (
        cells_of(table, "emodb", "GR", "ours, best")["S"].text
        == "60.0 (60.0, 60.0, 60.0)"
    )
    (note,) = (note for note in table.notes if note.startswith("†"))
    assert note.endswith(": tess at best: GR S 1 of 3.")


def test_a_collapse_of_all_runs_is_noted_in_two_words():
    runs = [
        make_run(approach, set_name, tess=33.0, collapsed=("tess",))
        for approach, set_name in (("baseline", ""), ("reversal", "S"))
    ]
    table = tables_of(make_study(*runs))["table-2"]
    (note,) = (note for note in table.notes if note.startswith("†"))
    assert note.endswith(" there: tess at best: all runs.")


def test_a_failed_run_is_named_and_leaves_the_mean_to_the_others():
    runs = [make_run(seed=seed, tess=50.0) for seed in range(2)]
    runs += [
        make_run("reversal", "S", seed=0, status="failed"),
        make_run("reversal", "S", seed=1, tess=55.0),
        make_run("reversal", "L", seed=0, status="failed"),
        make_run("reversal", "G", seed=0, status="unfinished"),
        make_run("reversal", "G", seed=1, status="planned"),
    ]
    table = tables_of(make_study(*runs))["table-2"]
    line = ["-", "-", "55.0 (n=1)", "failed"]
    assert texts_of(table, "tess", "GR", "ours, best") == line
    failed = "Failed or broken, so in no mean: reversal-S-seed0, reversal-L-seed0."
    assert failed in table.notes
    assert "Not finished: 2 of 7 runs." in table.notes


def test_a_set_that_does_not_apply_says_why():
    reason = "corpus has one value in training: 'ravdess'"
    study = make_study(make_run(tess=50.0), not_applicable={"C": reason, "X": "?"})
    tables = tables_of(study)
    assert f"Not applicable: C ({reason})" in tables["table-2"].notes
    assert not any("Not applicable" in note for note in tables["table-3"].notes)


def test_what_the_paper_says_of_its_own_numbers_is_noted():
    tables = tables_of(SMALL)
    slip = (
        "The paper's MTL G+L on crema-d, 52.26, is not in bold there, with a baseline "
        "of 52.21."
    )
    assert slip in tables["table-3"].notes
    assert slip not in tables["table-2"].notes
    source = "The paper's baseline on tess is from its authors' study of 2019."
    assert source in tables["table-2"].notes
    assert source not in tables["in-domain"].notes


def test_what_the_paper_tells_without_a_number_is_noted_where_we_have_one():
    study = make_study(make_run(tess=50.0), make_run("reversal", "C+L", tess=51.0))
    tables = tables_of(study)
    told = (
        "Of GR C+L the paper says that it is over both of its baselines, and prints no "
        "number."
    )
    assert told in tables["supplement"].notes
    assert told not in tables["table-3"].notes
    assert told not in tables["in-domain"].notes


def test_a_study_without_an_unseen_corpus_has_in_domain_tables_and_a_warning():
    study = make_study(make_run(), make_run("multitask", "C", test=70.0))
    assert list(tables_of(study)) == ["in-domain", "in-domain-last"]
    (warning,) = warnings_of(study)
    assert "no unseen corpus" in warning


def test_a_study_in_which_nothing_has_finished_says_so():
    for study in (
        make_study(),
        make_study(make_run(status="planned"), make_run(status="failed", seed=1)),
    ):
        assert not tables_of(study)
        (warning,) = warnings_of(study)
        assert "No run has finished" in warning
        assert isinstance(paper_section(study).blocks[0], Text)


def test_without_a_baseline_nothing_of_ours_is_bold_and_a_warning_says_so():
    study = make_study(make_run("reversal", "S", tess=90.0))
    cells = cells_of(tables_of(study)["table-2"], "tess", "GR", "ours, best")
    assert cells["S"].text == "90.0 (n=1)"
    assert not cells["S"].bold
    assert "No baseline has finished" in warnings_of(study)[0]


def test_mixed_roles_stand_in_no_table_and_are_counted():
    study = make_study(make_run(tess=50.0), make_run("mixed", "S+G", tess=99.0))
    assert warnings_of(study) == [
        "Runs of what the paper does not have: mixed 1. They stand in no table here."
    ]
    values = {c.value for t in tables_of(study).values() for row in t.rows for c in row}
    assert 50.0 in values
    assert 99.0 not in values


def test_further_attributes_come_after_the_papers_in_the_supplement():
    study = make_study(
        make_run(tess=50.0),
        make_run("reversal", "device", tess=51.0),
        make_run("reversal", "S+device", tess=52.0),
    )
    table = tables_of(study)["supplement"]
    heads = [row[1].text for row in table.rows if row[0].text == "tess"]
    assert heads[:6] == ["none (baseline)", "C", "S", "G", "L", "device"]
    assert texts_of(table, "tess", "S+device")[2] == "52.0 (n=1)"


def test_a_part_without_a_ua_is_no_number():
    study = make_study(make_run(tess=None, emodb=50.0))
    table = tables_of(study)["table-2"]
    assert texts_of(table, "tess", "baseline", "ours, best") == ["-"] * 4


def test_other_classes_than_the_papers_are_a_warning():
    run = make_run(tess=50.0)
    config = make_run_config(Config(), classes=[*CLASSES, "surprised"])
    run.__dict__["config"] = config
    (warning,) = warnings_of(make_study(run))
    assert "neutral, positive, surprised. Its numbers and ours cannot" in warning


def test_all_tables_can_be_written(tmp_path):
    write_tables(tmp_path, tables_of(SMALL).values())
    assert len(list(tmp_path.iterdir())) == 6 * 3
    with (tmp_path / "table-2.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[3]["numbers"] == "ours, best"
    assert float(rows[3]["S"]) == 49.0
    assert float(rows[3]["S low"]) == pytest.approx(49.0 - 12.7062, abs=1e-3)
