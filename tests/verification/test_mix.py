"""What the checker says of mixes that are too bad, and of choices that nobody offered."""

import pytest

import planner
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.requests import ArchitectureChoice
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Serving

SMALL = ArchitectureChoice(architecture="llama-3.1-8b", quality=0.6)
LARGE = ArchitectureChoice(architecture="llama-3.1-70b", weight_precision="fp8", quality=0.9)


def question(*choices, **changes):
    offer = Offer(node_type="hgx-h100-8", purchase="on_demand", usd_per_node_hour=20.0)
    site = ScenarioSite(name="here", pue=1.2, carbon_g_per_kwh=100.0, capacity=(offer,))
    chat = Serving(
        kind="serving",
        name="chat",
        requests_per_s=150.0,
        input_tokens=800,
        output_tokens=200,
        choices=choices or (SMALL, LARGE),
        **{"minimum_quality": 0.75, **changes},
    )
    return Scenario(scenario="mix", horizon=Horizon(days=5.0), sites=(site,), workloads=(chat,))


@pytest.fixture(scope="module")
def mixed(catalog):
    return planner.plan(question(), catalog=catalog)


@pytest.fixture
def told(violations, passed_off, mixed):
    """What is said of the plan when it is passed off as one of another question."""

    def found(scenario, plan=mixed):
        return [
            f"{each.where}: {each.rule}"
            for each in violations(passed_off(plan, scenario), scenario)
        ]

    return found


def relabelled(plan, **changes):
    """The plan with the row of the large architecture changed."""
    rows = [
        each.model_copy(update=changes) if each.architecture == LARGE.architecture else each
        for each in plan.allocations
    ]
    return plan.model_copy(update={"allocations": tuple(rows)})


def test_the_plan_itself_is_sound(told, mixed):
    assert {each.architecture for each in mixed.allocations} == {"llama-3.1-8b", "llama-3.1-70b"}
    assert not told(question())


def test_a_mix_that_is_not_good_enough(told):
    assert "workload chat: its mean quality is below the minimum" in told(
        question(minimum_quality=0.89)
    )


def test_scores_are_those_of_the_scenario(told):
    better = LARGE.model_copy(update={"quality": 0.95})
    assert "workloads.0.quality: does not follow from the scenario" in told(question(SMALL, better))


def test_a_choice_that_serves_too_much(told):
    capped = SMALL.model_copy(update={"max_share": 0.01})
    assert "workload chat: llama-3.1-8b bf16 (kv bf16) serves too much of it" in told(
        question(capped, LARGE)
    )


def test_an_architecture_that_is_no_choice(told, mixed):
    found = told(question(), relabelled(mixed, architecture="llama-3.2-3b"))
    assert any("allocations" in each and "architecture: must be" in each for each in found)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"precision": "bf16"}, "precision: must be fp8, not bf16"),
        ({"kv_precision": "fp8"}, "kv_precision: must be bf16, not fp8"),
    ],
)
def test_a_precision_that_is_not_that_of_the_choice(told, mixed, changes, rule):
    found = told(question(), relabelled(mixed, **changes))
    assert any(each.startswith("allocations.") and each.endswith(rule) for each in found)


def test_a_minimum_that_is_used_up_is_listed(told, mixed):
    least = mixed.workloads[0].quality
    assert "binding: quality of chat is used up and not listed" in told(
        question(minimum_quality=least)
    )


def test_a_minimum_that_is_exceeded_is_not_listed(told, catalog):
    tight = planner.plan(question(minimum_quality=0.9), catalog=catalog)
    assert [each.resource for each in tight.binding] == ["quality of chat"]
    assert "binding.0: quality of chat is not used up" in told(question(minimum_quality=0.8), tight)
