"""Counts that follow from a profile, against figures that can be worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.architecture import ArchitectureProfile, AttentionGroup

FULL = AttentionGroup(layers=2, kv_elements_per_token=8, flops_per_token_pair=16)
SLIDING = AttentionGroup(
    layers=3, kv_elements_per_token=4, flops_per_token_pair=8, window_tokens=100
)


def profile(**fields):
    return ArchitectureProfile(
        **{
            "parameters_total": 1000.0,
            "parameters_active": 1000.0,
            "layers": 5,
            "hidden": 8,
            "attention": (FULL, SLIDING),
            "kv_heads": 2,
            "vocabulary": 10,
            **fields,
        }
    )


def test_a_window_bounds_what_a_query_sees():
    assert FULL.visible(1e6) == 1e6
    assert SLIDING.visible(99) == 99
    assert SLIDING.visible(101) == 100


def test_cache_and_attention_add_up_over_the_layers():
    # 2 layers of 8 elements see all, 3 of 4 elements at most 100 tokens
    assert profile().kv_elements(50) == 2 * 8 * 50 + 3 * 4 * 50
    assert profile().kv_elements(1000) == 2 * 8 * 1000 + 3 * 4 * 100
    assert profile().attention_flops(1000) == 2 * 16 * 1000 + 3 * 8 * 100
    assert profile().kv_elements(0) == 0


def test_a_dense_architecture_reads_all_but_the_table():
    dense = profile(parameters_embedding=100)
    assert dense.parameters_multiplied == 900
    for tokens in (1, 7, 1e6):
        assert dense.parameters_touched(tokens) == 900


def test_one_token_reads_its_experts_and_many_tokens_read_all():
    moe = profile(parameters_expert=800, experts=8, experts_per_token=2, parameters_active=400)
    assert moe.parameters_touched(1) == pytest.approx(200 + 800 * 2 / 8)
    # two tokens miss an expert with (6/8)^2
    assert moe.parameters_touched(2) == pytest.approx(200 + 800 * (1 - (6 / 8) ** 2))
    assert moe.parameters_touched(1e6) == pytest.approx(1000)


@given(st.integers(1, 256), st.data(), st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_tokens_never_read_less(experts, data, one, more):
    picked = data.draw(st.integers(1, experts))
    moe = profile(parameters_expert=800.0, experts=experts, experts_per_token=picked)
    low, high = sorted((one, more))
    assert 200 <= moe.parameters_touched(low) <= moe.parameters_touched(high) * (1 + 1e-12)
    assert moe.parameters_touched(high) <= 1000 * (1 + 1e-12)
