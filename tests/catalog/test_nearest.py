"""Did you mean ...?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.nearest import SUGGESTIONS, nearest, suggestion

KNOWN = ["llama-3-8b", "llama-3.1-8b", "llama-3.1-70b", "H100-80GB-SXM", "H100-80GB-PCIe", "gpt-2"]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("llama-3.1-7b", "llama-3.1-70b"),
        ("lama-3.1-70b", "llama-3.1-70b"),
        ("LLAMA-3.1-8B", "llama-3.1-8b"),
        ("h100-80gb-sxm", "H100-80GB-SXM"),
        ("H100 80GB SXM", "H100-80GB-SXM"),
        ("gpt2", "gpt-2"),
        ("sxm", "H100-80GB-SXM"),
    ],
)
def test_the_nearest_name_comes_first(name, first):
    assert nearest(name, KNOWN)[0] == first
    assert suggestion(name, KNOWN).startswith(f"did you mean {first}")


def test_nothing_near_gives_no_hint():
    assert nearest("zzzzzz", KNOWN) == ()
    assert suggestion("zzzzzz", KNOWN) == ""


def test_several_names_read_as_a_question():
    assert suggestion("h100", KNOWN) == "did you mean H100-80GB-SXM or H100-80GB-PCIe?"


@given(st.text(max_size=10), st.lists(st.text(max_size=10), max_size=10))
def test_few_known_names_whatever_their_order(name, known):
    found = nearest(name, known)
    assert len(found) <= SUGGESTIONS
    assert set(found) <= set(known)
    assert found == nearest(name, reversed(known))
