from collections import Counter

import pytest

from serjax.analysis.paper import ABBREVIATIONS, read_paper
from serjax.methods import PAPER_APPROACHES as APPROACHES

PAPER = read_paper()


def test_every_number_that_the_paper_prints_is_there():
    # Three approaches on two corpora with 4 and with 6 sets, the two baselines, and the
    # text's 59.32, 59.98, 60.34 and 56.53 on the in-domain test set.
    counts = Counter(it.source for it in PAPER.numbers.values())
    assert counts == {"Table 2": 24, "Table 3": 36, "Tables 2 and 3": 2, "Sec. 5": 4}
    assert PAPER.unseen == ("tess", "crema-d")
    assert all(33 < it.ua < 61 for it in PAPER.numbers.values())


def test_the_approaches_and_the_order_of_columns_are_the_papers():
    assert tuple(ABBREVIATIONS) == APPROACHES
    assert PAPER.sets("Table 2") == ("C", "G", "S", "L")
    assert PAPER.sets("Table 3") == tuple("S+G S+L G+L C+G+L C+S+L C+S+G+L".split())


@pytest.mark.parametrize(
    ("part", "approach", "set_name", "ua", "bold"),
    [
        ("tess", "baseline", "-", 49.48, False),
        ("crema-d", "baseline", "-", 52.21, False),
        ("test", "baseline", "-", 59.32, False),
        ("tess", "multitask", "L", 54.73, True),
        ("tess", "adversarial", "L", 33.29, False),
        ("crema-d", "reversal", "G", 53.99, True),
        ("tess", "reversal", "S+L", 55.46, True),
        ("crema-d", "adversarial", "C+S+G+L", 47.15, False),
        ("test", "multitask", "G+L", 60.34, False),
    ],
)
def test_single_numbers_are_as_printed(part, approach, set_name, ua, bold):
    printed = PAPER.numbers[part, approach, set_name]
    assert (printed.ua, printed.bold) == (ua, bold)


def test_what_the_paper_does_not_print_is_not_made_up():
    for set_name in ("C+G", "C+S", "C+L", "C+S+G", "S+G+L"):
        for part in ("tess", "crema-d", "test"):
            assert (part, "reversal", set_name) not in PAPER.numbers
    assert ("emodb", "baseline", "-") not in PAPER.numbers


def test_bold_is_over_the_baseline_but_for_the_one_slip_of_the_paper():
    (slip,) = PAPER.inconsistent
    assert (slip.part, slip.approach, slip.set_name) == ("crema-d", "multitask", "G+L")
    assert not slip.bold
    bold = Counter((it.part, it.approach) for it in PAPER.numbers.values() if it.bold)
    assert bold == {
        ("tess", "multitask"): 4,
        ("tess", "reversal"): 8,
        ("tess", "adversarial"): 5,
        ("crema-d", "multitask"): 1,
        ("crema-d", "reversal"): 5,
        ("crema-d", "adversarial"): 2,
    }


def test_the_sets_that_beat_both_baselines_agree_with_the_tables():
    def beats_both(set_name):
        return all(PAPER.numbers[p, "reversal", set_name].bold for p in PAPER.unseen)

    printed = {*PAPER.sets("Table 2"), *PAPER.sets("Table 3")}
    named = set(PAPER.reversal_beats_both)
    assert len(PAPER.reversal_beats_both) == len(named) == 6
    assert named & printed == {name for name in printed if beats_both(name)}
    # These two have numbers in the supplement alone.
    assert named - printed == {"C+L", "C+S+G"}
