"""When not everything can be done: the choice that leaves the least undone, first things first."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from planner.optimization.feasibility import undone_within
from planner.optimization.linear import polished
from planner.optimization.program import program_of
from planner.optimization.route import SCIP, Answer, ask
from planner.problem.columns import AllocationProblem, Choice, Floats, Uses

UNMET_TOLERANCE: Final = 1e-6
"""Weighted share of items that counts as nothing undone."""
LEAST_WEIGHT: Final = 1e-3
"""Items that weigh less would be undone within the tolerance, and nothing would be proven."""
ELASTIC_GAP: Final = 1e-4
"""Relative gap at which the least undone share is known well enough for a diagnosis."""


@dataclass(frozen=True)
class Nearest:
    """The choice that leaves the least of the required items undone."""

    choice: Choice
    unmet: Floats
    proven_unmet: float
    """Weighted share that no choice can do, as the solver proved; 0: nothing is proven."""
    answers: tuple[Answer, ...]


def nearest_choice(problem: AllocationProblem, time_limit_s: float) -> Nearest | None:
    """Leave as little undone as possible, priority by priority; None when the time is up.

    Items that may stay undone at a penalty give way to required ones.
    """
    ends = time.monotonic() + time_limit_s
    required = np.isinf(problem.unmet_cost)
    stage = replace(
        problem,
        deployments=replace(problem.deployments, cost=np.zeros_like(problem.deployments.cost)),
        places=replace(problem.places, cost=np.zeros_like(problem.places.cost)),
        block_cost=np.zeros_like(problem.block_cost),
    )
    answers: list[Answer] = []
    chosen = Choice(np.zeros(0, np.int64), np.zeros(0), np.zeros(problem.blocks))
    proven = 0.0
    for priority in np.unique(problem.item_priority[required]):
        weight = np.maximum(problem.item_weight, LEAST_WEIGHT)
        counted = np.where(required & (problem.item_priority == priority), weight, 0.0)
        stage = replace(stage, unmet_cost=counted)
        program = program_of(stage)
        answer = ask(program, SCIP, ELASTIC_GAP, ends - time.monotonic())
        answers.append(answer)
        if answer.is_interrupted:
            raise KeyboardInterrupt
        if answer.claims_infeasible and len(answers) == 1:
            return _nothing(problem, answers)
        if answer.values is None:
            return None
        chosen = polished(stage, program, answer.values, ends - time.monotonic())
        proven = max(proven, answer.bound)
        stage = _holding(stage, counted, chosen)
    unmet = problem.unmet(chosen)
    unmet[unmet < undone_within(problem)] = 0.0
    return Nearest(chosen, unmet, proven, tuple(answers))


def _nothing(problem: AllocationProblem, answers: Sequence[Answer]) -> Nearest:
    """Where a limit cannot be kept even with nothing done, nothing can be."""
    none = Choice(np.zeros(0, np.int64), np.zeros(0), np.zeros(problem.blocks))
    return Nearest(none, problem.unmet(none), 1.0, tuple(answers))


def _holding(stage: AllocationProblem, weight: Floats, chosen: Choice) -> AllocationProblem:
    """The problem with one row more: what is done of the weighted items stays done."""
    options = stage.options
    counted = np.flatnonzero(weight[options.item])
    row = np.full(len(counted), stage.resources)
    use = Uses(
        np.concatenate([options.use.resource, row]),
        np.concatenate([options.use.column, counted]),
        np.concatenate([options.use.amount, -weight[options.item[counted]]]),
    )
    deployments, places = replace(options, use=use).factored()
    return replace(
        stage,
        deployments=deployments,
        places=places,
        resource_name=(*stage.resource_name, "done before"),
        capacity=np.append(stage.capacity, UNMET_TOLERANCE - float(weight @ stage.done(chosen))),
    )
