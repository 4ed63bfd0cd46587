"""Contracts that a plan signs: may it, are there enough, and what does a node hour cost."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from planner.domain.invoice import ChargeKind
from planner.domain.option import Pool
from planner.domain.period import Period
from planner.domain.plan import Plan, Violation
from planner.domain.pricing import Asset, Contract
from planner.domain.statement import ContractLine
from planner.domain.term import Term, terms_of
from planner.units import HOURS_PER_DAY, HOURS_PER_YEAR
from planner.verification.exact import exact, quotient, total
from planner.verification.facts import Facts, PoolKey
from planner.verification.violations import Expected, broken, differences


@dataclass(frozen=True)
class Signed:
    """A row of contracts with the offer and the time that it stands for."""

    row: int
    stated: ContractLine
    pool: int
    term: Term

    @property
    def contract(self) -> Contract:
        """Of one node."""
        return self.term.contract

    def hours(self, period: Period) -> Fraction:
        """Of the term in a period."""
        start = max(exact(self.term.start_hours), exact(period.start_hours))
        end = min(exact(self.term.end_hours), exact(period.end_hours))
        shared = max(end - start, Fraction(0))
        if period.is_all:
            return shared
        length = exact(period.end_hours) - exact(period.start_hours)
        return exact(period.hours) * shared / length

    def cost_usd(self, period: Period) -> Fraction:
        """What all its nodes cost in a period, used or not."""
        return self.stated.nodes * self.hours(period) * hourly_usd(self.contract)

    def wear_usd(self, period: Period) -> Fraction:
        """The part of it that is wear of what is bought."""
        asset = self.contract.asset
        if asset is None:
            return Fraction(0)
        lost = exact(self.contract.upfront_usd_per_node) - exact(asset.residual_usd_per_node)
        return self.stated.nodes * self.hours(period) * lost / exact(self.contract.term_hours)

    def interest_usd(self, period: Period) -> Fraction:
        """The part of it that is neither wear nor operations."""
        if self.contract.asset is None:
            return Fraction(0)
        operated = self.hours(period) * exact(self.contract.usd_per_node_hour)
        return self.cost_usd(period) - self.wear_usd(period) - self.stated.nodes * operated

    def beyond_usd(self, periods: Sequence[Period]) -> Fraction:
        """What it costs after the horizon."""
        if self.contract.asset is not None:
            return Fraction(0)
        within = total(self.hours(each) for each in periods)
        left = max(exact(self.contract.term_hours) - within, Fraction(0))
        return self.stated.nodes * left * hourly_usd(self.contract)

    def payments(self, periods: Sequence[Period]) -> Iterator[tuple[ChargeKind, int, Fraction]]:
        """Kind, number of the period, and what is paid in it."""
        bought = self.contract.asset is not None
        upfront = self.stated.nodes * exact(self.contract.upfront_usd_per_node)
        yield "capital" if bought else "contract", self.term.signed, upfront
        hourly = self.stated.nodes * exact(self.contract.usd_per_node_hour)
        for number, period in enumerate(periods):
            yield "operations" if bought else "contract", number, hourly * self.hours(period)


def contracts_of(
    plan: Plan, facts: Facts, periods: Sequence[Period]
) -> tuple[tuple[Signed, ...], tuple[Violation, ...]]:
    """Rows that an offer of the scenario allows, and what is wrong with any."""
    rows: dict[PoolKey, int] = {key: row for row, key in enumerate(facts.pools)}
    found: list[Signed] = []
    faults: list[Violation] = []
    for row, line in enumerate(plan.contracts):
        where, key = f"contracts.{row}", (line.site, line.node_type, line.purchase)
        contract = facts.pools[key].terms.contract if key in rows else None
        if contract is None:
            faults.append(broken(where, f"the scenario offers no contract {' / '.join(key)}"))
            continue
        terms = [each for each in terms_of(contract, periods)
                 if periods[each.signed].name == line.period]  # fmt: skip
        if not terms or line.nodes < 1:
            faults.append(broken(where, f"nothing like it can be signed in {line.period}"))
            continue
        signed = Signed(row, line, rows[key], terms[0])
        if any(each.pool == signed.pool and each.term == signed.term for each in found):
            faults.append(broken(where, "the same contract has a row already"))
            continue
        found.append(signed)
        faults += differences(where, line, _line(signed, periods))
    faults += _too_many(found, facts, periods)
    return tuple(found), tuple(faults)


def nodes_there(signed: Sequence[Signed], pool: int, number: int) -> int:
    """Nodes that contracts bring to a period."""
    return sum(
        each.stated.nodes for each in signed if each.pool == pool and number in each.term.periods
    )


def pools_in(
    facts: Facts, signed: Sequence[Signed], number: int, period: Period
) -> tuple[Pool, ...]:
    """Offers as a period has them: nodes and price of an hour of those under contract."""
    made = []
    for row, pool in enumerate(facts.pools.values()):
        if pool.terms.contract is None:
            made.append(pool)
            continue
        nodes = nodes_there(signed, row, number)
        cost = total(
            each.cost_usd(period)
            for each in signed
            if each.pool == row and number in each.term.periods
        )
        hourly = quotient(cost, nodes * exact(period.hours))
        price = float(exact(pool.terms.usd_per_node_hour) + hourly)
        terms = replace(pool.terms, available_nodes=nodes, usd_per_node_hour=price)
        made.append(replace(pool, terms=terms))
    return tuple(made)


def hourly_usd(contract: Contract) -> Fraction:
    """What a node costs per hour of its term."""
    hours, running = exact(contract.term_hours), exact(contract.usd_per_node_hour)
    if contract.asset is None:
        return exact(contract.upfront_usd_per_node) / hours + running
    return exact(_instalment_usd(contract, contract.asset)) / exact(HOURS_PER_YEAR) + running


def _instalment_usd(contract: Contract, asset: Asset) -> float:
    """Per year: its payments over the life and the residual, discounted, are worth the price."""
    growth, years = 1 + asset.cost_of_capital_per_year, contract.term_hours / HOURS_PER_YEAR
    price = contract.upfront_usd_per_node * growth ** (contract.lead_hours / HOURS_PER_YEAR)
    last = growth**-years
    payments = years if growth == 1 else (1 - last) / (growth - 1)
    return float((price - asset.residual_usd_per_node * last) / payments)


def _line(signed: Signed, periods: Sequence[Period]) -> Mapping[str, Expected]:
    contract, nodes = signed.contract, signed.stated.nodes
    return {
        "start_days": exact(signed.term.start_hours) / HOURS_PER_DAY,
        "end_days": exact(signed.term.end_hours) / HOURS_PER_DAY,
        "is_bought": contract.asset is not None,
        "upfront_usd": nodes * exact(contract.upfront_usd_per_node),
        "usd_per_hour": nodes * exact(contract.usd_per_node_hour),
        "accrued_usd": total(signed.cost_usd(each) for each in periods),
        "depreciation_usd": total(signed.wear_usd(each) for each in periods),
        "beyond_usd": signed.beyond_usd(periods),
    }


def _too_many(
    signed: Sequence[Signed], facts: Facts, periods: Sequence[Period]
) -> Iterator[Violation]:
    """More nodes under contract at once than there are."""
    used: defaultdict[int, list[Signed]] = defaultdict(list)
    for each in signed:
        used[each.pool].append(each)
    for row, (key, pool) in enumerate(facts.pools.items()):
        most = pool.terms.available_nodes
        for number, period in enumerate(periods if row in used else ()):
            nodes = nodes_there(used[row], row, number)
            if most is not None and nodes > most:
                rule = f"more contracts of {' / '.join(key)} than there are in {period.name}"
                yield broken("contracts", rule, nodes, most)
