from experiments.benchmarks.flop import forward_flop, training_flop
from serjax.config import ModelSettings


def test_the_papers_step_at_32_x_400_is_32_gflop():
    # Convolutions at 400, 200 and 100 frames, 2 x 5 x inputs x 256 each; the LSTM's two
    # directions at 50 frames, (256 + 256) x 1024 products each; heads of 512 x 10.
    first = 2 * 400 * 5 * 40 * 256
    others = 2 * (200 + 100) * 5 * 256 * 256 + 2 * 50 * 2 * 512 * 1024 + 2 * 512 * 10
    settings = ModelSettings()
    assert forward_flop(settings, 40, 10, 400) == first + others
    assert training_flop(settings, 40, 10, 400) == 2 * first + 3 * others
    assert round(32e-9 * training_flop(settings, 40, 10, 400)) == 32


def test_lengths_are_rounded_up_by_a_pool_and_one_direction_is_half():
    settings = ModelSettings(
        conv_features=(6,), conv_width=3, lstm_features=4, lstm_bidirectional=False
    )
    # 5 frames, 3 after the pool.
    expected = 2 * 5 * 3 * 7 * 6 + 2 * 3 * (6 + 4) * 16 + 2 * 4 * 2
    assert forward_flop(settings, 7, 2, 5) == expected
