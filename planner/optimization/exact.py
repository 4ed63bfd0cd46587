"""Solve a problem whole, and believe no solver alone.

A bound is claimed when two routes that share no search agree on it, or when the prices of the
relaxed problem prove it (weak duality, evaluated by us). Why: the HiGHS of OR-Tools 9.15 answers
some programs of exactly this shape with a false optimum and a false bound.
"""

import time
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.domain.plan import SolverRun, Status
from planner.domain.progress import Progress, Tell
from planner.errors import SolverError
from planner.optimization.diving import dived
from planner.optimization.elastic import UNMET_TOLERANCE, nearest_choice
from planner.optimization.feasibility import EQUAL, holds
from planner.optimization.linear import (
    LARGE_LINEAR_SOLVER,
    LINEAR_SOLVER,
    ROUNDINGS,
    Relaxation,
    polished,
    relax,
)
from planner.optimization.location.facilities import Facilities, facilities_of
from planner.optimization.neighbourhoods import improved
from planner.optimization.parameters import Parameters
from planner.optimization.program import choice, expanded, program_of, values_of
from planner.optimization.proposals.divisions import Divisions, divisions_of
from planner.optimization.proposals.search import Combined, Proposing
from planner.optimization.route import ARBITER, ROUTES, Answer, Route, ask
from planner.problem.columns import AllocationProblem, Choice, Floats
from planner.problem.solution import INTERRUPTED, PROVEN, PROVEN_SHORTENED, Solution
from planner.problem.start import NO_START, Start

if TYPE_CHECKING:
    from planner.optimization.location.search import Located

SOLVER_GAP_SHARE: Final = 0.9
"""Solvers are asked for a little less than the gap to claim: each defines it differently."""
ROOMS: Final = (5e-5, 1e-3, 2e-2)
"""Of what is used, on top of it, where solvers fit whole numbers within their tolerance only."""
FIRST_TIME_SHARE: Final = 0.4
"""Of the time limit, for the first route."""
SECOND_TIME_SHARE: Final = 0.25
"""Of the time limit, kept for the second route."""
LOCATING_TIME_SHARE: Final = 0.5
"""Of the time limit, for the facilities worth looking at."""
SECOND_TIME_SHARE_NEAR: Final = 0.45
"""The same where the gap is that small already."""
PROPOSING_TIME_SHARE: Final = 0.7
"""Of the time that is left, for proposals of divisions."""
NEAR: Final = 0.005
"""Gap of branch and bound below which proposals of divisions better neither plan nor bound."""
LARGE: Final = 5_000
"""Options from which on facilities are located or divisions asked before any route, and routes only
if that fails."""


def solve(
    problem: AllocationProblem, parameters: Parameters, tell: Tell, start: Start = NO_START
) -> Solution:
    """The best choice with a relative gap of at most `gap`, or the nearest thing to a choice.

    The choice of a start is the first one that is known, and every solver's hint; its prices are
    of no use here.

    Raises:
        SolverError: the time was too short for any choice, or the routes contradict each other.
    """
    return _Search(problem, parameters, tell).run(start.choice)


