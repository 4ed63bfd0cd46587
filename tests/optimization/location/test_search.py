"""Facilities located: a plan, a bound, and nothing thrown away that a better plan may have."""

import pytest
from hypothesis import given, settings

from benchmarks.check import faults
from planner.domain.progress import silent
from planner.optimization import exact
from planner.optimization.feasibility import holds
from planner.optimization.location.facilities import facilities_of
from planner.optimization.location.search import located
from planner.optimization.parameters import Parameters
from planner.optimization.program import choice, program_of
from planner.optimization.solve import solve
from tests.optimization.location.problems import (
    example,
    locations,
    scattered,
    without_strong_rows,
)

GAP = 1e-7
TOLERANCE = 1e-6


@given(locations())
@settings(max_examples=30, deadline=None)
def test_what_is_located_lies_on_the_right_sides_of_the_optimum(problem):
    solution = exact.solve(problem, Parameters(gap=GAP, time_limit_s=60.0), silent)
    program = program_of(problem)
    found = located(problem, program, facilities_of(problem), GAP, lambda: 60.0)
    if solution.objective is None:
        assert found.values is None
        return
    assert found.bound <= solution.objective + TOLERANCE
    chosen = choice(problem, program, found.values)
    assert holds(problem, chosen)
    assert problem.objective(chosen) >= solution.objective - TOLERANCE
    kept = found.kept(program, solution.objective + TOLERANCE)
    assert kept[solution.choice.option].all()
    assert kept[problem.option_count :][: problem.blocks][solution.choice.blocks > 0].all()


def test_two_sites_of_three_are_enough():
    """By hand: sites 0 and 1 for 11, customers 0, 1, 3 for 1 each, 2 half at each for 1 and 1.5."""
    problem = example()
    program = program_of(problem)
    found = located(problem, program, facilities_of(problem), GAP, lambda: 60.0)
    assert problem.objective(choice(problem, program, found.values)) == pytest.approx(16.5)


@pytest.mark.parametrize(("room_share", "parts"), [(0.1, 0), (0.3, 0), (0.2, 1)])
def test_large_problems_of_location_are_proven(room_share, parts):
    """The whole strong formulation has 6,000 rows; few facilities are left of 30."""
    problem = scattered(30, 200, room_share, parts=parts)
    solution = exact.solve(problem, Parameters(gap=1e-3, time_limit_s=60.0), silent)
    assert solution.status == "optimal"
    assert faults(problem, solution) == []
    assert any("volume algorithm" in each.solver for each in solution.routes)


def test_location_without_a_row_for_every_option_is_as_strong():
    """24,000 options: prices of the resources would prove little of it."""
    weak = without_strong_rows(scattered(40, 600, 0.2))
    solution = solve(weak, Parameters(gap=5e-3, time_limit_s=60.0))
    assert solution.status == "optimal"
    assert faults(weak, solution) == []
    assert any("volume algorithm" in each.solver for each in solution.routes)


def test_no_time_leaves_a_bound():
    problem = scattered(20, 60, 0.1)
    found = located(problem, program_of(problem), facilities_of(problem), GAP, lambda: 0.0)
    assert found.values is None
    assert found.is_shortened
    assert found.bound > 0
