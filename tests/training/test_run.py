import contextlib
import csv
import dataclasses
import itertools
import json
import os
import shutil
import signal
import threading
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.config import Config, Role
from serjax.data.joined import FeatureStore
from serjax.training import NonFinite, Stopped, loop, run
from serjax.training.checkpoints import read_checkpoint, write_checkpoint
from serjax.training.host import HostStore
from tests.training.made import (
    CLASSES,
    FOUR_CLASSES,
    MELS,
    make_dataset,
    make_small_config,
    network_of,
)

# Every role at once: both optimisers, the ramp and the reversal.
MIXED = {
    "roles": (
        Role("corpus", "adversarial"),
        Role("speaker", "reversal"),
        Role("gender", "multitask"),
    ),
    "epochs": 5,
}
TIMES = {"train_s", "utterances_per_s"}


@pytest.fixture(scope="module")
def finished(train_in, tmp_path_factory):
    """A finished run with a role of each kind: its folder and its result."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    return folder, train_in(folder, **MIXED)


def _metrics(folder):
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def _last_state(folder, dataset, first_state, **settings):
    network = network_of(make_small_config(**settings), dataset)
    progress = read_checkpoint(folder, first_state(network))
    assert progress is not None
    return progress


def _without(record, *names):
    return {name: value for name, value in record.items() if name not in names}


def _assert_same_run(folder, expected, dataset, first_state, **settings):
    """All that two runs leave, to the bit, apart from times."""
    lines, expected_lines = _metrics(folder), _metrics(expected)
    assert len(lines) == len(expected_lines)
    for line, other in zip(lines, expected_lines, strict=True):
        assert _without(line, *TIMES) == _without(other, *TIMES)
    results = (json.loads((f / "result.json").read_text()) for f in (folder, expected))
    result, other = (_without(record, "wall_s") for record in results)
    assert result == other
    for name in ("predictions.csv", "splits.csv"):
        assert (folder / name).read_bytes() == (expected / name).read_bytes()
    ours, theirs = (np.load(f / "embeddings.npz") for f in (folder, expected))
    with ours, theirs:
        for name in ("embeddings", "embeddings_last"):
            np.testing.assert_array_equal(ours[name], theirs[name])
    progress, other = (
        _last_state(f, dataset, first_state, **settings) for f in (folder, expected)
    )
    pairs = zip(
        jax.tree.leaves((progress.state, progress.best_params)),
        jax.tree.leaves((other.state, other.best_params)),
        strict=True,
    )
    for a, b in pairs:
        if jnp.issubdtype(a.dtype, jax.dtypes.prng_key):
            a, b = jax.random.key_data(a), jax.random.key_data(b)
        np.testing.assert_array_equal(a, b)


def test_a_run_leaves_what_the_house_promises(finished):
    folder, _ = finished
    assert sorted(path.name for path in folder.iterdir()) == [
        ".lock",
        "checkpoints",
        "config.json",
        "embeddings.npz",
        "metrics.jsonl",
        "predictions.csv",
        "result.json",
        "skipped.csv",
        "splits.csv",
    ]


def test_result_json_has_the_keys_of_the_house(finished, dataset):
    folder, result = finished
    assert json.loads((folder / "result.json").read_text()) == result
    keys = (
        "status approach roles attributes classes seed split_seed epochs_run "
        "best_epoch alpha_at_best alpha_last ua ua_last wa recall confusion collapsed "
        "num_speakers dataset config_hash wall_s"
    )
    assert set(keys.split()) <= set(result)
    assert result["status"] == "finished"
    assert result["roles"] == {
        "corpus": "adversarial",
        "speaker": "reversal",
        "gender": "multitask",
    }
    assert result["attributes"] == ["corpus", "speaker", "gender"]
    assert (result["approach"], result["epochs_run"]) == ("mixed", 5)
    by_part = "ua ua_last wa recall confusion collapsed num_speakers auc auc_last "
    by_part += "ua_even ua_even_last nll nll_last nll_prior"
    for key in by_part.split():
        assert list(result[key]) == ["valid", "test", "gamma"]
    assert result["num_speakers"] == {"valid": 2, "test": 2, "gamma": 2}
    assert np.sum(result["confusion"]["gamma"]) == 6
    assert result["classes"] == list(CLASSES)
    assert list(result["recall"]["test"]) == list(CLASSES)
    assert {*result["ua_test_by_corpus"]} == {"alpha", "beta"}
    counts = json.loads((folder / "config.json").read_text())["training_classes"]
    assert {*counts} == {"alpha", "beta"}
    num_train = sum(sum(it.values()) for it in counts.values())
    assert num_train == len(dataset.rows("train"))
    assert result["dataset"] == dataset.identity
    # (0.5 + 0.5 + 0.1) / 3 in the last epoch, when reversal's ramp is at its top.
    assert result["alpha_last"] == pytest.approx(1.1 / 3)


ATTRIBUTE_KEYS = ("loss", "accuracy", "chance", "prior_entropy", "grad_norm")


def test_metrics_has_the_keys_of_the_contract_epoch_by_epoch(finished):
    lines = _metrics(finished[0])
    common = {"epoch", "alpha", "train_loss", "emotion_loss", "valid_ua", *TIMES}
    common.add("encoder_grad_norm")
    chosen = {
        f"{name}_{what}"
        for name in ("corpus", "speaker", "gender")
        for what in ("strength", *ATTRIBUTE_KEYS)
    }
    for epoch, line in enumerate(lines):
        assert set(line) == common | chosen
        assert line["epoch"] == epoch
        assert line["train_s"] > 0
        assert line["utterances_per_s"] == pytest.approx(18 / line["train_s"])
        assert line["gender_chance"] == pytest.approx(60)
        assert line["speaker_chance"] == pytest.approx(100 / 6)
        assert 0 <= line["gender_accuracy"] <= 100
    assert len(lines) == 5
    # Untrained heads give about the logarithm of the number of values.
    assert lines[0]["speaker_loss"] == pytest.approx(np.log(6), rel=0.3)
    assert lines[0]["emotion_loss"] == pytest.approx(np.log(3), rel=0.3)


def test_the_best_epoch_is_that_of_the_highest_validation_ua(finished):
    folder, result = finished
    uas = [line["valid_ua"] for line in _metrics(folder)]
    assert result["ua"]["valid"] == max(uas)
    assert result["best_epoch"] == int(np.argmax(uas))
    assert result["ua_last"]["valid"] == uas[-1]
    best = _metrics(folder)[result["best_epoch"]]
    assert result["alpha_at_best"] == best["alpha"]


def test_predictions_are_the_best_epochs_for_every_row_but_trainings(finished, dataset):
    folder, result = finished
    with (folder / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    header = "file part corpus speaker gender language room emotion predicted"
    assert list(rows[0]) == [*header.split(), *(f"p_{name}" for name in CLASSES)]
    assert len(rows) == 18
    assert {row["part"] for row in rows} == {"valid", "test", "ood"}
    by_file = {u.file: u for u in dataset.utterances}
    for row in rows:
        utterance = by_file[row["file"]]
        assert row["speaker"] == utterance.speaker
        assert row["gender"] == utterance.gender
        assert row["room"] == ("small" if row["corpus"] == "alpha" else "")
        scores = {name: float(row[f"p_{name}"]) for name in CLASSES}
        assert sum(scores.values()) == pytest.approx(1, abs=1e-5)
        assert max(scores, key=lambda name: scores[name]) == row["predicted"]
    valid = [row for row in rows if row["part"] == "valid"]
    for name, recall in result["recall"]["valid"].items():
        hits = [r["predicted"] == name for r in valid if r["emotion"] == name]
        assert recall == pytest.approx(100 * np.mean(hits))


def test_embeddings_stand_beside_their_files(finished, dataset):
    folder, _ = finished
    with np.load(folder / "embeddings.npz") as stored:
        rows = np.flatnonzero(np.array(dataset.parts) != "train")
        assert stored["files"].tolist() == [dataset.utterances[r].file for r in rows]
        assert stored["parts"].tolist() == [dataset.parts[r] for r in rows]
        assert stored["embeddings"].shape == (18, 8)
        assert stored["embeddings_last"].shape == (18, 8)


def test_config_json_can_be_given_back(finished, train_in):
    folder, result = finished
    record = json.loads((folder / "config.json").read_text())
    config = Config.from_flat(record["settings"])
    assert config == make_small_config(workdir=str(folder), **MIXED)
    assert record["config_hash"] == config.hash() == result["config_hash"]
    assert {"python", "jax", "flax", "optax"} <= set(record["versions"])
    assert record["batch_size"] == 8
    assert {"backend", "device", "dataset"} <= set(record)


def test_splits_are_written_with_the_run(finished, dataset):
    with (finished[0] / "splits.csv").open() as file:
        rows = [(row["file"], row["part"]) for row in csv.DictReader(file)]
    files = [u.file for u in dataset.utterances]
    assert rows == list(zip(files, dataset.parts, strict=True))


@pytest.fixture
def mapped(dataset, tmp_path):
    """The data set with its features in a memory map."""
    store = dataset.store
    rows = [store.row(row) for row in range(len(store.lengths))]
    path = tmp_path / "joined.npy"
    in_map = FeatureStore.in_memory_map(path, rows, store.lengths.tolist(), MELS)
    return dataclasses.replace(dataset, store=in_map)


def _threads_ahead():
    return [it for it in threading.enumerate() if it.name.startswith("ahead")]


SMALL_BUDGET = {"memory_budget_gb": 1e-9}


def test_past_the_memory_budget_a_run_has_the_same_bits(
    finished, train_in, tmp_path, mapped, dataset, first_state
):
    folder = tmp_path / "run"
    train_in(folder, dataset=mapped, **MIXED, **SMALL_BUDGET)
    _assert_same_run(folder, finished[0], dataset, first_state, **MIXED)
    assert _threads_ahead() == []


def test_past_the_memory_budget_programs_are_traced_as_often(
    train_in, tmp_path, mapped, traced
):
    for seed in (0, 1):
        folder = tmp_path / f"run{seed}"
        settings = {**MIXED, **SMALL_BUDGET, "epochs": 2}
        train_in(folder, dataset=mapped, seed=seed, **settings)
    assert traced() == {("adversarial", 8, 16): 1, ("predict", 8, 16): 1}


def test_a_run_stopped_on_one_path_is_resumed_on_the_other(
    finished, train_in, tmp_path, mapped, dataset, first_state, monkeypatch
):
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        _stop_after(patch, 7)
        with pytest.raises(Stopped):
            train_in(folder, dataset=mapped, **MIXED, **SMALL_BUDGET)
    assert _threads_ahead() == []
    train_in(folder, **MIXED)
    _assert_same_run(folder, finished[0], dataset, first_state, **MIXED)


@pytest.mark.parametrize("batch", [0, 2, 4])  # three to train on, then validation
def test_a_batch_that_cannot_be_gathered_ends_the_run_with_its_error(
    batch, train_in, tmp_path, mapped, monkeypatch
):
    gather, asked = HostStore.gather, itertools.count()

    def fail(self, rows, num_frames):
        if next(asked) == batch:
            raise OSError("the disk is gone")
        return gather(self, rows, num_frames)

    monkeypatch.setattr(HostStore, "gather", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        train_in(tmp_path / "run", dataset=mapped, epochs=2, **SMALL_BUDGET)
    assert _threads_ahead() == []


def test_another_seed_gives_another_run(finished, train_in, tmp_path):
    train_in(tmp_path, **MIXED, seed=1)
    losses = [[m["train_loss"] for m in _metrics(f)] for f in (tmp_path, finished[0])]
    assert all(a != b for a, b in zip(*losses, strict=True))


def test_a_finished_run_returns_its_result_untouched(finished, train_in, monkeypatch):
    folder, result = finished
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}
    monkeypatch.setattr(run, "fit", lambda *_: pytest.fail("it trains again"))
    assert train_in(folder, **MIXED, checkpoint_every_s=3.0) == result
    after = {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}
    assert after == before


def _stop_after(monkeypatch, num_steps):
    """A stop signal comes while step `num_steps` runs."""
    asked = itertools.count()

    @contextlib.contextmanager
    def noting():
        yield lambda: 15 if next(asked) >= num_steps else None

    monkeypatch.setattr(run, "noting_stop_signals", noting)


@pytest.mark.parametrize("num_steps", [2, 7])  # three steps are an epoch
def test_a_stopped_run_resumes_to_the_same_bits(
    num_steps, finished, train_in, tmp_path, dataset, first_state, monkeypatch
):
    with monkeypatch.context() as patch:
        _stop_after(patch, num_steps)
        with pytest.raises(Stopped) as stopped:
            train_in(tmp_path, **MIXED)
    epochs = num_steps // 3
    assert (stopped.value.signal, stopped.value.epochs_run) == (15, epochs)
    assert not (tmp_path / "result.json").exists()
    assert (tmp_path / "checkpoints" / f"epoch-{epochs}").exists() == (epochs > 0)
    train_in(tmp_path, **MIXED)
    _assert_same_run(tmp_path, finished[0], dataset, first_state, **MIXED)


def test_a_real_sigterm_writes_a_checkpoint_and_resumes(
    finished, train_in, tmp_path, dataset, first_state
):
    told = []

    def report(line):
        told.append(line)
        if len(told) == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Stopped) as stopped:
        train_in(tmp_path, report, **MIXED)
    assert (stopped.value.signal, stopped.value.epochs_run) == (signal.SIGTERM, 2)
    assert (tmp_path / "checkpoints" / "epoch-2").exists()
    told.clear()
    train_in(tmp_path, told.append, **MIXED)
    assert told[0] == "Resuming after epoch 2 of 5."
    assert [line.split()[1] for line in told[1:]] == ["3/5", "4/5", "5/5"]
    _assert_same_run(tmp_path, finished[0], dataset, first_state, **MIXED)


@pytest.mark.parametrize("checkpoint_at", [0, 1])
def test_a_killed_run_replays_the_epochs_since_its_checkpoint(
    checkpoint_at, finished, train_in, tmp_path, dataset, first_state, monkeypatch
):
    def write_one(folder, progress):
        if progress.epochs_run == checkpoint_at:
            write_checkpoint(folder, progress)

    def die(line):
        if line.split()[1] == "4/5":
            raise MemoryError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(run.checkpoints, "write_checkpoint", write_one)
        with pytest.raises(MemoryError):
            train_in(tmp_path, die, **MIXED, checkpoint_every_s=0.0)
    assert len(_metrics(tmp_path)) == 4
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 4, "al')  # killed while it wrote
    assert not (tmp_path / "result.json").exists()
    train_in(tmp_path, **MIXED)
    _assert_same_run(tmp_path, finished[0], dataset, first_state, **MIXED)


def test_a_kill_after_the_last_epoch_leaves_evaluation_alone(
    finished, train_in, tmp_path, dataset, first_state, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(run, "evaluate", lambda *_: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            train_in(tmp_path, **MIXED)
    told = []
    train_in(tmp_path, told.append, **MIXED)
    assert told == ["Resuming after epoch 5 of 5."]
    _assert_same_run(tmp_path, finished[0], dataset, first_state, **MIXED)


def test_checkpoints_are_written_at_most_so_often(train_in, tmp_path, monkeypatch):
    written = []

    def spied(folder, progress):
        written.append(progress.epochs_run)

    monkeypatch.setattr(run.checkpoints, "write_checkpoint", spied)
    train_in(tmp_path / "seldom", epochs=3)
    train_in(tmp_path / "often", epochs=3, checkpoint_every_s=0.0)
    assert written == [3, 1, 2, 3, 3]  # the second 3 finds it there and does nothing


def test_reversals_alpha_rises_to_a_half_over_the_nominal_epochs(train_in, tmp_path):
    settings = {"approach": "reversal", "attributes": ("speaker", "gender")}
    train_in(tmp_path, **settings, epochs=3)
    assert [line["alpha"] for line in _metrics(tmp_path)] == [0, 0.25, 0.5]


def test_early_stopping_leaves_a_finished_run(train_in, tmp_path, monkeypatch):
    uas = iter([40.0, 50.0, 45.0, 50.0, 99.0])
    monkeypatch.setattr(loop, "score", lambda *_: SimpleNamespace(ua=next(uas)))
    settings = {"approach": "reversal", "attributes": ("gender",), "epochs": 6}
    result = train_in(tmp_path, **settings, patience=2)
    assert (result["epochs_run"], result["best_epoch"]) == (4, 1)
    assert result["alpha_at_best"] == pytest.approx(0.1)
    assert result["alpha_last"] == pytest.approx(0.3)


def test_other_settings_on_a_run_are_refused_with_the_difference(finished, train_in):
    folder, result = finished
    there = (folder / "config.json").read_bytes()
    changed = {"seed": 3, "alpha_multitask": 0.2, "conv_features": (6, 7)}
    with pytest.raises(ValueError) as refused:
        train_in(folder, **MIXED, **changed)
    for difference in (
        "seed=0 there, 3 given",
        "alpha_multitask=0.1 there, 0.2 given",
        "conv_features=6 there, 6,7 given",
        "Choose another --workdir",
    ):
        assert difference in str(refused.value)
    assert "epochs" not in str(refused.value)
    with pytest.raises(ValueError, match="speaker:reversal.*there, none given"):
        train_in(folder, epochs=5)
    assert (folder / "config.json").read_bytes() == there
    assert train_in(folder, **MIXED) == result


def test_other_data_on_a_run_are_refused(finished, train_in, dataset):
    other = dataclasses.replace(dataset, identity="other")
    with pytest.raises(ValueError, match="dataset=.*made-9-16.*there.*'other'"):
        train_in(finished[0], dataset=other, **MIXED)


def test_other_classes_on_a_run_are_refused_by_name(finished, train_in):
    four = make_dataset(classes=FOUR_CLASSES)
    message = (
        "classes=negative,neutral,positive there, "
        "anger,happiness,neutral,sadness given; dataset="
    )
    with pytest.raises(ValueError, match=message):
        train_in(finished[0], dataset=four, **MIXED)


def test_another_runs_checkpoint_is_refused_with_the_difference(
    finished, train_in, tmp_path, dataset
):
    other = dataclasses.replace(dataset, identity="other")
    for name, settings, difference in (
        ("seed", {"seed": 1}, "seed=0 there, 1 given"),
        ("data", {"dataset": other}, "dataset=.*there, .*'other'"),
    ):
        ours = tmp_path / name / "checkpoints"
        shutil.copytree(finished[0] / "checkpoints", ours)
        message = f"epoch-5 is of a run with other settings: {difference}"
        with pytest.raises(ValueError, match=message):
            train_in(tmp_path / name, **MIXED, **settings)
        assert [path.name for path in ours.iterdir()] == ["epoch-5"]


def test_a_damaged_checkpoint_costs_epochs_and_no_bit(
    finished, train_in, tmp_path, dataset, first_state, monkeypatch
):
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        _stop_after(patch, 10)  # in the fourth epoch
        with pytest.raises(Stopped):
            train_in(folder, **MIXED, checkpoint_every_s=0.0)
    checkpoints = folder / "checkpoints"
    assert {it.name for it in checkpoints.iterdir()} == {"epoch-2", "epoch-3"}
    largest = max(
        (it for it in (checkpoints / "epoch-3").rglob("*") if it.is_file()),
        key=lambda it: it.stat().st_size,
    )
    data = bytearray(largest.read_bytes())
    data[len(data) // 2] ^= 1
    largest.write_bytes(data)
    told = []
    with pytest.warns(UserWarning, match="epoch-3 is damaged: state/"):
        train_in(folder, told.append, **MIXED)
    assert told[0] == "Resuming after epoch 2 of 5."
    _assert_same_run(folder, finished[0], dataset, first_state, **MIXED)


def test_a_damaged_result_is_made_anew_to_the_same_bits(
    finished, train_in, tmp_path, dataset, first_state
):
    folder = tmp_path / "run"
    shutil.copytree(finished[0], folder)
    (folder / "result.json").write_text('{"status": "fin')
    with pytest.warns(UserWarning, match="result.json is no JSON.*made anew"):
        train_in(folder, **MIXED)
    _assert_same_run(folder, finished[0], dataset, first_state, **MIXED)


def test_a_run_without_its_config_is_refused(train_in, tmp_path):
    (tmp_path / "result.json").write_text("{}")
    with pytest.raises(ValueError, match="without its config.json"):
        train_in(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".lock", "result.json"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("accent", "no attribute 'accent'; they have corpus, speaker, gender, lang"),
        ("room", "'room' cannot be trained on: room has one value.*: 'small'"),
    ],
)
def test_an_attribute_that_cannot_be_used_is_an_error(
    name, message, train_in, tmp_path
):
    settings = {"approach": "reversal", "attributes": ("gender", name)}
    with pytest.raises(ValueError, match=message):
        train_in(tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()


def _spoil(dataset, row):
    """The data set with NaN for a row's features, as if they had blown up a model."""
    frames = dataset.store.frames.copy()
    frames[dataset.store.offsets[row] : dataset.store.offsets[row + 1]] = np.nan
    store = dataclasses.replace(dataset.store, frames=frames)
    return dataclasses.replace(dataset, store=store, identity=f"spoilt {row}")


