from pathlib import Path

import numpy as np
import pytest

from serjax.analysis.speakers import (
    MIN_SPEAKERS,
    confusions,
    interval_over_speakers,
    resample_runs,
    resampled_ua,
    sample_speakers,
)
from serjax.evaluation.metrics import unweighted_accuracy
from serjax.records.folder import Run
from serjax.records.predictions import Rows
from tests.study.results import as_record, make_result


def make_rows(speakers, labels, predicted, part="test", classes=("a", "b")):
    """Rows of one part; speakers in one letter each, `-` for unknown."""
    num = len(speakers)
    return Rows(
        files=np.array(["x.wav"] * num),
        parts=np.array([part if part == "test" else "ood"] * num),
        attributes={
            "speaker": np.array([name.strip("-") for name in speakers]),
            "corpus": np.array([part] * num),
        },
        labels=np.array(labels),
        predicted=np.array(predicted),
        probabilities=np.zeros((num, len(classes))),
        classes=classes,
    )


def make_run(approach, seed, rows, attributes=()):
    result = as_record(make_result(approach, attributes, seed))
    run = Run(Path("run"), approach, tuple(attributes), seed, "finished")
    run.__dict__.update(rows=rows, result=result)  # as if they had been read
    return run


def test_the_resamples_of_two_speakers_are_worked_by_hand():
    # Speaker x has both right (UA 100), y has class a right alone (UA 50).
    rows = make_rows("xxyy", [0, 1, 0, 1], [0, 1, 0, 0])
    sample = sample_speakers([rows], "test")
    assert sample is not None
    counts = confusions(rows, sample)
    assert counts.tolist() == [[[1, 0], [0, 1]], [[1, 0], [1, 0]]]
    # Once each: a 2/2, b 1/2. Twice x; twice y; and x alone counts no class less.
    weights = np.array([[1, 1], [2, 0], [0, 2]])
    assert resampled_ua(counts, weights).tolist() == [75.0, 100.0, 50.0]
    # xx, xy, yx, yy are drawn alike.
    shares = (sample.weights[:, 0, None] == [0, 1, 2]).mean(0)
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.04)
    assert (sample.weights.sum(1) == 2).all()


def test_a_resample_without_a_class_leaves_it_out():
    # Speaker y has no utterance of class b.
    rows = make_rows("xxy", [0, 1, 0], [0, 0, 0])
    sample = sample_speakers([rows], "test")
    assert sample is not None
    uas = resampled_ua(confusions(rows, sample), np.array([[1, 1], [0, 2]]))
    assert uas.tolist() == [50.0, 100.0]


def test_every_speaker_once_is_the_ua_itself():
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 3, (2, 200))
    speakers = [chr(97 + number) for number in rng.integers(0, 12, 200)]
    rows = make_rows(speakers, labels, predicted, "tess", ("a", "b", "c"))
    _, (outcome,) = resample_runs([make_run("baseline", 0, rows)], "tess")
    confusion = np.zeros((3, 3), int)
    np.add.at(confusion, (labels, predicted), 1)
    assert outcome.ua.value == pytest.approx(unweighted_accuracy(confusion))
    low, high = outcome.ua.interval
    assert low < outcome.ua.value < high
    assert outcome.difference is None


def test_a_difference_keeps_only_what_the_approach_does():
    # Speakers of very different skill; the approach mends one utterance of each.
    speakers = "".join(name * 10 for name in "abcdefghijkl")
    labels = [0, 1] * 60
    baseline = np.array(labels)
    for index in range(12):
        baseline[10 * index : 10 * index + index // 2 + 1] ^= 1
    better = baseline.copy()
    better[::10] = 0
    runs = [
        make_run("baseline", 0, make_rows(speakers, labels, baseline)),
        make_run("baseline", 1, make_rows(speakers, labels, baseline)),
        make_run("reversal", 0, make_rows(speakers, labels, better), ["corpus"]),
        make_run("reversal", 2, make_rows(speakers, labels, baseline), ["corpus"]),
    ]
    _, (_, reversal) = resample_runs(runs, "test")
    # Paired by seed: seed 0 alone. One of 10 utterances: 10 points, on all speakers.
    assert reversal.difference is not None
    assert (reversal.difference.n, reversal.ua.n) == (1, 2)
    assert reversal.difference.value == pytest.approx(10.0)
    assert reversal.difference.interval == pytest.approx((10.0, 10.0))
    low, high = reversal.ua.interval
    assert high - low > 5


def test_the_mean_over_seeds_is_taken_resample_by_resample():
    uas = [np.array([50.0, 40, 60, 50]), np.array([60.0, 70, 50, 60])]
    interval = interval_over_speakers(uas)
    assert (interval.n, interval.value) == (2, 55.0)
    assert interval.interval == pytest.approx((55.0, 55.0))


def test_unknown_speakers_stand_alone_and_are_warned_of():
    speakers = "abcdefghijk--"
    rows = make_rows(speakers, [0, 1] * 6 + [0], [0] * 13, "tess")
    sample = sample_speakers([rows], "tess")
    assert sample is not None
    assert len(sample.speakers) == 13
    (warning,) = sample.warnings
    assert "utterances of unknown speaker, 2:" in warning


def test_utterances_of_unknown_speaker_do_not_make_few_speakers_many():
    rows = make_rows("ab" + "-" * 12, [0, 1] * 7, [0] * 14, "tess")
    sample = sample_speakers([rows], "tess")
    assert sample is not None
    few, unknown = sample.warnings
    assert few.startswith("tess has 2 known speakers:")
    assert "unknown speaker, 12:" in unknown


def test_too_few_speakers_are_warned_of():
    sample = sample_speakers([make_rows("xy", [0, 1], [0, 1], "tess")], "tess")
    assert sample is not None
    (warning,) = sample.warnings
    assert warning.startswith("tess has 2 speakers:")
    enough = "abcdefghijklmnop"[:MIN_SPEAKERS]
    rows = make_rows(enough, [0] * MIN_SPEAKERS, [0] * MIN_SPEAKERS)
    sample = sample_speakers([rows], "test")
    assert sample is not None
    assert not sample.warnings


def test_a_part_that_no_run_has_is_left_out():
    rows = make_rows("xy", [0, 1], [0, 1])
    assert resample_runs([make_run("baseline", 0, rows)], "tess") == (None, [])


def coverage(num_speakers: int, studies: int = 400) -> float:
    """How often the interval holds the UA of all speakers there are, 60 %."""
    rng = np.random.default_rng(num_speakers)
    skills = rng.normal(0.6, 0.12, (studies, num_speakers)).clip(0, 1)
    weights = rng.multinomial(num_speakers, [1 / num_speakers] * num_speakers, 500)
    held = 0
    for skill in skills:
        right = rng.binomial(10, skill[:, None], (num_speakers, 3))
        counts = np.zeros((num_speakers, 3, 3))
        counts[:, range(3), range(3)] = right
        counts[:, range(3), [1, 2, 0]] = 10 - right
        low, high = np.percentile(resampled_ua(counts, weights), [2.5, 97.5])
        held += low <= 60.0 <= high
    return held / studies


def test_intervals_hold_the_truth_as_often_as_their_docstring_says():
    # Standard errors: 1 to 2.5 points.
    expected = {2: (0.50, 0.08), 5: (0.84, 0.06), 10: (0.90, 0.045), 40: (0.94, 0.035)}
    for num_speakers, (share, margin) in expected.items():
        found = coverage(num_speakers)
        print(f"{num_speakers} speakers: {found:.1%} of intervals hold the truth")
        assert found == pytest.approx(share, abs=margin)
