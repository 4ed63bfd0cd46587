"""Power of sites beyond a price: what a plan does about it, worked out by hand."""

from datetime import UTC, date, datetime

import pytest

import planner
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.scenario import Limits, Objective, Scenario, ScenarioSite
from planner.domain.series import TimeSeries
from planner.domain.site_power import CleanEnergy, Curtailment, OnSiteSource, SitePower
from planner.domain.tariff import Hours, Tariff
from planner.domain.workload import BatchInference, Serving
from planner.performance.power import node_idle_w

NODE = "hgx-h100-8"
MONDAY = date(2024, 1, 1)
MONTH_HOURS = 730.5
EXACT = planner.Parameters(gap=1e-6)


def hourly(*values):
    return TimeSeries(values=values, start=datetime(2024, 1, 1, tzinfo=UTC))


def hours(count):
    return Horizon(days=count / 24, periods=count, start=MONDAY)


def owned(nodes=1):
    return Offer(node_type=NODE, purchase="owned", available_nodes=nodes)


def pile(tokens_b, **changes):
    fields = {
        "kind": "batch_inference",
        "name": "heap",
        "architecture": "llama-3.1-8b",
        "tokens_b": tokens_b,
        "deadline_days": 99.0,
        "input_tokens": 1000,
        "output_tokens": 200,
    }
    return BatchInference(**{**fields, **changes})


def chat(**changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "architecture": "llama-3.1-8b",
        "requests_per_s": 10.0,
        "input_tokens": 1000,
        "output_tokens": 200,
    }
    return Serving(**{**fields, **changes})


def site(name="here", nodes=1, usd=None, **changes):
    """A site with nodes of its own; `usd` are prices of hours."""
    facts = {"name": name, "pue": 1.0, "carbon_g_per_kwh": 100.0, "capacity": (owned(nodes),)}
    if usd is not None:
        facts["tariff"] = Tariff(series=hourly(*usd))
    elif "tariff" not in changes:
        facts["electricity_usd_per_kwh"] = 0.1
    return ScenarioSite(**{**facts, **changes})


def ask(horizon, sites, *workloads, **changes):
    return Scenario(
        scenario="question", horizon=horizon, sites=sites, workloads=workloads, **changes
    )


@pytest.fixture(scope="module")
def best(catalog):
    def plan(*args, **changes):
        made = planner.plan(ask(*args, **changes), catalog=catalog, parameters=EXACT)
        assert made.verified
        return made

    return plan


@pytest.fixture(scope="module")
def heap(best):
    """Tokens of an hour of a node, in billions, and its kW."""
    plan = best(Horizon(days=1), (site(),), pile(1.0))
    (row,) = plan.allocations
    return 1 / row.hours, plan.energy_mwh * 1000 / row.hours


@pytest.fixture(scope="module")
def chat_kw(best):
    """Of a node that answers the chat."""
    return best(Horizon(days=1), (site(),), chat()).energy_mwh * 1000 / 24


def node_idle_kw(catalog):
    node = catalog.node_types[NODE]
    return node_idle_w(node, catalog.accelerators[node.accelerator]) / 1000


@pytest.mark.parametrize(("charge", "is_flat"), [(36.0, False), (37.0, True)])
def test_a_heap_flattens_its_draw_when_the_peak_costs_more_than_the_dear_hour(
    best, heap, charge, is_flat
):
    """Two hours of 730.5 are charged for; 0.1 USD per kWh between them: the same at 36.525."""
    tariff = Tariff(series=hourly(0.1, 0.2), demand_charge_usd_per_kw_month=charge)
    plan = best(hours(2), (site(tariff=tariff),), pile(heap[0]))
    first, second = (each.grid_mwh * 1000 / heap[1] for each in plan.meters)
    assert (first, second) == pytest.approx((0.5, 0.5) if is_flat else (1.0, 0.0), abs=1e-5)
    (row,) = plan.demand_charges
    assert row.peak_kw == pytest.approx(first * heap[1])
    assert row.charge_usd == pytest.approx(charge * 2 / MONTH_HOURS * first * heap[1])
    assert plan.cost_usd == pytest.approx(
        heap[1] * (0.1 * first + 0.2 * second) + row.charge_usd, rel=1e-5
    )


def test_every_calendar_month_has_a_peak_of_its_own_and_days_have_23_hours(best, chat_kw):
    """From March 30 on in Berlin: 24 + 23 hours, then 48."""
    horizon = Horizon(days=4, periods_by="days", start=date(2024, 3, 30), time_zone="Europe/Berlin")
    tariff = Tariff(usd_per_kwh=0.1, demand_charge_usd_per_kw_month=10.0)
    plan = best(horizon, (site(tariff=tariff),), chat())
    told = [(e.first_period, e.last_period, e.months, e.charge_usd) for e in plan.demand_charges]
    assert told == [
        (first, last, pytest.approx(h / MONTH_HOURS), pytest.approx(10 * h / MONTH_HOURS * chat_kw))
        for first, last, h in (
            ("2024-03-30", "2024-03-31", 47),
            ("2024-04-01", "2024-04-02", 48),
        )
    ]


