"""What workloads do and cost on node types, as a plan would reckon it, with nothing to choose from.

A replica that serves is paid for all the time and works a share of it; accelerators that wait draw
what idle ones draw. One that works off a heap, and a gang that trains, work all the time, but for
interruptions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

from planner.candidates.demand import training_tokens
from planner.candidates.energy import electricity_usd_per_kwh
from planner.candidates.enumeration import profiles_of
from planner.candidates.job import training_hours, training_use
from planner.catalog.index import Catalog
from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import ServingDeployment, ServingRate, TrainingDeployment
from planner.domain.estimate import DeploymentEstimate, RejectedDeployment, RunEstimate
from planner.domain.option import Pool
from planner.domain.precision import Precision
from planner.domain.rejection import Miss
from planner.domain.requests import RequestClass
from planner.domain.workload import BatchInference, Serving, TrainingRun
from planner.performance.loaded import load_of, loaded_with, replica_of
from planner.performance.power import idle_w
from planner.performance.serving import possible_deployments
from planner.performance.training import training_deployments
from planner.units import (
    BYTES_PER_GIB,
    HOURS_PER_DAY,
    JOULES_PER_KWH,
    KWH_PER_MWH,
    SECONDS_PER_HOUR,
    TOKENS_PER_BILLION,
    TOKENS_PER_MILLION,
    WATTS_PER_KW,
)

Asked = Serving | BatchInference | TrainingRun
Estimated = tuple[tuple[DeploymentEstimate, ...], tuple[RejectedDeployment, ...]]


def estimates(workload: Asked, pools: Iterable[Pool], catalog: Catalog) -> Estimated:
    """Every deployment of a workload in every pool, and why there are no others.

    Raises:
        InputError: the kind of an architecture refuses it.
        PluginError: the kind fails.
    """
    profiles = profiles_of(workload, catalog)
    found: list[DeploymentEstimate] = []
    rejected: list[RejectedDeployment] = []
    for pool in pools:
        if isinstance(workload, TrainingRun):
            made, misses = _trained(workload, profiles, pool)
        else:
            made, misses = _served(workload, profiles[0], pool)
        found += made
        told = (_rejected(workload, pool, each) for each in misses)
        rejected += sorted(told, key=lambda each: each.miss)
    return tuple(found), tuple(rejected)


def _served(
    workload: Serving | BatchInference, profile: ArchitectureProfile, pool: Pool
) -> tuple[list[DeploymentEstimate], tuple[Miss, ...]]:
    loaded = loaded_with(load_of(workload), profile, pool.node_type, pool.accelerator)
    found, misses = possible_deployments(workload, loaded)
    made = [
        _replica(_Busy(workload, profile, each, size, rate, pool))
        for each in found
        for size, rate in zip(workload.classes, each.rates, strict=True)
        if rate is not None
    ]
    return made, misses


@dataclass(frozen=True)
class _Busy:
    """A replica with requests of one size."""

    workload: Serving | BatchInference
    profile: ArchitectureProfile
    deployment: ServingDeployment
    size: RequestClass
    rate: ServingRate
    pool: Pool

    @property
    def utilisation(self) -> float:
        """Share of the paid time in which it works."""
        wanted = self.workload.target_utilisation if isinstance(self.workload, Serving) else 1.0
        return wanted * self.pool.terms.goodput

    @property
    def tokens_per_s(self) -> float:
        """While it works."""
        return self.rate.requests_per_s * (self.size.input_tokens + self.size.output_tokens)

    @property
    def node_share(self) -> float:
        """Nodes that it takes."""
        return self.deployment.accelerators / self.pool.node_type.accelerators_per_node

    @property
    def power_w(self) -> float:
        """Mean over busy and idle time, with its share of the host.

        Time that a heap loses to interruptions is powered like the rest.
        """
        idle = idle_w(self.pool.accelerator)
        busy = self.utilisation if isinstance(self.workload, Serving) else 1.0
        accelerator_w = idle + busy * (self.rate.accelerator_power_w - idle)
        host_w = self.node_share * self.pool.node_type.host_power_w
        return host_w + self.deployment.accelerators * accelerator_w

    @property
    def weights_gib(self) -> float | None:
        """In each accelerator's memory."""
        hardware = (self.pool.node_type, self.pool.accelerator)
        load = load_of(self.workload)
        replica = replica_of(load, self.profile, *hardware, self.deployment.parallelism)
        return None if replica is None else replica.weight_bytes / BYTES_PER_GIB


