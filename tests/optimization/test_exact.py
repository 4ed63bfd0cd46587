"""Claims of the exact solver against enumeration, against duality and against a lying solver."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from benchmarks.check import faults
from benchmarks.instances import gpu_mix, location
from planner.domain.progress import Progress
from planner.errors import SolverError
from planner.optimization.exact import holds, solve
from planner.optimization.linear import relax
from planner.optimization.parameters import Parameters
from planner.optimization.program import program_of
from planner.optimization.route import HIGHS, ROUTES, ask
from planner.problem.columns import AllocationProblem, Options, Uses
from tests.optimization.problems import assignment, assignments, enumerated

DATA = Path(__file__).parent / "data"
TRUE_OPTIMUM_USD_PER_HOUR = 11.789
FALSE_OPTIMUM_USD_PER_HOUR = 14.342


def quiet(progress: Progress) -> None:
    assert progress.step


@given(assignments())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_agrees_with_enumeration(instance):
    truth = enumerated(*instance)
    problem = assignment(*instance[:3], penalties=instance[3])
    solution = solve(problem, Parameters(gap=1e-9, time_limit_s=30.0), quiet)
    if math.isinf(truth):
        assert solution.status == "infeasible"
        assert solution.unmet.max() > 0
    else:
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(truth, rel=1e-9, abs=1e-9)
        assert solution.bound <= truth + 1e-6
        assert holds(problem, solution.choice)


def test_first_route_alone_would_be_wrong():
    """If a new OR-Tools mends this, the instance no longer tests the cross-check: find another."""
    answer = ask(program_of(gpu_mix(DATA / "false_optimum.json")), HIGHS, 1e-4, 30.0)
    assert answer.termination == "optimal"
    assert answer.bound == pytest.approx(FALSE_OPTIMUM_USD_PER_HOUR)


def test_false_optimum_is_not_believed():
    problem = gpu_mix(DATA / "false_optimum.json")
    solution = solve(problem, Parameters(gap=1e-3, time_limit_s=60.0), quiet)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(TRUE_OPTIMUM_USD_PER_HOUR)
    assert solution.bound <= TRUE_OPTIMUM_USD_PER_HOUR * (1 + 1e-9)
    assert len([run for run in solution.routes if run.bound_usd is not None]) >= 3
    slices = solution.choice.share * 64
    assert slices == pytest.approx(np.round(slices), abs=1e-9)


def test_infeasible_says_what_must_stay_undone_lowest_priority_number_first():
    problem = assignment([[1.0], [1.0], [1.0]], [[6.0], [5.0], [4.0]], [10.0], priorities=[2, 1, 0])
    solution = solve(problem, Parameters(gap=1e-3, time_limit_s=30.0), quiet)
    assert solution.status == "infeasible"
    assert solution.objective is None
    assert solution.bound is None
    assert solution.unmet.tolist() == [1.0, 0.0, 0.0]


def test_item_without_any_option_is_infeasible():
    problem = assignment([[1.0]], [[1.0]], [1.0])
    lonely = AllocationProblem(
        **{
            **vars(problem),
            "item_name": ("item0", "nowhere"),
            "item_weight": np.ones(2),
            "item_priority": np.zeros(2, np.int64),
            "item_parts": np.ones(2, np.int64),
            "unmet_cost": np.full(2, np.inf),
        }
    )
    assert solve(lonely, Parameters(gap=1e-3, time_limit_s=30.0), quiet).unmet.tolist() == [
        0.0,
        1.0,
    ]


def test_penalty_is_paid_when_it_is_cheaper_than_doing_the_work():
    problem = assignment([[5.0], [5.0]], [[1.0], [1.0]], [9.0], penalties=[2.0, 7.0])
    solution = solve(problem, Parameters(gap=1e-6, time_limit_s=30.0), quiet)
    assert solution.unmet.tolist() == [1.0, 0.0]
    assert solution.objective == pytest.approx(7.0)


def test_blocks_are_bought_whole_and_none_too_many():
    """Two thirds of a block are needed, free blocks are not hoarded."""
    use = Uses(np.zeros(1, np.int64), np.zeros(1, np.int64), np.array([2.0]))
    deployments, places = Options(np.zeros(1, np.int64), np.zeros(1), use).factored()
    problem = AllocationProblem(
        item_name=("work",),
        item_weight=np.ones(1),
        item_priority=np.zeros(1, np.int64),
        item_parts=np.zeros(1, np.int64),
        unmet_cost=np.array([np.inf]),
        deployments=deployments,
        places=places,
        block_cost=np.zeros(1),
        block_limit=np.array([7.0]),
        block_whole=np.ones(1, dtype=bool),
        resource_name=("room",),
        capacity=np.zeros(1),
        block_use=Uses(np.zeros(1, np.int64), np.zeros(1, np.int64), np.array([-3.0])),
    )
    assert solve(
        problem, Parameters(gap=1e-3, time_limit_s=30.0), quiet
    ).choice.blocks.tolist() == [1.0]


@given(assignments())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_relaxation_bounds_every_choice(instance):
    truth = enumerated(*instance)
    problem = assignment(*instance[:3], penalties=instance[3])
    relaxation = relax(problem, program_of(problem), 30.0)
    if relaxation is not None:
        assert relaxation.bound <= truth + 1e-6
        assert (relaxation.shadow_price >= 0).all()


def test_shadow_price_is_what_one_more_unit_saves():
    """Cheap bin full at 10: each unit more moves work that costs 3 dearer elsewhere."""
    problem = assignment([[1.0, 4.0]] * 4, [[5.0, 5.0]] * 4, [10.0, 100.0], parts=0)
    relaxation = relax(problem, program_of(problem), 30.0)
    assert relaxation is not None
    assert relaxation.bound == pytest.approx(10.0)
    assert relaxation.shadow_price.tolist() == pytest.approx([0.6, 0.0])


def test_too_little_time_is_said():
    rng = np.random.default_rng(7)
    uses = rng.integers(5, 25, (60, 12)).astype(float)
    costs = 111 - uses + rng.integers(-10, 10, (60, 12))
    problem = assignment(costs.tolist(), uses.tolist(), [62.0] * 12)
    try:
        solution = solve(problem, Parameters(gap=1e-9, time_limit_s=0.02), quiet)
    except SolverError as error:
        told = str(error)
    else:
        told = solution.termination
        assert solution.status == "stopped"
        assert solution.gap is None or solution.gap > 0
    assert "time" in told


def test_same_problem_same_solution():
    problem = gpu_mix(DATA / "false_optimum.json")
    first, second = (
        solve(problem, Parameters(gap=1e-3, time_limit_s=60.0), quiet) for _ in range(2)
    )
    assert first.choice.option.tobytes() == second.choice.option.tobytes()
    assert first.choice.share.tobytes() == second.choice.share.tobytes()
    assert first.bound == second.bound


def test_the_two_routes_share_no_solver():
    for first, second in ROUTES.values():
        assert first.solver is not second.solver


PUBLISHED = json.loads((DATA / "generalised_assignment.json").read_text())["instances"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_other_peoples_instances_are_solved_to_their_proven_optimum(name):
    """Agents by jobs in the files, as OR-Library has them."""
    instance = PUBLISHED[name]
    problem = assignment(
        np.transpose(instance["costs"]).tolist(),
        np.transpose(instance["uses"]).tolist(),
        instance["capacities"],
    )
    solution = solve(problem, Parameters(gap=1e-6, time_limit_s=60.0), quiet)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(instance["optimum"])
    assert solution.bound <= instance["optimum"] * (1 + 1e-6)


def test_a_program_too_large_to_be_relaxed_with_all_its_rows_gets_a_plan(tmp_path):
    """Without those that its whole blocks imply, one for each of 70,000 options."""
    rng, sites, customers = np.random.default_rng(0), 100, 700
    demand = rng.integers(5, 36, customers)
    at, homes = rng.random((sites, 2)), rng.random((customers, 2))
    away = np.linalg.norm(homes[:, None] - at[None], axis=2) * demand[:, None] * 10
    head = "\n".join(f"700 {opening}" for opening in rng.integers(500, 1000, sites))
    rows = (f"{d} {' '.join(f'{c:.3f}' for c in row)}" for d, row in zip(demand, away, strict=True))
    file = tmp_path / "location.txt"
    file.write_text(f"{sites} {customers}\n{head}\n" + "\n".join(rows))
    problem = location(file)
    solution = solve(problem, Parameters(gap=1e-2, time_limit_s=10.0), quiet)
    assert faults(problem, solution) == []
    assert solution.objective < np.min(away, axis=1).sum() + problem.block_cost.sum()
    assert len(solution.shadow_price) == problem.resources == sites * (customers + 1)
