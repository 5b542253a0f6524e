"""A run with four classes: nothing counts on three."""

import csv
import json

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, recall_score

from serjax.config import Role
from serjax.training.state import init_state
from tests.training.made import (
    FOUR_CLASSES,
    make_dataset,
    make_small_config,
    network_of,
)

ROLES = (Role("corpus", "adversarial"), Role("speaker", "reversal"))


@pytest.fixture(scope="module")
def four():
    """48 rows: 24 to train, 8 to validate, 8 to test, 8 unseen."""
    return make_dataset(classes=FOUR_CLASSES)


@pytest.fixture(scope="module")
def finished(train_in, four, tmp_path_factory):
    """A finished run: its folder, its result and the rows of its predictions.csv."""
    folder = tmp_path_factory.mktemp("four") / "run"
    result = train_in(folder, dataset=four, roles=ROLES, epochs=3)
    with (folder / "predictions.csv").open() as file:
        return folder, result, list(csv.DictReader(file))


def test_emotion_head_and_discriminators_are_as_wide_as_the_classes(four):
    network = network_of(make_small_config(roles=ROLES), four)
    state = init_state(network, 0)
    assert state.params["heads"]["emotion"]["kernel"].shape == (8, 4)
    for discriminator in state.discriminator_params.values():
        assert discriminator["hidden0"]["kernel"].shape == (4, 5)


def test_predictions_have_a_column_for_each_class(finished):
    _, _, rows = finished
    columns = [f"p_{name}" for name in FOUR_CLASSES]
    assert list(rows[0])[-4:] == columns
    assert len(rows) == 24
    for row in rows:
        scores = [float(row[name]) for name in columns]
        assert sum(scores) == pytest.approx(1, abs=1e-5)
        assert FOUR_CLASSES[int(np.argmax(scores))] == row["predicted"]


def test_scores_are_scikit_learns(finished):
    _, result, rows = finished
    for part in ("valid", "test", "gamma"):
        of_part = [row for row in rows if part in (row["part"], row["corpus"])]
        assert len(of_part) == 8
        labels = [row["emotion"] for row in of_part]
        predicted = [row["predicted"] for row in of_part]
        recalls = recall_score(
            labels,
            predicted,
            labels=FOUR_CLASSES,
            average=None,  # pyright: ignore
            zero_division=0,  # pyright: ignore
        )
        assert list(result["recall"][part]) == list(FOUR_CLASSES)
        np.testing.assert_allclose(
            list(result["recall"][part].values()), 100 * np.asarray(recalls)
        )
        assert result["ua"][part] == pytest.approx(100 * np.mean(recalls))
        expected = confusion_matrix(labels, predicted, labels=FOUR_CLASSES)
        assert result["confusion"][part] == expected.tolist()


def test_the_classes_are_in_the_result_and_in_the_settings_file(finished):
    folder, result, _ = finished
    assert result["classes"] == list(FOUR_CLASSES)
    record = json.loads((folder / "config.json").read_text())
    assert record["classes"] == list(FOUR_CLASSES)


def test_an_untrained_model_knows_nothing_of_four_classes(finished):
    first = json.loads((finished[0] / "metrics.jsonl").read_text().splitlines()[0])
    assert first["emotion_loss"] == pytest.approx(np.log(4), rel=0.3)
