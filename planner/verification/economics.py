"""Statements for finance, from the rows of workloads and the books."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from planner.domain.option import Pool
from planner.domain.period import Period
from planner.domain.plan import Plan, Violation, WorkloadResult
from planner.domain.statement import Economics, WorkloadEconomics
from planner.performance.power import node_full_w
from planner.units import DAYS_PER_MONTH, TOKENS_PER_BILLION, TOKENS_PER_MILLION, WATTS_PER_KW
from planner.verification.books import PeriodBook, near
from planner.verification.charges import PeriodItems
from planner.verification.contracts import Signed, hourly_usd
from planner.verification.exact import exact, quotient, total
from planner.verification.facts import Facts, pool_key
from planner.verification.violations import Expected, broken, differences


@dataclass(frozen=True)
class Account:
    """What a request of the scenario, with all its parts, earns and costs."""

    name: str
    rows: tuple[WorkloadResult, ...]
    transfers_usd: Fraction
    """Of its datasets."""
    overhead_usd: Fraction

    @property
    def earns(self) -> bool:
        """Whether a price is stated for it."""
        return any(each.revenue_usd is not None for each in self.rows)

    @property
    def revenue_usd(self) -> Fraction:
        """0 where it earns nothing."""
        return total(exact(each.revenue_usd or 0) for each in self.rows)

    @property
    def direct_usd(self) -> Fraction:
        """What it uses."""
        return total(exact(each.cost_usd) for each in self.rows) + self.transfers_usd

    @property
    def cost_usd(self) -> Fraction:
        """With its part of the overhead."""
        return self.direct_usd + self.overhead_usd


def economics_faults(
    plan: Plan, books: Sequence[PeriodBook], beyond_usd: Fraction, facts: Facts
) -> Iterator[Violation]:
    """A statement that is missing, needless, or not what the rows come to."""
    is_asked = any(each.revenue_usd is not None for each in plan.workloads)
    if plan.economics is None or not is_asked:
        if (plan.economics is not None) != is_asked:
            yield broken("economics", "is stated where workloads earn something, and only there")
        return
    accounts = _accounts(plan, books, beyond_usd)
    yield from _totals(plan.economics, accounts, books, facts)
    yield from _payback(plan, books)
    if [each.workload for each in plan.economics.workloads] != [each.name for each in accounts]:
        yield broken("economics.workloads", "must have one row for every request of the scenario")
        return
    days = {each.period: exact(each.days) for each in plan.periods}
    for row, (stated, account) in enumerate(zip(plan.economics.workloads, accounts, strict=True)):
        yield from _account_faults(f"economics.workloads.{row}", stated, account, days)


def _accounts(plan: Plan, books: Sequence[PeriodBook], beyond_usd: Fraction) -> tuple[Account, ...]:
    shared = (
        each.idle_usd + each.agreements_usd + each.site_usd + each.one_off_usd for each in books
    )
    overhead = total(shared) + beyond_usd
    rows: dict[str, list[WorkloadResult]] = {}
    for each in plan.workloads:
        rows.setdefault(each.workload.partition("/")[0], []).append(each)
    moved = {
        name: total(
            exact(each.cost_usd)
            for each in plan.transfers
            if each.workload.partition("/")[0] == name
        )
        for name in rows
    }
    used = {name: total(exact(e.cost_usd) for e in mine) for name, mine in rows.items()}
    direct = total(used.values()) + total(moved.values())
    parts = {
        name: quotient(used[name] + moved[name], direct) if direct else Fraction(1, len(rows))
        for name, mine in rows.items()
    }
    return tuple(
        Account(name, tuple(mine), moved[name], overhead * parts[name])
        for name, mine in rows.items()
    )


def _totals(
    stated: Economics, accounts: Sequence[Account], books: Sequence[PeriodBook], facts: Facts
) -> Iterator[Violation]:
    revenue = total(each.revenue_usd for each in accounts)
    cost = total(each.cost_usd for each in accounts)
    earning = total(each.cost_usd for each in accounts if each.earns)
    interest = total(each.interest_usd for each in books)
    cogs = earning - interest * (quotient(earning, cost) if cost else 1)
    research = cost - interest - cogs
    opex, capex = total(each.opex_usd for each in books), total(each.capex_usd for each in books)
    size = abs(revenue) + abs(cost) + abs(opex) + abs(capex)
    for name, usd in {
        "revenue_usd": revenue,
        "cogs_usd": cogs,
        "gross_profit_usd": revenue - cogs,
        "research_usd": research,
        "capital_cost_usd": interest,
        "operating_profit_usd": revenue - cogs - research - interest,
        "opex_usd": opex,
        "capex_usd": capex,
        "free_cash_flow_usd": revenue - opex - capex,
    }.items():
        yield from near(f"economics.{name}", getattr(stated, name), usd, size)
    target = facts.scenario.finance.target_gross_margin
    margin = quotient(revenue - cogs, revenue) if revenue else None
    factor = None
    if target is not None and revenue:
        factor = quotient(cogs, revenue) / (1 - exact(target))
    expected: dict[str, Expected] = {
        "gross_margin": margin,
        "target_gross_margin": None if target is None else exact(target),
        "price_factor_to_target": factor,
    }
    yield from differences("economics", stated, expected)


def _payback(plan: Plan, books: Sequence[PeriodBook]) -> Iterator[Violation]:
    """The first month after which cash flow is never below zero again."""
    cumulative, months = Fraction(0), Fraction(0)
    since: Fraction | None = None
    for book, period in zip(books, plan.periods, strict=False):
        cumulative += book.revenue_usd - book.opex_usd - book.capex_usd
        months = (exact(period.start_days) + exact(period.days)) / exact(DAYS_PER_MONTH)
        if cumulative < 0:
            since = None
        elif since is None:
            since = months
    if plan.economics is not None:
        yield from differences("economics", plan.economics, {"payback_months": since})


def _account_faults(
    where: str, stated: WorkloadEconomics, account: Account, days: dict[str, Fraction]
) -> Iterator[Violation]:
    own = [each for each in account.rows if each.workload == account.name] or account.rows
    requests = total(exact(each.requests or 0) for each in own)
    tokens = total(exact(each.tokens_b) for each in account.rows) * TOKENS_PER_BILLION
    users = total(
        exact(each.users or 0) * days.get(each.period, Fraction(0)) / exact(DAYS_PER_MONTH)
        for each in own
    )
    revenue, cost = account.revenue_usd, account.cost_usd
    size = revenue + abs(cost) + account.direct_usd
    for name, usd in {
        "direct_usd": account.direct_usd,
        "overhead_usd": account.overhead_usd,
        "contribution_usd": revenue - cost,
    }.items():
        yield from near(f"{where}.{name}", getattr(stated, name), usd, size)
    expected: dict[str, Expected] = {
        "revenue_usd": revenue if account.earns else None,
        "margin": quotient(revenue - cost, revenue) if revenue else None,
        "usd_per_request": quotient(cost, requests) if requests else None,
        "usd_per_million_tokens": quotient(cost * TOKENS_PER_MILLION, tokens) if tokens else None,
        "usd_per_user_month": quotient(cost, users) if users else None,
    }
    yield from differences(where, stated, expected)


def break_even_faults(
    plan: Plan,
    signed: Sequence[Signed],
    parts: Sequence[PeriodItems],
    base: Facts,
    periods: Sequence[Period],
) -> Iterator[Violation]:
    """Rows of own against rent that are missing or reckon otherwise."""
    pools = list(base.pools.values())
    wanted = [
        (row, pool, rent)
        for row, pool in enumerate(pools)
        if pool.terms.contract is not None and (rent := _rent(pool, pools)) is not None
    ]
    if len(wanted) != len(plan.break_even):
        yield broken("break_even", "must have one row for every contract that could be rented")
        return
    for number, (stated, (row, pool, rent)) in enumerate(zip(plan.break_even, wanted, strict=True)):
        planned = _planned(row, pool, signed, parts, periods)
        expected = _break_even(pool, rent, planned)
        yield from differences(f"break_even.{number}", stated, expected)


def _break_even(pool: Pool, rent: Pool, planned: Fraction | None) -> dict[str, Expected]:
    contract, size = pool.terms.contract, pool.node_type.accelerators_per_node
    if contract is None:
        raise TypeError(f"{pool.key} has no contract")
    held = hourly_usd(contract) / size
    price = exact(pool.place.electricity_usd_per_kwh or 0) if pool.terms.pays_electricity else 0
    kw = exact(node_full_w(pool.node_type, pool.accelerator)) / WATTS_PER_KW
    used = (kw * exact(pool.place.pue) * price + exact(pool.terms.usd_per_node_hour)) / size
    saved = _hourly(rent) - used
    return {
        "site": pool.place.name,
        "node_type": pool.node_type.name,
        "purchase": pool.purchase,
        "usd_per_accelerator_hour": held,
        "electricity_usd_per_accelerator_hour": used,
        "rent": rent.key,
        "rent_usd_per_accelerator_hour": _hourly(rent),
        "utilisation": quotient(held, saved) if saved > 0 else None,
        "planned_utilisation": planned,
    }


def _rent(pool: Pool, pools: Sequence[Pool]) -> Pool | None:
    """The cheapest way to rent the same accelerator by the hour."""
    rented = [
        each
        for each in pools
        if each.accelerator == pool.accelerator
        and each.terms.contract is None
        and not (each.terms.is_interruptible or each.terms.pays_electricity)
    ]

    def dearness(each: Pool) -> tuple[float, bool, str]:
        return float(_hourly(each)), each.place.name != pool.place.name, each.key

    return min(rented, key=dearness, default=None)


def _hourly(pool: Pool) -> Fraction:
    return exact(pool.terms.usd_per_node_hour) / pool.node_type.accelerators_per_node


def _planned(
    row: int,
    pool: Pool,
    signed: Sequence[Signed],
    parts: Sequence[PeriodItems],
    periods: Sequence[Period],
) -> Fraction | None:
    held = total(
        each.stated.nodes * exact(periods[number].hours)
        for each in signed
        if each.pool == row
        for number in each.term.periods
    )
    used = total(
        item.holding.stated.nodes * item.holding.works[0].hours
        for part in parts
        for item in part.items
        if pool_key(item.holding.pool) == pool_key(pool)
    )
    return quotient(used, held) if held else None
