"""Covered charges added up over the windows of an agreement."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from math import fsum

from planner.domain.invoice import InvoiceLine, Statement
from planner.domain.period import Window, window_of


def window_lines(
    statement: Statement, window: Window, paid_usd: Callable[[float], float]
) -> Iterator[InvoiceLine]:
    """What is due on top of the charges of each window, or less, with its last period."""
    sums: defaultdict[float, list[float]] = defaultdict(list)
    last: dict[float, int] = {}
    for number, period in enumerate(statement.periods):
        last[window_of(window, period)] = number
    for each in statement.covered:
        sums[window_of(window, statement.periods[each.period])].append(each.usd)
    for key, number in last.items():
        amount = fsum(sums[key])
        if change := paid_usd(amount) - amount:
            yield InvoiceLine(number, "usage", change)
