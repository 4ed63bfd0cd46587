"""What finance reads: revenue against cost, margin, cash and payback."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from planner.domain.plan import WorkloadResult
from planner.domain.statement import Economics, PeriodResult, Transfer, WorkloadEconomics
from planner.domain.work import PART, is_part_of
from planner.units import DAYS_PER_MONTH, TOKENS_PER_BILLION, TOKENS_PER_MILLION


def economics(
    results: Sequence[WorkloadResult],
    periods: Sequence[PeriodResult],
    transfers: Sequence[Transfer],
    beyond_usd: float,
    target: float | None,
) -> Economics | None:
    """The statement of the horizon; None where nothing earns anything.

    What no workload uses (idle contracts, agreements, meters, what is due after the horizon) is
    shared by what the workloads cost directly.
    """
    if all(each.revenue_usd is None for each in results):
        return None
    shared = (
        each.idle_usd + each.agreements_usd + each.site_usd + each.one_off_usd for each in periods
    )
    overhead = fsum((*shared, beyond_usd))
    accounts = tuple(_accounts(results, periods, transfers, overhead))
    revenue = fsum(each.revenue_usd or 0.0 for each in accounts)
    capital = fsum(each.capital_cost_usd for each in periods)
    cost = fsum(each.direct_usd + each.overhead_usd for each in accounts)
    earning = fsum(
        each.direct_usd + each.overhead_usd for each in accounts if each.revenue_usd is not None
    )
    part = earning / cost if cost else 1.0
    cogs = earning - capital * part
    research = cost - capital - cogs
    profit = revenue - cogs
    return Economics(
        revenue_usd=revenue,
        cogs_usd=cogs,
        gross_profit_usd=profit,
        gross_margin=profit / revenue if revenue else None,
        target_gross_margin=target,
        research_usd=research,
        capital_cost_usd=capital,
        operating_profit_usd=profit - research - capital,
        opex_usd=fsum(each.opex_usd for each in periods),
        capex_usd=fsum(each.capex_usd for each in periods),
        free_cash_flow_usd=fsum(each.free_cash_flow_usd for each in periods),
        payback_months=payback_months(periods),
        price_factor_to_target=(
            cogs / (1 - target) / revenue if target is not None and revenue else None
        ),
        workloads=accounts,
    )


def payback_months(periods: Sequence[PeriodResult]) -> float | None:
    """Months until cash flow has made up for what was paid before, and stays so."""
    last_short = max(
        (number for number, each in enumerate(periods) if each.cumulative_cash_flow_usd < 0),
        default=-1,
    )
    if last_short == len(periods) - 1:
        return None
    return (periods[last_short + 1].start_days + periods[last_short + 1].days) / DAYS_PER_MONTH


@dataclass(frozen=True)
class _Account:
    """Rows of a request of the scenario and of all its parts."""

    name: str
    rows: tuple[WorkloadResult, ...]
    transfers: tuple[Transfer, ...]

    @property
    def direct_usd(self) -> float:
        moved = (each.cost_usd for each in self.transfers)
        return fsum((*(each.cost_usd for each in self.rows), *moved))

    @property
    def own(self) -> tuple[WorkloadResult, ...]:
        """Without those of parts that other parts come before."""
        named = tuple(each for each in self.rows if each.workload == self.name)
        return named or self.rows


def _accounts(
    results: Sequence[WorkloadResult],
    periods: Sequence[PeriodResult],
    transfers: Sequence[Transfer],
    overhead_usd: float,
) -> Iterator[WorkloadEconomics]:
    rows: defaultdict[str, list[WorkloadResult]] = defaultdict(list)
    for each in results:
        rows[each.workload.partition(PART)[0]].append(each)
    accounts = [
        _Account(name, tuple(mine), tuple(e for e in transfers if is_part_of(e.workload, name)))
        for name, mine in rows.items()
    ]
    total = fsum(each.direct_usd for each in accounts)
    months = {each.period: each.days / DAYS_PER_MONTH for each in periods}
    for account in accounts:
        part = account.direct_usd / total if total else 1 / len(accounts)
        yield _account(account, part * overhead_usd, months)


def _account(account: _Account, overhead_usd: float, months: dict[str, float]) -> WorkloadEconomics:
    earned = [each.revenue_usd for each in account.rows if each.revenue_usd is not None]
    revenue = fsum(earned) if earned else None
    cost = account.direct_usd + overhead_usd
    requests = fsum(each.requests or 0.0 for each in account.own)
    tokens = fsum(each.tokens_b for each in account.rows) * TOKENS_PER_BILLION
    user_months = fsum((each.users or 0.0) * months[each.period] for each in account.own)
    contribution = (revenue or 0.0) - cost
    return WorkloadEconomics(
        workload=account.name,
        revenue_usd=revenue,
        direct_usd=account.direct_usd,
        overhead_usd=overhead_usd,
        contribution_usd=contribution,
        margin=contribution / revenue if revenue else None,
        usd_per_request=cost / requests if requests else None,
        usd_per_million_tokens=cost / (tokens / TOKENS_PER_MILLION) if tokens else None,
        usd_per_user_month=cost / user_months if user_months else None,
    )
