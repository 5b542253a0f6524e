import pytest

from serjax.config import make_config
from serjax.tuning.selection import Blind, Fold, make_folds, score_trial
from tests.training.made import make_dataset


def make_fold(part="valid"):
    left_out = "" if part == "valid" else part
    dataset = Blind(**vars(make_dataset()), left_out=left_out)
    return Fold(make_config(), dataset, part)


def trainer(uas, trained=None):
    def train(config, dataset, report, on_epoch):
        if trained is not None:
            trained.append(config)
        ua = uas[config.training.seed]
        for epoch, share in enumerate((0.5, 1.0, 0.8)):
            on_epoch({"epoch": epoch, "valid_ua": share * ua["valid"]})
        return {"ua": ua, "ua_last": dict.fromkeys(ua, 99.0)}

    return train


def test_nothing_but_the_part_that_judges_is_evaluated():
    assert [*make_fold().dataset.evaluation_parts()] == ["valid"]
    parts = make_fold("gamma").dataset.evaluation_parts()
    assert [*parts] == ["valid", "gamma"]
    assert all(len(rows) for rows in parts.values())


@pytest.mark.parametrize("other", [0.0, 100.0])
def test_test_and_unseen_scores_change_no_score_and_no_note(tmp_path, other):
    noted = []
    uas = {
        seed: {"valid": valid, "test": other, "tess": other}
        for seed, valid in ((0, 40.0), (1, 60.0))
    }
    score = score_trial(
        [make_fold()], {}, [0, 1], tmp_path, lambda *it: noted.append(it), trainer(uas)
    )
    assert score == 50.0
    # Of the first seed's run alone, and never less than before.
    assert noted == [(0, 20.0), (1, 40.0), (2, 40.0)]


def test_leave_one_out_is_the_mean_over_corpora_and_prunes_by_nothing(tmp_path):
    noted, trained = [], []
    uas = {0: {"valid": 0.0, "alpha": 30.0, "beta": 60.0, "test": 0.0}}
    folds = [make_fold("alpha"), make_fold("beta")]
    settings = {"approach": "reversal", "attributes": ("speaker",), "momentum": 0.5}
    train = trainer(uas, trained)
    score = score_trial(
        folds, settings, [0], tmp_path, lambda *it: noted.append(it), train
    )
    assert (score, noted) == (45.0, [])
    assert {it.training.momentum for it in trained} == {0.5}
    assert {it.training.approach for it in trained} == {"reversal"}
    folders = [str(tmp_path / name / "seed0") for name in ("alpha", "beta")]
    assert [it.run.workdir for it in trained] == folders


def test_a_run_that_was_stopped_is_noted_from_its_first_epoch(tmp_path):
    (tmp_path / "seed0").mkdir()
    line = '{"epoch": 0, "alpha": 0.0, "valid_ua": 33.0}\n'
    (tmp_path / "seed0" / "metrics.jsonl").write_text(line)

    def note(epoch, ua):
        raise ZeroDivisionError(epoch, ua)

    with pytest.raises(ZeroDivisionError) as error:
        score_trial([make_fold()], {}, [0], tmp_path, note, trainer({}))
    assert error.value.args == (0, 33.0)


@pytest.mark.parametrize("held_out", ["", "savee"])
def test_unseen_corpora_are_in_no_fold(held_out):
    protocol = "leave_one_out" if held_out else "given"
    config = make_config(ood="crema-d,tess", protocol=protocol)
    folds = make_folds(config, "leave_one_out", held_out)
    unseen = {"crema-d", "tess", held_out} - {""}
    trained = {"emodb", "emovo", "epst", "iemocap", "ravdess", "savee"} - unseen
    assert {fold.part for fold in folds} == trained
    for fold in folds:
        dataset = fold.dataset
        assert {*dataset.evaluation_parts()} == {"valid", fold.part}
        used = [*dataset.rows("train"), *dataset.rows("valid"), *dataset.rows("test")]
        corpora = {dataset.utterances[row].corpus for row in used}
        assert corpora == trained - {fold.part}
        assert fold.config.data.held_out == (fold.part,)
    # Batches are as large as of a run on all that may be trained on.
    (whole,) = make_folds(config, "valid", held_out)
    assert [*whole.dataset.evaluation_parts()] == ["valid"]
    sizes = {fold.dataset.smallest_train for fold in folds}
    assert sizes == {whole.dataset.smallest_train or len(whole.dataset.rows("train"))}
