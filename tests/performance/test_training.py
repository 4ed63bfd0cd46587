"""Training gangs: memory by hand, laws of size, and rejections with their numbers."""

import pytest

from planner.domain.deployment import Parallelism, TrainingRate
from planner.domain.rejection import Shortfall
from planner.domain.workload import Pretraining
from planner.performance.gang import Gang, TrainingLayout
from planner.performance.training import training_deployments
from planner.performance.training_memory import used_gib
from planner.performance.training_rate import training_rate
from planner.performance.training_step import step_of


def run(architecture="llama-2-7b", **changes):
    fields = {
        "kind": "pretraining",
        "name": "run",
        "architecture": architecture,
        "tokens_b": 100.0,
        "deadline_days": 30.0,
        "sequence_tokens": 2048,
    }
    return Pretraining(**{**fields, **changes})


@pytest.fixture
def h100(catalog):
    return catalog.accelerators["H100-80GB-SXM"]


@pytest.fixture
def gang(catalog, profile, server):
    def build(recomputation="selective", micro_batch=1, **degrees):
        return Gang(
            profile=profile("gpt3-175b"),
            node_type=server("A100-80GB-SXM"),
            accelerator=catalog.accelerators["A100-80GB-SXM"],
            layout=TrainingLayout(Parallelism(**degrees), micro_batch, recomputation),
            precision="bf16",
            sequence_tokens=2048,
            global_batch=64,
        )

    return build


def test_state_is_18_bytes_a_parameter_and_falls_to_6_with_data_parallelism(gang):
    """Megatron-Core distributed optimizer: 6 + 12 / d. Activations add the same to both."""
    few, many = gang(tensor=8, pipeline=8, data=1), gang(tensor=8, pipeline=8, data=64)
    parameters = few.profile.parameters_total * few.stage_share / 8
    saved = 12 * parameters * (1 - 1 / 64) / 2**30
    # with 64 ranks there is one micro-batch each, so one is under way and not eight
    layers = few.profile.layers / 8
    activations = 34 * 2048 * few.profile.hidden / 8 * layers * 7 / 2**30
    assert used_gib([few]) - used_gib([many]) == pytest.approx(saved + activations, rel=0.01)


def test_full_recomputation_trades_time_for_memory(gang):
    kept, recomputed = gang(tensor=8, pipeline=8), gang("full", tensor=8, pipeline=8)
    assert used_gib([recomputed]) < used_gib([kept])
    assert step_of([recomputed]).seconds > 1.2 * step_of([kept]).seconds


def test_bubble_is_that_of_1f1b(gang):
    """(m + p - 1) / m: 64 micro-batches on 8 stages are 11 % slower than without a bubble."""
    step = step_of([gang(tensor=8, pipeline=8)])
    assert step.seconds > step.arithmetic_s * (64 + 7) / 64


def test_smallest_gang_meets_the_deadline_and_half_of_it_would_not(profile, server, h100):
    hours = 200.0
    wish = run()
    found, _ = training_deployments(wish, [profile("llama-2-7b")], server(h100.name), h100, hours)
    smallest = min(found, key=lambda each: each.nodes)
    for each in found:
        assert 100e9 / each.rate.tokens_per_s / 3600 <= hours
        assert each.accelerators == each.nodes * 8
    assert smallest.nodes > 1
    half = run(accelerators=smallest.accelerators // 2)
    halved, rejected = training_deployments(
        half, [profile("llama-2-7b")], server(h100.name), h100, hours
    )
    assert not halved
    assert any(each.reason == "deadline" for each in rejected)


def test_larger_gangs_are_offered_only_when_they_save_something(profile, server, h100):
    found, _ = training_deployments(run(), [profile("llama-2-7b")], server(h100.name), h100, 5000.0)
    for one in found:
        for other in found:
            if one.nodes < other.nodes:
                assert (
                    other.nodes / other.rate.tokens_per_s < one.nodes / one.rate.tokens_per_s
                    or other.rate.accelerator_power_w * other.nodes / other.rate.tokens_per_s
                    < one.rate.accelerator_power_w * one.nodes / one.rate.tokens_per_s
                )


def test_stated_gang_size_is_kept(profile, server, h100):
    found, _ = training_deployments(
        run(accelerators=48), [profile("llama-2-7b")], server(h100.name), h100, 5000.0
    )
    assert {each.accelerators for each in found} == {48}


@pytest.mark.parametrize(
    ("changes", "hours", "reason"),
    [
        ({}, 0.01, "deadline"),
        ({"accelerators": 2048, "global_batch_tokens_m": 0.002}, 5000.0, "global_batch"),
        ({"sequence_tokens": 8192}, 5000.0, "context"),
    ],
)
def test_shortfalls_say_by_how_much(profile, server, h100, changes, hours, reason):
    found, rejected = training_deployments(
        run(**changes), [profile("llama-2-7b")], server(h100.name), h100, hours
    )
    assert not found
    miss = next(each for each in rejected if each.reason == reason)
    assert miss.needed > miss.available


def test_what_does_not_fit_says_how_much_memory_is_missing(profile, server, catalog):
    part = catalog.accelerators["L4"]
    found, rejected = training_deployments(
        run("gpt3-175b", accelerators=8), [profile("gpt3-175b")], server(part.name), part, 1e6
    )
    assert not found
    assert [each.reason for each in rejected] == ["memory"]
    assert rejected[0].needed > rejected[0].available


def test_gang_over_nodes_without_a_network_is_no_gang(profile, server, h100):
    layout = TrainingLayout(Parallelism(data=16), 1, "selective")
    node = server(h100.name, network_gb_per_s=0.0)
    answer = training_rate(run(), [profile("llama-2-7b")], node, h100, layout)
    assert isinstance(answer, Shortfall)
    assert answer.reason == "network"


def test_mfu_and_power_are_plausible(profile, server, h100):
    layout = TrainingLayout(Parallelism(data=8), 1, "selective")
    rate = training_rate(run(), [profile("llama-2-7b")], server(h100.name), h100, layout)
    assert isinstance(rate, TrainingRate)
    assert 0.35 <= rate.mfu <= 0.65
    assert 0.6 * 700 <= rate.accelerator_power_w <= 700


def test_one_node_may_be_enough_where_a_slow_network_makes_many_too_slow(profile, server, h100):
    node = server(h100.name, network_gb_per_s=0.5)
    wish = run("llama-2-7b", tokens_b=1.0, global_batch_tokens_m=0.5)
    found, _ = training_deployments(wish, [profile("llama-2-7b")], node, h100, 4.0)
    assert {each.nodes for each in found} == {1}
