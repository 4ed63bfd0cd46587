"""From any choice that holds to better ones that hold too; small problems to their optimum."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from planner.optimization.exact import solve as solve_whole
from planner.optimization.feasibility import holds
from planner.optimization.linear import relax
from planner.optimization.neighbourhoods import OPTIONS, improved
from planner.optimization.parameters import Parameters
from planner.optimization.program import choice, program_of
from planner.optimization.route import HIGHS, ask
from planner.problem.columns import AllocationProblem
from tests.optimization.problems import assignment, packings

PATIENT = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)


def worst(problem: AllocationProblem):
    """The dearest choice there is, as values of the program's variables; None: there is none."""
    program = program_of(problem)
    return program, ask(replace(program, cost=-program.cost), HIGHS, 0.0, 10.0).values


def a_minute() -> float:
    return 60.0


@PATIENT
@given(packings())
def test_small_problems_are_led_to_their_optimum(problem):
    program, values = worst(problem)
    if values is None:
        return
    known = float(program.cost @ values)
    for found in improved(problem, program, values, None, a_minute):
        cost = float(program.cost @ found)
        assert cost < known
        assert holds(problem, choice(problem, program, found))
        known = cost
    best = solve_whole(problem, Parameters(gap=0.0), lambda _: None)
    assert known + program.constant == pytest.approx(best.objective, abs=1e-6)


def test_a_problem_of_many_neighbourhoods_ends_near_its_bound():
    rng = np.random.default_rng(0)
    items, bins = 45, 10
    use = rng.integers(5, 25, (items, bins))
    problem = assignment(100 - use, use, [int(0.8 * use.sum() / bins**2)] * bins)
    assert problem.option_count > OPTIONS
    program, values = worst(problem)
    *_, end = improved(problem, program, values, None, a_minute)
    assert holds(problem, choice(problem, program, end))
    bound = relax(problem, program, 20.0).bound
    assert program.cost @ end <= 1.01 * bound
    assert program.cost @ values >= 1.03 * bound


def test_without_time_nothing_is_looked_at():
    problem = assignment([[1, 2]], [[1, 1]], [1, 1])
    program, values = worst(problem)
    assert not list(improved(problem, program, values, None, lambda: 0.0))
    assert list(improved(problem, program, values, None, a_minute))


@PATIENT
@given(packings())
def test_a_restricted_program_costs_what_the_whole_one_does(problem):
    program, values = worst(problem)
    if values is None:
        return
    free = np.arange(len(values)) % 2 == 0
    small = program.restricted(free, values)
    answer = ask(small, HIGHS, 0.0, 10.0)
    merged = values.copy()
    merged[free] = answer.values
    assert small.cost @ answer.values + small.constant == pytest.approx(
        program.cost @ merged + program.constant
    )
    assert holds(problem, choice(problem, program, merged))
