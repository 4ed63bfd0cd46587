"""Rates of single accelerators."""

import pytest

from planner.performance.roofline import arithmetic_of, gemm_flops_per_s, memory_bytes_per_s


@pytest.mark.parametrize(
    ("part", "weights", "arithmetic"),
    [
        ("H100-80GB-SXM", "fp8", "fp8"),
        ("A100-80GB-SXM", "fp8", "bf16"),  # kept in 8 bits, widened to multiply
        ("A100-80GB-SXM", "int8", "int8"),
        ("B200", "fp4", "fp4"),
        ("H100-80GB-SXM", "int4", "bf16"),
        ("V100-32GB-SXM", "int4", "fp16"),
        ("V100-32GB-SXM", "bf16", None),  # it has fp16 only
    ],
)
def test_weights_are_multiplied_in_the_best_format_there_is(catalog, part, weights, arithmetic):
    assert arithmetic_of(weights, catalog.accelerators[part]) == arithmetic


def test_measured_gemm_rates_are_used_where_there_are_some(catalog):
    part = catalog.accelerators["H100-80GB-SXM"]
    assert gemm_flops_per_s(part, "bf16") == 794.5e12
    assert gemm_flops_per_s(part, "fp8") == 1402.6e12


def test_no_rate_is_above_its_peak(catalog):
    for part in catalog.accelerators.values():
        for name in type(part.peak_dense_tflops).model_fields:
            peak = part.peak_dense_tflops.of(name)
            if peak is not None:
                assert 0 < gemm_flops_per_s(part, name) <= peak * 1e12
        assert memory_bytes_per_s(part) < part.memory_bandwidth_gb_per_s * 1e9
