"""When jobs begin."""

from collections.abc import Sequence

from planner.candidates.order import order_of
from planner.domain.option import Pool
from planner.domain.scenario import StagedScenario
from planner.interpretation.chosen import Chosen, Served
from planner.network.precedence import starts


def starts_of(
    scenario: StagedScenario, pools: Sequence[Pool], chosen: Sequence[Chosen]
) -> tuple[float, ...]:
    """Hours after the earliest begin, of each that is chosen.

    It begins as soon as what it comes after is done and its data is there.
    """
    after = order_of(scenario)
    hours, late = dict.fromkeys(after, 0.0), dict.fromkeys(after, 0.0)
    there = [scenario.hauled_hours(e.workload.name, pools[e.pool].place.name) for e in chosen]
    for each, hauled in zip(chosen, there, strict=True):
        if not isinstance(each, Served):
            name = each.workload.name
            hours[name], late[name] = max(hours[name], each.hours), max(late[name], hauled)
    done = starts(after, hours, late)
    return tuple(
        max(done.get(each.workload.name, 0.0), hauled)
        for each, hauled in zip(chosen, there, strict=True)
    )
