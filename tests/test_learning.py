"""What training does to the embedding, and to speech from elsewhere."""

import numpy as np
import pytest

from serjax.config import make_config
from serjax.data import load_dataset
from serjax.evaluation import linear_probe
from serjax.training import train

# Too few for reversal, which differs from the baseline by less than seeds do.
SEEDS = range(2)

pytestmark = pytest.mark.slow


def _probe(workdir, dataset):
    """Probe for the corpus, on the last epoch's embeddings of speakers held out."""
    stored = np.load(workdir / "embeddings.npz")
    corpus = {u.file: u.corpus for u in dataset.utterances}
    speaker = {u.file: u.speaker for u in dataset.utterances}
    held_out = np.isin(stored["parts"], ("valid", "test"))
    files = stored["files"][held_out]
    return linear_probe(
        stored["embeddings_last"][held_out],
        [corpus[file] for file in files],
        [speaker[file] for file in files],
        num_folds=2,
    )


def test_emotion_is_learnt_and_multitask_shows_the_corpus_to_a_fresh_probe(tmp_path):
    dataset = load_dataset(make_config(), progress=False)
    for seed in SEEDS:
        results, shown = {}, {}
        for approach in ("baseline", "multitask"):
            config = make_config(
                approach=approach,
                attributes=() if approach == "baseline" else ("corpus",),
                seed=seed,
                workdir=str(tmp_path / f"{approach}-{seed}"),
                epochs=80,  # longer than the demo: the corpus shows late
            )
            results[approach] = train(config, dataset, report=None)
            probe = _probe(tmp_path / f"{approach}-{seed}", dataset)
            shown[approach] = probe.cross_entropy
            print(f"{approach} seed {seed}: {probe}")
        assert shown["multitask"] < shown["baseline"]
        # Emotion is learnt, and less of it reaches an unseen corpus.
        ua = results["baseline"]["ua"]
        assert ua["test"] >= 60 and ua["tess"] <= ua["test"] - 5
