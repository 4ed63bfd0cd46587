"""Own against rent: how busy capacity must be that is paid whether it is used or not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import fsum

from planner.candidates.energy import electricity_usd_per_kwh
from planner.candidates.layout import Program
from planner.domain.option import Pool
from planner.domain.period import Period
from planner.domain.plan import PurchaseLine
from planner.domain.statement import BreakEven
from planner.domain.term import accrued_usd_per_hour
from planner.interpretation.contracts import SignedContract
from planner.performance.power import node_full_w
from planner.units import WATTS_PER_KW


def break_even_rows(
    pools: Sequence[Pool],
    signed: Sequence[SignedContract],
    lines: Sequence[PurchaseLine],
    periods: Sequence[Period],
) -> Iterator[BreakEven]:
    """A row for every contract of which the same accelerator can be rented by the hour."""
    for number, pool in enumerate(pools):
        rents = [
            each
            for each in pools
            if each.terms.contract is None
            and not each.terms.is_interruptible
            and not each.terms.pays_electricity
            and each.accelerator == pool.accelerator
        ]
        if pool.terms.contract is None or not rents:
            continue
        here = pool.place.name
        rent = min(rents, key=lambda each: (_rent_usd(each), each.place.name != here, each.key))
        size = pool.node_type.accelerators_per_node
        held = accrued_usd_per_hour(pool.terms.contract) / size
        on_top = _electricity_usd(pool) + pool.terms.usd_per_node_hour / size
        saved = _rent_usd(rent) - on_top
        yield BreakEven(
            site=pool.place.name,
            node_type=pool.node_type.name,
            purchase=pool.purchase,
            usd_per_accelerator_hour=held,
            electricity_usd_per_accelerator_hour=on_top,
            rent=rent.key,
            rent_usd_per_accelerator_hour=_rent_usd(rent),
            utilisation=held / saved if saved > 0 else None,
            planned_utilisation=_planned(number, pool, signed, lines, periods),
        )


def mean_pools(program: Program) -> tuple[Pool, ...]:
    """Offers at the means of the horizon of what their sites pay for a kWh and need of it."""
    parts = [(part.candidates.places, part.asked.period.hours) for part in program.parts]
    hours = fsum(each for _, each in parts)

    def mean(row: int, name: str) -> float:
        return fsum(getattr(places[row], name) * each for places, each in parts) / hours

    first = program.parts[0].candidates
    places = {
        place.name: replace(
            place,
            pue=mean(row, "pue"),
            electricity_usd_per_kwh=None
            if place.electricity_usd_per_kwh is None
            else mean(row, "electricity_usd_per_kwh"),
        )
        for row, place in enumerate(first.places)
    }
    return tuple(replace(pool, place=places[pool.place.name]) for pool in first.pools)


def _rent_usd(pool: Pool) -> float:
    return pool.terms.usd_per_node_hour / pool.node_type.accelerators_per_node


def _electricity_usd(pool: Pool) -> float:
    """Per accelerator and hour of full power."""
    kw = node_full_w(pool.node_type, pool.accelerator) / WATTS_PER_KW
    hourly = kw * pool.place.pue * electricity_usd_per_kwh(pool)
    return hourly / pool.node_type.accelerators_per_node


def _planned(
    number: int,
    pool: Pool,
    signed: Sequence[SignedContract],
    lines: Sequence[PurchaseLine],
    periods: Sequence[Period],
) -> float | None:
    held = fsum(
        each.nodes * periods[row].hours
        for each in signed
        if each.pool == number
        for row in each.term.periods
    )
    at = (pool.place.name, pool.node_type.name, pool.purchase)
    used = fsum(
        line.nodes * line.hours
        for line in lines
        if (line.site, line.node_type, line.purchase) == at
    )
    return used / held if held else None
