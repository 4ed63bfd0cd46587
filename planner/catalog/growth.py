"""Growth and falling prices, compound over the horizon: within what numbers can mean."""

from collections.abc import Iterator
from math import log10
from typing import Final

from planner.catalog.document import shown
from planner.domain.scenario import Scenario
from planner.domain.workload import Serving
from planner.errors import Fault
from planner.units import DAYS_PER_MONTH, MONTHS_PER_QUARTER

MOST_POWERS: Final = 12
"""Powers of ten that demand or prices may move by; more is a slip of the keyboard."""


def growth_faults(scenario: Scenario) -> Iterator[Fault]:
    """Demand or prices that end at numbers without meaning."""
    months = scenario.horizon.length_days / DAYS_PER_MONTH
    for row, workload in enumerate(scenario.workloads):
        if not isinstance(workload, Serving):
            continue
        changes = {"growth_per_month": (workload.growth_per_month, months)}
        if workload.revenue is not None:
            change = workload.revenue.change_per_quarter
            changes["revenue.change_per_quarter"] = change, months / MONTHS_PER_QUARTER
        for field, (change, times) in changes.items():
            powers = times * log10(1 + change)
            if abs(powers) > MOST_POWERS:
                rule = (
                    f"comes to a factor of 1e{powers:+.0f} over the horizon: must stay between"
                    f" 1e-{MOST_POWERS} and 1e+{MOST_POWERS}"
                )
                place = f"workloads.{row}.{field}"
                yield Fault(scenario.scenario, rule, field=place, value=shown(change))
