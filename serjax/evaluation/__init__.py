"""Predictions, their scores, and probes of what an embedding knows.

`predict` is in `serjax.evaluation.prediction`: the rest needs no jax. Names are loaded
when they are first used: probes load scikit-learn, which predictions do without.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
