"""What is stated of meters, by its names, on a right plan in which one thing is changed."""

from datetime import UTC, date, datetime

import pytest

import planner
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.scenario import Limits, Scenario, ScenarioSite
from planner.domain.series import TimeSeries
from planner.domain.site_power import CleanEnergy, Curtailment, OnSiteSource, SitePower
from planner.domain.tariff import Hours, Tariff
from planner.domain.workload import Serving

NODE = "hgx-h100-8"
TABLES = ("meters", "on_site", "curtailment", "demand_charges", "clean_energy")
CHANGE = 1e-4


def halves(*values):
    """By half days."""
    start = datetime(2024, 1, 31, tzinfo=UTC)
    return TimeSeries(values=values, start=start, step_minutes=720.0)


POWER = SitePower(
    oversubscription=2.0,
    ramp_kw_per_hour=50.0,
    fixed_overhead_kw=1.5,
    unused_nodes="idle",
    carbon_price_usd_per_tonne=40.0,
    on_site=(
        OnSiteSource(
            name="roof", series=halves(2.0, 1.0, 0.5, 3.0), usd_per_kwh=0.01, carbon_g_per_kwh=20.0
        ),
        OnSiteSource(name="wind", series=halves(0.3, 0.2, 0.4, 0.1)),
    ),
    curtailment=(
        Curtailment(
            name="dr", baseline_kw=30.0, most_kw=50.0, usd_per_kwh=0.05, hours=Hours(from_hour=18)
        ),
    ),
    clean_energy=(
        CleanEnergy(name="ppa", matching="hourly", series=halves(1.0, 2.0, 3.0, 4.0)),
        CleanEnergy(name="paper", series=halves(1.0, 1.0, 1.0, 1.0), usd_per_kwh=0.002),
    ),
)


@pytest.fixture(scope="module")
def scenario():
    """A day of January and one of February, each in two halves."""
    site = ScenarioSite(
        name="here",
        pue=1.2,
        carbon_series=halves(300.0, 200.0, 400.0, 100.0),
        tariff=Tariff(series=halves(0.1, 0.2, 0.15, 0.3), demand_charge_usd_per_kw_month=9.0),
        it_power_limit_kw=30.0,
        capacity=(Offer(node_type=NODE, purchase="owned", available_nodes=2),),
        power=POWER,
    )
    chat = Serving(
        kind="serving",
        name="chat",
        architecture="llama-3.1-8b",
        demand={"series": halves(20.0, 30.0, 10.0, 40.0)},
        input_tokens=1000,
        output_tokens=200,
    )
    return Scenario(
        scenario="metered",
        horizon=Horizon(days=2, periods=4, start=date(2024, 1, 31)),
        sites=(site,),
        workloads=(chat,),
    )


@pytest.fixture(scope="module")
def plan(scenario, catalog):
    return planner.plan(scenario, catalog=catalog, parameters=planner.Parameters(gap=1e-6))


def numbers(plan):
    """Every number of the rows of meters: table, row, field, value."""
    for table in TABLES:
        for number, row in enumerate(getattr(plan, table)):
            for field, value in row.model_dump().items():
                if isinstance(value, float):
                    yield table, number, field, value


def with_row(plan, table, number, row):
    rows = list(getattr(plan, table))
    rows[number] = row
    return plan.model_copy(update={table: tuple(rows)})


def test_the_plan_is_what_the_others_are_made_of(plan, scenario, violations):
    assert violations(plan, scenario) == ()
    assert [len(getattr(plan, table)) for table in TABLES[:2]] == [4, 8]
    assert all(getattr(plan, table) for table in TABLES)
    assert all(each.idle_mwh and each.overhead_mwh for each in plan.meters)


def test_every_number_of_every_row(plan, scenario, violations):
    missed, tried = [], 0
    for table, number, field, value in numbers(plan):
        sign = 1 if tried % 2 else -1
        changed = value * (1 + sign * CHANGE) if value else sign * CHANGE
        row = getattr(plan, table)[number].model_copy(update={field: changed})
        tried += 1
        if not violations(with_row(plan, table, number, row), scenario):
            missed.append((table, number, field))
    assert missed == []
    assert tried > 80


@pytest.mark.parametrize("table", TABLES)
def test_every_name(plan, scenario, violations, table):
    row = getattr(plan, table)[0]
    for field, value in row.model_dump().items():
        if isinstance(value, str):
            other = row.model_copy(update={field: "nothing-has-this-name"})
            assert violations(with_row(plan, table, 0, other), scenario), field


@pytest.mark.parametrize("table", TABLES)
def test_rows_dropped_doubled_and_invented(plan, scenario, violations, table):
    rows = getattr(plan, table)
    for number in range(len(rows)):
        dropped = plan.model_copy(update={table: rows[:number] + rows[number + 1 :]})
        assert violations(dropped, scenario), ("dropped", number)
        doubled = plan.model_copy(update={table: (*rows, rows[number])})
        assert violations(doubled, scenario), ("doubled", number)
    invented = rows[0].model_copy(update={"site": "elsewhere"})
    assert violations(plan.model_copy(update={table: (*rows, invented)}), scenario)


def test_a_plan_of_a_scenario_without_meters_has_none(plan, scenario, violations, passed_off):
    site = scenario.sites[0].model_copy(
        update={"power": None, "tariff": Tariff(series=scenario.sites[0].tariff.series)}
    )
    plain = scenario.model_copy(update={"sites": (site,)})
    found = violations(passed_off(plan, plain), plain)
    assert any("nothing that it could be about" in each.rule for each in found)


@pytest.mark.parametrize("field", ["market_carbon_tonnes", "water_m3", "carbon_tonnes"])
def test_totals(plan, scenario, violations, field):
    value = getattr(plan, field)
    other = 1.0 if value is None else value * 1.001
    assert violations(plan.model_copy(update={field: other}), scenario)
    if value is not None and field != "carbon_tonnes":
        assert violations(plan.model_copy(update={field: None}), scenario)


def stricter(scenario, **power):
    site = scenario.sites[0]
    changed = (site.power or SitePower()).model_copy(update=power)
    return scenario.model_copy(update={"sites": (site.model_copy(update={"power": changed}),)})


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("changes faster than it may", lambda s: stricter(s, ramp_kw_per_hour=0.01)),
        (
            "draws more on average than its limit",
            lambda s: s.model_copy(
                update={"sites": (s.sites[0].model_copy(update={"it_power_limit_kw": 4.5}),)}
            ),
        ),
        (
            "uses more t of carbon",
            lambda s: s.model_copy(update={"limits": Limits(carbon_tonnes=1e-3)}),
        ),
        (
            "uses more MWh of energy",
            lambda s: s.model_copy(update={"limits": Limits(energy_mwh=0.2)}),
        ),
    ],
)
def test_a_plan_of_a_laxer_scenario(plan, scenario, violations, passed_off, what, change):
    strict = change(scenario)
    found = violations(passed_off(plan, strict), strict)
    assert any(what in each.rule for each in found), [each.rule for each in found]
