"""What a solver found, and how good it is proven to be."""

from dataclasses import dataclass
from typing import Final

from planner.domain.plan import SolverRun, Status
from planner.problem.columns import Choice, Floats

PROVEN: Final = "the asked gap is proven"
"""Termination of a search that proved it at its own pace."""
PROVEN_SHORTENED: Final = f"{PROVEN}; the time limit shortened the search"
"""The same where another time limit might have led to another choice."""
INTERRUPTED: Final = "interrupted by the user"
"""Termination of a search that Ctrl-C ended."""


@dataclass(frozen=True)
class Solution:
    """A choice with its proof.

    When `status` is "infeasible" the choice is the nearest thing to a plan: it leaves as little
    undone as possible, lowest priority number first, and has neither objective nor bound.
    """

    status: Status
    termination: str
    choice: Choice
    unmet: Floats
    """Share of every item that is left undone."""
    objective: float | None
    bound: float | None
    gap: float | None
    """(objective - bound) over the part of the objective that a choice can change."""
    shadow_price: Floats | None
    """USD that one more unit of each resource would save in the relaxed problem, at least 0."""
    routes: tuple[SolverRun, ...]
