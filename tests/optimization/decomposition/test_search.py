"""Claims of the decomposition: its bounds hold, its plans hold, and what it says is true."""

import math
import signal
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from benchmarks.check import dual_value, faults
from benchmarks.fleets import fleet
from benchmarks.months import months_fleet
from benchmarks.windows import windows_fleet
from planner.optimization.feasibility import holds
from planner.optimization.parameters import Parameters
from planner.optimization.solve import solve
from planner.problem.solution import INTERRUPTED
from tests.optimization.problems import assignment, assignments, enumerated
from tests.optimization.shapes import SHAPES

BY_PRICES = Parameters(gap=1e-3, time_limit_s=60.0, engine="decomposition")
EXACT = Parameters(gap=1e-6, time_limit_s=60.0, engine="exact")
FLEETS = {
    "fleet": lambda: fleet(300, types=6, sites=5, load=1.0),
    "months": lambda: months_fleet(20, types=3, sites=3, load=1.0),
    "windows": lambda: windows_fleet(60, types=3, sites=3, load=0.7),
}


@given(assignments())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_bound_and_plan_enclose_the_true_optimum(instance):
    truth = enumerated(*instance)
    problem = assignment(*instance[:3], penalties=instance[3])
    solution = solve(problem, BY_PRICES)
    if math.isinf(truth):
        assert solution.status == "infeasible"
        assert solution.unmet.max() > 0
    else:
        assert holds(problem, solution.choice)
        assert solution.bound <= truth + 1e-6
        assert solution.objective >= truth - 1e-6


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_coupling_is_solved_whole(shape):
    problem, optimum = shape()
    solution = solve(problem, EXACT)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(optimum)
    assert faults(problem, solution) == []


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_coupling_is_bounded_by_prices(shape):
    problem, optimum = shape()
    solution = solve(problem, BY_PRICES)
    assert solution.bound <= optimum + 1e-6
    assert solution.objective >= optimum - 1e-6
    assert faults(problem, solution) == []


@pytest.mark.parametrize("name", FLEETS)
def test_fleets_hold_and_their_bounds_are_proven_by_their_prices(name):
    problem = FLEETS[name]()
    solution = solve(problem, BY_PRICES)
    assert faults(problem, solution) == []
    assert solution.bound <= dual_value(problem, solution.shadow_price)


def test_near_the_optimum_that_a_whole_solver_proves():
    problem = fleet(150, types=4, sites=4, load=1.0)
    whole = solve(problem, Parameters(gap=1e-3, time_limit_s=20.0, engine="exact"))
    by_prices = solve(problem, BY_PRICES)
    assert by_prices.bound <= whole.objective * (1 + 1e-9)
    assert whole.bound <= by_prices.objective * (1 + 1e-9)
    assert by_prices.objective <= whole.objective * 1.02


def test_same_solution_again_and_on_any_number_of_threads():
    problem = FLEETS["months"]()
    asked = Parameters(gap=1e-6, time_limit_s=600.0, engine="decomposition")
    found = [solve(problem, replace(asked, threads=count)) for count in (1, 2, 2)]
    for other in found[1:]:
        assert other.choice.option.tobytes() == found[0].choice.option.tobytes()
        assert other.choice.blocks.tobytes() == found[0].choice.blocks.tobytes()
        assert other.bound == found[0].bound


def test_too_much_work_is_proven_infeasible_and_the_least_of_it_stays_undone():
    problem = assignment([[1.0]] * 5, [[2.0]] * 5, [7.0])
    solution = solve(problem, BY_PRICES)
    assert solution.status == "infeasible"
    assert solution.unmet.sum() == 2
    assert solution.objective is None


def test_an_item_that_fits_nowhere_is_proven_infeasible():
    problem = assignment([[1.0], [1.0]], [[9.0], [1.0]], [7.0])
    assert solve(problem, BY_PRICES).unmet.tolist() == [1.0, 0.0]


def test_first_things_first_when_not_everything_can_be_done():
    problem = assignment([[1.0]] * 3, [[6.0], [5.0], [4.0]], [10.0], priorities=[2, 1, 0])
    assert solve(problem, BY_PRICES).unmet.tolist() == [1.0, 0.0, 0.0]


def test_parts_of_an_item_go_to_different_places():
    """Four equal parts of 3 do not fit into one bin of 10, and no fifth of it may be cut."""
    problem = assignment([[4.0, 8.0]], [[12.0, 12.0]], [10.0, 10.0], parts=4)
    solution = solve(problem, BY_PRICES)
    assert solution.choice.share.tolist() == [0.75, 0.25]
    assert solution.objective == pytest.approx(5.0)


def test_time_that_is_up_is_said():
    problem = fleet(20_000, types=10, sites=10, load=1.0)
    solution = solve(problem, Parameters(gap=1e-9, time_limit_s=5.0, engine="decomposition"))
    assert solution.status == "stopped"
    assert "time" in solution.termination
    assert faults(problem, solution) == []


def test_ctrl_c_gives_the_best_plan_so_far():
    problem = fleet(2_000, types=10, sites=10, load=1.0)

    def interrupt(progress):
        if "gap" in progress.detail:
            signal.raise_signal(signal.SIGINT)

    solution = solve(problem, Parameters(gap=1e-9, engine="decomposition"), interrupt)
    assert solution.status == "stopped"
    assert solution.termination == INTERRUPTED
    assert faults(problem, solution) == []


def test_ctrl_c_while_prices_are_sought_gives_a_plan_at_the_prices_so_far():
    problem = fleet(2_000, types=10, sites=10, load=1.0)
    heard = []

    def interrupt(progress):
        heard.append(progress)
        if len(heard) == 1:
            signal.raise_signal(signal.SIGINT)

    solution = solve(problem, Parameters(engine="decomposition"), interrupt)
    assert solution.termination == INTERRUPTED
    assert faults(problem, solution) == []


def test_shadow_prices_are_of_the_scarce_pools():
    problem = assignment([[1.0, 4.0]] * 4, [[5.0, 5.0]] * 4, [10.0, 100.0])
    solution = solve(problem, BY_PRICES)
    assert solution.objective == pytest.approx(10.0)
    assert solution.shadow_price == pytest.approx(np.array([0.6, 0.0]), abs=0.05)
