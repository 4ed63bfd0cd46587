"""Power against published telemetry and its own limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.performance.power import TimeShares, busy_w, full_w, idle_w, node_full_w, node_idle_w


def test_full_power_is_what_the_vendor_states(catalog):
    assert full_w(catalog.accelerators["H100-80GB-SXM"]) == 700


def test_idle_power_is_near_what_was_measured(catalog):
    """With a CUDA context and no work: 122 W on H100, 80 W on A100 (arXiv 2605.23918)."""
    assert idle_w(catalog.accelerators["H100-80GB-SXM"]) == pytest.approx(122, rel=0.2)
    assert idle_w(catalog.accelerators["A100-80GB-SXM"]) == pytest.approx(80, rel=0.2)


def test_unpublished_power_is_refused_not_guessed(catalog):
    with pytest.raises(ValueError, match="Trainium1"):
        full_w(catalog.accelerators["Trainium1"])


def test_server_is_host_and_accelerators(catalog, server):
    part = catalog.accelerators["H100-80GB-SXM"]
    node = server(part.name)
    assert node_full_w(node, part) == 1500 + 8 * 700
    assert node_idle_w(node, part) == 1500 + 8 * idle_w(part)


def test_busy_h100_server_draws_what_its_meter_said(catalog):
    """Mean of an 8 x H100 node in a LoRA run at the wall: 7.1 kW (MLPerf Training v4.1, Dell)."""
    node = catalog.node_types["hgx-h100-8"]
    part = catalog.accelerators[node.accelerator]
    training = TimeShares(arithmetic=0.85, memory=0.0)
    assert node.host_power_w + 8 * busy_w(part, training) == pytest.approx(7100, rel=0.1)


@given(st.floats(0, 1), st.floats(0, 1))
def test_busy_power_lies_between_idle_and_full(catalog, split, working):
    part = catalog.accelerators["L4"]
    time = TimeShares(arithmetic=working * split, memory=working * (1 - split))
    assert idle_w(part) <= busy_w(part, time) <= full_w(part)
