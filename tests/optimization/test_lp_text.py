"""A problem as text, read by somebody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planner
from planner.optimization.lp_text import LONGEST, lp_text, named
from tests.optimization.lp_reader import solved
from tests.optimization.problems import assignment, assignments
from tests.optimization.shapes import Row, problem


def test_what_is_read_is_what_was_meant():
    """In parts, blocks, what may stay undone, and what costs in any case."""
    asked = problem(
        item_of_option=[0, 0, 1],
        cost_of_option=[5.0, 9.0, 4.0],
        rows=[Row(1.0, {0: 6.0, 2: 2.5}, {0: -3.0}), Row(8.0, {1: 6.0}, {})],
        blocks=[(1.5, 4.0)],
        parts=3,
        unmet=20.0,
    )
    text = lp_text(asked, "asked")
    assert "item_" in text
    assert "b0 supplies" in text
    found = planner.solve(asked, planner.Parameters(gap=1e-9))
    assert solved(text) == pytest.approx(found.objective, rel=1e-5)


@given(asked=assignments())
def test_it_has_the_optimum_of_the_problem(asked):
    made = assignment(*asked)
    found = planner.solve(made, planner.Parameters(gap=1e-9))
    if found.status == "optimal":
        assert solved(lp_text(made)) == pytest.approx(found.objective, rel=1e-4, abs=1e-4)


@given(st.lists(st.text(max_size=12)))
def test_every_name_is_one_of_its_own(names):
    found = named(names)
    assert len(set(found)) == len(names)
    assert not any(set(each) & set(' \n:<>=+-*^[]/"') for each in found)


def test_names_stay_readable():
    long = "x" * 999
    asked = ["nodes of here / box / spot", "chat[0]", "hours of a > b", "2nd", "e5", long, long]
    found = named(asked)
    assert found[:5] == ["nodes_of_here.box.spot", "chat(0)", "hours_of_a..b", "_2nd", "_e5"]
    assert found[5] == "x" * LONGEST
    assert found[6] == "x" * LONGEST + "#2"


def test_rows_keep_their_units():
    """A solver's rows are divided by their largest coefficient; a reader's are not."""
    asked = problem([0], [1.0], [Row(1400.0, {0: 1000.0}, {})])
    assert "+1000 o0_" in lp_text(asked)
    assert "<= 1400" in lp_text(asked)
