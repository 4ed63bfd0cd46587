"""Nodes that are taken for a term: blocks that bring nodes to the periods of their term."""

from collections.abc import Sequence

from planner.candidates.charges import Charges
from planner.candidates.layout import ContractBlock, Layout
from planner.candidates.rows import NO_ROW, Rows
from planner.domain.agreement import Cell
from planner.domain.option import Pool
from planner.domain.period import Period
from planner.domain.term import Term, due_usd, paid_usd, terms_of


def contract_blocks(
    pools: Sequence[Pool],
    periods: Sequence[Period],
    layouts: Sequence[Layout],
    rows: Rows,
    charges: Charges,
) -> tuple[ContractBlock, ...]:
    """A block for every pool with a contract and every period in which it can be signed."""
    found: list[ContractBlock] = []
    for number, pool in enumerate(pools):
        if pool.terms.contract is None:
            continue
        limits = [
            rows.limit(f"contracts of {pool.key}{_suffix(each)}", pool.terms.available_nodes)
            if each.is_first
            else NO_ROW
            for each in periods
        ]
        for term in terms_of(pool.terms.contract, periods):
            found.append(_signed(number, term, periods, rows, charges))
            charges.reach[found[-1].block] = tuple((number, each) for each in term.periods)
            for period in term.periods:
                rows.block_use.add(layouts[period].nodes_resource[number], found[-1].block, -1.0)
                rows.block_use.add(limits[period], found[-1].block, 1.0)
    return tuple(found)


def _signed(
    number: int, term: Term, periods: Sequence[Period], rows: Rows, charges: Charges
) -> ContractBlock:
    """What one node costs under a contract that is signed now, in the objective and by period."""
    block = rows.block(charges.objective.cost_weight * due_usd(term, periods))
    for kind, period, usd in paid_usd(term, periods):
        if period is not None:
            charges.paid(block, Cell(number, kind, period), usd)
    return ContractBlock(number, term.signed, block, term.periods)


def _suffix(period: Period) -> str:
    return f" in {period.name}" if period.is_part else ""
