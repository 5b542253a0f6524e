"""The objective, the step, the loop and what it leaves on disk.

The step stands alone: `serjax.training.steps` imports no data, no files and no flags.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
