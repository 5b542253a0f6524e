import json
import os
import struct
import sys

import pytest

from serjax.config import Config, make_config
from serjax.records.metrics import append_metrics
from serjax.training import Stopped
from serjax.training.board import open_board, require_tensorboardx


def _events(folder):
    """Every event: a record is its length, a checksum, the event, a checksum."""
    from tensorboardX.proto.event_pb2 import Event  # pyright: ignore

    for path in sorted((folder / "tensorboard").glob("events.out.tfevents.*")):
        data = path.read_bytes()
        while data:
            (length,) = struct.unpack("<Q", data[:8])
            yield Event.FromString(data[12 : 12 + length])
            data = data[16 + length :]


def _scalars(folder):
    """Tag, step and value of each scalar, in the order of writing."""
    return [
        (value.tag, event.step, value.simple_value)
        for event in _events(folder)
        for value in event.summary.value
    ]


def _expected(folder):
    """What metrics.jsonl has, as `_scalars` gives it."""
    lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return [
        (name, line["epoch"], pytest.approx(value))
        for line in lines
        for name, value in line.items()
        if name != "epoch"
    ]


REVERSAL = {"approach": "reversal", "attributes": ("gender",), "epochs": 3}


def test_the_event_files_have_every_number_of_metrics_jsonl(train_in, tmp_path):
    train_in(tmp_path, **REVERSAL, tensorboard=True)
    scalars = _scalars(tmp_path)
    assert scalars == _expected(tmp_path)
    assert {step for _, step, _ in scalars} == {0, 1, 2}
    assert {"valid_ua", "gender_grad_norm"} <= {tag for tag, _, _ in scalars}


def test_a_resumed_run_has_no_epoch_twice_and_none_that_was_cut(train_in, tmp_path):
    def stop(line):
        os.kill(os.getpid(), 15)

    with pytest.raises(Stopped):
        train_in(tmp_path, stop, **REVERSAL, tensorboard=True)
    with open_board(tmp_path, wanted=True) as add:
        add({"epoch": 1, "valid_ua": -1.0})  # past the checkpoint, as after a kill
    assert ("valid_ua", 1, -1.0) in _scalars(tmp_path)
    train_in(tmp_path, **REVERSAL, tensorboard=True)
    assert _scalars(tmp_path) == _expected(tmp_path)


def test_a_run_resumed_with_the_flag_has_its_first_epochs_too(tmp_path):
    line = {"epoch": 0, "alpha": 0.0, "valid_ua": 40.0, "encoder_grad_norm": 1e999}
    append_metrics(tmp_path, line)
    with open_board(tmp_path, wanted=True) as add:
        add({"epoch": 1, "valid_ua": 50.0})
    first = [("alpha", 0, 0.0), ("valid_ua", 0, 40.0)]
    assert _scalars(tmp_path) == [*first, ("valid_ua", 1, 50.0)]


def test_a_tensorboard_that_is_open_is_told_to_forget_the_old_file(tmp_path):
    from tensorboardX.proto.event_pb2 import SessionLog  # pyright: ignore

    append_metrics(tmp_path, {"epoch": 0, "alpha": 0.0, "valid_ua": 40.0})
    with open_board(tmp_path, wanted=True):
        pass
    first = next(e for e in _events(tmp_path) if e.HasField("session_log"))
    assert (first.session_log.status, first.step) == (SessionLog.START, 0)


def test_other_files_in_the_folder_stay(tmp_path):
    append_metrics(tmp_path, {"epoch": 0, "alpha": 0.0})
    (tmp_path / "tensorboard").mkdir()
    (tmp_path / "tensorboard" / "notes.txt").write_text("mine")
    with open_board(tmp_path, wanted=True):
        pass
    assert (tmp_path / "tensorboard" / "notes.txt").read_text() == "mine"


def test_without_the_flag_nothing_is_written(tmp_path):
    with open_board(tmp_path, wanted=False) as add:
        add({"epoch": 0, "valid_ua": 40.0})
    assert not any(tmp_path.iterdir())


def test_without_the_package_no_run_begins(train_in, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ValueError, match=r"pip install 'serjax\[tensorboard\]'"):
        require_tensorboardx()
    with pytest.raises(ValueError, match="not installed"):
        train_in(tmp_path, **REVERSAL, tensorboard=True)
    assert not any(tmp_path.iterdir())


def test_the_flag_does_not_identify_a_run():
    assert not Config().run.tensorboard
    assert make_config(tensorboard=True).hash() == make_config().hash()
