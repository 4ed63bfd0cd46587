"""Links of the catalog: from whichever plugin, each once, between places that there are."""

import itertools

import pytest

from planner.catalog.index import build_catalog
from planner.domain.contribution import Contribution, Origin
from planner.domain.network import Link, UserRegion
from planner.domain.site import Site
from planner.errors import PluginError

ACME, OTHER = Origin("acme", "acme-planner", "1.2"), Origin("other", "other-planner", "0.3")
OSLO = UserRegion(name="europe/oslo", title="Oslo", latitude=59.9, longitude=10.7, source="us")
SITE = Site(
    name="acme/bergen",
    title="Bergen",
    latitude=60.4,
    longitude=5.3,
    pue=1.1,
    pue_basis="measured 2025",
    carbon_g_per_kwh=30,
    carbon_basis="2025 mean",
    source="us",
)


def link(start="acme/bergen", end="europe/oslo", **fields):
    return Link(from_place=start, to_place=end, source="us", **{"usd_per_gb": 0.1, **fields})


def catalog_of(*links, region=OSLO):
    return build_catalog(
        {
            "planner_sites": (Contribution(SITE, ACME),),
            "planner_user_regions": (Contribution(region, OTHER),),
            "planner_links": tuple(Contribution(each, origin) for each, origin in links),
        }
    )


def refusal(*links, **fields):
    with pytest.raises(PluginError) as caught:
        catalog_of(*links, **fields)
    return str(caught.value)


WAYS = (
    (link(), ACME),
    (link("europe/oslo", "acme/bergen", round_trip_ms=9.0), OTHER),
    (link(end="internet"), OTHER),
)


def test_links_are_found_by_their_ends_whatever_the_order_of_plugins():
    built = [catalog_of(*order) for order in itertools.permutations(WAYS)]
    assert len({each.digest() for each in built}) == 1
    assert [*built[0].links] == [
        ("acme/bergen", "europe/oslo"),
        ("acme/bergen", "internet"),
        ("europe/oslo", "acme/bergen"),
    ]
    assert built[0].user_regions["europe/oslo"] is OSLO
    assert built[0].origins[("user_regions", "europe/oslo")] == OTHER


def test_digest_shows_a_changed_link_and_region():
    before = catalog_of(*WAYS).digest()
    assert catalog_of(*WAYS[:2]).digest() != before
    moved = OSLO.model_copy(update={"latitude": 60.0})
    assert catalog_of(*WAYS, region=moved).digest() != before


def test_the_same_link_twice_names_both_plugins():
    told = refusal((link(), ACME), (link(usd_per_gb=0.2), OTHER))
    assert told.startswith("plugin other (other-planner 0.3): ")
    assert "acme/bergen / europe/oslo, from plugin acme (acme-planner 1.2)" in told


def test_a_round_trip_stated_in_both_directions_names_both_plugins():
    back = link("europe/oslo", "acme/bergen", round_trip_ms=9.0)
    told = refusal((link(round_trip_ms=8.0), ACME), (back, OTHER))
    assert "stated already by the way back" in told
    assert "plugin acme" in told
    assert "plugin other" in told


def test_a_link_to_an_unknown_place_suggests_the_nearest():
    told = refusal((link(end="europe/olso"), OTHER))
    assert "plugin other" in told
    assert "got europe/olso (did you mean europe/oslo?)" in told


def test_an_answer_that_is_no_link():
    told = refusal((OSLO, OTHER))
    assert "plugin other" in told
    assert "planner_links must answer with Link" in told


def test_a_user_region_with_the_name_of_a_site_names_both_plugins():
    told = refusal(region=OSLO.model_copy(update={"name": "acme/bergen"}))
    assert told.startswith("plugin other")
    assert "from plugin acme (acme-planner 1.2), got acme/bergen" in told
