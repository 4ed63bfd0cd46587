"""Generated companies are scenarios like any other, and can be planned."""

from benchmarks.check import faults
from benchmarks.companies import company, compiled
from planner.optimization.parameters import Parameters
from planner.optimization.solve import solve


def test_a_small_company_is_planned_and_the_plan_holds():
    problem = compiled(company(6, 2))
    solution = solve(problem, Parameters(gap=1e-2, time_limit_s=30.0))
    assert solution.gap < 0.05
    assert not faults(problem, solution)


def test_the_seed_decides():
    assert company(5, 3) == company(5, 3)
    assert company(5, 3) != company(5, 3, seed=2)
    assert [each.name for each in company(5, 3).sites] == ["own-0", "cloud-1", "own-2"]
