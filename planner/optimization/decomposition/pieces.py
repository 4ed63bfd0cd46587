"""What a problem falls into once the blocks that tie its resources together are decided.

A fleet over many months hangs together by its commitments only: with these bought, every month is
a problem of its own, and they are solved side by side.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from planner.optimization.decomposition.arrays import Arrays, Short
from planner.problem.columns import Integers


@dataclass(frozen=True)
class Pieces:
    """The piece of every item and of every resource; resources that no item can use have -1."""

    count: int
    of_item: Integers
    of_resource: Integers

    @property
    def joined(self) -> "Pieces":
        """All in one."""
        return Pieces(1, np.zeros_like(self.of_item), np.minimum(self.of_resource, 0))


def pieces_of(arrays: Arrays) -> Pieces:
    """Items that share a resource, directly or through others, are of one piece."""
    menus, resources = arrays.menus, len(arrays.capacity)
    size = np.diff(menus.start)
    first = int(menus.start[0])
    entries = slice(menus.entry[first], menus.entry[menus.start[-1]])
    menu_of_place = np.repeat(np.arange(len(size)), size)
    per_place = np.diff(menus.entry)[first : menus.start[-1]]
    menu = np.repeat(menu_of_place, per_place)
    of_menu = _joined(len(size) + resources, menu, len(size) + menus.resource[entries])
    item = np.repeat(np.arange(arrays.items), np.diff(arrays.ways.start))
    labels = int(of_menu.max(initial=-1)) + 1
    of_all = _joined(arrays.items + labels, item, arrays.items + of_menu[arrays.ways.menu])
    used, of_item = np.unique(of_all[: arrays.items], return_inverse=True)
    rank = np.full(int(of_all.max(initial=-1)) + 1, -1)
    rank[used] = np.arange(len(used))
    of_resource = rank[of_all[arrays.items + of_menu[len(size) :]]]
    return Pieces(len(used), of_item, of_resource)


def _joined(nodes: int, left: Integers, right: Integers | Short) -> Integers:
    """Component of every node of a graph."""
    edges = sparse.coo_array((np.ones(len(left), np.int8), (left, right)), shape=(nodes, nodes))
    _, label = connected_components(edges.tocsr(), directed=False)
    component: Integers = label.astype(np.int64)
    return component


def grouped(label: Integers, count: int) -> list[Integers]:
    """Rows of every label from 0 to `count` - 1."""
    order = np.argsort(label, kind="stable")
    start = np.searchsorted(label[order], np.arange(count + 1))
    return [order[start[each] : start[each + 1]] for each in range(count)]
