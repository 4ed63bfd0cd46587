"""An allocation problem as plain arrays in the order that the kernels run through them."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.optimization.feasibility import EQUAL
from planner.problem.alike import ranges
from planner.problem.columns import AllocationProblem, Floats, Integers

Short = NDArray[np.int32]


class Ways(NamedTuple):
    """Deployments in the order of their items."""

    start: Integers
    """Shape (items + 1,): the deployments of item i are start[i] to start[i + 1] - 1."""
    cost: Floats
    amount: Floats
    """Shape (deployments, quantities)."""
    menu: Short
    part: Floats
    """Per item: the smallest share that exists, 0 when it divides at will."""
    unmet: Floats
    """Per item: cost of leaving it undone, infinite when it must be done."""


class Menus(NamedTuple):
    """Places, menu by menu, with what they use."""

    start: Integers
    room: Floats
    """Shape (places, quantities): the most of a quantity that one indivisible part may take; what
    takes more fits in no plan, however empty."""
    entry: Integers
    """Shape (places + 1,): entries of place p are entry[p] to entry[p + 1] - 1."""
    resource: Short
    quantity: Short
    amount: Floats


@dataclass(frozen=True)
class Arrays:
    """A problem, or a sample of its items with as large a sample of its capacity."""

    ways: Ways
    menus: Menus
    place_cost: Floats
    """Shape (places, quantities)."""
    use: Any
    """Sparse, resources by places x quantities; and the same the other way round."""
    use_by_place: Any
    capacity: Floats
    block_cost: Floats
    block_limit: Floats
    supply: Any
    """Sparse, resources by blocks: what blocks use, negative what they supply."""
    deployment: Integers
    """Number in the problem of each deployment."""

    @property
    def items(self) -> int:
        """How many there are."""
        return len(self.ways.part)

    def price(self, prices: Floats) -> Floats:
        """Cost of a unit of each quantity at each place, resources at their prices."""
        return self.place_cost + self.surcharge(prices)

    def surcharge(self, prices: Floats) -> Floats:
        """What resources at their prices add to the cost of a unit of each quantity, by place."""
        added: Floats = self.use_by_place @ prices
        return added.reshape(self.place_cost.shape)

    def cost(self, deployment: Integers | Short, place: Integers | Short) -> Floats:
        """Cost of whole options, without the prices of resources."""
        by_quantity = self.ways.amount[deployment] * self.place_cost[place]
        total: Floats = self.ways.cost[deployment] + by_quantity.sum(axis=1)
        return total

    def used(self, quantities: Floats) -> Floats:
        """Resources that quantities at the places use; `quantities` has a row for each place."""
        total: Floats = self.use @ quantities.ravel()
        return total

    def block_price(self, prices: Floats) -> Floats:
        """Reduced cost of a unit of each block."""
        reduced: Floats = self.block_cost + self.supply.T @ prices
        return reduced

    def at(self, prices: Floats) -> "Arrays":
        """The same with some prices of the resources in all costs; no block earns anything."""
        blocks = np.maximum(self.block_price(prices), 0.0)
        return replace(self, place_cost=self.price(prices), block_cost=blocks)


def arrays_of(problem: AllocationProblem) -> Arrays:
    """Sort a problem's columns for the kernels."""
    deployments, places, use = problem.deployments, problem.places, problem.places.use
    order = np.argsort(deployments.item, kind="stable")
    count = np.bincount(deployments.item, minlength=problem.items)
    by_place = np.argsort(use.place, kind="stable")
    entries = np.bincount(use.place, minlength=len(places.cost))
    quantities = places.cost.shape[1]
    matrix = sparse.csr_array(
        (use.amount, (use.resource, use.place * quantities + use.quantity)),
        shape=(problem.resources, places.cost.size),
    )
    supply = problem.block_use
    return Arrays(
        ways=Ways(
            start=np.concatenate([[0], np.cumsum(count)]),
            cost=deployments.cost[order],
            amount=np.ascontiguousarray(deployments.amount[order]),
            menu=deployments.menu[order].astype(np.int32),
            part=np.where(problem.item_parts > 0, 1 / np.maximum(problem.item_parts, 1), 0.0),
            unmet=problem.unmet_cost,
        ),
        menus=Menus(
            start=places.menu_start,
            room=_room(problem),
            entry=np.concatenate([[0], np.cumsum(entries)]),
            resource=use.resource[by_place].astype(np.int32),
            quantity=use.quantity[by_place].astype(np.int32),
            amount=use.amount[by_place],
        ),
        place_cost=places.cost,
        use=matrix,
        use_by_place=sparse.csr_array(matrix.T),
        capacity=problem.capacity,
        block_cost=problem.block_cost,
        block_limit=problem.block_limit,
        supply=sparse.csr_array(
            (supply.amount, (supply.resource, supply.column)),
            shape=(problem.resources, problem.blocks),
        ),
        deployment=order,
    )


def sampled(arrays: Arrays, items: Integers) -> Arrays:
    """Some of the items, and of every resource and block the same share."""
    share = len(items) / arrays.items
    start = arrays.ways.start
    count = start[items + 1] - start[items]
    begin = np.concatenate([[0], np.cumsum(count)])
    chosen = ranges(start[items], count)
    ways = arrays.ways
    return Arrays(
        ways=Ways(
            start=begin,
            cost=ways.cost[chosen],
            amount=np.ascontiguousarray(ways.amount[chosen]),
            menu=ways.menu[chosen],
            part=ways.part[items],
            unmet=ways.unmet[items],
        ),
        menus=arrays.menus,
        place_cost=arrays.place_cost,
        use=arrays.use,
        use_by_place=arrays.use_by_place,
        capacity=arrays.capacity * share,
        block_cost=arrays.block_cost,
        block_limit=arrays.block_limit * share,
        supply=arrays.supply,
        deployment=arrays.deployment[chosen],
    )


def _room(problem: AllocationProblem) -> Floats:
    """The most of each quantity that may go to each place in one part.

    Where nothing but blocks adds to a resource, no more than its capacity and all its blocks can
    ever be used of it at once, within the tolerance that plans are checked with.
    """
    places, use, supply = problem.places, problem.places.use, problem.block_use
    supplied = supply.amount < 0
    most = problem.capacity.copy()
    np.add.at(
        most,
        supply.resource[supplied],
        -supply.amount[supplied] * problem.block_limit[supply.column[supplied]],
    )
    most[use.resource[use.amount < 0]] = np.inf
    takes = use.amount > 0
    room = np.full(places.cost.shape, np.inf)
    slack = EQUAL * np.maximum(1.0, np.abs(most))
    limit = (most + slack)[use.resource[takes]] / use.amount[takes]
    np.minimum.at(room, (use.place[takes], use.quantity[takes]), limit)
    return room
