"""The paper's own criteria as tables: better on all unseen corpora, consistency."""

from collections.abc import Mapping, Sequence
from typing import Any

from serjax.analysis.cells import Outcome
from serjax.analysis.criteria import (
    Beats,
    Spread,
    beats_baseline,
    by_attribute,
    consistency,
    unseen_parts,
)
from serjax.reporting.elements import Block, Cell, Listing, Table, Text
from serjax.reporting.formatting import difference_cell

_EPOCHS = ("best", "last")


def criteria_blocks(outcomes: Sequence[Outcome]) -> list[Block]:
    """Show the paper's criteria; nothing where nothing is compared.

    Args:
      outcomes: from `summarise`.
    """
    groups = _groups(outcomes)
    if not beats_baseline(outcomes, ["test"]):
        return []
    unseen = unseen_parts(outcomes)
    num = len(unseen)
    luck = "about half are above on one corpus"
    if num > 1:
        share = f"about {100 / 2**num:.0f} % are above on {num} corpora at once"
        luck = f"{share}, and more where the corpora's luck goes together"
    about = (
        "The paper's own criteria (Sec. 5 and 6) ask which configurations are above "
        "the baseline, by the mean over seeds, on all unseen corpora and in-domain, "
        "and how consistent each approach is. They ask for no significance: of "
        f"configurations without any effect {luck}. All are compared with the same "
        "baseline, whose bad luck lifts them together."
    )
    blocks: list[Block] = [Text(about), Listing(_above(outcomes))]
    if beats_baseline(outcomes, unseen):
        blocks.append(_beats_table(outcomes, unseen))
    blocks += [
        _spread_table(
            "consistency",
            "How consistent each approach is over its attribute sets",
            ["approach", "on"],
            {
                (approach, on): spreads
                for on, parts in groups.items()
                for approach, spreads in _both(consistency, outcomes, parts).items()
            },
        ),
        _spread_table(
            "attributes",
            "Each approach over the attribute sets that contain an attribute",
            ["approach", "attribute", "on"],
            {
                (*key, on): spreads
                for on, parts in groups.items()
                if on == "test" or parts == unseen
                for key, spreads in _both(by_attribute, outcomes, parts).items()
            },
        ),
    ]
    return blocks


def _groups(outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    """What consistency is asked on: each part, and all unseen corpora together."""
    unseen = unseen_parts(outcomes)
    groups = {part: [part] for part in ("test", *unseen)}
    if len(unseen) > 1:
        groups["all unseen"] = unseen
    return groups


def _above(outcomes: Sequence[Outcome]) -> list[str]:
    """List what is above the baseline, as Sec. 5 of the paper does."""
    unseen = unseen_parts(outcomes)
    lines = []
    for parts in [unseen, ["test"]] if unseen else [["test"]]:
        for epoch in _EPOCHS:
            records = beats_baseline(outcomes, parts, epoch)
            above = [record.name for record in records if record.in_all]
            lines.append(
                f"{' and '.join(parts)}, {epoch} epoch: {len(above)} of {len(records)}"
                + (f": {', '.join(above)}" if above else "")
                + _all_collapsed(outcomes, parts, epoch)
            )
    return lines


def _all_collapsed(
    outcomes: Sequence[Outcome], parts: Sequence[str], epoch: str
) -> str:
    """Say on which parts every run collapsed; "" if on none."""
    spared = {o.part for o in outcomes if o.at(epoch).collapsed < o.n}
    names = " and ".join(part for part in parts if part not in spared)
    why = f". Every run collapsed on {names}, so that this says nothing of what helps"
    return why if names else ""


def _beats_table(outcomes: Sequence[Outcome], parts: Sequence[str]) -> Table:
    columns = ["approach", "attributes"]
    for epoch in _EPOCHS:
        columns += [f"{part} {epoch}" for part in parts]
        columns += [f"above on all {epoch}", f"seeds above on all {epoch}"]
    best = {r.name: r for r in beats_baseline(outcomes, parts, "best")}
    last = {r.name: r for r in beats_baseline(outcomes, parts, "last")}
    return Table(
        "above-on-all",
        "Mean difference from the baseline on each unseen corpus in points of UA; "
        "whether it is above zero on all of them (the paper's criterion), and in how "
        "many of the seeds. Bold: above zero on all.",
        columns,
        [
            [
                Cell(record.approach),
                Cell(record.attributes),
                *_beats_cells(record),
                *_beats_cells(last[name]),
            ]
            for name, record in best.items()
            if name in last
        ],
        num_names=2,
    )


def _beats_cells(record: Beats) -> list[Cell]:
    return [
        *(difference_cell(value) for value in record.differences),
        Cell("yes" if record.in_all else "no", bold=record.in_all),
        Cell(f"{record.seeds_in_all} of {record.seeds}", record.seeds_in_all),
    ]


def _both(function, outcomes, parts) -> dict[Any, tuple[Spread, Spread]]:
    """Join what a criterion says at best and at last."""
    best, last = (function(outcomes, parts, epoch) for epoch in _EPOCHS)
    return {key: (best[key], last[key]) for key in best if key in last}


def _spread_table(
    name: str,
    title: str,
    names: Sequence[str],
    spreads: Mapping[tuple[str, ...], tuple[Spread, Spread]],
) -> Table:
    columns = [*names, "sets"]
    for epoch in _EPOCHS:
        columns += [f"{head} {epoch}" for head in ("above", "mean", "sd", "min", "max")]
    return Table(
        name,
        f"{title}: how many sets are above the baseline by the mean over seeds (on all "
        "corpora, where there are several), and the sets' mean differences in points "
        "of UA: their mean, standard deviation, smallest and largest.",
        columns,
        [
            [
                *map(Cell, key),
                Cell(str(best.num), best.num),
                *_spread_cells(best),
                *_spread_cells(last),
            ]
            for key, (best, last) in spreads.items()
        ],
        num_names=len(names),
        notes=[
            "Sets share seeds, data and attributes, so that they are no independent "
            "trials, and no test is made over them."
        ],
    )


def _spread_cells(spread: Spread) -> list[Cell]:
    sd = Cell("-") if spread.sd is None else Cell(f"{spread.sd:.1f}", spread.sd)
    return [
        Cell(f"{spread.above} of {spread.num}", spread.above / spread.num),
        difference_cell(spread.mean),
        sd,
        difference_cell(spread.low),
        difference_cell(spread.high),
    ]
