"""When jobs begin."""

from collections.abc import Sequence

from planner.candidates.order import order_of
from planner.domain.scenario import StagedScenario
from planner.interpretation.chosen import Chosen, Served
from planner.network.precedence import starts


def starts_of(scenario: StagedScenario, chosen: Sequence[Chosen]) -> dict[str, float]:
    """Hours after the beginning of the horizon, by job: as soon as what it comes after is done."""
    after = order_of(scenario)
    hours = dict.fromkeys(after, 0.0)
    for each in chosen:
        if not isinstance(each, Served):
            hours[each.workload.name] = max(hours[each.workload.name], each.hours)
    return starts(after, hours)
