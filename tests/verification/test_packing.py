"""Replicas in whole nodes, against every way to put them there."""

import random
from collections import Counter
from functools import cache

import pytest

from planner.verification.packing import nodes_filled, replicas_held


def fewest_nodes(sizes, per_node):
    """Of all partitions of single-node replicas; knows nothing of first-fit."""

    @cache
    def fewest(left, rooms):
        if not left:
            return len(rooms)
        size, rest = left[0], left[1:]
        opened = fewest(rest, tuple(sorted((*rooms, per_node - size))))
        placed = [
            fewest(rest, tuple(sorted((*rooms[:i], room - size, *rooms[i + 1 :]))))
            for i, room in enumerate(rooms)
            if room >= size
        ]
        return min([opened, *placed])

    return fewest(tuple(sizes), ())


@pytest.mark.parametrize("seed", range(30))
def test_sizes_that_divide_each_other_waste_nothing(seed):
    dice = random.Random(seed)
    per_node, degrees = dice.choice([(8, (1, 2, 4, 8)), (6, (1, 2, 6)), (4, (1, 2, 4))])
    sizes = [dice.choice(degrees) for _ in range(dice.randint(1, 7))]
    assert nodes_filled(Counter(sizes), per_node) == fewest_nodes(sizes, per_node)
    assert nodes_filled(Counter(sizes), per_node) == -(-sum(sizes) // per_node)


@pytest.mark.parametrize(
    ("replicas", "per_node", "nodes"),
    [
        ({}, 8, 0),
        ({5: 2}, 8, 2),
        ({16: 3, 8: 1}, 8, 7),
        ({12: 2, 4: 1}, 8, 5),
        ({1: 10**9}, 8, 125_000_000),
        ({4: -1}, 8, 0),
    ],
)
def test_whole_nodes(replicas, per_node, nodes):
    assert nodes_filled(replicas, per_node) == nodes


@pytest.mark.parametrize(
    ("nodes", "size", "per_node", "replicas"),
    [(3, 2, 8, 12), (3, 3, 8, 6), (4, 16, 8, 2), (3, 16, 8, 1)],
)
def test_replicas_of_one_size(nodes, size, per_node, replicas):
    assert replicas_held(nodes, size, per_node) == replicas
