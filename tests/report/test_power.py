"""The lines of a report about power, building and footprint, from rows by hand and from a plan."""

import re
from io import StringIO

import pytest
from rich.console import Console

import planner
from planner.domain.horizon import Horizon, RepresentativeDays
from planner.domain.one_off import BuildPhase, Running
from planner.domain.plan import CostParts, Evidence, Plan
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.series import TimeSeries
from planner.domain.site_power import CleanEnergy, Curtailment, OnSiteSource, SitePower
from planner.domain.statement import (
    BuildOut,
    CleanEnergyUse,
    CurtailmentLine,
    DemandCharge,
    MeterLine,
    Move,
    OnSiteUse,
)
from planner.domain.tariff import Tariff
from planner.domain.workload import Serving
from planner.report import plan_report
from planner.report.power import build_lines, footprint_lines, meter_lines, on_site_lines


def meter(period, mean_kw, mwh, *, idle=0.0, overhead=0.0, grid=None, extra_usd=0.0):
    return MeterLine(
        site="hall", period=period, mean_kw=mean_kw, energy_mwh=mwh, idle_mwh=idle,
        overhead_mwh=overhead, grid_mwh=mwh if grid is None else grid,
        electricity_usd_per_kwh=0.1, carbon_g_per_kwh=300.0, extra_usd=extra_usd,
        extra_carbon_tonnes=0.0,
    )  # fmt: skip


def used(period, there, mwh, usd):
    return OnSiteUse(
        site="hall", source="roof", period=period, available_mwh=there, used_mwh=mwh,
        change_usd=usd, carbon_change_tonnes=0.0,
    )  # fmt: skip


def paid(first, kw, usd):
    return DemandCharge(
        site="hall", first_period=first, last_period=first, peak_kw=kw, months=1.0, charge_usd=usd
    )


EMPTY = Plan(
    scenario="s",
    status="optimal",
    objective_usd=1.0,
    bound_usd=1.0,
    gap=0.0,
    horizon_days=2.0,
    cost_usd=1.0,
    cost=CostParts(capacity_usd=1.0, electricity_usd=0.0, unmet_penalty_usd=0.0),
    energy_mwh=1.0,
    carbon_tonnes=2.0,
    verified=True,
    evidence=Evidence(
        termination="", routes=(), seed=0, options=1, versions={}, plugins={},
        scenario_digest="", catalog_digest="",
    ),
)  # fmt: skip


def rows(**tables):
    return EMPTY.model_copy(update=tables)


def test_a_meter_is_one_line_over_all_periods():
    plain = rows(meters=(meter("p1", 12.0, 3.0), meter("p2", 20.0, 5.0)))
    assert list(meter_lines(plain)) == ["hall: 8 MWh, 20 kW at most"]
    wasteful = rows(
        meters=(meter("p1", 12.0, 8.0, idle=1.0, overhead=2.0, grid=6.0, extra_usd=300.0),)
    )
    assert list(meter_lines(wasteful)) == [
        "hall: 8 MWh, 12 kW at most; 1 idle and 2 of overhead for $300.00; 25.0% of its own"
    ]


def test_what_own_generation_peaks_and_offers_come_to():
    plan = rows(
        on_site=(used("p1", 4.0, 1.0, -80.0), used("p2", 4.0, 3.0, -220.0)),
        curtailment=(
            CurtailmentLine(
                site="hall", offer="dr", period="p1", below_kw=5.0, hours=100.0, earned_usd=50.0
            ),
        ),
        demand_charges=(paid("p1", 10.0, 100.0), paid("p2", 15.0, 150.0)),
        clean_energy=(
            CleanEnergyUse(
                site="hall", contract="ppa", contracted_mwh=4.0, matched_mwh=3.0,
                carbon_tonnes=0.9, paid_usd=20.0,
            ),
        ),
    )  # fmt: skip
    assert list(on_site_lines(plan)) == [
        "hall, roof: 4 MWh used, 50.0% of what there is, saves $300.00",
        "hall, dr: 0.500 MWh below its baseline earn $50.00",
        "hall: peaks of 10 to 15 kW a month cost $250.00",
        (
            "hall, ppa: 3 MWh matched, 75.0% of what is contracted; 0.900 t less, market-based,"
            " for $20.00"
        ),
    ]


