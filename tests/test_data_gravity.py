"""Datasets that hold jobs where they lie: against plans by hand."""

from datetime import date
from math import isclose

import pytest
import yaml

import planner
from planner.domain.horizon import Horizon
from planner.domain.network import Link
from planner.domain.placement import Residency
from planner.domain.plan import Plan
from planner.domain.pricing import Offer
from planner.domain.revenue import Revenue
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import BatchInference, FineTuning, Serving

NODE = "hgx-h100-8"
EXACT = planner.Parameters(gap=1e-6)
PLACES = {"home": (50.0, 8.0), "away": (60.0, 18.0), "far": (40.0, -74.0)}


def site(name, usd=None, nodes=None, **changes):
    latitude, longitude = PLACES[name]
    offer = Offer(
        node_type=NODE, purchase="on_demand", usd_per_node_hour=usd, available_nodes=nodes
    )
    facts = {"pue": 1.0, "carbon_g_per_kwh": 0.0, "country": "DE", "capacity": (offer,)}
    where = {"latitude": latitude, "longitude": longitude}
    return ScenarioSite(name=name, **{**facts, **where, **changes})


def link(start="home", end="away", usd=0.01, gb_per_s=1.0):
    return Link(from_place=start, to_place=end, usd_per_gb=usd, gb_per_s=gb_per_s, source="made up")


def run(name="run", **changes):
    fields = {
        "architecture": "llama-3.1-8b",
        "tokens_b": 1.0,
        "deadline_days": 10.0,
        "accelerators": 8,
        "dataset_gb": 1000.0,
        "dataset_site": "home",
    }
    return FineTuning(kind="fine_tuning", name=name, **{**fields, **changes})


def heap(**changes):
    fields = {
        "architecture": "llama-3.1-8b",
        "tokens_b": 20.0,
        "deadline_days": 1.0,
        "input_tokens": 1000,
        "output_tokens": 200,
        "dataset_gb": 1000.0,
        "dataset_site": "home",
    }
    return BatchInference(kind="batch_inference", name="heap", **{**fields, **changes})


def ask(sites, *workloads, links=None, days=10.0, periods=1, **changes):
    return Scenario(
        scenario="question",
        horizon=Horizon(days=days, periods=periods),
        sites=sites,
        workloads=workloads,
        links=(link(),) if links is None else links,
        **changes,
    )


@pytest.fixture(scope="module")
def best(catalog):
    def plan(*args, **changes):
        made = planner.plan(ask(*args, **changes), catalog=catalog, parameters=EXACT)
        assert made.status == "infeasible" or made.verified
        return made

    return plan


@pytest.fixture(scope="module")
def hours(best):
    """That the run takes on a node."""
    (line,) = best((site("home", 20.0),), run(), links=()).allocations
    return line.hours


def why(plan, workload, place):
    mine = (each for each in plan.rejections if (each.workload, each.site) == (workload, place))
    return {each.reason for each in mine}


@pytest.mark.parametrize(("factor", "moves"), [(0.9, True), (1.1, False)])
def test_a_run_goes_where_it_saves_more_than_moving_its_data_costs(best, hours, factor, moves):
    """4 USD an hour less; 1000 GB at a price per GB that takes a part of it, or more."""
    usd_per_gb = factor * 4 * hours / 1000
    plan = best((site("home", 20.0), site("away", 16.0)), run(), links=(link(usd=usd_per_gb),))
    (line,) = plan.allocations
    assert line.site == ("away" if moves else "home")
    assert plan.cost.transfer_usd == pytest.approx(1000 * usd_per_gb if moves else 0)
    assert plan.cost_usd == pytest.approx(16 * hours + 1000 * usd_per_gb if moves else 20 * hours)
    assert plan.objective_usd == pytest.approx(plan.cost_usd)
    told = [(e.workload, e.from_site, e.to_site, e.period) for e in plan.transfers]
    assert told == ([("run", "home", "away", "horizon")] if moves else [])