def curtailed(baseline_kw, usd):
    """Paid for in the first hour of a day."""
    return SitePower(
        curtailment=(
            Curtailment(
                name="dr",
                baseline_kw=baseline_kw,
                most_kw=99.0,
                usd_per_kwh=usd,
                hours=Hours(to_hour=1),
            ),
        )
    )


@pytest.mark.parametrize(("part", "even"), [(1.0, 0.2), (0.5, 0.4)])
@pytest.mark.parametrize("more", [-0.01, 0.01])
def test_curtailment_is_followed_when_it_pays_more_than_waiting_costs(best, heap, part, even, more):
    """Waiting costs 0.2 a kWh. Of a node's draw, what is above the baseline is not paid for."""
    power = curtailed(part * heap[1], even + more)
    there = site(usd=(0.1, 0.3), it_power_limit_kw=20.0, power=power)
    plan = best(hours(2), (there,), pile(heap[0]))
    waits = more > 0
    assert [e.grid_mwh * 1000 / heap[1] for e in plan.meters] == pytest.approx(
        [0, 1] if waits else [1, 0], abs=1e-5
    )
    (row,) = plan.curtailment
    assert row.below_kw == pytest.approx(part * heap[1] if waits else 0, abs=1e-4)
    earned = (even + more) * part if waits else 0
    assert plan.cost_usd == pytest.approx(heap[1] * ((0.3 if waits else 0.1) - earned), rel=1e-4)


def test_an_offer_that_pays_more_than_the_rest_costs_gives_a_plan_below_nothing(best, chat_kw):
    power = curtailed(chat_kw + 10.0, 5.0)
    there = site(usd=(0.1,), it_power_limit_kw=20.0, power=power)
    plan = best(Horizon(days=1 / 24, start=MONDAY), (there,), chat())
    assert plan.objective_usd == pytest.approx(0.1 * chat_kw - 50.0, rel=1e-5)
    assert plan.gap < 1e-5


def test_curtailment_leaves_room_for_what_is_built(best, heap):
    """No power before a phase is there: the offer must not keep its nodes off."""
    there = site(
        usd=(0.1, 9.0),
        nodes=2,
        phases=({"name": "one", "it_power_kw": 30.0, "cost_usd": 1.0},),
        power=curtailed(1.0, 0.01),
    )
    plan = best(hours(2), (there,), pile(2 * heap[0]))
    assert plan.meters[0].grid_mwh * 1000 == pytest.approx(2 * heap[1], rel=1e-5)


@pytest.mark.parametrize("kw", [2.0, 50.0])
def test_the_sun_is_used_up_to_the_draw_and_not_when_the_grid_pays(best, chat_kw, kw):
    sun = OnSiteSource(name="roof", series=hourly(kw, kw), usd_per_kwh=0.02, carbon_g_per_kwh=30.0)
    there = site(usd=(0.2, -0.05), power=SitePower(on_site=(sun,)))
    plan = best(hours(2), (there,), chat())
    used = min(kw, chat_kw)
    assert [e.used_mwh * 1000 for e in plan.on_site] == pytest.approx([used, 0.0])
    assert plan.cost_usd == pytest.approx(0.2 * (chat_kw - used) + 0.02 * used - 0.05 * chat_kw)
    assert plan.carbon_tonnes * 1e6 == pytest.approx(100 * (2 * chat_kw - used) + 30 * used)


def test_the_cheaper_source_goes_first(best, chat_kw):
    sources = tuple(
        OnSiteSource(name=name, series=hourly(2.0), usd_per_kwh=usd)
        for name, usd in (("dear", 0.15), ("cheap", 0.01), ("useless", 0.3))
    )
    there = site(usd=(0.2,), power=SitePower(on_site=sources))
    plan = best(Horizon(days=1 / 24, start=MONDAY), (there,), chat())
    used = {each.source: each.used_mwh * 1000 for each in plan.on_site}
    assert used == pytest.approx({"cheap": 2.0, "dear": chat_kw - 2, "useless": 0})


@pytest.mark.parametrize("usd", [0.1, -0.1])
def test_nodes_that_do_nothing_idle(best, catalog, chat_kw, usd):
    """Three nodes, one of which the chat has; what pays for power leaves none of them working."""
    idle = best(
        hours(2), (site(nodes=3, usd=(usd, usd), power=SitePower(unused_nodes="idle")),), chat()
    )
    wasted_kw = 2 * node_idle_kw(catalog)
    assert [e.idle_mwh * 1000 for e in idle.meters] == pytest.approx([wasted_kw] * 2)
    assert idle.cost_usd == pytest.approx(2 * usd * (chat_kw + wasted_kw))
    assert sum(line.nodes for line in idle.purchases) == 2
    assert idle.energy_mwh * 1000 == pytest.approx(2 * (chat_kw + wasted_kw))


