"""Columns of an outline: what options take of a period's nodes and power, in arrays.

Of like periods the work is the same, and what it takes differs by demand, hours and prices only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from planner.candidates.demand import (
    planned_over_mean,
    requests_by_class,
    training_tokens,
    window_hours,
)
from planner.candidates.energy import weight_usd_per_it_kwh
from planner.candidates.job import JobUse, batch_use, training_use
from planner.candidates.layout import NOT_A_CLASS, Part
from planner.candidates.rows import NO_ROW
from planner.catalog.periods import PeriodScenario
from planner.domain.deployment import ServingDeployment, TrainingDeployment
from planner.domain.option import Option, Pool
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.performance.power import full_w, idle_w, node_full_w, node_idle_w
from planner.problem.columns import Booleans, Floats, Integers
from planner.units import SECONDS_PER_HOUR, WATTS_PER_KW


@dataclass(frozen=True)
class Work:
    """Options of like periods, one entry for each request class that an option can do."""

    option: Integers
    workload: Integers
    request_class: Integers
    pool: Integers
    serves: Booleans
    """Replicas on standing nodes; else a job with nodes of its own."""
    accelerators: Floats
    """Of a replica; of jobs 0."""
    requests_per_s: Floats
    """Of a replica; of jobs 1."""
    busy_w: Floats
    """Of an accelerator of a replica above an idle one."""
    node_hours: Floats
    """That a job takes in all."""
    it_kwh: Floats
    """That a job takes in all."""


class Limited(NamedTuple):
    """Rows of a period."""

    nodes: Integers
    """Of each pool."""
    power: Integers
    """Of each place, W at full power."""
    drawn: Sequence[tuple[int, ...]]
    """Of each place: rows of its mean draw, kW."""


@dataclass(frozen=True)
class Offers:
    """Pools of a period, and the rows that their use counts in; -1: no such row."""

    per_node: Floats
    """Accelerators."""
    idle_w: Floats
    """Of a node."""
    above_idle_w: Floats
    """Of an accelerator at full power."""
    full_w: Floats
    """Of a node."""
    usd_per_node_hour: Floats
    """Weight in the objective."""
    usd_per_kwh: Floats
    """Weight in the objective of a kWh that servers draw."""
    billed_hours: Floats
    """Of a node that stands for the whole period."""
    goodput: Floats
    pue: Floats
    nodes_row: Integers
    power_row: Integers
    drawn_rows: Integers
    """Shape (pools, rows): of the mean draw of its site."""


@dataclass(frozen=True)
class Taken:
    """What options of a period cost, and what they use of its rows."""

    option: Integers
    cost: Floats
    resource: Integers
    column: Integers
    amount: Floats


def work_of(part: Part) -> Work:
    """What the options of a period do."""
    workloads, pools = part.asked.scenario.workloads, part.candidates.pools
    number = {each.name: row for row, each in enumerate(workloads)}
    entries = [
        (row, number[option.deployment.workload], *entry)
        for row, option in enumerate(part.candidates.options)
        for entry in _entries(
            option,
            workloads[number[option.deployment.workload]],
            pools[option.pool],
            part.asked,
        )
    ]
    columns = [np.array(each) for each in zip(*entries, strict=True)]
    return Work(*columns)


def _entries(
    option: Option, workload: Workload, pool: Pool, asked: PeriodScenario
) -> list[tuple[int, int, bool, float, float, float, float, float]]:
    """Request class, pool, and the numbers of `Work`, for each class that an option can do."""
    match option.deployment, workload:
        case ServingDeployment() as deployment, Serving():
            idle = idle_w(pool.accelerator)
            return [
                (
                    *(each, option.pool, True, float(deployment.accelerators)),
                    *(rate.requests_per_s, rate.accelerator_power_w - idle, 0.0, 0.0),
                )
                for each, rate in enumerate(deployment.rates)
                if rate is not None
            ]
        case ServingDeployment(nodes=None) as deployment, BatchInference():
            demand = requests_by_class(workload, asked.scenario)
            return [
                _job(each, option, batch_use(deployment, rate, requests, pool))
                for each, (rate, requests) in enumerate(zip(deployment.rates, demand, strict=True))
                if rate is not None
            ]
        case TrainingDeployment() as deployment, TrainingRun():
            use = training_use(deployment, training_tokens(workload), pool)
            return [_job(NOT_A_CLASS, option, use)]
        case deployment, _:
            raise TypeError(f"{workload.kind} cannot run as {type(deployment).__name__}")


def _job(
    request_class: int, option: Option, use: JobUse
) -> tuple[int, int, bool, float, float, float, float, float]:
    return (request_class, option.pool, False, 0.0, 1.0, 0.0, use.node_hours, use.it_kwh)


def offers_of(part: Part, limited: Limited) -> Offers:
    """The pools of a period with their rows."""
    scenario, pools = part.asked.scenario, part.candidates.pools
    place = {each.name: row for row, each in enumerate(part.candidates.places)}
    most = max((len(rows) for rows in limited.drawn), default=0)
    drawn = np.full((len(pools), most), NO_ROW)
    for row, pool in enumerate(pools):
        rows = limited.drawn[place[pool.place.name]] if pool.terms.pays_electricity else ()
        drawn[row, : len(rows)] = rows
    weight, hours = scenario.objective.cost_weight, scenario.hours

    def column(of: Callable[[Pool], float]) -> Floats:
        return np.array([of(each) for each in pools])

    return Offers(
        per_node=column(lambda each: float(each.node_type.accelerators_per_node)),
        idle_w=column(lambda each: node_idle_w(each.node_type, each.accelerator)),
        above_idle_w=column(lambda each: full_w(each.accelerator) - idle_w(each.accelerator)),
        full_w=column(lambda each: node_full_w(each.node_type, each.accelerator)),
        usd_per_node_hour=column(
            lambda each: weight * (each.terms.usd_per_node_hour + each.licence_usd_per_node_hour)
        ),
        usd_per_kwh=column(lambda each: weight_usd_per_it_kwh(each, scenario.objective)),
        billed_hours=column(lambda each: each.terms.billed(hours)),
        goodput=column(lambda each: each.terms.goodput),
        pue=column(lambda each: each.place.pue),
        nodes_row=limited.nodes,
        power_row=limited.power[[place[each.place.name] for each in pools]],
        drawn_rows=drawn,
    )


def taken(work: Work, offers: Offers, asked: PeriodScenario) -> Taken:
    """Cost of all of each option, and what it uses: nodes, W at full power, kW of mean draw.

    Replicas for a share x are at least x times what their planned utilisation asks for, their nodes
    at least their accelerators' part of one.
    """
    scenario, pool = asked.scenario, work.pool
    hours, is_job = scenario.hours, ~work.serves
    rate, over = _demand(work, asked)
    busy = np.where(is_job, 0.0, rate / work.requests_per_s)
    replicas = busy * over / offers.goodput[pool]
    standing = replicas * work.accelerators / offers.per_node[pool]
    it_kw = standing * offers.idle_w[pool] + busy * work.accelerators * work.busy_w
    it_kwh = np.where(is_job, work.it_kwh, it_kw * hours / WATTS_PER_KW)
    node_hours = np.where(is_job, work.node_hours, standing * offers.billed_hours[pool])
    window = np.array([window_hours(each, scenario) for each in scenario.workloads])
    nodes = np.where(is_job, work.node_hours / window[work.workload], standing)
    full_w = np.where(
        is_job,
        nodes * offers.full_w[pool],
        standing * offers.idle_w[pool] + replicas * work.accelerators * offers.above_idle_w[pool],
    )
    drawn_kw = it_kwh * offers.pue[pool] / hours
    row = np.stack([offers.nodes_row[pool], offers.power_row[pool], *offers.drawn_rows[pool].T])
    amount = np.stack([nodes, full_w, *([drawn_kw] * offers.drawn_rows.shape[1])])
    is_limited = row != NO_ROW
    return Taken(
        option=work.option,
        cost=node_hours * offers.usd_per_node_hour[pool] + it_kwh * offers.usd_per_kwh[pool],
        resource=row[is_limited],
        column=np.broadcast_to(np.arange(len(pool)), row.shape)[is_limited],
        amount=amount[is_limited],
    )


def _demand(work: Work, asked: PeriodScenario) -> tuple[Floats, Floats]:
    """Requests/s of each entry's class, and what replicas must bear over them at full use."""
    workloads, hours = asked.scenario.workloads, asked.scenario.hours
    most = max(
        (len(each.class_shares) for each in workloads if isinstance(each, Serving)), default=1
    )
    rate, over = np.zeros((len(workloads), most + 1)), np.ones(len(workloads))
    for row, each in enumerate(workloads):
        if isinstance(each, Serving):
            requests = requests_by_class(each, asked.scenario)
            rate[row, : len(requests)] = np.array(requests) / hours / SECONDS_PER_HOUR
            over[row] = planned_over_mean(each) / each.target_utilisation
    return rate[work.workload, work.request_class], over[work.workload]
