"""Prices of items: never more than the optimum, as much as the relaxed strong formulation."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from planner.domain.progress import silent
from planner.optimization import exact
from planner.optimization.linear import relax
from planner.optimization.location.facilities import facilities_of
from planner.optimization.location.prices import priced
from planner.optimization.parameters import Parameters
from planner.optimization.program import program_of
from tests.optimization.location.problems import IDLE_KW, locations, scattered

WITHIN = 0.002
"""Of the relaxed strong formulation's bound."""


def priced_at_leisure(problem):
    return priced(problem, facilities_of(problem), lambda: 60.0)


@given(locations())
@settings(max_examples=30, deadline=None)
def test_no_plan_costs_less_than_the_bound(problem):
    solution = exact.solve(problem, Parameters(gap=1e-7, time_limit_s=60.0), silent)
    at = priced_at_leisure(problem)
    if solution.objective is not None:
        assert at.bound <= solution.objective + 1e-6
        opened = solution.choice.blocks > 0.5
        must = at.bound + np.maximum(at.open_cost[:-1], 0.0)
        assert (must[opened] <= solution.objective + 1e-6).all()
    assert (at.shadow_price >= 0).all()


@pytest.mark.parametrize("room_share", [0.1, 0.3])
def test_the_bound_is_that_of_the_strong_formulation(room_share):
    problem = scattered(20, 60, room_share)
    relaxation = relax(problem, program_of(problem), 60.0)
    at = priced_at_leisure(problem)
    assert at.bound <= relaxation.bound * (1 + 1e-9)
    assert at.bound >= relaxation.bound * (1 - WITHIN)
    opened = relaxation.values[problem.option_count : problem.option_count + problem.blocks]
    assert np.abs(at.open_share[:-1] - opened).mean() < 0.1


def test_scarce_power_is_worth_what_it_saves():
    """Without a limit nearly every site would open for customers who cost much to reach."""
    problem = scattered(20, 60, 0.3)
    problem = replace(problem, block_cost=problem.block_cost / 100)
    power = problem.resources - 1
    use, sites = problem.options.use, problem.blocks
    work_kw = use.amount[use.resource == power].sum() / sites
    capacity = problem.capacity.copy()
    capacity[power] = work_kw + 6 * IDLE_KW
    scarce = replace(problem, capacity=capacity)
    truth = relax(scarce, program_of(scarce), 60.0)
    free, held = priced_at_leisure(problem), priced_at_leisure(scarce)
    assert free.bound < held.bound <= truth.bound * (1 + 1e-9)
    assert held.bound >= truth.bound * (1 - WITHIN)
    assert held.shadow_price[power] == pytest.approx(truth.shadow_price[power], rel=0.2)