GENDER = {"approach": "reversal", "attributes": ("gender",), "seed": 3, "epochs": 4}
FAILURE = {"config.json", "failure.json", "splits.csv", "skipped.csv", ".lock"}


def test_training_that_diverges_ends_with_an_error_and_no_result(
    train_in, tmp_path, dataset
):
    spoilt = _spoil(dataset, dataset.rows("train")[0])
    with pytest.raises(NonFinite) as diverged:
        train_in(tmp_path, dataset=spoilt, checkpoint_every_s=0.0, **GENDER)
    for part in (
        "reversal-G-seed3: train_loss, emotion_loss, gender_loss, encoder_grad_norm",
        "not finite in epoch 1 (attributes gender, mean alpha 0)",
        "--learning_rate",
        "--clip_norm",
    ):
        assert part in str(diverged.value)
    assert _metrics(tmp_path) == []
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {*FAILURE, "metrics.jsonl"}


def _diverge_in(monkeypatch, epoch, change):
    """After an epoch's last step, state and totals are what `change` makes of them."""
    train_programs = loop.train_programs

    def make(job, state, totals, choices, batches):
        programs = train_programs(job, state, totals, choices, batches)

        def spoilt(program):
            def call(state, totals, *others):
                state, totals = program(state, totals, *others)
                if int(state.step) == (epoch + 1) * len(batches):
                    state, totals = change(state, totals)
                return state, totals

            return call

        return {frames: spoilt(program) for frames, program in programs.items()}

    monkeypatch.setattr(loop, "train_programs", make)


