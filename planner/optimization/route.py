"""One solver asked once: what it says, in the same form whoever it is."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock, Thread
from typing import Final

import numpy as np
from ortools.math_opt.python import mathopt
from ortools.util.python.solve_interrupter import SolveInterrupter

from planner.errors import SolverError
from planner.optimization.parameters import Solver
from planner.optimization.program import Program
from planner.problem.columns import Floats

SEED: Final = 1
"""Any fixed number: the same question gets the same answer."""

PATIENCE_S: Final = 2.0
"""With a solver that was told to stop."""

Reason = mathopt.TerminationReason


@dataclass(frozen=True)
class Route:
    """A way to solve a program that shares as little as possible with the other ways."""

    name: str
    solver: mathopt.SolverType
    presolve: mathopt.Emphasis | None = None

    def parameters(
        self, gap: float, time_limit_s: float, nodes: int | None
    ) -> mathopt.SolveParameters:
        """How the solver is asked: relative gap, time and node limit, fixed seed, one thread."""
        parameters = mathopt.SolveParameters(
            relative_gap_tolerance=gap,
            time_limit=timedelta(seconds=max(time_limit_s, 0.01)),
            node_limit=nodes,
        )
        if self.presolve is not None:
            parameters.presolve = self.presolve
        if self.solver is mathopt.SolverType.HIGHS:
            # this interface refuses random_seed for HiGHS, whose own default is fixed
            return parameters
        parameters.random_seed = SEED
        parameters.threads = 1  # more would make the search depend on the machine
        return parameters


HIGHS: Final = Route("HiGHS", mathopt.SolverType.HIGHS)
SCIP: Final = Route("SCIP", mathopt.SolverType.GSCIP)
CP_SAT: Final = Route("CP-SAT", mathopt.SolverType.CP_SAT)
ARBITER: Final = Route(
    "HiGHS without presolve", mathopt.SolverType.HIGHS, presolve=mathopt.Emphasis.OFF
)


ROUTES: Final[dict[Solver, tuple[Route, Route]]] = {
    "highs": (HIGHS, SCIP),
    "scip": (SCIP, HIGHS),
    "cp_sat": (CP_SAT, SCIP),
}
"""Of each solver that can be asked for: itself, and the one that checks what it claims."""


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
    is_interrupted: bool


def ask(
    program: Program,
    route: Route,
    gap: float,
    time_limit_s: float,
    hint: Floats | None = None,
    nodes: int | None = None,
) -> Answer:
    """Solve `program` by `route`; `hint` are values of its variables to begin from.

    With a limit of `nodes` of branch and bound (HiGHS and SCIP) the answer does not depend on
    how fast the machine is.

    Raises:
        SolverError: the solver failed or refused the question.
    """
    parameters, model = route.parameters(gap, time_limit_s, nodes), program.solver_input()
    hears = route.solver is not mathopt.SolverType.GSCIP  # whose event handler fails with it
    try:
        result, is_interrupted = solver_called(
            lambda interrupter: mathopt.solve(
                model,
                route.solver,
                params=parameters,
                model_params=_hinted(model, hint),
                interrupter=interrupter if hears else None,
            ),
            route.name,
        )
    except TimeoutError:
        return Answer(
            route=route.name,
            termination="interrupted",
            values=None,
            bound=-np.inf,
            claims_infeasible=False,
            is_interrupted=True,
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
        is_interrupted=is_interrupted,
    )


def _hinted(model: mathopt.Model, hint: Floats | None) -> mathopt.ModelSolveParameters:
    if hint is None:
        return mathopt.ModelSolveParameters()
    values = dict(zip(model.variables(), hint.tolist(), strict=True))
    return mathopt.ModelSolveParameters(solution_hints=[mathopt.SolutionHint(values)])


def solver_called(
    call: Callable[[SolveInterrupter], mathopt.SolveResult], name: str
) -> tuple[mathopt.SolveResult, bool]:
    """Call a solver; what it found, and whether Ctrl-C made it stop.

    The solver works in a thread of its own, because Python hears of Ctrl-C in the main thread
    only, and not while that is in a solver. A refusal hides behind an AttributeError.

    Raises:
        SolverError: the solver failed or refused; the message is the solver's own.
        TimeoutError: it does not stop after Ctrl-C; it is left to itself.
    """
    try:
        with _SILENCE:
            return _interruptible(call)
    except AttributeError as error:
        told = getattr(error.__context__, "message", None)
        if told is None:
            raise
        raise SolverError(f"{name} refused the program: {told}") from error
    except RuntimeError as error:
        raise SolverError(f"{name} failed: {error}") from error


def _interruptible(
    call: Callable[[SolveInterrupter], mathopt.SolveResult],
) -> tuple[mathopt.SolveResult, bool]:
    interrupter = SolveInterrupter()
    answer: Future[mathopt.SolveResult] = Future()

    def work() -> None:
        try:
            answer.set_result(call(interrupter))
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is awaited
            answer.set_exception(error)

    # a daemon: SCIP hears no interrupter, and whoever waits no longer must not wait at exit
    Thread(target=work, daemon=True).start()
    try:
        return answer.result(), False
    except KeyboardInterrupt:
        interrupter.interrupt()
        return answer.result(timeout=PATIENCE_S), True


class _Silence:
    """Keeps what HiGHS prints in spite of its settings out of the document on standard output.

    Solvers may be called from several threads at once, which share the one standard output.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.depth = 0
        self.kept = -1

    def __enter__(self) -> None:
        with self.lock:
            self.depth += 1
            if self.depth == 1 and sys.stdout is not None:  # None: closed, nothing to keep clean
                sys.stdout.flush()
                self.kept = os.dup(1)
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 1)
                os.close(nowhere)

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.depth -= 1
            if self.depth == 0 and self.kept >= 0:
                os.dup2(self.kept, 1)
                os.close(self.kept)
                self.kept = -1


_SILENCE: Final = _Silence()


def _values(result: mathopt.SolveResult) -> Floats:
    found = result.variable_values()
    return np.array([found[variable] for variable in sorted(found, key=lambda each: each.id)])
