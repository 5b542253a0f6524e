import pytest

from serjax.config import make_config
from serjax.methods import PAPER_APPROACHES as APPROACHES
from serjax.study.grid import (
    ALL_ATTRIBUTE_SETS,
    make_grid,
    parse_approaches,
    parse_attribute_sets,
    parse_seeds,
)


def names_of(grid):
    return [config.training.name for config in grid]


def test_all_is_the_papers_fifteen_sets_in_its_order():
    grid = make_grid(make_config(), ["multitask"], parse_attribute_sets("all"), [0])
    sets = [name.split("-")[1] for name in names_of(grid)]
    assert sets == (
        "C S G L C+S C+G C+L S+G S+L G+L C+S+G C+S+L C+G+L S+G+L C+S+G+L".split()
    )


def test_the_whole_grid_of_the_paper_is_46_models():
    grid = make_grid(make_config(), APPROACHES, ALL_ATTRIBUTE_SETS, [0])
    assert len(grid) == len(set(names_of(grid))) == 46


def test_the_baseline_is_trained_once_per_seed():
    grid = make_grid(
        make_config(), ["baseline", "reversal"], parse_attribute_sets("C,G"), [0, 3]
    )
    assert names_of(grid) == [
        "baseline-seed0",
        "reversal-C-seed0",
        "reversal-G-seed0",
        "baseline-seed3",
        "reversal-C-seed3",
        "reversal-G-seed3",
    ]


def test_runs_of_a_grid_differ_in_nothing_else():
    config = make_config(epochs=3, split_seed=5, approach="multitask", attributes="C")
    for run in make_grid(config, APPROACHES, [("gender",)], [1]):
        changed = {
            name
            for name, value in run.to_flat().items()
            if value != config.to_flat()[name]
        }
        assert changed <= {"approach", "attributes", "seed"}


def test_sets_are_read_in_any_order_and_by_letter_or_name():
    assert parse_attribute_sets("G+C, speaker,valence+L") == (
        ("corpus", "gender"),
        ("speaker",),
        ("language", "valence"),
    )


def test_a_column_of_a_manifest_stands_in_sets_under_its_name():
    sets = parse_attribute_sets("microphone,room.size+C,age-group")
    assert sets == (("microphone",), ("corpus", "room.size"), ("age-group",))
    grid = make_grid(make_config(), ["reversal"], sets, [0])
    assert names_of(grid) == [
        "reversal-microphone-seed0",
        "reversal-C+room.size-seed0",
        "reversal-age-group-seed0",
    ]


def test_approaches_are_put_in_the_papers_order():
    assert parse_approaches("adversarial,baseline") == ("baseline", "adversarial")


def test_seeds_keep_their_order():
    assert parse_seeds("3, 0,1") == (3, 0, 1)


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (parse_approaches, "", "expected some of baseline"),
        (parse_approaches, "baseline,GR", "unknown approach 'GR'"),
        (parse_approaches, "reversal,reversal", "named twice"),
        (parse_attribute_sets, "", "expected all, or sets such as"),
        (parse_attribute_sets, "C,,G", "expected all, or sets such as"),
        (parse_attribute_sets, "C+", "an attribute without a name"),
        (parse_attribute_sets, "C+C", "one is named twice"),
        (parse_attribute_sets, "C+G,G+C", "a set is named twice"),
        (parse_seeds, "", "expected numbers such as"),
        (parse_seeds, "0,-1", "expected numbers of 0 or more"),
        (parse_seeds, "one", "expected numbers of 0 or more"),
        (parse_seeds, "1,01", "a seed is given twice"),
    ],
)
def test_a_grid_that_cannot_be_read_is_refused(parse, text, message):
    with pytest.raises(ValueError, match=message):
        parse(text)
