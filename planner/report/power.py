"""Power of sites: what meters show and cost, and how a day goes."""

from collections.abc import Iterator
from math import fsum

from rich.table import Table

from planner.domain.plan import Plan
from planner.domain.statement import PeriodResult
from planner.report.numbers import percent, quantity, usd
from planner.report.over_time import SLICE
from planner.report.table import table
from planner.report.together import grouped
from planner.units import GRAMS_PER_TONNE, HOURS_PER_DAY, KWH_PER_MWH


def day_table(plan: Plan) -> Iterator[Table]:
    """Load, price and carbon by slice of the day, over all stretches of time; else nothing."""
    slices = grouped(plan.periods, lambda each: each.period.rpartition(SLICE)[2])
    stretches = grouped(plan.periods, lambda each: each.start_days)
    if len(slices) < 2 or len(stretches) == len(plan.periods):
        return
    yield table(
        "How a day goes (means of all days)",
        ("Hours", ">Of the time", ">kW", ">USD per kWh", ">gCO2e/kWh", ">Electricity"),
        (_slice(rows, plan) for rows in slices),
    )


def _slice(rows: tuple[PeriodResult, ...], plan: Plan) -> tuple[str, ...]:
    hours = fsum(each.days for each in rows) * HOURS_PER_DAY
    kwh = fsum(each.energy_mwh for each in rows) * KWH_PER_MWH
    names = {each.period for each in rows}
    paid = fsum(each.electricity_usd for each in rows)
    paid += fsum(each.extra_usd for each in plan.meters if each.period in names)
    grams = fsum(each.carbon_tonnes for each in rows) * GRAMS_PER_TONNE
    everything = fsum(each.days for each in plan.periods) * HOURS_PER_DAY
    return (
        rows[0].period.rpartition(SLICE)[2],
        percent(hours / everything),
        quantity(kwh / hours),
        usd(paid / kwh) if kwh else "-",
        quantity(grams / kwh) if kwh else "-",
        usd(paid),
    )


def meter_lines(plan: Plan) -> Iterator[str]:
    """What each meter shows, and what it costs beside the electricity of work."""
    for rows in grouped(plan.meters, lambda each: each.site):
        site = rows[0].site
        mwh, grid = fsum(e.energy_mwh for e in rows), fsum(e.grid_mwh for e in rows)
        told = [f"{site}: {quantity(mwh)} MWh, {quantity(max(e.mean_kw for e in rows))} kW at most"]
        idle, overhead = fsum(e.idle_mwh for e in rows), fsum(e.overhead_mwh for e in rows)
        if idle or overhead:
            extra = usd(fsum(e.extra_usd for e in rows))
            told.append(f"{quantity(idle)} idle and {quantity(overhead)} of overhead for {extra}")
        if mwh - grid > 0:
            told.append(f"{percent((mwh - grid) / mwh)} of its own")
        yield "; ".join(told)


def on_site_lines(plan: Plan) -> Iterator[str]:
    """Own generation, curtailment, peaks and clean energy, site by site."""
    for uses in grouped(plan.on_site, lambda each: (each.site, each.source)):
        there, used = fsum(e.available_mwh for e in uses), fsum(e.used_mwh for e in uses)
        saved = usd(-fsum(e.change_usd for e in uses))
        part = percent(used / there) if there else "0%"
        told = f"{quantity(used)} MWh used, {part} of what there is, saves {saved}"
        yield f"{uses[0].site}, {uses[0].source}: {told}"
    for offers in grouped(plan.curtailment, lambda each: (each.site, each.offer)):
        kwh, earned = fsum(e.below_kw * e.hours for e in offers), fsum(e.earned_usd for e in offers)
        told = f"{quantity(kwh / KWH_PER_MWH)} MWh below its baseline earn {usd(earned)}"
        yield f"{offers[0].site}, {offers[0].offer}: {told}"
    for charges in grouped(plan.demand_charges, lambda each: each.site):
        peaks, paid = [e.peak_kw for e in charges], fsum(e.charge_usd for e in charges)
        low, high = quantity(min(peaks)), quantity(max(peaks))
        span = low if low == high else f"{low} to {high}"
        yield f"{charges[0].site}: peaks of {span} kW a month cost {usd(paid)}"
    for clean in plan.clean_energy:
        part = percent(clean.matched_mwh / clean.contracted_mwh) if clean.contracted_mwh else "0%"
        told = f"{quantity(clean.matched_mwh)} MWh matched, {part} of what is contracted"
        off = f"{quantity(clean.carbon_tonnes)} t less, market-based, for {usd(clean.paid_usd)}"
        yield f"{clean.site}, {clean.contract}: {told}; {off}"


def build_lines(plan: Plan) -> Iterator[str]:
    """What is built when, and what work and which datasets move."""
    for each in plan.build_out:
        when = f"ordered in {each.period}, there on day {quantity(each.start_days)}"
        cost = f"{usd(each.cost_usd)}, of which {usd(each.accrued_usd)} in the horizon"
        yield f"{each.site}, {each.phase}: {quantity(each.it_power_kw)} kW, {when}, {cost}"
    for move in plan.moves:
        what = f"{quantity(move.accelerators)} accelerators of {move.workload}"
        yield f"{what} are new at {move.site}: {usd(move.cost_usd)}"
    for data in plan.transfers:
        what = f"{quantity(data.dataset_gb)} GB of {data.workload}"
        way = f"from {data.from_site} to {data.to_site} in {quantity(data.hours)} h"
        yield f"{what} {way}: {usd(data.cost_usd)}"


def survival_lines(plan: Plan) -> Iterator[str]:
    """What protected workloads have for the loss of sites, where that is least, and its cost."""
    for rows in grouped(plan.survivals, lambda each: each.workload):
        worst = min(rows, key=lambda each: each.bearable_share - each.needed_share)
        most = max(each.spare_accelerators for each in rows)
        yield (
            f"{worst.workload} without {worst.worst_failure}: {percent(worst.bearable_share)} can"
            f" be borne, {percent(worst.needed_share)} must; {quantity(most)} spare accelerators"
            f" cost {usd(fsum(each.spare_usd for each in rows))}"
        )


def footprint_lines(plan: Plan) -> Iterator[str]:
    """Carbon in other accounts, and water."""
    if plan.market_carbon_tonnes is not None:
        yield (
            f"{quantity(plan.market_carbon_tonnes)} tCO2e market-based,"
            f" {quantity(plan.carbon_tonnes)} location-based"
        )
    if plan.embodied_carbon_tonnes is not None:
        yield (
            f"{quantity(plan.embodied_carbon_tonnes)} tCO2e more for making the hardware, by the"
            " hours that its nodes are up"
        )
    if plan.water_m3 is not None:
        yield f"{quantity(plan.water_m3)} m3 of water at the sites"
