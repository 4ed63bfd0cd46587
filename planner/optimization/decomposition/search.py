"""A large problem solved near to its optimum, with the bound that proves how near.

prices      climb the dual function; where that is stiff, the primal-dual method goes on
                                                                ascent, primal_dual, dual
blocks      that tie resources together, for what the relaxed problem uses         buying
pieces      that the problem then falls into, solved as programs where work
            divides and they are small                                   pieces, programs
placement   else units in turn, where an earlier choice has them or at the prices
                                                                  start, units, placement
annealing   in longer and longer passes, pieces side by side             annealing, parts
bound       nearer to the relaxed optimum where the plan is not proven yet
                                                                      master, primal_dual
blocks      for what is placed                                                     buying
"""

import time
from dataclasses import replace
from functools import cached_property
from typing import Final

import numba
import numpy as np

from planner.domain.plan import SolverRun, Status
from planner.domain.progress import Progress, Tell
from planner.errors import SolverError
from planner.optimization.decomposition.annealing import Annealing, Schedule
from planner.optimization.decomposition.arrays import Arrays, arrays_of
from planner.optimization.decomposition.ascent import climb, usual_price
from planner.optimization.decomposition.blocks import stairs_of
from planner.optimization.decomposition.buying import Buyer
from planner.optimization.decomposition.dual import Prices
from planner.optimization.decomposition.master import closed, suits
from planner.optimization.decomposition.pieces import Pieces, pieces_of
from planner.optimization.decomposition.placement import State, Units
from planner.optimization.decomposition.pricing import cheapest
from planner.optimization.decomposition.primal_dual import close
from planner.optimization.decomposition.programs import Programs
from planner.optimization.decomposition.start import NOTHING, held_by, place_held
from planner.optimization.decomposition.units import (
    choice_of,
    nothing_placed,
    order_of,
    units_of,
)
from planner.optimization.elastic import UNMET_TOLERANCE
from planner.optimization.feasibility import EQUAL, holds, undone_within
from planner.optimization.linear import trimmed
from planner.optimization.parameters import Parameters
from planner.problem.columns import AllocationProblem, Choice, Floats
from planner.problem.solution import INTERRUPTED, PROVEN, PROVEN_SHORTENED, Solution
from planner.problem.start import NO_START, Start

NAME: Final = "prices of resources"
LISTED: Final = 16
"""Options of an item between which annealing moves it."""
PASSES: Final = (25, 100, 400, 1600, 6400)
"""Steps for every unit in each pass of annealing; none begins once the gap is proven."""
MENDING: Final = 10
"""Steps for every unit after a choice that no longer holds was mended."""
TIGHTENED_AFTER: Final = 100
"""Steps in the pass after which the bound is looked at again."""
TIGHT: Final = 0.1
"""Of the gap asked for: how near the relaxed optimum it shall come then."""
HOT: Final = 1e-2
HOTTER: Final = 0.1
COLD: Final = 1e-4
"""Temperatures of annealing, in mean costs of a unit; hotter while there is no plan."""
ENOUGH: Final = 0.95
"""Of the gap asked for: a pass of annealing that comes this near to the bound ends."""
PRICE_SHARE: Final = 0.6
"""Of the time limit, for the prices."""
BUYING_SHARE: Final = 0.1
"""Of the time limit, for the blocks each time."""
LEVEL: Final = 1e3
"""What an item of one priority counts for more than one of the next, when some stay undone."""
LEVELS: Final = 3
"""Priorities that are told apart then; the last ones count alike."""
DIAGNOSIS_GAP: Final = 1e-2


def decompose(
    problem: AllocationProblem, parameters: Parameters, tell: Tell, start: Start = NO_START
) -> Solution:
    """The best choice that was found and the bound that prices prove, or the nearest thing to one.

    Raises:
        SolverError: the time was too short for any choice.
        KeyboardInterrupt: Ctrl-C came before there was any.
    """
    threads = numba.get_num_threads()
    numba.set_num_threads(min(parameters.threads or threads, threads))
    try:
        return _solved(_Search(problem, parameters, tell, start))
    finally:
        numba.set_num_threads(threads)


def _solved(search: "_Search") -> Solution:
    problem, tell = search.problem, search.tell
    if search.is_possible():
        search.run()
    if search.best is not None:
        return search.solution()
    if search.is_interrupted:
        raise KeyboardInterrupt
    tell(Progress("diagnose", "what can be met, by priority"))
    asked = replace(search.parameters, gap=DIAGNOSIS_GAP)
    nearest = _Search(_elastic(problem, _by_priority(problem)), asked, tell)
    nearest.run()
    proof = _Search(_elastic(problem, problem.item_weight), asked, tell)
    proof.climb()
    return _diagnosed(search, nearest, proof.bound)


