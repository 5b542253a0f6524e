"""A front end that is a user's own function."""

import hashlib
import inspect
import marshal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Utterance
from serjax.data.audio import check_varies
from serjax.data.front_end import read_utterance
from serjax.data.recording import Recording

Function = Callable[[np.ndarray, int], np.ndarray]
"""From float32[samples] and their rate in Hz to [frames, dims], or to [dims]."""


class FunctionFrontEnd:
    """Frames by a function; see `FrontEnd`.

    It is known again by its name, its attribute `version` if it has one, and a digest
    of its source. What it calls, closes over or reads is not in the digest.

    Raises:
      TypeError: a second of noise does not become [frames, dims] or [dims].
    """

    def __init__(
        self, function: Function, settings: FeatureSettings, data: DataSettings
    ) -> None:
        self._function, self._settings, self._data = function, settings, data
        named = function if hasattr(function, "__qualname__") else type(function)
        self.name = f"{named.__module__}:{named.__qualname__}"
        self.digest = _digest(named)
        rate_hz = settings.sample_rate_hz
        noise = 0.1 * np.random.default_rng(0).standard_normal(rate_hz)
        found = np.asarray(function(noise.astype(np.float32), rate_hz))
        if found.ndim not in (1, 2) or not found.size:
            raise TypeError(
                f"{self.name} made an array of {found.shape} of a second of noise; "
                "expected [frames, dims] or [dims]."
            )
        self.dims = found.shape[-1]

    def describe(self) -> dict[str, Any]:
        """Name, version and digest of the function, and the sample rate."""
        return {
            "function": self.name,
            "version": str(getattr(self._function, "version", "")),
            "code": self.digest,
            "sample_rate_hz": self._settings.sample_rate_hz,
        }

    def facts(self) -> dict[str, Any]:
        """What config.json says of it, as of features that are given."""
        known = {"source": f"function {self.name}", "dims": self.dims}
        digest = hashlib.sha256(repr(self.describe()).encode()).hexdigest()[:16]
        return {**known, "dtype": "float32", "frame_shift_ms": None, "digest": digest}

    def compute(
        self, path: str | Path, utterance: Utterance
    ) -> tuple[Recording, np.ndarray]:
        """Give an utterance's samples to the function."""
        audio = read_utterance(path, utterance, self._settings, self._data)
        check_varies(audio.signal)
        found = self._function(audio.signal, self._settings.sample_rate_hz)
        return audio.recording, np.atleast_2d(found)


def _digest(function: Any) -> str:
    try:
        code = inspect.getsource(function).encode()
    except (OSError, TypeError):  # as in a console
        code = marshal.dumps(function.__code__)
    return hashlib.sha256(code).hexdigest()[:16]
