"""Workloads that share nothing but pools are divisions; what all of them use is not."""

import numpy as np
from hypothesis import given

from planner.optimization.proposals.divisions import SHARED, divisions_of
from tests.optimization.problems import assignment, packing
from tests.optimization.proposals.problems import Run, Served, fleet, fleets


def test_a_workload_with_its_replicas_is_a_division_and_so_is_a_run():
    two_classes = Served(((0.5, 0.2), (0.3, 0.1)), accelerators=2)
    problem = fleet([two_classes, Served(((0.9, 0.9),), 1)], [Run((2, 2), (5, 6))], [7, 9], [3, 3])
    divisions = divisions_of(problem)
    assert divisions.suit
    assert divisions.of_item.tolist() == [0, 0, 1, 2]
    assert divisions.of_option.tolist() == [0, 0, 0, 0, 1, 1, 2, 2]
    assert divisions.of_block.tolist() == [SHARED, SHARED, 0, 0, 1, 1]
    assert np.flatnonzero(divisions.is_private).tolist() == [4, 5, 6, 7, 8, 9, 10, 11]


@given(fleets())
def test_a_private_resource_is_touched_by_one_division_alone(problem):
    divisions, use, by_block = divisions_of(problem), problem.options.use, problem.block_use
    for resource in np.flatnonzero(divisions.is_private):
        touched = {*divisions.of_option[use.column[use.resource == resource]].tolist()}
        touched |= {*divisions.of_block[by_block.column[by_block.resource == resource]].tolist()}
        assert len(touched) == 1
        assert SHARED not in touched


def test_problems_without_blocks_of_their_own_have_no_divisions_worth_asking():
    assert not divisions_of(assignment([[1, 2], [3, 4]], [[1, 1], [1, 1]], [1, 1])).suit
    one_division = packing([(1, 5.0, (1, 2), (2, 3))], [0, 0], (4, 5), (3, 2))
    assert divisions_of(one_division).count == 1
    assert not divisions_of(one_division).suit
