import numpy as np
import pytest

from experiments.benchmarks.features import librosa_features, serjax_features
from serjax.config import make_config
from serjax.corpora.utterance import Utterance

# librosa.load asks audioread for its backends, and one of them imports these.
pytestmark = pytest.mark.filterwarnings(
    "ignore:'(aifc|audioop|sunau)' is deprecated:DeprecationWarning"
)


@pytest.mark.parametrize("stretch", [(0.0, None), (0.1, 0.25)])
def test_librosa_gives_the_same_numbers(speech_folder, stretch):
    name = "03a01Wa.wav"
    path = str(speech_folder / "emodb/wav" / name)
    given = path, Utterance(name, "emodb", "W", "anger", None, None, None, *stretch)
    config = make_config(preset="paper")
    ours, theirs = (it(*given, config) for it in (serjax_features, librosa_features))
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
