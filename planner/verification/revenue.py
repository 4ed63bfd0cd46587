"""What a workload earns in a period."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import floor

from planner.domain.period import SAME_TIME
from planner.domain.requests import RequestClass
from planner.domain.workload import Serving, TrainingRun, Workload
from planner.units import DAYS_PER_MONTH, HOURS_PER_DAY, MONTHS_PER_QUARTER, TOKENS_PER_MILLION
from planner.verification.demand import class_requests
from planner.verification.exact import exact, total
from planner.verification.facts import Facts
from planner.verification.offloads import Answered
from planner.verification.violations import Expected
from planner.verification.work import Work


def earnings(
    asked: Workload, mine: Sequence[Work], devices: Sequence[Answered], facts: Facts
) -> dict[str, Expected]:
    """Requests answered, revenue and users; `asked` is the workload of the whole horizon."""
    workload = facts.workloads[asked.name]
    if isinstance(workload, TrainingRun):
        return {"requests": None, "revenue_usd": None, "users": None}
    answers: list[Work | Answered] = [*mine, *devices]
    counts = class_requests(workload, facts)
    sizes = [
        (number * share, size)
        for row, (number, size) in enumerate(zip(counts, workload.classes, strict=True))
        for share in [total(_shares(answers, row))]
    ]
    requests = total(number for number, _ in sizes)
    if not isinstance(asked, Serving) or asked.revenue is None:
        return {"requests": requests, "revenue_usd": None, "users": None}
    prices, period = asked.revenue, facts.asked.period
    months = exact(period.start_hours) / exact(DAYS_PER_MONTH * HOURS_PER_DAY)
    users = None
    if prices.monthly_active_users is not None:
        growth = (1 + asked.growth_per_month) ** float(months)
        users = exact(prices.monthly_active_users) * exact(growth)
    quarters = floor(months / MONTHS_PER_QUARTER + exact(SAME_TIME))
    level = exact(1 + prices.change_per_quarter) ** quarters
    length = exact(period.hours) / exact(DAYS_PER_MONTH * HOURS_PER_DAY)
    by_use = total(number * _price(asked, size) for number, size in sizes)
    by_user = exact(prices.usd_per_user_month) * (users or 0) * length
    revenue = (by_use * exact(prices.paid_share) + by_user) * level
    return {"requests": requests, "revenue_usd": revenue, "users": users}


def _price(asked: Serving, size: RequestClass) -> Fraction:
    """Of one request."""
    if asked.revenue is None:
        return Fraction(0)
    reading = exact(asked.revenue.usd_per_million_input_tokens) * size.input_tokens
    writing = exact(asked.revenue.usd_per_million_output_tokens) * size.output_tokens
    return (reading + writing) / TOKENS_PER_MILLION + exact(asked.revenue.usd_per_request)


def _shares(answers: Sequence[Work | Answered], request_class: int) -> Iterator[Fraction]:
    for each in answers:
        stated = each.placed.stated if isinstance(each, Work) else each.stated
        for part in stated.served:
            if part.request_class == request_class:
                yield exact(part.share)
