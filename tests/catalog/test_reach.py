"""Users' regions: parts of a workload, round trips of sites, and faults of both."""

import pytest

from planner.catalog.reach import at_place, by_region, located_sites, under_way_ms
from planner.catalog.references import check_scenario
from planner.domain.horizon import Horizon
from planner.domain.network import UserRegion
from planner.domain.option import Place
from planner.domain.placement import UserShare
from planner.domain.pricing import Offer
from planner.domain.revenue import Revenue
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Serving
from planner.errors import InputError

OFFER = Offer(node_type="hgx-h100-8", purchase="on_demand", usd_per_node_hour=20.0)
FRANKFURT = "europe/frankfurt"


def users(*shares, zone=None):
    return tuple(UserShare(region=name, share=part, time_zone=zone) for name, part in shares)


def chat(**changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "architecture": "llama-3.1-8b",
        "requests_per_s": 10.0,
        "input_tokens": 100,
        "output_tokens": 100,
    }
    return Serving(**{**fields, **changes})


def site(**changes):
    facts = {"name": "here", "pue": 1.2, "carbon_g_per_kwh": 100.0, "capacity": (OFFER,)}
    return ScenarioSite(**{**facts, **changes})


def ask(*workloads, sites=(), **changes):
    return Scenario(
        scenario="s", horizon=Horizon(days=1), sites=sites or (site(),), workloads=workloads,
        **changes,
    )  # fmt: skip


def told(catalog, *workloads, **changes):
    with pytest.raises(InputError) as caught:
        check_scenario(ask(*workloads, **changes), catalog)
    return [(fault.field, str(fault)) for fault in caught.value.faults]


def test_every_region_has_its_part_of_everything():
    work = chat(
        users=users(("a", 0.75), ("b", 0.25), zone="Asia/Tokyo"),
        planned_requests_per_s=20.0,
        unmet_penalty_usd=8.0,
        revenue=Revenue(usd_per_user_month=1.0, monthly_active_users=1000.0),
    )
    one, other = by_region(work)
    assert (one.name, other.name) == ("chat/a", "chat/b")
    assert (one.requests_per_s, other.requests_per_s) == (7.5, 2.5)
    assert (one.planned_requests_per_s, other.unmet_penalty_usd) == (15.0, 2.0)
    assert one.revenue.monthly_active_users == pytest.approx(750.0)
    assert [each.share for each in one.users] == [1.0]


def test_demand_by_the_hour_goes_by_the_clock_of_the_users():
    shape = {"series": {"by_hour": (1.0,) * 23 + (5.0,)}}
    work = chat(
        requests_per_s=None, demand=shape, users=users(("a", 0.5), ("b", 0.5), zone="Asia/Tokyo")
    )
    for each in by_region(work):
        assert each.demand.series.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize("work", [chat(), chat(users=users(("a", 1.0)))])
def test_one_region_is_the_workload_itself(work):
    assert list(by_region(work)) == [work]


@pytest.mark.parametrize(("ms", "counted"), [(0.0, 0.0), (0.1, 5.0), (5.0, 5.0), (12.3, 15.0)])
def test_round_trips_are_rounded_up_to_steps(ms, counted):
    place = Place("here", 1.0, 0.0, None, None, round_trip_ms=(("a", ms),))
    work = chat(users=users(("a", 1.0)), network_ms=20.0)
    assert under_way_ms(work, place) == counted
    assert at_place(work, place).network_ms == 20.0 + counted
    assert at_place(chat(), place) == chat()


def test_what_a_site_states_goes_before_what_is_known(catalog):
    work = chat(users=users((FRANKFURT, 1.0)))
    known = ask(work, sites=(site(catalog="aws/eu-central-1"),))
    (near,) = located_sites(known, catalog)
    assert near.country == "DE"
    assert 0 <= near.round_trip_ms[FRANKFURT] < 15
    stated = ask(work, sites=(site(catalog="aws/eu-central-1", round_trip_ms={FRANKFURT: 70.0}),))
    assert located_sites(stated, catalog)[0].round_trip_ms == {FRANKFURT: 70.0}


def test_a_place_of_ones_own_is_as_far_as_it_is(catalog):
    """Sydney to Frankfurt, and a region of one's own next door."""
    mine = UserRegion(name="mine", title="Mine", latitude=-33.9, longitude=151.2, source="me")
    work = chat(users=users((FRANKFURT, 0.5), ("mine", 0.5)))
    scenario = ask(work, sites=(site(latitude=-33.8, longitude=151.0),), user_regions=(mine,))
    (placed,) = located_sites(scenario, check_scenario(scenario, catalog))
    assert placed.round_trip_ms["mine"] < 10
    assert 150 < placed.round_trip_ms[FRANKFURT] < 400


def test_shares_must_be_all(catalog):
    near = site(round_trip_ms={FRANKFURT: 5.0, "europe/paris": 5.0})
    work = chat(users=users((FRANKFURT, 0.5), ("europe/paris", 0.4)))
    ((field, text),) = told(catalog, work, sites=(near,))
    assert field == "workloads.0.users"
    assert "must add up to 1" in text
    assert "0.9" in text
    work = chat(users=users((FRANKFURT, 0.5), (FRANKFURT, 0.5)))
    ((field, text),) = told(catalog, work, sites=(site(round_trip_ms={FRANKFURT: 5.0}),))
    assert "names a region twice" in text


def test_regions_must_be_known(catalog):
    near = site(round_trip_ms={"europe/frankfort": 5.0})
    work = chat(users=users(("europe/frankfort", 1.0)))
    ((field, text),) = told(catalog, work, sites=(near,))
    assert field == "workloads.0.users.0.region"
    assert FRANKFURT in text


def test_a_site_must_have_a_place_where_users_have(catalog):
    ((field, text),) = told(catalog, chat(users=users((FRANKFURT, 1.0))))
    assert field == "sites.0"
    assert "has no place: state catalog, latitude and longitude, or round_trip_ms" in text
