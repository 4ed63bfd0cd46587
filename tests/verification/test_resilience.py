"""What failures, sites and shares ask for, on right plans of laxer scenarios."""

import pytest

import planner
from planner.domain.horizon import Horizon
from planner.domain.placement import Failure, Residency, ShareLimit
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Serving


def site(name, usd, country):
    offer = Offer(node_type="hgx-h100-8", purchase="on_demand", usd_per_node_hour=usd)
    return ScenarioSite(
        name=name, pue=1.0, carbon_g_per_kwh=100.0, country=country, capacity=(offer,)
    )


CHAT = Serving(
    kind="serving",
    name="chat",
    architecture="llama-3.1-8b",
    requests_per_s=290.0,
    input_tokens=1000,
    output_tokens=200,
    protected_share=0.5,
)


@pytest.fixture(scope="module")
def scenario():
    return Scenario(
        scenario="spread",
        horizon=Horizon(days=1),
        sites=(site("a", 10.0, "DE"), site("b", 20.0, "FR"), site("c", 20.0, "US")),
        workloads=(CHAT,),
        share_limits=(ShareLimit(name="most", sites=("a",), max_share=0.75),),
    )


@pytest.fixture(scope="module")
def plan(scenario, catalog):
    return planner.plan(scenario, catalog=catalog, parameters=planner.Parameters(gap=1e-6))


def test_the_plan_is_what_the_others_are_made_of(plan, scenario, violations):
    assert violations(plan, scenario) == ()
    assert len({each.site for each in plan.allocations}) > 1


def asking(scenario, **changes):
    chat = scenario.workloads[0].model_copy(update=changes)
    return scenario.model_copy(update={"workloads": (chat,)})


RULES = {
    "does not survive the failure of a": lambda s: asking(s, protected_share=1.0),
    "does not survive the failure of ab": lambda s: s.model_copy(
        update={
            "failures": (Failure(name="ab", sites=("a", "b")), Failure(name="ac", sites=("a", "c")))
        }
    ),
    "does not survive the failure of": lambda s: asking(s, failover_utilisation=0.1),
    "has more of it at": lambda s: asking(s, max_site_share=0.34),
    "is exceeded": lambda s: s.model_copy(
        update={"share_limits": (ShareLimit(name="most", sites=("a",), max_share=0.01),)}
    ),
    "is not reached": lambda s: s.model_copy(
        update={"share_limits": (ShareLimit(name="amd", vendors=("AMD",), min_share=0.01),)}
    ),
    "residency": lambda s: asking(s, residency=Residency(countries=("US",))),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_plan_of_a_laxer_scenario(plan, scenario, violations, passed_off, rule):
    strict = RULES[rule](scenario)
    found = violations(passed_off(plan, strict), strict)
    told = [f"{each.where}: {each.rule}" for each in found]
    assert any(rule in each for each in told), told


def test_a_replica_less_is_found(plan, scenario, violations):
    """Where it is spare by day, the failure of the other site is what it is for."""
    strict = scenario
    for row, each in enumerate(plan.allocations):
        fewer = each.model_copy(update={"replicas": each.replicas - 1})
        rows = (*plan.allocations[:row], fewer, *plan.allocations[row + 1 :])
        assert violations(plan.model_copy(update={"allocations": rows}), strict)


@pytest.mark.parametrize(
    "field", ["needed_share", "bearable_share", "spare_accelerators", "spare_usd"]
)
def test_what_a_row_of_survival_states(plan, scenario, violations, field):
    (row,) = plan.survivals
    other = row.model_copy(update={field: getattr(row, field) * 1.01 + 0.01})
    found = violations(plan.model_copy(update={"survivals": (other,)}), scenario)
    assert [each.where for each in found] == [f"survivals.0.{field}"]


def test_a_row_of_survival_names_the_worst_failure_and_is_there_once(plan, scenario, violations):
    (row,) = plan.survivals
    for rows in ((), (row, row), (row.model_copy(update={"worst_failure": "nobody"}),)):
        assert violations(plan.model_copy(update={"survivals": rows}), scenario)
