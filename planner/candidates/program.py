"""All periods as one problem: work by period, contracts over them, agreements about the bill."""

from collections.abc import Sequence

from planner.candidates.agreements import Bookkeeping
from planner.candidates.alike import Enumerated
from planner.candidates.charges import Charges
from planner.candidates.columns import PeriodColumns
from planner.candidates.contracts import contract_blocks
from planner.candidates.items import Items
from planner.candidates.layout import Part, Program
from planner.candidates.meters import Meters
from planner.candidates.neighbours import neighbour_rows
from planner.candidates.one_off import dataset_blocks, move_blocks, phase_blocks
from planner.candidates.order import order_of
from planner.candidates.pacing import Pacing
from planner.candidates.resilience import limit_standing
from planner.candidates.rows import Rows, integers
from planner.candidates.siblings import sibling_pools
from planner.catalog.agreements import accounts_of, resolve_agreements
from planner.catalog.index import Catalog
from planner.catalog.periods import by_period
from planner.catalog.supplies import metered
from planner.domain.agreement import Agreed
from planner.domain.scenario import StagedScenario


def compile_scenario(scenario: StagedScenario, catalog: Catalog) -> Program:
    """The problem of a checked scenario and what its columns mean."""
    agreed = resolve_agreements(scenario, catalog)
    return compile_program(parts_of(scenario, catalog), agreed, scenario)


def parts_of(scenario: StagedScenario, catalog: Catalog) -> list[Part]:
    """The periods of a checked scenario, each with all that could be done in it."""
    enumerated = Enumerated(catalog)
    return [Part(each, enumerated.candidates(each)) for each in by_period(scenario)]


def compile_program(
    parts: Sequence[Part], agreed: Sequence[Agreed], scenario: StagedScenario
) -> Program:
    """The problem of all periods, which are those of the scenario, and what its columns mean."""
    power = metered(scenario)
    rows, items = Rows(), Items()
    periods = [part.asked.period for part in parts]
    charges = Charges(parts[0].asked.scenario.objective, measures=power.is_needed)
    pools = parts[0].candidates.pools
    family = sibling_pools(pools, agreed, power.share_limits)
    pacing = Pacing(rows, items, charges, periods)
    layouts = [PeriodColumns(part, family, rows, items, pacing).collected() for part in parts]
    pacing.finish(order_of(scenario))
    neighbour_rows(scenario.workloads, parts, layouts, rows)
    limit_standing(parts, layouts, rows)
    contracts = contract_blocks(pools, periods, layouts, rows, charges)
    phases = phase_blocks(parts, layouts, rows, charges)
    moves = move_blocks(parts, layouts, rows, charges)
    datasets = dataset_blocks(scenario, parts, layouts, rows, items.option_item)
    meters = Meters(parts, contracts, phases, rows, charges, items.option_cost).keep(power)
    accounts = accounts_of(agreed, periods)
    books = Bookkeeping(rows, charges, items.option_item)
    spends = books.keep(agreed, accounts, pools, periods)
    return Program(
        problem=items.problem(rows),
        parts=tuple(parts),
        layouts=tuple(layouts),
        contracts=contracts,
        agreed=tuple(agreed),
        accounts=accounts,
        spends=spends,
        phases=phases,
        moves=moves,
        datasets=datasets,
        metered=power,
        meters=meters,
        block_period=integers(rows.block_period),
        covering=(*pacing.covering(), *((each.block, each.covered) for each in datasets)),
    )
