"""Chains, antichains and circles of jobs in order."""

from itertools import combinations, pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.network.precedence import MOST, TangledError, circle, pipelines, starts

DIAMOND = {"rephrase": (), "reward": (), "train": ("rephrase",), "align": ("train", "reward")}


def test_chains_and_antichains_of_a_pipeline_by_hand():
    (pipeline,) = pipelines(DIAMOND)
    assert pipeline.jobs == ("rephrase", "reward", "train", "align")
    assert pipeline.chains == (("rephrase", "train", "align"), ("reward", "align"))
    assert pipeline.antichains == (("rephrase", "reward"), ("reward", "train"), ("align",))


def test_jobs_without_order_are_no_pipeline():
    assert pipelines({"one": (), "other": ()}) == ()


def test_what_goes_without_saying_is_no_chain_of_its_own():
    (pipeline,) = pipelines({"a": (), "b": ("a",), "c": ("a", "b")})
    assert pipeline.chains == (("a", "b", "c"),)


def test_pipelines_that_do_not_touch_are_two():
    assert [each.jobs for each in pipelines({"a": (), "x": (), "b": ("a",), "y": ("x",)})] == [
        ("a", "b"),
        ("x", "y"),
    ]


def test_a_circle_is_told_in_its_order():
    after = {"a": ("c",), "b": ("a",), "c": ("b",), "d": ()}
    found = circle(after)
    assert found[0] == found[-1]
    assert {*found} == {"a", "b", "c"}
    assert all(first in after[then] for then, first in pairwise(found))
    assert circle(DIAMOND) == ()


def test_earliest_starts_wait_for_the_slowest():
    hours = {"rephrase": 10.0, "reward": 30.0, "train": 5.0, "align": 1.0}
    assert starts(DIAMOND, hours, dict.fromkeys(DIAMOND, 0.0)) == {
        "rephrase": 0,
        "reward": 0,
        "train": 10.0,
        "align": 30.0,
    }


def test_what_waits_for_its_data_makes_others_wait():
    hours = {"rephrase": 10.0, "reward": 30.0, "train": 5.0, "align": 1.0}
    earliest = dict.fromkeys(DIAMOND, 0.0) | {"train": 40.0, "reward": 3.0}
    done = starts(DIAMOND, hours, earliest)
    assert done == {"rephrase": 0, "reward": 0, "train": 10.0, "align": 45.0}


def test_too_many_chains_are_refused():
    """Twelve layers of two jobs each: 2^12 chains."""
    layers = [(f"a{row}", f"b{row}") for row in range(12)]
    after = {job: before for before, layer in pairwise([(), *layers]) for job in layer}
    assert len(after) == 24
    assert MOST < 2**12
    with pytest.raises(TangledError, match="more than 2,000 chains"):
        pipelines(after)


@st.composite
def orders(draw):
    count = draw(st.integers(2, 7))
    return {
        f"j{row}": tuple(f"j{e}" for e in range(row) if draw(st.booleans())) for row in range(count)
    }


@given(orders())
def test_chains_and_antichains_are_all_there_are(after):
    """Against a count by brute force: a set of jobs is a antichain where none waits for another."""
    graph = nx.DiGraph([(b, a) for a, before in after.items() for b in before])
    graph.add_nodes_from(after)
    waits = {(a, b) for a in after for b in nx.descendants(graph, a)}
    for pipeline in pipelines(after):
        for one, other in combinations(pipeline.jobs, 2):
            together = any({one, other} <= {*antichain} for antichain in pipeline.antichains)
            in_line = any({one, other} <= {*chain} for chain in pipeline.chains)
            waiting = (one, other) in waits or (other, one) in waits
            assert together != waiting
            assert in_line == waiting
