"""Rows that whole blocks imply: which they are, and that nothing is lost without them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain.progress import silent
from planner.optimization import exact
from planner.optimization.feasibility import holds
from planner.optimization.parameters import Parameters
from planner.problem.columns import AllocationProblem, Options, Uses
from planner.problem.implied import implied, without

SITES, CUSTOMERS = 3, 4


def strong_location(opening, cost, demand, room, parts=0):
    """Capacitated facility location with a row for each customer at each site."""
    count, at = SITES * CUSTOMERS, np.arange(SITES)
    customer, site = np.repeat(np.arange(CUSTOMERS), SITES), np.tile(at, CUSTOMERS)
    own = np.arange(count)
    use = Uses(
        np.concatenate([site, SITES + own]),
        np.concatenate([own, own]),
        np.concatenate([np.array(demand, float)[customer], np.ones(count)]),
    )
    deployments, places = Options(customer, np.ravel(np.array(cost, float)), use).factored()
    return AllocationProblem(
        item_name=tuple(f"customer {each}" for each in range(CUSTOMERS)),
        item_weight=np.ones(CUSTOMERS),
        item_priority=np.zeros(CUSTOMERS, np.int64),
        item_parts=np.full(CUSTOMERS, parts),
        unmet_cost=np.full(CUSTOMERS, np.inf),
        deployments=deployments,
        places=places,
        block_cost=np.array(opening, float),
        block_limit=np.ones(SITES),
        block_whole=np.ones(SITES, dtype=bool),
        resource_name=tuple(f"row {each}" for each in range(SITES + count)),
        capacity=np.zeros(SITES + count),
        block_use=Uses(
            np.concatenate([at, SITES + own]),
            np.concatenate([at, site]),
            np.concatenate([np.full(SITES, -float(room)), -np.ones(count)]),
        ),
    )


def example(**changed):
    given_ = {
        "opening": [5, 6, 7],
        "cost": [[1, 2, 3], [3, 1, 2], [2, 3, 1], [1, 3, 2]],
        "demand": [2, 3, 4, 5],
        "room": 9,
    }
    return strong_location(**{**given_, **changed})


def test_rows_of_single_options_are_implied_and_capacities_are_not():
    assert implied(example()).tolist() == [False] * SITES + [True] * SITES * CUSTOMERS


def with_block_use(problem, row, amount):
    used = problem.block_use.amount.copy()
    used[row] = amount
    return replace(problem, block_use=replace(problem.block_use, amount=used))


@pytest.mark.parametrize(
    "problem",
    [
        replace(example(), block_whole=np.zeros(SITES, dtype=bool)),
        replace(example(), capacity=np.ones(SITES + SITES * CUSTOMERS)),
        example(demand=[0, 0, 0, 0]),
    ],
    ids=["blocks that divide", "room without blocks", "options that use nothing else"],
)
def test_rows_that_say_something_of_their_own_stay(problem):
    assert not implied(problem).any()
    assert without(problem, implied(problem)) is problem


def test_a_row_that_lets_only_half_of_an_item_through_stays():
    found = implied(with_block_use(example(), SITES, -0.5))
    assert not found[SITES]
    assert found[SITES + 1 :].all()


@given(
    opening=st.lists(st.integers(0, 30), min_size=SITES, max_size=SITES),
    cost=st.lists(
        st.lists(st.integers(0, 20), min_size=SITES, max_size=SITES),
        min_size=CUSTOMERS,
        max_size=CUSTOMERS,
    ),
    demand=st.lists(st.integers(1, 6), min_size=CUSTOMERS, max_size=CUSTOMERS),
    parts=st.sampled_from([0, 1]),
)
@settings(max_examples=25, deadline=None)
def test_the_optimum_without_implied_rows_is_an_optimum_with_them(opening, cost, demand, parts):
    problem = strong_location(opening, cost, demand, room=12, parts=parts)
    lean = without(problem, implied(problem))
    assert lean.resources == SITES
    parameters = Parameters(gap=1e-7, time_limit_s=60.0)
    whole, leaner = (exact.solve(each, parameters, silent) for each in (problem, lean))
    assert leaner.objective == pytest.approx(whole.objective, abs=1e-6)
    assert holds(problem, leaner.choice)
