"""One solver asked once: what it says, in the same form whoever it is."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
from ortools.math_opt.python import mathopt

from planner.errors import SolverError
from planner.optimization.program import Program
from planner.problem.columns import Floats

SEED: Final = 1
"""Any fixed number: the same question gets the same answer."""

Reason = mathopt.TerminationReason


@dataclass(frozen=True)
class Route:
    """A way to solve a program that shares as little as possible with the other ways."""

    name: str
    solver: mathopt.SolverType
    presolve: mathopt.Emphasis | None = None

    def parameters(self, gap: float, time_limit_s: float) -> mathopt.SolveParameters:
        """How the solver is asked: relative gap, time limit, fixed seed, one thread."""
        parameters = mathopt.SolveParameters(
            relative_gap_tolerance=gap, time_limit=timedelta(seconds=max(time_limit_s, 0.01))
        )
        if self.presolve is not None:
            parameters.presolve = self.presolve
        if self.solver is mathopt.SolverType.HIGHS:
            # this interface refuses random_seed for HiGHS, whose own default is fixed
            return parameters
        parameters.random_seed = SEED
        parameters.threads = 1  # more would make the search depend on the machine
        return parameters


FIRST: Final = Route("HiGHS", mathopt.SolverType.HIGHS)
SECOND: Final = Route("SCIP", mathopt.SolverType.GSCIP)
ARBITER: Final = Route(
    "HiGHS without presolve", mathopt.SolverType.HIGHS, presolve=mathopt.Emphasis.OFF
)


@dataclass(frozen=True)
class Answer:
    """What one route said."""

    route: str
    termination: str
    values: Floats | None
    """Of the program's variables; None when it found no solution."""
    bound: float
    """Lower bound that it claims; minus infinity when it claims none."""
    claims_infeasible: bool
    seconds: float


def ask(program: Program, route: Route, gap: float, time_limit_s: float) -> Answer:
    """Solve `program` by `route`.

    Raises:
        SolverError: the solver failed or refused the question.
    """
    began = time.monotonic()
    result = solver_called(
        lambda: mathopt.solve(
            program.solver_input(), route.solver, params=route.parameters(gap, time_limit_s)
        ),
        route.name,
    )
    reason = result.termination.reason
    known = result.has_primal_feasible_solution()
    bound = result.termination.objective_bounds.dual_bound
    return Answer(
        route=route.name,
        termination=reason.name.lower(),
        values=_values(result) if known else None,
        bound=bound + program.constant if np.isfinite(bound) else -np.inf,
        claims_infeasible=reason in (Reason.INFEASIBLE, Reason.INFEASIBLE_OR_UNBOUNDED),
        seconds=time.monotonic() - began,
    )


def solver_called(call: Callable[[], mathopt.SolveResult], name: str) -> mathopt.SolveResult:
    """Call a solver; translate its refusal, which hides behind an AttributeError.

    Raises:
        SolverError: the solver failed or refused; the message is the solver's own.
    """
    try:
        with _silenced():
            return call()
    except AttributeError as error:
        told = getattr(error.__context__, "message", None)
        if told is None:
            raise
        raise SolverError(f"{name} refused the program: {told}") from error
    except RuntimeError as error:
        raise SolverError(f"{name} failed: {error}") from error


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep what HiGHS prints in spite of its settings out of the document on standard output."""
    if sys.stdout is None:  # closed: nothing to keep clean
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(nowhere)
        os.close(kept)


def _values(result: mathopt.SolveResult) -> Floats:
    found = result.variable_values()
    return np.array([found[variable] for variable in sorted(found, key=lambda each: each.id)])
