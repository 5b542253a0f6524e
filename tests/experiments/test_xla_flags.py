import os

import pytest

from experiments.xla_flags import check_xla_flags


def test_flags_that_xla_does_not_know_are_refused_by_name(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_nonsense=1")
    with pytest.raises(ValueError, match=r"XLA_FLAGS=--xla_nonsense=1: .*Unknown flag"):
        check_xla_flags()


def test_flags_that_it_knows_are_taken(monkeypatch):
    known = "--xla_gpu_deterministic_ops=true"
    monkeypatch.setenv("XLA_FLAGS", known)
    monkeypatch.setenv("SERJAX_CHECKED_FLAGS", "--others")
    check_xla_flags()
    assert os.environ["SERJAX_CHECKED_FLAGS"] == known
