"""The examples of the docs' pages are run as they stand there."""

import csv
import itertools

import jax
import numpy as np
import pytest
import soundfile

from tests.pages import example

SMALL = {"encoder": "mean-mlp", "mlp_features": 4, "epochs": 1, "ood": ()}
RATE_HZ = 16_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """`mine.csv`: five speakers, each class over a headset and over a telephone."""
    folder = tmp_path_factory.mktemp("mine")
    rng = np.random.default_rng(0)
    labels = ("angry", "happy", "neutral")
    with (folder / "mine.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "label", "speaker", "microphone"))
        for row in itertools.product("abcde", labels, ("headset", "phone")):
            name = f"{'-'.join(row)}.wav"
            noise = 0.1 * rng.standard_normal(RATE_HZ // 4)
            soundfile.write(folder / name, noise, RATE_HZ)
            speaker, label, microphone = row
            writer.writerow((name, label, speaker, microphone))
    return folder


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """Runs an example beside `mine.csv`, small; gives its names and what it prints."""
    monkeypatch.chdir(folder)

    def run(mark):
        code = example(mark).replace('preset="demo"', "**SMALL")
        names = {"SMALL": {**SMALL, "cache_dir": str(folder / "cache")}}
        exec(compile(code, "docs", "exec"), names)
        return names, capsys.readouterr().out.splitlines()

    return run


def test_the_example_with_a_microphone_unlearns_it(run, folder):
    names, printed = run("microphone-blind")
    assert printed[0] == "('headset', 'phone')"
    assert float(printed[-1]) == names["result"]["ua"]["test"]
    (line,) = (folder / "runs/microphone-blind/metrics.jsonl").read_text().splitlines()
    assert '"microphone_accuracy": ' in line


def test_the_example_with_arrays_gives_each_training_row_once(run):
    names, printed = run("def batches")
    dataset = names["dataset"]
    assert len(printed) == -(-len(dataset.rows("train")) // 8)
    rng = np.random.default_rng(0)
    batches = list(names["batches"]("train", 8, rng))
    features, lengths, emotion, speakers = batches[0]
    assert features.dtype == np.float32 and features.shape[2] == 40
    # Normalised over the frames of each utterance; padding is 0.
    np.testing.assert_allclose(
        features.sum(axis=1) / lengths[:, None], np.zeros((8, 40)), atol=1e-5
    )
    counts = np.bincount(np.concatenate([it[2] for it in batches]))
    assert counts.tolist() == [6, 6, 6]
    assert speakers.min() == 0 and emotion.max() == 2


def test_the_example_with_digits_hides_the_speaker(run):
    _, printed = run("digit, speaker = ")
    (seen, told), (still_seen, hidden) = (
        [int(word) for word in line.replace("%", "").split() if word.isdigit()]
        for line in printed
    )
    assert seen == still_seen == 100
    assert told > 50 and hidden < 35


def test_the_example_encoder_is_blind_to_padding(run):
    encoder = run("class Attention")[0]["Attention"]()
    features = jax.random.normal(jax.random.key(0), (2, 20, 5))
    lengths = np.array([7, 20])
    embed = jax.jit(encoder.apply)
    params = jax.jit(encoder.init)(jax.random.key(1), features, lengths)
    embeddings = embed(params, features, lengths)
    changed = embed(params, features.at[0, 7:].set(9.0), lengths)
    assert embeddings.shape == (2, 32)
    np.testing.assert_array_equal(embeddings, changed)
