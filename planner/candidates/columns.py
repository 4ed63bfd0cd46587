"""Candidates to columns: the one place that says what a scenario means to the optimizer.

Items are request classes (serving, batch inference) and training runs. A pool's serving workloads
share standing nodes that are paid for the whole horizon; jobs have nodes of their own, paid while
they run. What does not wait for each other counts as if it ran at once: capacity and power hold for
standing nodes with all jobs that may run together.
"""

import math
from collections.abc import Sequence

import numpy as np

from planner.candidates.demand import requests_by_class, training_tokens, window_hours
from planner.candidates.energy import weight_usd_per_it_kwh
from planner.candidates.enumeration import nodes_of
from planner.candidates.job import JobUse, batch_use, heap_nodes, heap_use, training_use
from planner.candidates.layout import NOT_A_CLASS, Compiled, Layout
from planner.candidates.offloading import allowance, daily_uses
from planner.candidates.order import Order
from planner.candidates.rows import NO_ROW, Rows, integers
from planner.domain.deployment import ServingDeployment, TrainingDeployment
from planner.domain.option import Candidates, Offload, Option, Pool
from planner.domain.requests import Variant
from planner.domain.scenario import StagedScenario
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.performance.power import full_w, idle_w, node_full_w, node_idle_w
from planner.problem.columns import AllocationProblem, Options
from planner.units import SECONDS_PER_HOUR, WATTS_PER_KW

INDIVISIBLE = 1
DIVISIBLE = 0


def compile_problem(scenario: StagedScenario, candidates: Candidates) -> Compiled:
    """The allocation problem of a scenario and the meaning of its columns."""
    return _Compiler(scenario, candidates).compiled()


