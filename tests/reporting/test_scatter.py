import csv

import numpy as np
import pytest

from serjax.analysis.projection import EmbeddedRows
from serjax.reporting.drawing import to_svg
from serjax.reporting.scatter import (
    Panel,
    draw_projection,
    make_panel,
    write_projection,
)


def draw(values, num_panels=1):
    values = np.array(values)
    points = np.random.default_rng(0).standard_normal((len(values), 2))
    panel = Panel("mine", points, {"who": "0.25"})
    return to_svg(draw_projection([panel] * num_panels, {"who": values}))


def test_every_value_has_one_entry_in_one_legend():
    svg = draw(["emodb", "ravdess", "", "emodb"], num_panels=3)
    for name in ("emodb", "ravdess", "unknown", "by who"):
        assert svg.count(f">{name}</text>") == 1, name
    assert svg.count(">silhouette 0.25</text>") == 3
    assert "others" not in svg


def test_what_looks_like_mathematics_or_markup_or_a_hidden_label_is_a_name():
    svg = draw(["$x$", "_hidden", "<b>", "Zoë/日本"])
    for name in ("$x$", "_hidden", "&lt;b&gt;", "Zoë/日本"):
        assert f">{name}</text>" in svg, name


def test_of_many_values_the_most_frequent_are_named():
    values = [f"speaker{n:02}" for n in range(30)] + ["speaker29"] * 3
    svg = draw(values)
    assert ">speaker29</text>" in svg
    assert ">18 others</text>" in svg
    assert svg.count(">speaker") == 12


def test_five_hundred_rows_in_twelve_panels_are_a_file_of_moderate_size():
    rng = np.random.default_rng(0)
    columns = {name: rng.choice(list("abcdef"), 500) for name in ("x", "y", "z")}
    points = rng.standard_normal((500, 2))
    panels = [Panel("mine", points, dict.fromkeys(columns, "0.00"))] * 4
    assert len(to_svg(draw_projection(panels, columns))) < 400_000


def test_a_dead_embedding_is_said_to_be_one():
    columns = {"who": np.array(["a", "a", "b"])}
    panel = make_panel("dead", np.ones((3, 4)), np.zeros((3, 2)), columns)
    assert ">all rows are equal</text>" in to_svg(draw_projection([panel], columns))


@pytest.fixture
def rows():
    """Five rows, of which one's gender is unknown."""
    return EmbeddedRows(
        files=np.array([f"Zoë/{n}.wav" for n in range(5)]),
        starts_s=np.arange(5.0),
        columns={
            "corpus": np.array(["mine"] * 5),
            "gender": np.array(["female", "male", "", "male", "female"]),
        },
        embeddings=np.random.default_rng(0).standard_normal((5, 6)),
    )


def test_the_table_has_the_rows_that_are_drawn(tmp_path, rows):
    assert write_projection(tmp_path, rows, "mine", ["gender"], max_points=4) == 4
    with (tmp_path / "tsne.csv").open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    assert header == ["file", "start", "x", "y", "corpus", "gender"]
    assert len(lines) == 4
    number = int(float(lines[0][1]))
    assert lines[0][0] == f"Zoë/{number}.wav"
    assert lines[0][5] == rows.columns["gender"][number]
    assert (tmp_path / "tsne.svg").read_text("utf-8").startswith("<svg")


def test_an_attribute_that_nobody_knows_is_refused(tmp_path, rows):
    with pytest.raises(ValueError, match="'mood' to colour by.*corpus, gender"):
        write_projection(tmp_path, rows, "mine", ["gender", "mood"])
    assert not list(tmp_path.iterdir())
