import pytest

from serjax.config import make_config
from serjax.tuning.space import Searched, read_space, space_of

ALL = ("baseline", "reversal", "ganin", "adversarial")


@pytest.fixture
def read(tmp_path):
    """Reads a text as the file of a space."""

    def read(text, approaches=ALL):
        path = tmp_path / "space.toml"
        path.write_text(text)
        return read_space(str(path), make_config(), approaches)

    return read


def test_a_table_is_a_range_or_choices(read):
    space = read(
        "[learning_rate]\nlow = 1e-4\nhigh = 1\nlog = true\n"
        "[patience]\nlow = 1\nhigh = 9\n"
        "[conv_features]\nchoices = [[8, 8], [16]]\n"
        "[lstm_bidirectional]\nchoices = [true, false]\n"
    )
    assert space == {
        "learning_rate": Searched(1e-4, 1.0, log=True),
        "patience": Searched(1, 9),
        "conv_features": Searched(choices=("8,8", "16")),
        "lstm_bidirectional": Searched(choices=(True, False)),
    }
    # Whole ends of a setting that is no whole number are no range of such.
    assert type(space["learning_rate"].high) is float
    assert type(space["patience"].low) is int


def test_each_method_has_what_it_uses(read):
    space = read(
        "[strength]\nlow = 0.2\nhigh = 0.8\n"
        "[learning_rate]\nlow = 0.1\nhigh = 0.2\n"
        "[lambda_ganin]\nlow = 1\nhigh = 3\n"
        "[discriminator_steps]\nlow = 1\nhigh = 5\n"
        "[head_features]\nchoices = [[], [64]]\n"
        "[warmup_epochs]\nlow = 0\nhigh = 5\n"
    )
    assert [*space_of(space, "baseline")] == ["learning_rate"]
    its = ["learning_rate", "head_features", "warmup_epochs", "alpha_reversal"]
    assert [*space_of(space, "reversal")] == its
    assert space_of(space, "reversal")["alpha_reversal"] == Searched(0.2, 0.8)
    assert space_of(space, "ganin")["lambda_ganin"] == Searched(1.0, 3.0)
    assert {*space_of(space, "adversarial")} == {
        *("learning_rate", "warmup_epochs", "discriminator_steps"),
        "alpha_adversarial",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a table for each setting"),
        ("[x", "is not TOML"),
        ("[learning_rat]\nlow=1\nhigh=2", "Did you mean 'learning_rate'?"),
        ("[split_seed]\nchoices=[0]", "cannot be tuned: it settles the data"),
        ("[ood]\nchoices=['tess']", "cannot be tuned: it settles the data"),
        ("[workdir]\nchoices=['a']", "cannot be tuned: it says where a run lives"),
        ("[seed]\nchoices=[0]", "cannot be tuned: --approaches"),
        ("[epochs]\nchoices=[9]", "cannot be tuned: it is the budget"),
        ("learning_rate = 1", "has 1; expected low, high"),
        ("[learning_rate]", "has nothing; expected low, high"),
        ("[learning_rate]\nlow=1\nhih=2", "has low, hih; expected low, high"),
        ("[learning_rate]\nlow=2\nhigh=1", "expected numbers, low below high"),
        ("[learning_rate]\nlow=1\nhigh=inf", "expected numbers, low below high"),
        ("[dropout]\nlow=0\nhigh=0.5\nlog=true", "expected low over 0"),
        ("[dropout]\nlow=0\nhigh=1", "dropout=1.0: expected in [0, 1)"),
        ("[learning_rate]\nlow=0\nhigh=1", "learning_rate=0.0: expected over 0"),
        ("[learning_rate]\nlow='a'\nhigh=1", "low='a'"),
        ("[lstm_features]\nlow=1.5\nhigh=3", "low=1.5"),
        ("[lstm_features]\nchoices=[64, 64]", "expected each choice once"),
        ("[lstm_features]\nchoices=[]", "expected a list of values"),
        ("[summary]\nchoices=['mean', 'most']", "'most': expected one of"),
        ("[summary]\nlow=1\nhigh=2", "it is no number, so give choices"),
        ("[strength]\nlow=0\nhigh=2", "alpha_reversal=2.0: expected a number from 0"),
        ("[alpha_multitask]\nlow=0\nhigh=1", "is used by none of baseline, reversal"),
        ("[lambda_mmd]\nlow=0\nhigh=1", "is used by none of baseline, reversal"),
    ],
)
def test_a_wrong_space_is_told(read, text, message):
    with pytest.raises(ValueError) as error:
        read(text, ("baseline", "reversal"))
    assert message in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        read_space(str(tmp_path / "no.toml"), make_config(), ALL)
