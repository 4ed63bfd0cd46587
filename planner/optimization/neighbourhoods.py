"""A choice made better piece by piece: most of it is held, a small program decides the rest anew.

Where a whole program is too hard for branch and bound, parts of it are not (large neighbourhood
search: Shaw 1998, doi 10.1007/3-540-49481-2_30). A neighbourhood is the items that use some
resources now, their good options and the blocks that these hang on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from scipy import sparse

from planner.optimization.program import Program
from planner.optimization.route import CP_SAT, HIGHS, SEED, Answer, ask
from planner.optimization.side_by_side import side_by_side
from planner.optimization.worth import option_costs, ranked
from planner.problem.columns import AllocationProblem, Booleans, Floats, Integers

OPTIONS: Final = 400
"""Free at once, or more by what one resource adds: about a second of branch and bound."""
NEIGHBOURHOOD_S: Final = 1.0
"""For one small program at most; what it has found by then counts."""
GAP: Final = 1e-6
"""Asked of the small programs."""
STALE: Final = 150
"""Neighbourhoods in a row without a gain, after which there is nothing left to find."""
LISTED: Final = (4, 8, 20)
"""Options of an item that are free, cheapest first at the prices, besides those that it has: few
options of many items or many of few, drawn each time."""
LEAST_GAIN: Final = 1e-9
"""Relative to the cost: what is less is rounding."""
IN_USE: Final = 1e-9
KEPT_WITHIN: Final = 1e-6
"""Of rows divided by their largest coefficient: the tolerance of HiGHS."""
AT_ONCE: Final = 2
"""Neighbourhoods looked at side by side; gains that do not get in each other's way add up."""


def improved(
    problem: AllocationProblem,
    program: Program,
    values: Floats,
    prices: Floats | None,
    left_s: Callable[[], float],
) -> Iterator[Floats]:
    """Better and better values of the program's variables, from some that hold.

    `prices` of the resources say which options are good (None: their costs alone do); `left_s`
    tells the seconds that are left. The search ends too when it finds nothing.

    Raises:
        KeyboardInterrupt: Ctrl-C came.
    """
    neighbours = _neighbours(problem, program, prices)
    rng, rows = np.random.default_rng(SEED), _Rows(program)
    without_gain = 0
    while without_gain < STALE and left_s() > 0:
        around = [neighbours.around(values, rng) for _ in range(AT_ONCE)]
        if without_gain > 0 and around[0].all():
            return  # all there is lies in one neighbourhood
        limit_s = min(NEIGHBOURHOOD_S, left_s())
        answers = side_by_side(partial(_looked_at, program, values, limit_s), around, AT_ONCE)
        without_gain += AT_ONCE
        now, cost = values, float(program.cost @ values)
        for free, answer in zip(around, answers, strict=True):
            if answer.is_interrupted:
                raise KeyboardInterrupt
            if answer.values is None:
                continue
            # what an answer changes, on top of what the ones before it have changed
            found = now.copy()
            found[free] += answer.values - values[free]
            saved = float(program.cost @ (now - found))
            if saved > LEAST_GAIN * abs(cost) and (now is values or rows.hold(found)):
                now, without_gain = found, 0
        if now is not values:
            values = now
            yield values


def _looked_at(program: Program, values: Floats, time_limit_s: float, free: Booleans) -> Answer:
    """What is found in a neighbourhood of some values."""
    small = program.restricted(free, values)
    route = CP_SAT if small.whole.all() else HIGHS
    return ask(small, route, GAP, time_limit_s, values[free])


class _Rows:
    """The rows and limits of a program."""

    def __init__(self, program: Program) -> None:
        entries = (program.coefficient, (program.row, program.column))
        self.matrix = sparse.csr_array(entries, (len(program.row_upper), len(program.cost)))
        self.program = program

    def hold(self, values: Floats) -> bool:
        """Whether values keep them, as nearly as solvers do."""
        program, used = self.program, self.matrix @ values
        slack = np.concatenate(
            [program.row_upper - used, used - program.row_lower, program.upper - values, values]
        )
        return bool((slack >= -KEPT_WITHIN).all())


@dataclass(frozen=True)
class _Neighbours:
    """Which variables of a program hang together."""

    items: int
    item: Integers
    """Of every option."""
    rank: Integers
    """Of every option among those of its item, cheapest first."""
    uses: Any
    """Sparse, resources by options."""
    blocks_of: Any
    """Sparse, options by blocks that touch a resource which the option uses."""
    shared: Booleans
    """Blocks that touch no option's resources: others stand on them."""
    undone: Integers
    """Items that may stay undone."""

    def around(self, values: Floats, rng: np.random.Generator) -> Booleans:
        """Variables that are free: of items that use some resources or are undone, at random."""
        count, blocks = len(self.item), self.shared.copy()
        active, undone = values[:count] > IN_USE, values[count + len(blocks) :] > IN_USE
        good = self.rank < rng.choice(LISTED)
        chosen, free = np.zeros(self.items, dtype=bool), np.zeros(count, dtype=bool)
        groups = [*self._in_use(active), *self.undone[undone][:, None]]
        for group in rng.permutation(len(groups)).tolist():
            chosen[groups[group]] = True
            free = chosen[self.item] & (good | active)
            if np.count_nonzero(free) >= OPTIONS:
                break
        blocks[np.unique(self.blocks_of[np.flatnonzero(free)].indices)] = True
        return np.concatenate([free, blocks, chosen[self.undone]])

    def _in_use(self, active: Booleans) -> list[Integers]:
        """The items that use each resource; no entry for those that nothing uses."""
        row, option = self.uses[:, active].nonzero()
        item = self.item[active][option]
        return np.split(item, np.flatnonzero(np.diff(row)) + 1) if len(row) else []


def _neighbours(problem: AllocationProblem, program: Program, prices: Floats | None) -> _Neighbours:
    written = problem.options
    count, blocks = problem.option_count, problem.blocks
    cost = option_costs(problem, np.zeros(problem.resources) if prices is None else prices)
    ones = (np.ones(len(program.row)), (program.row, program.column))
    matrix = sparse.csr_array(ones, shape=(len(program.row_upper), len(program.cost)))
    rows = matrix[problem.items :]
    uses, of_blocks = rows[:, :count], rows[:, count : count + blocks]
    blocks_of = (uses.T @ of_blocks).tocsr()
    shared = np.ones(blocks, dtype=bool)
    shared[blocks_of.indices] = False
    return _Neighbours(
        items=problem.items,
        item=written.item,
        rank=ranked(written.item, cost),
        uses=uses,
        blocks_of=blocks_of,
        shared=shared,
        undone=np.flatnonzero(np.isfinite(problem.unmet_cost)),
    )
