"""What was found of each corpus."""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from serjax.config import DEFAULT_OOD, DataSettings
from serjax.corpora import Corpora, Skip
from serjax.corpora.names import official_files
from serjax.data import StoredUtterances

# What a reason holds beside its kind; a quoted label stays.
_PARTICULARS = re.compile(
    r"('[^']*')|(?:(?<=same recording as )|(?<=another encoding of )|"
    r"(?<=did you mean )).*"
    r"|\S+/\S+|\d+(?:\.\d+)?"
)


@dataclasses.dataclass(frozen=True)
class CorpusSummary:
    """What was found of one corpus.

    Attributes:
      num_found: recordings found, or stretches of them, that have a label, usable or
        not; second copies and other things beside the corpus are not counted.
      num_official: how many it officially has; None where that is unknown, of synthetic
        speech, and where a manifest lists recordings: it may be a choice of them.
      num_utterances: usable ones.
      duration_s: of the usable utterances together, in seconds.
      speakers: 'female', 'male' and 'unknown' -> number of speakers.
      num_speakerless: utterances whose speaker is unknown.
      languages: language -> utterances; 'unknown' is one.
      labels: class -> raw label -> utterances; every class is there.
      sample_rates_hz: sample rate -> files.
      channels: number of channels -> files.
      channel: what was made of several: a channel's number, or 'mean'.
      skipped: reason -> files left out for it, the most frequent first.
      is_split: whether parts are given.
    """

    corpus: str
    num_found: int
    num_official: int | None
    num_utterances: int
    duration_s: float
    speakers: Mapping[str, int]
    num_speakerless: int
    languages: Mapping[str, int]
    labels: Mapping[str, Mapping[str, int]]
    sample_rates_hz: Mapping[int, int]
    channels: Mapping[int, int]
    channel: int | str
    skipped: Mapping[str, int]
    is_split: bool = False

    @property
    def is_multichannel(self) -> bool:
        """Whether files of several channels were found."""
        return max(self.channels, default=1) > 1


def summarise(
    corpora: Corpora, stored: StoredUtterances, data: DataSettings
) -> tuple[CorpusSummary, ...]:
    """Summarise each corpus of which there is a file, usable or not, by name."""
    left_out = (*corpora.skipped, *stored.skipped)
    names = {it.corpus for it in (*corpora.utterances, *left_out)} - {None}
    return tuple(
        _summarise_corpus(name, corpora, stored, data)
        for name in sorted(map(str, names))
    )


def count_reasons(skipped: Iterable[Skip]) -> dict[str, int]:
    """Count skips by reason, the most frequent first.

    Reasons that differ in a number or in a file's name alone are one: the particulars
    become '...' where they differ.
    """
    alike: dict[str, list[str]] = {}
    for skip in skipped:
        kind = _PARTICULARS.sub(lambda found: found[1] or "...", skip.reason)
        alike.setdefault(kind, []).append(skip.reason)
    counts = {_in_common(reasons): len(reasons) for reasons in alike.values()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _in_common(reasons: Sequence[str]) -> str:
    """One reason for several of a kind, with the particulars that all of them have."""
    particulars = (
        [found[0] for found in _PARTICULARS.finditer(reason) if not found[1]]
        for reason in reasons
    )
    shared = (
        values[0] if len(set(values)) == 1 else "..."
        for values in zip(*particulars, strict=True)
    )
    return _PARTICULARS.sub(lambda found: found[1] or next(shared), reasons[0])


def warn_of_files(summaries: Sequence[CorpusSummary]) -> list[str]:
    """Say what is missing: files, usable ones, speakers, corpora to train on."""
    lines = []
    if all(it.corpus in DEFAULT_OOD for it in summaries):
        lines.append(
            f"{' and '.join(it.corpus for it in summaries)} alone: tested on, not "
            "trained on, unless told otherwise. Add corpora to train on, or give "
            "--ood= for none."
        )
    for it in summaries:
        num_speakers = sum(it.speakers.values())
        is_drawn = it.corpus not in DEFAULT_OOD and not it.is_split
        if 0 < num_speakers < 3 and is_drawn:
            lines.append(
                f"{it.corpus}: {num_speakers} speaker{'s'[: num_speakers - 1]}, and a "
                "split into train, valid and test needs 3 (--split=shared_heldout 2). "
                f"Only test on it (--ood={it.corpus}), or give it a split."
            )
        missing = (it.num_official or 0) - it.num_found
        if missing > 0:
            lines.append(
                f"{it.corpus}: {it.num_found:,} of the official {it.num_official:,} "
                f"recordings were found; {missing:,} are missing."
            )
        if not it.num_utterances:
            lines.append(
                f"{it.corpus}: no recording of it is usable; skipped.csv says why."
            )
        elif it.num_speakerless and not it.is_split:
            lines.append(
                f"{it.corpus}: the speaker of {it.num_speakerless:,} utterances is "
                "unknown, and a corpus is split by speaker. Give it a split (column "
                "split of a manifest), leave these rows out, or only test on it "
                f"(--ood={it.corpus})."
            )
    return lines


def _summarise_corpus(
    corpus: str, corpora: Corpora, stored: StoredUtterances, data: DataSettings
) -> CorpusSummary:
    pairs = zip(stored.utterances, stored.recordings, strict=True)
    usable = [(it, recording) for it, recording in pairs if it.corpus == corpus]
    utterances = [it for it, _ in usable]
    of_file = {it.file: recording for it, recording in usable}
    skipped = [it for it in (*corpora.skipped, *stored.skipped) if it.corpus == corpus]
    labels: dict[str, Counter[str]] = {name: Counter() for name in corpora.classes}
    genders: dict[str, str] = {}
    for it in utterances:
        labels[it.emotion][it.label] += 1
        if it.speaker is not None:
            genders[it.speaker] = genders.get(it.speaker) or it.gender or ""
    speakers = Counter(gender or "unknown" for gender in genders.values())
    return CorpusSummary(
        corpus=corpus,
        num_found=sum(it.corpus == corpus for it in corpora.utterances)
        + sum(it.is_dropped for it in skipped),
        num_official=None
        if data.is_synthetic or any(it.file in corpora.listed for it in utterances)
        else official_files(corpus, data.ravdess_song),
        num_utterances=len(usable),
        duration_s=sum(recording.duration_s for _, recording in usable),
        speakers=dict(sorted(speakers.items())),
        num_speakerless=sum(it.speaker is None for it in utterances),
        languages=_by_count(it.language or "unknown" for it in utterances),
        labels={name: dict(sorted(it.items())) for name, it in labels.items()},
        sample_rates_hz=_by_count(it.sample_rate_hz for it in of_file.values()),
        channels=_by_count(it.num_channels for it in of_file.values()),
        channel=data.channel_of(corpus),
        skipped=count_reasons(skipped),
        is_split=any(it.part for it in utterances),
    )


def _by_count(values: Iterable[Any]) -> dict[Any, int]:
    return dict(Counter(values).most_common())
