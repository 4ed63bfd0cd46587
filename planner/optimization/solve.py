"""A problem to a solution, by the engine that suits it."""

from dataclasses import replace
from importlib import import_module
from typing import Final

import numpy as np

from planner.domain.progress import Progress, Tell, silent
from planner.optimization.exact import solve as solve_whole
from planner.optimization.feasibility import undone_within
from planner.optimization.linear import trimmed
from planner.optimization.location.facilities import facilities_of
from planner.optimization.parameters import Parameters
from planner.optimization.proposals.divisions import divisions_of
from planner.problem.aggregation import Aggregation, aggregated
from planner.problem.columns import AllocationProblem
from planner.problem.solution import Solution
from planner.problem.start import NO_START, Start, require_start

WHOLE_OPTIONS: Final = 20_000
"""Up to here branch and bound on the whole program proves more than prices do."""
LOCATED_OPTIONS: Final = 1_000_000
"""Up to here facilities are located: all options are written out for it."""


def solve(
    problem: AllocationProblem,
    parameters: Parameters | None = None,
    tell: Tell | None = None,
    start: Start = NO_START,
) -> Solution:
    """The best choice within a proven relative gap, or the nearest thing to a choice.

    The engine "exact" hands the whole program to a branch-and-bound solver and checks its claims;
    where that is too hard, it asks the divisions of the problem one by one and looks near to the
    best choice. "decomposition" asks divisions at once where there are any (workloads with
    replicas of their own), else it works over the prices of the resources and never writes the
    options out. "auto" takes it for problems of more than 20,000 options that fall apart at prices
    or into divisions, and says why where a larger one does not; facilities are located by "exact".

    Items that are the same are one item to the engines, and their number of options is that of the
    smaller problem. A search that begins from a start, such as `carried` makes of the solution of a
    problem that differs a little, is over sooner. The same problem, parameters and start give the
    same solution, unless the time limit or Ctrl-C cut or shortened the search, which the
    termination then says.

    Raises:
        ValueError: the start is none of this problem.
        SolverError: the time was too short for any choice, or solvers contradict each other.
    """
    told = tell or silent
    require_start(problem, start)
    asked = parameters or Parameters()
    aggregation = aggregated(problem)
    if aggregation.problem is problem:
        return _without_idle(problem, _solved(problem, asked, told, start))
    smaller = aggregation.problem
    told(Progress("solve", f"{smaller.items:,} distinct of {problem.items:,} items"))
    begun = (
        start if start.choice is None else replace(start, choice=aggregation.merged(start.choice))
    )
    solution = _without_idle(smaller, _solved(smaller, asked, told, begun))
    return _of_original(aggregation, solution)


def _without_idle(problem: AllocationProblem, solution: Solution) -> Solution:
    """The solution without blocks that nothing needs: solvers leave those that cost nothing."""
    choice = trimmed(problem, solution.choice)
    if solution.objective is None:
        return replace(solution, choice=choice)
    objective = min(problem.objective(choice), solution.objective)
    bound = None if solution.bound is None else min(solution.bound, objective)
    return replace(solution, choice=choice, objective=objective, bound=bound)


def _of_original(aggregation: Aggregation, solution: Solution) -> Solution:
    """A solution of the smaller problem as one of the original."""
    problem = aggregation.original
    choice = aggregation.disaggregated(solution.choice)
    unmet = problem.unmet(choice)
    if solution.objective is None:
        unmet[unmet < undone_within(problem)] = 0.0
        return replace(solution, choice=choice, unmet=unmet)
    objective = problem.objective(choice)
    bound = None if solution.bound is None else min(solution.bound, objective)
    return replace(solution, choice=choice, unmet=unmet, objective=objective, bound=bound)


def _solved(problem: AllocationProblem, asked: Parameters, told: Tell, start: Start) -> Solution:
    """By the engine that was asked for, or that suits the problem."""
    is_small = problem.option_count <= WHOLE_OPTIONS
    if asked.engine == "exact" or (asked.engine == "auto" and (is_small or _is_location(problem))):
        return solve_whole(problem, asked, told, start)
    tied = tied_because(problem)
    if tied and divisions_of(problem).suit:
        return solve_whole(problem, asked, told, start)
    if tied and asked.engine == "auto":
        told(Progress("solve", f"whole: {tied}"))
        solution = solve_whole(problem, asked, told, start)
        return replace(solution, termination=f"{solution.termination}; solved whole: {tied}")
    # small problems need not wait for the compiler of the kernels to load
    search = import_module("planner.optimization.decomposition.search")
    decomposed: Solution = search.decompose(problem, asked, told, start)
    if tied is None or decomposed.status == "optimal":
        return decomposed
    said = f"{decomposed.termination}; the engine exact suits it better: {tied}"
    return replace(decomposed, termination=said)


def _is_location(problem: AllocationProblem) -> bool:
    """Whether it is about facilities, which prices of the items say more of than of resources."""
    return problem.option_count <= LOCATED_OPTIONS and facilities_of(problem) is not None


def tied_because(problem: AllocationProblem) -> str | None:
    """Why a problem does not fall apart at prices of its resources; None: it does."""
    if problem.option_count <= problem.resources:
        return "it has more resources than options"
    use = problem.block_use
    supplied = np.zeros(problem.resources, dtype=bool)
    supplied[use.resource[use.amount < 0]] = True
    supplies = np.zeros(problem.blocks, dtype=bool)
    supplies[use.column[use.amount < 0]] = True
    if (supplies[use.column] & (use.amount > 0) & supplied[use.resource]).any():
        return "its blocks need other blocks"
    return None