class _Search:
    """Routes asked one after the other until two agree, and the best choice so far."""

    def __init__(self, problem: AllocationProblem, parameters: Parameters, tell: Tell) -> None:
        self.problem = problem
        self.is_large = problem.option_count > LARGE
        self.program = self.asked = program_of(problem)
        """Whole, and what routes are asked: that of the variables which are kept."""
        self.kept = np.ones(len(self.program.cost), dtype=bool)
        self.asks_first = self.is_large or parameters.engine == "decomposition"
        self.gap = max(parameters.gap, EQUAL)
        self.began = time.monotonic()
        self.time_limit_s = parameters.time_limit_s
        self.first, self.second = ROUTES[parameters.solver]
        self.is_interrupted = False
        self.tell = tell
        self.answers: list[Answer] = []
        self.best: Choice | None = None
        self.objective = np.inf
        self.relaxation: Relaxation | None = None
        self.located: Located | None = None
        self.combined: Combined | None = None
        self.hint: Floats | None = None
        self.threads = parameters.workers
        self.is_shortened = False  # whether what was found depends on how fast the machine is

    def run(self, known: Choice | None) -> Solution:
        """Relax, solve, cross-check, claim."""
        self._begin(known)
        if self._is_proven():
            return self._solution()
        if self.asks_first and self.divisions.suit:
            self._propose()
            self._improve(0.0)
            if self.best is not None:
                return self._solution()
        self._ask(self.first, FIRST_TIME_SHARE * self._left())
        if self.answers[0].claims_infeasible and self.best is None:  # noqa: SIM102
            if (infeasible := self._diagnosed()) is not None:
                return infeasible
        if self.answers[0].termination != "optimal":
            self._dive()
            is_near = self.objective - self.answers[0].bound <= NEAR * abs(self.objective)
            if not is_near:
                self._propose()
            self._improve(SECOND_TIME_SHARE_NEAR if is_near else SECOND_TIME_SHARE)
        if not self._is_proven() and not self.is_interrupted:
            self._ask(self.second, self._left())
        if self.best and len(self._trusted()) < len(self.answers) and not self.is_interrupted:
            self._ask(ARBITER, self._left())
        self._retry()
        return self._solution()

    @cached_property
    def divisions(self) -> Divisions:
        """Of the problem; few searches come to need them."""
        return divisions_of(self.problem)

    def _left(self) -> float:
        return 0.0 if self.is_interrupted else self.time_limit_s - (time.monotonic() - self.began)

    def _begin(self, known: Choice | None) -> None:
        """Offer a choice that is known; locate facilities where they are what it is about."""
        if known is not None:
            self._offer_start(known)
        facilities = facilities_of(self.problem) if self.is_large else None
        if facilities is None:
            self._relax()
        else:
            self._locate(facilities)

    def _relax(self) -> None:
        self.tell(Progress("solve", "relaxed problem"))
        solver = LARGE_LINEAR_SOLVER if self.is_large else LINEAR_SOLVER
        self.relaxation = relax(self.problem, self.program, self._left(), solver)

    def _locate(self, facilities: Facilities) -> None:
        """The best of a few facilities, and a program of those that are worth a look."""
        # other problems need not wait for the compiler of the kernels to load
        room = import_module("planner.optimization.location.search")
        until_s, gap = (1 - LOCATING_TIME_SHARE) * self._left(), SOLVER_GAP_SHARE * self.gap
        self.tell(Progress("solve", "facilities"))
        found: Located = room.located(
            self.problem, self.program, facilities, gap, lambda: self._left() - until_s
        )
        self.located, self.is_interrupted = found, found.is_interrupted
        self.is_shortened |= found.is_shortened
        self._offer_polished(found.values, self._left())
        kept = found.kept(self.program, self.objective + self._tolerance())
        self.kept, self.asked = kept, self.program.restricted(kept, np.zeros(len(kept)))

    def _offer_start(self, known: Choice) -> None:
        """Offer a choice, with the best shares for its whole numbers; hint at it in any case."""
        self.hint = values_of(self.problem, self.program, known)
        self._offer(known)
        self._offer(polished(self.problem, self.program, self.hint, self._left()))

    def _ask(self, route: Route, time_limit_s: float) -> None:
        self.tell(Progress("solve", route.name))
        gap, hint = SOLVER_GAP_SHARE * self.gap, self.hint
        if self.best is not None:
            hint = values_of(self.problem, self.program, self.best)
        hint = None if hint is None else hint[self.kept]
        answer = ask(self.asked, route, gap, time_limit_s, hint)
        if answer.values is not None:
            answer = replace(answer, values=expanded(answer.values, self.kept))
        self.answers.append(answer)
        self.is_interrupted = answer.is_interrupted
        self._offer_polished(answer.values, self.time_limit_s)

    def _dive(self) -> None:
        """Near the relaxed optimum, where branch and bound may have found poor plans only."""
        if self.relaxation is not None and not self.is_interrupted:
            self.tell(Progress("solve", "near the relaxed optimum"))
            self.is_shortened = True
            found = dived(self.program, self.relaxation.values, self._left)
            self._offer_polished(found, self.time_limit_s)

    def _propose(self) -> None:
        """Where a problem has divisions: combine their proposals, and take the bound they prove."""
        relaxation = self.relaxation
        if relaxation is None or self.combined or self.is_interrupted or not self.divisions.suit:
            return
        self.tell(Progress("solve", f"proposals of {self.divisions.count:,} divisions"))
        self.is_shortened = True
        proposing = Proposing(self.problem, self.program, self.divisions, relaxation, self.threads)
        until_s = (1 - PROPOSING_TIME_SHARE) * self._left()
        self.combined = proposing.run(lambda: self._left() - until_s)
        self.is_interrupted = self.combined.is_interrupted
        self._offer_polished(self.combined.values, self.time_limit_s)

    def _improve(self, kept_share: float) -> None:
        """Look for better choices near to the best one, until a share of the time is left."""
        if self.best is None or self._is_proven() or self.is_interrupted:
            return
        self.tell(Progress("solve", "neighbourhoods of the plan"))
        self.is_shortened = True
        until_s = kept_share * self.time_limit_s
        values = values_of(self.problem, self.program, self.best)
        nearby = improved(
            self.problem, self.program, values, self._prices(), lambda: self._left() - until_s
        )
        try:
            for found in nearby:
                values = found
                self._offer(choice(self.problem, self.program, values))
                if self._is_proven():
                    break
        except KeyboardInterrupt:
            self.is_interrupted = True
        self._offer(polished(self.problem, self.program, values, self.time_limit_s))

    def _prices(self) -> Floats | None:
        """The best that are known."""
        return self._shadow_prices() if self.combined is None else self.combined.prices

    def _shadow_prices(self) -> Floats | None:
        if self.located is not None:
            return self.located.priced.shadow_price
        return None if self.relaxation is None else self.relaxation.shadow_price

    def _priced_bound(self) -> float:
        """What prices prove."""
        proven = [each.bound for each in (self.located, self.relaxation) if each is not None]
        return max(proven, default=-np.inf)

    def _retry(self) -> None:
        """Where no choice holds, look for one with room in what solvers overstep; no bound."""
        for room in ROOMS:
            if self.best is not None or self._left() <= 0:
                return
            self.tell(Progress("solve", f"with {room:.3%} of room"))
            roomy = self.program.inflated(room, self.problem.items)
            answer = ask(roomy, self.second, SOLVER_GAP_SHARE * self.gap, self._left())
            self.is_interrupted = answer.is_interrupted
            self._offer_polished(answer.values, self._left())

    def _offer_polished(self, values: Floats | None, limit_s: float) -> None:
        """Offer whole numbers that were found, with the best shares for them."""
        if values is not None:
            self._offer(polished(self.problem, self.program, values, limit_s))

    def _offer(self, chosen: Choice) -> None:
        """Keep a choice when it is better than the best and every row holds."""
        objective = self.problem.objective(chosen)
        if objective < self.objective and holds(self.problem, chosen):
            self.best, self.objective = chosen, objective

    def _diagnosed(self) -> Solution | None:
        """The nearest choice where a second route proves that there is no choice."""
        self.tell(Progress("diagnose", "what can be met, by priority"))
        near = nearest_choice(self.problem, max(self._left(), 1.0))
        if near is None:
            return None
        required = np.isinf(self.problem.unmet_cost)
        if not near.unmet[required].any():
            self._offer(near.choice)  # a plan after all: the first route was wrong
            return None
        if near.proven_unmet <= UNMET_TOLERANCE:
            return None
        return Solution(
            status="infeasible",
            termination="no plan can exist: proven by two solvers",
            choice=near.choice,
            unmet=near.unmet,
            objective=None,
            bound=None,
            gap=None,
            shadow_price=None,
            routes=tuple(
                SolverRun(solver=name, termination=said, objective_usd=None, bound_usd=None)
                for name, said in (
                    *((each.route, each.termination) for each in self.answers),
                    *((f"{each.route}, least undone", each.termination) for each in near.answers),
                )
            ),
        )

    def _tolerance(self) -> float:
        return EQUAL * max(1.0, abs(self.objective))

    def _trusted(self) -> list[Answer]:
        """Answers that the best known choice does not contradict."""
        limit = self.objective + self._tolerance()
        return [each for each in self.answers if not each.claims_infeasible and each.bound <= limit]

    def _bound(self) -> float:
        """What is proven: by two routes in agreement, or by prices."""
        trusted = self._trusted()
        agreed = min(each.bound for each in trusted) if len(trusted) >= 2 else -np.inf
        priced = self._priced_bound()
        if priced > self.objective + self._tolerance():
            raise SolverError("a bound of prices contradicts a known plan: report this bug")
        divided = self.combined.bound if self.combined else -np.inf
        if divided > self.objective + self._tolerance():
            divided = -np.inf
        return min(max(agreed, priced, divided), self.objective)

    def _gap(self) -> float:
        """Relative to what a choice can change, as far as double precision tells it apart."""
        apart = self.objective - self._bound()
        if apart <= ROUNDINGS * np.finfo(float).eps * abs(self.objective):
            return 0.0
        return apart / max(abs(self.objective - self.program.constant), EQUAL)

    def _is_proven(self) -> bool:
        return self.best is not None and self._gap() <= self.gap

    def _solution(self) -> Solution:
        if self.best is None:
            if self.is_interrupted:
                raise KeyboardInterrupt
            told = "; ".join(f"{each.route}: {each.termination}" for each in self.answers)
            raise SolverError(
                f"no plan was found within {self.time_limit_s:g} s ({told}); allow more time"
            )
        timed_out = self._left() <= 0 or any("no_solution" in a.termination for a in self.answers)
        late: Status = "stopped" if timed_out else "feasible"
        status: Status = "optimal" if self._is_proven() else late
        bound = self._bound()
        return Solution(
            status=status,
            termination=self._termination(status),
            choice=self.best,
            unmet=self.problem.unmet(self.best),
            objective=self.objective,
            bound=_finite(bound),
            gap=self._gap() if np.isfinite(bound) else None,
            shadow_price=self._shadow_prices(),
            routes=self._runs(),
        )

    def _termination(self, status: Status) -> str:
        if status == "optimal":
            return PROVEN_SHORTENED if self.is_shortened else PROVEN
        if self.is_interrupted:
            return INTERRUPTED
        late = status == "stopped"
        return "the time limit came first" if late else "the solvers agree on no smaller gap"

    def _runs(self) -> tuple[SolverRun, ...]:
        runs = [
            SolverRun(
                solver=each.route,
                termination=each.termination,
                objective_usd=self._claimed(each.values),
                bound_usd=_finite(each.bound),
            )
            for each in self.answers
        ]
        if self.relaxation is not None:
            priced = SolverRun(
                solver=f"prices of the relaxation ({'HiGHS' if self.is_large else 'GLOP'})",
                termination="optimal",
                objective_usd=None,
                bound_usd=_finite(self.relaxation.bound),
            )
            runs.insert(0, priced)
        if (located := self.located) is not None:
            priced = SolverRun(
                solver="prices of items (volume algorithm), facilities (HiGHS)",
                termination="shortened by time" if located.is_shortened else "optimal",
                objective_usd=self._claimed(located.values),
                bound_usd=_finite(located.bound),
            )
            runs.insert(0, priced)
        if self.combined is not None:
            runs.append(
                SolverRun(
                    solver="proposals of divisions (HiGHS, SCIP)",
                    termination="combined and proven as far as time allows",
                    objective_usd=self._claimed(self.combined.values),
                    bound_usd=_finite(self.combined.bound),
                )
            )
        return tuple(runs)

    def _claimed(self, values: Floats | None) -> float | None:
        return None if values is None else float(self.program.cost @ values) + self.program.constant


def _finite(bound: float) -> float | None:
    return bound if np.isfinite(bound) else None
