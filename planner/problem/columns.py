"""Allocation problems: options, blocks and resources in columns.

    minimise    option_cost . x  +  block_cost . y  +  unmet_cost . u
    subject to  sum of x over the options of an item  +  u  =  1        for every item
                option_use . x  +  block_use . y  <=  capacity          for every resource
                0 <= x, x in whole parts of the item;  0 <= y <= block_limit, y whole or not
                0 <= u <= 1, and u = 0 where unmet_cost is infinite

An item is something that must be done (a workload, one request size of it, one period of it), an
option one way to do it, a block something that is bought or held (a node, a replica, a commitment
over many periods). A block that uses a negative amount of a resource supplies it; an option may
do so too. Order, tiers, floors and spare capacity are rows like any other: "B only if A" is
`B - A <= 0`, "at least n" is `-x <= -n`, the loss of a site is a set of items that must also fit
without that site's resources. Generalised assignment, capacitated facility location,
variable-sized bin packing and the GPU-mix program of Melange (Griggs et al. 2024,
arXiv 2404.14527) all have this shape.

Options are factored, because a fleet has too many of them to be written out (100,000 workloads on
40 accelerator types at 30 sites have 1.2e8). A deployment is a way to do an item, with amounts of
a few quantities (nodes, kW, TB of egress); a place says what a unit of each quantity costs and uses
there; a menu is the range of places that a deployment may go to:

    option       = deployment d at a place p of its menu
    option_cost  = deployments.cost[d] + deployments.amount[d] . places.cost[p]
    option_use   = deployments.amount[d] . (the entries of places.use at p)

Options are numbered by deployment, then by place within the menu.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Uses:
    """Entries of a sparse matrix, resources by columns; entries of one place add up."""

    resource: Integers
    column: Integers
    amount: Floats

    @classmethod
    def none(cls) -> "Uses":
        """No entry."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))

    def totals(self, quantity: Floats, resources: int) -> Floats:
        """What `quantity` of each column uses of each resource; shape (resources,)."""
        used = self.amount * quantity[self.column]
        return np.bincount(self.resource, weights=used, minlength=resources).astype(np.float64)


@dataclass(frozen=True)
class Deployments:
    """Ways to do the items, wherever that may be."""

    item: Integers
    cost: Floats
    """USD for the whole item, whatever the place."""
    amount: Floats
    """Shape (deployments, quantities), at least 0: what the whole item takes of each quantity."""
    menu: Integers
    """The range of places that it may go to."""


@dataclass(frozen=True)
class PlaceUses:
    """Entries of a sparse tensor: what a unit of a quantity uses of a resource at a place."""

    resource: Integers
    place: Integers
    quantity: Integers
    amount: Floats


@dataclass(frozen=True)
class Places:
    """Where deployments can go: an accelerator type at a site under a purchase in a window."""

    menu_start: Integers
    """Shape (menus + 1,): menu m is the places menu_start[m] to menu_start[m + 1] - 1."""
    cost: Floats
    """Shape (places, quantities): USD for a unit of each quantity."""
    use: PlaceUses


@dataclass(frozen=True)
class Options:
    """Options written out, one row each."""

    item: Integers
    cost: Floats
    use: Uses

    def factored(self) -> tuple[Deployments, Places]:
        """Every option as a deployment that has one place, its own."""
        count = len(self.cost)
        own = np.arange(count)
        deployments = Deployments(self.item, self.cost, np.ones((count, 1)), own)
        quantity = np.zeros(len(self.use.amount), np.int64)
        use = PlaceUses(self.use.resource, self.use.column, quantity, self.use.amount)
        return deployments, Places(np.arange(count + 1), np.zeros((count, 1)), use)


@dataclass(frozen=True)
class Choice:
    """Quantities of the options in use and of the blocks."""

    option: Integers
    """Numbers of the options in use, ascending."""
    share: Floats
    """Of the option's item, above 0."""
    blocks: Floats
    """One for every block of the problem."""

    @classmethod
    def of(cls, shares: Floats, blocks: Floats) -> "Choice":
        """From a share for every option."""
        option = np.flatnonzero(shares > 0)
        return cls(option, shares[option], blocks)


