"""Whether a choice keeps the rows of a problem."""

from typing import Final

import numpy as np

from planner.problem.columns import AllocationProblem, Choice

EQUAL: Final = 1e-6
"""Relative: the tolerance that plans are checked with. Objectives this near are the same."""


def holds(problem: AllocationProblem, chosen: Choice) -> bool:
    """Whether a choice keeps every row within the tolerance that plans are checked with."""
    done = problem.done(chosen)
    may_stay_undone = np.isfinite(problem.unmet_cost)
    enough = may_stay_undone | (done >= 1 - EQUAL)
    consumed = problem.block_use.amount * chosen.blocks[problem.block_use.column]
    scale = np.bincount(
        problem.block_use.resource, weights=np.abs(consumed), minlength=problem.resources
    )
    room = EQUAL * np.maximum(1.0, np.maximum(np.abs(problem.capacity), scale))
    return bool(
        enough.all()
        and (done <= 1 + EQUAL).all()
        and (problem.used(chosen) <= problem.capacity + room).all()
        and (chosen.blocks <= problem.block_limit).all()
    )
