"""Candidates of a period to columns: the one place that says what work means to the optimizer.

Items are request classes (serving, batch inference) and training runs. A pool's serving workloads
share standing nodes that are held for the whole period; jobs have nodes of their own, paid while
they run. What does not wait for each other counts as if it ran at once: capacity and power hold for
standing nodes with all jobs that may run together.
"""

from collections.abc import Sequence

from planner.candidates.demand import (
    planned_over_mean,
    requests_by_class,
)
from planner.candidates.items import class_weight, item_name
from planner.candidates.job import JobUse
from planner.candidates.job_columns import JobColumns
from planner.candidates.layout import Layout
from planner.candidates.offloading import allowance, daily_uses
from planner.candidates.rows import NO_ROW, integers
from planner.candidates.siblings import fits_node
from planner.candidates.sizing import nodes_of
from planner.domain.deployment import ServingDeployment, TrainingDeployment
from planner.domain.option import Offload, Pool
from planner.domain.workload import BatchInference, Serving, TrainingRun
from planner.performance.power import full_w, idle_w, node_idle_w
from planner.units import SECONDS_PER_HOUR, WATTS_PER_KW


class PeriodColumns(JobColumns):
    """Columns of one period while they are being collected.

    Resources and items first, then options and their blocks.
    """

    def collected(self) -> Layout:
        """Add all options and blocks; what the columns mean."""
        # replicas come before the nodes they stand on, so that trimming meets users first
        serving = [
            (row, option)
            for row, option in enumerate(self.options)
            if isinstance(self._workload(option), Serving)
        ]
        standing = {option.pool for _, option in serving}
        rooms = {
            pool: self.rows.limit(f"accelerators of standing {self.pools[pool].key}", 0.0)
            for pool in sorted({self.family[pool] for pool in standing})
        }
        room = {pool: rooms[self.family[pool]] for pool in standing}
        for row, option in enumerate(self.options):
            if self.shared[row] != row:
                continue
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
        return self._layout(standing_block)

    def _use_stable(self, column: int, pool: Pool, workload: Serving, request_class: int) -> None:
        """Capacity that can be taken away serves no more than what is not protected."""
        if pool.terms.is_interruptible and workload.minimum_stable_share > 0:
            key = (workload.name, request_class)
            if key not in self.unprotected:
                name = f"what {item_name(workload, request_class)} may lose"
                self.unprotected[key] = self.rows.limit(name, 1 - workload.minimum_stable_share)
            self.rows.option_use.add(self.unprotected[key], column, 1.0)

    def _serving(
        self, option: int, deployment: ServingDeployment, workload: Serving, room: int
    ) -> None:
        row = self.options[option].pool
        pool = self.pools[row]
        busy = self.rows.limit(f"replicas of {workload.name} in {pool.key}", 0.0)
        replicas = self.replica_block[option] = self.rows.block(0.0)
        opened = self._opened(option, replicas)
        self.rows.block_use.add(busy, replicas, -workload.target_utilisation * pool.terms.goodput)
        self.spread.survives(workload, deployment, pool, replicas)
        in_use = self.spread.in_use(workload, pool, replicas)
        self.rows.block_use.add(room, replicas, deployment.accelerators)
        if self.family.count(self.family[row]) > 1 and not fits_node(self.options[option], pool):
            # it spans nodes, which are all of one purchase
            self.rows.block_use.add(self._own_room(row), replicas, deployment.accelerators)
        above_idle_w = full_w(pool.accelerator) - idle_w(pool.accelerator)
        self.rows.block_use.add(self.power[row], replicas, deployment.accelerators * above_idle_w)
        demand, peak = requests_by_class(workload, self.scenario), planned_over_mean(workload)
        self._want_served(option, deployment, workload, demand)
        for each, (rate, requests) in enumerate(zip(deployment.rates, demand, strict=True)):
            if rate is None:
                continue
            replica_hours = requests / rate.requests_per_s / SECONDS_PER_HOUR
            busier_w = deployment.accelerators * (
                rate.accelerator_power_w - idle_w(pool.accelerator)
            )
            column = self._column(option, (self.workload_row[workload.name], each))
            self._charge(column, row, JobUse(0.0, replica_hours * busier_w / WATTS_PER_KW))
            self._use_mix(column, deployment, workload)
            self._use_stable(column, pool, workload, each)
            self.spread.serves(workload, pool, column, class_weight(workload, each))
            self.rows.option_use.add(busy, column, replica_hours / self.scenario.hours * peak)
            self.rows.option_use.add(in_use, column, -replica_hours / self.scenario.hours)
            self.rows.option_use.add(opened, column, 1 / len(demand))

    def _want_served(
        self,
        option: int,
        deployment: ServingDeployment,
        workload: Serving,
        demand: Sequence[float],
    ) -> None:
        """Nodes that the whole workload would take by this option."""
        row = self.options[option].pool
        pool = self.pools[row]
        busy_hours = sum(
            requests / rate.requests_per_s / SECONDS_PER_HOUR
            for rate, requests in zip(deployment.rates, demand, strict=True)
            if rate is not None
        )
        planned = workload.target_utilisation * pool.terms.goodput
        replicas = busy_hours / self.scenario.hours / planned * planned_over_mean(workload)
        per_node = deployment.accelerators / pool.node_type.accelerators_per_node
        bundle = nodes_of(deployment, pool.node_type.accelerators_per_node)
        for like, family in enumerate(self.family):
            if family == self.family[row]:
                at = (like, self.period)
                self.charges.wants(at, workload.name, replicas * per_node, bundle)

    def _own_room(self, pool: int) -> int:
        """Row: replicas that span nodes stand on nodes of their own purchase."""
        if pool not in self.own_room:
            name = f"nodes of standing {self.pools[pool].key} that are spanned"
            self.own_room[pool] = self.rows.limit(name, 0.0)
        return self.own_room[pool]

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
            column = self._column(NO_ROW, item)
            self.column_offload[-1] = index
            owners = self.rows.limit(f"owners {on}, class {use.request_class}", allowed.share)
            self.rows.option_use.add(owners, column, 1.0)
            self.rows.option_use.add(battery, column, use.joules)
            self.rows.option_use.add(time, column, use.busy_s)

    def _standing(self, row: int, room: int) -> int:
        pool = self.pools[row]
        idle = node_idle_w(pool.node_type, pool.accelerator)
        hours = self.scenario.hours
        use = JobUse(pool.terms.billed(hours), hours * idle / WATTS_PER_KW)
        block = self.rows.block(self.charges.weight(pool, use))
        self.charges.block(block, (row, self.period), pool, use)
        self.charges.up_by_block(block, (row, self.period), hours)
        self.charges.reach[block] = ((row, self.period),)
        self.rows.block_use.add(room, block, -pool.node_type.accelerators_per_node)
        if row in self.own_room:
            per_node = pool.node_type.accelerators_per_node
            self.rows.block_use.add(self.own_room[row], block, -per_node)
        self.rows.block_use.add(self.nodes[row], block, 1)
        self.rows.block_use.add(self.power[row], block, idle)
        return block

    def _settles(self, workload: int) -> bool:
        """Whether what is left undone of a workload is told in this period."""
        name = self.scenario.workloads[workload].name
        return name not in self.paced or name in self.settled

    def _layout(self, standing_block: list[int]) -> Layout:
        return Layout(
            item=integers([self.item_row[key] for key in self.items if self._settles(key[0])]),
            item_workload=integers([row for row, _ in self.items if self._settles(row)]),
            first_column=self.first_column,
            column_option=integers(self.column_option),
            column_offload=integers(self.column_offload),
            column_class=integers(self.column_class),
            sibling_pool=integers(self.family),
            shared_option=integers(self.shared),
            replica_block=integers(self.replica_block),
            job_block=integers(self.job_block),
            part_block=integers(self.part_block),
            standing_block=integers(standing_block),
            nodes_resource=integers(self.nodes),
            power_resource=integers(self.power_resource),
            held=self.order.holdings(),
            billed=tuple(self.billed),
            quality_resource=integers(self.quality),
        )
