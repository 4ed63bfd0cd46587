"""What runs, what is signed and what is paid, from period to period."""

from collections.abc import Iterator, Sequence
from math import fsum
from typing import Final

from rich.table import Table
from rich.text import Text

from planner.domain.plan import Allocation, Plan
from planner.domain.statement import AgreementLine, ContractLine, PeriodResult
from planner.report.numbers import percent, quantity, usd
from planner.report.table import stacked, table
from planner.report.together import grouped

MOST_ROWS: Final = 13
"""More periods than this are told in groups."""
SLICE: Final = "/"
"""Between the name of a stretch of time and that of a slice of its days."""
SMALLEST_USD: Final = 0.005
"""Half a cent: a smaller change is none."""


def running_table(plan: Plan) -> Table:
    """One row per workload and offer: accelerators at first, at last, and the most."""
    names = [each.period for each in plan.periods]
    return table(
        "What runs where, from period to period",
        ("Workload", "Where, bought how", "Periods", ">First, last", ">Most", ">In all"),
        (
            _running(rows, names)
            for rows in grouped(
                plan.allocations,
                lambda each: (each.workload, each.site, each.node_type, each.purchase),
            )
        ),
    )


def _running(rows: Sequence[Allocation], names: Sequence[str]) -> tuple[str | Text, ...]:
    by_period = [
        sum(each.accelerators for each in period)
        for period in grouped(rows, lambda each: each.period)
    ]
    first, last = rows[0].period, rows[-1].period
    among = names.index(last) - names.index(first) + 1
    gaps = "" if len(by_period) == among else f", {len(by_period)} of {among}"
    span = first if first == last else f"{first}-{last}{gaps}"
    return (
        stacked(rows[0].workload, rows[0].accelerator),
        stacked(f"{rows[0].site}, {rows[0].purchase}", rows[0].node_type),
        span,
        f"{quantity(by_period[0])}, {quantity(by_period[-1])}",
        quantity(max(by_period)),
        usd(fsum(each.cost_usd for each in rows)),
    )


def contract_table(plan: Plan) -> Iterator[Table]:
    """What is signed: when, how many, for how long, and what for; nothing where nothing is."""
    if not plan.contracts and not plan.commitments:
        return
    rows: list[tuple[str | Text, ...]] = [_contract(each) for each in plan.contracts]
    rows += [
        (
            each.period,
            stacked(f"{usd(each.usd_per_hour)} of spend an hour", each.agreement),
            f"to day {quantity(each.end_days)}",
            stacked("", _beyond(each.beyond_usd)),
        )
        for each in plan.commitments
    ]
    yield table(
        "What to sign, or order",
        ("At", "What, where, how", ">Day", ">At signing"),
        rows,
    )


def _contract(line: ContractLine) -> tuple[str | Text, ...]:
    return (
        line.period,
        stacked(f"{quantity(line.nodes)} x {line.node_type}", f"{line.site}, {line.purchase}"),
        f"{quantity(line.start_days)} to {quantity(line.end_days)}",
        stacked(usd(line.upfront_usd), _beyond(line.beyond_usd)),
    )


def _beyond(due_usd: float) -> str:
    """What is promised after the horizon."""
    return f"{usd(due_usd)} after the horizon" if due_usd else ""


def period_table(plan: Plan) -> Iterator[Table]:
    """The bill from period to period, and what is paid in it; nothing where there is one."""
    if len(plan.periods) < 2:
        return
    stretches = grouped(plan.periods, lambda each: each.start_days)
    size = -(-len(stretches) // MOST_ROWS)
    groups = [
        [each for stretch in stretches[row : row + size] for each in stretch]
        for row in range(0, len(stretches), size)
    ]
    yield table(
        "From period to period (contracts by time; paid: when it is due)",
        (
            "Period",
            ">Use",
            ">Contracts",
            ">Agreed",
            ">Power etc.",
            ">Paid",
        ),
        (_period(group) for group in groups),
    )


def _period(rows: Sequence[PeriodResult]) -> tuple[str | Text, ...]:
    first, last = (each.period.partition(SLICE)[0] for each in (rows[0], rows[-1]))
    idle, capex = fsum(each.idle_usd for each in rows), fsum(each.capex_usd for each in rows)
    return (
        first if first == last else f"{first}-{last}",
        usd(fsum(each.usage_usd for each in rows)),
        stacked(usd(fsum(each.contract_usd for each in rows)), f"{usd(idle)} idle" if idle else ""),
        usd(fsum(each.agreements_usd for each in rows)),
        usd(fsum(each.electricity_usd + each.licence_usd for each in rows)),
        stacked(usd(fsum(each.opex_usd for each in rows)), f"{usd(capex)} capex" if capex else ""),
    )


def agreed_lines(plan: Plan) -> Iterator[str]:
    """What every agreement makes of its charges."""
    for rows in grouped(plan.agreements, lambda each: each.agreement):
        yield _agreed(rows)


def _agreed(rows: Sequence[AgreementLine]) -> str:
    before, after = fsum(e.amount_usd for e in rows), fsum(e.paid_usd for e in rows)
    what = f"{rows[0].agreement} ({rows[0].rule}): {usd(before)} of charges"
    if abs(after - before) < SMALLEST_USD:
        return f"{what}, unchanged"
    change = percent(abs(after - before) / before) if before else ""
    word = "less" if after < before else "more"
    return f"{what} become {usd(after)}" + (f", {change} {word}" if change else "")
