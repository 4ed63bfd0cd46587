"""What every workload gets for its money."""

from collections import defaultdict
from collections.abc import Iterator
from math import fsum

from rich.table import Table

from planner.domain.plan import Plan, WorkloadResult
from planner.domain.scenario import StagedScenario
from planner.domain.workload import BatchInference, Serving, TrainingRun
from planner.report.numbers import per_month, percent, quantity, usd
from planner.report.table import stacked, table
from planner.units import HOURS_PER_DAY


def serving_table(plan: Plan, scenario: StagedScenario) -> Iterator[Table]:
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


def job_table(plan: Plan, scenario: StagedScenario) -> Iterator[Table]:
    """Money and days beside the deadline; what is left undone is told elsewhere."""
    jobs = {
        each.name: each
        for each in scenario.workloads
        if isinstance(each, BatchInference | TrainingRun)
    }
    rows = [each for each in plan.workloads if each.workload in jobs]
    mfu = {each.workload: each.mfu for each in plan.allocations if each.mfu is not None}
    first_last = reversed(plan.allocations)
    begin = {each.workload: each.start_hours / HOURS_PER_DAY for each in first_last}
    if rows:
        yield table(
            "Jobs",
            (
                "Workload",
                ">Tokens",
                ">Days",
                ">In all",
                ">MWh",
                ">tCO2e",
            ),
            (
                (
                    stacked(each.workload, each.architecture),
                    stacked(
                        f"{quantity(each.tokens_b)} B",
                        f"MFU {percent(mfu[each.workload])}" if each.workload in mfu else "",
                    ),
                    stacked(
                        _span(each.days, begin.get(each.workload, 0.0)),
                        f"max {quantity(jobs[each.workload].deadline_days)}",
                    ),
                    stacked(usd(each.cost_usd), f"{usd(each.usd_per_million_tokens)} per M"),
                    quantity(each.energy_mwh),
                    quantity(each.carbon_tonnes),
                )
                for each in rows
            ),
        )


def pipeline_table(plan: Plan) -> Iterator[Table]:
    """What training requests of several stages cost together; nothing where there is none."""
    stages: defaultdict[str, list[WorkloadResult]] = defaultdict(list)
    for each in plan.workloads:
        request, slash, _ = each.workload.rpartition("/")
        if slash and each.days is not None:
            stages[request].append(each)
    rows = {request: found for request, found in stages.items() if len(found) > 1}
    if rows:
        yield table(
            "Stages together",
            ("Workload", ">Stages", ">Tokens", ">Days", ">In all", ">MWh", ">tCO2e"),
            (
                (
                    request,
                    quantity(len(found)),
                    f"{quantity(fsum(each.tokens_b for each in found))} B",
                    quantity(max(each.days or 0.0 for each in found)),
                    usd(fsum(each.cost_usd for each in found)),
                    quantity(fsum(each.energy_mwh for each in found)),
                    quantity(fsum(each.carbon_tonnes for each in found)),
                )
                for request, found in rows.items()
            ),
        )


def _span(end_days: float | None, begin_days: float) -> str:
    """Until when, and from when where it waits for others."""
    return f"{quantity(begin_days)} to {quantity(end_days)}" if begin_days else quantity(end_days)


def unmet_lines(plan: Plan) -> Iterator[str]:
    """Demand that is left undone, and what that costs."""
    for each in plan.unmet:
        yield f"{each.workload}: {percent(each.share)} of its demand, {usd(each.penalty_usd)}"
