"""Which engine takes a problem, that it says why, and that equal items are solved as one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import planner
from benchmarks.check import faults
from planner.domain.progress import silent
from planner.optimization import exact
from planner.optimization.feasibility import holds
from planner.optimization.parameters import SOLVERS, Parameters
from planner.optimization.solve import WHOLE_OPTIONS, solve, tied_because
from planner.problem.columns import Choice
from tests.optimization.problems import assignment, packings
from tests.optimization.shapes import Row, problem, spare_capacity, windows

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart.yaml"


def chain():
    """A replica needs a node."""
    return problem(
        [0],
        [0],
        [Row(0, {0: 1.0}, {0: -1.0}), Row(0, {}, {0: 1.0, 1: -1.0})],
        [(0.0, 9.0), (3.0, 9.0)],
    )


def test_blocks_that_need_blocks_tie_a_problem():
    assert tied_because(chain()) == "it has more resources than options"
    wide = problem(
        [0, 0, 0],
        [0, 0, 0],
        [Row(0, {0: 1.0, 1: 1.0, 2: 1.0}, {0: -1.0}), Row(0, {}, {0: 1.0, 1: -1.0})],
        [(0.0, 9.0), (3.0, 9.0)],
    )
    assert tied_because(wide) == "its blocks need other blocks"
    assert tied_because(windows()[0]) is None


def test_a_large_problem_that_is_tied_says_why_it_is_solved_whole(monkeypatch):
    monkeypatch.setattr("planner.optimization.solve.WHOLE_OPTIONS", 0)
    said = []
    solution = solve(chain(), Parameters(), said.append)
    assert solution.objective == pytest.approx(3.0)
    assert solution.termination.endswith("solved whole: it has more resources than options")
    assert any("solved whole" in each.detail or "whole:" in each.detail for each in said)


def test_prices_that_are_asked_for_where_they_say_little_say_so():
    part_of_a_replica = problem(
        [0],
        [0],
        [Row(0, {0: 0.4}, {0: -1.0}), Row(0, {}, {0: 1.0, 1: -1.0})],
        [(0.0, 9.0), (3.0, 9.0)],
    )
    solution = solve(part_of_a_replica, Parameters(engine="decomposition", time_limit_s=20.0))
    assert solution.objective == pytest.approx(3.0)
    assert solution.bound == pytest.approx(1.2)
    assert "the engine exact suits it better" in solution.termination


def test_a_scenario_is_decomposed_by_workload(catalog):
    scenario = planner.load_scenario(QUICKSTART, catalog)
    plan = planner.plan(
        scenario, catalog=catalog, parameters=Parameters(engine="decomposition", time_limit_s=20.0)
    )
    assert plan.verified
    relaxed, divided = plan.evidence.routes[0], plan.evidence.routes[-1]
    assert relaxed.bound_usd < divided.bound_usd <= plan.objective_usd
    assert divided.objective_usd <= 1.1 * plan.objective_usd
    assert divided.solver.startswith("proposals of divisions")


def test_auto_goes_by_size(monkeypatch):
    many = assignment([[1.0, 2.0 + item] for item in range(4)], [[1.0, 1.0]] * 4, [2.0, 4.0])
    assert many.option_count <= WHOLE_OPTIONS
    assert solve(many).routes[-1].solver != "prices of resources"
    monkeypatch.setattr("planner.optimization.solve.WHOLE_OPTIONS", 7)
    assert solve(many).routes[-1].solver == "prices of resources"


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_that_can_be_asked_for_finds_the_optimum(solver):
    found, optimum = spare_capacity()
    solution = planner.solve(found, planner.Parameters(gap=1e-6, engine="exact", solver=solver))
    assert solution.objective == pytest.approx(optimum)
    names = {"highs": "HiGHS", "scip": "SCIP", "cp_sat": "CP-SAT"}
    assert names[solver] in [each.solver for each in solution.routes]


def bins(sizes, room, count):
    """Bins that cost 1 each, as one block each."""
    rows = [
        Row(0, {item * count + at: size for item, size in enumerate(sizes)}, {at: -room})
        for at in range(count)
    ]
    item = [row for row in range(len(sizes)) for _ in range(count)]
    return problem(item, [0] * len(item), rows, [(1.0, 1.0)] * count)


def test_equal_items_are_packed_and_proven_at_once():
    """Three to a bin: 14 bins for 40; a relaxation that cuts items needs 12."""
    packing = bins([3.0] * 40, 10.0, 15)
    said = []
    solution = solve(packing, Parameters(gap=1e-6), said.append)
    assert (solution.status, solution.objective, solution.bound) == ("optimal", 14.0, 14.0)
    assert faults(packing, solution) == []
    assert said[0].detail == "1 distinct of 40 items"


@given(packings())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_optimum_is_that_of_the_problem_that_tells_equal_items_apart(packing):
    apart = exact.solve(packing, Parameters(gap=1e-6), silent)
    solution = solve(packing, Parameters(gap=1e-6, engine="exact"))
    assert solution.status == apart.status
    if apart.status == "infeasible":
        assert solution.unmet.shape == apart.unmet.shape
        assert solution.objective is None
    else:
        assert solution.objective == pytest.approx(apart.objective, rel=1e-6, abs=1e-6)
        assert faults(packing, solution) == []


@given(packings())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_prices_of_equal_items_enclose_the_optimum(packing):
    packing = replace(packing, unmet_cost=np.minimum(packing.unmet_cost, 40.0))
    apart = exact.solve(packing, Parameters(gap=1e-6), silent)
    solution = solve(packing, Parameters(gap=1e-2, engine="decomposition"))
    assert solution.bound <= apart.objective + 1e-6
    assert solution.objective >= apart.objective - 1e-6
    assert faults(packing, solution) == []


@pytest.mark.parametrize("engine", ["exact", "decomposition"])
def test_of_equal_items_that_do_not_all_fit_the_last_ones_stay_undone(engine):
    many = assignment([[1.0]] * 5 + [[2.0]], [[2.0]] * 5 + [[1.0]], [7.0], priorities=[1] * 5 + [0])
    solution = solve(many, Parameters(gap=1e-3, engine=engine))
    assert solution.status == "infeasible"
    assert solution.unmet.tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize("engine", ["exact", "decomposition"])
def test_equal_items_that_are_too_dear_are_left_undone(engine):
    many = assignment([[1.0, 7.0]] * 6, [[2.0, 2.0]] * 6, [9.0, 99.0], penalties=[5.0] * 6)
    solution = solve(many, Parameters(gap=1e-6, engine=engine))
    assert solution.objective == pytest.approx(14.0)
    assert solution.unmet.tolist() == [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
    assert faults(many, solution) == []


def test_one_part_of_millions_is_not_taken_for_rounding():
    million = replace(assignment([[1.0]], [[1.0]], [1.0]), item_parts=np.array([4_000_000]))
    assert holds(million, Choice(np.zeros(1, np.int64), np.ones(1), np.zeros(0)))
    lacking = Choice(np.zeros(1, np.int64), np.array([3_999_999 / 4_000_000]), np.zeros(0))
    assert not holds(million, lacking)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("most", [1.0, 7.0, 1000.0])
def test_blocks_that_cost_nothing_are_no_more_than_are_needed(solver, most):
    """A share of nodes that is held for whoever comes first: 1 of them is enough, any would do."""
    held = problem(
        [0, 1],
        [1.0, 2.0],
        [Row(0, {0: 1.0, 1: 1.0}, {0: -1.0}), Row(most, {}, {0: 1.0})],
        [(0.0, np.inf)],
    )
    one_by_one = replace(held, unmet_cost=np.array([5.0, 0.5]))
    solution = solve(one_by_one, Parameters(solver=solver))
    assert solution.choice.blocks.tolist() == [1.0]
