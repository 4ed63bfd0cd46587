"""Node-hours and energy of work that ends: batch inference and training."""

from collections.abc import Sequence
from dataclasses import dataclass

from planner.domain.deployment import ServingDeployment, ServingRate, TrainingDeployment
from planner.domain.option import Pool
from planner.performance.power import idle_w
from planner.units import SECONDS_PER_HOUR, WATTS_PER_KW


@dataclass(frozen=True)
class JobUse:
    """What work takes out of a pool."""

    node_hours: float
    it_kwh: float


def batch_use(
    deployment: ServingDeployment, rate: ServingRate, requests: float, pool: Pool
) -> JobUse:
    """Working off `requests` of one class on nodes full of replicas.

    Time lost to interruptions is paid and powered like the rest.
    """
    replica_hours = requests / rate.requests_per_s / SECONDS_PER_HOUR / pool.terms.goodput
    accelerator_hours = replica_hours * deployment.accelerators
    node_hours = accelerator_hours / pool.node_type.accelerators_per_node
    watt_hours = (
        node_hours * pool.node_type.host_power_w + accelerator_hours * rate.accelerator_power_w
    )
    return JobUse(node_hours, watt_hours / WATTS_PER_KW)


def heap_nodes(deployment: ServingDeployment) -> int:
    """Nodes that a whole batch workload fills."""
    if deployment.nodes is None:
        raise ValueError(f"{deployment.workload}: the nodes are for the optimizer to choose")
    return deployment.nodes


def heap_use(deployment: ServingDeployment, demand: Sequence[float], pool: Pool) -> JobUse:
    """Working off the requests of all classes."""
    rates = [rate for rate in deployment.rates if rate is not None]
    uses = [
        batch_use(deployment, rate, requests, pool)
        for rate, requests in zip(rates, demand, strict=True)
    ]
    return JobUse(sum(use.node_hours for use in uses), sum(use.it_kwh for use in uses))


def training_hours(deployment: TrainingDeployment, tokens: float, pool: Pool) -> float:
    """How long the gang is held, time lost to interruptions included."""
    return tokens / deployment.rate.tokens_per_s / SECONDS_PER_HOUR / pool.terms.goodput


def training_use(deployment: TrainingDeployment, tokens: float, pool: Pool) -> JobUse:
    """The whole run of a gang; accelerators of its nodes that it leaves out stand idle."""
    hours = training_hours(deployment, tokens, pool)
    held = deployment.nodes * pool.node_type.accelerators_per_node
    gang_w = (
        deployment.nodes * pool.node_type.host_power_w
        + deployment.accelerators * deployment.rate.accelerator_power_w
        + (held - deployment.accelerators) * idle_w(pool.accelerator)
    )
    return JobUse(deployment.nodes * hours, hours * gang_w / WATTS_PER_KW)
