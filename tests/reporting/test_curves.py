import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from serjax.config import ATTRIBUTES
from serjax.reporting.curves import run_curves
from serjax.reporting.drawing import COLOURS
from tests.analysis.made_curves import write_curves

LIMIT = 12_000
RNG = np.random.default_rng(0)


def _words(figure):
    """Every word that is drawn."""
    root = ElementTree.fromstring(figure.svg)
    texts = root.iter("{http://www.w3.org/2000/svg}text")
    return [("".join(text.itertext())) for text in texts]


def _curves(*runs):
    return run_curves(runs, runs[0].name)


def _losses(num_epochs, names=("gender",)):
    return {name: 0.7 + 0.1 * RNG.standard_normal(num_epochs) for name in names}


def test_a_runs_curves_are_all_there_with_the_best_epoch(tmp_path):
    ua = [40.0, 71.5, 60.0]
    figure = _curves(write_curves(tmp_path, _losses(3), valid_ua=ua))
    assert figure is not None and figure.name == "curves-reversal-G-seed0"
    words = _words(figure)
    assert {"Training loss, nats", "alpha", "Norms of gradients"} <= set(words)
    assert {"Cross-entropy / prior entropy", "Attributes' accuracy, %"} <= set(words)
    assert "Validation UA, %; best 71.5, epoch 2" in words
    assert {"gender", "encoder", "emotion", "objective"} <= set(words)
    assert "epoch 2 with 71.5 %, and 60.0 % in the last" in figure.description
    assert "prior of 0.693" in figure.description


def test_a_baseline_has_no_panels_of_attributes(tmp_path):
    figure = _curves(write_curves(tmp_path, {}, num_epochs=12))
    assert figure is not None
    titles = {"alpha", "Cross-entropy / prior entropy", "Attributes' accuracy, %"}
    words = set(_words(figure))
    assert not titles & words and "Norms of gradients" in words


def test_an_older_run_is_drawn_without_what_it_did_not_note(tmp_path):
    figure = _curves(write_curves(tmp_path, _losses(12), old=True))
    assert figure is not None
    words = set(_words(figure))
    assert "Norms of gradients" not in words
    assert "Cross-entropy, nats" in words
    assert "prior of" not in figure.description


def test_a_lone_epoch_is_drawn_as_points(tmp_path):
    points = []
    for seed, num_epochs in enumerate((1, 2)):
        run = write_curves(tmp_path, _losses(num_epochs), seed=seed)
        figure = _curves(run)
        assert figure is not None
        points.append(re.findall(f'<circle [^>]*fill="{COLOURS[0]}"', figure.svg))
    # Emotion's loss, validation UA, the attribute's loss and accuracy; its gradient of
    # the first epoch is 0 and has no place on a logarithmic axis. With two epochs the
    # best one's.
    assert [len(found) for found in points] == [4, 1]


def test_four_attributes_and_all_epochs_of_the_paper_stay_small(tmp_path):
    losses = _losses(150, tuple(ATTRIBUTES.values()))
    ua = 60 + 10 * RNG.standard_normal(150)
    figure = _curves(write_curves(tmp_path, losses, valid_ua=ua))
    assert figure is not None and len(figure.svg) < LIMIT
    assert set(ATTRIBUTES.values()) <= set(_words(figure))


@pytest.mark.parametrize("losses", [{"gender": []}, {}])
def test_before_the_first_epoch_there_is_nothing_to_draw(losses, tmp_path):
    assert _curves(write_curves(tmp_path, losses)) is None


def test_seeds_share_panels_with_a_line_for_each(tmp_path):
    runs = [
        write_curves(tmp_path, _losses(5), seed=seed, valid_ua=60 + RNG.random(5))
        for seed in range(3)
    ]
    alone, together = _curves(runs[0]), run_curves(runs, "reversal-G")
    assert alone is not None and together is not None
    assert together.name == "curves-reversal-G"
    assert [it.svg.count("<circle") for it in (alone, together)] == [1, 3]
    assert _words(together).count("gender") == 3  # a legend in each of three panels
    assert "a line for each seed" in together.caption
