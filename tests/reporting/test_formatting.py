import pytest

from serjax.analysis.statistics import mean_interval
from serjax.reporting.formatting import (
    DIFFERENCE,
    UA,
    describe_difference,
    mean_cell,
    p_cell,
    seeds_cell,
    slug,
)


def test_a_mean_has_half_the_width_of_its_interval():
    # sd 1.5811, over the root of 5 0.7071; t(4) 2.776.
    cell = mean_cell([50.0, 51.0, 52.0, 53.0, 54.0])
    assert (cell.text, cell.value) == ("52.0 ± 2.0", 52.0)
    assert cell.interval == pytest.approx((50.037, 53.963), abs=1e-3)
    assert mean_cell([50.0]).text == mean_cell([50.0] * 5).text == "50.0"
    assert mean_cell([]).text == "-"


@pytest.mark.parametrize("n", [2, 3, 4])
def test_of_fewer_than_five_seeds_each_ones_value_is_written(n):
    values = [50.0, 51.0, 60.0, 70.0][:n]
    found = mean_interval(values)
    written = f"({', '.join(f'{it:.1f}' for it in values)})"
    cells = seeds_cell(found, UA), mean_cell(values)
    for cell in cells:
        assert cell.text == f"{found.mean:.1f} {written}"
        assert cell.interval == found.interval  # in the CSV as ever
    signed = "(" + ", ".join(f"{it:+.1f}" for it in values) + ")"
    assert describe_difference(found) == f"{found.mean:+.1f} {signed}"


def test_of_five_seeds_the_interval_is_written_with_what_is_marked():
    found = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert seeds_cell(found, DIFFERENCE, "*").text == "+3.0* [+1.0, +5.0]"
    assert describe_difference(found) == "+3.0 (+1.0 to +5.0)"
    assert seeds_cell(mean_interval([]), UA).text == "-"
    assert seeds_cell(mean_interval([50.0]), UA).text == "50.0"


def test_what_rounds_to_zero_has_no_minus():
    assert mean_cell([-0.04]).text == "0.0"
    assert mean_cell([-0.04], "+z.1f").text == "+0.0"
    two = mean_interval([-0.04, -0.02])
    assert seeds_cell(two, DIFFERENCE).text == "+0.0 (+0.0, +0.0)"
    assert describe_difference(mean_interval([-0.04])) == "+0.0"


def test_a_p_is_never_written_as_zero():
    assert [p_cell(p).text for p in (0.0, 0.0004, 0.032, 1.0, None)] == [
        "<0.001",
        "<0.001",
        "0.032",
        "1.000",
        "-",
    ]


def test_a_part_of_any_name_can_be_a_file():
    assert slug("crema-d") == "crema-d"
    assert slug("a/b ä") == "a-b-ä"
