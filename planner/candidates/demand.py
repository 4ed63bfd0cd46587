"""What a workload asks for over the horizon, request class by request class."""

from typing import Final, assert_never

from planner.domain.scenario import StagedScenario
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.units import HOURS_PER_DAY, SECONDS_PER_HOUR, TOKENS_PER_BILLION

INSTANT: Final = 1e-9
"""Hours; less is the rounding of a sum of hours."""


def window_hours(workload: Workload | TrainingRun, scenario: StagedScenario) -> float:
    """Hours in which it runs: the horizon, or until the deadline when that comes first."""
    if isinstance(workload, Serving):
        return scenario.hours
    return min(workload.deadline_days * HOURS_PER_DAY, scenario.hours)


def hours_at(workload: Workload | TrainingRun, scenario: StagedScenario, site: str) -> float:
    """Of these hours, those in which its data is at a site."""
    return window_hours(workload, scenario) - scenario.hauled_hours(workload.name, site)


def requests_by_class(
    workload: Serving | BatchInference, scenario: StagedScenario
) -> tuple[float, ...]:
    """Requests of each class over the whole horizon."""
    match workload:
        case Serving():
            if workload.requests_per_s is None:
                raise ValueError(f"{workload.name}: request_trace has not been read yet")
            total = workload.requests_per_s * scenario.hours * SECONDS_PER_HOUR
        case BatchInference():
            total = workload.tokens_b * TOKENS_PER_BILLION / workload.tokens_per_request
        case _:
            assert_never(workload)
    return tuple(share * total for share in workload.class_shares)


def planned_over_mean(workload: Serving) -> float:
    """Arrivals that capacity must bear, over those that come on average."""
    if workload.planned_requests_per_s is None or not workload.requests_per_s:
        return 1.0
    return workload.planned_requests_per_s / workload.requests_per_s


def training_tokens(workload: TrainingRun) -> float:
    """Tokens to train on."""
    return workload.tokens_b * TOKENS_PER_BILLION
