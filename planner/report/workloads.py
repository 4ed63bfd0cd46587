"""What every workload gets for its money."""

from collections.abc import Iterator

from rich.table import Table

from planner.domain.plan import Plan
from planner.domain.scenario import Scenario
from planner.domain.workload import BatchInference, Serving, TrainingRun
from planner.report.numbers import per_month, percent, quantity, usd
from planner.report.table import stacked, table


def serving_table(plan: Plan, scenario: Scenario) -> Iterator[Table]:
    """Price of tokens and latency beside its limits; nothing where nothing is served."""
    limits = {each.name: each for each in scenario.workloads if isinstance(each, Serving)}
    rows = [each for each in plan.workloads if each.workload in limits]
    if rows:
        yield table(
            "Serving (TTFT and TPOT: means of the slowest request size)",
            (
                "Workload",
                ">Met",
                ">Per M tokens",
                ">TTFT ms",
                ">TPOT ms",
                ">Per month",
                ">MWh",
                ">tCO2e",
            ),
            (
                (
                    stacked(each.workload, each.architecture),
                    percent(each.met_share),
                    usd(each.usd_per_million_tokens),
                    stacked(
                        quantity(each.ttft_ms), f"max {quantity(limits[each.workload].ttft_ms)}"
                    ),
                    stacked(
                        quantity(each.tpot_ms), f"max {quantity(limits[each.workload].tpot_ms)}"
                    ),
                    usd(per_month(each.cost_usd, plan.horizon_days)),
                    quantity(each.energy_mwh),
                    quantity(each.carbon_tonnes),
                )
                for each in rows
            ),
        )


def job_table(plan: Plan, scenario: Scenario) -> Iterator[Table]:
    """Money and days beside the deadline; nothing where there is no job."""
    jobs = {
        each.name: each
        for each in scenario.workloads
        if isinstance(each, BatchInference | TrainingRun)
    }
    rows = [each for each in plan.workloads if each.workload in jobs]
    mfu = {each.workload: each.mfu for each in plan.allocations if each.mfu is not None}
    if rows:
        yield table(
            "Jobs",
            (
                "Workload",
                ">Met",
                ">Tokens",
                ">Days",
                ">In all",
                ">Per M tokens",
                ">MWh",
                ">tCO2e",
            ),
            (
                (
                    stacked(each.workload, each.architecture),
                    percent(each.met_share),
                    stacked(
                        f"{quantity(each.tokens_b)} B",
                        f"MFU {percent(mfu[each.workload])}" if each.workload in mfu else "",
                    ),
                    stacked(
                        quantity(each.days), f"max {quantity(jobs[each.workload].deadline_days)}"
                    ),
                    usd(each.cost_usd),
                    usd(each.usd_per_million_tokens),
                    quantity(each.energy_mwh),
                    quantity(each.carbon_tonnes),
                )
                for each in rows
            ),
        )


def unmet_lines(plan: Plan) -> Iterator[str]:
    """Demand that is left undone, and what that costs."""
    for each in plan.unmet:
        yield f"{each.workload}: {percent(each.share)} of its demand, {usd(each.penalty_usd)}"
