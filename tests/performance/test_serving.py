"""Serving deployments: memory by hand, laws of batches, and rejections with their numbers."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain.deployment import Parallelism, RequestSize, ServingRate
from planner.domain.rejection import Shortfall
from planner.domain.requests import RequestClass
from planner.domain.workload import BatchInference, Serving
from planner.performance.degrees import serving_degrees, tensor_degrees
from planner.performance.loaded import load_of, loaded_with
from planner.performance.replica import Replica
from planner.performance.serving import (
    possible_deployments,
    serving_deployments,
    serving_rates,
)
from planner.performance.serving_memory import most_sequences, usable_gib, used_gib
from planner.performance.serving_rate import Limits, Paces, serving_rate


def chat(architecture="llama-3.1-70b", **changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "architecture": architecture,
        "requests_per_s": 1.0,
        "input_tokens": 1000,
        "output_tokens": 200,
    }
    return Serving(**{**fields, **changes})


@pytest.fixture
def replica(catalog, profile, server):
    def build(architecture="llama-3.1-70b", part="H100-80GB-SXM", **degrees):
        return Replica(
            profile=profile(architecture),
            node_type=server(part),
            accelerator=catalog.accelerators[part],
            parallelism=Parallelism(**degrees),
            weight_precision="bf16",
            kv_precision="bf16",
            arithmetic="bf16",
        )

    return build


def test_cache_of_llama_70b_is_320_kib_a_token_over_all_ranks(replica):
    """80 layers x 2 x 8 heads x 128 x 2 bytes (Llama 3.1 70B config.json)."""
    assert replica().kv_bytes(1) == 80 * 2 * 8 * 128 * 2
    assert replica(tensor=8).kv_bytes(1) == 80 * 2 * 128 * 2


def test_ranks_beyond_the_key_value_heads_hold_copies(replica):
    assert replica("qwen2.5-7b", tensor=8).kv_bytes(1) == replica("qwen2.5-7b", tensor=4).kv_bytes(
        1
    )


def test_weights_of_llama_70b_need_two_h100_and_more_for_a_cache(replica):
    """70.6 B parameters in 16 bits are 131 GiB."""
    assert replica(tensor=2).weight_bytes * 2 / 2**30 == pytest.approx(131.4, rel=0.01)
    assert most_sequences(replica(tensor=1), 1200) == 0
    assert most_sequences(replica(tensor=4), 1200) > 100


@given(st.integers(1, 4000), st.sampled_from([1, 2, 4, 8]))
@settings(max_examples=50)
def test_what_is_said_to_fit_fits_and_one_more_does_not(catalog, profile, server, context, tensor):
    part = catalog.accelerators["A100-80GB-SXM"]
    split = Parallelism(tensor=tensor)
    each = Replica(profile("llama-2-13b"), server(part.name), part, split, "bf16", "bf16", "bf16")
    most = most_sequences(each, context)
    assert used_gib(each, most, context) <= usable_gib(each) + 1e-9
    assert used_gib(each, most + 1, context) > usable_gib(each)


@pytest.mark.parametrize("architecture", ["llama-3.1-70b", "mixtral-8x7b"])
def test_bigger_batches_give_more_and_take_longer(replica, architecture):
    size = RequestSize(1000, 200)
    each = Paces(replica(architecture, tensor=4), size)
    paces = [each.at(batch, 0.8) for batch in (1, 2, 8, 32, 128)]
    for smaller, larger in pairwise(paces):
        assert larger.requests_per_s > smaller.requests_per_s
        assert larger.tpot_ms > smaller.tpot_ms
        assert larger.ttft_ms > smaller.ttft_ms


def test_batch_is_the_largest_within_the_limits(replica):
    size, limits = RequestSize(1000, 200), Limits(ttft_ms=2000, tpot_ms=30, utilisation=0.8)
    paces = Paces(replica(tensor=4), size)
    rate = serving_rate(paces, limits)
    assert isinstance(rate, ServingRate)
    assert rate.tpot_ms <= 30
    assert paces.at(rate.batch + 1, 0.8).tpot_ms > 30


def test_fewer_bits_serve_faster(catalog, profile, server):
    part = catalog.accelerators["H100-80GB-SXM"]
    node, split = server(part.name), Parallelism(tensor=4)
    rates = [
        serving_rates(chat(weight_precision=each), profile("llama-3.1-70b"), node, part, split)[0]
        for each in ("bf16", "fp8")
    ]
    assert rates[1].requests_per_s > 1.2 * rates[0].requests_per_s


def test_single_token_answers_have_no_time_per_output_token(replica):
    rate = serving_rate(Paces(replica(tensor=4), RequestSize(500, 1)), Limits(2000, 50, 0.8))
    assert rate.tpot_ms == 0
    assert rate.requests_per_s > 0


@pytest.mark.parametrize(
    ("changes", "degrees", "reason"),
    [
        ({}, {"tensor": 1}, "memory"),
        ({"tpot_ms": 1.0}, {"tensor": 8}, "tpot"),
        ({"ttft_ms": 1.0}, {"tensor": 8}, "ttft"),
        ({"input_tokens": 200_000}, {"tensor": 8}, "context"),
    ],
)
def test_shortfalls_say_by_how_much(catalog, profile, server, changes, degrees, reason):
    part = catalog.accelerators["H100-80GB-SXM"]
    split = Parallelism(**degrees)
    (miss,) = serving_rates(
        chat(**changes), profile("llama-3.1-70b"), server(part.name), part, split
    )
    assert isinstance(miss, Shortfall)
    assert miss.reason == reason
    assert miss.needed > miss.available
    assert miss.unit


def test_part_of_unknown_power_is_rejected_once(catalog, profile, server):
    part = catalog.accelerators["Trainium1"]
    wish = chat("llama-3.1-8b")
    loaded = loaded_with(load_of(wish), profile("llama-3.1-8b"), server(part.name), part)
    found, rejected = serving_deployments(wish, loaded)
    assert not found
    assert [(each.reason, each.parallelism) for each in rejected] == [("power_unknown", None)]


def test_every_parallelism_is_a_deployment_or_a_rejection(catalog, profile, server):
    part = catalog.accelerators["A100-80GB-SXM"]
    node = server(part.name)
    loaded = loaded_with(load_of(chat()), profile("llama-3.1-70b"), node, part)
    found, rejected = serving_deployments(chat(), loaded)
    told = {str(each.parallelism) for each in found} | {each.parallelism for each in rejected}
    assert told == {str(each) for each in serving_degrees(node, part, 80)}


def test_no_kept_deployment_is_beaten_by_another_throughout(catalog, profile, server):
    part = catalog.accelerators["A100-80GB-SXM"]
    sizes = (
        RequestClass(input_tokens=200, output_tokens=100),
        RequestClass(input_tokens=4000, output_tokens=400),
    )
    wish = BatchInference(
        kind="batch_inference",
        name="heap",
        architecture="llama-3.1-8b",
        tokens_b=1.0,
        deadline_days=1.0,
        request_classes=sizes,
    )
    loaded = loaded_with(load_of(wish), profile("llama-3.1-8b"), server(part.name), part)
    found, _ = serving_deployments(wish, loaded)
    assert found
    for one in found:
        for other in found:
            if one is not other and other.accelerators % one.accelerators == 0:
                pairs = zip(one.rates, other.rates, strict=True)
                assert any(
                    its.requests_per_s / other.accelerators > mine.requests_per_s / one.accelerators
                    or its.accelerator_power_w / its.requests_per_s * other.accelerators
                    < mine.accelerator_power_w / mine.requests_per_s * one.accelerators
                    for mine, its in pairs
                )


def test_tensor_degrees_divide_each_other_so_that_replicas_fill_nodes(catalog, server):
    part = catalog.accelerators["H100-80GB-SXM"]
    for count in (1, 2, 3, 4, 6, 8, 12, 16):
        degrees = list(tensor_degrees(server(part.name, count), part))
        assert degrees[0] == 1
        assert degrees[-1] == count
        assert all(larger % smaller == 0 for smaller, larger in pairwise(degrees))


def test_replicas_span_nodes_only_over_a_network(catalog, server):
    part = catalog.accelerators["H100-80GB-SXM"]
    alone = server(part.name, network_gb_per_s=0.0)
    assert max(each.accelerators for each in serving_degrees(alone, part, 80)) == 8
    assert max(each.accelerators for each in serving_degrees(server(part.name), part, 80)) > 8


@pytest.mark.parametrize("architecture", ["llama-3.1-8b", "llama-3.1-70b", "mixtral-8x22b"])
def test_what_is_possible_is_what_is_kept_and_what_is_dominated(
    catalog, profile, server, architecture
):
    hardware = (
        profile(architecture),
        server("H100-80GB-SXM"),
        catalog.accelerators["H100-80GB-SXM"],
    )
    loaded = loaded_with(load_of(chat(architecture)), *hardware)
    possible, misses = possible_deployments(chat(architecture), loaded)
    kept, rejected = serving_deployments(chat(architecture), loaded)
    beaten = {each.parallelism for each in rejected if each.reason == "dominated"}
    assert kept
    assert beaten
    assert set(kept) == {each for each in possible if str(each.parallelism) not in beaten}
    assert [each for each in rejected if each.reason != "dominated"] == list(misses)


LIMITS = st.fixed_dictionaries(
    {
        "ttft_ms": st.sampled_from([60.0, 150.0, 400.0, 2000.0]),
        "tpot_ms": st.sampled_from([10.0, 30.0, 100.0]),
        "target_utilisation": st.sampled_from([0.5, 0.8, 1.0]),
        "network_ms": st.sampled_from([0.0, 35.0, 120.0]),
    }
)


@given(LIMITS)
@settings(max_examples=30)
def test_replicas_that_were_asked_before_answer_the_same(catalog, profile, server, limits):
    part = catalog.accelerators["H100-80GB-SXM"]
    node, asked = server(part.name), profile("llama-3.1-8b")
    loaded = loaded_with(load_of(chat("llama-3.1-8b")), asked, node, part)
    serving_deployments(chat("llama-3.1-8b", network_ms=20.0), loaded)
    wish = chat("llama-3.1-8b", **limits)
    anew = loaded_with(load_of(wish), asked, node, part)
    assert serving_deployments(wish, loaded) == serving_deployments(wish, anew)
    for each in possible_deployments(wish, loaded)[0]:
        assert serving_rates(wish, asked, node, part, each.parallelism) == each.rates
