"""A user's own code: an edit of it runs, it is never kept, and it is known again."""

import json
import textwrap
import types
from typing import Any

import jax
import numpy as np
import pytest

import serjax
from serjax.methods import METHODS, Method
from serjax.models import Encoder
from serjax.training import compilation, programs, run
from serjax.training.own_code import digest_own_code, next_own_run
from tests.training.made import MELS, make_small_config

SOURCE = """
import flax.linen as nn
import jax.numpy as jnp

SCALE = 1.0


def squash(x):
    return jnp.tanh(SCALE * x)


class Mean(nn.Module):
    @nn.compact
    def __call__(self, features, lengths):
        mask = jnp.arange(features.shape[1])[None, :] < lengths[:, None]
        x = squash(nn.Dense(5)(jnp.where(mask[:, :, None], features, 0)))
        return jnp.sum(jnp.where(mask[:, :, None], x, 0), 1) / lengths.max()


def spread(seen):
    return jnp.var(seen.emotion_losses) + 0 * SCALE
"""


def written(source=SOURCE) -> Any:
    """A user's module, as a notebook has it: without any file."""
    module = types.ModuleType("mine")
    exec(textwrap.dedent(source), module.__dict__)
    return module


def method_of(module, **more):
    words = {"name": "spread", "does": "-", "equation": "-", "reference": "-"}
    return Method(**words, term=module.spread, **more)


@pytest.fixture
def train_own(dataset, tmp_path):
    """Trains two epochs with own code; gives the embeddings of the last."""

    def train(folder, **own):
        chosen = {"approach": "spread", "attributes": ("corpus",)}
        config = make_small_config(
            methods=own.get("methods", ()),
            workdir=str(tmp_path / folder),
            epochs=2,
            **(chosen if "methods" in own else {}),
        )
        run.train(config, dataset, None, **own)
        with np.load(tmp_path / folder / "embeddings.npz") as kept:
            return kept["embeddings_last"]

    return train


def test_an_encoder_is_trained_and_an_edit_of_what_it_calls_changes_the_run(
    train_own, monkeypatch
):
    kept = []
    monkeypatch.setattr(compilation, "_write", lambda path, _: kept.append(path))
    mine = written()
    first = train_own("first", encoder=mine.Mean())
    assert {*kept} == {None}  # own programs are never kept on disk
    assert first.shape[1] == 5
    np.testing.assert_array_equal(train_own("same", encoder=mine.Mean()), first)
    mine.SCALE = 0.1  # the class, and all that jax could compare, stay as they are
    assert abs(train_own("edited", encoder=mine.Mean()) - first).max() > 1e-3
    with pytest.raises(ValueError, match=r"other settings: own_code=.*Mean"):
        train_own("first", encoder=mine.Mean())
    with pytest.raises(ValueError, match="other settings: own_code="):
        train_own("first")


def test_a_methods_edited_helper_changes_the_run_and_refuses_a_resume(
    train_own, tmp_path
):
    mine = written(SOURCE.replace("+ 0 * SCALE", "* SCALE"))
    first = train_own("first", methods=(method_of(mine, strength=2.0),))
    mine.SCALE = 5.0
    methods = (method_of(mine, strength=2.0),)
    assert abs(train_own("edited", methods=methods) - first).max() > 1e-4
    with pytest.raises(ValueError, match="other settings: own_code="):
        train_own("first", methods=methods)
    record = json.loads((tmp_path / "first" / "config.json").read_text())
    (described,) = record["methods"]
    assert Method.described(described).strength == 2.0
    assert described["term"] == "spread"
    own = digest(mine.Mean(), methods)
    assert sorted(own) == ["encoder mine:Mean", "method spread"]
    assert record["own_code"].keys() == {"method spread"}


def digest(encoder=None, methods=()):
    return digest_own_code(encoder, methods, MELS, 3)


def test_a_digest_is_of_what_is_computed_and_not_of_how_it_is_written():
    commented = SOURCE.replace("(SCALE * x)", "(SCALE * x)  # squashed")
    plain, commented = written(), written(commented)
    assert digest(plain.Mean()) == digest(commented.Mean())
    for old, new in (
        ("jnp.tanh", "jnp.sin"),
        ("SCALE = 1.0", "SCALE = jnp.float32(1.1)"),
        ("nn.Dense(5)", "nn.Dense(5, kernel_init=nn.initializers.ones)"),
        ("lengths.max()", "(lengths.max() if features.shape[1] < 40 else 7.0)"),
    ):
        assert digest(plain.Mean()) != digest(written(SOURCE.replace(old, new)).Mean())


