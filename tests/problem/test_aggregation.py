"""The smaller problem has the choices of the original, and each is told apart exactly."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from benchmarks.fleets import fleet
from planner.domain.progress import silent
from planner.optimization import exact
from planner.optimization.feasibility import holds
from planner.optimization.parameters import Parameters
from planner.problem.aggregation import aggregated
from planner.problem.columns import Choice, Options, Uses
from tests.optimization.problems import assignment, packings

EXACT = Parameters(gap=1e-9, time_limit_s=30.0)


@given(packings())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_problems_have_the_same_optimum_and_its_choice_is_one_of_the_original(problem):
    aggregation = aggregated(problem)
    assume(aggregation.problem is not problem)
    whole = exact.solve(problem, EXACT, silent)
    smaller = exact.solve(aggregation.problem, EXACT, silent)
    assert smaller.status == whole.status
    choice = aggregation.disaggregated(smaller.choice)
    assert problem.used(choice) == pytest.approx(aggregation.problem.used(smaller.choice))
    in_parts = problem.item_parts > 0
    counted = choice.share * problem.item_parts[problem.options.item[choice.option]]
    assert (counted == np.rint(counted)).all()
    if whole.status == "infeasible":
        undone = (problem.unmet(choice) > 1e-9) & ~in_parts | (problem.unmet(choice) > 0.1)
        assert (undone & np.isinf(problem.unmet_cost)).any()
        missed, least = (
            (problem.item_weight * problem.unmet(each))[np.isinf(problem.unmet_cost)].sum()
            for each in (choice, whole.choice)
        )
        assert missed == pytest.approx(least, abs=1e-4)
    else:
        assert holds(problem, choice)
        assert problem.objective(choice) == pytest.approx(whole.objective, abs=1e-6)
        assert smaller.objective == pytest.approx(whole.objective, abs=1e-6)


def test_nothing_alike_is_the_same_problem_and_the_same_choice():
    problem = fleet(50, types=3, sites=4)
    aggregation = aggregated(problem)
    assert aggregation.problem is problem
    choice = Choice(np.array([3]), np.array([1.0]), np.zeros(0))
    assert aggregation.disaggregated(choice) is choice


@pytest.mark.parametrize("column", ["item_weight", "item_priority", "unmet_cost", "item_parts"])
def test_items_that_differ_in_any_column_are_not_the_same(column):
    problem = assignment([[1.0, 2.0]] * 3, [[3.0, 4.0]] * 3, [9.0, 9.0], penalties=[5.0] * 3)
    assert aggregated(problem).problem.items == 1
    changed = getattr(problem, column).copy()
    changed[1] += 1
    assert aggregated(replace(problem, **{column: changed})).problem.items == 2


def test_items_that_cost_or_use_something_else_anywhere_are_not_the_same():
    costs, uses = [[1.0, 2.0], [1.0, 2.0], [1.0, 3.0]], [[3.0, 4.0], [3.0, 5.0], [3.0, 4.0]]
    assert aggregated(assignment(costs, uses, [9.0, 9.0])).problem.items == 3


def test_menus_are_compared_by_what_they_offer():
    """Options written out have a menu each; in another order they are still the same."""
    fleet_of_pairs = fleet(6, types=3, sites=4)
    deployments, places = fleet_of_pairs.options.factored()
    order = np.random.default_rng(0).permutation(2 * len(deployments.item))
    two = {
        column: np.concatenate([getattr(fleet_of_pairs, column)] * 2)
        for column in ("item_weight", "item_priority", "item_parts", "unmet_cost")
    }
    options = fleet_of_pairs.options
    doubled, places = Options(
        np.concatenate([options.item, options.item + 6]),
        np.tile(options.cost, 2),
        Uses(
            np.tile(options.use.resource, 2),
            np.concatenate([options.use.column, options.use.column + len(options.cost)]),
            np.tile(options.use.amount, 2),
        ),
    ).factored()
    problem = replace(
        fleet_of_pairs,
        item_name=tuple("abcdefghijkl"),
        **two,
        deployments=replace(
            doubled,
            item=doubled.item[order],
            cost=doubled.cost[order],
            menu=doubled.menu[order],
        ),
        places=places,
    )
    aggregation = aggregated(problem)
    smaller = aggregation.problem
    assert smaller.items == 6
    assert smaller.item_name[0] == "a and 1 alike"
    assert len(smaller.places.cost) == fleet_of_pairs.option_count
    chosen = Choice(smaller.option_start[:-1][:40], np.full(40, 0.0), np.zeros(0))
    first = np.unique(smaller.deployments.item[:40], return_index=True)[1]
    chosen.share[first] = 1.0
    apart = aggregation.disaggregated(chosen)
    assert problem.used(apart) == pytest.approx(smaller.used(chosen))
    assert problem.objective(apart) == pytest.approx(smaller.objective(chosen))
    assert set(apart.share.tolist()) == {1.0}


def test_parts_are_dealt_out_in_order():
    """Three items of four parts: five in the first bin, six in the second, one stays undone."""
    problem = assignment([[1.0, 2.0]] * 3, [[1.0, 1.0]] * 3, [9.0, 9.0], penalties=[9.0] * 3)
    problem = replace(problem, item_parts=np.full(3, 4))
    aggregation = aggregated(problem)
    assert aggregation.problem.item_parts.tolist() == [12]
    assert aggregation.problem.unmet_cost.tolist() == [27.0]
    found = aggregation.disaggregated(Choice(np.array([0, 1]), np.array([5, 6]) / 12, np.zeros(0)))
    assert found.option.tolist() == [0, 2, 3, 5]
    assert found.share.tolist() == [1.0, 0.25, 0.75, 0.75]


def test_more_than_the_whole_is_refused():
    aggregation = aggregated(assignment([[1.0, 2.0]] * 3, [[1.0, 1.0]] * 3, [9.0, 9.0]))
    with pytest.raises(ValueError, match="more than the whole"):
        aggregation.disaggregated(Choice(np.array([0, 1]), np.array([2 / 3, 2 / 3]), np.zeros(0)))


def test_what_divides_at_will_stays_apart():
    problem = assignment([[1.0, 2.0]] * 3, [[1.0, 1.0]] * 3, [9.0, 9.0], parts=0)
    assert aggregated(problem).problem is problem


def test_items_without_an_option_are_counted_too():
    problem = assignment([[1.0]] * 3, [[1.0]] * 3, [9.0], penalties=[4.0, 7.0, 7.0])
    lonely = replace(
        problem,
        deployments=replace(
            problem.deployments,
            item=problem.deployments.item[:1],
            cost=problem.deployments.cost[:1],
            amount=problem.deployments.amount[:1],
            menu=problem.deployments.menu[:1],
        ),
    )
    aggregation = aggregated(lonely)
    assert aggregation.problem.item_parts.tolist() == [1, 2]
    solution = exact.solve(aggregation.problem, EXACT, silent)
    choice = aggregation.disaggregated(solution.choice)
    assert lonely.unmet(choice).tolist() == [0.0, 1.0, 1.0]
    assert lonely.objective(choice) == pytest.approx(solution.objective) == 15.0
