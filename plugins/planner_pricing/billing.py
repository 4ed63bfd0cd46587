"""Units that time is paid in, and bills for the use of nodes by the hour."""

from collections.abc import Iterator
from math import ceil
from typing import Final, Literal

from planner.domain.invoice import InvoiceLine, Usage
from planner.units import DAYS_PER_MONTH, HOURS_PER_DAY

BillingUnit = Literal["second", "hour", "month"]

UNIT_HOURS: Final[dict[BillingUnit, float]] = {
    "second": 0.0,
    "hour": 1.0,
    "month": DAYS_PER_MONTH * HOURS_PER_DAY,
}
"""0: paid as it is used; a second is less than anybody plans with."""
SAME_UNIT: Final = 1e-9
"""Hours that exceed whole units by less are the rounding of a sum."""


def usage_lines(
    usage: Usage, usd_per_node_hour: float, unit: BillingUnit = "second"
) -> Iterator[InvoiceLine]:
    """What nodes cost while they are up, each up to the end of its last unit."""
    size = UNIT_HOURS[unit]
    for held in usage.held:
        hours = ceil(held.hours / size - SAME_UNIT) * size if size else held.hours
        yield InvoiceLine(held.period, "usage", held.nodes * hours * usd_per_node_hour)
