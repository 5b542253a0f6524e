import csv
import io

from serjax.study.grid import ALL_ATTRIBUTE_SETS
from serjax.study.summary import Row, summarise
from serjax.study.table import Table
from tests.study.results import make_result


def whole_grid(seeds=(0,), **more):
    results = []
    for seed in seeds:
        results.append(make_result(seed=seed, test=60.0 + seed, **more))
        results += [
            make_result(approach, names, seed=seed, test=55.0 - 9 * seed, **more)
            for approach in ("multitask", "reversal", "adversarial")
            for names in ALL_ATTRIBUTE_SETS
        ]
    return results


def test_the_whole_grid_is_46_lines_of_at_most_100_columns():
    for seeds in ((0,), (0, 1, 2)):
        text = Table(summarise(whole_grid(seeds))).text()
        lines = text.strip().splitlines()
        assert len(lines) == 3 + 46
        assert max(map(len, lines)) <= 100


def test_a_line_shows_best_and_last_with_their_alphas_beside_the_baseline():
    results = [
        make_result(test=60.0),
        make_result("reversal", ("corpus", "speaker"), test=61.25, last=-3.0),
    ]
    text = Table(summarise(results), caption=["A caption."]).text()
    assert text.startswith("A caption.\n")
    cells = text.splitlines()[-1].replace("|", " ").split()
    reversal = "reversal C+S 1 0.25/0.50 61.2 +1.2 58.2 -1.8 0 50.0 +0.0 47.0 -3.0 0"
    assert cells == reversal.split()
    cells = text.splitlines()[-2].replace("|", " ").split()
    assert cells == "baseline - 1 - 60.0 - 60.0 - 0 50.0 - 50.0 - 0".split()


def test_more_unseen_corpora_make_further_blocks_and_no_wider_lines():
    results = whole_grid((0, 1))
    for result in results:
        for key in ("ua", "ua_last"):
            result[key] |= {"crema-d": 40.0, "emovo": 30.0}
    text = Table(summarise(results)).text()
    assert len(text.strip().split("\n\n")) == 2
    assert max(map(len, text.splitlines())) <= 100
    assert "crema-d" in text


def test_notes_stand_below_the_table():
    notes = ["Not applicable: C (corpus has one value in training: 'ravdess')"]
    table = Table(summarise([make_result()]), notes=notes)
    assert table.text().endswith(notes[0])
    assert table.markdown().endswith(f"- {notes[0]}\n")


def test_markdown_has_a_cell_for_every_column():
    lines = Table(summarise(whole_grid()), caption=["One.", "Two."]).markdown()
    rows = [line for line in lines.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 46
    assert len({row.count("|") for row in rows}) == 1
    assert "test best | test diff | test last" in rows[0]


def test_csv_has_all_numbers_and_reads_back():
    table = Table(summarise(whole_grid((0, 1))))
    rows = list(csv.DictReader(io.StringIO(table.csv())))
    assert len(rows) == 46 * 2
    assert list(rows[0]) == list(Row.__dataclass_fields__)
    assert rows[0]["ua_best"] == "60.5000"
    assert rows[0]["difference_best"] == ""
    # 55 - 60 and 46 - 61, averaged.
    assert rows[2]["difference_best"] == "-10.0000"


def test_an_empty_study_still_has_a_table():
    assert Table([], caption=["Nothing ran."]).text().startswith("Nothing ran.")
    assert Table([]).csv().startswith("approach,attributes,part")
    assert Table([]).markdown()
