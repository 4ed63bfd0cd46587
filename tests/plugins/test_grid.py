from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from planner.domain.site import Site
from planner_grid.plugin import planner_sites

PROVIDER_MEAN_PUE = {"aws": 1.15, "azure": 1.16, "gcp": 1.09}


@pytest.fixture(scope="module")
def sites() -> dict[str, Site]:
    return {site.name: site for site in planner_sites()}


def test_at_least_a_hundred_regions_each_listed_once(sites: dict[str, Site]) -> None:
    assert len(sites) == len(list(planner_sites())) >= 100


def test_names_are_provider_and_region(sites: dict[str, Site]) -> None:
    assert {site.provider for site in sites.values()} == {"aws", "azure", "gcp"}
    assert all(name.startswith(f"{site.provider}/") for name, site in sites.items())
    assert all(site.country and len(site.country) == 2 for site in sites.values())


COUNTRY_BOXES = {  # south, north, west, east of the inhabited land
    "AU": (-44, -10, 113, 154),
    "BR": (-34, 6, -74, -34),
    "CA": (41, 70, -141, -52),
    "CH": (45.8, 47.9, 5.9, 10.5),
    "DE": (47, 55.1, 5.8, 15.1),
    "ES": (36, 43.9, -9.4, 3.4),
    "FR": (41.3, 51.2, -5.2, 9.6),
    "IE": (51.3, 55.5, -10.7, -5.9),
    "IL": (29.4, 33.4, 34.2, 35.9),
    "IN": (8, 35.6, 68, 97.5),
    "JP": (30, 45.6, 129, 146),
    "NL": (50.7, 53.6, 3.3, 7.3),
    "SE": (55.3, 69.1, 11, 24.2),
    "US": (24.5, 49.4, -125, -66.9),
}


def test_coordinates_lie_in_the_country(sites: dict[str, Site]) -> None:
    for site in sites.values():
        if site.country in COUNTRY_BOXES:
            south, north, west, east = COUNTRY_BOXES[site.country]
            assert south <= site.latitude <= north, site.name
            assert west <= site.longitude <= east, site.name


def test_pue_is_measured_or_marked_as_what_it_is(sites: dict[str, Site]) -> None:
    for site in sites.values():
        assert 1 <= site.pue <= 2, site.name
        kind = site.pue_basis.rsplit(" 20", 1)[0]
        assert kind in {"measured", "provider's mean", "provider's figure"}, site.name
        if kind == "provider's mean":
            assert site.pue == PROVIDER_MEAN_PUE[str(site.provider)], site.name


def test_water_use_is_published_or_empty(sites: dict[str, Site]) -> None:
    wet = [site for site in sites.values() if site.wue_l_per_kwh is not None]
    assert len(wet) >= 50
    assert all((site.wue_basis is not None) == (site in wet) for site in sites.values())
    for site in wet:
        assert 0 <= (site.wue_l_per_kwh or 0) <= 3, site.name
        kind = (site.wue_basis or "").rsplit(" 20", 1)[0].removesuffix(", one for several regions")
        assert kind in {"measured", "provider's mean", "provider's figure"}, site.name
        if kind == "provider's mean":
            assert (site.provider, site.wue_l_per_kwh) == ("aws", 0.18), site.name
    assert not any(site.provider == "gcp" for site in wet)


def test_deserts_and_tropics_are_cooled_with_more_water(sites: dict[str, Site]) -> None:
    """Arizona, Singapore and Jakarta evaporate water, Dublin and Stockholm take air."""
    litres = {name: site.wue_l_per_kwh or 0 for name, site in sites.items()}
    hot = min(
        litres[name] for name in ("azure/westus3", "azure/southeastasia", "aws/ap-southeast-3")
    )
    cold = max(litres[name] for name in ("aws/eu-west-1", "azure/northeurope", "aws/eu-north-1"))
    assert hot > 2
    assert cold < 0.05


def test_every_site_has_a_time_zone_that_exists(sites: dict[str, Site]) -> None:
    for site in sites.values():
        assert site.time_zone is not None, site.name
        assert ZoneInfo(site.time_zone).key == site.time_zone


def test_time_zones_lie_where_the_sun_says(sites: dict[str, Site]) -> None:
    """Standard time follows the longitude; politics shifts it by at most two hours."""
    for site in sites.values():
        zone = ZoneInfo(str(site.time_zone))
        moments = [datetime(2024, month, 1, 12, tzinfo=zone) for month in (1, 7)]
        standard = min(moment.utcoffset() or timedelta() for moment in moments)
        assert abs(standard / timedelta(hours=1) - site.longitude / 15) < 2.2, site.name


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("aws/us-east-1", "America/New_York"),
        ("azure/westus3", "America/Phoenix"),
        ("gcp/europe-west10", "Europe/Berlin"),
        ("aws/ap-south-2", "Asia/Kolkata"),
        ("azure/australiasoutheast", "Australia/Melbourne"),
        ("gcp/southamerica-west1", "America/Santiago"),
    ],
)
def test_time_zones_of_well_known_places(sites: dict[str, Site], name: str, zone: str) -> None:
    assert sites[name].time_zone == zone


@pytest.mark.parametrize(
    ("country", "lowest", "highest"),
    [
        ("FR", 10, 70),
        ("NO", 10, 70),
        ("SE", 10, 70),
        ("CH", 10, 110),
        ("DE", 250, 450),
        ("AU", 450, 700),
        ("IN", 500, 800),
        ("PL", 500, 800),
        ("ZA", 600, 800),
    ],
)
def test_grid_carbon_of_well_known_grids(
    sites: dict[str, Site], country: str, lowest: float, highest: float
) -> None:
    found = [site.carbon_g_per_kwh for site in sites.values() if site.country == country]
    assert found
    assert all(lowest <= carbon <= highest for carbon in found)


def test_regions_on_one_grid_have_one_carbon_intensity(sites: dict[str, Site]) -> None:
    carbon = {(site.grid_zone, site.carbon_g_per_kwh) for site in sites.values()}
    assert len(carbon) == len({site.grid_zone for site in sites.values()})
    assert all("life-cycle" in site.carbon_basis for site in sites.values())


def test_electricity_prices_are_plausible_and_say_what_they_are(sites: dict[str, Site]) -> None:
    priced = [site for site in sites.values() if site.electricity_usd_per_kwh is not None]
    assert len(priced) >= 100
    assert all(0.03 <= (site.electricity_usd_per_kwh or 0) <= 0.25 for site in priced)
    assert all((site.electricity_basis is not None) == (site in priced) for site in sites.values())


def test_california_pays_more_than_iowa(sites: dict[str, Site]) -> None:
    """EIA industrial means of 2024: 21.53 and 6.80 cents."""
    assert sites["azure/westus"].electricity_usd_per_kwh == 0.2153
    assert sites["gcp/us-central1"].electricity_usd_per_kwh == 0.068