@pytest.mark.parametrize(
    "more",
    [
        {"strength": 2.0},
        {"is_taken": True},
        {"reads": "embedding"},
        {"schedule": lambda share: share**2},
        {"loss": lambda emotion, terms, strengths: emotion + terms.sum()},
        {"init_state": lambda num_values: np.zeros(num_values)},
    ],
    ids=lambda more: next(iter(more)),
)
def test_every_part_of_a_record_is_in_its_digest(more):
    mine = written()
    if "init_state" in more:
        term = mine.spread
        mine.spread = lambda seen, state: (term(seen), state)
    changed = digest(methods=(method_of(mine, **more),))
    assert changed != digest(methods=(method_of(written()),))
    assert changed == digest(methods=(method_of(mine, **more),))


def test_what_is_serjaxs_is_not_a_users_own():
    assert digest(methods=tuple(METHODS.values())) == {}
    assert next_own_run(None, tuple(METHODS.values())) == 0
    first = next_own_run(Encoder(), ())
    assert next_own_run(Encoder(), ()) == first + 1


def test_an_encoder_that_gives_no_embedding_is_refused(train_own):
    frames = written(SOURCE.replace("return jnp.sum", "return features, jnp.sum"))
    with pytest.raises((ValueError, TypeError, AttributeError)):
        train_own("first", encoder=frames.Mean())
    flat = written(SOURCE.replace("/ lengths.max()", "[:, 0]"))
    with pytest.raises(ValueError, match=r"Mean gives the shape \(1,\).*embedding"):
        train_own("second", encoder=flat.Mean())


def test_a_term_that_is_no_scalar_is_refused(train_own):
    mine = written(SOURCE.replace("jnp.var(seen.emotion_losses)", "seen.losses"))
    with pytest.raises(ValueError, match=r"spread: its term has the shape \(.*scalar"):
        train_own("first", methods=(method_of(mine),))


def test_an_own_name_that_is_taken_is_refused(train_own):
    mine = written()
    words = {"does": "-", "equation": "-", "reference": "-", "term": mine.spread}
    for name in ("reversal", "baseline", "off"):
        with pytest.raises(ValueError, match="the name is taken"):
            make_small_config(methods=(Method(name=name, **words),))
    with pytest.raises(ValueError, match="small letters, digits and _"):
        Method(name="my-own", **words)


def halved(emotion_loss, attribute_losses, alpha):
    return 0.5 * emotion_loss + 0 * attribute_losses.sum()


def halved_both(emotion_loss, discriminator_losses, alpha):
    return 0.5 * emotion_loss, discriminator_losses.sum()


def unweighted(emotion_loss, attribute_losses, weight=1.0):
    return 0.5 * emotion_loss + 0 * attribute_losses.sum()


EDITS = {
    "multitask": ("multitask_loss", halved),
    "reversal": ("reversal_loss", halved),
    "adversarial": ("adversarial_losses", halved_both),
    "ganin": ("ganin_loss", unweighted),
}


def test_the_public_losses_are_what_training_runs(train_in, tmp_path, monkeypatch):
    # As after an edit of the files: nothing traced before is found.
    monkeypatch.setattr(programs, "_COMPILED", {})
    monkeypatch.setattr(compilation, "_path", lambda description: None)
    for name, (public, other) in EDITS.items():
        assert METHODS[name].loss is getattr(serjax, public)
        monkeypatch.setattr(METHODS[name].loss, "__code__", other.__code__)
    for name in EDITS:
        settings = {"approach": name, "attributes": ("gender",), "epochs": 2}
        train_in(tmp_path / name, **settings)
        first, _ = (tmp_path / name / "metrics.jsonl").read_text().splitlines()
        line = json.loads(first)
        expected = 0.5 * line["emotion_loss"]
        np.testing.assert_allclose(line["train_loss"], expected, rtol=1e-5)


def test_jax_compares_own_modules_by_value():
    # So that a number of its own is needed for each run: these two are equal.
    mine = written()
    assert mine.Mean() == mine.Mean() and hash(mine.Mean()) == hash(mine.Mean())
    assert jax.tree.structure(mine.Mean()) == jax.tree.structure(mine.Mean())
