import numpy as np
import pytest

from serjax.data.augmentation import CopySettings, augment_signal

KINDS = ("noise", "room", "speed")


def copies_of(signal, kind, numbers=(*range(1, 30),)):
    return [
        augment_signal(signal, CopySettings(augment=kind, copy=number))
        for number in numbers
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_is_drawn_from_its_signal_and_number_alone(noise, kind):
    signal = noise(8000)
    first, again, second = copies_of(signal, kind, (1, 1, 2))
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    if kind != "speed":  # of two speeds
        assert not np.array_equal(first, second)
    assert not np.array_equal(first, signal)


def test_noise_is_of_a_drawn_level_white_or_pink(noise):
    signal = noise(8000)
    added = [copy - signal for copy in copies_of(signal, "noise")]
    snr_db = [10 * np.log10((signal**2).mean() / (it**2).mean()) for it in added]
    assert 5 <= min(snr_db) < 10 and 25 < max(snr_db) <= 30
    # Of pink noise, the lower half of the spectrum has nearly all.
    power = [np.abs(np.fft.rfft(it)) ** 2 for it in added]
    low = np.array([it[:2000].sum() / it.sum() for it in power])
    assert 5 < (low > 0.8).sum() < 24
    np.testing.assert_allclose(low[low <= 0.8], 0.5, atol=0.05)


def test_a_room_s_sound_comes_at_once_and_decays_in_a_drawn_time():
    click = np.zeros(16_000, np.float32)
    click[100] = 0.5
    times_s = []
    for heard in copies_of(click, "room"):
        assert heard.size == click.size and np.abs(heard[:100]).max() < 1e-9
        np.testing.assert_allclose((heard**2).sum(), 0.25, rtol=1e-3)
        np.testing.assert_allclose(heard[100] ** 2, 0.125, rtol=1e-2)
        (loud,) = np.nonzero(np.abs(heard[101:]) > 1e-9)
        times_s.append(loud.max() / 16_000)
        # Half of the decay in dB in half of the time.
        middle = 101 + loud.max() // 2
        early, late = heard[101:201], heard[middle : middle + 100]
        fall_db = 10 * np.log10((early**2).mean() / (late**2).mean())
        assert 24 < fall_db < 36
    assert 0.09 < min(times_s) < 0.2 and 0.5 < max(times_s) < 0.61


def test_speed_makes_shorter_or_longer(noise):
    sizes = {copy.size for copy in copies_of(noise(9900), "speed")}
    assert sizes == {9000, 11_000}


def test_copies_are_of_training_rows_and_change_no_other_row(load):
    plain = load()
    data = load(augment="noise", augment_copies=2)
    train, num_rows = data.rows("train"), len(data.labels)
    assert sorted(data.copy_of) == sorted([*train, *train])
    assert len(data.store.lengths) == num_rows + 36
    num_frames = plain.store.offsets[-1]
    np.testing.assert_array_equal(data.store.frames[:num_frames], plain.store.frames)
    assert data.parts == plain.parts and data.identity != plain.identity
    rows = [num_rows, num_rows + 18, data.copy_of[0]]
    first, second, own = map(data.store.row, rows)
    assert len(first) == len(second) == len(own)
    assert min(abs(first - second).max(), abs(first - own).max()) > 0.1
    mapped = load(augment="noise", augment_copies=2, memory_budget_gb=1e-9)
    np.testing.assert_array_equal(mapped.store.frames, data.store.frames)


def test_an_epoch_has_each_training_row_or_a_copy_of_it_once(load):
    data = load(augment="room", augment_copies=3)
    epochs = [data.draw_training_rows(seed=1, epoch=epoch) for epoch in range(40)]
    for rows in epochs:
        np.testing.assert_array_equal(data.row_of[rows], data.rows("train"))
    np.testing.assert_array_equal(epochs[7], data.draw_training_rows(1, 7))
    share = (np.array(epochs) < len(data.labels)).mean()
    assert abs(share - 1 / 4) < 0.06
    plain = load()
    rows = plain.draw_training_rows(seed=1, epoch=0)
    np.testing.assert_array_equal(rows, plain.rows("train"))


def test_copies_take_no_part_in_the_statistics_of_a_corpus(load):
    plain = load(normalisation="corpus")
    data = load(normalisation="corpus", augment="noise")
    num_frames = plain.store.offsets[-1]
    np.testing.assert_array_equal(data.store.frames[:num_frames], plain.store.frames)


def test_copies_that_are_too_short_are_counted(load, corpora, write_wav, noise):
    for seed, path in enumerate(sorted(corpora.rglob("*a02*.wav"))):
        write_wav(path, noise(512, 50 + seed))  # Of one frame.
    data = load(augment="speed")
    missing = len(data.rows("train")) - len(data.copy_of)
    (note,) = data.notes
    assert note.startswith(f"augment=speed: {missing} copies cannot be made, the first")
    assert "too short" in note and 0 < missing < 9
    rows = data.draw_training_rows(0, 0)
    np.testing.assert_array_equal(data.row_of[rows], data.rows("train"))
