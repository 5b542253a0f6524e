import csv
import io

from serjax.analysis.cells import summarise
from serjax.reporting.terminal import Table
from serjax.study.grid import ALL_ATTRIBUTE_SETS
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
    assert len(rows[0]) == 6 + 2 * 16
    assert rows[0]["ua_best"] == "60.5000"
    assert rows[0]["difference_best"] == ""
    # 55 - 60 and 46 - 61, averaged.
    assert rows[2]["difference_best"] == "-10.0000"


def test_an_empty_study_still_has_a_table():
    assert Table([], caption=["Nothing ran."]).text().startswith("Nothing ran.")
    assert Table([]).csv().startswith("approach,attributes,part")
    assert Table([]).markdown()


def test_a_significant_difference_is_starred_and_the_star_explained():
    plain = Table(summarise(whole_grid((0, 1, 2))))
    assert "*" not in plain.text()
    results = [make_result(seed=seed, test=60.0 + 3 * seed) for seed in range(6)]
    # Differences of 5.0, 5.1 ... 5.5: a t of 69 with 5 degrees of freedom.
    results += [
        make_result("reversal", ("corpus",), seed=seed, test=65.0 + 3.1 * seed)
        for seed in range(6)
    ]
    for text in (
        Table(summarise(results)).text(),
        Table(summarise(results)).markdown(),
    ):
        text = text.replace("\\", "")  # what Markdown has before a star
        assert "+5.2*" in text
        assert "*: differs from the baseline, p < 0.05" in text
        assert "+0.0*" not in text


def test_stars_keep_the_whole_grid_within_100_columns():
    results = whole_grid(range(6), last=-1.0)
    for result in results:
        if result["approach"] == "baseline":
            continue
        for key in ("ua", "ua_last"):
            result[key]["test"] += 8.99 * result["seed"] + result["seed"] % 2
            result[key]["tess"] -= 30 + result["seed"] % 3
    text = Table(summarise(results)).text()
    assert "*" in text.splitlines()[-1]
    assert len(text.split("\n\n")) == 3  # what the star means, test, tess
    assert max(map(len, text.splitlines())) <= 100
