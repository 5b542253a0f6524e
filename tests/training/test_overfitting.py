"""Learning itself: every approach, at the paper's alphas, can learn eight by heart."""

import numpy as np
import pytest

from serjax.config import make_config
from serjax.corpora.utterance import Utterance
from serjax.data import Dataset
from serjax.data.attributes import encode_attributes
from serjax.data.joined import FeatureStore
from serjax.training import loop
from serjax.training.store import put_on_device
from tests.training.made import CLASSES, PLAIN, make_recordings, network_of

MELS = 40


@pytest.fixture(scope="module")
def eight():
    """Eight utterances of noise to train on, and three to validate."""
    utterances, parts = [], []
    for number in range(11):
        corpus, speaker = ("alpha", "beta")[number % 2], f"speaker {number % 4}"
        emotion, gender = CLASSES[number % 3], ("female", "male")[number // 2 % 2]
        utterances.append(
            Utterance(f"{number}.wav", corpus, emotion, emotion, speaker, gender, "en")
        )
        parts.append("train" if number < 8 else "valid")
    rng = np.random.default_rng(0)
    rows = [rng.standard_normal((n, MELS), np.float32) for n in range(30, 41)]
    attributes, inapplicable = encode_attributes(utterances, parts)
    return Dataset(
        utterances=tuple(utterances),
        recordings=make_recordings(len(utterances)),
        store=FeatureStore.join(rows, MELS),
        parts=tuple(parts),
        labels=np.array([CLASSES.index(u.emotion) for u in utterances], np.int32),
        classes=CLASSES,
        attributes=attributes,
        inapplicable=inapplicable,
        skipped=(),
        paths={},
        identity="eight",
        ood=(),
    )


SMALL = {"conv_features": (32, 32), "lstm_features": 32}


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {**SMALL},
        {**SMALL, "approach": "multitask", "attributes": ("corpus", "speaker")},
        {**SMALL, "approach": "reversal", "attributes": ("corpus", "speaker")},
        {**SMALL, "approach": "adversarial", "attributes": ("corpus", "speaker")},
        {"preset": "paper"},
    ],
    ids=["baseline", "multitask", "reversal", "adversarial", "all of A"],
)
def test_eight_utterances_are_learnt_by_heart(settings, eight, no_bar):
    fixed = {"preset": "paper", "epochs": 150, "patience": 0, "batch_size": 8, **PLAIN}
    config = make_config(**{**fixed, "learning_rate": 0.02, **settings})
    job = loop.Job(
        config=config,
        batch_size=8,
        network=network_of(config, eight),
        dataset=eight,
        store=put_on_device(eight),
        buckets=loop.choose_buckets(eight, 1, 8),
    )
    lines, progress = [], loop.start(job)
    for latest, line in loop.epochs(job, progress, lambda: None, no_bar):
        lines.append(line)
        progress = latest
    rows = eight.rows("train")
    predicted = loop.predict_rows(job, progress.state.params, rows).predicted
    print(lines[0]["emotion_loss"], lines[-1])
    assert predicted.tolist() == eight.labels[rows].tolist()
    assert lines[0]["emotion_loss"] > 0.9  # about ln 3: nothing known at first
