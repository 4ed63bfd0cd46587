"""Options in use as rows of the plan."""

from math import fsum

from planner.candidates.demand import training_tokens
from planner.catalog.periods import PeriodScenario
from planner.domain.option import Pool
from planner.domain.period import ONLY_PERIOD
from planner.domain.plan import Allocation
from planner.domain.scenario import StagedScenario
from planner.interpretation.bill import Charge
from planner.interpretation.chosen import Batch, Chosen, Gang, Served
from planner.interpretation.served import served_class
from planner.units import SECONDS_PER_HOUR


def allocation_of(
    chosen: Chosen, pool: Pool, charge: Charge, asked: PeriodScenario, start_hours: float
) -> Allocation:
    """The row of one option in use."""
    if isinstance(chosen, Gang):
        row = _gang_row(chosen, pool, charge)
    else:
        row = _requests_row(chosen, pool, charge, asked.scenario)
    return row.model_copy(update={"start_hours": start_hours, "period": asked.period.name})


def tokens_of(chosen: Chosen) -> float:
    """Tokens that it processes over the horizon."""
    if isinstance(chosen, Gang):
        return chosen.share * training_tokens(chosen.workload)
    classes = chosen.workload.classes
    return fsum(
        each.requests
        * (classes[each.request_class].input_tokens + classes[each.request_class].output_tokens)
        for each in chosen.shares
    )


def hours_of(chosen: Chosen, scenario: StagedScenario) -> float:
    """How long it runs."""
    return scenario.hours if isinstance(chosen, Served) else chosen.hours


def replicas_of(chosen: Chosen, pool: Pool) -> int:
    """Replicas, or the one gang."""
    match chosen:
        case Served():
            return chosen.replicas
        case Batch():
            return chosen.replicas(pool)
        case Gang():
            return 1


def _requests_row(
    chosen: Served | Batch, pool: Pool, charge: Charge, scenario: StagedScenario
) -> Allocation:
    deployment, workload = chosen.deployment, chosen.workload
    hours, replicas = hours_of(chosen, scenario), replicas_of(chosen, pool)
    replica_hours = fsum(each.replica_hours for each in chosen.shares)
    return Allocation(
        workload=workload.name,
        kind=workload.kind,
        architecture=deployment.architecture,
        site=pool.place.name,
        node_type=pool.node_type.name,
        accelerator=pool.accelerator.name,
        purchase=pool.purchase,
        period=ONLY_PERIOD,
        share=fsum(workload.class_shares[s.request_class] * s.share for s in chosen.shares),
        replicas=replicas,
        accelerators=replicas * deployment.accelerators,
        parallelism=deployment.parallelism,
        precision=deployment.weight_precision,
        kv_precision=deployment.kv_precision,
        busy_replicas=replica_hours / hours if isinstance(chosen, Served) else float(replicas),
        tokens_per_s=tokens_of(chosen) / (hours * SECONDS_PER_HOUR),
        hours=hours,
        memory_gib_per_accelerator=max(
            each.rate.memory_gib_per_accelerator for each in chosen.shares
        ),
        accelerator_power_w=fsum(
            each.replica_hours * each.rate.accelerator_power_w for each in chosen.shares
        )
        / replica_hours,
        served=tuple(
            served_class(chosen.workload, each.request_class, each.share, each.rate)
            for each in chosen.shares
        ),
        cost_usd=charge.cost_usd,
        energy_mwh=charge.energy_mwh,
        carbon_tonnes=charge.carbon_tonnes,
    )


def _gang_row(chosen: Gang, pool: Pool, charge: Charge) -> Allocation:
    deployment = chosen.deployment
    return Allocation(
        workload=chosen.workload.name,
        kind=chosen.workload.kind,
        architecture=deployment.architecture,
        site=pool.place.name,
        node_type=pool.node_type.name,
        accelerator=pool.accelerator.name,
        purchase=pool.purchase,
        period=ONLY_PERIOD,
        share=chosen.share,
        replicas=1,
        accelerators=deployment.accelerators,
        parallelism=deployment.parallelism,
        precision=deployment.precision,
        micro_batch=deployment.micro_batch,
        recomputation=deployment.recomputation,
        busy_replicas=1.0,
        tokens_per_s=tokens_of(chosen) / (chosen.hours * SECONDS_PER_HOUR),
        hours=chosen.hours,
        memory_gib_per_accelerator=deployment.rate.memory_gib_per_accelerator,
        accelerator_power_w=deployment.rate.accelerator_power_w,
        mfu=deployment.rate.mfu,
        cost_usd=charge.cost_usd,
        energy_mwh=charge.energy_mwh,
        carbon_tonnes=charge.carbon_tonnes,
    )
