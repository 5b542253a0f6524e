"""Let `python experiments/train.py`, from any folder, find the package and serjax.

Python then looks for imports in this folder, not in the one above: so `experiments` is
this file, which makes way for the package of that name.
"""

import importlib
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])
del sys.modules[__name__]
importlib.import_module(__name__)
