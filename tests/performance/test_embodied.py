"""Embodied carbon against published accounts, and its own rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.performance.embodied import embodied_kg, embodied_kg_per_hour


def test_bloom_paper_is_met(catalog):
    """384 A100 80 GB for 1,082,990 GPU hours, over 6 years of which 85 % are used: 11.2 t
    (Luccioni et al. 2023, arXiv 2211.02001, section 4.1)."""
    node = catalog.node_types["hgx-a100-80gb-8"]
    kg_per_hour = embodied_kg_per_hour(node, catalog.accelerators[node.accelerator], 6)
    assert kg_per_hour is not None
    assert 1_082_990 / 8 / 0.85 * kg_per_hour == pytest.approx(11_200, rel=0.01)


def test_published_board_of_eight_is_eight_parts(catalog, server):
    """1,312 kg (H100) and 2,274 kg (B200) a board, product carbon footprints of 2025."""
    for name, board_kg in (("H100-80GB-SXM", 1312), ("B200", 2274)):
        node = server(name, embodied_host_kg_co2e=1000.0)
        assert embodied_kg(node, catalog.accelerators[name]) == 1000 + board_kg


def test_half_a_footprint_is_none(catalog, server):
    known, unknown = catalog.accelerators["H100-80GB-SXM"], catalog.accelerators["MI300X"]
    with_host = server(unknown.name, embodied_host_kg_co2e=2500.0)
    assert embodied_kg(with_host, unknown) is None
    assert embodied_kg(server(known.name), known) is None
    assert embodied_kg_per_hour(server(known.name), known, 5) is None


@pytest.mark.parametrize("life_years", [0, -1, float("nan")])
def test_a_life_of_no_time_is_refused(catalog, life_years):
    node = catalog.node_types["hgx-h100-8"]
    part = catalog.accelerators[node.accelerator]
    with pytest.raises(ValueError, match=r"^a server must live for more than 0 years, not "):
        embodied_kg_per_hour(node, part, life_years)


@given(st.floats(0.1, 20), st.floats(1, 5))
def test_a_longer_life_costs_less_an_hour_and_the_same_in_all(catalog, life_years, longer):
    node = catalog.node_types["hgx-h100-8"]
    part = catalog.accelerators[node.accelerator]
    short = embodied_kg_per_hour(node, part, life_years)
    long = embodied_kg_per_hour(node, part, longer * life_years)
    assert short is not None
    assert long is not None
    assert long <= short
    assert long * longer == pytest.approx(short)


def test_making_is_a_small_part_of_running(catalog):
    """Making is some per cent of the emissions of training on an average grid (4 % in Falk et
    al. 2025, arXiv 2509.00093); here with 400 g/kWh, a full server and 5 years."""
    node = catalog.node_types["hgx-h100-8"]
    making_kg = embodied_kg_per_hour(node, catalog.accelerators[node.accelerator], 5)
    running_kg = 7.1 * 0.4
    assert making_kg is not None
    assert 0.01 < making_kg / (making_kg + running_kg) < 0.1
