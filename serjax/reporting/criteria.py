"""The paper's own criteria as tables: better on all unseen corpora, consistency."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from serjax.analysis import criteria
from serjax.analysis.cells import Outcome
from serjax.analysis.statistics import ROUNDING
from serjax.reporting.elements import Block, Cell, Listing, Table, Text
from serjax.reporting.formatting import DIFFERENCE, EPOCHS, number_cell, per_epoch


def criteria_blocks(outcomes: Sequence[Outcome]) -> list[Block]:
    """Show the paper's criteria; nothing where nothing is compared."""
    if not criteria.beats_baseline(outcomes, ["test"]):
        return []
    unseen = criteria.unseen_parts(outcomes)
    num = len(unseen)
    luck = "about half are above on one corpus"
    # What consistency is asked on.
    groups = {part: [part] for part in ("test", *unseen)}
    if num > 1:
        share = f"about {100 / 2**num:.0f} % are above on {num} corpora at once"
        luck = f"{share}, and more where the corpora's luck goes together"
        groups["all unseen"] = unseen
    about = (
        "The paper's own criteria (Sec. 5 and 6) ask which configurations are above "
        "the baseline, by the mean over seeds, on all unseen corpora and in-domain, "
        "and how consistent each approach is. They ask for no significance: of "
        f"configurations without any effect {luck}. All are compared with the same "
        "baseline, whose bad luck lifts them together."
    )
    blocks: list[Block] = [Text(about), Listing(_above(outcomes, unseen))]
    if criteria.beats_baseline(outcomes, unseen):
        blocks.append(_beats_table(outcomes, unseen))
    consistent, by_attribute = {}, {}
    for on, parts in groups.items():
        for approach, it in _both(criteria.consistency, outcomes, parts).items():
            consistent[approach, on] = it
        if on == "test" or parts == unseen:
            for key, it in _both(criteria.by_attribute, outcomes, parts).items():
                by_attribute[*key, on] = it
    title = "How consistent each approach is over its attribute sets"
    blocks.append(_spread_table("consistency", title, ["approach", "on"], consistent))
    title = "Each approach over the attribute sets that contain an attribute"
    names = ["approach", "attribute", "on"]
    return [*blocks, _spread_table("attributes", title, names, by_attribute)]


def _above(outcomes: Sequence[Outcome], unseen: list[str]) -> list[str]:
    """List what is above the baseline, as Sec. 5 of the paper does."""
    lines = []
    for parts in [unseen, ["test"]] if unseen else [["test"]]:
        for epoch in EPOCHS:
            records = criteria.beats_baseline(outcomes, parts, epoch)
            above = [record.name for record in records if record.in_all]
            on = f"{' and '.join(parts)}, {epoch} epoch"
            line = f"{on}: {len(above)} of {len(records)}"
            if above:
                line += f": {', '.join(above)}"
            spared = {o.part for o in outcomes if o.at(epoch).collapsed < o.n}
            if collapsed := [part for part in parts if part not in spared]:
                line += (
                    f". Every run collapsed on {' and '.join(collapsed)}, so that this "
                    "says nothing of what helps"
                )
            lines.append(line)
    return lines


def _both(criterion, outcomes, parts) -> dict[Any, tuple[Any, Any]]:
    """Join what a criterion says at best and at last."""
    best, last = (criterion(outcomes, parts, epoch) for epoch in EPOCHS)
    return {key: (best[key], last[key]) for key in best if key in last}


def _beats_table(outcomes: Sequence[Outcome], parts: Sequence[str]) -> Table:
    def by_name(*asked: Any) -> dict[tuple[str, str], criteria.Beats]:
        records = criteria.beats_baseline(*asked)
        return {(record.approach, record.attributes): record for record in records}

    heads = per_epoch([*parts, "above on all", "seeds above on all"])
    return Table(
        "above-on-all",
        "Mean difference from the baseline on each unseen corpus in points of UA; "
        "whether it is above zero on all of them (the paper's criterion), and in how "
        "many of the seeds. Bold: above the baseline.",
        ["approach", "attributes", *heads],
        [
            [*map(Cell, name), *_beats_cells(best), *_beats_cells(last)]
            for name, (best, last) in _both(by_name, outcomes, parts).items()
        ],
        num_names=2,
    )


def _beats_cells(record: criteria.Beats) -> list[Cell]:
    return [
        *(number_cell(it, DIFFERENCE, bold=it > ROUNDING) for it in record.differences),
        Cell("yes" if record.in_all else "no", bold=record.in_all),
        Cell(f"{record.seeds_in_all} of {record.seeds}", record.seeds_in_all),
    ]


_SPREAD: Mapping[str, Callable[[criteria.Spread], Cell]] = {
    "above": lambda it: Cell(f"{it.above} of {it.num}", it.above / it.num),
    "mean": lambda it: number_cell(it.mean, DIFFERENCE),
    "sd": lambda it: number_cell(it.sd, ".1f"),
    "min": lambda it: number_cell(it.low, DIFFERENCE),
    "max": lambda it: number_cell(it.high, DIFFERENCE),
}


def _spread_table(
    name: str,
    title: str,
    names: Sequence[str],
    spreads: Mapping[tuple[str, ...], tuple[criteria.Spread, criteria.Spread]],
) -> Table:
    rows = []
    for key, both in spreads.items():
        cells = [make(spread) for spread in both for make in _SPREAD.values()]
        rows.append([*map(Cell, key), number_cell(both[0].num, "d"), *cells])
    return Table(
        name,
        f"{title}: how many sets are above the baseline by the mean over seeds (on all "
        "corpora, where there are several), and the sets' mean differences in points "
        "of UA: their mean, standard deviation, smallest and largest.",
        [*names, "sets", *per_epoch(_SPREAD)],
        rows,
        num_names=len(names),
        notes=[
            "Sets share seeds, data and attributes, so that they are no independent "
            "trials, and no test is made over them."
        ],
    )
