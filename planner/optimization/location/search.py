"""The few facilities worth looking at, and a program of them.

Prices say how far each facility is open in the relaxed problem and what each option is worth. A
program of the facilities that are open there, some more and the few best options of every item at
them (a kernel: Guastaroba and Speranza 2012, doi 10.1007/s10732-012-9212-8) has plans near to the
best. With one of them known, a facility that costs more to open than lies between it and the bound
is in no better plan.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.optimization.location.facilities import Facilities
from planner.optimization.location.prices import Priced, priced
from planner.optimization.program import Program, expanded
from planner.optimization.route import HIGHS, ask
from planner.problem.columns import AllocationProblem, Booleans, Floats, Integers

OPEN_SHARE: Final = 0.01
"""How far a facility is open in the relaxed problem to count as open there."""
GROWTH: Final = 1.5
"""Facilities in the first kernel for each that is open in the relaxed problem, and in each further
one for each in the one before."""
COVER: Final = 2.0
"""Facilities, by how far they are open in the relaxed problem, that are better than an option of a
kernel: the next best ones at the prices matter only when the better ones are closed or full."""


@dataclass(frozen=True)
class Located:
    """A bound, the best choice of a kernel, and what a better choice may have."""

    bound: float
    values: Floats | None
    """Of the program's variables; None: no kernel has a choice, or no time was left."""
    facilities: Facilities
    priced: Priced
    is_interrupted: bool
    is_shortened: bool
    """Whether time ended the search of a kernel."""

    def kept(self, program: Program, objective: float) -> Booleans:
        """Variables that are not 0 in every choice better than one with this objective."""
        opens = self.priced.open_cost
        may_open = self.bound + np.maximum(opens, 0.0) <= objective
        return _variables(self.facilities, program, may_open, may_open[self.facilities.facility])


def located(
    problem: AllocationProblem,
    program: Program,
    facilities: Facilities,
    gap: float,
    left_s: Callable[[], float],
) -> Located:
    """Look for a choice among few facilities, within a gap of theirs and the seconds left."""
    at = priced(problem, facilities, left_s)
    found, is_interrupted, is_shortened = None, False, left_s() <= 0
    # open most in the relaxed problem first, then cheapest to open
    order = np.lexsort((at.open_cost, -at.open_share))
    order = order[order != problem.blocks]
    # so that there is a first kernel even where all of them are open
    count = min(int(np.count_nonzero(at.open_share[order] >= OPEN_SHARE)), len(order) - 1)
    while found is None and not is_interrupted and left_s() > 0 and count < len(order):
        count = min(int(np.ceil(GROWTH * count)) + 1, len(order))
        free = _kernel(facilities, program, at, order[:count])
        answer = ask(program.restricted(free, np.zeros(len(free))), HIGHS, gap, left_s())
        is_interrupted, is_shortened = answer.is_interrupted, answer.termination != "optimal"
        if answer.values is not None:
            found = expanded(answer.values, free)
    return Located(at.bound, found, facilities, at, is_interrupted, is_shortened)


def _kernel(facilities: Facilities, program: Program, at: Priced, chosen: Integers) -> Booleans:
    """Variables of some facilities, and of the best options at them and at none."""
    is_in = np.zeros(len(facilities.room), dtype=bool)
    is_in[chosen], is_in[-1] = True, True
    listed = np.flatnonzero(is_in[facilities.facility])
    order = listed[np.lexsort((at.reduced_cost[listed], facilities.item[listed]))]
    item, open_share = facilities.item[order], at.open_share[facilities.facility[order]]
    before = np.cumsum(open_share) - open_share
    better = before - before[np.searchsorted(item, item)]
    options = np.zeros(len(facilities.option), dtype=bool)
    options[order[better < COVER]] = True
    return _variables(facilities, program, is_in, options)


def _variables(
    facilities: Facilities, program: Program, may_open: Booleans, options: Booleans
) -> Booleans:
    """Which variables are free, by facility and by option in the facilities' order."""
    free = np.ones(len(program.cost), dtype=bool)
    free[facilities.option] = options
    free[len(options) : len(options) + len(may_open) - 1] = may_open[:-1]
    return free
