"""Prices at the optimum of the relaxed program, whichever prices they come from."""

import numpy as np
import pytest
from hypothesis import given, settings

from benchmarks.fleets import fleet
from benchmarks.months import months_fleet
from planner.optimization.decomposition.arrays import arrays_of
from planner.optimization.decomposition.ascent import usual_price
from planner.optimization.decomposition.dual import Prices, bound_at
from planner.optimization.decomposition.master import closed, suits
from planner.optimization.linear import relax
from planner.optimization.program import program_of
from tests.optimization.problems import assignment, assignments

FLEETS = {
    "fleet": lambda: fleet(60, types=4, sites=4, load=1.0),
    "months": lambda: months_fleet(40, months=4, types=3, sites=3, load=0.6),
}


def closed_from(problem, prices):
    """The first bound and the bounds on the way."""
    arrays = arrays_of(problem)
    start = Prices(bound_at(arrays, prices), np.zeros_like(arrays.place_cost), [])
    found = closed(problem, arrays, start, lambda: 60.0)
    return [start.bound.value, *(each.bound.value for each in found)]


@pytest.mark.parametrize("name", FLEETS)
def test_bound_is_the_relaxed_optimum(name):
    problem = FLEETS[name]()
    optimum = relax(problem, program_of(problem), 60.0).bound
    bounds = closed_from(problem, usual_price(arrays_of(problem)))
    assert bounds == sorted(bounds)
    # at least: options that no whole part fits in are left out of the dual function
    assert bounds[-1] >= optimum * (1 - 1e-6)


@given(assignments())
@settings(max_examples=30, deadline=None)
def test_never_below_the_relaxed_optimum(columns):
    problem = assignment(*columns)
    relaxation = relax(problem, program_of(problem), 60.0)
    if relaxation is None:
        return
    bounds = closed_from(problem, np.zeros(problem.resources))
    scale = max(1.0, abs(relaxation.bound))
    assert bounds[-1] >= relaxation.bound - 1e-6 * scale


def test_only_problems_with_a_small_master_suit():
    assert suits(arrays_of(fleet(100, types=3, sites=3)))
    assert not suits(arrays_of(fleet(20_000, types=3, sites=3)))
