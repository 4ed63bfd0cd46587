"""Rows, options and blocks of a problem while they are being collected."""

from collections.abc import Sequence
from math import inf

import numpy as np

from planner.problem.columns import Integers, Uses

NO_ROW = -1
"""A limit that nobody set."""
NO_PERIOD = -1
"""Of what is decided for several periods."""


class Entries:
    """Sparse entries while they are being collected."""

    def __init__(self) -> None:
        """Begin with none."""
        self.resource: list[int] = []
        self.column: list[int] = []
        self.amount: list[float] = []

    def add(self, resource: int, column: int, amount: float) -> None:
        """What a unit of a column uses; nothing where there is no limit."""
        if resource != NO_ROW:
            self.resource.append(resource)
            self.column.append(column)
            self.amount.append(amount)

    def uses(self) -> Uses:
        """All of them."""
        return Uses(integers(self.resource), integers(self.column), np.array(self.amount, float))


class Rows:
    """What limits options and blocks, and what they use of it."""

    def __init__(self) -> None:
        """Begin with none."""
        self.name: list[str] = []
        self.capacity: list[float] = []
        self.block_cost: list[float] = []
        self.block_whole: list[bool] = []
        self.block_limit: list[float] = []
        self.block_period: list[int] = []
        self.suffix = ""
        """Of the names of new rows: the period that they are for."""
        self.period = NO_PERIOD
        """That new blocks are for."""
        self.option_use, self.block_use = Entries(), Entries()

    def limit(self, name: str, capacity: float | None) -> int:
        """A new row, or `NO_ROW` where there is no limit."""
        if capacity is None:
            return NO_ROW
        self.name.append(f"{name}{self.suffix}")
        self.capacity.append(capacity)
        return len(self.capacity) - 1

    def block(self, cost: float, most: float = inf) -> int:
        """A new block, whole ones of it: as many as wanted where rows limit it."""
        return self._added(cost, most, is_whole=True)

    def amount(self, cost: float = 0.0, most: float = inf) -> int:
        """A new block that comes in any amount."""
        return self._added(cost, most, is_whole=False)

    def _added(self, cost: float, most: float, *, is_whole: bool) -> int:
        self.block_cost.append(cost)
        self.block_whole.append(is_whole)
        self.block_limit.append(most)
        self.block_period.append(self.period)
        return len(self.block_cost) - 1

    def constant(self, name: str, cost: float) -> None:
        """What is paid in any case."""
        row = self.limit(name, -1.0)
        self.block_use.add(row, self.block(cost, 1.0), -1.0)


def integers(values: Sequence[int]) -> Integers:
    """A column of whole numbers."""
    return np.array(values, dtype=np.int64)