def _spoil_first(tree):
    """The tree with an infinite number in one leaf."""
    leaves, structure = jax.tree.flatten(tree)
    leaves[0] = leaves[0].at[(0,) * leaves[0].ndim].set(jnp.inf)
    return jax.tree.unflatten(structure, leaves)


CHANGES = {
    "gender_loss": lambda state, totals: (
        state,
        totals.replace(attribute_loss=totals.attribute_loss + jnp.nan),
    ),
    "encoder_grad_norm": lambda state, totals: (
        state,
        totals.replace(encoder_grad_norm=totals.encoder_grad_norm * jnp.inf),
    ),
    "the classifier's parameters": lambda state, totals: (
        state.replace(params=_spoil_first(state.params)),
        totals,
    ),
    "the classifier's momentum": lambda state, totals: (
        state.replace(opt_state=_spoil_first(state.opt_state)),
        totals,
    ),
    "the discriminators' parameters": lambda state, totals: (
        state.replace(discriminator_params=_spoil_first(state.discriminator_params)),
        totals,
    ),
}


def test_the_epoch_that_diverges_is_named_and_the_one_before_it_kept(
    finished, train_in, tmp_path, dataset, first_state, monkeypatch
):
    folder = tmp_path / "run"
    roles = "corpus:adversarial,speaker:reversal,gender:multitask"
    for quantity, change in CHANGES.items():
        with monkeypatch.context() as patch:
            _diverge_in(patch, 2, change)
            with pytest.raises(NonFinite, match=quantity) as diverged:
                train_in(folder, **MIXED)
        told = str(diverged.value)
        assert "mixed-" in told
        assert f"in epoch 3 (attributes {roles}, mean alpha 0.283)" in told
        failure = json.loads((folder / "failure.json").read_text())
        assert (failure["status"], failure["epoch"]) == ("failed", 2)
        assert failure["alpha"] == pytest.approx((0.5 + 0.25 + 0.1) / 3)
        assert quantity in failure["not_finite"]
        assert not (folder / "result.json").exists()
        assert len(_metrics(folder)) == 2
        assert (folder / "checkpoints" / "epoch-2").is_dir()
    # Without the cause, the run goes on from there to the same bits.
    train_in(folder, **MIXED)
    assert not (folder / "failure.json").exists()
    _assert_same_run(folder, finished[0], dataset, first_state, **MIXED)


