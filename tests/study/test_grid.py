import numpy as np
import pytest

from serjax.config import Role, make_config
from serjax.methods import PAPER_APPROACHES as APPROACHES
from serjax.study.grid import (
    ALL_ATTRIBUTE_SETS,
    make_grid,
    parse_approaches,
    parse_attribute_sets,
    parse_roles,
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


def test_baseline_and_svm_are_trained_once_per_seed():
    approaches = parse_approaches("reversal,svm,baseline")
    grid = make_grid(make_config(), approaches, parse_attribute_sets("C,G"), [0, 3])
    assert names_of(grid) == [
        "baseline-seed0",
        "svm-seed0",
        "reversal-C-seed0",
        "reversal-G-seed0",
        "baseline-seed3",
        "svm-seed3",
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
        (parse_approaches, "", "approaches='': expected some of baseline"),
        (parse_approaches, "baseline,GR", "GR': expected some of baseline, svm, multi"),
        (parse_approaches, "reversal,reversal", "each once"),
        (parse_approaches, "mixed", "approaches='mixed': expected some of"),
        (parse_approaches, 5, "approaches=5: expected some of"),
        (parse_approaches, [["reversal"]], "expected some of baseline"),
        (parse_attribute_sets, "", "expected all, or sets such as"),
        (parse_attribute_sets, "C+", r"attribute_sets='C\+': expected all, or sets"),
        (parse_attribute_sets, "C+C", "one is named twice"),
        (parse_attribute_sets, "C+G,G+C", "sets such as C,G,C.G, each once"),
        (parse_attribute_sets, [()], "expected all, or sets such as"),
        (parse_attribute_sets, 5, "attribute_sets=5: expected a text, got a whole"),
        (parse_seeds, "", "seeds='': expected numbers of 0 or more"),
        (parse_seeds, "0,-1", "expected numbers of 0 or more"),
        (parse_seeds, -1, "seeds=-1: expected numbers of 0 or more"),
        (parse_seeds, "one", "expected numbers of 0 or more"),
        (parse_seeds, "1,01", "each once"),
        (parse_seeds, "0-3,2", "each once"),
        (parse_seeds, "3-1", "seeds='3-1': expected numbers"),
        (parse_seeds, "0-" + 30 * "9", "expected numbers of 0 or more"),
        (parse_seeds, [0.5], r"seeds=\[0.5\]: expected numbers"),
        (parse_seeds, [True], r"seeds=\[True\]: expected numbers"),
        (parse_seeds, None, "seeds=None: expected numbers"),
        (parse_roles, "speaker", "roles: cannot read 'speaker'"),
        (parse_roles, 5, "roles: cannot read 5"),
        (parse_roles, ["S:reversal,S:multitask"], "one is named twice"),
        (parse_roles, ["S:reversal", "speaker:reversal"], "each once"),
        (parse_roles, ["S:off"], "not only of off"),
        (parse_roles, [Role("S", "reversal"), Role("G", "ganin")], "expected sets"),
        (parse_roles, "S:reversal:2", "alpha of speaker=2.0: expected a number from"),
    ],
)
def test_a_grid_that_cannot_be_read_is_refused(parse, text, message):
    with pytest.raises(ValueError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("value", "seeds"),
    [
        ("0-3", (0, 1, 2, 3)),
        ("7,0,2-4", (7, 0, 2, 3, 4)),
        ("5-5", (5,)),
        (3, (3,)),
        (np.int64(3), (3,)),
        (range(2), (0, 1)),
        (np.arange(2), (0, 1)),
        ([0, np.int32(4)], (0, 4)),
        (["0-1", 3], (0, 1, 3)),
        ({2, 0}, (0, 2)),
    ],
)
def test_seeds_are_read_of_text_of_numbers_and_of_ranges(value, seeds):
    found = parse_seeds(value)
    assert found == seeds and all(type(seed) is int for seed in found)


def test_what_is_read_of_text_is_read_of_lists_too():
    assert parse_approaches(["reversal", "baseline"]) == ("baseline", "reversal")
    sets = parse_attribute_sets("S,G,S+G")
    for same in (["S", "G", "S+G"], [("S",), ["gender"], ("G", "speaker")], sets):
        assert parse_attribute_sets(same) == sets
    assert parse_attribute_sets(ALL_ATTRIBUTE_SETS) == parse_attribute_sets("all")
    roles = parse_roles("S:reversal,G:multitask:0.2")
    for same in (
        ["gender:multitask:0.2, speaker:reversal"],
        {"speaker": "reversal", "G": ("multitask", 0.2)},
        [{"speaker": "reversal", "gender": "multitask:0.2"}],
        [[Role("speaker", "reversal"), Role("gender", "multitask", 0.2)]],
        roles,
    ):
        assert parse_roles(same) == roles
    assert parse_roles(()) == parse_roles([""]) == ()


def test_sets_of_roles_are_further_runs_of_each_seed_each_in_its_folder():
    sets = ["S:reversal,G:multitask", "S:reversal,G:multitask:0.2", "S:reversal:0.3"]
    # One that is an approach of the grid is there once.
    roles = parse_roles([*sets, "G:reversal", "S:multitask"])
    grid = make_grid(
        make_config(),
        ["baseline", "reversal"],
        parse_attribute_sets("G"),
        [0, 3],
        roles,
    )
    assert names_of(grid) == [
        f"{name}-seed{seed}"
        for seed in (0, 3)
        for name in (
            "baseline",
            "reversal-G",
            "mixed-S.reversal+G.multitask",
            "mixed-S.reversal+G.multitask.0.2",
            "mixed-S.reversal.0.3",
            "multitask-S",
        )
    ]
    assert grid[2] == make_config(roles=sets[0])
