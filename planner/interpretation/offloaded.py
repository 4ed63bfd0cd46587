"""What users' own devices answer, as rows of the plan."""

from collections import defaultdict
from collections.abc import Sequence
from math import fsum

from planner.candidates.demand import requests_by_class
from planner.candidates.layout import Layout
from planner.candidates.offloading import daily_uses
from planner.catalog.periods import PeriodScenario
from planner.domain.option import Candidates, Offload
from planner.domain.plan import Offloaded
from planner.domain.scenario import StagedScenario
from planner.domain.workload import Serving, Workload
from planner.interpretation.chosen import NOTHING
from planner.interpretation.served import served_class
from planner.problem.solution import Solution
from planner.units import HOURS_PER_DAY, JOULES_PER_WH, WH_PER_MWH


def offloaded_rows(
    asked: PeriodScenario, candidates: Candidates, layout: Layout, solution: Solution
) -> tuple[Offloaded, ...]:
    """One row per workload and device type in use in a period."""
    scenario = asked.scenario
    workloads = {each.name: each for each in scenario.workloads if isinstance(each, Serving)}
    shares: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for column, share in layout.chosen(solution.choice):
        if (index := layout.offload_of(column)) >= 0 and share > NOTHING:
            shares[index][layout.class_of(column)] = min(share, 1.0)
    return tuple(
        _row(
            candidates.offloads[index],
            workloads[candidates.offloads[index].workload],
            mine,
            asked,
        )
        for index, mine in sorted(shares.items())
    )


def offloaded_tokens(
    rows: Sequence[Offloaded], workload: Workload, scenario: StagedScenario
) -> float:
    """Tokens of a workload that devices process over the horizon, by its rows."""
    if not isinstance(workload, Serving):
        return 0.0
    demand = requests_by_class(workload, scenario)
    return fsum(
        each.share * demand[each.request_class] * (each.input_tokens + each.output_tokens)
        for row in rows
        for each in row.served
    )


def _row(
    offload: Offload, workload: Serving, shares: dict[int, float], asked: PeriodScenario
) -> Offloaded:
    scenario, on_device = asked.scenario, workload.on_device
    if on_device is None:
        raise ValueError(f"{workload.name} has nothing on devices")
    rates = {row: rate for row, rate in enumerate(offload.rates) if rate is not None}
    daily_wh = (
        fsum(
            use.joules * shares[use.request_class]
            for use in daily_uses(workload, offload, scenario)
            if use.request_class in shares
        )
        / JOULES_PER_WH
    )
    battery_wh, owners = offload.node_type.battery_wh, on_device.users * offload.device.owner_share
    return Offloaded(
        workload=workload.name,
        period=asked.period.name,
        architecture=offload.device.architecture,
        node_type=offload.node_type.name,
        accelerator=offload.accelerator.name,
        precision=offload.device.weight_precision,
        kv_precision=offload.device.kv_precision,
        share=fsum(workload.class_shares[row] * share for row, share in shares.items()),
        served=tuple(
            served_class(workload, row, share, rates[row]) for row, share in sorted(shares.items())
        ),
        memory_gib_per_accelerator=max(rates[row].memory_gib_per_accelerator for row in shares),
        daily_battery_share=None if battery_wh is None else daily_wh / owners / battery_wh,
        user_energy_mwh=daily_wh * scenario.hours / HOURS_PER_DAY / WH_PER_MWH,
    )
