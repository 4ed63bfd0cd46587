"""Power caps against published slowdowns, and what must hold under any cap."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.performance.power import TimeShares, busy_w, full_w, idle_w
from planner.performance.power_cap import clock_share, under_cap
from planner.performance.roofline import gemm_flops_per_s, memory_bytes_per_s

TABLE = (Path(__file__).parent / "data" / "splitwise_power_cap.csv").read_text()
ROWS = list(csv.DictReader(line for line in TABLE.splitlines() if not line.startswith("#")))
PARTS = st.sampled_from(["H100-80GB-SXM", "A100-80GB-SXM", "MI300X", "L4", "TPUv5e", "B200"])
BETWEEN = st.floats(0.001, 1)


@pytest.fixture(scope="module")
def h100(catalog):
    return catalog.accelerators["H100-80GB-SXM"]


@pytest.fixture(scope="module")
def cap_at(catalog):
    """A part, and the cap at a share of the way from its idle draw to its TDP."""

    def build(name, share):
        part = catalog.accelerators[name]
        cap_w = idle_w(part) + share * (part.tdp_w - idle_w(part))
        return part, min(cap_w, part.tdp_w)

    return build


def held_to(part, cap_w):
    return part.model_copy(update={"power_cap_w": float(cap_w)})


def capped(part, cap_w):
    return under_cap(held_to(part, cap_w))


def busy_under_cap_w(part, cap_w, time):
    return busy_w(held_to(part, cap_w), time)


def test_rows_are_of_both_architectures():
    assert len(ROWS) == 28
    assert {row["architecture"] for row in ROWS} == {"bloom-176b", "llama2-70b"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(list(row.values())[:3]))
def test_slowdown_at_half_power_is_what_splitwise_states(h100, row):
    """Prompts within 1 %, tokens within 1 % (they are not slower at all)."""
    slow = capped(h100, 350)
    prompt = gemm_flops_per_s(h100, "fp16") / gemm_flops_per_s(slow, "fp16")
    token = memory_bytes_per_s(h100) / memory_bytes_per_s(slow)
    assert float(row["capped_prompt_ms"]) / float(row["prompt_ms"]) == pytest.approx(prompt, 0.01)
    assert float(row["capped_token_ms"]) / float(row["token_ms"]) == pytest.approx(token, 0.01)


def test_a_board_of_less_power_multiplies_as_slowly_as_a_capped_one(catalog):
    """A100 80 GB: 271.2 TFLOP/s at 400 W, 252.9 at 300 W, on one die (MAMF, S. Bekman)."""
    slow = capped(catalog.accelerators["A100-80GB-SXM"], 300)
    measured = catalog.accelerators["A100-80GB-PCIe"].achievable_bf16_tflops
    assert slow.achievable_bf16_tflops == pytest.approx(measured, rel=0.04)


def test_mixed_serving_slows_less_than_arithmetic_alone(catalog):
    """GLM 4.5 Air in fp8 on parts of 600 W capped at 250 W: 1,597 of 1,900 tokens/s (a blog's
    own measurement, 2025): a workload that also waits for memory is an upper bound."""
    part = catalog.accelerators["RTX-PRO-6000-Server"]
    assert 0.6 < clock_share(part, 250) < 1596.71 / 1900.02


def test_a_cap_at_tdp_changes_nothing(h100):
    assert capped(h100, 700).peak_dense_tflops == h100.peak_dense_tflops
    assert under_cap(h100) is h100
    assert clock_share(h100, 700) == 1


@pytest.mark.parametrize("cap_w", [0, -50, 140, 700.1, float("nan"), float("inf")])
def test_caps_outside_the_range_are_refused(h100, cap_w):
    expected = r"^a cap on H100-80GB-SXM must be more than the 140 W .* at most its 700 W, not .*$"
    for refuse in (capped, clock_share):
        with pytest.raises(ValueError, match=expected):
            refuse(h100, cap_w)


def test_a_part_of_unknown_power_cannot_be_capped(catalog):
    with pytest.raises(ValueError, match="Trainium1 has no tdp_w"):
        capped(catalog.accelerators["Trainium1"], 100)


def test_only_power_and_arithmetic_change(h100):
    slow = capped(h100, 350)
    assert full_w(slow) == 350
    assert idle_w(slow) == idle_w(h100)
    changed = {name for name, value in h100 if value != getattr(slow, name)}
    assert changed == {
        "power_cap_w",
        "peak_dense_tflops",
        "achievable_bf16_tflops",
        "achievable_fp8_tflops",
    }
    assert slow.peak_dense_tflops.fp4 is None
    assert type(slow).model_validate_json(slow.model_dump_json()) == slow


@given(PARTS, BETWEEN, BETWEEN)
def test_a_higher_cap_never_slows_anything(cap_at, name, one, other):
    part, lower_w = cap_at(name, min(one, other))
    _, higher_w = cap_at(name, max(one, other))
    low, high = capped(part, lower_w), capped(part, higher_w)
    assert memory_bytes_per_s(low) == memory_bytes_per_s(high) == memory_bytes_per_s(part)
    for (_, slow), (_, fast), (_, full) in zip(
        low.peak_dense_tflops, high.peak_dense_tflops, part.peak_dense_tflops, strict=True
    ):
        assert (slow is None) == (full is None)
        assert full is None or 0 < slow <= fast <= full


@given(PARTS, BETWEEN)
def test_less_power_never_costs_more_than_its_share_of_clock(cap_at, name, share):
    """The point of a cap: arithmetic per watt rises, as long as idle draw is small beside it."""
    part, cap_w = cap_at(name, share)
    assert clock_share(part, cap_w) >= share


@given(PARTS, BETWEEN, st.floats(0, 1), st.floats(0, 1))
def test_busy_power_lies_between_idle_and_cap(cap_at, name, share, split, working):
    part, cap_w = cap_at(name, share)
    time = TimeShares(arithmetic=working * split, memory=working * (1 - split))
    drawn = busy_under_cap_w(part, cap_w, time)
    assert idle_w(part) - 1e-9 <= drawn <= cap_w + 1e-9
    assert drawn <= busy_w(part, time) + 1e-9


def test_busy_power_at_tdp_is_that_without_a_cap(h100):
    time = TimeShares(arithmetic=0.3, memory=0.5)
    assert busy_under_cap_w(h100, 700, time) == busy_w(h100, time)


def test_memory_bound_work_gives_up_power_and_no_speed(h100):
    waiting = TimeShares(arithmetic=0, memory=1)
    assert busy_under_cap_w(h100, 350, waiting) == 350 < busy_w(h100, waiting)
