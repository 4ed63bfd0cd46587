"""Whether workloads are with those that they must be with, and not with others."""

from collections.abc import Iterator

from planner.domain.plan import Plan, Violation
from planner.domain.work import is_part_of
from planner.verification.facts import Facts
from planner.verification.violations import broken


def neighbour_faults(plan: Plan, facts: Facts) -> Iterator[Violation]:
    """Sites at which a workload is alone and may not be, or in company that it may not have."""
    for workload in facts.scenario.workloads:
        mine = _sites(plan, workload.name)
        for other in workload.together_with:
            for site in sorted(mine - _sites(plan, other)):
                yield broken(f"workload {workload.name}", f"is at {site}, where no {other} is")
        for other in workload.apart_from:
            for site in sorted(mine & _sites(plan, other)):
                yield broken(f"workload {workload.name}", f"is at {site}, where {other} is, too")


def _sites(plan: Plan, workload: str) -> set[str]:
    """Where any of a workload, or of a part of it, is."""
    return {each.site for each in plan.allocations if is_part_of(each.workload, workload)}
