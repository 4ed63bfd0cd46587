"""What protected workloads have for the loss of sites, and what that costs."""

from collections.abc import Iterator, Sequence
from math import fsum

from planner.candidates.demand import planned_over_mean
from planner.candidates.layout import Part
from planner.candidates.resilience import bearable_share
from planner.domain.option import Pool
from planner.domain.plan import Allocation, Survival
from planner.domain.workload import Serving
from planner.interpretation.chosen import Chosen, Served

Held = tuple[Served, Allocation]


def survivals(
    part: Part, pools: Sequence[Pool], chosen: Sequence[Chosen], allocations: Sequence[Allocation]
) -> Iterator[Survival]:
    """A row for every protected workload that is served in a period."""
    for workload in part.asked.scenario.workloads:
        if not isinstance(workload, Serving) or not workload.protected_share:
            continue
        mine = [
            (each, row)
            for each, row in zip(chosen, allocations, strict=True)
            if isinstance(each, Served) and row.workload == workload.name
        ]
        if mine:
            yield _survival(part, pools, workload, mine)


def _survival(
    part: Part, pools: Sequence[Pool], workload: Serving, mine: Sequence[Held]
) -> Survival:
    left = {
        case.name: fsum(
            each.replicas
            * bearable_share(workload, each.deployment, pools[each.pool], part.asked.scenario)
            for each, row in mine
            if row.site not in case.sites
        )
        for case in part.asked.scenario.failure_cases
    }
    worst = min(left, key=lambda name: left[name])
    spare = [_spare_share(row, workload, pools[each.pool]) for each, row in mine]
    return Survival(
        workload=workload.name,
        period=part.asked.period.name,
        worst_failure=worst,
        needed_share=workload.protected_share * fsum(row.share for _, row in mine),
        bearable_share=left[worst],
        spare_accelerators=fsum(
            part_of * row.accelerators for part_of, (_, row) in zip(spare, mine, strict=True)
        ),
        spare_usd=fsum(
            part_of * row.cost_usd for part_of, (_, row) in zip(spare, mine, strict=True)
        ),
    )


def _spare_share(row: Allocation, workload: Serving, pool: Pool) -> float:
    """Of an allocation's replicas, what its work does not need at the target utilisation."""
    able = row.replicas * workload.target_utilisation * pool.terms.goodput
    return max(1 - row.busy_replicas * planned_over_mean(workload) / able, 0.0)
