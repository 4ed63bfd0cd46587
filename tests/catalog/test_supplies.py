"""What sites have beside the grid, period by period; and what of it cannot be."""

import copy
import json
from datetime import date

import pytest
from pydantic import ValidationError

from planner.catalog.references import check_scenario
from planner.catalog.supplies import billing_months, metered
from planner.domain.horizon import Horizon, RepresentativeDays
from planner.domain.scenario import Scenario
from planner.errors import InputError

DAY = {"by_hour": [float(hour) for hour in range(24)]}
CUT = {"name": "dr", "baseline_kw": 10.0, "most_kw": 5.0, "usd_per_kwh": 0.2}
ASKED = {
    "scenario": "s",
    "horizon": {"days": 2.0, "periods_by": "days", "start": "2024-03-30"},
    "sites": [
        {
            "name": "here",
            "pue": 1.2,
            "carbon_g_per_kwh": 100.0,
            "electricity_usd_per_kwh": 0.1,
            "it_power_limit_kw": 50.0,
            "capacity": [
                {"node_type": "hgx-h100-8", "purchase": "owned", "available_nodes": 2},
                {"node_type": "hgx-h100-8", "purchase": "on_demand", "usd_per_node_hour": 20.0},
            ],
        },
        {
            "name": "cloud",
            "pue": 1.2,
            "carbon_g_per_kwh": 100.0,
            "capacity": [
                {"node_type": "hgx-h100-8", "purchase": "on_demand", "usd_per_node_hour": 20.0}
            ],
        },
    ],
    "workloads": [
        {
            "kind": "serving",
            "name": "chat",
            "architecture": "llama-3.1-8b",
            "requests_per_s": 10.0,
            "input_tokens": 100,
            "output_tokens": 100,
        }
    ],
}


def asked(changes):
    """The scenario with values at paths, such as `sites.0.power`."""
    document = copy.deepcopy(ASKED)
    for path, value in changes.items():
        *steps, last = path.split(".")
        place = document
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if value is None:
            place.pop(last, None)
        else:
            place[int(last) if isinstance(place, list) else last] = value
    return Scenario.model_validate_json(json.dumps(document))


def test_a_site_with_a_price_alone_has_no_meter(catalog):
    scenario = asked({})
    check_scenario(scenario, catalog)
    assert not metered(scenario).is_needed
    assert not metered(asked({"sites.0.power": {"wue_l_per_kwh": 1.0}})).is_needed


def test_own_generation_and_calls_go_by_the_clocks_of_their_zones():
    """A day of 23 hours in Berlin: what is called from 2 to 4 there is one hour then."""
    power = {
        "on_site": [{"name": "roof", "series": {**DAY, "time_zone": "Europe/Berlin"}}],
        "curtailment": [
            {**CUT, "hours": {"from_hour": 2, "to_hour": 4}, "time_zone": "Europe/Berlin"}
        ],
    }
    horizon = {**ASKED["horizon"], "time_zone": "Europe/Berlin"}
    (supply,) = metered(asked({"sites.0.power": power, "horizon": horizon})).supplies
    day = sum(range(24))
    assert supply.on_site_kwh == (pytest.approx((day, day - 2)),)
    assert supply.called_hours == (pytest.approx((2.0, 1.0)),)


def test_calls_may_be_of_workdays_and_months():
    """March 30, 2024 is a Saturday."""
    power = {"curtailment": [{**CUT, "hours": {"days": "weekends", "months": [3]}}]}
    changes = {"sites.0.power": power, "horizon.days": 4.0}
    (supply,) = metered(asked(changes)).supplies
    assert supply.called_hours == ((24.0, 24.0, 0.0, 0.0),)


@pytest.mark.parametrize(
    ("horizon", "expected"),
    [
        (
            {"days": 60, "start": date(2024, 1, 31), "periods_by": "months"},
            [((0,), 1), ((1,), 29), ((2,), 30)],
        ),
        ({"days": 4, "start": date(2024, 1, 30), "periods": 4}, [((0, 1), 2), ((2, 3), 2)]),
        ({"months": 2, "periods": 4}, [((0, 1), 30.4375), ((2, 3), 30.4375)]),
        (
            {"months": 6, "start": date(2024, 1, 1), "periods_by": "quarters"},
            [((0,), 91), ((1,), 91)],
        ),
        (
            {
                "days": 40,
                "start": date(2024, 1, 1),
                "periods_by": "months",
                "representative_days": RepresentativeDays(slice_hours=12),
            },
            [((0, 1), 31), ((2, 3), 9)],
        ),
    ],
)
def test_billing_months_are_those_of_the_calendar(horizon, expected):
    found = billing_months(Horizon(**horizon))
    assert [each.periods for each in found] == [numbers for numbers, _ in expected]
    days = [each.months * 30.4375 for each in found]
    assert days == pytest.approx([count for _, count in expected])


def test_a_month_with_a_change_of_clocks_is_an_hour_shorter():
    horizon = Horizon(
        months=2, start=date(2024, 3, 1), periods_by="months", time_zone="Europe/Berlin"
    )
    found = [each.months * 730.5 for each in billing_months(horizon)]
    assert found == pytest.approx([31 * 24 - 1, 30 * 24])


