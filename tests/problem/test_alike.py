"""Owners that hold the same are found, and none that only look so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.problem.alike import alike

bags = st.lists(
    st.tuples(st.integers(0, 1), st.lists(st.sampled_from([0.0, -0.0, 0.1, 7.0]), max_size=3)),
    min_size=1,
    max_size=9,
)


def _found(owners, shuffle):
    rows = [(row, number) for row, (_, held) in enumerate(owners) for number in held]
    shuffle.shuffle(rows)
    return alike(
        len(owners),
        (np.array([own for own, _ in owners]),),
        np.array([row for row, _ in rows], np.int64),
        (np.array([number for _, number in rows], float),),
    ), np.array([number for _, number in rows], float)


def _key(owner):
    own, held = owner
    return own, sorted(np.array(held, float).view(np.int64).tolist())


@given(bags, st.randoms(use_true_random=False))
def test_first_of_those_that_hold_the_same_in_any_order(owners, shuffle):
    found, number = _found(owners, shuffle)
    keys = [_key(each) for each in owners]
    assert found.first.tolist() == [keys.index(key) for key in keys]
    for row, first in enumerate(found.first.tolist()):
        own, other = (
            number[found.order[found.start[at] : found.start[at + 1]]] for at in (row, first)
        )
        assert own.tobytes() == other.tobytes()


@pytest.fixture
def marks_that_are_all_the_same(monkeypatch):
    monkeypatch.setattr("planner.problem.alike.FACTOR", np.uint64(0))


@settings(max_examples=30)
@given(owners=bags, shuffle=st.randoms(use_true_random=False))
def _alike_are_the_same(owners, shuffle):
    found, _ = _found(owners, shuffle)
    keys = [_key(each) for each in owners]
    assert all(keys[first] == key for key, first in zip(keys, found.first.tolist(), strict=True))


@pytest.mark.usefixtures("marks_that_are_all_the_same")
def test_no_mark_alone_is_believed():
    _alike_are_the_same()
