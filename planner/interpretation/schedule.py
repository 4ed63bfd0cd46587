"""When jobs begin."""

from collections.abc import Sequence

from planner.candidates.order import order_of
from planner.catalog.periods import PeriodScenario
from planner.domain.option import Pool
from planner.interpretation.chosen import Chosen, Served
from planner.network.precedence import starts


def starts_of(
    asked: PeriodScenario, pools: Sequence[Pool], chosen: Sequence[Chosen]
) -> tuple[float, ...]:
    """When each that is chosen begins, in hours after the beginning of the whole horizon.

    It does as soon as what it comes after is done and its data is there.
    """
    after = order_of(asked.scenario)
    hours, late = dict.fromkeys(after, 0.0), dict.fromkeys(after, 0.0)
    begins = [asked.begin_hours.get(e.workload.name, asked.period.start_hours) for e in chosen]
    waits = [
        max(asked.scenario.ready_hours(each.workload.name, pools[each.pool].place.name) - begin, 0)
        for each, begin in zip(chosen, begins, strict=True)
    ]
    for each, wait in zip(chosen, waits, strict=True):
        if not isinstance(each, Served):
            name = each.workload.name
            hours[name], late[name] = max(hours[name], each.hours), max(late[name], wait)
    done = starts(after, hours, late)
    return tuple(
        begin + max(done.get(each.workload.name, 0.0), wait)
        for each, begin, wait in zip(chosen, begins, waits, strict=True)
    )
