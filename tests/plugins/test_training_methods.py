"""The stages of every training method, and what must hold between methods."""

from itertools import pairwise

import pytest

import planner
from planner.catalog.staging import staged
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.record import Record
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import BatchInference, FineTuning, Pretraining, Training
from planner.extension import hookimpl
from planner.planning import load_catalog

DAYS = 60.0
PROMPTS = {"prompts": 50_000, "prompt_tokens": 200, "response_tokens": 300}
EXAMPLES = {"examples": 10_000, "example_tokens": 500}


def train(method, name="job", architecture="mistral-7b", after=(), **parameters):
    return Training(
        kind="training",
        name=name,
        method=method,
        architecture=architecture,
        deadline_days=DAYS,
        after=after,
        parameters=parameters,
    )


def ask(*workloads):
    offer = Offer(node_type="hgx-a100-80gb-8", purchase="on_demand", usd_per_node_hour=16.0)
    site = ScenarioSite(name="cloud", pue=1.2, carbon_g_per_kwh=100.0, capacity=(offer,))
    return Scenario(
        scenario="methods", horizon=Horizon(days=DAYS), sites=(site,), workloads=workloads
    )


@pytest.fixture
def stages(catalog):
    """Stages by their names within the request."""

    def build(*requests):
        found = staged(ask(*requests), catalog).workloads
        return {each.name.partition("/")[2]: each for each in found}

    return build


def tokens(stage):
    return stage.tokens_b * 1e9


def test_one_run_learns_from_every_token_of_every_epoch(stages):
    (sft,) = stages(train("sft", **EXAMPLES, epochs=3)).values()
    assert isinstance(sft, FineTuning)
    assert tokens(sft) == 10_000 * 500 * 3
    assert sft.adapters is None
    (run,) = stages(train("pretraining", tokens_b=300)).values()
    assert isinstance(run, Pretraining)
    assert run.tokens_b == 300
    (more,) = stages(train("continued_pretraining", tokens_b=5)).values()
    assert isinstance(more, Pretraining)


def test_adapters_learn_beside_the_weights_and_qlora_keeps_these_in_4_bits(stages):
    (lora,) = stages(train("lora", **EXAMPLES, rank=8)).values()
    (qlora,) = stages(train("qlora", **EXAMPLES, rank=64)).values()
    assert (lora.adapters.rank, lora.adapters.base_precision) == (8, "bf16")
    assert (qlora.adapters.rank, qlora.adapters.base_precision) == (64, "int4")
    assert tokens(lora) == tokens(qlora)


def test_pairs_are_two_answers_and_dpo_asks_a_frozen_copy(stages):
    (reward,) = stages(train("reward_model", **EXAMPLES)).values()
    (dpo,) = stages(train("dpo", **EXAMPLES)).values()
    assert tokens(reward) == tokens(dpo) == 2 * 10_000 * 500
    assert not reward.companions
    (reference,) = dpo.companions
    assert (reference.architecture, reference.is_trained) == ("mistral-7b", False)


def test_warm_trains_as_many_as_asked_side_by_side(stages):
    found = stages(train("warm", **EXAMPLES, reward_models=6))
    assert len(found) == 6
    assert all(not each.after for each in found.values())


def test_warm_takes_turns_where_it_is_told_to(catalog):
    """Six runs, two at a time, on two nodes."""
    request = train("warm", **EXAMPLES, reward_models=6, at_once=2, accelerators=8)
    scenario = ask(request)
    offer = scenario.sites[0].capacity[0].model_copy(update={"available_nodes": 2})
    site = scenario.sites[0].model_copy(update={"capacity": (offer,)})
    plan = planner.plan(scenario.model_copy(update={"sites": (site,)}), catalog=catalog)
    assert plan.status == "optimal"
    starts = sorted(each.start_hours for each in plan.allocations)
    assert starts[0] == starts[1] == 0 < starts[2] == starts[3] < starts[4] == starts[5]


