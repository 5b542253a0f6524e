"""What a classifier from a file must be: of bearable size, whole, and finite."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from flax import traverse_util

from serjax.config import require
from serjax.data.front_end import make_front_end
from serjax.inference.trained import Trained
from serjax.training.state import Params, classifier_shapes

# Of settings by which a prediction takes memory or time, far beyond any use. What
# else is large would have to be in the weights, too.
_MOST = {
    "num_mels": 1024,
    "fft_size": 1 << 16,
    "sample_rate_hz": 384_000,
    "hop_ms": 10_000.0,
    "conv_width": 1001,
    "pool_width": 1000,
    "lstm_features": 1 << 16,
    "num_buckets": 1000,
    "batch_size": 4096,
}
_MOST_LAYERS = 64
_MOST_CLASSES = 1000


def check_sizes(trained: Trained) -> None:
    """Refuse settings with which no model was ever trained.

    Raises:
      ValueError: which one, and what was expected.
    """
    config = trained.config
    values = {**config.to_flat(), "batch_size": trained.batch_size}
    for name, most in _MOST.items():
        require(values[name] <= most, name, values[name], f"at most {most:,}")
    for name in ("conv_features", "mlp_features"):
        sizes = values[name]
        is_small = len(sizes) <= _MOST_LAYERS and max(sizes) <= 1 << 16
        require(is_small, name, "...", f"at most {_MOST_LAYERS} layers of 65,536")
    require(trained.batch_size > 0, "batch_size", trained.batch_size, "1 or more")
    hop = config.features.hop_samples
    require(hop > 0, "hop_ms", config.features.hop_ms, "a sample or more")
    given, heard = trained.features, (config.features, config.data)
    dims = given.dims if given else make_front_end(*heard).dims
    require(trained.dims == dims, "dims", trained.dims, f"the features' {dims}")
    _check_moments(trained)
    num = len(set(trained.classes))
    is_fit = num == len(trained.classes) and 2 <= num <= _MOST_CLASSES
    require(is_fit, "classes", "...", f"2 to {_MOST_CLASSES:,} names, each once")


def _check_moments(trained: Trained) -> None:
    normalisation, moments = trained.config.features.normalisation, trained.moments
    needs = normalisation == "train"
    expected = "there where normalisation is train, and nowhere else"
    require((moments is not None) == needs, "moments", moments is not None, expected)
    if moments is not None:
        arrays = moments.mean, moments.squares
        is_fit = moments.num_frames > 0 and all(
            it.shape == (trained.dims,) and np.isfinite(it).all() for it in arrays
        )
        is_fit = is_fit and bool((moments.squares >= 0).all())
        require(is_fit, "moments", "...", f"{trained.dims} finite numbers of each")


def check_weights(trained: Trained) -> None:
    """Refuse weights that are not those of the settings' network, or not finite.

    Those of a user's own encoder are checked for what they hold alone.

    Raises:
      ValueError: which one, and what was expected.
    """
    arrays = _flatten(trained.params)
    found = {name: np.shape(it) for name, it in arrays.items()}
    expected = _expected_shapes(trained, found)
    for name in sorted({*found, *expected}):
        shapes = [
            str(list(it[name])) if name in it else "-" for it in (found, expected)
        ]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"The weights of {name!r} have the shape {shapes[0]}; expected "
                f"{shapes[1]}, by the settings (- is none at all)."
            )
    for name, array in arrays.items():
        is_fit = array.dtype == np.float32 and bool(np.isfinite(array).all())
        expected = "float32, and finite numbers alone"
        require(is_fit, f"dtype of weights {name!r}", str(array.dtype), expected)


def _expected_shapes(trained: Trained, found: Mapping[str, tuple]) -> dict[str, tuple]:
    if trained.own_code:
        of_head = (*found.get("heads/emotion/kernel", ())[:1], len(trained.classes))
        expected = {n: it for n, it in found.items() if n.startswith("encoder/")}
        expected["heads/emotion/kernel"] = of_head
        expected["heads/emotion/bias"] = of_head[-1:]
    else:
        shapes = classifier_shapes(trained.network())
        expected = {name: it.shape for name, it in _flatten(shapes).items()}
    if "map" in trained.params:
        size = expected["heads/emotion/kernel"][:1]
        expected |= {"map/matrix": size * 2, "map/offset": size}
    return expected


def _flatten(params: Params) -> dict[str, Any]:
    return traverse_util.flatten_dict(params, sep="/")