def test_a_run_begins_when_its_data_is_there(best, hours):
    plan = best((site("home", 20.0), site("away", 10.0)), run(start_days=2.0))
    (line,), (move,) = plan.allocations, plan.transfers
    assert move.hours == pytest.approx(1000 / 3600)
    assert line.start_hours == pytest.approx(48 + 1000 / 3600)
    assert line.hours == pytest.approx(hours)


@pytest.mark.parametrize(("slack", "moves"), [(1.01, True), (0.99, False)])
def test_the_time_that_data_is_under_way_is_no_time_for_the_run(best, hours, slack, moves):
    """It would be done in time there, but for the five hours until its data is."""
    window = hours + 5 * slack
    slow = link(gb_per_s=1000 / (5 * 3600), usd=0.0)
    sites = (site("home", 20.0), site("away", 10.0))
    plan = best(sites, run(deadline_days=window / 24), links=(slow,))
    assert plan.allocations[0].site == ("away" if moves else "home")
    assert ("deadline" in why(plan, "run", "away")) is not moves
    assert not why(plan, "run", "home")


def test_data_that_is_under_way_for_all_of_the_time_keeps_the_run_out(best):
    slow = link(gb_per_s=1000 / (250 * 3600))
    plan = best((site("home", 20.0), site("away", 10.0)), run(), links=(slow,))
    assert plan.allocations[0].site == "home"
    (told,) = [each for each in plan.rejections if each.site == "away"]
    assert told.reason == "transfer"
    assert (told.needed, told.available, told.unit) == (pytest.approx(250), 240, "hours")


def test_where_no_way_leads_nothing_moves(best):
    """A price without a bandwidth is no way, nor is one with the price of another."""
    two = (
        Link(from_place="home", to_place="away", usd_per_gb=0.0, source="made up"),
        link("away", "far"),
        Link(from_place="home", to_place="internet", gb_per_s=1.0, source="made up"),
    )
    sites = (site("home", 20.0), site("away", 10.0), site("far", 5.0))
    plan = best(sites, run(), links=two)
    assert plan.allocations[0].site == "home"
    assert why(plan, "run", "away") == why(plan, "run", "far") == {"route"}
    plan = best((site("home", 20.0, nodes=0), site("away", 10.0)), run(), links=())
    assert plan.status == "infeasible"
    assert any("route on hgx-h100-8 at away" in each for each in plan.shortages[0].reasons)


def test_residency_and_sites_hold_for_what_could_move(best):
    sites = (site("home", 20.0), site("away", 10.0, country="SE"))
    plan = best(sites, run(residency=Residency(countries=("DE",))))
    assert plan.allocations[0].site == "home"
    assert why(plan, "run", "away") == {"residency"}
    plan = best(sites, run(sites=("home",)))
    assert why(plan, "run", "away") == {"site"}


def test_a_heap_at_two_sites_pays_for_the_one_where_its_data_does_not_lie(best):
    """Half of its nodes are at home: the others wait an hour for the data."""
    sites = (site("home", 10.0, nodes=1), site("away", 20.0))
    moving = (link(gb_per_s=1000 / 3600),)
    plan = best(sites, heap(), links=moving, days=1.0)
    alone = best(sites[1:], heap(dataset_gb=None, dataset_site=None), days=1.0, links=())
    all_hours = alone.cost_usd / 20
    assert all_hours > 24
    assert plan.cost_usd == pytest.approx(24 * 10 + 20 * (all_hours - 24) + 10)
    begins = {each.site: each.start_hours for each in plan.allocations}
    assert begins == {"home": 0.0, "away": pytest.approx(1.0)}


def test_a_gang_of_several_periods_pays_once_and_waits_for_its_data(best, hours):
    """Periods of a third of what it takes: the data is there in the middle of the second."""
    length = hours / 3
    moving = (link(gb_per_s=1000 / (1.5 * length * 3600)),)
    kept = {"deadline_days": 6 * length / 24, "restart_hours": 0.0}
    sites = (site("home", 20.0), site("away", 10.0))
    plan = best(sites, run(**kept), links=moving, days=6 * length / 24, periods=6)
    assert {each.site for each in plan.allocations} == {"away"}
    assert plan.cost_usd == pytest.approx(10 * hours + 10, rel=1e-5)
    (move,) = plan.transfers
    assert move.period == plan.allocations[0].period
    paid = {each.period: each.transfer_usd for each in plan.periods if each.transfer_usd}
    assert paid == {move.period: pytest.approx(10.0)}
    first = plan.allocations[0]
    assert first.start_hours >= 1.5 * length * (1 - 1e-9)


