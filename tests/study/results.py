"""Made-up results of runs, with the keys of result.json that a study reads."""

from typing import Any

from serjax.records.result import Result
from tests.made_records import make_result_record


def make_result(
    approach: str = "baseline",
    attributes: tuple[str, ...] = (),
    seed: int = 0,
    test: float = 60.0,
    tess: float | None = 50.0,
    last: float = 0.0,
    collapsed: bool = False,
) -> dict[str, Any]:
    """A finished run; `last` is what the last epoch's UA has more than the best's."""
    ua = {"valid": 70.0, "test": test, "tess": tess}
    return {
        "status": "finished",
        "approach": approach,
        "attributes": list(attributes),
        "seed": seed,
        "best_epoch": 3,
        "epochs_run": 5,
        "alpha_at_best": {"reversal": 0.25, "multitask": 0.1}.get(approach, 0.0),
        "alpha_last": {"reversal": 0.5, "multitask": 0.1}.get(approach, 0.0),
        "ua": ua,
        "ua_last": {k: None if v is None else v + last for k, v in ua.items()},
        "collapsed": {"valid": False, "test": False, "tess": collapsed},
        "collapsed_last": {"valid": False, "test": False, "tess": collapsed},
    }


def as_record(result: dict[str, Any]) -> Result:
    """The whole record of such a result."""
    return make_result_record(**result)
