"""A column of a user's manifest, from the file to a head of the model."""

import csv
import itertools
import json

import numpy as np
import pytest
import soundfile

from serjax.data import load_dataset
from serjax.training.job import take_attributes
from serjax.training.run import train
from tests.training.made import CLASSES, make_small_config, network_of

SAMPLE_RATE_HZ = 16_000


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """Five speakers, each with every class over a headset and over a telephone."""
    folder = tmp_path_factory.mktemp("mine")
    rng = np.random.default_rng(0)
    rows = []
    for speaker, emotion, microphone in itertools.product(
        range(5), CLASSES, ("headset", "phone")
    ):
        name = f"{speaker} {emotion}, {microphone}.wav"
        noise = 0.1 * rng.standard_normal(SAMPLE_RATE_HZ // 4)
        soundfile.write(folder / name, noise, SAMPLE_RATE_HZ)
        rows.append((name, emotion, speaker, microphone, "studio"))
    path = folder / "mine.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "emotion", "speaker", "Microphone", "room"))
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def settings(manifest, tmp_path_factory):
    return {
        "manifest": (str(manifest),),
        "ood": (),
        "cache_dir": str(tmp_path_factory.mktemp("cache")),
        "epochs": 1,
    }


@pytest.fixture(scope="module")
def dataset(settings):
    return load_dataset(make_small_config(**settings), progress=False)


def test_a_column_of_a_manifest_takes_a_role(settings, dataset, tmp_path):
    assert dataset.attributes["microphone"].values == ("headset", "phone")
    config = make_small_config(
        **settings,
        approach="reversal",
        attributes=("microphone",),
        workdir=str(tmp_path / "run"),
    )
    train(config, dataset, report=None)
    (line,) = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    # Every training speaker is heard over both, equally often.
    assert json.loads(line)["microphone_chance"] == pytest.approx(50.0)
    with (tmp_path / "run" / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["microphone"] for row in rows} == {"headset", "phone"}
    assert all(row["microphone"] in row["file"] for row in rows)


def test_only_a_run_that_names_a_column_has_a_head_for_it(settings, dataset):
    plain = make_small_config(**settings)
    named = plain.replace(approach="multitask", attributes=("microphone",))
    heads = {
        config: network_of(config, take_attributes(config, dataset)).attributes
        for config in (plain, named)
    }
    assert heads == {plain: ("speaker",), named: ("speaker", "microphone")}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("accent", "no attribute 'accent'; they have speaker, microphone"),
        ("Microphone", "they have .* Did you mean 'microphone'?"),
        ("room", "'room' cannot be trained on: room has one value.*: 'studio'"),
    ],
)
def test_a_column_that_is_not_there_or_says_nothing_is_refused(
    settings, dataset, name, message
):
    config = make_small_config(**settings, approach="reversal", attributes=(name,))
    with pytest.raises(ValueError, match=message):
        take_attributes(config, dataset)
