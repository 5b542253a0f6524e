"""Speech emotion recognition that generalises, after Parry et al. (2022), in JAX.

Public names, those of `__init__.pyi`, are loaded when they are first used, so that
`import serjax` is instant and loads no jax.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
