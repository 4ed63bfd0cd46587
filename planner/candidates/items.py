"""Items and options of a problem while they are being collected."""

import math

import numpy as np

from planner.candidates.layout import NOT_A_CLASS
from planner.candidates.rows import Rows, integers
from planner.domain.workload import TrainingRun, Workload
from planner.problem.columns import AllocationProblem, Options

INDIVISIBLE = 1
DIVISIBLE = 0


class Items:
    """What must be done, and the ways to do it."""

    def __init__(self) -> None:
        """Begin with none."""
        self.name: list[str] = []
        self.weight: list[float] = []
        self.priority: list[int] = []
        self.parts: list[int] = []
        self.unmet_cost: list[float] = []
        self.option_item: list[int] = []
        self.option_cost: list[float] = []

    def add(self, workload: Workload, request_class: int, suffix: str, parts: int) -> int:
        """A request class of a workload, or all of it, in so many parts; its number."""
        weight, penalty = class_weight(workload, request_class), workload.unmet_penalty_usd
        self.name.append(f"{item_name(workload, request_class)}{suffix}")
        self.weight.append(weight)
        self.priority.append(workload.priority)
        self.parts.append(parts)
        self.unmet_cost.append(math.inf if penalty is None else penalty * weight)
        return len(self.name) - 1

    def option(self, item: int) -> int:
        """A new way to do an item, which costs nothing so far."""
        self.option_item.append(item)
        self.option_cost.append(0.0)
        return len(self.option_cost) - 1

    def problem(self, rows: Rows) -> AllocationProblem:
        """The columns; rows limit blocks, so that a limit's worth is the price of its row."""
        options = Options(
            item=integers(self.option_item),
            cost=np.array(self.option_cost, float),
            use=rows.option_use.uses(),
        )
        return self.with_options(options, rows)

    def with_options(self, options: Options, rows: Rows) -> AllocationProblem:
        """The columns with options that were collected elsewhere."""
        deployments, places = options.factored()
        return AllocationProblem(
            item_name=tuple(self.name),
            item_weight=np.array(self.weight, float),
            item_priority=integers(self.priority),
            item_parts=integers(self.parts),
            unmet_cost=np.array(self.unmet_cost, float),
            deployments=deployments,
            places=places,
            block_cost=np.array(rows.block_cost, float),
            block_limit=np.array(rows.block_limit, float),
            block_whole=np.array(rows.block_whole, dtype=bool),
            resource_name=tuple(rows.name),
            capacity=np.array(rows.capacity, float),
            block_use=rows.block_use.uses(),
        )


def class_weight(workload: Workload, request_class: int) -> float:
    """Share of the workload that an item is."""
    if request_class == NOT_A_CLASS or isinstance(workload, TrainingRun):
        return 1.0
    return workload.class_shares[request_class]


def item_name(workload: Workload, request_class: int) -> str:
    """How messages name it."""
    return workload.name if request_class == NOT_A_CLASS else f"{workload.name}[{request_class}]"
