"""What is wrong with a file that is no sound audio, in words."""

from pathlib import Path


def diagnose(path: str | Path) -> str | None:
    """Say what a file that does not decode is; None if its first bytes do not tell."""
    del path
    return None


def missing_samples(log: str) -> str | None:
    """Say what libsndfile's log of a header tells of samples that are not there."""
    del log
    return None