def test_slices_of_days_lose_the_days_before_the_data_is_there(catalog, hours):
    """Ten days as 24 hours of each: two and a half of them are over when it may begin."""
    sites = (site("home", 20.0, nodes=0), site("away", 10.0))
    moving = (link(gb_per_s=1000 / (60 * 3600)),)
    days = {"days": 10.0, "start": date(2027, 3, 1), "representative_days": {}}
    scenario = ask(sites, run(restart_hours=0.0), links=moving)
    scenario = scenario.model_copy(update={"horizon": Horizon.model_validate(days)})
    plan = planner.plan(scenario, catalog=catalog)
    assert len(plan.periods) == 24
    assert {each.start_hours for each in plan.allocations} == {60.0}
    assert max(each.hours for each in plan.allocations) <= 7.5 * (1 + 1e-9)
    assert plan.cost_usd == pytest.approx(10 * hours + 10, rel=1e-4)


def test_a_gang_that_would_be_late_there_stays(best, hours):
    """Six periods of a sixth of it: at home it takes all of them."""
    kept = {"deadline_days": hours / 24, "restart_hours": 0.0}
    sites = (site("home", 20.0), site("away", 10.0))
    plan = best(sites, run(**kept), days=hours / 24, periods=6)
    assert {each.site for each in plan.allocations} == {"home"}
    assert plan.cost.transfer_usd == 0


def test_data_moves_while_what_comes_before_is_done(best, hours):
    """The second waits for the first, not for its data, which has been there for long."""
    sites = (site("home", 20.0, nodes=0), site("away", 10.0))
    first = run("first", dataset_gb=None, dataset_site=None)
    then = run("then", after=("first",))
    plan = best(sites, first, then)
    begins = {each.workload: each.start_hours for each in plan.allocations}
    assert begins == {"first": 0.0, "then": pytest.approx(hours)}


@pytest.mark.parametrize(("slack", "moves"), [(1.01, True), (0.99, False)])
def test_a_chain_waits_for_the_data_of_its_second_job(best, hours, slack, moves):
    """A short job, another whose data takes twice as long as that to come, and a deadline."""
    late = 2 * hours / 10
    window = late + hours * slack
    first = run("first", tokens_b=0.1, dataset_gb=None, dataset_site=None)
    then = run("then", after=("first",), deadline_days=window / 24)
    moving = (link(gb_per_s=1000 / (late * 3600)),)
    sites = (site("home", 20.0), site("away", 10.0))
    plan = best(sites, first, then, links=moving)
    where = {each.workload: each.site for each in plan.allocations}
    assert where == {"first": "away", "then": "away" if moves else "home"}
    begins = {each.workload: each.start_hours for each in plan.allocations}
    assert begins["then"] == pytest.approx(late if moves else hours / 10, rel=1e-3)


def test_a_chain_of_three_whose_second_job_has_late_data(best, hours):
    """No job alone is late, the two last together are: only their own row says so."""
    late, short = 2 * hours / 10, hours / 10
    window = late + 2 * short
    jobs = (
        run("a", tokens_b=0.1, dataset_gb=None, dataset_site=None),
        run("b", tokens_b=0.1, after=("a",)),
        run("c", tokens_b=0.1, after=("b",), dataset_gb=None, dataset_site=None),
    )
    moving = (link(gb_per_s=1000 / (late * 3600), usd=0.0),)
    sites = (site("home", 20.0), site("away", 10.0))
    for slack, place in ((1.01, "away"), (0.99, "home")):
        hurried = tuple(
            each.model_copy(update={"deadline_days": window * slack / 24}) for each in jobs
        )
        plan = best(sites, *hurried, links=moving)
        where = {each.workload: each.site for each in plan.allocations}
        assert where == {"a": "away", "b": place, "c": "away"}


