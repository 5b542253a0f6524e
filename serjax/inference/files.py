"""Predictions of many recordings, written to a table that can be gone on with."""

import contextlib
import dataclasses
import datetime
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import jax
import numpy as np

from serjax.corpora import NothingUsable, Skip
from serjax.data.groups import find_groups, note_groups
from serjax.inference.inputs import Listed, windows
from serjax.inference.output import Output
from serjax.inference.stream import Answer, Classifier, Input
from serjax.inference.trained import Trained


@dataclasses.dataclass(frozen=True)
class Summary:
    """What became of the recordings.

    Attributes:
      num_files: with a row that was written now.
      num_rows: written now.
      num_before: rows that were there already.
      num_skipped: recordings or windows left out, in `skipped`.
      speech_s: judged now, in seconds; overlapping windows each count.
      wall_s: what it took, in seconds.
      notes: whose statistics they were normalised by, if not each by its own.
    """

    num_files: int
    num_rows: int
    num_before: int
    num_skipped: int
    speech_s: float
    wall_s: float
    skipped: Path
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        speed = self.speech_s / self.wall_s
        duration = datetime.timedelta(seconds=round(self.speech_s))
        text = (
            f"Predicted: {_count(self.num_files, 'file')}, "
            f"{_count(self.num_rows, 'row')}, {duration} of speech in "
            f"{self.wall_s:.1f} s ({speed:,.0f} x real time)"
        )
        if self.num_before:
            text += f"; {_count(self.num_before, 'row')} were there"
        if self.num_skipped:
            text += f"; skipped {self.num_skipped:,}, with reasons in {self.skipped}"
        return f"{text}."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number != 1 else ''}"


def predict_files(
    classifier: Classifier,
    listed: Listed,
    out: Path,
    *,
    window_s: float = 0.0,
    hop_s: float = 0.0,
    speakers: str = "",
    report: Callable[[int], object] | None = None,
) -> Summary:
    """Judge recordings, and write a row for each; rows that are there stay.

    Args:
      classifier: ready to judge.
      listed: from `list_inputs`, with the same `speakers`.
      out: ends in .csv or .jsonl.
      window_s: judge windows of so many seconds; 0 for each stretch as a whole.
      hop_s: from a window's start to the next one's; 0 for `window_s`.
      speakers: whom recordings are normalised with, where the run's normalisation is
        over several.
      report: told how many rows and skips there are more, as they come.

    Raises:
      ValueError: `speakers` is needed, or windows make no sense; or what is in `out` is
        of another model, or of other settings.
      NothingUsable: every recording is left out.
      InUse: another process writes `out`.
    """
    began = time.perf_counter()
    _check(classifier, window_s, hop_s, speakers)
    hop_s = hop_s or window_s

    def cut(inputs: Iterable[Input | Skip]) -> Iterable[Input | Skip]:
        return windows(inputs, window_s, hop_s) if window_s else inputs

    identity = {
        "model": digest_model(classifier.trained),
        "classes": list(classifier.trained.classes),
        "window_s": window_s,
        "hop_s": hop_s,
    }
    notes: tuple[str, ...] = ()
    moments = {}
    if classifier.is_by_group:
        identity |= {"speakers": speakers, "inputs": _digest_inputs(listed.inputs)}
        notes = _notes(classifier.trained, listed.inputs)
    files, speech_s, num_rows = set(), 0.0, 0
    with Output(out, classifier.trained.classes, identity) as output:
        num_before = len(output.done)

        def missing() -> Iterator[Input | Skip]:
            for it in cut(listed.inputs):
                if isinstance(it, Skip) or not output.has(it.utterance):
                    yield it

        if classifier.is_by_group:
            moments = classifier.measure(cut(listed.inputs))
        with contextlib.closing(classifier.answers(missing(), moments)) as chunks:
            for results in chunks:
                output.write(results)
                for it in results:
                    if isinstance(it, Answer):
                        files.add(it.utterance.file)
                        speech_s += it.duration_s
                        num_rows += 1
                if report:
                    report(len(results))
        if not output.done:
            first = output.skips[0]
            raise NothingUsable(
                f"No recording is usable: all {output.num_skipped:,} are left out, "
                f"with reasons in {output.skipped_path}; the first, {first.file}, "
                f"because: {first.reason}.",
                output.skips,
            )
    return Summary(
        num_files=len(files),
        num_rows=num_rows,
        num_before=num_before,
        num_skipped=output.num_skipped,
        speech_s=speech_s,
        wall_s=time.perf_counter() - began,
        skipped=output.skipped_path,
        notes=notes,
    )


def digest_model(trained: Trained) -> str:
    """Digest of weights, front end and classes: the same in a run and in a bundle."""
    config = trained.config
    described = {
        "features": dataclasses.asdict(config.features),
        "model": dataclasses.asdict(config.model),
        "channel": config.data.channel,
        "classes": trained.classes,
        "own_code": dict(trained.own_code),
    }
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
    for path, leaf in jax.tree_util.tree_leaves_with_path(trained.params):
        digest.update(jax.tree_util.keystr(path).encode())
        digest.update(np.ascontiguousarray(leaf).data)
    return digest.hexdigest()[:40]


def _check(
    classifier: Classifier, window_s: float, hop_s: float, speakers: str
) -> None:
    normalisation = classifier.trained.config.features.normalisation
    if classifier.is_by_group and not speakers:
        raise ValueError(
            f"The run was trained with normalisation={normalisation}: each recording "
            f"needs the statistics of others of its {normalisation}. Say whom it "
            "belongs to: --speakers=COLUMN of the manifest, --speakers=folder for the "
            "folder that it lies in, or --speakers=one if all are of one."
        )
    if speakers and not classifier.is_by_group:
        raise ValueError(
            f"--speakers={speakers}: the run was trained with normalisation="
            f"{normalisation}, which needs no speakers. Leave it out."
        )
    if window_s < 0 or hop_s < 0 or (hop_s and not window_s):
        raise ValueError(
            f"--window_s={window_s:g} --hop_s={hop_s:g}: expected seconds over 0, and "
            "no hop without a window."
        )


def _notes(trained: Trained, inputs: Iterable[Input | Skip]) -> tuple[str, ...]:
    utterances = [it.utterance for it in inputs if isinstance(it, Input)]
    groups = find_groups("speaker", utterances, ["ood"] * len(utterances))
    return tuple(note_groups(trained.config.features.normalisation, groups))


def _digest_inputs(inputs: Iterable[Input | Skip]) -> str:
    """Digest of what statistics are taken over: with another list they differ."""
    its = [it.utterance for it in inputs if isinstance(it, Input)]
    text = repr(sorted((it.file, it.start_s, str(it.end_s), it.speaker) for it in its))
    return hashlib.sha256(text.encode()).hexdigest()[:40]
