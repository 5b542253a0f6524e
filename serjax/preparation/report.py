"""What was found, as text to read."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from serjax.corpora.labels import BUILT_IN, describe_classes
from serjax.data.parts import aligned
from serjax.preparation.inventory import CorpusSummary
from serjax.preparation.prior import describe_information, share_lines

_WIDTH = 88
_MAX_REASONS = 8


def describe_corpora(
    classes: Sequence[str],
    label_map: str,
    summaries: Sequence[CorpusSummary],
    strangers: Mapping[str, int],
) -> str:
    """Describe the classes, then each corpus in a block.

    `strangers` are files of no corpus, counted by reason.
    """
    label_map = printable(label_map or BUILT_IN[0])
    lines = [f"{describe_classes(classes)}, label_map {label_map}"]
    for summary in summaries:
        lines += ["", *_corpus_lines(summary)]
    if strangers:
        rows = [("skipped", reason) for reason in _reasons(strangers)]
        lines += ["", "Files of no corpus", *_aligned(rows)]
    lines += ["", _together(summaries, strangers)]
    return "\n".join(lines)


def describe_prior(
    classes: Sequence[str], summaries: Sequence[CorpusSummary], unseen: Sequence[str]
) -> str:
    """Describe how far the classes' shares differ; '' without utterances.

    Nothing is split here: all rows count of the corpora that are not unseen.
    """
    counts = {
        it.corpus: {name: sum(its.values()) for name, its in it.labels.items()}
        for it in summaries
        if it.num_utterances
    }
    seen = {name: its for name, its in counts.items() if name not in unseen}
    others = {name: its for name, its in counts.items() if name in unseen}
    table = [["share of class, %", "utterances", *map(printable, classes)]]
    for name, total, shares in share_lines(seen, others, classes):
        table.append([printable(name), f"{total:,}", *(f"{it:.1f}" for it in shares)])
    rows = f"all rows of {', '.join(seen)}: here nothing is split"
    text = _filled(describe_information(seen, classes, rows), "", "")
    return "\n".join(filter(None, [aligned(table), text]))


def describe_warnings(warnings: Sequence[str]) -> str:
    """A paragraph for each warning."""
    if not warnings:
        return "Warnings: none"
    return "\n".join(["Warnings:", *(_filled(text, "- ") for text in warnings)])


def printable(text: str) -> str:
    """A text with line breaks and the like escaped: names may hold anything."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _corpus_lines(it: CorpusSummary) -> list[str]:
    rows = [("recordings", _found(it))]
    if it.num_utterances:
        length = _duration(it.duration_s)
        rates = {f"{rate:,} Hz": count for rate, count in it.sample_rates_hz.items()}
        rows += [
            ("usable", f"{it.num_utterances:,} utterances, {length}"),
            ("speakers", _speakers(it)),
            ("language", _counted(it.languages, "utterance")),
            *(("classes", text) for text in _class_lines(it.labels)),
        ]
        if any(it.sample_rates_hz):  # 0 where features stand for recordings
            rows += [("sample rate", _counted(rates, "file"))]
            rows += [("channels", _channels(it))]
    else:
        rows.append(("usable", "none"))
    rows += [("skipped", reason) for reason in _reasons(it.skipped) or ["none"]]
    return [printable(it.corpus), *_aligned(rows)]


def _together(summaries: Sequence[CorpusSummary], strangers: Mapping[str, int]) -> str:
    num_utterances = sum(it.num_utterances for it in summaries)
    length = _duration(sum(it.duration_s for it in summaries))
    speakers = sum(sum(it.speakers.values()) for it in summaries)
    reasons = (strangers, *(it.skipped for it in summaries))
    num_skipped = sum(sum(counts.values()) for counts in reasons)
    return (
        f"Together: corpora {len(summaries):,}, speakers {speakers:,}, utterances "
        f"{num_utterances:,} ({length}), skipped {num_skipped:,}"
    )


def _duration(duration_s: float) -> str:
    """Hours; minutes where they are few."""
    hours = duration_s / 3600
    return f"{hours:,.2f} h" if hours >= 0.1 else f"{duration_s / 60:.1f} min"


def _found(it: CorpusSummary) -> str:
    found = f"{it.num_found:,}"
    if it.num_official is None:
        return found
    missing = it.num_official - it.num_found
    more = f"; {missing:,} missing" if missing > 0 else ""
    return f"{found} (official: {it.num_official:,}{more})"


def _speakers(it: CorpusSummary) -> str:
    if not it.speakers:
        return "unknown"
    parts = [
        f"{count:,} {'of unknown gender' if gender == 'unknown' else gender}"
        for gender, count in it.speakers.items()
    ]
    text = f"{sum(it.speakers.values()):,}: {', '.join(parts)}"
    if it.num_speakerless:
        text += f"; unknown for {it.num_speakerless:,} utterances"
    return text


def _class_lines(labels: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Utterances of each class, and of the corpus's own labels that make it up."""
    totals = {name: f"{sum(counts.values()):,}" for name, counts in labels.items()}
    names, numbers = max(map(len, totals)), max(map(len, totals.values()))
    lines = []
    for name, counts in labels.items():
        own = ", ".join(f"{label} ({count:,})" for label, count in counts.items())
        line = f"{name:{names}}  {totals[name]:>{numbers}}"
        lines.append(f"{line}  = {own}" if own else line)
    return lines


def _channels(it: CorpusSummary) -> str:
    text = _counted(it.channels, "file")
    if not it.is_multichannel:
        return text
    names = {0: "the first", "mean": "their mean"}
    what = names.get(it.channel, f"channel {it.channel}")
    return f"{text}; of several, {what} is kept (--channel)"


def _counted(counts: Mapping, what: str) -> str:
    """Values, with how many of each if there is more than one."""
    if len(counts) == 1:
        return f"{next(iter(counts))}"
    return ", ".join(
        f"{value} ({count:,} {what}{'s' if count > 1 else ''})"
        for value, count in counts.items()
    )


def _reasons(counts: Mapping[str, int]) -> list[str]:
    shown = list(counts.items())[:_MAX_REASONS]
    width = max((len(f"{count:,}") for _, count in shown), default=0)
    lines = [f"{count:>{width},}  {reason}" for reason, count in shown]
    if len(counts) > len(shown):
        lines.append(f"and {len(counts) - len(shown)} more reasons, in skipped.csv")
    return lines


def _aligned(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Titles and texts in two columns; a title that repeats is told once."""
    lines, last = [], ""
    for title, text in rows:
        lines.append(_filled(text, f"  {'' if title == last else title:13}", " " * 17))
        last = title
    return lines


def _filled(text: str, lead: str, indent: str = "  ") -> str:
    """A text in lines, the first behind `lead`, with no word broken."""
    return textwrap.fill(
        printable(text),
        width=_WIDTH,
        initial_indent=lead,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
