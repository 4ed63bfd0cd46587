"""A problem to a solution, by the engine that suits it."""

from importlib import import_module
from typing import Final

from planner.domain.progress import Progress
from planner.optimization.exact import solve as solve_whole
from planner.optimization.parameters import Parameters, Tell
from planner.problem.columns import AllocationProblem
from planner.problem.solution import Solution

WHOLE_OPTIONS: Final = 20_000
"""Up to here branch and bound on the whole program proves more than prices do."""


def solve(
    problem: AllocationProblem, parameters: Parameters | None = None, tell: Tell | None = None
) -> Solution:
    """The best choice within a proven relative gap, or the nearest thing to a choice.

    The engine "exact" hands the whole program to a branch-and-bound solver and checks its claims;
    "decomposition" works over the prices of the resources and never writes the options out;
    "auto" takes the first for up to 20,000 options and whatever has more prices than options, the
    second for the rest. The same problem and parameters give the same solution, unless the time
    limit or an interrupt cut the search (status "stopped").

    Raises:
        SolverError: the time was too short for any choice, or solvers contradict each other.
    """
    asked = parameters or Parameters()
    told = tell or _silent
    if asked.engine == "exact" or (asked.engine == "auto" and suits_whole(problem)):
        return solve_whole(problem, asked, told)
    # small problems need not wait for the compiler of the kernels to load
    search = import_module("planner.optimization.decomposition.search")
    solution: Solution = search.decompose(problem, asked, told)
    return solution


def suits_whole(problem: AllocationProblem) -> bool:
    """Whether nothing is to be gained from prices: few options, or hardly more than resources."""
    return problem.option_count <= max(WHOLE_OPTIONS, problem.resources)


def _silent(progress: Progress) -> None:
    del progress
