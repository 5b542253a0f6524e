"""A corpus of the user's own, as a table of its recordings."""

from collections.abc import Sequence
from pathlib import Path

from serjax.corpora.labels import LabelTable
from serjax.corpora.reader import Reading
from serjax.corpora.utterance import Utterance
from serjax.files import write_csv


def read_manifest(path: Path, labels: LabelTable) -> Reading:
    """Read a manifest."""
    raise NotImplementedError


def write_manifest(
    path: Path, utterances: Sequence[Utterance], durations_s: Sequence[float]
) -> None:
    """Write utterances as a manifest."""
    extra = sorted({name for utterance in utterances for name, _ in utterance.extra})
    header = "file start end corpus label emotion speaker gender language duration_s"
    rows = (
        [
            *(it.file, it.start_s, it.end_s, it.corpus, it.label, it.emotion),
            *(it.speaker, it.gender, it.language, f"{duration_s:.3f}"),
            *(dict(it.extra).get(name) for name in extra),
        ]
        for it, duration_s in zip(utterances, durations_s, strict=True)
    )
    write_csv(path, [*header.split(), *extra], rows)
