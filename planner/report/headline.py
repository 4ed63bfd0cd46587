"""The first lines of a report: the status and the three totals."""

from typing import Final

from rich.text import Text

from planner.domain.plan import Plan, Status
from planner.report.numbers import per_month, percent, quantity, usd

STYLE: Final[dict[Status, str]] = {
    "optimal": "bold green",
    "feasible": "bold yellow",
    "stopped": "bold yellow",
    "infeasible": "bold red",
}


def headline(plan: Plan) -> Text:
    """Scenario, status in words, and cost, energy and carbon."""
    text = Text.assemble((plan.scenario, "bold"), ": ", (plan.status, STYLE[plan.status]))
    text.append(f", {_meaning(plan)}")
    if plan.status == "infeasible":
        return text
    text.append("\nchecked by independent recomputation" if plan.verified else "\nNOT CHECKED")
    days = plan.horizon_days
    return text.append(
        f"\n{usd(plan.cost_usd)} over {quantity(days)} days"
        f" = {usd(per_month(plan.cost_usd, days))} a month;"
        f" {quantity(plan.energy_mwh)} MWh, {quantity(plan.carbon_tonnes)} tCO2e"
    )


def _meaning(plan: Plan) -> str:
    """What the status promises, with its number."""
    match plan.status:
        case "infeasible":
            return "no plan can meet the demand"
        case "optimal":
            return f"no plan can be more than {percent(plan.gap)} better"
        case "feasible":
            return f"a plan; a better one, by up to {percent(plan.gap)}, is not ruled out"
        case "stopped":
            known = f"by up to {percent(plan.gap)}" if plan.gap is not None else "by any amount"
            return f"the time limit came first; a better plan, {known}, is not ruled out"