def _replica(busy: _Busy) -> DeploymentEstimate:
    deployment, rate, pool = busy.deployment, busy.rate, busy.pool
    joules = busy.power_w / (busy.utilisation * busy.tokens_per_s)
    paid_tokens = busy.utilisation * busy.tokens_per_s * SECONDS_PER_HOUR
    usd = _usd(pool, busy.node_share / paid_tokens, joules / JOULES_PER_KWH)
    return DeploymentEstimate(
        workload=busy.workload.name,
        kind=busy.workload.kind,
        architecture=deployment.architecture,
        node_type=pool.node_type.name,
        accelerator=pool.accelerator.name,
        accelerators=deployment.accelerators,
        parallelism=deployment.parallelism,
        precision=deployment.weight_precision,
        kv_precision=deployment.kv_precision,
        batch=rate.batch,
        input_tokens=busy.size.input_tokens,
        output_tokens=busy.size.output_tokens,
        utilisation=busy.utilisation,
        throughput_tokens_per_s=busy.tokens_per_s,
        throughput_tokens_per_s_per_accelerator=busy.tokens_per_s / deployment.accelerators,
        requests_per_s=rate.requests_per_s,
        ttft_ms=rate.ttft_ms,
        tpot_ms=rate.tpot_ms,
        memory_gib_per_accelerator=rate.memory_gib_per_accelerator,
        weights_gib_per_accelerator=busy.weights_gib,
        accelerator_memory_gib=pool.accelerator.memory_gib,
        power_w=busy.power_w,
        joules_per_token=joules,
        usd_per_node_hour=_known(pool.terms.usd_per_node_hour),
        price_as_of=pool.terms.price_as_of,
        usd_per_million_tokens=_known(usd * TOKENS_PER_MILLION),
        run=_heap(busy, usd, joules),
    )


def _heap(busy: _Busy, usd: float, joules: float) -> RunEstimate | None:
    """All of a heap of like requests on one replica; `usd` and `joules` are those of a token."""
    workload = busy.workload
    if isinstance(workload, Serving) or len(workload.classes) > 1:
        return None
    tokens = workload.tokens_b * TOKENS_PER_BILLION
    hours = tokens / (busy.utilisation * busy.tokens_per_s) / SECONDS_PER_HOUR
    return RunEstimate(
        tokens_b=workload.tokens_b,
        days=hours / HOURS_PER_DAY,
        accelerator_hours=hours * busy.deployment.accelerators,
        energy_mwh=tokens * joules / JOULES_PER_KWH / KWH_PER_MWH,
        cost_usd=_known(usd * tokens),
    )


def _trained(
    workload: TrainingRun, profiles: Sequence[ArchitectureProfile], pool: Pool
) -> tuple[list[DeploymentEstimate], tuple[Miss, ...]]:
    hours = workload.deadline_days * HOURS_PER_DAY * pool.terms.goodput
    found, misses = training_deployments(
        workload, profiles, pool.node_type, pool.accelerator, hours
    )
    return [_gang(workload, each, pool) for each in found], misses


def _gang(workload: TrainingRun, deployment: TrainingDeployment, pool: Pool) -> DeploymentEstimate:
    rate, tokens = deployment.rate, training_tokens(workload)
    hours = training_hours(deployment, tokens, pool)
    use = training_use(deployment, tokens, pool)
    usd = _usd(pool, use.node_hours, use.it_kwh)
    run = RunEstimate(
        tokens_b=workload.tokens_b,
        days=hours / HOURS_PER_DAY,
        accelerator_hours=use.node_hours * pool.node_type.accelerators_per_node,
        energy_mwh=use.it_kwh / KWH_PER_MWH,
        cost_usd=_known(usd),
    )
    return DeploymentEstimate(
        workload=workload.name,
        kind=workload.kind,
        architecture=deployment.architecture,
        node_type=pool.node_type.name,
        accelerator=pool.accelerator.name,
        accelerators=deployment.accelerators,
        parallelism=deployment.parallelism,
        precision=deployment.precision,
        recomputation=deployment.recomputation,
        batch=deployment.micro_batch,
        utilisation=pool.terms.goodput,
        throughput_tokens_per_s=rate.tokens_per_s,
        throughput_tokens_per_s_per_accelerator=rate.tokens_per_s / deployment.accelerators,
        mfu=rate.mfu,
        memory_gib_per_accelerator=rate.memory_gib_per_accelerator,
        accelerator_memory_gib=pool.accelerator.memory_gib,
        power_w=use.it_kwh * WATTS_PER_KW / hours,
        joules_per_token=use.it_kwh * JOULES_PER_KWH / tokens,
        usd_per_node_hour=_known(pool.terms.usd_per_node_hour),
        price_as_of=pool.terms.price_as_of,
        usd_per_million_tokens=_known(usd / tokens * TOKENS_PER_MILLION),
        run=run,
    )


def _usd(pool: Pool, node_hours: float, it_kwh: float) -> float:
    """Nodes, and electricity where it is paid for; not a number where the price is not known."""
    electricity = pool.place.pue * electricity_usd_per_kwh(pool)
    return node_hours * pool.terms.usd_per_node_hour + it_kwh * electricity


def _known(usd: float) -> float | None:
    return None if isnan(usd) else usd


def _rejected(workload: Asked, pool: Pool, miss: Miss) -> RejectedDeployment:
    precision, kv_precision = _formats(workload)
    return RejectedDeployment(
        **dict(miss.of(workload.name, pool.node_type.name)),
        architecture=workload.architectures[0],
        precision=precision,
        kv_precision=kv_precision,
    )


def _formats(workload: Asked) -> tuple[Precision, Precision | None]:
    if isinstance(workload, TrainingRun):
        return workload.precision, None
    return workload.weight_precision, workload.kv_precision
