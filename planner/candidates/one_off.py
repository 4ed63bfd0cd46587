"""What is done once as blocks: phases in which a site gets power, work and data that move."""

from collections import defaultdict
from collections.abc import Sequence

from planner.candidates.charges import Charges
from planner.candidates.layout import DatasetBlock, Layout, MoveBlock, Part, PhaseBlock
from planner.candidates.rows import Rows, integers
from planner.domain.deployment import ServingDeployment
from planner.domain.scenario import ScenarioSite, StagedScenario
from planner.domain.term import due_usd, terms_of
from planner.domain.workload import DataJob, Serving
from planner.units import WATTS_PER_KW


def phase_blocks(
    parts: Sequence[Part], layouts: Sequence[Layout], rows: Rows, charges: Charges
) -> tuple[PhaseBlock, ...]:
    """A block for every phase of a site and every period in which it can be ordered."""
    found: list[PhaseBlock] = []
    for site, asked in enumerate(parts[0].asked.scenario.sites):
        before: list[PhaseBlock] = []
        for phase in range(len(asked.phases)):
            mine = _ordered(site, phase, parts, rows, charges)
            once = rows.limit(f"{asked.phases[phase].name} at {asked.name} once", 1.0)
            for each in mine:
                rows.block_use.add(once, each.block, 1.0)
                _bring_power(each, asked, layouts, rows)
            if phase:
                _follow(before, mine, asked, rows)
            before = mine
            found += mine
    return tuple(found)


def _ordered(
    site: int, phase: int, parts: Sequence[Part], rows: Rows, charges: Charges
) -> list[PhaseBlock]:
    periods = [part.asked.period for part in parts]
    contract = parts[0].asked.scenario.sites[site].phases[phase].contract
    weight = charges.objective.cost_weight
    return [
        PhaseBlock(site, phase, term, rows.block(weight * due_usd(term, periods), 1.0))
        for term in terms_of(contract, periods)
    ]


def _bring_power(
    each: PhaseBlock, asked: ScenarioSite, layouts: Sequence[Layout], rows: Rows
) -> None:
    """A phase adds to the limit of every period in which it is there."""
    watts = asked.full_power_kw(asked.phases[each.phase]) * WATTS_PER_KW
    for period in each.term.periods:
        rows.block_use.add(int(layouts[period].power_resource[each.site]), each.block, -watts)


def _follow(
    before: Sequence[PhaseBlock], mine: Sequence[PhaseBlock], asked: ScenarioSite, rows: Rows
) -> None:
    """A phase is ordered no sooner than the one before it."""
    for each in mine:
        name = f"{asked.phases[each.phase].name} at {asked.name} in its turn"
        row = rows.limit(f"{name}, period {each.term.signed + 1}", 0.0)
        for other in mine:
            if other.term.signed <= each.term.signed:
                rows.block_use.add(row, other.block, 1.0)
        for other in before:
            if other.term.signed <= each.term.signed:
                rows.block_use.add(row, other.block, -1.0)


def move_blocks(
    parts: Sequence[Part], layouts: Sequence[Layout], rows: Rows, charges: Charges
) -> tuple[MoveBlock, ...]:
    """A block of new accelerators for every site and workload that runs somewhere today.

    They count in the first stretch of time, in that slice of it in which they are most.
    """
    found: list[MoveBlock] = []
    for workload in parts[0].asked.scenario.workloads:
        if not isinstance(workload, Serving) or workload.runs_today is None:
            continue
        weight = charges.objective.cost_weight * workload.moving_usd_per_accelerator
        for site, place in enumerate(parts[0].candidates.places):
            there = sum(e.accelerators for e in workload.runs_today if e.site == place.name)
            new = rows.amount(weight)
            found.append(MoveBlock(workload.name, site, new))
            for part, layout in _first_stretch(parts, layouts):
                name = f"{workload.name} at {place.name} beyond today{part.asked.suffix}"
                row = rows.limit(name, float(there))
                rows.block_use.add(row, new, -1.0)
                for option, block in enumerate(layout.replica_block.tolist()):
                    each = part.candidates.options[option]
                    deployment = each.deployment
                    at = part.candidates.pools[each.pool].place.name
                    if block < 0 or not isinstance(deployment, ServingDeployment):
                        continue
                    if (deployment.workload, at) == (workload.name, place.name):
                        rows.block_use.add(row, block, float(deployment.accelerators))
    return tuple(found)


def dataset_blocks(
    scenario: StagedScenario,
    parts: Sequence[Part],
    layouts: Sequence[Layout],
    rows: Rows,
    option_item: Sequence[int],
) -> tuple[DatasetBlock, ...]:
    """A block for every dataset and site to which it costs anything to move it.

    It is moved once, however much of its job is done there, by whichever options and when.
    """
    columns = _columns_at(parts, layouts)
    gigabytes = {e.name: e.dataset_gb or 0.0 for e in scenario.workloads if isinstance(e, DataJob)}
    found: list[DatasetBlock] = []
    for haul in scenario.hauls:
        mine = columns.get((haul.workload, haul.site), ())
        usd = haul.usd_per_gb * gigabytes[haul.workload]
        if not mine or not usd:
            continue
        block = rows.block(scenario.objective.cost_weight * usd, 1.0)
        row_of: dict[int, int] = {}
        for column in mine:
            item = option_item[column]
            if item not in row_of:
                row_of[item] = rows.limit(f"dataset of {haul.workload} at {haul.site}", 0.0)
                rows.block_use.add(row_of[item], block, -1.0)
            rows.option_use.add(row_of[item], column, 1.0)
        covered = integers([*row_of.values()])
        found.append(DatasetBlock(haul.workload, haul.site, block, covered))
    return tuple(found)


def _columns_at(
    parts: Sequence[Part], layouts: Sequence[Layout]
) -> dict[tuple[str, str], list[int]]:
    """Columns of all periods, by workload and site."""
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for part, layout in zip(parts, layouts, strict=True):
        options, pools = part.candidates.options, part.candidates.pools
        for column, row in enumerate(layout.column_option.tolist(), layout.first_column):
            if row >= 0:
                workload, pool = options[row].deployment.workload, pools[options[row].pool]
                found[workload, pool.place.name].append(column)
    return found


def _first_stretch(parts: Sequence[Part], layouts: Sequence[Layout]) -> list[tuple[Part, Layout]]:
    start = parts[0].asked.period.start_hours
    both = zip(parts, layouts, strict=True)
    return [(part, layout) for part, layout in both if part.asked.period.start_hours == start]