def test_a_model_whose_predictions_are_not_finite_ends_with_an_error(
    train_in, tmp_path, dataset
):
    spoilt = _spoil(dataset, dataset.rows("valid")[0])
    with pytest.raises(NonFinite, match="a probability in validation not finite in ep"):
        train_in(tmp_path, dataset=spoilt, checkpoint_every_s=0.0)
    assert _metrics(tmp_path) == []
    assert not (tmp_path / "checkpoints").exists()


def test_a_long_epoch_that_diverges_is_not_trained_to_its_end(
    train_in, tmp_path, dataset, monkeypatch
):
    monkeypatch.setattr(loop, "_CHECK_EVERY_S", 0.0)
    looked = []
    check = loop.totals_finite

    def count(*args):
        looked.append(args)
        return check(*args)

    monkeypatch.setattr(loop, "totals_finite", count)
    train_in(tmp_path / "sound", epochs=1)
    assert len(looked) == 3 + 1  # its steps, and its end
    looked.clear()
    spoilt = _spoil(dataset, dataset.rows("train")[0])
    with pytest.raises(NonFinite):
        train_in(tmp_path / "spoilt", dataset=spoilt, epochs=1)
    assert len(looked) <= 3


def test_the_rule_sets_the_batch_size_and_it_is_recorded(train_in, tmp_path):
    train_in(tmp_path, batch_size=0, epochs=1)
    record = json.loads((tmp_path / "config.json").read_text())
    assert record["batch_size"] == 8
    assert record["settings"]["batch_size"] == 0