def test_a_source_that_gave_nothing_divides_by_nothing():
    assert "0% of what there is" in next(on_site_lines(rows(on_site=(used("p1", 0.0, 0.0, 0.0),))))
    (line,) = on_site_lines(rows(demand_charges=(paid("p1", 10.0, 5.0),)))
    assert "peaks of 10 kW" in line


def test_what_is_built_and_moved():
    plan = rows(
        build_out=(
            BuildOut(
                site="hall", phase="two", period="p2", start_days=45.0, it_power_kw=800.0,
                cost_usd=90_000.0, accrued_usd=1200.0, depreciation_usd=1000.0,
            ),
        ),
        moves=(Move(workload="chat", site="hall", accelerators=16, cost_usd=320.0),),
    )  # fmt: skip
    assert list(build_lines(plan)) == [
        (
            "hall, two: 800 kW, ordered in p2, there on day 45, $90,000, of which $1,200 in the"
            " horizon"
        ),
        "16 accelerators of chat are new at hall: $320.00",
    ]


def test_other_accounts_of_carbon_and_water_where_they_are_known():
    assert list(footprint_lines(rows())) == []
    told = list(
        footprint_lines(rows(market_carbon_tonnes=0.5, embodied_carbon_tonnes=0.25, water_m3=12.0))
    )
    assert told[0] == "0.500 tCO2e market-based, 2 location-based"
    assert told[1].startswith("0.250 tCO2e more for making the hardware")
    assert told[2] == "12 m3 of water at the sites"


@pytest.fixture(scope="module")
def scenario():
    """Everything at once."""
    sun = TimeSeries(by_hour=(0.0,) * 8 + (6.0,) * 8 + (0.0,) * 8)
    wind = TimeSeries(by_hour=(5.0,) * 24)
    own = ScenarioSite(
        name="a-hall-with-a-long-name",
        pue=1.2,
        carbon_g_per_kwh=300.0,
        tariff=Tariff(usd_per_kwh=0.2, demand_charge_usd_per_kw_month=12.0),
        phases=(BuildPhase(name="second-hall", it_power_kw=24.0, cost_usd=1e4),),
        power=SitePower(
            unused_nodes="idle",
            fixed_overhead_kw=2.0,
            wue_l_per_kwh=1.2,
            on_site=(OnSiteSource(name="roof", series=sun, usd_per_kwh=0.02),),
            curtailment=(
                Curtailment(name="evening", baseline_kw=40.0, most_kw=30.0, usd_per_kwh=0.1),
            ),
            clean_energy=(
                CleanEnergy(name="wind", matching="hourly", series=wind, usd_per_kwh=0.005),
            ),
        ),
        capacity=(Offer(node_type="hgx-h100-8", purchase="owned", available_nodes=3),),
    )
    chat = Serving(
        kind="serving",
        name="chat",
        architecture="llama-3.1-8b",
        requests_per_s=150.0,
        input_tokens=1000,
        output_tokens=200,
        runs_today=(Running(site="a-hall-with-a-long-name", accelerators=2),),
        moving_usd_per_accelerator=9.0,
    )
    horizon = Horizon(days=30, representative_days=RepresentativeDays(slice_hours=8))
    return Scenario(scenario="everything", horizon=horizon, sites=(own,), workloads=(chat,))


def test_a_plan_with_everything_is_read_at_80_columns(scenario, catalog):
    plan = planner.plan(scenario, catalog=catalog)
    assert plan.verified
    console = Console(width=80, record=True, file=StringIO())
    console.print(plan_report(plan, scenario))
    text = console.export_text()
    assert max(len(line) for line in text.splitlines()) <= 80
    for heading in ("What to build and move", "How a day goes", "Meters", "Carbon and water"):
        assert heading in text
    flat = re.sub(r"\s+", " ", text)
    told = (
        *("second-hall: 24 kW", "idle and 1.44 of overhead", "roof:", "evening:", "peaks of"),
        *("wind:", "market-based", "m3 of water", "accelerators of chat are new"),
    )
    for what in told:
        assert what in flat, what


def test_the_price_of_a_day_counts_what_nobody_works_with(scenario, catalog):
    """All that is drawn costs 0.2, idle nodes and overhead too."""
    plan = planner.plan(scenario, catalog=catalog)
    console = Console(width=80, record=True, file=StringIO())
    console.print(plan_report(plan, scenario))
    day = console.export_text().partition("How a day goes")[2].partition("\n\n")[0]
    slices = [line for line in day.splitlines() if line.startswith("h")]
    assert len(slices) == 3
    assert all("$0.200" in line for line in slices)