def test_ppo_rolls_out_then_updates_with_four_architectures_in_memory(stages):
    found = stages(train("ppo", **PROMPTS, reward_architecture="opt-1.3b", epochs=2))
    rollouts, updates = found["rollouts"], found["updates"]
    assert isinstance(rollouts, BatchInference)
    assert tokens(rollouts) == 50_000 * 500
    assert tokens(updates) == 2 * 50_000 * 500
    assert updates.after == ("job/rollouts",)
    assert updates.architectures == ("mistral-7b", "mistral-7b", "opt-1.3b", "opt-1.3b")
    assert [each.is_trained for each in updates.companions] == [False, False, True]


def test_spin_plays_round_after_round(stages):
    """After the first round the pairs of the round before come again: 1, 2 and 2 times."""
    found = stages(train("spin", **PROMPTS, iterations=3))
    order = ["generate-1", "train-1", "generate-2", "train-2", "generate-3", "train-3"]
    assert list(found) == order
    for before, then in pairwise(order):
        assert found[then].after == (f"job/{before}",)
    pair_tokens = 2 * 500
    trained = [tokens(found[f"train-{number}"]) for number in (1, 2, 3)]
    assert trained == [50_000 * times * pair_tokens * 2 for times in (1, 2, 2)]


def test_back_translation_augments_once_and_curates_in_rounds(stages):
    found = stages(
        train(
            "instruction_backtranslation",
            segments=502_000,
            segment_tokens=400,
            curated_share=0.1,
            rounds=2,
        )
    )
    assert tokens(found["augment"]) == pytest.approx(502_000 * 450)
    assert found["augment"].after == ("job/backward",)
    assert set(found["curate-1"].after) == {"job/augment", "job/seed"}
    assert set(found["curate-2"].after) == {"job/augment", "job/train-1"}
    assert tokens(found["train-2"]) == pytest.approx((3_200 + 50_200) * 450 * 3)
    assert not found["seed"].after


def test_wrap_rephrases_then_pretrains(stages):
    found = stages(train("wrap", tokens_b=300, rephraser="llama-3.1-8b", rephrased_tokens_b=85))
    assert found["rephrase"].architecture == "llama-3.1-8b"
    assert found["rephrase"].tokens_b == pytest.approx(2 * 85)
    assert found["pretrain"].architecture == "mistral-7b"
    assert found["pretrain"].after == ("job/rephrase",)


def test_what_the_request_says_holds_for_its_stages(catalog):
    request = train("spin", **PROMPTS, iterations=2, after=("first",)).model_copy(
        update={"priority": 2, "sites": ("cloud",), "allow_interruptible": True}
    )
    scenario = ask(train("sft", name="first", **EXAMPLES), request)
    first, *rest = staged(scenario, catalog).workloads
    assert first.name == "first/sft"
    assert rest[0].after == ("first/sft",)
    assert rest[1].after == ("job/generate-1",)
    for each in rest:
        assert (each.priority, each.sites, each.allow_interruptible) == (2, ("cloud",), True)
        assert each.deadline_days == DAYS


def test_the_penalty_of_a_request_is_that_of_its_last_stage(catalog):
    """Left undone because that is cheaper, it costs its penalty once, and nothing is begun."""
    request = train("spin", **PROMPTS, iterations=3).model_copy(update={"unmet_penalty_usd": 5.0})
    plan = planner.plan(ask(request), catalog=catalog)
    assert plan.cost_usd == pytest.approx(5.0)
    assert not plan.allocations
    dear = request.model_copy(update={"unmet_penalty_usd": 1e6})
    assert len(planner.plan(ask(dear), catalog=catalog).allocations) == 6


def test_stages_are_planned_in_their_order_and_from_a_saved_plan(catalog):
    plan = planner.plan(ask(train("spin", **PROMPTS, iterations=2)), catalog=catalog)
    ends = [(each.start_hours, each.start_hours + each.hours) for each in plan.allocations]
    assert all(end == start for (_, end), (start, _) in pairwise(ends))
    assert plan.verified


