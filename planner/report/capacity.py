"""What is held or bought, how busy it is, and which limits are used up."""

from collections.abc import Iterator
from typing import Final

from rich.table import Table

from planner.domain.plan import QUALITY, Binding, Plan
from planner.report.numbers import percent, quantity, usd
from planner.report.table import stacked, table
from planner.report.together import grouped

CENT_USD: Final = 0.01
"""A saving below this is none."""


def capacity_table(plan: Plan) -> Table:
    """One row per purchase: nodes, for how long, at what price, how busy."""
    return table(
        "What to hold or buy",
        ("Nodes", "Where, bought how", ">Hours", ">Per node-h", ">In all", ">Busy"),
        (
            (
                stacked(
                    f"{quantity(line.nodes)} x {line.node_type}",
                    f"{quantity(line.accelerators)} x {line.accelerator}",
                ),
                stacked(f"{line.site}, {line.purchase}", f"for {line.workload or 'serving'}"),
                quantity(line.hours),
                usd(line.usd_per_node_hour),
                usd(line.capacity_usd + line.electricity_usd),
                percent(line.utilisation),
            )
            for line in plan.purchases
        ),
    )


def site_table(plan: Plan) -> Table:
    """One row per site: power, energy, carbon."""
    return table(
        "Sites",
        ("Site", ">IT kW", ">limit", ">PUE", ">MWh", ">gCO2e/kWh", ">tCO2e"),
        (
            (
                site.site,
                quantity(site.it_power_kw),
                quantity(site.it_power_limit_kw),
                quantity(site.pue),
                quantity(site.energy_mwh),
                quantity(site.carbon_g_per_kwh),
                quantity(site.carbon_tonnes),
            )
            for site in plan.sites
        ),
    )


def binding_lines(plan: Plan) -> Iterator[str]:
    """Every limit that is used up, and its price where nodes and replicas came in fractions.

    What binds in several periods is told once, as it is where it is worth most.
    """
    for rows in grouped(plan.binding, lambda row: row.resource.removesuffix(f" in {row.period}")):
        each = max(rows, key=lambda row: row.worth_usd_per_unit or 0.0)
        line = _binding_line(each)
        others = len(rows) - 1
        yield f"{line}, and in {others} other period{'s' * (others > 1)}" if others else line


def _binding_line(each: Binding) -> str:
    worth = each.worth_usd_per_unit or 0.0
    one = each.unit.removesuffix("s")
    price = f"; {usd(worth)} a {one} if nodes came in fractions" if worth > CENT_USD else ""
    if each.unit == QUALITY:
        point = f"; {usd(worth)} a point if nodes came in fractions" if worth > CENT_USD else ""
        return f"{each.resource}: {quantity(each.used)}, at least {quantity(each.limit)}{point}"
    return f"{each.resource}: {quantity(each.used)} of {quantity(each.limit)} {each.unit}{price}"
