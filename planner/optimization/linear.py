"""Linear programs around the integer one: the relaxation, and the best shares for given blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from ortools.math_opt.python import mathopt

from planner.optimization.program import Program, choice
from planner.optimization.route import solver_called
from planner.problem.columns import AllocationProblem, Choice, Floats

LINEAR_SOLVER = mathopt.SolverType.GLOP
LARGE_LINEAR_SOLVER = mathopt.SolverType.HIGHS
"""Twice as fast on 50,000 variables."""
FEASIBILITY_TOLERANCE = 1e-9
"""Of GLOP's rows; plans are checked to 1e-6."""
ROUNDINGS = 4
"""Of each term on its way into a bound; sums are pairwise and add little."""
USUAL_TOLERANCE = 1e-6
"""GLOP's own default."""


@dataclass(frozen=True)
class Relaxation:
    """The program without whole numbers: a lower bound and what each resource is worth."""

    bound: float
    shadow_price: Floats
    """USD saved by one more unit of each resource, at least 0."""
    values: Floats
    """Of the program's variables."""


def relax(
    problem: AllocationProblem,
    program: Program,
    time_limit_s: float,
    solver: mathopt.SolverType = LINEAR_SOLVER,
) -> Relaxation | None:
    """Solve the relaxation; None when the time is up or the relaxation has no solution."""
    result = _solve(program.relaxation(), time_limit_s, solver)
    if result.termination.reason is not mathopt.TerminationReason.OPTIMAL:
        return None
    items = problem.items
    # noise has the sign that a <= row cannot have
    duals = _signed(program, _in_order(result.dual_values()))
    # a row that was divided by s has a dual s times too large
    worth = np.maximum(0.0, -duals[items:] / program.row_scale[items:]) + 0.0  # no minus zero
    return Relaxation(
        bound=dual_bound(program, duals) + program.constant,
        shadow_price=worth,
        values=_in_order(result.variable_values()),
    )


@dataclass(frozen=True)
class Relaxed:
    """Optimum of a program without whole numbers."""

    bound: float
    values: Floats
    reduced_cost: Floats
    row_price: Floats
    """What the optimum rises by when a row's limits do, by one."""


def relaxed(
    program: Program, time_limit_s: float, solver: mathopt.SolverType = LINEAR_SOLVER
) -> Relaxed | None:
    """Solve a program without whole numbers; None when it has no solution, or no time."""
    result = _solve(program.relaxation(), time_limit_s, solver)
    if result.termination.reason is not mathopt.TerminationReason.OPTIMAL:
        return None
    duals = _in_order(result.dual_values())
    bound = dual_bound(program, _signed(program, duals)) + program.constant
    return Relaxed(
        bound=bound,
        values=_in_order(result.variable_values()),
        reduced_cost=_in_order(result.reduced_costs()),
        row_price=duals,
    )


def _signed(program: Program, duals: Floats) -> Floats:
    """Row prices, none of a sign that a row without a lower or upper limit cannot have."""
    upper_only, lower_only = np.isinf(program.row_lower), np.isinf(program.row_upper)
    duals = np.where(upper_only, np.minimum(duals, 0.0), duals)
    return np.where(lower_only, np.maximum(duals, 0.0), duals)


def _in_order(found: Mapping[Any, float]) -> Floats:
    """Values by variable or row, in the order of their numbers."""
    return np.array([found[each] for each in sorted(found, key=lambda each: each.id)])


def dual_bound(program: Program, duals: Floats) -> float:
    """Lower bound of the program that any row prices prove (weak duality), evaluated by us.

    The variables' boxes absorb whatever reduced cost the prices leave; a reduced cost within
    rounding of zero is taken as zero where the box is infinite. What double precision may have
    lost is taken off.
    """
    rows_at = np.where(duals > 0, program.row_lower, program.row_upper)
    priced = np.where(duals == 0, 0.0, duals * np.where(duals == 0, 0.0, rows_at))
    terms = program.coefficient * duals[program.row]
    columns = len(program.cost)
    reduced = program.cost - np.bincount(program.column, weights=terms, minlength=columns)
    size = np.abs(program.cost) + np.bincount(program.column, np.abs(terms), minlength=columns)
    rounding = FEASIBILITY_TOLERANCE * (1 + np.abs(program.cost))
    is_boxed = np.isfinite(program.upper)
    reduced = np.where(~is_boxed & (np.abs(reduced) <= rounding), 0.0, reduced)
    boxes = np.where(reduced < 0, reduced * np.where(reduced < 0, program.upper, 0.0), 0.0)
    lost = np.abs(priced).sum() + (size * np.where(is_boxed, program.upper, 0.0)).sum()
    return float(priced.sum() + boxes.sum() - ROUNDINGS * np.finfo(float).eps * lost)


def polished(
    problem: AllocationProblem, program: Program, values: Floats, time_limit_s: float
) -> Choice:
    """Best shares for the whole numbers of a solution, and no block more than they need.

    A solver's whole numbers are whole within its tolerance only; after they are rounded, the
    shares are solved again so that every row holds.
    """
    whole = np.where(program.whole == 1, np.round(values), values)
    result = _solve(program.solver_input(fixed=whole), time_limit_s)
    if result.termination.reason is mathopt.TerminationReason.OPTIMAL:
        whole = _in_order(result.variable_values())
    return trimmed(problem, choice(problem, program, whole))


def trimmed(problem: AllocationProblem, chosen: Choice) -> Choice:
    """Take away blocks that nothing needs: first those listed first, which use the others."""
    blocks = chosen.blocks.copy()
    slack = problem.capacity - problem.used(chosen)
    slack += FEASIBILITY_TOLERANCE * np.maximum(1, np.abs(problem.capacity))
    use = problem.block_use
    order = np.argsort(use.column, kind="stable")
    first = np.searchsorted(use.column[order], np.arange(problem.blocks + 1))
    for block in np.flatnonzero((blocks > 0) & (problem.block_cost >= 0)).tolist():
        entries = order[first[block] : first[block + 1]]
        rows, amounts = use.resource[entries], use.amount[entries]
        supplied = amounts < 0
        if not supplied.any():
            continue
        spare = (slack[rows[supplied]] / -amounts[supplied]).min()
        spare = np.floor(spare) if problem.block_whole[block] else spare
        taken = min(max(spare, 0.0), blocks[block])
        blocks[block] -= taken
        slack[rows] += taken * amounts
    return replace(chosen, blocks=blocks)


def _solve(
    program: mathopt.Model, time_limit_s: float, solver: mathopt.SolverType = LINEAR_SOLVER
) -> mathopt.SolveResult:
    """As exactly as GLOP can; what comes of it is evaluated or checked by us in any case."""
    result = _solve_within(FEASIBILITY_TOLERANCE, program, time_limit_s, solver)
    if result.termination.reason is mathopt.TerminationReason.IMPRECISE:
        return _solve_within(USUAL_TOLERANCE, program, time_limit_s, solver)
    return result


def _solve_within(
    tolerance: float, program: mathopt.Model, time_limit_s: float, solver: mathopt.SolverType
) -> mathopt.SolveResult:
    limit = timedelta(seconds=max(time_limit_s, 0.01))
    parameters = mathopt.SolveParameters(time_limit=limit)
    parameters.glop.solution_feasibility_tolerance = tolerance
    parameters.glop.primal_feasibility_tolerance = tolerance
    result, is_interrupted = solver_called(
        lambda interrupter: mathopt.solve(
            program, solver, params=parameters, interrupter=interrupter
        ),
        solver.name,
    )
    if is_interrupted:
        raise KeyboardInterrupt
    return result
