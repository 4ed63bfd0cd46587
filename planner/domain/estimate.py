"""What deployments do and cost, side by side, without a scenario.

Energy is what servers draw (IT): accelerators and their share of the host; cooling is not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from planner.domain.deployment import Parallelism, Recomputation
from planner.domain.option import Pool
from planner.domain.precision import Precision
from planner.domain.record import FirstVersion, Record
from planner.domain.rejection import Rejection

Combination = tuple[str, str, str, str, str | None]
"""Workload, architecture, node type, and the formats of weights and cache."""


@dataclass(frozen=True)
class Quote:
    """Where prices are taken from."""

    region: str | None = None
    """Region of the price lists, or a site of `offers`; None: only stated prices count."""
    purchase: str = "on_demand"
    usd_per_node_hour: Mapping[str, float] = field(default_factory=dict)
    """Prices of one's own by node type; they go before all others."""
    offers: tuple[Pool, ...] = ()
    """What a scenario offers at its sites; it goes before the price lists."""


class RunEstimate(Record):
    """A training run from its first step to its last, or a heap of requests on one replica."""

    tokens_b: float
    days: float
    accelerator_hours: float
    """Of the nodes that are held."""
    energy_mwh: float
    cost_usd: float | None
    """None: no price is known."""


class DeploymentEstimate(Record):
    """A replica (of requests) or gang (training) on one node type, as a plan would count on it."""

    workload: str
    kind: str
    architecture: str
    node_type: str
    accelerator: str
    accelerators: int
    """Of one replica or gang."""
    parallelism: Parallelism
    precision: Precision
    """Of the weights (serving) or of the arithmetic (training)."""
    kv_precision: Precision | None = None
    recomputation: Recomputation | None = None
    batch: int
    """Requests under way in a replica, sequences of a micro-batch (training)."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    utilisation: float
    """Share of the paid time in which it works; money, power and energy per token count on it."""
    throughput_tokens_per_s: float
    """While it works: input and output tokens (serving), tokens trained on (training)."""
    throughput_tokens_per_s_per_accelerator: float
    requests_per_s: float | None = None
    """While it works."""
    ttft_ms: float | None = None
    """Mean, at the planned utilisation, queueing included."""
    tpot_ms: float | None = None
    """Mean, prefill of other requests included."""
    mfu: float | None = None
    """Model FLOPs utilisation."""
    memory_gib_per_accelerator: float
    """In use, with the whole batch."""
    weights_gib_per_accelerator: float | None = None
    """The part of it that the weights take (serving); the rest is mostly the batch's."""
    accelerator_memory_gib: float
    """What the accelerator has."""
    power_w: float
    """Mean draw of the accelerators and their share of the host."""
    joules_per_token: float
    usd_per_node_hour: float | None
    """None: no price is known."""
    price_as_of: str | None
    usd_per_million_tokens: float | None
    run: RunEstimate | None = None
    """The whole of it (training, batch inference of requests that are alike)."""

    @property
    def combination(self) -> Combination:
        """What it is one of several answers to."""
        return _combination(self)


class RejectedDeployment(Rejection):
    """A combination that does not work, and by how much it missed."""

    architecture: str
    precision: Precision
    kv_precision: Precision | None = None

    @property
    def combination(self) -> Combination:
        """What it is no answer to."""
        return _combination(self)

    @property
    def miss(self) -> float:
        """How many times more is needed than there is; infinite where it has no number."""
        if not self.needed or not self.available:
            return inf
        return max(self.needed / self.available, self.available / self.needed)


class Estimate(Record):
    """Deployments and rejections, in the order they were asked for."""

    schema_version: FirstVersion = 1
    deployments: tuple[DeploymentEstimate, ...] = ()
    rejections: tuple[RejectedDeployment, ...] = ()
    """Of each combination, the nearest misses first."""
    notices: tuple[str, ...] = ()
    """What the reader should know: prices that are missing."""

    def best(self) -> "Estimate":
        """Only the cheapest deployment of each combination, per token.

        Where no price is known: the one that takes the least time of accelerators. Of equals, the
        smallest. Rejections are only those of combinations that have no deployment, the nearest
        miss for each reason.
        """
        chosen: dict[object, DeploymentEstimate] = {}
        for each in self.deployments:
            key = (each.combination, each.input_tokens, each.output_tokens)
            known = chosen.get(key)
            if known is None or _burden(each) < _burden(known):
                chosen[key] = each
        answered = {each.combination for each in chosen.values()}
        nearest: dict[object, RejectedDeployment] = {}
        for miss in self.rejections:
            if miss.combination not in answered:
                nearest.setdefault((miss.combination, miss.reason), miss)
        return self.model_copy(
            update={
                "deployments": tuple(chosen.values()),
                "rejections": tuple(nearest.values()),
            }
        )


def _combination(each: DeploymentEstimate | RejectedDeployment) -> Combination:
    return (each.workload, each.architecture, each.node_type, each.precision, each.kv_precision)


def _burden(each: DeploymentEstimate) -> tuple[float, float, int]:
    usd = inf if each.usd_per_million_tokens is None else each.usd_per_million_tokens
    return usd, 1 / each.throughput_tokens_per_s_per_accelerator, each.accelerators
