"""What a solution says about a problem that differs a little: the same names, nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.fleets import fleet
from benchmarks.months import months_fleet
from planner.optimization.parameters import Parameters
from planner.optimization.solve import solve
from planner.problem.columns import AllocationProblem, Choice, Deployments, Places, PlaceUses, Uses
from planner.problem.solution import Solution
from planner.problem.start import Start, carried, require_start
from tests.optimization.problems import assignment
from tests.optimization.shapes import Row, problem


def found(option, blocks=(), share=None, prices=None) -> Solution:
    """A solution as far as a start is concerned."""
    share = np.ones(len(option)) if share is None else np.array(share)
    return Solution(
        status="feasible",
        termination="by hand",
        choice=Choice(np.array(option, np.int64), share, np.array(blocks, float)),
        unmet=np.zeros(0),
        objective=None,
        bound=None,
        gap=None,
        shadow_price=None if prices is None else np.array(prices, float),
        routes=(),
    )


def named(items: str, pools: str) -> AllocationProblem:
    """Every item, named by a letter, may go to every pool."""
    table = np.ones((len(items), len(pools)))
    return replace(
        assignment(table, table, [9.0] * len(pools)),
        item_name=tuple(items),
        resource_name=tuple(pools),
    )


def pairs(now: AllocationProblem, start: Start) -> set[str]:
    """Item and pool of every option in use."""
    written = now.written(start.choice.option)
    return {
        now.item_name[written.item[column]] + now.resource_name[row]
        for row, column in zip(written.use.resource, written.use.column, strict=True)
    }


@pytest.mark.parametrize(
    ("items", "pools", "kept"),
    [
        ("abc", "XYZ", {"aX", "bY", "cZ"}),
        ("ab", "XYZ", {"aX", "bY"}),
        ("zcab", "XYZ", {"aX", "bY", "cZ"}),
        ("abc", "XZ", {"aX", "cZ"}),
        ("abc", "WZYX", {"aX", "bY", "cZ"}),
        ("c", "W", set()),
    ],
)
def test_items_and_pools_are_known_by_their_names(items, pools, kept):
    before, now = named("abc", "XYZ"), named(items, pools)
    start = carried(before, found([0, 4, 8], prices=[1.0, 2.0, 3.0]), now)
    assert pairs(now, start) == kept
    known = {"X": 1.0, "Y": 2.0, "Z": 3.0}
    expected = [known.get(pool, np.nan) for pool in pools]
    np.testing.assert_array_equal(start.prices, expected)
    require_start(now, start)


def menus(pools: list[list[int]], names: str) -> AllocationProblem:
    """One item with a deployment for each list; it may go to the pools there, in that order."""
    place = [pool for menu in pools for pool in menu]
    count = len(pools)
    return replace(
        named("a", names),
        deployments=Deployments(
            np.zeros(count, np.int64), np.zeros(count), np.ones((count, 1)), np.arange(count)
        ),
        places=Places(
            np.concatenate([[0], np.cumsum([len(menu) for menu in pools])]),
            np.zeros((len(place), 1)),
            PlaceUses(
                np.array(place),
                np.arange(len(place)),
                np.zeros(len(place), np.int64),
                np.ones(len(place)),
            ),
        ),
    )


def test_options_that_use_the_same_keep_their_order():
    """Two deployments reach pool X, the second of them twice: options 0, 3 and 4 of five."""
    before = menus([[0, 1], [1, 0, 0]], "XY")
    now = menus([[1], [0], [0, 1, 0], [0]], "XY")
    assert before.option_count == 5
    moved = {
        option: carried(before, found([option]), now).choice.option.tolist() for option in range(5)
    }
    assert moved == {0: [1], 3: [2], 4: [4], 1: [0], 2: [3]}
    fewer = menus([[0], [1]], "XY")
    assert carried(before, found([3]), fewer).choice.option.tolist() == []


def test_a_new_limit_does_not_make_old_options_unknown():
    before, now = named("ab", "XY"), named("ab", "XY")
    use = now.places.use
    power = PlaceUses(
        np.append(use.resource, [2, 2]),
        np.append(use.place, [0, 2]),
        np.append(use.quantity, [0, 0]),
        np.append(use.amount, [5.0, 5.0]),
    )
    limited = replace(
        now,
        places=replace(now.places, use=power),
        resource_name=("X", "Y", "kW"),
        capacity=np.array([9.0, 9.0, 9.0]),
    )
    assert carried(before, found([0, 3]), limited).choice.option.tolist() == [0, 3]
    assert carried(limited, found([0, 3]), before).choice.option.tolist() == [3]


def bought(names: str, supplies: list[list[int]], limit: float = 9.0) -> AllocationProblem:
    """Blocks that supply the rows in a list; a negative number -r - 1 uses row r."""
    rows = [
        Row(
            0.0,
            {},
            {
                block: 1.0 if -row - 1 in of else -1.0
                for block, of in enumerate(supplies)
                if row in of or -row - 1 in of
            },
        )
        for row in range(len(names))
    ]
    return replace(
        problem([0], [1.0], rows, [(1.0, limit)] * len(supplies)), resource_name=tuple(names)
    )


def test_blocks_are_known_by_what_they_supply_and_use():
    before = bought("XYZ", [[0], [1], [0], [0, 1], [0, -2], [2]])
    now = bought("YX", [[0], [1, 0], [1, -1], [1], [1], [1]], limit=4.0)
    start = carried(before, found([], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), now)
    assert start.choice.blocks.tolist() == [2.0, 4.0, 4.0, 1.0, 3.0, 0.0]


def test_shares_that_are_no_whole_parts_any_more_are_dropped():
    before = assignment([[1.0, 1.0]], [[1.0, 1.0]], [9.0, 9.0], parts=4)
    solution = found([0, 1], share=[0.75, 0.25])
    for parts, kept in ((4, [0, 1]), (8, [0, 1]), (0, [0, 1]), (3, [])):
        now = replace(before, item_parts=np.array([parts]))
        assert carried(before, solution, now).choice.option.tolist() == kept


@pytest.mark.parametrize(
    "make",
    [
        lambda: fleet(200, types=6, sites=5, load=1.0),
        lambda: months_fleet(15, types=3, sites=3, load=1.0),
    ],
)
def test_of_the_same_problem_nothing_is_lost(make):
    one = make()
    rng = np.random.default_rng(3)
    option = np.unique(rng.integers(0, one.option_count, 500))
    blocks = np.floor(rng.uniform(0, 9, one.blocks))
    solution = found(option, np.minimum(blocks, np.floor(one.block_limit)))
    start = carried(one, solution, one)
    assert start.choice.option.tolist() == option.tolist()
    assert start.choice.blocks.tolist() == solution.choice.blocks.tolist()
    assert start.prices is None


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (Start(prices=np.zeros(3)), "one for each resource"),
        (Start(prices=np.array([1.0, -1.0])), "at least 0"),
        (Start(choice=Choice(np.array([9]), np.ones(1), np.zeros(0))), "numbers of the problem's"),
        (Start(choice=Choice(np.array([1, 0]), np.ones(2), np.zeros(0))), "ascending"),
        (Start(choice=Choice(np.array([1]), np.ones(1), np.zeros(2))), "for each block"),
    ],
)
def test_a_start_of_another_problem_is_refused(start, told):
    with pytest.raises(ValueError, match=told):
        solve(named("ab", "XY"), Parameters(), start=start)


def test_nothing_to_begin_from_is_a_start_too():
    assert Uses.none().column.tolist() == []
    solution = solve(named("ab", "XY"), start=Start(choice=Choice.of(np.zeros(4), np.zeros(0))))
    assert solution.objective == pytest.approx(2.0)
