"""A plan near the relaxed optimum: some whole numbers are held there, a solver finds the rest.

Numbers that are held cost nothing themselves and come in any amount: replicas, not what they stand
on, nor choices between ways to pay. Held are all of them, rounded up, and then those that are whole
in the relaxed optimum (as in relaxation-enforced neighbourhoods, Berthold 2014, Math. Prog. 150).
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from planner.optimization.program import Program
from planner.optimization.route import HIGHS, ask
from planner.problem.columns import Floats

TIME_SHARE: Final = 0.4
"""Of the time that is left, for each of both."""
GAP: Final = 1e-3
WHOLE: Final = 1e-6
"""A relaxed number that is nearer than this to a whole one is that."""


def dived(program: Program, relaxed: Floats, left_s: Callable[[], float]) -> Floats | None:
    """Values of all variables, not yet checked; None where nothing was found in time."""
    nearest = np.rint(relaxed)
    is_count = (program.whole == 1) & (program.cost == 0) & ~np.isfinite(program.upper)
    is_whole = is_count & (np.abs(relaxed - nearest) < WHOLE)
    best: Floats | None = None
    for held, whole in ((is_count, np.ceil(relaxed - WHOLE)), (is_whole, nearest)):
        values = np.where(held, whole, relaxed)
        if not held.any():
            continue
        answer = ask(program.restricted(~held, values), HIGHS, GAP, TIME_SHARE * left_s())
        if answer.values is not None:
            values[~held] = answer.values
            if best is None or program.cost @ values < program.cost @ best:
                best = values
    return best