def test_a_line_is_reported_for_every_epoch(train_in, tmp_path, capsys):
    told = []
    settings = {"approach": "multitask", "attributes": ("gender",), "epochs": 2}
    train_in(tmp_path, told.append, **settings)
    assert [line.split()[:2] for line in told] == [["epoch", "1/2"], ["epoch", "2/2"]]
    assert all("valid UA" in line and "gender" in line for line in told)
    assert capsys.readouterr().out == ""


def test_an_attribute_may_be_named_as_what_is_told_of_it():
    line = {"epoch": 0, "alpha": 0.1, "train_loss": 1.0, "emotion_loss": 1.0}
    line |= {"valid_ua": 40.0, "train_s": 2.0}
    line |= {"my_accuracy_accuracy": 60.0, "my_accuracy_chance": 50.0}
    progress = SimpleNamespace(best_epoch=0)
    text = run.describe_epoch(line, progress, 3)  # pyright: ignore
    assert text.endswith("2.0 s  my_accuracy 60.0 (50.0)")


def test_each_role_of_a_mixed_run_has_its_strength_in_its_line():
    line = {"epoch": 0, "alpha": 0.2, "train_loss": 1.0, "emotion_loss": 1.0}
    line |= {"valid_ua": 40.0, "train_s": 2.0}
    progress = SimpleNamespace(best_epoch=0)
    line |= {"speaker_strength": 0.3, "gender_strength": 0.1}
    text = run.describe_epoch(line, progress, 3)  # pyright: ignore
    assert text.startswith("epoch   1/3  alpha speaker 0.300, gender 0.100  loss")
    line |= {"speaker_strength": 0.2, "gender_strength": 0.2}
    text = run.describe_epoch(line, progress, 3)  # pyright: ignore
    assert text.startswith("epoch   1/3  alpha 0.200  loss")


def test_a_result_tells_the_strength_of_each_role(finished):
    result = finished[1]
    assert {*result["strengths_last"]} == {*result["attributes"]}
    for moment in ("at_best", "last"):
        strengths = result[f"strengths_{moment}"].values()
        mean = sum(strengths) / len(strengths)
        assert result[f"alpha_{moment}"] == pytest.approx(mean)
    assert len({*result["strengths_last"].values()}) > 1


def test_the_default_folder_has_the_settings_name(train_in, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train_in("", epochs=1, approach="multitask", attributes=("G", "C"))
    assert (tmp_path / "runs" / "multitask-C+G-seed0" / "result.json").exists()
