from pathlib import Path

import numpy as np
import pytest
import soundfile


@pytest.fixture(scope="session")
def speech_folder(tmp_path_factory) -> Path:
    """Noise with the names of Emo-DB, six speakers, and of TESS, all of one length."""
    folder = tmp_path_factory.mktemp("speech")
    names = [
        f"emodb/wav/{speaker}{text}{emotion}a.wav"
        for speaker in ("03", "08", "09", "10", "13", "16")
        for text in ("a01", "a02")
        for emotion in "WNF"
    ]
    names += [
        f"tess/{word}_{emotion}.wav"
        for word in ("OAF_back", "YAF_bar")
        for emotion in ("angry", "neutral", "happy")
    ]
    noise = np.random.default_rng(0)
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.1 * noise.standard_normal(4800), 16000)
    return folder
