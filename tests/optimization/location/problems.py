"""Facility location with a row for each customer at each site, and one that all sites share."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from planner.problem.columns import AllocationProblem, Options, PlaceUses, Uses

SITES, CUSTOMERS = 3, 4
ROWS = SITES + SITES * CUSTOMERS
IDLE_KW = 2.0


def location(opening, cost, demand, room, power_kw=1000.0, *, parts=0, penalties=None):
    """Sites have a room each; sites (when open) and customers draw on one power limit."""
    customers, sites = np.shape(cost)
    count, at = sites * customers, np.arange(sites)
    customer, site = np.repeat(np.arange(customers), sites), np.tile(at, customers)
    own, power = np.arange(count), sites + count
    of_customer = np.array(demand, float)[customer]
    use = Uses(
        np.concatenate([site, sites + own, np.full(count, power)]),
        np.concatenate([own, own, own]),
        np.concatenate([of_customer, np.ones(count), of_customer]),
    )
    deployments, places = Options(customer, np.ravel(np.array(cost, float)), use).factored()
    return AllocationProblem(
        item_name=tuple(f"customer {each}" for each in range(customers)),
        item_weight=np.ones(customers),
        item_priority=np.zeros(customers, np.int64),
        item_parts=np.full(customers, parts),
        unmet_cost=np.full(customers, np.inf) if penalties is None else np.array(penalties, float),
        deployments=deployments,
        places=places,
        block_cost=np.array(opening, float),
        block_limit=np.ones(sites),
        block_whole=np.ones(sites, dtype=bool),
        resource_name=tuple(f"row {each}" for each in range(power + 1)),
        capacity=np.append(np.zeros(power), power_kw),
        block_use=Uses(
            np.concatenate([at, sites + own, np.full(sites, power)]),
            np.concatenate([at, site, at]),
            np.concatenate(
                [np.full(sites, -float(room)), -np.ones(count), np.full(sites, IDLE_KW)]
            ),
        ),
    )


def example(**changed):
    """Three sites and four customers; open any two and everybody is served."""
    given = {
        "opening": [5, 6, 7],
        "cost": [[1, 2, 3], [3, 1, 2], [2, 3, 1], [1, 3, 2]],
        "demand": [2, 3, 4, 5],
        "room": 9,
    }
    return location(**{**given, **changed})


def scattered(sites, customers, room_share, *, parts=0):
    """Customers and sites at random in a square; a site holds `room_share` of all demand."""
    rng = np.random.default_rng(0)
    demand = rng.integers(5, 36, customers)
    at, homes = rng.random((sites, 2)), rng.random((customers, 2))
    away = np.linalg.norm(homes[:, None] - at[None], axis=2) * demand[:, None] * 10
    opening = rng.integers(500, 1000, sites)
    room, power_kw = room_share * demand.sum(), 2.0 * demand.sum() + IDLE_KW * sites
    return location(opening, away, demand, room, power_kw, parts=parts)


def without_strong_rows(problem):
    """The same problem without the rows of single options: one room a site, then the power."""
    stay = np.ones(problem.resources, dtype=bool)
    stay[problem.blocks : -1] = False
    number = np.cumsum(stay) - 1
    use, by_block = problem.places.use, problem.block_use
    kept, kept_by_block = stay[use.resource], stay[by_block.resource]
    entries = (number[use.resource], use.place, use.quantity, use.amount)
    block_entries = (number[by_block.resource], by_block.column, by_block.amount)
    return replace(
        problem,
        places=replace(problem.places, use=PlaceUses(*(each[kept] for each in entries))),
        block_use=Uses(*(each[kept_by_block] for each in block_entries)),
        resource_name=(*problem.resource_name[: problem.blocks], "power"),
        capacity=problem.capacity[stay],
    )


@st.composite
def locations(draw):
    """Small ones, most with a plan, some short of power, some where customers may be refused."""

    def several(low, high, count):
        return draw(st.lists(st.integers(low, high), min_size=count, max_size=count))

    return location(
        opening=several(0, 30, SITES),
        cost=[several(0, 20, SITES) for _ in range(CUSTOMERS)],
        demand=several(1, 6, CUSTOMERS),
        room=draw(st.integers(8, 16)),
        power_kw=draw(st.sampled_from([18, 24, 1000])),
        parts=draw(st.sampled_from([0, 1])),
        penalties=draw(st.sampled_from([None, [15.0] * CUSTOMERS])),
    )
