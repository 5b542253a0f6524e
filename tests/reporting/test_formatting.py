import pytest

from serjax.analysis.statistics import mean_interval
from serjax.reporting.formatting import (
    describe_difference,
    difference_cell,
    mean_cell,
    p_cell,
    slug,
    ua_cell,
)


def test_a_mean_has_half_the_width_of_its_interval():
    # 50 and 51: mean 50.5, t(1) 12.706 times 0.5.
    cell = mean_cell([50.0, 51.0])
    assert (cell.text, cell.value) == ("50.5 ± 6.4", 50.5)
    assert cell.interval == pytest.approx((44.147, 56.853), abs=1e-3)
    assert mean_cell([50.0]).text == mean_cell([50.0, 50.0]).text == "50.0"
    assert mean_cell([]).text == "-"


def test_what_rounds_to_zero_has_no_minus():
    assert mean_cell([-0.04]).text == "0.0"
    assert mean_cell([-0.04], "+z.1f").text == "+0.0"
    assert difference_cell(-0.04, (-0.04, 0.2)).text == "+0.0 [+0.0, +0.2]"
    assert ua_cell(-0.04).text == "0.0"
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
