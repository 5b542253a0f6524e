import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from serjax.config import Role
from serjax.records.folder import read_study
from serjax.reporting.adversary import PER_ROW, adversary_section
from serjax.reporting.elements import Drawer, Figure, Listing, Table, Text, Warning
from serjax.study import ALL_ATTRIBUTE_SETS
from tests.analysis.made_curves import LN2, write_curves

BLIND = np.full(20, LN2)
LEARNS = np.linspace(0.75, 0.2, 20)
PUSHED_BACK = np.r_[np.linspace(0.75, 0.4, 10), np.full(10, LN2)]


def _section(folder):
    section = adversary_section(read_study(folder))
    assert section is not None
    return section


def _of(kind, blocks):
    return [block for block in blocks if isinstance(block, kind)]


def _rows(section):
    (table,) = _of(Table, section.blocks)
    names = table.columns
    return [dict(zip(names, [c.text for c in row], strict=True)) for row in table.rows]


def test_verdicts_are_counted_over_seeds_and_explained(tmp_path):
    for seed, loss in enumerate([PUSHED_BACK, PUSHED_BACK, BLIND]):
        write_curves(tmp_path, {"gender": loss}, seed=seed, result={})
    for seed, loss in enumerate([LEARNS, BLIND]):
        it = {"approach": "multitask", "seed": seed, "result": {}}
        write_curves(tmp_path, {"gender": loss}, **it)
    section = _section(tmp_path)
    multitask, reversal = _rows(section)
    assert multitask["verdicts"] == "1 learnt, 1 not learnt"
    assert reversal == {
        "approach": "reversal",
        "set": "G",
        "attribute": "gender",
        "runs": "3",
        "verdicts": "1 dead head, 2 equilibrium",
        "lowest": f"{(0.4 + 0.4 + LN2) / 3:.3f}",
        "end": "0.693",
        "prior": "0.693",
        "accuracy": "50.0",
        "chance": "50.0",
        "multitask reads": "1 of 2",
    }
    (meanings,) = _of(Listing, section.blocks)
    words = [item.partition(":")[0] for item in meanings.items]
    assert words == ["dead head", "equilibrium", "learnt", "not learnt"]
    (reasons,) = _of(Drawer, section.blocks)
    (listing,) = _of(Listing, reasons.blocks)
    assert len(listing.items) == 5
    assert listing.items[2].startswith("reversal-G-seed0, gender: equilibrium. Cross")


def test_attributes_of_a_set_have_rows_and_panels_of_their_own(tmp_path):
    write_curves(tmp_path, {"speaker": BLIND, "gender": LEARNS}, result={})
    section = _section(tmp_path)
    assert [(row["set"], row["attribute"]) for row in _rows(section)] == [
        ("S+G", "speaker"),
        ("S+G", "gender"),
    ]
    (figure,) = _of(Figure, section.blocks)
    assert "S+G: speaker" in figure.svg and "S+G: gender" in figure.svg
    assert figure.description == "S+G, speaker: 1 dead head; S+G, gender: 1 winning"
    ElementTree.fromstring(figure.svg)


def test_one_row_of_panels_per_approach_is_on_the_page_and_the_rest_in_drawers(
    tmp_path,
):
    for names in ALL_ATTRIBUTE_SETS[:5]:  # C, S, G, L and C+S: six panels
        for approach in ("reversal", "adversarial"):
            losses = dict.fromkeys(names, BLIND)
            write_curves(tmp_path, losses, approach=approach, result={})
    section = _section(tmp_path)
    figures = _of(Figure, section.blocks)
    assert [f.name for f in figures] == ["adversary-reversal", "adversary-adversarial"]
    assert all(f.description.count(";") == PER_ROW - 1 for f in figures)
    more = [_of(Figure, drawer.blocks) for drawer in _of(Drawer, section.blocks)]
    assert [[f.name for f in it] for it in more] == [
        ["adversary-reversal-2"],
        ["adversary-adversarial-2"],
        [],  # the drawer of reasons
    ]
    expected = "C+S, corpus: 1 dead head; C+S, speaker: 1 dead head"
    assert more[0][0].description == expected


def test_a_mixture_tells_the_role_of_each_attribute(tmp_path):
    roles = (Role("speaker", "reversal"), Role("gender", "multitask"))
    losses = {"speaker": BLIND, "gender": LEARNS}
    write_curves(tmp_path, losses, roles=roles, result={})
    rows = _rows(_section(tmp_path))
    assert [row["approach"] for row in rows] == ["mixed: reversal", "mixed: multitask"]


def test_a_study_without_attributes_has_no_such_section(tmp_path):
    write_curves(tmp_path, {}, num_epochs=20, result={})
    assert adversary_section(read_study(tmp_path)) is None


def test_before_any_epoch_the_section_says_so(tmp_path):
    write_curves(tmp_path, {"gender": []})
    (warning,) = _section(tmp_path).blocks
    assert isinstance(warning, Warning) and "No run" in warning.text


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"failure": "train_loss is nan"}, "1 failed: reversal-G-seed0."),
        ({}, "1 unfinished: reversal-G-seed0."),
    ],
)
def test_runs_that_did_not_finish_are_named(more, told, tmp_path):
    write_curves(tmp_path, {"gender": LEARNS}, **more)
    write_curves(tmp_path, {"gender": LEARNS}, seed=1, result={})
    section = _section(tmp_path)
    (warning,) = _of(Warning, section.blocks)
    assert warning.text.startswith(told)
    assert _rows(section)[0]["verdicts"] == "2 winning"


def test_one_epoch_is_drawn_and_not_judged(tmp_path):
    write_curves(tmp_path, {"gender": [0.8]}, result={})
    section = _section(tmp_path)
    assert _rows(section)[0]["verdicts"] == "1 cannot be told"
    (figure,) = _of(Figure, section.blocks)
    assert "1 cannot be told" in figure.description


def test_older_runs_have_no_prior_and_no_verdict(tmp_path):
    write_curves(tmp_path, {"gender": LEARNS}, old=True, result={})
    it = {"approach": "multitask", "old": True, "result": {}}
    write_curves(tmp_path, {"gender": LEARNS}, **it)
    _, reversal = _rows(_section(tmp_path))
    assert reversal["verdicts"] == "1 cannot be told"
    assert (reversal["prior"], reversal["multitask reads"]) == ("-", "-")


def test_a_collapsed_run_is_counted_as_one(tmp_path):
    result = {"collapsed": {"valid": True}}
    write_curves(tmp_path, {"gender": LEARNS}, result=result)
    section = _section(tmp_path)
    assert _rows(section)[0]["verdicts"] == "1 collapse"
    assert len(_of(Text, section.blocks)) == 2
