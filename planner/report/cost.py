"""Where the money goes."""

from collections.abc import Iterator
from typing import Final

from rich.table import Table

from planner.domain.plan import Plan
from planner.domain.scenario import StagedScenario
from planner.report.numbers import per_month, percent, usd
from planner.report.table import table

RARE: Final = frozenset(
    {
        "software licences",
        "meters",
        "building and moving",
        "moving datasets",
        "agreements",
        "promised beyond the horizon",
    }
)
"""Parts that are left out where there is none of them."""


def cost_table(plan: Plan, scenario: StagedScenario) -> Table:
    """The bill by part, per month and over the horizon; internal prices, not paid, below it."""
    spent = [
        ("capacity", plan.cost.capacity_usd),
        ("software licences", plan.cost.licence_usd),
        ("electricity", plan.cost.electricity_usd),
        ("meters", plan.cost.site_usd),
        ("building and moving", plan.cost.one_off_usd),
        ("moving datasets", plan.cost.transfer_usd),
        ("agreements", plan.cost.agreements_usd),
        ("promised beyond the horizon", plan.cost.beyond_horizon_usd),
        ("penalty for unmet demand", plan.cost.unmet_penalty_usd),
    ]
    made = table("Cost", ("Part", ">Per month", ">In all", ">Of it"), ())
    for name, value in spent:
        if not value and name in RARE:
            continue
        made.add_row(name, *_figures(value, plan), _part(value, plan))
    made.add_section()
    made.add_row("cost", *_figures(plan.cost_usd, plan), _part(plan.cost_usd, plan), style="bold")
    for name, value in _internal_prices(plan, scenario):
        made.add_row(name, *_figures(value, plan))
    return made


def _internal_prices(plan: Plan, scenario: StagedScenario) -> Iterator[tuple[str, float]]:
    energy, carbon = scenario.objective.energy_usd_per_mwh, scenario.objective.carbon_usd_per_tonne
    if energy:
        yield f"not paid: energy at {usd(energy)}/MWh", energy * plan.energy_mwh
    if carbon:
        yield f"not paid: carbon at {usd(carbon)}/t", carbon * plan.carbon_tonnes


def _figures(value: float, plan: Plan) -> tuple[str, str]:
    return usd(per_month(value, plan.horizon_days)), usd(value)


def _part(value: float, plan: Plan) -> str:
    return percent(value / plan.cost_usd) if plan.cost_usd else ""
