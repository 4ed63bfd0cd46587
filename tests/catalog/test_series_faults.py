"""Series that cannot be what they are used for, each told once and where it is stated."""

from datetime import UTC, date, datetime

import pytest

from planner.catalog.references import check_scenario
from planner.catalog.series_faults import series_faults
from planner.domain.demand import Demand
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.series import TimeSeries
from planner.domain.tariff import Tariff, TimeOfUse
from planner.domain.workload import Serving
from planner.errors import InputError

OFFER = Offer(node_type="hgx-h100-8", purchase="on_demand", usd_per_node_hour=20.0)
START = datetime(2024, 1, 1, tzinfo=UTC)


def values(*numbers, **fields):
    return TimeSeries(**{"values": tuple(map(float, numbers)), "start": START, **fields})


def shape(number, **fields):
    return TimeSeries(by_hour=(1.0,) * 23 + (number,), **fields)


def scenario(demand=None, start=date(2024, 1, 1), **site):
    facts = {"name": "here", "capacity": (OFFER,), **site}
    if "pue_series" not in facts:
        facts["pue"] = 1.2
    if "carbon_series" not in facts:
        facts["carbon_g_per_kwh"] = 100.0
    chat = Serving(
        kind="serving",
        name="chat",
        architecture="llama-3.1-8b",
        requests_per_s=10.0,
        input_tokens=100,
        output_tokens=100,
        demand=demand,
    )
    horizon = Horizon(days=2.0, start=start)
    return Scenario(
        scenario="s", horizon=horizon, sites=(ScenarioSite(**facts),), workloads=(chat,)
    )


@pytest.mark.parametrize(
    ("site", "field", "value", "rule"),
    [
        ({"pue_series": shape(0.9)}, "pue_series", "0.9", "must be 1 to 5, times scale"),
        ({"pue_series": shape(5.1)}, "pue_series", "5.1", "must be 1 to 5, times scale"),
        ({"pue_series": shape(1.2, scale=9.0)}, "pue_series", "9", "must be 1 to 5"),
        ({"pue_series": shape(1.2, weekend_by_hour=(0.5,) * 24)}, "pue_series", "0.5", "1 to 5"),
        ({"carbon_series": values(5, -1)}, "carbon_series", "-1", "0 to 1e+15 g/kWh"),
        ({"carbon_series": values(5, 7, scale=1e15)}, "carbon_series", "5e+15", "0 to 1e+15"),
        ({"tariff": Tariff(series=values(84.6, 120))}, "tariff.series", "120", "0.001"),
        ({"tariff": Tariff(series=values(-130, 5))}, "tariff.series", "-130", "-100 to 100"),
    ],
)
def test_values_out_of_the_range_of_their_quantity(site, field, value, rule):
    (fault,) = series_faults(scenario(**site))
    assert (fault.source, fault.field, fault.value) == ("s", f"sites.0.{field}", value)
    assert rule in fault.rule
    assert fault.hint.startswith("it is value ")


@pytest.mark.parametrize(
    ("demand", "rule"),
    [
        (Demand(series=values(3, -1, 4)), "must be 0 to 1e+15 requests/s"),
        (Demand(series=values(0, 0)), "must be above 0 at some time of the horizon"),
        (Demand(series=values(5, scale=-1.0)), "must be 0 to 1e+15 requests/s"),
        (
            Demand(series=values(1, 2, 3), extrapolated=True),
            "must reach over 2 days or more to go on from",
        ),
        (
            Demand(series=values(*[0.0] * 24), extrapolated=True, plan_for=0.9),
            "must reach over 2 days or more to go on from",
        ),
    ],
)
def test_demand_that_is_none(demand, rule):
    (fault,) = series_faults(scenario(demand))
    assert (fault.source, fault.field) == ("s", "workloads.0.demand.series")
    assert fault.rule.startswith(rule)


@pytest.mark.parametrize(
    "made",
    [
        {"carbon_series": values(1, 2)},
        {"demand": Demand(series=values(1, 2))},
        {"tariff": Tariff(series=values(1, 2))},
        {"tariff": Tariff(usd_per_kwh=0.1, times=(TimeOfUse(usd_per_kwh=0.2, months=(1,)),))},
    ],
)
def test_dates_need_a_start_of_the_horizon(made):
    (fault,) = series_faults(scenario(start=None, **made))
    assert fault.field == "horizon.start"
    assert fault.rule.startswith("must be stated where ")
    assert list(series_faults(scenario(**made))) == []


def test_hours_of_the_day_need_none():
    made = scenario(
        Demand(series=shape(3.0), plan_for=0.9), start=None, pue_series=shape(1.5, scale=1.0)
    )
    assert list(series_faults(made)) == []


def test_a_scenario_made_in_python_is_told_the_same(catalog):
    with pytest.raises(InputError) as caught:
        check_scenario(scenario(Demand(series=values(0)), pue_series=shape(0.0)), catalog)
    fields = [fault.field for fault in caught.value.faults]
    assert fields == ["sites.0.pue_series", "workloads.0.demand.series"]
