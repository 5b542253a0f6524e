from .grid import ALL_ATTRIBUTE_SETS as ALL_ATTRIBUTE_SETS
from .grid import make_grid as make_grid
from .grid import parse_approaches as parse_approaches
from .grid import parse_attribute_sets as parse_attribute_sets
from .grid import parse_seeds as parse_seeds
from .loop import Study as Study
from .loop import run_study as run_study

def study(*args: object, **kwargs: object) -> Study: ...
