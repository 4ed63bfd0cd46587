"""User regions and links that come with planner."""

from collections import Counter

import pytest

from planner.domain.network import INTERNET
from planner.network.distance import fibre_round_trip_ms, great_circle_km
from planner_grid.plugin import planner_links, planner_sites, planner_user_regions


@pytest.fixture(scope="module")
def sites():
    return {site.name: site for site in planner_sites()}


@pytest.fixture(scope="module")
def regions():
    return {region.name: region for region in planner_user_regions()}


@pytest.fixture(scope="module")
def links():
    return {(link.from_place, link.to_place): link for link in planner_links()}


def test_user_regions_are_all_over_the_world_with_neutral_names(regions, sites):
    assert len(regions) >= 40
    parts = Counter(name.partition("/")[0] for name in regions)
    assert parts.keys() == {
        *("africa", "asia", "canada", "europe", "mexico", "oceania", "south-america", "us")
    }
    assert not regions.keys() & sites.keys()
    assert all(region.country and region.source for region in regions.values())


def test_user_regions_lie_where_their_source_says(regions, sites):
    named = [each for each in regions.values() if each.source.startswith("coordinates of ")]
    assert len(named) >= 40
    for region in named:
        site = sites[region.source.split()[2].rstrip(",")]
        assert great_circle_km(region, site) == 0
        assert region.country == site.country


def test_no_two_user_regions_are_one_place(regions):
    by_place = Counter((each.latitude, each.longitude) for each in regions.values())
    assert by_place.most_common(1)[0][1] == 1


def test_links_join_sites_of_one_provider_or_lead_to_the_internet(links, sites):
    assert len(links) == len(list(planner_links())) >= 2_500
    for start, end in links:
        assert start in sites
        assert end == INTERNET or sites[end].provider == sites[start].provider


def test_every_round_trip_stands_once(links):
    timed = {key for key, link in links.items() if link.round_trip_ms is not None}
    assert len(timed) >= 2_000
    assert not timed & {(end, start) for start, end in timed}


def test_what_was_measured_is_slower_than_light_in_fibre(links, sites):
    for (start, end), link in links.items():
        if link.round_trip_ms is not None and link.round_trip_basis == "measured":
            km = great_circle_km(sites[start], sites[end])
            assert link.round_trip_ms >= fibre_round_trip_ms(km), (start, end)


@pytest.mark.parametrize(
    ("start", "end", "ms", "basis"),
    [
        ("azure/australiacentral", "azure/australiacentral2", 3.5, "measured"),  # 3 and 4
        ("azure/eastus", "azure/eastus2", 10, "measured"),
        ("gcp/europe-west1", "gcp/europe-west4", 7, "measured"),
        ("aws/af-south-1", "aws/ap-east-1", 229, "nearby"),
    ],
)
def test_published_round_trips(links, start, end, ms, basis):
    link = links[start, end]
    assert (link.round_trip_ms, link.round_trip_basis) == (ms, basis)


@pytest.mark.parametrize(
    ("start", "end", "usd"),
    [
        ("aws/us-east-1", "aws/us-east-2", 0.01),
        ("aws/us-east-1", INTERNET, 0.09),
        ("aws/sa-east-1", INTERNET, 0.15),
        ("azure/brazilsouth", INTERNET, 0.181),
        ("gcp/us-central1", INTERNET, 0.12),
    ],
)
def test_published_prices(links, start, end, usd):
    assert links[start, end].usd_per_gb == usd


def test_prices_are_plausible(links):
    prices = [link.usd_per_gb for link in links.values() if link.usd_per_gb is not None]
    assert len(prices) >= 1_200
    assert min(prices) >= 0.01
    assert max(prices) <= 0.2


def test_every_link_says_where_its_figures_are_from(links):
    for link in links.values():
        both = link.round_trip_ms is not None and link.usd_per_gb is not None
        assert ("(round trip)" in link.source and "(price)" in link.source) == both
        assert "MIT" in link.source or "Apache-2.0" in link.source