def test_dpo_costs_less_than_ppo_on_the_same_prompts(catalog):
    """PPO answers the prompts first and keeps two more architectures; DPO is given its answers."""
    dpo = train("dpo", name="dpo", examples=25_000, example_tokens=500)
    ppo = train("ppo", name="ppo", **PROMPTS, reward_architecture="mistral-7b")
    plan = planner.plan(ask(dpo, ppo), catalog=catalog)
    cost = dict.fromkeys(("dpo", "ppo"), 0.0)
    for each in plan.workloads:
        cost[each.workload.partition("/")[0]] += each.cost_usd
    assert cost["dpo"] < cost["ppo"]


@pytest.mark.parametrize(
    ("request_", "field", "told"),
    [
        (train("sftt", **EXAMPLES), "workloads.0.method", "unknown training method"),
        (train("sft", examples=10), "workloads.0.parameters.example_tokens", "is needed"),
        (
            train("sft", **EXAMPLES, ranks=1),
            "workloads.0.parameters.ranks",
            "is no field of example parameters",
        ),
        (
            train("warm", **EXAMPLES).model_copy(update={"unmet_penalty_usd": 5.0}),
            "workloads.0.unmet_penalty_usd",
            "ends in 6 stages",
        ),
        (train("sft", **EXAMPLES, after=("job",)), "workloads.0.after", "waits for itself"),
        (
            train("sft", examples=10**9, example_tokens=10**8, epochs=1e9),
            "workloads.0.parameters",
            "make a stage whose tokens_b cannot be",
        ),
        (
            train("warm", **EXAMPLES, reward_models=10**9),
            "workloads.0.parameters.reward_models",
            "must be at most 50",
        ),
        (
            train("ppo", **PROMPTS, reward_architecture="opt-1.3"),
            "workloads.0.parameters",
            "the method asks for an unknown architecture in job/updates",
        ),
    ],
)
def test_a_request_that_cannot_be_staged_is_refused(catalog, request_, field, told):
    with pytest.raises(planner.InputError) as caught:
        planner.plan(ask(request_), catalog=catalog)
    (fault,) = caught.value.faults
    assert fault.field == field
    assert told in fault.rule


def test_names_of_stages_are_taken(catalog):
    twin = train("sft", name="job", **EXAMPLES)
    other = FineTuning(
        kind="fine_tuning",
        name="job/sft",
        architecture="mistral-7b",
        tokens_b=1.0,
        deadline_days=DAYS,
    )
    with pytest.raises(planner.InputError, match="the name of a part"):
        planner.plan(ask(twin, other), catalog=catalog)


class Nothing(Record):
    pass


def stage(name, *after):
    return FineTuning(
        kind="fine_tuning",
        name=name,
        architecture="mistral-7b",
        tokens_b=1.0,
        deadline_days=1.0,
        after=after,
    )


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((), "answered with no stage"),
        ((stage("a", "b"), stage("b", "a")), "has a stage that waits for itself"),
        ((stage("a", "zzz"),), "has a stage after zzz, which is none of its stages"),
        ((stage("a"), stage("a")), "has two stages of one name"),
        (("a",), "must answer with BatchInference, Pretraining and FineTuning"),
        (None, "raised TypeError"),
    ],
)
def test_a_method_that_answers_nonsense_is_named(answer, told):
    class Broken:
        name = "broken"
        parameters = Nothing

        def stages(self, *_):
            return answer

    class Plugin:
        @staticmethod
        @hookimpl
        def planner_training_methods():
            return [Broken()]

    catalog = load_catalog([("acme", Plugin)])
    with pytest.raises(planner.PluginError) as caught:
        planner.plan(ask(train("broken")), catalog=catalog)
    assert "acme" in str(caught.value)
    assert told in str(caught.value)