def _by_priority(problem: AllocationProblem) -> Floats:
    """What items count for when some stay undone."""
    _, level = np.unique(problem.item_priority, return_inverse=True)
    return problem.item_weight * LEVEL ** -np.minimum(level, LEVELS).astype(np.float64)


def _elastic(problem: AllocationProblem, weight: Floats) -> AllocationProblem:
    """The problem whose cost is the weighted share that stays undone of the required items."""
    return replace(
        problem,
        deployments=replace(problem.deployments, cost=np.zeros_like(problem.deployments.cost)),
        places=replace(problem.places, cost=np.zeros_like(problem.places.cost)),
        block_cost=np.zeros_like(problem.block_cost),
        unmet_cost=np.where(np.isinf(problem.unmet_cost), weight, 0.0),
    )


def _diagnosed(search: "_Search", nearest: "_Search", least_undone: float) -> Solution:
    """Infeasible where prices prove it; a plan after all where nothing stays undone.

    `least_undone` is a lower bound of the weighted share of required items that stays undone.
    """
    problem, limit_s = search.problem, search.parameters.time_limit_s
    if nearest.best is None:
        raise SolverError(f"no plan was found within {limit_s:g} s; allow more time")
    unmet = problem.unmet(nearest.best)
    unmet[unmet < undone_within(problem)] = 0.0
    required = np.isinf(problem.unmet_cost)
    if not unmet[required].any():
        search.offer(nearest.best)
        return search.solution()
    if least_undone <= UNMET_TOLERANCE:
        raise SolverError(f"no plan was found within {limit_s:g} s, nor that none can exist")
    run = SolverRun(
        solver=f"{NAME}, least undone",
        termination="proven that something stays undone",
        objective_usd=None,
        bound_usd=None,
    )
    return Solution(
        status="infeasible",
        termination="no plan can exist: proven by prices of resources",
        choice=nearest.best,
        unmet=unmet,
        objective=None,
        bound=None,
        gap=None,
        shadow_price=None,
        routes=(run,),
    )


