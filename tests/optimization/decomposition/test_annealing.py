"""Costs with prices in them, and pieces in arrays of their own, mean the same placements."""

import numpy as np
import pytest

from benchmarks.fleets import fleet
from benchmarks.months import months_fleet
from planner.optimization.decomposition.annealing import Annealing, Schedule
from planner.optimization.decomposition.arrays import arrays_of
from planner.optimization.decomposition.ascent import usual_price
from planner.optimization.decomposition.parts import part_of
from planner.optimization.decomposition.pieces import grouped, pieces_of
from planner.optimization.decomposition.placement import UNDONE, excess_costs, place_all
from planner.optimization.decomposition.units import (
    nothing_placed,
    order_of,
    units_of,
    with_members,
)

FLEETS = {
    "one piece": lambda: fleet(80, types=4, sites=4, load=1.0),
    "many pieces": lambda: months_fleet(60, months=4, types=4, sites=3, load=0.6),
}
LISTED = 3
"""Few, so that some units are placed outside their shortlists."""


def placed(problem):
    """Units of a problem placed at the usual prices."""
    arrays = arrays_of(problem)
    unit = usual_price(arrays)
    units = units_of(problem, arrays, unit, unit, LISTED)
    tied = np.zeros(0, np.int64)
    annealing = Annealing(problem, arrays, units, pieces_of(arrays), unit, tied)
    blocks = np.where(np.isfinite(problem.block_limit), problem.block_limit, 0.0)
    state = nothing_placed(arrays, units, blocks)
    price, limits = arrays.price(unit)[None], annealing.limits(arrays, blocks)
    place_all(arrays.ways, arrays.menus, limits, units, price, order_of(units), state)
    return annealing, with_members(arrays, units, state)


def test_prices_in_the_costs_are_those_of_what_an_option_uses():
    problem = fleet(5, types=3, sites=3)
    arrays = arrays_of(problem)
    prices = np.arange(problem.resources) * 7.0
    deployment, place = problem.located(np.arange(problem.option_count))
    way = np.argsort(arrays.deployment)[deployment]
    written = problem.options
    worth = written.use.amount * prices[written.use.resource]
    expected = written.cost + np.bincount(written.use.column, weights=worth)
    assert arrays.at(prices).cost(way, place) == pytest.approx(expected)


@pytest.mark.parametrize("name", FLEETS)
def test_parts_hold_what_the_whole_holds(name):
    annealing, state = placed(FLEETS[name]())
    pieces, units = annealing.pieces, annealing.units
    copied = state._replace(deployment=state.deployment * 0 - 5, place=state.place * 0 - 5)
    for members in grouped(pieces.of_item[units.item], pieces.count):
        part = part_of(annealing.arrays, units, state, members)
        _, _, own = part.priced(annealing.arrays, part.begun())
        assert own.cost == pytest.approx(state.cost[members])
        part.write(own, copied)
    assert (copied.deployment == state.deployment).all()
    assert (copied.place == state.place).all()


@pytest.mark.parametrize("name", FLEETS)
@pytest.mark.parametrize("left_s", [600.0, 1e-9], ids=["time enough", "no time"])
def test_annealing_makes_a_placement_cheaper_and_says_when_it_was_hurried(name, left_s):
    problem = FLEETS[name]()
    annealing, state = placed(problem)
    arrays, units = annealing.arrays, annealing.units
    limits = annealing.limits(arrays, state.blocks)
    before = state.cost.sum() + excess_costs(limits, state.over)
    mean = before / len(units.item)
    schedule = Schedule(np.zeros(problem.resources), 1e-2 * mean, 1e-4 * mean, 400, -np.inf)
    annealed = annealing.annealed(state, schedule, lambda: True, lambda: left_s)
    after = with_members(arrays, units, annealed.state)
    assert annealed.is_hurried == (left_s < 1)
    assert (after.deployment != UNDONE).all()
    assert after.cost.sum() + excess_costs(limits, after.over) <= before