@dataclass(frozen=True)
class AllocationProblem:
    """The columns; see the module for the program they stand for."""

    item_name: tuple[str, ...]
    item_weight: Floats
    """How much leaving an item undone counts when not everything can be done; above 0."""
    item_priority: Integers
    """When not everything can be done, items of a lower number are done first."""
    item_parts: Integers
    """Equal parts that the item comes in: 1 when it is indivisible, n when x is a multiple of 1/n,
    0 when it divides at will. Equal parts are counted, never told apart: a program with a binary
    for each would have as many equal optima as they have orders."""
    unmet_cost: Floats
    """USD for leaving the whole item undone; infinite: it must be done."""
    deployments: Deployments
    places: Places
    block_cost: Floats
    block_limit: Floats
    """Infinite: as many as wanted."""
    block_whole: Booleans
    """Whether it comes in whole numbers."""
    resource_name: tuple[str, ...]
    capacity: Floats
    block_use: Uses

    def __post_init__(self) -> None:
        """Refuse columns that do not belong together and numbers that are none."""
        _require_lengths(self)
        _require_numbers(self)
        _require_references(self)

    @property
    def items(self) -> int:
        """How many there are."""
        return len(self.item_name)

    @property
    def blocks(self) -> int:
        """How many there are."""
        return len(self.block_cost)

    @property
    def resources(self) -> int:
        """How many there are."""
        return len(self.capacity)

    @cached_property
    def option_start(self) -> Integers:
        """Number of each deployment's first option; the last entry is the number of options."""
        menu, start = self.deployments.menu, self.places.menu_start
        return np.concatenate([[0], np.cumsum(start[menu + 1] - start[menu])])

    @property
    def option_count(self) -> int:
        """How many there are, most of them never written out."""
        return int(self.option_start[-1])

    @cached_property
    def options(self) -> Options:
        """All options written out: for small problems only."""
        return self.written(np.arange(self.option_count))

    def located(self, option: Integers) -> tuple[Integers, Integers]:
        """Deployments and places of options, by their numbers."""
        deployment = np.searchsorted(self.option_start, option, side="right") - 1
        within = option - self.option_start[deployment]
        return deployment, self.places.menu_start[self.deployments.menu[deployment]] + within

    def numbered(self, deployment: Integers, place: Integers) -> Integers:
        """Numbers of options, by their deployments and places: the inverse of `located`."""
        start = self.places.menu_start[self.deployments.menu[deployment]]
        number: Integers = self.option_start[deployment] + place - start
        return number

    def written(self, option: Integers) -> Options:
        """Options written out by their numbers; the columns of `use` count along `option`."""
        deployment, place = self.located(option)
        amount, use = self.deployments.amount[deployment], self.places.use
        cost = self.deployments.cost[deployment] + (amount * self.places.cost[place]).sum(axis=1)
        column, entry = self._entries(place)
        return Options(
            item=self.deployments.item[deployment],
            cost=cost,
            use=Uses(
                use.resource[entry], column, amount[column, use.quantity[entry]] * use.amount[entry]
            ),
        )

    def used(self, choice: Choice) -> Floats:
        """What a choice uses of every resource, net of what its blocks supply."""
        by_options = self.written(choice.option).use.totals(choice.share, self.resources)
        return by_options + self.block_use.totals(choice.blocks, self.resources)

    def done(self, choice: Choice) -> Floats:
        """Share of every item that a choice does."""
        deployment, _ = self.located(choice.option)
        item = self.deployments.item[deployment]
        return np.bincount(item, weights=choice.share, minlength=self.items).astype(np.float64)

    def unmet(self, choice: Choice) -> Floats:
        """Share of every item that a choice leaves undone."""
        return np.clip(1 - self.done(choice), 0, 1)

    def objective(self, choice: Choice) -> float:
        """Cost of a choice, what it leaves undone included."""
        undone = self.unmet(choice)
        penalised = np.isfinite(self.unmet_cost)
        return float(
            self.written(choice.option).cost @ choice.share
            + self.block_cost @ choice.blocks
            + self.unmet_cost[penalised] @ undone[penalised]
        )

    @cached_property
    def _entry_order(self) -> tuple[Integers, Integers]:
        """Entries of the places' use by place, and where each place's begin."""
        place = self.places.use.place
        count = np.bincount(place, minlength=len(self.places.cost))
        return np.argsort(place, kind="stable"), np.concatenate([[0], np.cumsum(count)])

    def _entries(self, place: Integers) -> tuple[Integers, Integers]:
        """Row in `place` and number of every entry that these places have."""
        order, start = self._entry_order
        count = start[place + 1] - start[place]
        row = np.repeat(np.arange(len(place)), count)
        within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        return row, order[start[place][row] + within]


def _require_lengths(problem: AllocationProblem) -> None:
    deployments, places, use = problem.deployments, problem.places, problem.places.use
    for agree in (
        {len(problem.item_name), len(problem.item_weight), len(problem.item_priority)}
        | {len(problem.item_parts), len(problem.unmet_cost)},
        {len(deployments.item), len(deployments.cost), len(deployments.amount)}
        | {len(deployments.menu)},
        {len(use.resource), len(use.place), len(use.quantity), len(use.amount)},
        {len(problem.block_cost), len(problem.block_limit), len(problem.block_whole)},
        {len(problem.block_use.resource), len(problem.block_use.column)}
        | {len(problem.block_use.amount)},
        {len(problem.capacity), len(problem.resource_name)},
        {deployments.amount.shape[1], places.cost.shape[1]},
    ):
        if len(agree) > 1:
            raise ValueError("columns of an AllocationProblem differ in length")


def _require_numbers(problem: AllocationProblem) -> None:
    finite = (
        problem.deployments.cost,
        problem.deployments.amount,
        problem.places.cost,
        problem.places.use.amount,
        problem.block_cost,
        problem.capacity,
        problem.block_use.amount,
    )
    if not all(np.isfinite(column).all() for column in finite):
        raise ValueError("an AllocationProblem holds a number that is not finite")
    signed = (problem.deployments.amount, problem.item_parts, problem.block_limit)
    if any((column < 0).any() for column in signed):
        raise ValueError("an AllocationProblem holds a negative amount, limit or number of parts")
    if np.isnan(problem.unmet_cost).any() or np.isnan(problem.block_limit).any():
        raise ValueError("an AllocationProblem holds a cost or limit that is no number")


def _require_references(problem: AllocationProblem) -> None:
    deployments, places, use = problem.deployments, problem.places, problem.places.use
    start = places.menu_start
    if (
        len(start) == 0
        or start[0] < 0
        or start[-1] > len(places.cost)
        or (np.diff(start) < 0).any()
    ):
        raise ValueError("menus of an AllocationProblem are no ranges of its places")
    for index, count in (
        (deployments.item, problem.items),
        (deployments.menu, len(start) - 1),
        (use.resource, problem.resources),
        (use.place, len(places.cost)),
        (use.quantity, places.cost.shape[1]),
        (problem.block_use.resource, problem.resources),
        (problem.block_use.column, problem.blocks),
    ):
        if len(index) and (index.min() < 0 or index.max() >= count):
            raise ValueError("an AllocationProblem refers to a column or row that it has not")
