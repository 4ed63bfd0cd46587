"""Which engine takes a problem, and that it says why."""

from pathlib import Path

import pytest

import planner
from planner.optimization.parameters import SOLVERS, Parameters
from planner.optimization.solve import WHOLE_OPTIONS, solve, tied_because
from tests.optimization.problems import assignment
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


def test_prices_that_are_asked_for_where_they_say_little_say_so(catalog):
    scenario = planner.load_scenario(QUICKSTART, catalog)
    plan = planner.plan(
        scenario, catalog=catalog, parameters=Parameters(engine="decomposition", time_limit_s=30.0)
    )
    assert plan.verified
    assert plan.status == "feasible"
    assert "the engine exact suits it better" in plan.evidence.termination


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