class _Compiler:
    """Columns while they are being collected: resources, items, then options and their blocks."""

    def __init__(self, scenario: StagedScenario, candidates: Candidates) -> None:
        self.scenario = scenario
        self.pools = candidates.pools
        self.options = candidates.options
        self.workload_row = {each.name: row for row, each in enumerate(scenario.workloads)}
        self.rows = Rows()
        self.order = Order(scenario, self.rows)
        self.option_item: list[int] = []
        self.option_cost: list[float] = []
        self.column_option: list[int] = []
        self.column_offload: list[int] = []
        self.offloads = candidates.offloads
        self.replica_block = [NO_ROW] * len(self.options)
        self.job_block = [NO_ROW] * len(self.options)
        self.items = [
            (row, each)
            for row, workload in enumerate(scenario.workloads)
            for each in self._classes(workload)
        ]
        self.item_row = {key: row for row, key in enumerate(self.items)}
        self.power_resource = [
            self.rows.limit(
                f"IT power at {place.name}",
                None if place.it_power_limit_kw is None else place.it_power_limit_kw * WATTS_PER_KW,
            )
            for place in candidates.places
        ]
        place_row = {place.name: row for row, place in enumerate(candidates.places)}
        self.power = [self.power_resource[place_row[pool.place.name]] for pool in self.pools]
        self.nodes = [
            self.rows.limit(f"nodes of {pool.key}", pool.terms.available_nodes)
            for pool in self.pools
        ]
        self.quality = [self._quality_row(each) for each in scenario.workloads]
        self.mix = {
            (workload.name, variant.architecture, variant.weight_precision, variant.kv_precision): (
                self._mix(workload, variant)
            )
            for workload in scenario.workloads
            if not isinstance(workload, TrainingRun)
            for variant in workload.variants
        }

    def compiled(self) -> Compiled:
        # replicas come before the nodes they stand on, so that trimming meets users first
        serving = [
            (row, option)
            for row, option in enumerate(self.options)
            if isinstance(self._workload(option), Serving)
        ]
        standing = {option.pool for _, option in serving}
        room = {
            pool: self.rows.limit(f"accelerators of standing {self.pools[pool].key}", 0.0)
            for pool in sorted(standing)
        }
        for row, option in enumerate(self.options):
            match option.deployment, self._workload(option):
                case ServingDeployment() as deployment, Serving() as workload:
                    self._serving(row, deployment, workload, room[option.pool])
                case ServingDeployment(nodes=None) as deployment, BatchInference() as workload:
                    self._batch(row, deployment, workload)
                case ServingDeployment() as deployment, BatchInference() as workload:
                    self._heap(row, deployment, workload)
                case TrainingDeployment() as deployment, TrainingRun() as workload:
                    self._training(row, deployment, workload)
                case deployment, workload:
                    raise TypeError(f"{workload.kind} cannot run as {type(deployment).__name__}")
        for row, offload in enumerate(self.offloads):
            self._offload(row, offload)
        standing_block = [
            self._standing(pool, room[pool]) if pool in room else NO_ROW
            for pool in range(len(self.pools))
        ]
        return Compiled(self._problem(), self._layout(standing_block))

    def _classes(self, workload: Workload) -> Sequence[int]:
        """Request classes that are placed one by one, or the whole workload."""
        if isinstance(workload, TrainingRun) or self.order.is_ordered(workload.name):
            return (NOT_A_CLASS,)
        return range(len(workload.classes))

    def _workload(self, option: Option) -> Workload:
        return self.scenario.workloads[self.workload_row[option.deployment.workload]]

    def _quality_row(self, workload: Workload) -> int:
        """Row: the mean quality of what is served is at least the minimum."""
        if isinstance(workload, TrainingRun) or workload.minimum_quality is None:
            return NO_ROW
        return self.rows.limit(f"quality of {workload.name}", 0.0)

    def _mix(
        self, workload: Serving | BatchInference, variant: Variant
    ) -> tuple[tuple[int, float], ...]:
        """Rows that the whole demand on a variant would use, and how much of them."""
        most = None if variant.max_share >= 1 else variant.max_share
        share = self.rows.limit(
            f"at most {variant.max_share:.6g} of {workload.name} on {variant}", most
        )
        missing = (workload.minimum_quality or 0.0) - (variant.quality or 0.0)
        return ((self.quality[self.workload_row[workload.name]], missing), (share, 1.0))

    def _use_mix(
        self, column: int, deployment: ServingDeployment, workload: Serving | BatchInference
    ) -> None:
        """What a column uses of the rows that bound the mix of its workload."""
        how = (deployment.architecture, deployment.weight_precision, deployment.kv_precision)
        weight = _weight(workload, self.items[self.option_item[column]][1])
        for row, amount in self.mix[(workload.name, *how)]:
            self.rows.option_use.add(row, column, weight * amount)

    def _column(self, option: int, item: tuple[int, int], cost: float) -> int:
        self.option_item.append(self.item_row[item])
        self.option_cost.append(cost)
        self.column_option.append(option)
        self.column_offload.append(NO_ROW)
        return len(self.option_cost) - 1

    def _opened(self, option: int, block: int) -> int:
        """Row: no share of a workload where there is no block at all.

        It follows from the blocks being whole, tightens the relaxation (as in facility location),
        and keeps work that is smaller than a solver's tolerance from being done by nothing.
        """
        name = self.options[option].deployment.workload
        row = self.rows.limit(f"{name} needs a replica in option {option}", 0.0)
        self.rows.block_use.add(row, block, -1.0)
        return row

    def _use_cost(self, use: JobUse, pool: Pool) -> float:
        objective = self.scenario.objective
        paid = objective.cost_weight * use.node_hours * pool.terms.usd_per_node_hour
        return paid + use.it_kwh * weight_usd_per_it_kwh(pool, objective)

    def _serving(
        self, option: int, deployment: ServingDeployment, workload: Serving, room: int
    ) -> None:
        row = self.options[option].pool
        pool = self.pools[row]
        busy = self.rows.limit(f"replicas of {workload.name} in {pool.key}", 0.0)
        replicas = self.replica_block[option] = self.rows.block(0.0)
        opened = self._opened(option, replicas)
        self.rows.block_use.add(busy, replicas, -workload.target_utilisation * pool.terms.goodput)
        self.rows.block_use.add(room, replicas, deployment.accelerators)
        above_idle_w = full_w(pool.accelerator) - idle_w(pool.accelerator)
        self.rows.block_use.add(self.power[row], replicas, deployment.accelerators * above_idle_w)
        weight = weight_usd_per_it_kwh(pool, self.scenario.objective)
        demand = requests_by_class(workload, self.scenario)
        for each, (rate, requests) in enumerate(zip(deployment.rates, demand, strict=True)):
            if rate is None:
                continue
            replica_hours = requests / rate.requests_per_s / SECONDS_PER_HOUR
            busier_w = deployment.accelerators * (
                rate.accelerator_power_w - idle_w(pool.accelerator)
            )
            cost = replica_hours * busier_w / WATTS_PER_KW * weight
            column = self._column(option, (self.workload_row[workload.name], each), cost)
            self._use_mix(column, deployment, workload)
            self.rows.option_use.add(busy, column, replica_hours / self.scenario.hours)
            self.rows.option_use.add(opened, column, 1 / len(demand))

    def _batch(self, option: int, deployment: ServingDeployment, workload: BatchInference) -> None:
        row = self.options[option].pool
        pool = self.pools[row]
        hours = self.rows.limit(f"node hours of {workload.name} in {pool.key}", 0.0)
        bundle = nodes_of(deployment, pool.node_type.accelerators_per_node)
        nodes = self.job_block[option] = self.rows.block(0.0)
        opened = self._opened(option, nodes)
        self.rows.block_use.add(hours, nodes, -bundle * window_hours(workload, self.scenario))
        self.rows.block_use.add(self.nodes[row], nodes, bundle)
        node_w = node_full_w(pool.node_type, pool.accelerator)
        self.rows.block_use.add(self.power[row], nodes, bundle * node_w)
        demand = requests_by_class(workload, self.scenario)
        for each, (rate, requests) in enumerate(zip(deployment.rates, demand, strict=True)):
            if rate is None:
                continue
            use = batch_use(deployment, rate, requests, pool)
            item = (self.workload_row[workload.name], each)
            column = self._column(option, item, self._use_cost(use, pool))
            self._use_mix(column, deployment, workload)
            self.rows.option_use.add(hours, column, use.node_hours)
            self.rows.option_use.add(opened, column, 1 / len(demand))

    def _heap(self, option: int, deployment: ServingDeployment, workload: BatchInference) -> None:
        """All of a batch workload on a fixed number of nodes."""
        pool = self.pools[self.options[option].pool]
        demand = requests_by_class(workload, self.scenario)
        use = heap_use(deployment, demand, pool)
        self._whole(option, workload, use, heap_nodes(deployment))
        self._use_mix(len(self.option_cost) - 1, deployment, workload)

    def _training(self, option: int, deployment: TrainingDeployment, workload: TrainingRun) -> None:
        pool = self.pools[self.options[option].pool]
        use = training_use(deployment, training_tokens(workload), pool)
        self._whole(option, workload, use, deployment.nodes)

    def _whole(
        self, option: int, job: BatchInference | TrainingRun, use: JobUse, nodes: int
    ) -> None:
        """All of a job on nodes of its own."""
        row = self.options[option].pool
        pool = self.pools[row]
        item = (self.workload_row[job.name], NOT_A_CLASS)
        column = self._column(option, item, self._use_cost(use, pool))
        self.order.keep(job.name, column, use.node_hours / nodes)
        self.order.use(self.nodes[row], job.name, column, nodes)
        node_w = node_full_w(pool.node_type, pool.accelerator)
        self.order.use(self.power[row], job.name, column, nodes * node_w)

    def _offload(self, index: int, offload: Offload) -> None:
        """Requests that users' devices answer cost nothing and are limited by who owns what."""
        workload = self.scenario.workloads[self.workload_row[offload.workload]]
        if not isinstance(workload, Serving):
            raise TypeError(f"{workload.name} has nothing on devices")
        on = f"of {workload.name} on {offload.node_type.name}"
        allowed = allowance(workload, offload)
        battery = self.rows.limit(f"battery {on}", allowed.joules_per_day)
        time = self.rows.limit(f"time {on}", allowed.busy_s_per_day)
        for use in daily_uses(workload, offload, self.scenario):
            item = (self.workload_row[workload.name], use.request_class)
            column = self._column(NO_ROW, item, 0.0)
            self.column_offload[column] = index
            owners = self.rows.limit(f"owners {on}, class {use.request_class}", allowed.share)
            self.rows.option_use.add(owners, column, 1.0)
            self.rows.option_use.add(battery, column, use.joules)
            self.rows.option_use.add(time, column, use.busy_s)

    def _standing(self, row: int, room: int) -> int:
        pool = self.pools[row]
        idle = node_idle_w(pool.node_type, pool.accelerator)
        use = JobUse(self.scenario.hours, self.scenario.hours * idle / WATTS_PER_KW)
        block = self.rows.block(self._use_cost(use, pool))
        self.rows.block_use.add(room, block, -pool.node_type.accelerators_per_node)
        self.rows.block_use.add(self.nodes[row], block, 1)
        self.rows.block_use.add(self.power[row], block, idle)
        return block

    def _problem(self) -> AllocationProblem:
        workloads = [self.scenario.workloads[row] for row, _ in self.items]
        weights = [_weight(each, row) for each, (_, row) in zip(workloads, self.items, strict=True)]
        classes = [each for _, each in self.items]
        penalties = [
            math.inf if each.unmet_penalty_usd is None else each.unmet_penalty_usd
            for each in workloads
        ]
        options = Options(
            item=integers(self.option_item),
            cost=np.array(self.option_cost, float),
            use=self.rows.option_use.uses(),
        )
        deployments, places = options.factored()
        return AllocationProblem(
            item_name=tuple(_item_name(self.scenario.workloads[row], c) for row, c in self.items),
            item_weight=np.array(weights, float),
            item_priority=integers([each.priority for each in workloads]),
            item_parts=integers([INDIVISIBLE if c == NOT_A_CLASS else DIVISIBLE for c in classes]),
            unmet_cost=np.array(penalties, float) * np.array(weights, float),
            deployments=deployments,
            places=places,
            block_cost=np.array(self.rows.block_cost, float),
            # rows limit blocks, so that a limit's worth is the price of its row
            block_limit=np.full(len(self.rows.block_cost), math.inf),
            block_whole=np.array(self.rows.block_whole, dtype=bool),
            resource_name=tuple(self.rows.name),
            capacity=np.array(self.rows.capacity, float),
            block_use=self.rows.block_use.uses(),
        )

    def _layout(self, standing_block: list[int]) -> Layout:
        return Layout(
            item_workload=integers([row for row, _ in self.items]),
            item_class=integers([each for _, each in self.items]),
            column_option=integers(self.column_option),
            column_offload=integers(self.column_offload),
            column_class=integers([self.items[item][1] for item in self.option_item]),
            replica_block=integers(self.replica_block),
            job_block=integers(self.job_block),
            standing_block=integers(standing_block),
            nodes_resource=integers(self.nodes),
            power_resource=integers(self.power_resource),
            held=self.order.holdings(),
            quality_resource=integers(self.quality),
        )


def _weight(workload: Workload, request_class: int) -> float:
    """Share of the workload that the item is."""
    if request_class == NOT_A_CLASS or isinstance(workload, TrainingRun):
        return 1.0
    return workload.class_shares[request_class]


def _item_name(workload: Workload, request_class: int) -> str:
    return workload.name if request_class == NOT_A_CLASS else f"{workload.name}[{request_class}]"
