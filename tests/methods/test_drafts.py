"""Each draft is trained as any method is: nothing but its record is written for it."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from serjax.config import Role
from serjax.methods import Seen
from serjax.training import run
from serjax.training.checkpoints import read_checkpoint
from serjax.training.job import make_job
from serjax.training.loop import predict_rows, start
from tests.methods.drafts import DRAFTS
from tests.training.made import make_dataset, make_small_config

BY_NAME = {method.name: method for method in DRAFTS}


@pytest.fixture(scope="module")
def dataset():
    return make_dataset()


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    """Trains with the drafts on two attributes for three epochs, once each."""
    folder, found = tmp_path_factory.mktemp("drafts"), {}

    def train(approach):
        if approach not in found:
            workdir = folder / approach
            chosen = {"approach": approach, "attributes": ("corpus", "gender")}
            config = make_small_config(
                methods=DRAFTS,
                workdir=str(workdir),
                epochs=3,
                checkpoint_every_s=0.0,
                **(chosen if approach != "baseline" else {}),
            )
            found[approach] = (
                config,
                workdir,
                run.train(config, dataset, None, methods=DRAFTS),
            )
        return found[approach]

    return train


def last_embeddings(workdir):
    with np.load(workdir / "embeddings.npz") as kept:
        return kept["embeddings_last"]


def metrics(workdir):
    lines = (workdir / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.slow  # each is a program of its own
@pytest.mark.parametrize("name", BY_NAME)
def test_a_run_has_its_term_and_other_predictions_than_the_baseline(name, trained):
    config, workdir, result = trained(name)
    assert (result["approach"], config.training.name) == (name, f"{name}-C+G-seed0")
    _, baseline, _ = trained("baseline")
    assert abs(last_embeddings(workdir) - last_embeddings(baseline)).max() > 1e-4
    method = BY_NAME[name]
    for line in metrics(workdir):
        assert (f"{name}" in result["roles"].values()) and line["epoch"] >= 0
        assert ("corpus_term" in line) == (method.term is not None or not method.module)
        assert ("corpus_loss" in line) == bool(method.module)
        assert np.isfinite(line["train_loss"])
    if method.term:
        assert metrics(workdir)[-1]["corpus_term"] > 0


def test_a_mixture_of_all_kinds_trains(dataset, tmp_path):
    roles = "corpus:conditional,speaker:groupdro,gender:watcher,language:reversal"
    config = make_small_config(
        methods=DRAFTS,
        roles=tuple(map(Role.parse, roles.split(","))),
        workdir=str(tmp_path),
        epochs=2,
    )
    result = run.train(config, dataset, None, methods=DRAFTS)
    assert result["approach"] == "mixed"
    line = metrics(tmp_path)[-1]
    assert {"corpus_loss", "speaker_term", "gender_loss", "language_loss"} <= {*line}
    assert "speaker_loss" not in line


def test_a_methods_state_is_carried_by_the_step_and_the_checkpoint(trained, dataset):
    config, workdir, _ = trained("groupdro")
    methods = config.find_methods(DRAFTS)
    job = make_job(config, dataset, 8, jax.devices()[0], methods)
    template = start(job)
    first = template.state.method_state["groupdro"]
    np.testing.assert_allclose(first["corpus"]["weights"], [0.5, 0.5])
    progress = read_checkpoint(workdir, template.state)
    assert progress is not None
    state = progress.state.method_state["groupdro"]
    for name in ("corpus", "gender"):
        weights = np.asarray(state[name]["weights"])
        assert weights.sum() == pytest.approx(1) and weights[0] != weights[1]
    # Not chosen, so untouched.
    np.testing.assert_array_equal(
        state["speaker"]["weights"], first["speaker"]["weights"]
    )


def test_a_stopped_run_with_a_state_ends_as_if_it_had_not_been(
    trained, dataset, tmp_path
):
    _, whole, _ = trained("groupdro")

    def stop(line):
        if line["epoch"] == 1:
            raise KeyboardInterrupt

    config = make_small_config(
        methods=DRAFTS,
        approach="groupdro",
        attributes=("corpus", "gender"),
        workdir=str(tmp_path),
        epochs=3,
        checkpoint_every_s=0.0,
    )
    with pytest.raises(KeyboardInterrupt):
        run.train(config, dataset, None, stop, methods=DRAFTS)
    run.train(config, dataset, None, methods=DRAFTS)
    for name in ("predictions.csv", "embeddings.npz"):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()


def test_erasure_leaves_a_probe_on_its_fitting_rows_at_chance(trained, dataset):
    config, workdir, _ = trained("erasure")
    with np.load(workdir / "finished.npz") as kept:
        matrix, offset = kept["last/matrix"], kept["last/offset"]
    methods = config.find_methods(DRAFTS)
    job = make_job(config, dataset, 8, jax.devices()[0], methods)
    progress = read_checkpoint(workdir, start(job).state)
    assert progress is not None
    rows = dataset.rows("train")
    plain = predict_rows(job, progress.state.params, rows).embeddings
    erased = plain @ matrix + offset
    labels = dataset.attributes["corpus"].labels[rows]

    def nats(x):
        model = LogisticRegression(C=1e3, max_iter=5000).fit(x, labels)
        return log_loss(labels, model.predict_proba(x))

    # Half of the rows are of each corpus: chance is ln 2.
    assert nats(plain) < 0.55
    assert nats(erased) == pytest.approx(np.log(2), abs=1e-3)


def test_what_a_stage_gives_is_what_is_evaluated(trained, dataset):
    _, workdir, _ = trained("erasure")
    _, baseline, _ = trained("baseline")
    with (
        np.load(workdir / "embeddings.npz") as ours,
        np.load(baseline / "embeddings.npz") as plain,
        np.load(workdir / "finished.npz") as kept,
    ):
        expected = plain["embeddings_last"] @ kept["last/matrix"] + kept["last/offset"]
        np.testing.assert_allclose(ours["embeddings_last"], expected, atol=1e-4)


def seen_of(embedding, labels, num_values=2, emotion_losses=None):
    rows = len(labels)
    losses = jnp.zeros(rows) if emotion_losses is None else jnp.array(emotion_losses)
    return Seen(
        labels=jnp.array(labels),
        num_values=num_values,
        losses=jnp.zeros(rows),
        embedding=jnp.array(embedding),
        probabilities=jnp.full((rows, 3), 1 / 3),
        emotion_losses=losses,
        emotions=jnp.zeros(rows, jnp.int32),
    )


def test_distances_of_equal_samples_are_zero_and_unlabelled_rows_have_no_part():
    x = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    both = seen_of(np.concatenate([x, x, 9 * x]), [0] * 3 + [1] * 3 + [-1] * 3)
    alone = seen_of(x, [0, 0, -1])
    for name in ("coral", "mmd"):
        term = BY_NAME[name].term
        assert term
        np.testing.assert_allclose(term(both), 0, atol=1e-5)
        np.testing.assert_allclose(term(alone), 0, atol=1e-5)


def test_conditional_with_a_constant_one_hot_is_ganins_linear_head():
    from serjax.models.heads import what_is_read

    x = jnp.arange(6.0).reshape(2, 3)
    one_hot = jnp.array([[0.0, 1.0], [0.0, 1.0]])
    product = what_is_read("both", x, one_hot)
    kernel = jnp.arange(12.0).reshape(6, 2)
    # The head's weights on the second emotion are all that is seen.
    np.testing.assert_allclose(product @ kernel, x @ kernel[1::2])