SERIES = {"values": [1.0], "start": "2024-01-01T00:00Z"}
FAULTS = {
    "curtailment without a limit": (
        {"sites.0.power": {"curtailment": [CUT]}, "sites.0.it_power_limit_kw": None},
        "sites.0.power.curtailment",
        "state it_power_limit_kw",
    ),
    "oversubscription without a limit": (
        {"sites.0.power": {"oversubscription": 1.5}, "sites.0.it_power_limit_kw": None},
        "sites.0.power.oversubscription",
        "state it_power_limit_kw",
    ),
    "generation below 0": (
        {"sites.0.power": {"on_site": [{"name": "r", "series": {**DAY, "scale": -1.0}}]}},
        "sites.0.power.on_site.0.series",
        "must be 0 to",
    ),
    "a contract below 0": (
        {"sites.0.power": {"clean_energy": [{"name": "r", "series": {**DAY, "scale": -1.0}}]}},
        "sites.0.power.clean_energy.0.series",
        "must be 0 to",
    ),
    "values without a start": (
        {
            "horizon": {"days": 2.0},
            "sites.0.power": {"on_site": [{"name": "r", "series": SERIES}]},
        },
        "horizon.start",
        "must be stated",
    ),
    "a series from a file": (
        {"sites.0.power": {"on_site": [{"name": "r", "series": {"file": "sun.csv"}}]}},
        "sites.0.power.on_site.0.series.file",
        "state the values instead",
    ),
    "clean energy for a cloud": (
        {"sites.1.power": {"clean_energy": [{"name": "ppa", "series": DAY}]}},
        "sites.1.power.clean_energy",
        "leave it out",
    ),
    "the sun on a cloud": (
        {"sites.1.power": {"on_site": [{"name": "roof", "series": DAY}]}},
        "sites.1.power.on_site",
        "leave it out",
    ),
    "gone before it comes": (
        {"sites.0.capacity.0.from_days": 1.0, "sites.0.capacity.0.until_days": 1.0},
        "sites.0.capacity.0.until_days",
        "must be after from_days",
    ),
    "phases that break the limit of the meter": (
        {
            "sites.0.power": {"facility_limit_kw": 100.0},
            "sites.0.phases": [{"name": "one", "it_power_kw": 40.0, "cost_usd": 1.0}],
        },
        "sites.0.power.facility_limit_kw",
        "must be at least 108",
    ),
    "overhead over the limit of energy": (
        {"sites.0.power": {"fixed_overhead_kw": 10.0}, "limits": {"energy_mwh": 0.4}},
        "limits.energy_mwh",
        "must be at least 0.48",
    ),
    "a failure of an unknown site": (
        {"failures": [{"name": "f", "sites": ["hree"]}]},
        "failures.0.sites.0",
        "unknown site",
    ),
    "a share of an unknown site": (
        {"share_limits": [{"name": "l", "sites": ["hree"]}]},
        "share_limits.0.sites.0",
        "unknown site",
    ),
    "a share of an unknown vendor": (
        {"share_limits": [{"name": "l", "vendors": ["Nvidia"]}]},
        "share_limits.0.vendors.0",
        "unknown vendor",
    ),
    "a share of an unknown offer": (
        {"share_limits": [{"name": "l", "purchases": ["ownd"]}]},
        "share_limits.0.purchases.0",
        "unknown offer",
    ),
    "running at an unknown site": (
        {"workloads.0.runs_today": [{"site": "hree", "accelerators": 1}]},
        "workloads.0.runs_today.0.site",
        "unknown site",
    ),
    "protection that one site cannot give": (
        {"workloads.0.protected_share": 1.0, "workloads.0.sites": ["here"]},
        "workloads.0.protected_share",
        "leaves no site",
    ),
    "protection when all sites fail": (
        {
            "workloads.0.protected_share": 0.5,
            "failures": [{"name": "all", "sites": ["here", "cloud"]}],
        },
        "workloads.0.protected_share",
        "failure of all leaves no site",
    ),
    "shares of sites that are not all": (
        {"workloads.0.max_site_share": 0.4},
        "workloads.0.max_site_share",
        "must be at least 0.5",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_cannot_be_is_told_once_with_its_field(catalog, what):
    changes, field, rule = FAULTS[what]
    with pytest.raises(InputError) as caught:
        check_scenario(asked(changes), catalog)
    (fault,) = caught.value.faults
    assert fault.field == field
    assert rule in fault.rule


def test_a_share_may_go_unmet_where_sites_have_too_little(catalog):
    check_scenario(
        asked({"workloads.0.max_site_share": 0.4, "workloads.0.unmet_penalty_usd": 5.0}), catalog
    )


PHASE = {"name": "one", "it_power_kw": 40.0, "cost_usd": 1.0}
REFUSED = {
    "two phases have one name": {"sites.0.phases": [PHASE, PHASE]},
    "two of on_site have one name": {
        "sites.0.power": {"on_site": [{"name": "r", "series": DAY}] * 2}
    },
    "two of curtailment have one name": {"sites.0.power": {"curtailment": [CUT, CUT]}},
    "state sites, vendors or purchases": {"share_limits": [{"name": "l"}]},
    "min_share must be at most": {
        "share_limits": [{"name": "l", "sites": ["here"], "min_share": 0.5, "max_share": 0.4}]
    },
    "state countries, site_classes, or both": {"workloads.0.residency": {}},
    "latitude and longitude go together": {"sites.0.latitude": 5.0},
    "two failures are called f": {"failures": [{"name": "f", "sites": ["here"]}] * 2},
}


@pytest.mark.parametrize("rule", REFUSED)
def test_what_contradicts_itself_is_refused(rule):
    with pytest.raises(ValidationError, match=rule):
        asked(REFUSED[rule])
