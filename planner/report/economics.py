"""What finance reads."""

from collections.abc import Iterator

from rich.table import Table

from planner.domain.plan import Plan
from planner.domain.statement import Economics
from planner.report.numbers import NOT_KNOWN, percent, quantity, usd
from planner.report.table import stacked, table


def economics_tables(plan: Plan) -> Iterator[Table]:
    """The statement, and what every workload earns and costs; nothing where nothing earns."""
    if plan.economics is None:
        return
    statement = plan.economics
    yield table("Statement for the horizon", ("", ">USD", ">Of revenue"), _statement(statement))
    yield table(
        "What each workload earns and costs",
        ("Workload", ">Revenue", ">Cost", ">Margin", ">Per request", ">User-month"),
        (
            (
                each.workload,
                usd(each.revenue_usd),
                usd(each.direct_usd + each.overhead_usd),
                percent(each.margin),
                stacked(usd(each.usd_per_request), f"{usd(each.usd_per_million_tokens)} per M tok"),
                usd(each.usd_per_user_month),
            )
            for each in statement.workloads
        ),
    )


def _statement(made: Economics) -> Iterator[tuple[str, str, str]]:
    for name, value in (
        ("revenue", made.revenue_usd),
        ("cost of revenue (COGS)", -made.cogs_usd),
        ("gross profit", made.gross_profit_usd),
        ("work that earns nothing (R&D)", -made.research_usd),
        ("cost of capital", -made.capital_cost_usd),
        ("operating profit", made.operating_profit_usd),
        ("paid: operating", -made.opex_usd),
        ("paid: hardware", -made.capex_usd),
        ("free cash flow", made.free_cash_flow_usd),
    ):
        share = percent(value / made.revenue_usd) if made.revenue_usd else NOT_KNOWN
        yield name, usd(value), share


def economics_lines(plan: Plan) -> Iterator[str]:
    """Margin against its target, payback, and own against rent."""
    made = plan.economics
    if made is not None:
        yield from _margin(made)
        if made.capex_usd or made.payback_months is None:
            yield (
                "cash flow does not pay back within the horizon"
                if made.payback_months is None
                else f"cash flow pays back by month {quantity(made.payback_months)}"
            )
    for each in plan.break_even:
        held = f"{each.site} / {each.node_type} / {each.purchase}"
        if each.utilisation is None:
            yield f"{held} never beats {each.rent}: its electricity alone costs more"
            continue
        if each.utilisation > 1:
            yield (
                f"{held} at {usd(each.usd_per_accelerator_hour)} an accelerator-hour never beats"
                f" {each.rent} at {usd(each.rent_usd_per_accelerator_hour)}: it would take"
                f" {percent(each.utilisation)} of its hours"
            )
            continue
        planned = (
            "none is held here"
            if each.planned_utilisation is None
            else f"here {percent(each.planned_utilisation)}"
        )
        yield (
            f"{held} at {usd(each.usd_per_accelerator_hour)} an accelerator-hour beats {each.rent}"
            f" at {usd(each.rent_usd_per_accelerator_hour)} from {percent(each.utilisation)} of its"
            f" hours in use on ({planned})"
        )


def _margin(made: Economics) -> Iterator[str]:
    if made.gross_margin is None:
        return
    told = f"gross margin {percent(made.gross_margin)}"
    if made.target_gross_margin is not None:
        reached = made.gross_margin >= made.target_gross_margin
        told += f", target {percent(made.target_gross_margin)} {'met' if reached else 'missed'}"
        if made.price_factor_to_target is not None and not reached:
            told += f"; prices {quantity(made.price_factor_to_target)} times as high would meet it"
    yield told
