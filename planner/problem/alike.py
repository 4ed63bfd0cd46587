"""Which owners hold the same: numbers of their own and a bag of rows, all equal bit for bit.

Every owner gets a 64-bit mark of what it holds, in time linear in the rows. Owners of one mark are
then compared in full: what only has the same mark by chance is kept apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.problem.columns import Booleans, Floats, Integers

Marks = NDArray[np.uint64]

SEED: Final = np.uint64(0x9E3779B97F4A7C15)
FACTOR: Final = np.uint64(0xFF51AFD7ED558CCD)
SECOND_FACTOR: Final = np.uint64(0xC4CEB9FE1A85EC53)
SHIFT: Final = np.uint64(33)
"""Odd numbers and the shift of MurmurHash3's 64-bit finaliser (Appleby 2011)."""
STRETCH: Final = 1 << 17
"""Rows that are marked at a time: they fit into a processor's cache."""


@dataclass(frozen=True)
class Alike:
    """Owners by what they hold."""

    first: Integers
    """Per owner: the first that holds the same, itself where there is none before it."""
    order: Integers
    """Rows owner by owner; those of owners that are alike correspond one to one."""
    start: Integers
    """Shape (owners + 1,): the rows of owner i are order[start[i]] to order[start[i + 1] - 1]."""


def alike(
    owners: int,
    own: Sequence[Floats | Integers],
    owner: Integers,
    rows: Sequence[Floats | Integers],
) -> Alike:
    """Owners that have the same numbers in every column of `own` and the same rows in any order.

    Columns of `own` have an entry for each owner; `owner` says whose each row is, columns of `rows`
    what it holds.
    """
    count = np.bincount(owner, minlength=owners)
    start = np.concatenate([[0], np.cumsum(count)])
    order = np.argsort(owner, kind="stable")
    mark = _marks(len(owner), rows)
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mark[order])])  # wraps around
    bag = (total[start[1:]] - total[start[:-1]]).view(np.int64)
    _, seen, kind = np.unique(
        _marks(owners, (*own, count, bag)), return_index=True, return_inverse=True
    )
    first = seen[kind]
    later = np.flatnonzero(first != np.arange(owners))
    later = later[_equal((*own, count), later, first[later])]
    if len(later):
        of_later = ranges(start[later], count[later])
        of_first = ranges(start[first[later]], count[later])
        if (mark[order[of_later]] != mark[order[of_first]]).any():
            order = np.lexsort((mark, owner))
        same = _equal(rows, order[of_later], order[of_first])
        differing = np.repeat(np.arange(len(later)), count[later])[~same]
        later = later[np.bincount(differing, minlength=len(later)) == 0]
    verified = np.arange(owners)
    verified[later] = first[later]
    return Alike(verified, order, start)


def ranges(start: Integers, count: Integers) -> Integers:
    """start[0], start[0] + 1, ... (count[0] of them), start[1], start[1] + 1, ..."""
    number: Integers = np.repeat(start - (np.cumsum(count) - count), count)
    number += np.arange(len(number))
    return number


def _marks(count: int, columns: Sequence[Floats | Integers]) -> Marks:
    """A mark for each of `count` rows."""
    marks = np.full(count, SEED)
    for begin in range(0, count, STRETCH):
        mark = marks[begin : begin + STRETCH]
        for column in columns:
            mark ^= _bits(column[begin : begin + STRETCH])
            mark *= FACTOR
            mark ^= mark >> SHIFT
            mark *= SECOND_FACTOR
            mark ^= mark >> SHIFT
    return marks


def _equal(columns: Sequence[Floats | Integers], left: Integers, right: Integers) -> Booleans:
    """Whether rows hold the same in all columns."""
    same = np.ones(len(left), dtype=bool)
    for column in columns:
        bits = _bits(column)
        same &= bits[left] == bits[right]
    return same


def _bits(column: Floats | Integers) -> Marks:
    kind = np.float64 if column.dtype.kind == "f" else np.int64
    return np.ascontiguousarray(column, kind).view(np.uint64)
