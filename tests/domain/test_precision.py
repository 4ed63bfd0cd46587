"""Bits as stored, against published checkpoints."""

import pytest

from planner.domain.precision import BITS_PER_ELEMENT, BYTES_PER_ELEMENT


def test_groups_of_4_bit_weights_carry_their_scales():
    """16 + 4 bits for 128 weights; 8 bits for 16 weights (NVFP4)."""
    assert BITS_PER_ELEMENT["int4"] == 4.15625
    assert BITS_PER_ELEMENT["fp4"] == 4.5


def test_a_quantised_70b_takes_what_its_checkpoint_takes():
    """NF4 of QLoRA is 4.127 bits, llama.cpp's mixed Q4_K_M 4.82 bits on Llama-3-70B (39.59 GiB)."""
    planned_gib = 70.55e9 * BYTES_PER_ELEMENT["int4"] / 2**30
    assert 4.127 <= BITS_PER_ELEMENT["int4"] <= 4.82
    assert planned_gib == pytest.approx(39.59, rel=0.15)


def test_narrower_formats_take_fewer_bits():
    widths = [BITS_PER_ELEMENT[name] for name in ("fp32", "bf16", "fp8", "fp4", "int4")]
    assert widths == sorted(widths, reverse=True)
