"""Prices where purchases tie many periods together: as good as those of the relaxed program."""

import numpy as np
import pytest

from benchmarks.check import faults
from benchmarks.days import days_fleet
from benchmarks.months import months_fleet
from planner.optimization.decomposition.arrays import arrays_of
from planner.optimization.decomposition.ascent import usual_price
from planner.optimization.decomposition.dual import Prices, bound_at
from planner.optimization.decomposition.pieces import pieces_of
from planner.optimization.decomposition.primal_dual import close
from planner.optimization.linear import relax
from planner.optimization.parameters import Parameters
from planner.optimization.program import program_of
from planner.optimization.solve import solve

STIFF = {
    "months": lambda: months_fleet(40, types=3, sites=3, load=1.0),
    "days": lambda: days_fleet(6, months=12, types=5, sites=4),
}


def last_prices(problem, gap):
    arrays = arrays_of(problem)
    unit = usual_price(arrays)
    start = bound_at(arrays, unit)
    found = close(
        arrays, Prices(start, np.zeros_like(arrays.place_cost), []), unit, gap, lambda: True
    )
    return start.value, list(found)[-1]


@pytest.mark.parametrize("name", STIFF)
def test_bound_comes_near_to_the_relaxed_optimum(name):
    """Never above it where work divides; prices leave out options that no whole part fits in."""
    problem = STIFF[name]()
    optimum = relax(problem, program_of(problem), 60.0).bound
    start, found = last_prices(problem, gap=1e-3)
    assert start < 0.9 * optimum
    assert found.bound.value >= 0.998 * optimum
    assert found.bound.value <= optimum * (1 + 1e-9) or name == "months"


def test_months_fall_apart_once_commitments_are_decided():
    pieces = pieces_of(arrays_of(months_fleet(30, months=6, types=4, sites=3, load=1.0)))
    assert pieces.count == 6
    assert np.bincount(pieces.of_item).tolist() == [30] * 6
    assert pieces.joined.count == 1


def test_serving_over_years_is_solved_hour_by_hour():
    problem = days_fleet(6, months=12, types=5, sites=4)
    parameters = Parameters(gap=0.02, time_limit_s=120.0, engine="decomposition")
    solution = solve(problem, parameters)
    assert solution.status == "optimal"
    assert faults(problem, solution) == []
