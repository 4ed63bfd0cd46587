"""Items are cut into their parts as far as memory allows."""

from dataclasses import replace

import numpy as np
import pytest

from planner.optimization.decomposition.arrays import arrays_of
from planner.optimization.decomposition.ascent import usual_price
from planner.optimization.decomposition.units import units_of
from planner.optimization.parameters import Parameters
from planner.optimization.solve import solve
from tests.optimization.problems import assignment


def _sizes(parts):
    """Units of each item with one, 3, `parts` and `parts` parts."""
    problem = assignment([[1.0], [2.0], [3.0], [4.0]], [[1.0]] * 4, [9.0])
    problem = replace(problem, item_parts=np.array([1, 3, parts, parts]))
    arrays = arrays_of(problem)
    unit = usual_price(arrays)
    units = units_of(problem, arrays, np.zeros_like(unit), unit, 1)
    whole = np.bincount(units.item, weights=units.share)
    assert whole == pytest.approx(np.ones(4))
    return np.bincount(units.item).tolist()


def test_every_part_is_a_unit_where_there_is_room(monkeypatch):
    assert _sizes(1000) == [1, 3, 1000, 1000]
    monkeypatch.setattr("planner.optimization.decomposition.units.MOST_UNITS", 104)
    assert _sizes(50) == [1, 3, 50, 50]
    assert _sizes(1000) == [1, 3, 50, 50]
    monkeypatch.setattr("planner.optimization.decomposition.units.MOST_UNITS", 10)
    assert _sizes(1000) == [1, 3, 3, 3]
    monkeypatch.setattr("planner.optimization.decomposition.units.MOST_UNITS", 1)
    assert _sizes(1000) == [1, 1, 1, 1]


def test_a_thousand_items_that_are_the_same_are_placed_one_by_one():
    """One third of them fits where it is cheap; lumps of 16 would miss the gap that is asked."""
    problem = assignment([[1.0, 2.0]] * 1000, [[1.0, 1.0]] * 1000, [333.0, 900.0])
    solution = solve(problem, Parameters(gap=1e-3, engine="decomposition"))
    assert solution.status == "optimal"
    assert np.bincount(solution.choice.option % 2).tolist() == [333, 667]
