"""Both engines begin from an earlier solution, and are none the worse for it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from benchmarks.check import faults
from benchmarks.fleets import fleet
from benchmarks.months import months_fleet
from benchmarks.windows import windows_fleet
from planner.optimization.decomposition.arrays import arrays_of
from planner.optimization.decomposition.ascent import usual_price
from planner.optimization.decomposition.start import held_by
from planner.optimization.decomposition.units import units_of
from planner.optimization.feasibility import holds
from planner.optimization.parameters import SOLVERS, Parameters
from planner.optimization.program import choice, program_of, values_of
from planner.optimization.solve import solve
from planner.problem.aggregation import aggregated
from planner.problem.columns import Choice
from planner.problem.start import Start, carried
from tests.optimization.problems import assignment, assignments, enumerated
from tests.optimization.shapes import SHAPES

BY_PRICES = Parameters(gap=5e-2, engine="decomposition")
FLEETS = {
    "fleet": lambda: fleet(150, types=4, sites=4, load=1.0),
    "months": lambda: months_fleet(10, types=3, sites=2, load=0.8),
    "windows": lambda: windows_fleet(30, types=3, sites=3, load=0.5),
}


def heard(problem, parameters, start):
    """The solution, and how often the search told something on the way."""
    told = []
    return solve(problem, parameters, told.append, start), len(told)


@pytest.mark.parametrize("name", FLEETS)
def test_an_unchanged_problem_is_as_good_at_once(name):
    problem = FLEETS[name]()
    first = solve(problem, BY_PRICES)
    asked = replace(BY_PRICES, gap=max(BY_PRICES.gap, first.gap * (1 + 1e-9)))
    again, steps = heard(problem, asked, carried(problem, first, problem))
    assert again.status == "optimal"
    assert again.objective <= first.objective
    assert again.bound == pytest.approx(first.bound)
    assert steps == 2  # the bound of the prices, and the choice


def scaled(problem, share, factor):
    """The first items take more of everything."""
    deployments = problem.deployments
    grows = deployments.item < share * problem.items
    amount = np.where(grows[:, None], deployments.amount * factor, deployments.amount)
    return replace(problem, deployments=replace(deployments, amount=amount))


CHANGES = {
    "more work": lambda problem: scaled(problem, 0.05, 1.1),
    "less work": lambda problem: scaled(problem, 0.3, 0.5),
    "dearer": lambda problem: replace(
        problem,
        places=replace(problem.places, cost=problem.places.cost * 1.5),
        block_cost=problem.block_cost * 1.5,
    ),
    "more room": lambda problem: replace(problem, capacity=problem.capacity * 1.2),
}


@pytest.mark.parametrize(
    ("name", "change"),
    [*(("fleet", change) for change in CHANGES), ("months", "more work"), ("months", "dearer")],
)
def test_what_changed_is_solved_as_well_as_from_nothing(name, change):
    problem = FLEETS[name]()
    changed = CHANGES[change](problem)
    start = carried(problem, solve(problem, BY_PRICES), changed)
    found = solve(changed, BY_PRICES, start=start)
    assert faults(changed, found) == []
    assert found.gap <= max(BY_PRICES.gap, solve(changed, BY_PRICES).gap * 1.2)


def test_same_start_same_solution():
    problem = FLEETS["fleet"]()
    changed = scaled(problem, 0.05, 1.1)
    start = carried(problem, solve(problem, BY_PRICES), changed)
    asked = replace(BY_PRICES, gap=4e-3)
    one, two = (solve(changed, replace(asked, threads=n), start=start) for n in (1, 2))
    assert one.choice.option.tobytes() == two.choice.option.tobytes()
    assert one.bound == two.bound


@given(assignments())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize(("engine", "gap"), [("exact", 1e-6), ("decomposition", 0.5)])
def test_a_start_that_breaks_every_rule_does_no_harm(engine, gap, instance):
    """All items in the first bin, which need not hold them, at prices of no meaning."""
    costs, uses, capacities, penalties = instance
    penalties = [min(each, 30.0) for each in penalties]
    problem = assignment(costs, uses, capacities, penalties)
    first = Choice(np.arange(problem.items) * len(capacities), np.ones(problem.items), np.zeros(0))
    prices = np.where(np.arange(len(capacities)) % 2 == 0, 7.0, np.nan)
    found = solve(problem, Parameters(gap=gap, engine=engine), start=Start(prices, first))
    truth = enumerated(costs, uses, capacities, penalties)
    assert holds(problem, found.choice)
    assert found.bound <= truth + 1e-6
    assert found.objective >= truth - 1e-6
    if engine == "exact":
        assert found.objective == pytest.approx(truth)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_solver_takes_a_hint(shape, solver):
    problem, optimum = shape()
    asked = Parameters(gap=1e-6, engine="exact", solver=solver)
    start = Start(choice=solve(problem, asked).choice)
    assert solve(problem, asked, start=start).objective == pytest.approx(optimum)


def test_a_known_optimum_is_kept_although_no_solver_finds_it_in_time():
    rng = np.random.default_rng(7)
    uses = rng.integers(5, 25, (60, 12)).astype(float)
    costs = 111 - uses + rng.integers(-10, 10, (60, 12))
    problem = assignment(costs.tolist(), uses.tolist(), [100.0] * 12)
    known = solve(problem, Parameters(gap=1e-2, engine="exact"))
    hurried = Parameters(gap=1e-9, time_limit_s=0.02, engine="exact")
    found = solve(problem, hurried, start=Start(choice=known.choice))
    assert found.objective <= known.objective
    assert holds(problem, found.choice)


def test_whole_numbers_of_a_start_get_the_best_shares():
    """Half of the work is held in the dear bin; the bins are known to be open, and that is all."""
    problem = assignment([[1.0, 9.0]], [[1.0, 1.0]], [5.0, 5.0], parts=0)
    halves = Choice(np.array([0, 1]), np.array([0.5, 0.5]), np.zeros(0))
    found = solve(problem, Parameters(engine="exact"), start=Start(choice=halves))
    assert found.objective == pytest.approx(1.0)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_values_of_a_choice_stand_for_it(shape):
    problem, _ = shape()
    program = program_of(problem)
    found = solve(problem, Parameters(gap=1e-6, engine="exact")).choice
    again = choice(problem, program, values_of(problem, program, found))
    assert again.option.tolist() == found.option.tolist()
    assert again.share == pytest.approx(found.share)
    assert again.blocks.tolist() == found.blocks.tolist()


def test_units_are_held_where_the_shares_of_their_item_are():
    """Four parts, three in the first bin and one in the second; of the other item nothing."""
    problem = assignment([[1.0, 1.0]] * 2, [[1.0, 1.0]] * 2, [9.0, 9.0], parts=4)
    arrays = arrays_of(problem)
    unit = usual_price(arrays)
    units = units_of(problem, arrays, np.zeros(2), unit, 2)
    known = Choice(np.array([0, 1]), np.array([0.75, 0.25]), np.zeros(0))
    held = held_by(problem, arrays, units, known)
    assert held.place.tolist() == [0, 0, 0, 1, -1, -1, -1, -1]
    assert (held.deployment >= 0).tolist() == [True] * 4 + [False] * 4


@pytest.mark.parametrize("engine", ["exact", "decomposition"])
def test_items_that_are_the_same_begin_where_they_were(engine):
    """Two of three equal items fit where it is cheap; the start has them there already."""
    problem = assignment([[1.0, 3.0]] * 3, [[1.0, 1.0]] * 3, [2.0, 9.0])
    asked = Parameters(gap=1e-9, time_limit_s=20.0, engine=engine)
    first = solve(problem, asked)
    again = solve(problem, asked, start=carried(problem, first, problem))
    assert first.objective == pytest.approx(5.0)
    assert again.objective == pytest.approx(5.0)
    assert again.status == "optimal"
    assert aggregated(problem).problem.items == 1
    merged = aggregated(problem).merged(first.choice)
    assert merged.share == pytest.approx([2 / 3, 1 / 3])
