import csv
import math

import numpy as np
import pytest
from scipy.stats.contingency import association, crosstab

from serjax.data.attributes import attribute_columns
from serjax.preparation.confounds import (
    find_confounds,
    measure_pair,
    write_confounds,
)


def test_a_two_by_two_table_gives_the_worked_values():
    # Counts [[3, 1], [1, 3]]: chi squared is 8 * (9 - 1)^2 / 4^4 = 2, so V is
    # sqrt(2 / 8) = 1/2. H(a) = H(b) = 1 bit, and H(a|b) = H(1/4) = 0.811278 bits.
    a = list("xxxxyyyy")
    b = list("uuuvuvvv")
    pair = measure_pair("a", "b", a, b)
    assert pair.rows == 8
    assert pair.cramers_v == pytest.approx(0.5)
    assert pair.entropy_a == pair.entropy_b == pytest.approx(1.0)
    assert pair.entropy_a_given_b == pytest.approx(0.811278, abs=1e-6)
    assert pair.entropy_b_given_a == pytest.approx(0.811278, abs=1e-6)
    assert pair.determined == ()


def test_v_is_scipys():
    rng = np.random.default_rng(0)
    a = rng.integers(0, 5, 300)
    b = (a * rng.integers(0, 2, 300) + rng.integers(0, 3, 300)) % 4
    table = crosstab(a, b).count
    pair = measure_pair("a", "b", list(map(str, a)), list(map(str, b)))
    assert pair.cramers_v == pytest.approx(association(table, "cramer"))


def test_what_determines_another_leaves_exactly_nothing_of_it():
    # Sevenths do not add up exactly; 0 is counted, not subtracted.
    speakers = [f"s{row % 7}" for row in range(7 * 13)]
    genders = ["female" if int(name[1]) < 4 else "male" for name in speakers]
    pair = measure_pair("gender", "speaker", genders, speakers)
    assert pair.entropy_a_given_b == 0
    assert pair.entropy_b_given_a == pytest.approx(
        4 / 7 * math.log2(4) + 3 / 7 * math.log2(3)
    )
    assert pair.cramers_v == pytest.approx(1.0)
    assert pair.determined == (("speaker", "gender"),)


def test_a_single_value_has_no_v_and_is_determined_by_nothing():
    pair = measure_pair("a", "b", ["x"] * 4, list("uuvv"))
    assert pair.cramers_v is None
    assert pair.entropy_a == pair.entropy_a_given_b == 0
    assert pair.determined == ()


def test_only_rows_with_both_known_count():
    pair = measure_pair("a", "b", ["x", None, "y", "x"], ["u", "u", "v", None])
    assert pair.rows == 2
    assert pair.cramers_v == pytest.approx(1.0)
    nothing = measure_pair("a", "b", ["x", None], [None, "u"])
    assert (nothing.rows, nothing.cramers_v) == (0, None)


def test_two_attributes_of_thousands_of_values_fit_in_memory():
    # A table of all cells would take 20,000^2 * 8 bytes = 3.2 GB.
    names = [f"n{row}" for row in range(20_000)]
    pair = measure_pair("text", "name", names, names[::-1])
    assert pair.cramers_v == pytest.approx(1.0)


def test_every_pair_is_written_once(tmp_path, make_rows):
    rows = make_rows("a", "en", ["female", "male"]) + make_rows("b", "de", ["male"])
    confounds = find_confounds(attribute_columns(rows))
    write_confounds(tmp_path / "confounds.csv", confounds)
    with (tmp_path / "confounds.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    head = "attribute_a attribute_b rows cramers_v entropy_a entropy_b"
    assert list(table[0]) == f"{head} entropy_a_given_b entropy_b_given_a".split()
    names = [(row["attribute_a"], row["attribute_b"]) for row in table]
    assert len(set(names)) == len(names) == 10  # of 5 attributes
    by_name = dict(zip(names, table, strict=True))
    assert by_name["corpus", "language"]["cramers_v"] == "1.000000"
    assert by_name["speaker", "language"]["entropy_b_given_a"] == "0.000000"
