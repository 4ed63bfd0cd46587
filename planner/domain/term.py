"""Contracts in time: when their nodes are there, what they cost, and when that is paid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planner.domain.invoice import ChargeKind
from planner.domain.period import SAME_TIME, Period
from planner.domain.pricing import Asset, Contract
from planner.units import HOURS_PER_YEAR


@dataclass(frozen=True)
class Term:
    """A contract that is signed at the beginning of a period."""

    contract: Contract
    signed: int
    """Number of the period."""
    start_hours: float
    end_hours: float
    periods: tuple[int, ...]
    """In which its nodes are there."""

    def hours_in(self, period: Period) -> float:
        """Of the term."""
        return period.hours_within(self.start_hours, self.end_hours)


def terms_of(contract: Contract, periods: Sequence[Period]) -> tuple[Term, ...]:
    """Every term that brings nodes to at least one period."""
    firsts = (number for number, each in enumerate(periods) if each.is_first)
    made = (_term(contract, number, periods) for number in firsts)
    return tuple(term for term in made if term.periods and _is_open(term, periods))


def _term(contract: Contract, signed: int, periods: Sequence[Period]) -> Term:
    start = periods[signed].start_hours + contract.lead_hours
    end = start + contract.term_hours
    there = tuple(row for row, each in enumerate(periods) if each.is_within(start, end))
    return Term(contract, signed, start, end, there)


def _is_open(term: Term, periods: Sequence[Period]) -> bool:
    """Whether it can be signed in its period."""
    starts, signed = term.contract.starts_hours, periods[term.signed]
    slack = SAME_TIME * max(signed.end_hours, 1.0)
    return starts is None or any(abs(each - signed.start_hours) <= slack for each in starts)


def yearly_instalment_usd(price_usd: float, years: float, asset: Asset) -> float:
    """Equal payments at the end of each year that are worth a price less what is left of it.

    The capital recovery of engineering economics: (P - S) r / (1 - (1 + r)^-n) + S r with price P,
    residual S, cost of capital r and life n (Park, Contemporary Engineering Economics).
    """
    rate, residual = asset.cost_of_capital_per_year, asset.residual_usd_per_node
    if rate == 0:
        return (price_usd - residual) / years
    recovery: float = rate / (1 - (1 + rate) ** -years)
    return (price_usd - residual) * recovery + residual * rate


def instalments_usd_per_hour(contract: Contract, asset: Asset) -> float:
    """Capital of a node per hour of its life; money bound before it works bears interest."""
    rate, lead_years = asset.cost_of_capital_per_year, contract.lead_hours / HOURS_PER_YEAR
    price = contract.upfront_usd_per_node * (1 + rate) ** lead_years
    years = contract.term_hours / HOURS_PER_YEAR
    return yearly_instalment_usd(price, years, asset) / HOURS_PER_YEAR


def depreciation_usd_per_hour(contract: Contract, asset: Asset) -> float:
    """Price less residual, in equal parts over the life (straight line)."""
    return (contract.upfront_usd_per_node - asset.residual_usd_per_node) / contract.term_hours


def accrued_usd_per_hour(contract: Contract) -> float:
    """What a node costs per hour of its term."""
    if contract.asset is not None:
        return instalments_usd_per_hour(contract, contract.asset) + contract.usd_per_node_hour
    return contract.upfront_usd_per_node / contract.term_hours + contract.usd_per_node_hour


def due_usd(term: Term, periods: Sequence[Period]) -> float:
    """What a node costs: all that is promised, or the time that bought hardware works here."""
    contract = term.contract
    if contract.asset is None:
        return contract.upfront_usd_per_node + contract.usd_per_node_hour * contract.term_hours
    worked = sum(term.hours_in(each) for each in periods)
    return accrued_usd_per_hour(contract) * worked


def paid_usd(
    term: Term, periods: Sequence[Period]
) -> Iterator[tuple[ChargeKind, int | None, float]]:
    """Payments for a node: kind, period (None: after the horizon) and sum."""
    contract = term.contract
    is_bought = contract.asset is not None
    yield "capital" if is_bought else "contract", term.signed, contract.upfront_usd_per_node
    kind: ChargeKind = "operations" if is_bought else "contract"
    within = [term.hours_in(each) for each in periods]
    for number, hours in enumerate(within):
        yield kind, number, contract.usd_per_node_hour * hours
    if not is_bought:
        left = max(contract.term_hours - sum(within), 0.0)
        yield kind, None, contract.usd_per_node_hour * left
