"""The tables of an estimate have its figures, on any terminal."""

import re

import pytest
from rich.console import Console

from planner.domain.deployment import Parallelism
from planner.domain.estimate import (
    DeploymentEstimate,
    Estimate,
    RejectedDeployment,
    RunEstimate,
)
from planner.report import estimate_report

REPLICA = DeploymentEstimate(
    workload="serving",
    kind="serving",
    architecture="llama-3.1-70b",
    node_type="azure/Standard_ND96isr_H100_v5",
    accelerator="H100-80GB-SXM",
    accelerators=4,
    parallelism=Parallelism(tensor=4),
    precision="fp8",
    kv_precision="bf16",
    batch=349,
    input_tokens=1024,
    output_tokens=1024,
    utilisation=0.8,
    throughput_tokens_per_s=13_378.4,
    throughput_tokens_per_s_per_accelerator=3_344.6,
    requests_per_s=6.53,
    ttft_ms=79.69,
    tpot_ms=52.23,
    memory_gib_per_accelerator=71.96,
    weights_gib_per_accelerator=16.43,
    accelerator_memory_gib=80.0,
    power_w=2428.6,
    joules_per_token=0.22692,
    usd_per_node_hour=55.04,
    price_as_of="2026-08",
    usd_per_million_tokens=0.71423,
)
GANG = REPLICA.model_copy(
    update={
        "workload": "pretraining",
        "kind": "pretraining",
        "architecture": "llama-65b",
        "node_type": "hgx-a100-80gb-8",
        "accelerator": "A100-80GB-SXM",
        "accelerators": 2048,
        "parallelism": Parallelism(tensor=8, data=256),
        "precision": "bf16",
        "kv_precision": None,
        "mfu": 0.5193,
        "joules_per_token": 1.3372,
        "usd_per_node_hour": None,
        "price_as_of": None,
        "usd_per_million_tokens": None,
        "run": RunEstimate(
            tokens_b=1400.0,
            days=19.44,
            accelerator_hours=955_745.3,
            energy_mwh=520.01,
            cost_usd=None,
        ),
    }
)
MISS = RejectedDeployment(
    workload="serving",
    architecture="llama-3.1-70b",
    node_type="aws/g6.xlarge",
    precision="fp8",
    kv_precision="bf16",
    parallelism="tp1",
    reason="memory",
    needed=68.12,
    available=21.6,
    unit="GiB",
)


def told(estimate, width=100):
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(estimate_report(estimate))
    return capture.get()


def words(text):
    return re.sub(r"\s+", " ", text)


def test_a_replica_is_told_with_all_its_figures():
    text = words(told(Estimate(deployments=(REPLICA,)), width=120))
    row = "llama-3.1-70b 4 x H100-80GB-SXM 79.7 72.0 13,378 0.227 $0.714"
    assert row in text
    assert "azure/Standard_ND96isr_H100_v5 tp4 fp8, bf16 52.2 16.4 3,345 349" in text
    assert "azure/Standard_ND96isr_H100_v5 at $55.04 a node-hour, listed 2026-08" in text
    assert "J and $ per token are at 80.0% of the throughput" in text
    assert "cooling is not in it" in text
    assert "give a price" not in text


def test_a_gang_is_told_with_all_its_figures_and_a_dash_for_a_price():
    text = words(told(Estimate(deployments=(GANG,), notices=("no price is known",)), width=120))
    assert "llama-65b 2,048 x A100-80GB-SXM 19.4 955,745 72.0 13,378 -" in text
    assert "hgx-a100-80gb-8 tp8 dp256 bf16 51.9% 520 1.34 3,345 -" in text
    assert "- no price is known" in text
    assert "- give a price with --usd-per-node-hour, or --price-region and --purchase" in text


def test_what_cannot_run_is_told_with_what_it_needs():
    text = words(told(Estimate(rejections=(MISS,))))
    line = "llama-3.1-70b fp8, bf16 on aws/g6.xlarge, tp1: memory: needs 68.1 GiB, 21.6 there"
    assert text.startswith("What cannot run, nearest misses first - " + line)
    bare = MISS.model_copy(update={"parallelism": None, "needed": None, "reason": "precision"})
    assert "on aws/g6.xlarge: precision" in words(told(Estimate(rejections=(bare,))))


@pytest.mark.parametrize("width", [80, 100, 200])
def test_numbers_are_never_cut(width):
    text = told(Estimate(deployments=(REPLICA, GANG), rejections=(MISS,)), width)
    assert max(map(len, text.splitlines())) <= width
    for number in ("13,378", "79.7", "72.0", "$0.714", "955,745", "51.9%", "1.34"):
        assert number in text
