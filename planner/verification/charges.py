"""What is paid before agreements, by offer, kind and period; and the sellers' invoices."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from planner.catalog.resolve import invoices
from planner.domain.agreement import Cell
from planner.domain.invoice import Held, Usage
from planner.domain.invoice import Signed as SignedNodes
from planner.domain.period import Period
from planner.domain.plan import Violation
from planner.verification.bill import Item, is_given_back
from planner.verification.contracts import Signed
from planner.verification.exact import exact, total
from planner.verification.facts import Facts, PoolKey, pool_key
from planner.verification.violations import broken

ANOTHER_BILL: Final = "is billed otherwise: the rule writes another bill than its terms"
"""What a plugin has to answer for."""
CENT: Final = Fraction(1, 100)
ROUNDING: Final = Fraction(1, 10**12)
"""Invoices are added up in double precision: sums may differ by this, relatively."""


@dataclass(frozen=True)
class PeriodItems:
    """What is held in a period, with its charges."""

    facts: Facts
    items: tuple[Item, ...]


Charged = Mapping[Cell, Fraction]


def charges_of(
    parts: Sequence[PeriodItems], signed: Sequence[Signed], base: Facts, periods: Sequence[Period]
) -> dict[Cell, Fraction]:
    """What is paid, cell by cell."""
    rows = {key: row for row, key in enumerate(base.pools)}
    sums: defaultdict[Cell, list[Fraction]] = defaultdict(list)
    for number, part in enumerate(parts):
        for item in part.items:
            key, charge = pool_key(item.holding.pool), item.charge
            row, own = rows[key], base.pools[key].terms
            usage = charge.node_hours * exact(own.usd_per_node_hour)
            sums[Cell(row, "usage", number)].append(usage)
            sums[Cell(row, "licence", number)].append(charge.licence_usd)
            sums[Cell(row, "electricity", number)].append(charge.electricity_usd)
    for each in signed:
        for kind, number, usd in each.payments(periods):
            sums[Cell(each.pool, kind, number)].append(usd)
    return {cell: total(values) for cell, values in sums.items()}


def licensed_hours(parts: Sequence[PeriodItems], base: Facts) -> dict[Cell, Fraction]:
    """Accelerator hours that are billed, by offer and period."""
    rows = {key: row for row, key in enumerate(base.pools)}
    sums: defaultdict[Cell, list[Fraction]] = defaultdict(list)
    for number, part in enumerate(parts):
        for item in part.items:
            pool = item.holding.pool
            hours = item.charge.node_hours * pool.node_type.accelerators_per_node
            sums[Cell(rows[pool_key(pool)], "licence", number)].append(hours)
    return {cell: total(values) for cell, values in sums.items()}


def invoice_faults(
    parts: Sequence[PeriodItems],
    signed: Sequence[Signed],
    charged: Charged,
    base: Facts,
    periods: Sequence[Period],
) -> Iterator[Violation]:
    """Offers whose pricing rule writes another bill than the one that was planned with."""
    usage = tuple(
        Usage(
            tuple(periods),
            tuple(_held(parts, key)),
            tuple(
                SignedNodes(each.term.signed, each.stated.nodes)
                for each in signed
                if each.pool == row
            ),
        )
        for row, key in enumerate(base.pools)
    )
    places = tuple(base.places.values())
    for row, lines in enumerate(invoices(base.scenario, places, usage, base.catalog)):
        billed: defaultdict[Cell, Fraction] = defaultdict(Fraction)
        for line in lines:
            if line.period is not None:
                billed[Cell(row, line.kind, line.period)] += exact(line.usd)
        mine = {cell: usd for cell, usd in charged.items() if cell.pool == row}
        for cell in sorted({*billed, *mine}):
            if cell.kind in ("licence", "electricity"):
                continue
            planned = mine.get(cell, Fraction(0))
            if not agrees(planned, billed[cell]):
                name = " / ".join(list(base.pools)[row])
                rule = f"{cell.kind} of {name} in {periods[cell.period].name} {ANOTHER_BILL}"
                yield broken("invoice", rule, planned, billed[cell])


def agrees(one: Fraction, other: Fraction, size: Fraction = Fraction(0)) -> bool:
    """To the cent; `size` is that of sums whose difference they are."""
    return abs(one - other) <= CENT / 2 + ROUNDING * max(abs(one), abs(other), abs(size))


def _held(parts: Sequence[PeriodItems], key: PoolKey) -> Iterable[Held]:
    for number, part in enumerate(parts):
        for item in part.items:
            holding = item.holding
            if pool_key(holding.pool) != key:
                continue
            work = holding.works[0]
            if not holding.is_standing and is_given_back(work, part.facts):
                yield Held(number, 1, float(holding.stated.nodes * work.hours))
            else:
                yield Held(number, holding.stated.nodes, float(work.hours))
