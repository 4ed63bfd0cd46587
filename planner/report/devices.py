"""What users' own devices answer, and what that takes of their batteries."""

from collections.abc import Iterator

from rich.table import Table

from planner.domain.plan import Plan
from planner.report.numbers import NOT_KNOWN, percent, quantity
from planner.report.table import stacked, table


def device_table(plan: Plan) -> Iterator[Table]:
    """One row per workload and device; nothing where devices answer nothing."""
    if plan.offloaded:
        yield table(
            "On users' own devices (their energy is no part of the plan's)",
            ("Workload", ">Share", "On", ">TTFT ms", ">TPOT ms", ">Battery/day", ">MWh"),
            (
                (
                    stacked(each.workload, each.architecture),
                    percent(each.share),
                    stacked(each.node_type, str(each.precision)),
                    quantity(max(row.ttft_ms for row in each.served)),
                    quantity(max(row.tpot_ms for row in each.served)),
                    NOT_KNOWN
                    if each.daily_battery_share is None
                    else percent(each.daily_battery_share),
                    quantity(each.user_energy_mwh),
                )
                for each in plan.offloaded
            ),
        )
