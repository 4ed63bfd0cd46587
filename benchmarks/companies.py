"""Generated scenarios of whole companies: serving, batch and pretraining over own halls and clouds.

They go the way of a scenario file: catalog, sizing, compiler. Own capacity is cheap and too small;
what does not fit there pays a cloud's price for on-demand servers, some fifteen times as much.
"""

import json
from typing import Any

import numpy as np

from planner.candidates.program import compile_scenario
from planner.catalog.references import check_scenario
from planner.domain.scenario import StagedScenario
from planner.planning import load_catalog
from planner.problem.columns import AllocationProblem

ARCHITECTURES = (
    "llama-3.1-70b",
    "qwen2.5-7b",
    "llama-3.1-8b",
    "llama-3.2-3b",
    "mixtral-8x7b",
    "qwen2.5-32b",
)
TRAINED = ("llama-3.2-3b", "llama-3.1-8b")
OWN_SERVERS = ("hgx-h100-8", "hgx-a100-80gb-8", "hgx-h200-8")
CLOUD_SITES = ("aws/us-east-1", "aws/us-west-2", "aws/eu-north-1", "aws/ap-northeast-1")
SERVING, BATCH = 0.6, 0.2
"""Shares of the workloads; the rest is pretraining."""
CLASSES = (
    {"weight": 50, "input_tokens": 200, "output_tokens": 200},
    {"weight": 35, "input_tokens": 1500, "output_tokens": 400},
    {"weight": 15, "input_tokens": 6000, "output_tokens": 600},
)
MIXED = 0.3
"""Share of the serving workloads that have all these request classes."""


def company(workloads: int, sites: int, scale: float = 1.0, seed: int = 1) -> StagedScenario:
    """A quarter of a company; `scale` multiplies its demand and what it has alike."""
    rng = np.random.default_rng(seed)
    document = {
        "scenario": f"company-{workloads}",
        "horizon": {"days": 91},
        "sites": [
            _own(site, scale, rng) if site % 2 == 0 else _cloud(site, scale, rng)
            for site in range(sites)
        ],
        "workloads": [_workload(row, scale, rng) for row in range(workloads)],
    }
    return StagedScenario.model_validate_json(json.dumps(document))


def compiled(scenario: StagedScenario) -> AllocationProblem:
    """What a scenario becomes."""
    catalog = check_scenario(scenario, load_catalog())
    return compile_scenario(scenario, catalog).problem


def _own(site: int, scale: float, rng: np.random.Generator) -> dict[str, Any]:
    return {
        "name": f"own-{site}",
        "pue": round(rng.uniform(1.1, 1.5), 2),
        "electricity_usd_per_kwh": round(rng.uniform(0.04, 0.15), 3),
        "carbon_g_per_kwh": int(rng.integers(20, 600)),
        "it_power_limit_kw": round(scale * rng.uniform(120, 400)),
        "capacity": [
            {
                "node_type": server,
                "purchase": "owned",
                "available_nodes": int(scale * rng.integers(4, 20)),
                "usd_per_node_hour": round(rng.uniform(2, 5), 2),
            }
            for server in OWN_SERVERS
        ],
    }


def _cloud(site: int, scale: float, rng: np.random.Generator) -> dict[str, Any]:
    def offer(node_type: str, purchase: str, least: float, most: float) -> dict[str, Any]:
        price = round(rng.uniform(least, most), 2)
        return {"node_type": node_type, "purchase": purchase, "usd_per_node_hour": price}

    spot = offer("aws/p5.48xlarge", "spot", 20, 32) | {"available_nodes": round(10 * scale)}
    return {
        "name": f"cloud-{site}",
        "catalog": CLOUD_SITES[site // 2 % len(CLOUD_SITES)],
        "capacity": [
            offer("aws/p5.48xlarge", "on_demand", 52, 60),
            spot,
            offer("aws/g6e.48xlarge", "on_demand", 28, 33),
        ],
    }


def _workload(row: int, scale: float, rng: np.random.Generator) -> dict[str, Any]:
    kind, size = rng.uniform(), scale * rng.lognormal()
    named = {"name": f"workload-{row}", "architecture": str(rng.choice(ARCHITECTURES))}
    if kind < SERVING:
        limits = {"ttft_ms": int(rng.choice([500, 1000, 2000, 4000]))}
        limits["tpot_ms"] = int(rng.choice([40, 60, 80]))
        served = named | limits | {"kind": "serving", "requests_per_s": round(30 * size, 2)}
        if rng.uniform() < MIXED:
            return served | {"request_classes": CLASSES}
        tokens = int(rng.choice([300, 800, 1500, 3000])), int(rng.choice([60, 200, 400]))
        return served | {"input_tokens": tokens[0], "output_tokens": tokens[1]}
    if kind < SERVING + BATCH:
        tokens_b, days = round(600 * size, 1), int(rng.choice([30, 60, 91]))
        sizes = {"input_tokens": 3000, "output_tokens": 300}
        return (
            named
            | sizes
            | {"kind": "batch_inference", "tokens_b": tokens_b}
            | {"deadline_days": days}
        )
    return named | {
        "kind": "pretraining",
        "architecture": str(rng.choice(TRAINED)),
        "tokens_b": round(400 * size, 1),
        "deadline_days": int(rng.choice([45, 91])),
    }
