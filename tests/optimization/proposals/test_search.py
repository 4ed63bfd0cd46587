"""Bounds below every optimum and above the relaxed one; combinations that hold."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from planner.optimization.exact import solve as solve_whole
from planner.optimization.feasibility import holds
from planner.optimization.linear import polished, relax
from planner.optimization.parameters import Parameters
from planner.optimization.program import program_of
from planner.optimization.proposals.asking import Asking
from planner.optimization.proposals.divisions import divisions_of
from planner.optimization.proposals.search import Combined, Proposing
from planner.problem.columns import AllocationProblem, Choice
from tests.optimization.proposals.problems import Run, Served, fleet, fleets

PATIENT = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)
WITHIN = 1e-6


def combined(problem: AllocationProblem, seconds: float = 60.0, threads: int = 2) -> Combined:
    program = program_of(problem)
    relaxation = relax(problem, program, 10.0)
    proposing = Proposing(problem, program, divisions_of(problem), relaxation, threads)
    return proposing.run(lambda: seconds)


def chosen(problem: AllocationProblem, found: Combined) -> Choice:
    return polished(problem, program_of(problem), found.values, 10.0)


@PATIENT
@given(fleets())
def test_the_bound_is_below_the_optimum_and_the_choice_is_not(problem):
    found = combined(problem)
    best = solve_whole(problem, Parameters(gap=0.0), lambda _: None).objective
    room = WITHIN * max(1.0, abs(best))
    assert found.bound <= best + room
    assert found.bound >= relax(problem, program_of(problem), 10.0).bound - room
    if found.values is not None:
        choice = chosen(problem, found)
        assert holds(problem, choice)
        assert problem.objective(choice) >= best - room


def test_whole_replicas_are_in_the_bound_though_not_in_the_relaxed_problem():
    # each needs a tenth of a replica of 4 accelerators, which is a node: two nodes at 10 USD
    problem = fleet([Served(((0.1,),), 4), Served(((0.1,),), 4)], [], [10], [5])
    relaxed = relax(problem, program_of(problem), 10.0).bound
    found = combined(problem)
    without_opened = 2 * (0.1 * 10 + 0.001)
    assert without_opened <= relaxed <= 20.002 + WITHIN
    assert found.bound == pytest.approx(20.002, rel=1e-3)
    assert problem.objective(chosen(problem, found)) == pytest.approx(20.002)


def test_replicas_beyond_the_first_are_whole_in_the_bound_too():
    # 1.3 replicas are 2; a node holds one, so four nodes and not 2.6
    problem = fleet([Served(((1.3,),), 4), Served(((1.3,),), 4)], [], [10], [9])
    relaxed = relax(problem, program_of(problem), 10.0).bound
    assert relaxed == pytest.approx(26.026)
    assert combined(problem).bound == pytest.approx(40.026, rel=1e-3)


def test_proposals_hold_no_replica_that_nothing_needs():
    problem = fleet([Served(((1.3, 2.2),), 1), Served(((0.4, 0.3),), 2)], [], [10, 1], [5, 5])
    asking = Asking(problem, program_of(problem), divisions_of(problem))
    free = asking.answers(np.zeros(problem.resources), 1, lambda: True)
    for each in free.proposals:
        full = np.zeros(len(program_of(problem).cost))
        full[each.column] = each.value
        taken, blocks = full[:4], full[4:10]
        needed = [1.3, 2.2, 0.4, 0.3]
        for option in np.flatnonzero(taken):
            share = taken[option]
            assert blocks[2 + option] == max(math.ceil(share * needed[option] - 1e-6), 1)


def test_a_division_without_room_is_said_to_have_none():
    problem = fleet([Served(((0.5,),), 4), Served(((0.5,),), 4)], [Run((9,), (1,))], [10], [1])
    required = AllocationProblem(**{**vars(problem), "unmet_cost": np.full(3, np.inf)})
    program = program_of(required)
    assert relax(required, program, 10.0) is None  # nothing to begin from: the whole says it
    found = combined(problem)
    assert holds(problem, chosen(problem, found))
    assert problem.unmet(chosen(problem, found)).sum() == pytest.approx(2.0)


def test_the_number_of_threads_makes_no_difference():
    problem = fleet(
        [Served(((0.7, 0.9), (1.4, 0.2)), 2), Served(((2.6, 1.9),), 1), Served(((0.3, 0.3),), 4)],
        [Run((2, 1), (9, 14))],
        [10, 7],
        [3, 4],
    )
    one, two = combined(problem, threads=1), combined(problem, threads=2)
    assert one.bound == two.bound
    assert (one.values == two.values).all()


def test_without_time_there_is_a_bound_of_nothing_and_no_choice():
    problem = fleet([Served(((0.5,),), 4), Served(((0.5,),), 4)], [], [10], [3])
    found = combined(problem, seconds=-1.0)
    assert found.bound == -np.inf
