import json

import pytest

from serjax.config import make_config
from serjax.errors import NonFinite
from serjax.records.failure import Failure, describe_failure


def test_a_failure_is_read_as_it_was_written(tmp_path):
    config = make_config(approach="reversal", attributes=("gender",), seed=3)
    error = NonFinite("loss is nan", 2, 0.25, ("gender_loss",))
    failure = describe_failure(config, error)
    failure.write(tmp_path)
    assert Failure.read(tmp_path) == failure
    assert json.loads((tmp_path / "failure.json").read_text()) == {
        "status": "failed",
        "approach": "reversal",
        "attributes": ["gender"],
        "seed": 3,
        "error": "loss is nan",
        "epoch": 2,
        "alpha": 0.25,
        "not_finite": ["gender_loss"],
    }


def test_one_of_before_quantities_were_named_is_read(tmp_path):
    record = {"approach": "mixed", "attributes": [], "seed": 0, "error": "nan"}
    path = tmp_path / "failure.json"
    path.write_text(json.dumps({"status": "failed", **record, "epoch": 1}))
    failure = Failure.read(tmp_path)
    assert (failure.epoch, failure.alpha, failure.not_finite) == (1, None, ())
    path.write_text(json.dumps(record))
    with pytest.raises(ValueError, match="failure.json lacks epoch"):
        Failure.read(tmp_path)
