"""Which problems are of location, and what belongs to each facility."""

from dataclasses import replace

import numpy as np
import pytest

from planner.optimization.location.facilities import NONE, facilities_of
from planner.problem.columns import Uses
from tests.optimization.location.problems import CUSTOMERS, ROWS, SITES, example
from tests.optimization.problems import assignment


def test_rooms_are_the_sites_capacities_and_only_shared_rows_have_a_price():
    facilities = facilities_of(example())
    assert facilities.room_row.tolist() == [0, 1, 2, NONE]
    assert facilities.room.tolist() == [9, 9, 9, np.inf]
    assert facilities.is_priced.tolist() == [False] * ROWS + [True]
    assert facilities.facility.tolist() == [0] * CUSTOMERS + [1] * CUSTOMERS + [2] * CUSTOMERS
    assert (facilities.option % SITES == facilities.facility).all()
    assert facilities.size.tolist() == [2, 3, 4, 5] * SITES


def with_block_use(problem, entry, amount):
    used = problem.block_use.amount.copy()
    used[entry] = amount
    return replace(problem, block_use=replace(problem.block_use, amount=used))


def test_a_row_that_lets_only_a_part_of_an_item_through_is_not_implied():
    facilities = facilities_of(with_block_use(example(), SITES, -0.2))
    assert facilities.room_row.tolist() == [SITES, 1, 2, NONE]  # the tightest, the other is priced
    assert np.flatnonzero(facilities.is_priced).tolist() == [0, ROWS]


def test_room_that_is_there_without_the_block_is_shared():
    problem = example()
    capacity = problem.capacity.copy()
    capacity[0] = 1.0
    facilities = facilities_of(replace(problem, capacity=capacity))
    assert facilities.is_priced[0]
    assert facilities.room_row.tolist() == [NONE, 1, 2, NONE]


def test_options_that_need_no_block_belong_to_a_facility_that_is_always_open():
    problem = example()
    use = problem.places.use
    kept = use.place != 0
    entries = (each[kept] for each in (use.resource, use.place, use.quantity, use.amount))
    free = replace(problem, places=replace(problem.places, use=type(use)(*entries)))
    facilities = facilities_of(free)
    assert facilities.option[facilities.start[SITES] :].tolist() == [0]
    assert facilities.start.tolist() == [0, CUSTOMERS - 1, 2 * CUSTOMERS - 1, ROWS - SITES - 1, 12]


def two_sites_for_one_option():
    problem = example()
    use = problem.places.use
    return replace(
        problem,
        places=replace(
            problem.places,
            use=type(use)(
                np.append(use.resource, 1),
                np.append(use.place, 0),
                np.append(use.quantity, 0),
                np.append(use.amount, 1.0),
            ),
        ),
    )


@pytest.mark.parametrize(
    "problem",
    [
        replace(example(), block_whole=np.zeros(SITES, dtype=bool)),
        replace(example(), block_limit=np.full(SITES, 2.0)),
        replace(example(), block_use=Uses.none()),
        two_sites_for_one_option(),
        assignment([[1.0]], [[1.0]], [1.0]),
    ],
    ids=["blocks that divide", "several of a block", "no supply", "two at once", "no block"],
)
def test_other_problems_are_none_of_location(problem):
    assert facilities_of(problem) is None
