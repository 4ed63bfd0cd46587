"""What columns and blocks pay, by offer and kind of charge: what agreements add up."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import fsum

from planner.candidates.energy import electricity_usd_per_kwh, weight_usd_per_it_kwh
from planner.candidates.job import JobUse
from planner.domain.agreement import Cell
from planner.domain.invoice import ChargeKind
from planner.domain.option import Pool
from planner.domain.scenario import Objective


@dataclass
class Amount:
    """A sum over options and blocks: of USD, or of kWh."""

    columns: dict[int, float] = field(default_factory=dict)
    blocks: dict[int, float] = field(default_factory=dict)
    constant: float = 0.0

    def add(self, other: "Amount", times: float = 1.0) -> None:
        """More of it."""
        for column, each in other.columns.items():
            self.columns[column] = self.columns.get(column, 0.0) + each * times
        for block, each in other.blocks.items():
            self.blocks[block] = self.blocks.get(block, 0.0) + each * times
        self.constant += other.constant * times


class Charges:
    """Charges while they are being collected, of one period after the other."""

    def __init__(self, objective: Objective, *, measures: bool) -> None:
        """Begin with none; `measures` tells whether energy is asked for, too."""
        self.objective = objective
        self.by_cell: defaultdict[Cell, Amount] = defaultdict(Amount)
        self.nodes: dict[tuple[int, int], dict[str, float]] = {}
        """By pool and period: nodes that each workload could want at most."""
        self.spare: dict[tuple[int, int], float] = {}
        """By pool and period: nodes that rounding up could take besides."""
        self.reach: dict[int, tuple[tuple[int, int], ...]] = {}
        """Pool and periods of the blocks that are nodes."""
        self.most: dict[int, float] = {}
        """By other block that pays: more of it is waste."""
        self.kwh: defaultdict[tuple[int, int], Amount] = defaultdict(Amount)
        """By pool and period: energy at the meter, where it is asked for."""
        self.up: defaultdict[tuple[int, int], Amount] = defaultdict(Amount)
        """By pool and period: hours that nodes are up, where energy is asked for."""
        self.measures = measures

    def wants(self, at: tuple[int, int], workload: str, nodes: float, spare: float) -> None:
        """What a workload could use of a pool in a period by an option, and some for rounding."""
        wanted = self.nodes.setdefault(at, {})
        wanted[workload] = max(wanted.get(workload, 0.0), nodes)
        self.spare[at] = self.spare.get(at, 0.0) + spare

    def most_nodes(self, at: tuple[int, int]) -> float:
        """Of a pool in a period: more are waste."""
        return fsum(self.nodes.get(at, {}).values()) + self.spare.get(at, 0.0)

    def most_usd(self, cells: Sequence[Cell], option_item: Sequence[int]) -> float:
        """More than some charges come to without waste.

        In each period a workload pays for its nodes once, wherever that is dearest.
        """
        columns: defaultdict[int, float] = defaultdict(float)
        at_pool: defaultdict[tuple[int, str], defaultdict[int, float]]
        at_pool = defaultdict(lambda: defaultdict(float))
        others: list[float] = []
        for cell in (each for each in cells if each in self.by_cell):
            for column, usd in self.by_cell[cell].columns.items():
                columns[column] += usd
            worst, spare = self._worst(cell)
            others.append(spare)
            for workload, usd in worst.items():
                at_pool[cell.period, workload][cell.pool] += usd
        items: defaultdict[int, float] = defaultdict(float)
        for column, usd in columns.items():
            items[option_item[column]] = max(items[option_item[column]], usd)
        dearest = (max(by_pool.values()) for by_pool in at_pool.values())
        return fsum((*items.values(), *dearest, *others))

    def _worst(self, cell: Cell) -> tuple[dict[str, float], float]:
        """The most that the nodes of each workload pay in a cell, and everything else there."""
        worst: dict[str, float] = {}
        spare, others = 0.0, 0.0
        for block, usd in self.by_cell[cell].blocks.items():
            if block not in self.reach:
                others += max(usd, 0.0) * self.most[block]
            for at in self.reach.get(block, ()):
                spare = max(spare, usd * self.spare.get(at, 0.0))
                for workload, nodes in self.nodes.get(at, {}).items():
                    worst[workload] = max(worst.get(workload, 0.0), usd * nodes)
        return worst, spare + others

    def column(self, column: int, cell: tuple[int, int], pool: Pool, use: JobUse) -> float:
        """Weight in the objective of an option that uses so much; `cell` is pool and period."""
        for kind, usd in _charged(pool, use):
            if usd:
                amount = self.by_cell[Cell(cell[0], kind, cell[1])]
                amount.columns[column] = amount.columns.get(column, 0.0) + usd
        if self.measures and use.it_kwh:
            columns = self.kwh[cell].columns
            columns[column] = columns.get(column, 0.0) + use.it_kwh * pool.place.pue
        return self.weight(pool, use)

    def block(self, block: int, cell: tuple[int, int], pool: Pool, use: JobUse) -> None:
        """What one block uses."""
        for kind, usd in _charged(pool, use):
            if usd:
                self.paid(block, Cell(cell[0], kind, cell[1]), usd)
        if self.measures and use.it_kwh:
            blocks = self.kwh[cell].blocks
            blocks[block] = blocks.get(block, 0.0) + use.it_kwh * pool.place.pue

    def up_by_column(self, column: int, cell: tuple[int, int], node_hours: float) -> None:
        """Hours that an option has nodes up."""
        if self.measures:
            self.up[cell].columns[column] = node_hours

    def up_by_block(self, block: int, cell: tuple[int, int], node_hours: float) -> None:
        """Hours that one block has nodes up."""
        if self.measures:
            self.up[cell].blocks[block] = node_hours

    def paid(self, block: int, cell: Cell, usd: float) -> None:
        """What one block pays."""
        blocks = self.by_cell[cell].blocks
        blocks[block] = blocks.get(block, 0.0) + usd

    def weight(self, pool: Pool, use: JobUse) -> float:
        """What a use adds to the objective: money, energy, carbon."""
        price = pool.terms.usd_per_node_hour + pool.licence_usd_per_node_hour
        paid = self.objective.cost_weight * use.node_hours * price
        return paid + use.it_kwh * weight_usd_per_it_kwh(pool, self.objective)

    def total(self, cells: tuple[Cell, ...]) -> Amount:
        """Charges of some cells together."""
        amount = Amount()
        for cell in cells:
            if cell in self.by_cell:
                amount.add(self.by_cell[cell])
        return amount


def _charged(pool: Pool, use: JobUse) -> Iterator[tuple[ChargeKind, float]]:
    yield "usage", use.node_hours * pool.terms.usd_per_node_hour
    yield "licence", use.node_hours * pool.licence_usd_per_node_hour
    kwh = use.it_kwh * pool.place.pue
    yield "electricity", kwh * electricity_usd_per_kwh(pool)
