"""What a workload earns in a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Final

from planner.candidates.demand import requests_by_class
from planner.catalog.demands import growth
from planner.catalog.periods import PeriodScenario
from planner.domain.plan import Allocation, Offloaded
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.units import DAYS_PER_MONTH, HOURS_PER_DAY, MONTHS_PER_QUARTER, TOKENS_PER_MILLION

ROUNDING: Final = 1e-9
"""Of a quarter: a period that begins with one belongs to it."""


@dataclass(frozen=True)
class Earned:
    """Requests that are answered, users, and what they pay; None where there is no such thing."""

    requests: float | None
    revenue_usd: float | None
    users: float | None


def earned(
    asked: Workload,
    workload: Workload,
    rows: Sequence[Allocation | Offloaded],
    period: PeriodScenario,
) -> Earned:
    """Of a workload of a period; `asked` is the same workload as the whole horizon has it."""
    if isinstance(workload, TrainingRun):
        return Earned(None, None, None)
    requests = _answered(workload, rows, period)
    count = fsum(requests)
    if not isinstance(asked, Serving) or asked.revenue is None:
        return Earned(count, None, None)
    prices = asked.revenue
    sizes = list(zip(requests, workload.classes, strict=True))
    input_tokens = fsum(number * each.input_tokens for number, each in sizes)
    output_tokens = fsum(number * each.output_tokens for number, each in sizes)
    by_use = prices.paid_share * fsum(
        (
            prices.usd_per_million_input_tokens * input_tokens / TOKENS_PER_MILLION,
            prices.usd_per_million_output_tokens * output_tokens / TOKENS_PER_MILLION,
            prices.usd_per_request * count,
        )
    )
    months = period.period.hours / (DAYS_PER_MONTH * HOURS_PER_DAY)
    users = None
    if prices.monthly_active_users is not None:
        users = prices.monthly_active_users * growth(asked, period.period)
    by_user = prices.usd_per_user_month * (users or 0.0) * months
    return Earned(count, (by_use + by_user) * price_level(asked, period), users)


def price_level(asked: Serving, period: PeriodScenario) -> float:
    """Prices of a period over those of the first: whole quarters since the beginning count."""
    if asked.revenue is None:
        return 1.0
    quarter_hours = MONTHS_PER_QUARTER * DAYS_PER_MONTH * HOURS_PER_DAY
    quarters = int(period.period.start_hours / quarter_hours + ROUNDING)
    return float((1 + asked.revenue.change_per_quarter) ** quarters)


def _answered(
    workload: Serving | BatchInference,
    rows: Sequence[Allocation | Offloaded],
    period: PeriodScenario,
) -> list[float]:
    """Requests of each class that are answered."""
    demand = requests_by_class(workload, period.scenario)
    return [
        number
        * fsum(
            part.share for row in rows for part in row.served if part.request_class == request_class
        )
        for request_class, number in enumerate(demand)
    ]
