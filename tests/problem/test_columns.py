"""Factored options mean what the same options written out mean."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fleets import fleet
from planner.problem.columns import AllocationProblem, Choice, Places, PlaceUses, Uses
from tests.optimization.problems import assignment


@pytest.fixture(scope="module")
def problem() -> AllocationProblem:
    return fleet(12, types=3, sites=4)


def written_out(problem: AllocationProblem) -> AllocationProblem:
    deployments, places = problem.options.factored()
    return replace(problem, deployments=deployments, places=places)


@given(st.data())
def test_a_choice_costs_and_uses_the_same_written_out(problem, data):
    options = problem.option_count
    number = st.integers(0, options - 1)
    option = np.array(sorted(data.draw(st.sets(number, min_size=1, max_size=9))))
    chosen = Choice(option, np.linspace(0.1, 1.0, len(option)), np.zeros(0))
    other = written_out(problem)
    assert other.objective(chosen) == pytest.approx(problem.objective(chosen))
    assert other.used(chosen) == pytest.approx(problem.used(chosen))
    assert other.unmet(chosen) == pytest.approx(problem.unmet(chosen))


def test_options_are_numbered_by_deployment_then_by_place_of_the_menu(problem):
    numbers = np.arange(problem.option_count)
    deployment, place = problem.located(numbers)
    assert (np.diff(deployment) >= 0).all()
    menu = problem.deployments.menu[deployment]
    assert (place >= problem.places.menu_start[menu]).all()
    assert (place < problem.places.menu_start[menu + 1]).all()
    assert len({*zip(deployment.tolist(), place.tolist(), strict=True)}) == problem.option_count


def test_an_option_costs_its_amounts_at_the_prices_of_its_place():
    """Two nodes and 10 kW at 3 and 0.5 USD, and a fee of 1; a node uses 4 units of rack."""
    problem = assignment([[0.0]], [[0.0]], [100.0])
    problem = replace(
        problem,
        deployments=replace(
            problem.deployments, cost=np.array([1.0]), amount=np.array([[2.0, 10.0]])
        ),
        places=Places(
            np.array([0, 1]),
            np.array([[3.0, 0.5]]),
            PlaceUses(np.zeros(1, int), np.zeros(1, int), np.zeros(1, int), np.array([4.0])),
        ),
    )
    chosen = Choice(np.array([0]), np.array([1.0]), np.zeros(0))
    assert problem.objective(chosen) == 12.0
    assert problem.used(chosen).tolist() == [8.0]


def _with(problem: AllocationProblem, **changes) -> AllocationProblem:
    return replace(problem, **changes)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"item_weight": np.ones(3)}, "length"),
        ({"capacity": np.array([np.nan])}, "finite"),
        ({"block_limit": np.array([-1.0])}, "length"),
        ({"unmet_cost": np.array([np.nan])}, "no number"),
        ({"item_parts": np.array([-1])}, "negative"),
        ({"block_use": Uses(np.array([5]), np.array([0]), np.ones(1))}, "refers"),
    ],
)
def test_columns_that_make_no_problem_are_refused(change, told):
    problem = assignment([[1.0]], [[1.0]], [1.0])
    with pytest.raises(ValueError, match=told):
        _with(problem, **change)


def test_a_menu_beyond_the_places_is_refused():
    problem = assignment([[1.0]], [[1.0]], [1.0])
    with pytest.raises(ValueError, match="ranges"):
        replace(problem, places=replace(problem.places, menu_start=np.array([0, 7])))
