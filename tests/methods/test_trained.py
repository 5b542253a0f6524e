"""Methods of the literature, trained as any method is: by their records alone."""

import json

import jax
import numpy as np
import pytest

from serjax.config import Role
from serjax.methods import METHODS, Method
from serjax.methods.schedules import linear
from serjax.training import run
from serjax.training.checkpoints import read_checkpoint
from serjax.training.job import make_job
from serjax.training.loop import start
from tests.training.made import make_dataset, make_small_config

WATCHER = Method(
    name="watcher",
    does="fool a discriminator that sees embedding and emotion output",
    equation="L = (1 - alpha) L_emo - alpha (1/N sum_i L_d_i)",
    reference="nobody's: a kind that no method of the literature has",
    strength=0.2,
    is_taken=True,
    reads="both",
    has_optimiser=True,
    schedule=linear,
    loss=lambda emotion, terms, alphas: (
        (1 - alphas.mean()) * emotion - (alphas * terms).mean(),
        terms.sum(),
    ),
)
NAMES = ("conditional", "coral", "mmd", "groupdro", "erasure")
BY_NAME = {name: METHODS[name] for name in NAMES}

# Four rows of a corpus in a batch of eight.
pytestmark = pytest.mark.filterwarnings("ignore:(coral|mmd|groupdro) of")


@pytest.fixture(scope="module")
def dataset():
    return make_dataset()


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    """Trains with a method on two attributes for three epochs, once each."""
    folder, found = tmp_path_factory.mktemp("trained"), {}

    def train(approach):
        if approach not in found:
            workdir = folder / approach
            chosen = {"approach": approach, "attributes": ("corpus", "gender")}
            config = make_small_config(
                methods=(WATCHER,),
                workdir=str(workdir),
                epochs=3,
                checkpoint_every_s=0.0,
                **(chosen if approach != "baseline" else {}),
            )
            found[approach] = (
                config,
                workdir,
                run.train(config, dataset, None, methods=(WATCHER,)),
            )
        return found[approach]

    return train


def last_embeddings(workdir):
    with np.load(workdir / "embeddings.npz") as kept:
        return kept["embeddings_last"]


def metrics(workdir):
    lines = (workdir / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


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
        methods=(WATCHER,),
        roles=tuple(map(Role.parse, roles.split(","))),
        workdir=str(tmp_path),
        epochs=2,
        warmup_epochs=1,
        class_weights="corpus",
        batches="even",
    )
    few = "groupdro of speaker: a batch of 8 has 1.3 utterances of 'alpha/0' on average"
    with pytest.warns(UserWarning, match=f"{few}; expected 8 or more. Give --batches="):
        result = run.train(config, dataset, None, methods=(WATCHER,))
    assert result["approach"] == "mixed"
    line = metrics(tmp_path)[-1]
    assert {"corpus_loss", "speaker_term", "gender_loss", "language_loss"} <= {*line}
    assert "speaker_loss" not in line


def test_a_methods_state_is_carried_by_the_step_and_the_checkpoint(trained, dataset):
    config, workdir, _ = trained("groupdro")
    methods = config.find_methods()
    job = make_job(config, dataset, 8, jax.devices()[0], methods)
    template = start(job)
    first = template.state.method_state["groupdro"]
    np.testing.assert_allclose(np.exp(first["corpus"]), [0.5, 0.5])
    progress = read_checkpoint(workdir, template.state)
    assert progress is not None
    state = progress.state.method_state["groupdro"]
    for name in ("corpus", "gender"):
        weights = np.exp(state[name])
        assert weights.sum() == pytest.approx(1) and weights[0] != weights[1]
    # Not chosen, so untouched.
    np.testing.assert_array_equal(state["speaker"], first["speaker"])


def test_a_stopped_run_with_a_state_ends_as_if_it_had_not_been(
    trained, dataset, tmp_path
):
    _, whole, _ = trained("groupdro")

    def stop(line):
        if line["epoch"] == 1:
            raise KeyboardInterrupt

    config = make_small_config(
        methods=(WATCHER,),
        approach="groupdro",
        attributes=("corpus", "gender"),
        workdir=str(tmp_path),
        epochs=3,
        checkpoint_every_s=0.0,
    )
    with pytest.raises(KeyboardInterrupt):
        run.train(config, dataset, None, stop, methods=(WATCHER,))
    run.train(config, dataset, None, methods=(WATCHER,))
    for name in ("predictions.csv", "embeddings.npz"):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()


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
