"""Contracts that are signed: what they cost in each period, and what a node hour of them costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import fsum

import numpy as np

from planner.candidates.layout import Program
from planner.domain.agreement import Cell
from planner.domain.option import Pool
from planner.domain.period import Period
from planner.domain.statement import ContractLine
from planner.domain.term import (
    Term,
    accrued_usd_per_hour,
    depreciation_usd_per_hour,
    paid_usd,
    terms_of,
)
from planner.problem.solution import Solution
from planner.units import HOURS_PER_DAY


@dataclass(frozen=True)
class SignedContract:
    """Contracts of one pool that are signed at the beginning of one period."""

    pool: int
    term: Term
    nodes: int

    def accrued_usd(self, period: Period) -> float:
        """What they cost in a period."""
        return self.nodes * accrued_usd_per_hour(self.term.contract) * self.term.hours_in(period)

    def beyond_usd(self, periods: Sequence[Period]) -> float:
        """What they cost after the horizon: what is bought can be kept and costs nothing here."""
        if self.term.contract.asset is not None:
            return 0.0
        within = fsum(self.term.hours_in(period) for period in periods)
        left = max(self.term.contract.term_hours - within, 0.0)
        return self.nodes * accrued_usd_per_hour(self.term.contract) * left

    def depreciation_usd(self, period: Period) -> float:
        """Wear of what is bought."""
        contract = self.term.contract
        if contract.asset is None:
            return 0.0
        hourly = depreciation_usd_per_hour(contract, contract.asset)
        return self.nodes * hourly * self.term.hours_in(period)

    def capital_cost_usd(self, period: Period) -> float:
        """Instalments of capital beyond wear: what it costs that capital is bound."""
        if self.term.contract.asset is None:
            return 0.0
        operations = self.nodes * self.term.contract.usd_per_node_hour * self.term.hours_in(period)
        return self.accrued_usd(period) - operations - self.depreciation_usd(period)


def signed_contracts(program: Program, solution: Solution) -> tuple[SignedContract, ...]:
    """Every contract that the solution signs."""
    periods = [part.asked.period for part in program.parts]
    found = []
    for each in program.contracts:
        nodes = int(np.rint(solution.choice.blocks[each.block]))
        contract = program.parts[0].candidates.pools[each.pool].terms.contract
        if nodes > 0 and contract is not None:
            (term,) = (t for t in terms_of(contract, periods) if t.signed == each.period)
            found.append(SignedContract(each.pool, term, nodes))
    return tuple(found)


def priced_pools(
    pools: Sequence[Pool], signed: Sequence[SignedContract], number: int, period: Period
) -> tuple[Pool, ...]:
    """Pools at what a node hour costs in a period: contracts by what they cost, use on top."""
    priced = []
    for row, pool in enumerate(pools):
        there = [each for each in signed if each.pool == row and number in each.term.periods]
        if there:
            cost = fsum(each.accrued_usd(period) for each in there)
            hourly = cost / (sum(each.nodes for each in there) * period.hours)
            price = pool.terms.usd_per_node_hour + hourly
            terms = replace(pool.terms, usd_per_node_hour=price)
            priced.append(replace(pool, terms=terms))
        else:
            priced.append(pool)
    return tuple(priced)


def contract_lines(
    pools: Sequence[Pool], signed: Sequence[SignedContract], periods: Sequence[Period]
) -> Iterator[ContractLine]:
    """A row for each."""
    for each in signed:
        pool, term = pools[each.pool], each.term
        accrued = fsum(each.accrued_usd(period) for period in periods)
        yield ContractLine(
            site=pool.place.name,
            node_type=pool.node_type.name,
            purchase=pool.purchase,
            period=periods[term.signed].name,
            nodes=each.nodes,
            start_days=term.start_hours / HOURS_PER_DAY,
            end_days=term.end_hours / HOURS_PER_DAY,
            is_bought=term.contract.asset is not None,
            upfront_usd=each.nodes * term.contract.upfront_usd_per_node,
            usd_per_hour=each.nodes * term.contract.usd_per_node_hour,
            accrued_usd=accrued,
            depreciation_usd=fsum(each.depreciation_usd(period) for period in periods),
            beyond_usd=each.beyond_usd(periods),
        )


def contract_payments(
    signed: Sequence[SignedContract], periods: Sequence[Period]
) -> Iterator[tuple[Cell, float]]:
    """What is paid for contracts, by period."""
    for each in signed:
        for kind, period, usd in paid_usd(each.term, periods):
            if period is not None:
                yield Cell(each.pool, kind, period), each.nodes * usd
