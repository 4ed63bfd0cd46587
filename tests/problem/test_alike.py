"""Owners that hold the same are found, and none that only look so."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.problem.alike import alike, ranges

held = st.lists(st.sampled_from([0.0, -0.0, 0.1, 7.0]), max_size=3)
owners = st.lists(st.tuples(st.integers(0, 1), held), min_size=1, max_size=9)


def _found(owners, shuffle):
    rows = [(row, number) for row, (_, held) in enumerate(owners) for number in held]
    shuffle.shuffle(rows)
    owner = np.array([row for row, _ in rows], np.int64)
    number = np.array([number for _, number in rows], float)
    return alike(len(owners), (np.array([own for own, _ in owners]),), owner, (number,)), number


def _key(owner):
    own, held = owner
    return own, sorted(np.array(held, float).view(np.int64).tolist())


@given(owners, st.randoms(use_true_random=False))
def test_first_of_those_that_hold_the_same_in_any_order(owners, shuffle):
    found, number = _found(owners, shuffle)
    keys = [_key(each) for each in owners]
    assert found.first.tolist() == [keys.index(key) for key in keys]
    for row, first in enumerate(found.first.tolist()):
        own, other = (
            number[found.order[found.start[at] : found.start[at + 1]]] for at in (row, first)
        )
        assert own.tobytes() == other.tobytes()


def test_no_mark_alone_is_believed(monkeypatch):
    """With marks that are all the same only what is the same as the first is found."""
    monkeypatch.setattr("planner.problem.alike.FACTOR", np.uint64(0))
    held = np.array([1.0, 2.0, 1.0, 1.0, 3.0])
    none = np.zeros(0, np.int64)
    assert alike(5, (held,), none, (np.zeros(0),)).first.tolist() == [0, 1, 0, 0, 4]
    assert alike(5, (), np.arange(5), (held,)).first.tolist() == [0, 1, 0, 0, 4]


def test_ranges_follow_each_other():
    assert ranges(np.array([5, 0, 7]), np.array([2, 0, 3])).tolist() == [5, 6, 7, 8, 9]
