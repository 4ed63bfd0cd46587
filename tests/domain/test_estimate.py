"""Which of several deployments is the best one, and which rejections matter then."""

import pytest

from planner.domain.deployment import Parallelism
from planner.domain.estimate import DeploymentEstimate, Estimate, RejectedDeployment


def made(tensor, speed, usd=None, **changes):
    fields = {
        "workload": "serving",
        "kind": "serving",
        "architecture": "one",
        "node_type": "here",
        "accelerator": "part",
        "accelerators": tensor,
        "parallelism": Parallelism(tensor=tensor),
        "precision": "bf16",
        "kv_precision": "bf16",
        "batch": 8,
        "utilisation": 0.8,
        "throughput_tokens_per_s": speed * tensor,
        "throughput_tokens_per_s_per_accelerator": speed,
        "memory_gib_per_accelerator": 70.0,
        "accelerator_memory_gib": 80.0,
        "power_w": 1000.0,
        "joules_per_token": 1.0,
        "usd_per_node_hour": None,
        "price_as_of": None,
        "usd_per_million_tokens": usd,
    }
    return DeploymentEstimate(**{**fields, **changes})


def missed(reason, needed=None, available=None, **changes):
    fields = {
        "workload": "serving",
        "architecture": "one",
        "node_type": "here",
        "precision": "bf16",
        "kv_precision": "bf16",
        "reason": reason,
        "needed": needed,
        "available": available,
    }
    return RejectedDeployment(**{**fields, **changes})


def best(*deployments, rejections=()):
    return Estimate(deployments=deployments, rejections=rejections).best()


def test_without_a_price_the_least_accelerator_time_wins():
    quick = made(4, 300.0)
    assert best(made(1, 100.0), quick, made(8, 200.0)).deployments == (quick,)


def test_with_a_price_the_cheapest_token_wins():
    cheap = made(1, 100.0, usd=1.0)
    assert best(made(4, 300.0, usd=2.0), cheap).deployments == (cheap,)


def test_of_equals_the_smallest_wins():
    small = made(2, 100.0)
    assert best(made(4, 100.0), small, made(8, 100.0)).deployments == (small,)


@pytest.mark.parametrize(
    "other",
    [
        {"workload": "other"},
        {"architecture": "other"},
        {"node_type": "other"},
        {"precision": "fp8"},
        {"kv_precision": "fp8"},
        {"input_tokens": 7},
    ],
)
def test_every_combination_keeps_its_own(other):
    one, two = made(1, 100.0), made(1, 50.0, **other)
    assert best(one, two).deployments == (one, two)


def test_rejections_stay_where_nothing_works_the_nearest_of_each_reason():
    answered = missed("memory", 100.0, 72.0)
    near = missed("memory", 100.0, 72.0, node_type="small")
    far = missed("memory", 200.0, 72.0, node_type="small")
    slow = missed("tpot", 150.0, 100.0, node_type="small")
    found = best(made(1, 100.0), rejections=(answered, near, far, slow))
    assert found.rejections == (near, slow)


def test_a_miss_is_a_factor_in_either_direction():
    assert missed("memory", 144.0, 72.0).miss == 2
    assert missed("deadline", 10.0, 20.0).miss == 2
    assert missed("precision").miss == float("inf")
