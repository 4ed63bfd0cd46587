"""Bills of contracts: what is due at signing, over the term, and after the horizon."""

from collections.abc import Iterator
from math import fsum

from planner.domain.invoice import ChargeKind, InvoiceLine, Usage


def upfront_lines(usage: Usage, kind: ChargeKind, usd_per_node: float) -> Iterator[InvoiceLine]:
    """What is due when nodes are taken."""
    for each in usage.signed:
        yield InvoiceLine(each.period, kind, each.nodes * usd_per_node)


def running_lines(
    usage: Usage,
    kind: ChargeKind,
    usd_per_node_hour: float,
    term_hours: float,
    lead_hours: float = 0.0,
) -> Iterator[InvoiceLine]:
    """What is due for every hour of the terms, period by period; the rest after the horizon."""
    for each in usage.signed:
        start = usage.periods[each.period].start_hours + lead_hours
        within = [period.hours_within(start, start + term_hours) for period in usage.periods]
        hourly = each.nodes * usd_per_node_hour
        for number, hours in enumerate(within):
            if hours:
                yield InvoiceLine(number, kind, hourly * hours)
        yield InvoiceLine(None, kind, hourly * max(term_hours - fsum(within), 0.0))
