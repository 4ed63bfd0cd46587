"""The benchmarks' own checker finds what is wrong with a solution."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.check import dual_value, faults
from benchmarks.fleets import fleet
from planner.optimization.linear import relax
from planner.optimization.parameters import Parameters
from planner.optimization.program import program_of
from planner.optimization.solve import solve
from planner.problem.columns import Choice


@pytest.fixture(scope="module")
def solved():
    problem = fleet(60, types=3, sites=3, load=0.9)
    return problem, solve(problem, Parameters(engine="decomposition"))


def test_a_sound_solution_has_no_fault(solved):
    assert faults(*solved) == []


def _corrupted(solution, kind):
    choice = solution.choice
    match kind:
        case "an item is left out":
            chosen = Choice(choice.option[1:], choice.share[1:], choice.blocks)
            return replace(solution, choice=chosen)
        case "an item is cut":
            return replace(solution, choice=replace(choice, share=choice.share * 0.5))
        case "all go to one place":
            first = np.arange(len(choice.option)) * 0 + choice.option[0]
            return replace(solution, choice=replace(choice, option=first))
        case "it costs less":
            return replace(solution, objective=solution.objective * 0.999)
        case "the bound is above the plan":
            return replace(solution, bound=solution.objective * 1.01)
        case "prices do not prove the bound":
            return replace(solution, shadow_price=solution.shadow_price * 0)
    raise ValueError(kind)


@pytest.mark.parametrize(
    "kind",
    [
        "an item is left out",
        "an item is cut",
        "all go to one place",
        "it costs less",
        "the bound is above the plan",
        "prices do not prove the bound",
    ],
)
def test_corruptions_are_found(solved, kind):
    problem, solution = solved
    assert faults(problem, _corrupted(solution, kind)) != []


def test_prices_of_a_linear_solver_prove_its_optimum():
    """Strong duality: at optimal prices the dual function is the optimum of the relaxation."""
    problem = fleet(40, types=3, sites=3, load=0.5)
    relaxation = relax(problem, program_of(problem), 30.0)
    proven = dual_value(problem, relaxation.shadow_price)
    assert proven >= relaxation.bound * (1 - 1e-6)
