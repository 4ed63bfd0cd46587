"""Whether a choice keeps the rows of a problem."""

from typing import Final

import numpy as np

from planner.problem.columns import AllocationProblem, Choice, Floats

EQUAL: Final = 1e-6
"""Relative: the tolerance that plans are checked with. Objectives this near are the same."""


def undone_within(problem: AllocationProblem) -> Floats:
    """Share of every item that may be undone by rounding: never one of its parts."""
    return np.minimum(EQUAL, 0.5 / np.maximum(problem.item_parts, 1))


def holds(problem: AllocationProblem, chosen: Choice) -> bool:
    """Whether a choice keeps every row within the tolerance that plans are checked with."""
    done, rounding = problem.done(chosen), undone_within(problem)
    may_stay_undone = np.isfinite(problem.unmet_cost)
    enough = may_stay_undone | (done >= 1 - rounding)
    consumed = problem.block_use.amount * chosen.blocks[problem.block_use.column]
    scale = np.bincount(
        problem.block_use.resource, weights=np.abs(consumed), minlength=problem.resources
    )
    room = EQUAL * np.maximum(1.0, np.maximum(np.abs(problem.capacity), scale))
    return bool(
        enough.all()
        and (done <= 1 + rounding).all()
        and (problem.used(chosen) <= problem.capacity + room).all()
        and (chosen.blocks <= problem.block_limit).all()
    )
