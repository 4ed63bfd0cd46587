"""What the place of a job's dataset means for the capacity that it may use."""

from planner.candidates.demand import INSTANT, hours_at
from planner.domain.option import Pool
from planner.domain.rejection import Reason, Rejection
from planner.domain.scenario import StagedScenario
from planner.domain.workload import DataJob, Workload


def late_hours(workload: Workload, pool: Pool, scenario: StagedScenario) -> float:
    """How long the dataset of a workload is under way to a pool, in all."""
    haul = scenario.haul(workload.name, pool.place.name)
    if haul is None or not isinstance(workload, DataJob):
        return 0.0
    return haul.hours_of(workload.dataset_gb or 0.0)


def has_time(workload: Workload, pool: Pool, scenario: StagedScenario) -> bool:
    """Whether the period of the scenario has any time in which its data is there."""
    return hours_at(workload, scenario, pool.place.name) > INSTANT


def unreached(
    workload: Workload, pool: Pool, scenario: StagedScenario, hours: float
) -> Rejection | None:
    """Why a dataset cannot be at a pool within the hours that its job has in all."""
    lies_at = workload.dataset_site if isinstance(workload, DataJob) else None
    if lies_at is None or lies_at == pool.place.name:
        return None
    if scenario.haul(workload.name, pool.place.name) is None:
        return _rejection(workload, pool, "route")
    late = late_hours(workload, pool, scenario)
    if late < hours - INSTANT:
        return None
    missed = {"needed": late, "available": hours, "unit": "hours"}
    return _rejection(workload, pool, "transfer").model_copy(update=missed)


def _rejection(workload: Workload, pool: Pool, reason: Reason) -> Rejection:
    return Rejection(
        workload=workload.name,
        node_type=pool.node_type.name,
        site=pool.place.name,
        purchase=pool.purchase,
        reason=reason,
    )