def test_sites_at_one_place_share_their_data(best):
    """Two sites of one region of the catalog: nothing moves, though one is named."""
    facts = {"catalog": "aws/us-east-1", "latitude": None, "longitude": None}
    plan = best((site("home", 20.0, **facts), site("away", 10.0, **facts)), run(), links=())
    assert plan.allocations[0].site == "away"
    (move,) = plan.transfers
    assert (move.cost_usd, move.hours) == (0.0, 0.0)


def test_prices_of_the_catalog_and_bandwidths_of_the_scenario(best):
    """AWS takes 0.02 USD a GB from Virginia to Stockholm; how wide the way is, the user knows."""
    sites = (
        site("home", 20.0, catalog="aws/us-east-1", latitude=None, longitude=None),
        site("away", 1.0, catalog="aws/eu-north-1", latitude=None, longitude=None),
    )
    wide = Link(from_place="home", to_place="away", gb_per_s=2.0, source="measured")
    plan = best(sites, run(), links=(wide,))
    (move,) = plan.transfers
    assert move.usd_per_gb == pytest.approx(0.02)
    assert move.hours == pytest.approx(500 / 3600)


def test_a_search_begins_from_a_plan_that_moves_data(catalog):
    sites = (site("home", 20.0), site("away", 10.0))
    scenario = ask(sites, heap(), days=1.0, periods=2)
    plan = planner.plan(scenario, catalog=catalog, parameters=EXACT)
    again = planner.plan(scenario, catalog=catalog, parameters=EXACT, start=plan)
    assert again.cost_usd == pytest.approx(plan.cost_usd)
    assert again.transfers == plan.transfers != ()


def test_moving_data_is_a_cost_of_its_job_alone(best):
    chat = Serving(
        name="chat",
        kind="serving",
        architecture="llama-3.1-8b",
        requests_per_s=1.0,
        input_tokens=1000,
        output_tokens=200,
        revenue=Revenue(usd_per_million_output_tokens=10.0),
    )
    plan = best((site("home", 20.0), site("away", 10.0)), run(), chat)
    (of_run,) = [each for each in plan.economics.workloads if each.workload == "run"]
    (row,) = [each for each in plan.workloads if each.workload == "run"]
    assert of_run.direct_usd == pytest.approx(row.cost_usd + 10.0)
    assert of_run.overhead_usd == 0


@pytest.fixture(scope="module")
def moved(best):
    return best((site("home", 20.0), site("away", 10.0)), run())


CORRUPTIONS = {
    "cost": lambda plan: row(plan, cost_usd=9.0),
    "price": lambda plan: row(plan, usd_per_gb=0.009),
    "size": lambda plan: row(plan, dataset_gb=900.0),
    "hours": lambda plan: row(plan, hours=0.1),
    "period": lambda plan: row(plan, period="p9"),
    "from": lambda plan: row(plan, from_site="away"),
    "to": lambda plan: row(plan, to_site="home"),
    "workload": lambda plan: row(plan, workload="nobody"),
    "dropped": lambda _: {"transfers": ()},
    "doubled": lambda plan: {"transfers": plan.transfers * 2},
    "total": lambda plan: {"cost": plan.cost.model_copy(update={"transfer_usd": 0.0})},
    "book": lambda plan: {
        "periods": tuple(e.model_copy(update={"transfer_usd": 0.0}) for e in plan.periods)
    },
    "too early": lambda plan: {
        "allocations": tuple(e.model_copy(update={"start_hours": 0.0}) for e in plan.allocations)
    },
}


def row(plan, **changes):
    return {"transfers": tuple(each.model_copy(update=changes) for each in plan.transfers)}


@pytest.mark.parametrize("what", CORRUPTIONS)
def test_the_checker_sees_a_transfer_that_is_changed(moved, catalog, what):
    scenario = ask((site("home", 20.0), site("away", 10.0)), run())
    assert planner.verify(moved, scenario, catalog) == ()
    forged = Plan.model_copy(moved, update=CORRUPTIONS[what](moved))
    assert planner.verify(forged, scenario, catalog)