class _Search:
    """The steps of one search, the bound and the best choice so far."""

    def __init__(
        self,
        problem: AllocationProblem,
        parameters: Parameters,
        tell: Tell,
        start: Start = NO_START,
    ) -> None:
        self.problem = problem
        self.start = start
        self.parameters = parameters
        self.tell = tell
        self.began = time.monotonic()
        self.arrays: Arrays = arrays_of(problem)
        self.buyer = Buyer(
            self.arrays,
            stairs_of(self.arrays, problem.block_whole),
            problem.block_whole,
            usual_price(self.arrays),
        )
        self.bound = -np.inf
        self.prices: Prices | None = None
        self.best: Choice | None = None
        self.objective = np.inf
        self.is_cut = False
        self.is_interrupted = False
        without_option = ~np.isin(np.arange(problem.items), problem.deployments.item)
        self.constant = float(problem.unmet_cost[without_option].sum())

    def is_possible(self) -> bool:
        """Whether every item that must be done has an option that fits somewhere."""
        arrays = self.arrays
        reduced, _, _ = cheapest(arrays.ways, arrays.menus, arrays.place_cost)
        return bool(np.isfinite(np.minimum(reduced, arrays.ways.unmet)).all())

    def run(self) -> None:
        """Prices, placement; Ctrl-C leaves what was found."""
        self.climb()
        try:
            if self.prices is not None and self._gap() > self.parameters.gap:
                self._place(self.prices)
        except KeyboardInterrupt:
            self.is_interrupted = True

    def climb(self) -> None:
        """Prices and the bound that they prove, until it proves the choice of the start."""
        arrays, gap, known = self.arrays, self.parameters.gap, self.start.prices
        try:
            for prices in climb(arrays, self.buyer.unit, gap, self._may_climb, known):
                is_first = self.prices is None
                self.prices, self.bound = prices, prices.bound.value
                self._tell()
                if is_first and self.start.choice is not None:
                    self._resume(self.start.choice, prices)
                if self._gap() <= gap:
                    return
        except KeyboardInterrupt:
            self.is_interrupted = True

    def offer(self, chosen: Choice) -> bool:
        """Keep a choice when it is better than the best and every row holds."""
        objective = self.problem.objective(chosen)
        if objective >= self.objective or not holds(self.problem, chosen):
            return False
        self.best, self.objective = chosen, objective
        return True

    def _place(self, prices: Prices) -> None:
        blocks = self._rounded(self.arrays.used(prices.quantities))
        if self._programs.suit:
            self._solve(prices, blocks)
        if self._gap() > self.parameters.gap and self._has_time():
            self._shift(prices, blocks)

    @cached_property
    def _pieces(self) -> Pieces:
        return pieces_of(self.arrays)

    @cached_property
    def _programs(self) -> Programs:
        return Programs(self.problem, self.arrays, self._pieces, self.buyer.unit)

    def _solve(self, prices: Prices, blocks: Floats) -> None:
        """Offer the choice of the pieces' programs."""
        at, gap = prices.bound.prices, self.parameters.gap
        chosen = self._programs.solved(at, blocks, gap, self._has_time)
        if chosen is not None:
            self._offer_with(chosen, blocks)

    def _shift(self, prices: Prices, blocks: Floats) -> None:
        """Units placed, then annealed in longer and longer passes."""
        annealing, state = self._placed(prices, blocks, NOTHING)
        units = annealing.units
        first = choice_of(self.problem, self.arrays, units, state)
        if not self._offer_held(first, blocks):
            blocks = self._settled(units, state)
        for steps in PASSES:
            if self._gap() <= self.parameters.gap or not self._has_time():
                return
            state = self._annealed(annealing, prices, state._replace(blocks=blocks), steps)
            blocks = self._settled(units, state)
            if steps == TIGHTENED_AFTER and self._gap() > self.parameters.gap:
                self._tighten(prices)
            if self.best is None:  # the tied blocks do not suit: buy and sell them on the way
                annealing = replace(annealing, pieces=self._pieces.joined)

    def _placed(self, prices: Prices, blocks: Floats, known: Choice) -> tuple[Annealing, State]:
        """Units where a choice has them while they fit there, the others at the prices."""
        problem, arrays, unit = self.problem, self.arrays, self.buyer.unit
        units = units_of(problem, arrays, prices.bound.prices, unit, LISTED)
        annealing = Annealing(problem, arrays, units, self._pieces, unit, self.buyer.tied)
        state, order = nothing_placed(arrays, units, blocks), order_of(units)
        held = held_by(problem, arrays, units, known)
        price = np.stack([arrays.price(each) for each in prices.path])
        limits = annealing.limits(arrays, blocks)
        place_held(arrays.ways, arrays.menus, limits, units, held, price, order, state)
        return annealing, state

    def _resume(self, known: Choice, prices: Prices) -> None:
        """Offer the choice of the start; else what fits of it, with the rest placed anew."""
        blocks = self._offer_with(known, self._tied(known.blocks))
        if self._gap() <= self.parameters.gap:
            return
        if self._programs.suit:
            self._solve(prices, blocks)
            return
        annealing, state = self._placed(prices, blocks, known)
        blocks = self._settled(annealing.units, state)
        if self._gap() > self.parameters.gap:
            state = self._annealed(annealing, prices, state._replace(blocks=blocks), MENDING)
            self._settled(annealing.units, state)

    def _tighten(self, prices: Prices) -> None:
        """A bound nearer to the relaxed optimum, where the climb's does not prove the plan."""
        arrays, gap = self.arrays, TIGHT * self.parameters.gap
        if suits(arrays):
            better = closed(self.problem, arrays, prices, self._left_s)
        else:
            better = close(arrays, prices, self.buyer.unit, gap, self._has_time)
        for found in better:
            if found.bound.value > self.bound:
                self.prices, self.bound = found, found.bound.value
            if self._gap() <= self.parameters.gap:
                break
        self._tell()

    def _annealed(self, annealing: Annealing, prices: Prices, state: State, steps: int) -> State:
        """The best placement after about as many `steps` for every unit as time allows."""
        mean = max(abs(self.bound), abs(self.objective) if self.best else 0.0)
        mean /= len(annealing.units.item)
        enough = self.bound * (1 + ENOUGH * self.parameters.gap)
        hot = HOT if self.best else HOTTER
        schedule = Schedule(prices.bound.prices, hot * mean, COLD * mean, steps, enough)
        annealed = annealing.annealed(state, schedule, self._has_time, self._left_s)
        self.is_cut |= annealed.is_hurried
        return annealed.state

    def _settled(self, units: Units, state: State) -> Floats:
        """Offer a placement with the blocks it has and with those it needs."""
        return self._offer_with(choice_of(self.problem, self.arrays, units, state), state.blocks)

    def _offer_with(self, chosen: Choice, blocks: Floats) -> Floats:
        """Offer a choice with tied blocks that it was made for, and with those its use needs."""
        tied, used = self._tied(blocks), self._used(chosen)
        options = [self._topped_up(used, tied)]
        if len(self.buyer.tied):
            options.append(self.buyer.bought(used, self._buying_s()))
        for each in options:
            offered = trimmed(self.problem, replace(chosen, blocks=each))
            if self.offer(offered):
                tied = self._tied(offered.blocks)
        self._tell()
        return tied

    def _offer_held(self, chosen: Choice, tied: Floats) -> bool:
        """Offer a choice with the tied blocks as they are, which takes no program to be solved."""
        blocks = self._topped_up(self._used(chosen), tied)
        is_better = self.offer(trimmed(self.problem, replace(chosen, blocks=blocks)))
        self._tell()
        return is_better

    def _used(self, chosen: Choice) -> Floats:
        """What a choice uses of every resource without its blocks."""
        return self.problem.used(replace(chosen, blocks=np.zeros_like(chosen.blocks)))

    def _topped_up(self, used: Floats, tied: Floats) -> Floats:
        """Tied blocks with the simple ones that a use needs besides."""
        return tied + self.buyer.steps(used + self.arrays.supply @ tied - self.arrays.capacity)

    def _rounded(self, used: Floats) -> Floats:
        """Tied blocks for a fractional use, in whole numbers; simple blocks may divide.

        Whole numbers of all blocks that cover a use which is spread thinly would be far too many.
        """
        whole = np.zeros_like(self.problem.block_whole)
        stairs = self.buyer.stairs._replace(whole=whole[self.buyer.stairs.block])
        whole[self.buyer.tied] = self.problem.block_whole[self.buyer.tied]
        buyer = replace(self.buyer, stairs=stairs, whole=whole)
        return self._tied(buyer.bought(used, self._buying_s()))

    def _tied(self, blocks: Floats) -> Floats:
        """Only those blocks that are not simple."""
        kept = np.zeros_like(blocks)
        kept[self.buyer.tied] = blocks[self.buyer.tied]
        return kept

    def _buying_s(self) -> float:
        return BUYING_SHARE * self.parameters.time_limit_s

    def _gap(self) -> float:
        """Relative to what a choice can change; infinite without a choice."""
        if self.best is None:
            return np.inf
        apart = max(self.objective - self.bound, 0.0)
        return apart / max(abs(self.objective - self.constant), EQUAL)

    def _tell(self) -> None:
        plan = "none yet" if self.best is None else f"{self.objective:,.6g}, gap {self._gap():.3%}"
        self.tell(Progress("solve", f"bound {self.bound:,.6g}, plan {plan}"))

    def _elapsed_s(self) -> float:
        return time.monotonic() - self.began

    def _left_s(self) -> float:
        return self.parameters.time_limit_s - self._elapsed_s()

    def _may_climb(self) -> bool:
        if self._elapsed_s() > PRICE_SHARE * self.parameters.time_limit_s:
            self.is_cut = True
        return not self.is_cut

    def _has_time(self) -> bool:
        if self._elapsed_s() > self.parameters.time_limit_s:
            self.is_cut = True
        wanted = not self.is_interrupted or self.best is None  # Ctrl-C asks for a plan, once
        return self._elapsed_s() <= self.parameters.time_limit_s and wanted

    def solution(self) -> Solution:
        """The best choice with its proof.

        Raises:
            ValueError: there is none.
        """
        if self.best is None:
            raise ValueError("no choice was found")
        proven = self._gap() <= self.parameters.gap
        cut = self.is_cut or self.is_interrupted
        status: Status = "optimal" if proven else "stopped" if cut else "feasible"
        bound = min(self.bound, self.objective)
        run = SolverRun(
            solver=NAME,
            termination="bound by weak duality, plan by placement and annealing",
            objective_usd=self.objective,
            bound_usd=bound if np.isfinite(bound) else None,
        )
        return Solution(
            status=status,
            termination=self._termination(status),
            choice=self.best,
            unmet=self.problem.unmet(self.best),
            objective=self.objective,
            bound=bound if np.isfinite(bound) else None,
            gap=self._gap() if np.isfinite(bound) else None,
            shadow_price=None if self.prices is None else self.prices.bound.prices,
            routes=(run,),
        )

    def _termination(self, status: Status) -> str:
        if status == "optimal":
            return PROVEN_SHORTENED if self.is_cut else PROVEN
        if self.is_interrupted:
            return INTERRUPTED
        if status == "stopped":
            return "the time limit came first"
        return "the search ended before the asked gap"
