"""Verdicts on the unseen corpora: a sentence each, and the table behind them."""

from collections import Counter

from serjax.analysis.measures import MEASURES
from serjax.analysis.verdicts import MEANINGS, Interval, Verdict, study_verdicts
from serjax.methods import WITHOUT_ATTRIBUTES
from serjax.records.folder import StudyFiles
from serjax.reporting.elements import Block, Cell, Table, Text

_ABOUT = (
    "By the 95 % intervals of AUC and UA at the best epoch a configuration is, on an "
    f"unseen corpus, {'; '.join(f'{w}: {m}' for w, m in MEANINGS.items())}. Chance of "
    "UA is 100 % by the number of classes that the corpus has. The intervals are over "
    "the seeds where there are several that differ, else over the corpus' speakers, "
    "else over its utterances; of two or three seeds they are wide, and over few "
    "speakers too narrow."
)


def describe_verdicts(study: StudyFiles) -> list[str]:
    """Say of each unseen corpus, in a line, how the configurations stand to it."""
    verdicts = study_verdicts(study)
    lines = []
    for part in dict.fromkeys(it.part for it in verdicts):
        its = [it for it in verdicts if it.part == part]
        counts = Counter(it.word for it in its)
        words = [f"{counts[word]} {word}" for word in MEANINGS if counts[word]]
        alone = len(its) == 1
        shown = [it for it in its if it.approach in WITHOUT_ATTRIBUTES or alone]
        told = [*map(_describe, shown)]
        if len(its) > 1:
            told.append(f"of {len(its)} configurations {', '.join(words)}")
        lines.append(f"{part}: {'; '.join(told)}.")
    return lines


def verdict_blocks(study: StudyFiles) -> list[Block]:
    """Show every verdict with its numbers; nothing without an unseen corpus."""
    rows = [
        [
            *map(Cell, (it.part, it.approach, it.attributes, it.word)),
            _cell("auc", it.auc, it.auc_interval),
            _cell("ua", it.ua, it.ua_interval),
            Cell(f"{it.chance:.1f}", it.chance),
            Cell(it.over),
        ]
        for it in study_verdicts(study)
    ]
    if not rows:
        return []
    caption = (
        "Verdicts on the unseen corpora, from the 95 % intervals of AUC (a fraction) "
        "and UA (percent) at the best epoch, and what they are over."
    )
    heads = ["corpus", "approach", "attributes", "verdict", "AUC", "UA", "chance"]
    table = Table("verdicts", caption, [*heads, "over"], rows, num_names=4)
    return [Text(_ABOUT), table]


def _describe(it: Verdict) -> str:
    """Write `baseline biased (AUC 0.613 [0.580, 0.650]; UA 33.5 [33.3, 33.9], ...)`."""
    auc = _cell("auc", it.auc, it.auc_interval).text
    ua = _cell("ua", it.ua, it.ua_interval).text
    numbers = f"AUC {auc}; UA {ua}, chance {it.chance:.1f}; over {it.over}"
    name = f"{it.approach} {it.attributes}".removesuffix(" -")
    return f"{name} {it.word} ({numbers})"


def _cell(name: str, value: float | None, ends: Interval | None) -> Cell:
    if value is None:
        return Cell("-")
    form = MEASURES[name].form
    text = f" [{ends[0]:{form}}, {ends[1]:{form}}]" if ends else ""
    return Cell(f"{value:{form}}{text}", value, interval=ends)