def test_the_checker_sees_a_reason_that_is_none(moved, best, catalog):
    kept = best((site("home", 20.0), site("away", 10.0)), run(), links=())
    told = tuple(each for each in kept.rejections if each.reason == "route")
    scenario = ask((site("home", 20.0), site("away", 10.0)), run())
    forged = moved.model_copy(update={"rejections": (*moved.rejections, *told)})
    assert planner.verify(forged, scenario, catalog)
    late = told[0].model_copy(
        update={"reason": "transfer", "needed": 999.0, "available": 240.0, "unit": "hours"}
    )
    forged = moved.model_copy(update={"rejections": (*moved.rejections, late)})
    assert planner.verify(forged, scenario, catalog)
    untold = kept.model_copy(
        update={"rejections": tuple(e for e in kept.rejections if e not in told)}
    )
    scenario = scenario.model_copy(update={"links": ()})
    assert any("route keeps run" in each.rule for each in planner.verify(untold, scenario, catalog))


FILE = """
scenario: question
horizon: { days: 10 }
sites:
  - name: home
    latitude: 50
    longitude: 8
    pue: 1.0
    carbon_g_per_kwh: 0
    capacity: [{ node_type: hgx-h100-8, purchase: on_demand, usd_per_node_hour: 20 }]
  - name: away
    catalog: aws/eu-north-1
    capacity: [{ node_type: hgx-h100-8, purchase: on_demand, usd_per_node_hour: 10 }]
links: [{ from_place: home, to_place: away, usd_per_gb: 0.01, gb_per_s: 1, source: made up }]
workloads:
  - name: heap
    kind: batch_inference
    architecture: llama-3.1-8b
    tokens_b: 20
    deadline_days: 1
    input_tokens: 1000
    output_tokens: 200
    dataset_gb: 1000
    dataset_site: home
"""
CASCADE = """\
    cascade:
      first: { architecture: llama-3.2-1b }
      then: { architecture: llama-3.1-8b }
      escalated_share: 0.2
"""
FAULTS = {
    "an unknown site": (
        ("dataset_site: home", "dataset_site: hme"),
        "workloads.0.dataset_site",
        "unknown site of this scenario",
    ),
    "no size": (("    dataset_gb: 1000\n", ""), "workloads.0", "go together"),
    "no site": (("    dataset_site: home\n", ""), "workloads.0", "go together"),
    "nothing to move": (("dataset_gb: 1000", "dataset_gb: 0"), "workloads.0.dataset_gb", "than 0"),
    "a site without a place": (
        ("    latitude: 50\n    longitude: 8\n", ""),
        "sites.0",
        "has no place: state catalog, or latitude and longitude, for the dataset of heap",
    ),
    "a link from nowhere": (
        ("from_place: home", "from_place: hme"),
        "links.0.from_place",
        "unknown place",
    ),
    "a cascade": (
        (
            "    architecture: llama-3.1-8b\n",
            CASCADE,
        ),
        "workloads.0",
        "dataset_gb is of one job",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_cannot_be_is_told_once_with_its_line_and_field(tmp_path, catalog, what):
    (old, new), field, rule = FAULTS[what]
    assert old in FILE
    path = tmp_path / "question.yaml"
    path.write_text(FILE.replace(old, new))
    with pytest.raises(planner.InputError) as caught:
        planner.load_scenario(path, catalog)
    (fault,) = caught.value.faults
    assert fault.field == field
    assert rule in str(fault)
    assert fault.line


def test_what_a_file_says_of_data_is_read(tmp_path, catalog):
    path = tmp_path / "question.yaml"
    path.write_text(FILE)
    scenario = planner.load_scenario(path, catalog)
    (haul,) = scenario.hauls
    assert (haul.workload, haul.site, haul.usd_per_gb, haul.gb_per_s) == ("heap", "away", 0.01, 1.0)
    assert isclose(haul.hours, 1000 / 3600)
    assert "hauls" not in yaml.safe_load(scenario.model_dump_json())
