import numpy as np
import pytest
import soundfile

from experiments.benchmarks import features
from experiments.benchmarks.features import largest_difference, write_resampled
from tests.experiments.benchmarks.small import make_bench

# librosa.load asks audioread for its backends, and one of them imports these.
pytestmark = pytest.mark.filterwarnings(
    "ignore:'(aifc|audioop|sunau)' is deprecated:DeprecationWarning"
)


def test_both_ways_give_the_same_numbers_at_both_rates(speech_folder, tmp_path):
    rows = features.measure(make_bench(speech_folder, tmp_path))
    rates = [row.what.split()[2] for row in rows]
    assert rates == ["16000", "16000", "48000", "48000"]
    assert ["in the store" in row.what for row in rows] == [False, True] * 2
    for row in rows:
        assert row.details["largest_difference"] < 1e-4
        assert row.value > 0
        if "in the store" not in row.what:
            assert row.twin is not None
            assert row.twin > 0
        assert row.details["times_real_time"] == pytest.approx(3600 / row.value)
        # 0.3 s each
        speech_s = 0.3 * row.details["recordings"]
        assert row.details["speech_h"] == pytest.approx(speech_s / 3600)


def test_other_numbers_are_told():
    ours = [np.zeros((3, 2)), np.zeros((4, 2))]
    theirs = [np.zeros((3, 2)), np.zeros((4, 2))]
    assert largest_difference(ours, theirs) == 0
    theirs[1][2, 1] = -0.25
    assert largest_difference(ours, theirs) == 0.25
    assert largest_difference(ours, [theirs[0], theirs[1][:3]]) == np.inf


def test_resampled_recordings_keep_name_and_duration(speech_folder, tmp_path):
    dataset = make_bench(speech_folder, tmp_path).dataset
    sample = dataset.utterances[:2]
    paths = write_resampled(dataset.paths, tmp_path / "new", sample, 48_000)
    assert sorted(paths) == sorted(utterance.file for utterance in sample)
    for utterance in sample:
        assert paths[utterance.file] == str(tmp_path / "new" / utterance.file)
        info = soundfile.info(paths[utterance.file])
        assert (info.samplerate, info.subtype) == (48_000, "PCM_16")
        assert info.duration == pytest.approx(0.3)