def test_idle_nodes_count_against_the_limit_of_energy(catalog, heap):
    """They draw what they draw: the limit that they alone exceed cannot be kept."""
    there = site(nodes=3, power=SitePower(unused_nodes="idle"))
    least_mwh = 3 * node_idle_kw(catalog) * 24 / 1000
    scenario = ask(
        Horizon(days=1), (there,), pile(heap[0]), limits=Limits(energy_mwh=0.99 * least_mwh)
    )
    plan = planner.plan(scenario, catalog=catalog)
    assert plan.status == "infeasible"
    assert plan.verified
    assert "limits allow" in plan.shortages[0].reasons[0]


def test_the_draw_rises_and_falls_no_faster_than_it_may(best, heap):
    """Two node hours, half a node's draw per hour: 1, 3/4, 1/4 and nothing are cheapest."""
    power = SitePower(ramp_kw_per_hour=heap[1] / 2)
    plan = best(hours(4), (site(usd=(0.1, 0.1, 0.9, 0.9), power=power),), pile(2 * heap[0]))
    free = best(hours(4), (site(usd=(0.1, 0.1, 0.9, 0.9)),), pile(2 * heap[0]))
    assert free.cost_usd == pytest.approx(0.2 * heap[1], rel=1e-5)
    assert plan.cost_usd == pytest.approx(0.4 * heap[1], rel=1e-5)
    assert [e.mean_kw / heap[1] for e in plan.meters] == pytest.approx([1, 0.75, 0.25, 0], abs=1e-4)


@pytest.fixture(scope="module")
def two_sites():
    dirty = site("dirty", carbon_g_per_kwh=500.0, electricity_usd_per_kwh=0.1)
    clean = site("clean", carbon_g_per_kwh=100.0, electricity_usd_per_kwh=0.3)
    return dirty, clean


def test_a_limit_of_carbon_moves_as_little_as_it_must(best, two_sites, heap):
    """At most 300 g per kWh: half of the work, which costs 0.2 a kWh instead of 0.1."""
    kwh = 4 * heap[1]
    limits = Limits(carbon_tonnes=300 * kwh / 1e6)
    plan = best(Horizon(days=1), two_sites, pile(4 * heap[0]), limits=limits)
    assert plan.cost_usd == pytest.approx(0.2 * kwh, rel=1e-5)
    assert plan.carbon_tonnes == pytest.approx(limits.carbon_tonnes, rel=1e-5)
    free = best(Horizon(days=1), two_sites, pile(4 * heap[0]))
    assert free.cost_usd == pytest.approx(0.1 * kwh, rel=1e-5)


def test_a_limit_of_carbon_that_cannot_be_kept_says_so(catalog, two_sites, heap):
    kwh = 4 * heap[1]
    limits = Limits(carbon_tonnes=90 * kwh / 1e6)
    scenario = ask(Horizon(days=1), two_sites, pile(4 * heap[0]), limits=limits)
    plan = planner.plan(scenario, catalog=catalog)
    assert plan.status == "infeasible"
    assert plan.verified
    (short,) = plan.shortages
    assert short.unmet_share == pytest.approx(0.1, abs=0.01)
    assert "t of CO2-equivalent" in short.reasons[0]


def test_own_generation_keeps_a_limit_of_carbon(best, heap):
    """Without the sun the heap would emit 100 g a kWh; the limit is half of it."""
    sun = OnSiteSource(name="roof", series=hourly(*[heap[1] / 2] * 2), usd_per_kwh=0.5)
    there = site(power=SitePower(on_site=(sun,)))
    limits = Limits(carbon_tonnes=0.5 * 100 * heap[1] / 1e6)
    plan = best(hours(2), (there,), pile(heap[0]), limits=limits)
    assert plan.carbon_tonnes == pytest.approx(limits.carbon_tonnes, rel=1e-4)
    assert plan.cost_usd == pytest.approx(heap[1] * (0.05 + 0.25), rel=1e-4)


def test_a_limit_of_energy_moves_work_to_where_less_is_lost(best, heap):
    lossy = site("lossy", pue=2.0, electricity_usd_per_kwh=0.01)
    tight = site("tight", electricity_usd_per_kwh=0.3)
    kwh = 4 * heap[1]
    limits = Limits(energy_mwh=1.5 * kwh / 1000)
    plan = best(Horizon(days=1), (lossy, tight), pile(4 * heap[0]), limits=limits)
    assert plan.cost_usd == pytest.approx(kwh * (0.5 * 0.02 + 0.5 * 0.3), rel=1e-5)


