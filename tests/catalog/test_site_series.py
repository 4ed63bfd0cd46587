"""Sites as every period finds them."""

from datetime import UTC, date, datetime

import pytest

from planner.catalog.site_series import mean_sites, sites_by_period
from planner.domain.horizon import Horizon, RepresentativeDays
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.series import TimeSeries
from planner.domain.tariff import Tariff, TimeOfUse
from planner.domain.workload import Serving

MONDAY = date(2024, 1, 1)
OFFER = Offer(node_type="hgx-h100-8", purchase="on_demand", usd_per_node_hour=20.0)
CHAT = Serving(
    kind="serving",
    name="chat",
    architecture="llama-3.1-8b",
    requests_per_s=10.0,
    input_tokens=100,
    output_tokens=100,
)
PLAIN = ScenarioSite(
    name="plain", pue=1.3, electricity_usd_per_kwh=0.2, carbon_g_per_kwh=100.0, capacity=(OFFER,)
)
CHANGING = ScenarioSite(
    name="changing",
    pue_series=TimeSeries(by_hour=(1.1,) * 12 + (1.3,) * 12),
    tariff=Tariff(usd_per_kwh=0.3, times=(TimeOfUse(usd_per_kwh=0.1, to_hour=12),)),
    carbon_series=TimeSeries(
        values=(0.0,) * 24 + (480.0,) * 24, start=datetime(2024, 1, 1, tzinfo=UTC)
    ),
    capacity=(OFFER,),
)
FACTS = ("pue", "electricity_usd_per_kwh", "carbon_g_per_kwh")


def scenario(*sites, **horizon):
    asked = Horizon(start=MONDAY, **horizon)
    return Scenario(scenario="s", horizon=asked, sites=sites, workloads=(CHAT,))


def facts(site):
    return [getattr(site, name) for name in FACTS]


def test_sites_without_series_stay_as_they_are():
    asked = scenario(PLAIN, days=30.0, periods=3)
    assert sites_by_period(asked) == ((PLAIN,),) * 3
    assert mean_sites(asked) == (PLAIN,)


def test_every_day_has_its_means():
    first, then = sites_by_period(scenario(PLAIN, CHANGING, days=2.0, periods=2))
    assert first[0] == then[0] == PLAIN
    assert facts(first[1]) == pytest.approx([1.2, 0.2, 0])
    assert facts(then[1]) == pytest.approx([1.2, 0.2, 480])
    assert (first[1].tariff, first[1].carbon_series, first[1].pue_series) == (None, None, None)


def test_every_half_of_the_day_has_its_means():
    halves = RepresentativeDays(slice_hours=12)
    found = sites_by_period(scenario(CHANGING, days=2.0, representative_days=halves))
    assert [facts(site) for (site,) in found] == [
        pytest.approx([1.1, 0.1, 240]),
        pytest.approx([1.3, 0.3, 240]),
    ]


def test_means_over_all_of_it_weigh_hours():
    """A day and a half: 24 hours of 0 g and 12 of 480; nights are two thirds."""
    (site,) = mean_sites(scenario(CHANGING, days=1.5, periods=3))
    assert facts(site) == pytest.approx([3.5 / 3, 0.5 / 3, 160])
    assert site.tariff is not None