@pytest.mark.parametrize(("matching", "left_g"), [("annual", 0.0), ("hourly", 500.0)])
def test_clean_energy_counts_in_its_hours_or_in_all_of_them(best, chat_kw, matching, left_g):
    """Twice the draw in the clean hour and nothing in the dirty one."""
    contract = CleanEnergy(
        name="ppa", matching=matching, series=hourly(2 * chat_kw, 0.0), usd_per_kwh=0.01
    )
    there = site(
        carbon_g_per_kwh=None,
        carbon_series=hourly(100.0, 500.0),
        power=SitePower(clean_energy=(contract,)),
    )
    plan = best(hours(2), (there,), chat())
    assert plan.carbon_tonnes * 1e6 == pytest.approx(600 * chat_kw)
    assert plan.market_carbon_tonnes * 1e6 == pytest.approx(left_g * chat_kw, abs=1e-6)
    (row,) = plan.clean_energy
    assert row.paid_usd == pytest.approx(0.02 * chat_kw)
    assert plan.cost_usd == pytest.approx(0.22 * chat_kw)


def test_overhead_is_drawn_and_paid_whatever_works(best, chat_kw):
    plan = best(hours(2), (site(power=SitePower(fixed_overhead_kw=3.0)),), chat())
    assert plan.cost_usd == pytest.approx(0.1 * 2 * (chat_kw + 3))
    assert plan.energy_mwh * 1000 == pytest.approx(2 * (chat_kw + 3))


def test_a_meter_limits_servers_at_full_power_with_cooling_and_overhead(best):
    power = SitePower(facility_limit_kw=20.0, fixed_overhead_kw=5.0)
    plan = best(hours(2), (site(pue=1.25, it_power_limit_kw=99.0, power=power),), chat())
    assert [each.it_power_limit_kw for each in plan.sites] == pytest.approx([12.0] * 2)


def test_an_oversubscribed_site_keeps_its_mean_and_the_sun_does_not_help(best, heap):
    """Two nodes at full power in 1.5 times the limit, but no more than 1.3 nodes' mean draw."""
    limit = 1.3 * heap[1]
    sun = OnSiteSource(name="roof", series=hourly(2.0, 2.0))
    power = SitePower(oversubscription=5.0, on_site=(sun,))
    there = site(usd=(0.1, 0.5), nodes=2, it_power_limit_kw=limit, power=power)
    plan = best(hours(2), (there,), pile(2 * heap[0]))
    assert [e.mean_kw for e in plan.meters] == pytest.approx([limit, 0.7 * heap[1]], rel=1e-4)


def test_what_is_built_may_be_oversubscribed(best, heap):
    """Nothing is there before: 1.5 times 12 kW are two nodes of 10 kW at full power."""
    phase = {"name": "one", "it_power_kw": 16.0, "cost_usd": 10.0, "life_years": 1.0}
    there = site(nodes=2, phases=(phase,), power=SitePower(oversubscription=1.5))
    plan = best(hours(2), (there,), pile(2 * heap[0]))
    assert [each.phase for each in plan.build_out] == ["one"]
    assert max(each.it_power_limit_kw for each in plan.sites) == pytest.approx(24.0)


def test_carbon_is_paid_with_every_kwh(best, chat_kw):
    plan = best(hours(2), (site(power=SitePower(carbon_price_usd_per_tonne=50.0)),), chat())
    assert plan.cost_usd == pytest.approx(2 * chat_kw * (0.1 + 100e-6 * 50))


def test_water_goes_with_the_energy_of_servers(best, chat_kw, catalog):
    power = SitePower(wue_l_per_kwh=1.8, unused_nodes="idle")
    plan = best(hours(2), (site(pue=1.2, nodes=2, power=power),), chat())
    assert plan.water_m3 == pytest.approx(2 * (chat_kw + node_idle_kw(catalog)) * 1.8 / 1000)


def test_goals_other_than_money_count_at_the_meter(best, chat_kw):
    """Overhead weighs by energy and carbon, too, and the sun is used for its carbon alone."""
    goal = Objective(cost_weight=0.0, energy_usd_per_mwh=10.0, carbon_usd_per_tonne=100.0)
    sun = OnSiteSource(name="roof", series=hourly(1.0), usd_per_kwh=9.0)
    power = SitePower(fixed_overhead_kw=3.0, on_site=(sun,))
    there = (site(power=power),)
    plan = best(Horizon(days=1 / 24, start=MONDAY), there, chat(), objective=goal)
    drawn = chat_kw + 3.0
    assert plan.objective_usd == pytest.approx(drawn * 0.01 + (drawn - 1) * 100 * 1e-6 * 100)
