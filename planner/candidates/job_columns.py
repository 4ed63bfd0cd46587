"""Jobs as columns: nodes of their own, paid while they run."""

from planner.candidates.demand import hours_at, requests_by_class, training_tokens
from planner.candidates.job import JobUse, batch_use, heap_nodes, heap_use, training_use
from planner.candidates.layout import NOT_A_CLASS
from planner.candidates.pacing import Run
from planner.candidates.rows import NO_ROW
from planner.candidates.sizing import nodes_of
from planner.candidates.work_columns import WorkColumns
from planner.domain.deployment import ServingDeployment, TrainingDeployment
from planner.domain.workload import BatchInference, TrainingRun
from planner.performance.power import node_full_w


class JobColumns(WorkColumns):
    """Columns of jobs: heaps of requests, and training runs."""

    def _hours(self, job: BatchInference | TrainingRun, pool: int) -> float:
        """That a job has in a pool in this period."""
        return hours_at(job, self.scenario, self.pools[pool].place.name)

    def _billed_row(self, pool: int, workload: BatchInference) -> int:
        """Row: a batch workload pays whole billing units, for all its nodes together."""
        terms = self.pools[pool].terms
        if terms.billing_hours == 0:
            return NO_ROW
        row = self.rows.limit(f"paid hours of {workload.name} in {self.pools[pool].key}", 0.0)
        use = JobUse(terms.billing_hours, 0.0)
        units = self.rows.block(self.charges.weight(self.pools[pool], use))
        self.charges.block(units, (pool, self.period), self.pools[pool], use)
        self.rows.block_use.add(row, units, -terms.billing_hours)
        self.billed.append((units, row))
        return row

    def _limit_billed(self, pool: int, workload: BatchInference) -> None:
        """More units than every node could fill, and one more for each, are waste."""
        units, _ = self.billed[-1]
        per_node = self._hours(workload, pool) / self.pools[pool].terms.billing_hours + 1
        self.charges.most[units] = per_node * self.charges.most_nodes((pool, self.period))

    def _batch(self, option: int, deployment: ServingDeployment, workload: BatchInference) -> None:
        row = self.options[option].pool
        pool = self.pools[row]
        hours = self.rows.limit(f"node hours of {workload.name} in {pool.key}", 0.0)
        bundle = nodes_of(deployment, pool.node_type.accelerators_per_node)
        nodes = self.job_block[option] = self.rows.block(0.0)
        opened = self._opened(option, nodes)
        self.rows.block_use.add(hours, nodes, -bundle * self._hours(workload, row))
        self.rows.block_use.add(self.nodes[row], nodes, bundle)
        node_w = node_full_w(pool.node_type, pool.accelerator)
        self.rows.block_use.add(self.power[row], nodes, bundle * node_w)
        billed = self._billed_row(row, workload)
        demand = requests_by_class(workload, self.scenario)
        for each, (rate, requests) in enumerate(zip(deployment.rates, demand, strict=True)):
            if rate is None:
                continue
            use = batch_use(deployment, rate, requests, pool)
            column = self._column(option, (self.workload_row[workload.name], each))
            self.rows.option_use.add(billed, column, use.node_hours)
            self._want_batch(row, workload, use.node_hours, bundle)
            paid_hours = use.node_hours if billed == NO_ROW else 0.0
            self._charge(column, row, JobUse(paid_hours, use.it_kwh))
            self.charges.up_by_column(column, (row, self.period), use.node_hours)
            self._use_mix(column, deployment, workload)
            self.rows.option_use.add(hours, column, use.node_hours)
            if billed != NO_ROW:
                self._limit_billed(row, workload)
            self.rows.option_use.add(opened, column, 1 / len(demand))

    def _want_batch(
        self, row: int, workload: BatchInference, node_hours: float, bundle: int
    ) -> None:
        nodes = node_hours / self._hours(workload, row) * len(workload.classes)
        self.charges.wants((row, self.period), workload.name, nodes, bundle)

    def _heap(self, option: int, deployment: ServingDeployment, workload: BatchInference) -> None:
        """All of a batch workload on a fixed number of nodes."""
        pool = self.pools[self.options[option].pool]
        demand = requests_by_class(workload, self.scenario)
        use = heap_use(deployment, demand, pool)
        self._whole(option, workload, use, heap_nodes(deployment))
        self._use_mix(len(self.made.option_cost) - 1, deployment, workload)

    def _training(self, option: int, deployment: TrainingDeployment, workload: TrainingRun) -> None:
        pool = self.pools[self.options[option].pool]
        use = training_use(deployment, training_tokens(workload), pool)
        if workload.name in self.paced:
            self._paced(option, deployment, workload, use)
        else:
            self._whole(option, workload, use, deployment.nodes)

    def _paced(
        self, option: int, deployment: TrainingDeployment, workload: TrainingRun, use: JobUse
    ) -> None:
        """A gang that does some of its job in this period."""
        row = self.options[option].pool
        pool, nodes = self.pools[row], deployment.nodes
        column = self._column(option, (self.workload_row[workload.name], NOT_A_CLASS))
        self.charges.wants((row, self.period), workload.name, nodes, 0)
        hours = self._hours(workload, row)
        run = Run(workload, pool, (row, self.period), column, use, nodes, hours)
        blocks = self.pacing.add((row, deployment), run)
        self.job_block[option], self.part_block[option] = blocks.on, blocks.part
        self.billed += blocks.billed
        self.rows.block_use.add(self.nodes[row], blocks.on, nodes)
        node_w = node_full_w(pool.node_type, pool.accelerator)
        self.rows.block_use.add(self.power[row], blocks.on, nodes * node_w)

    def _whole(
        self, option: int, job: BatchInference | TrainingRun, use: JobUse, nodes: int
    ) -> None:
        """All of a job on nodes of its own."""
        row = self.options[option].pool
        pool = self.pools[row]
        hours = use.node_hours / nodes
        column = self._column(option, (self.workload_row[job.name], NOT_A_CLASS))
        self.charges.wants((row, self.period), job.name, nodes, 0)
        self._charge(column, row, JobUse(nodes * pool.terms.billed(hours), use.it_kwh))
        self.charges.up_by_column(column, (row, self.period), use.node_hours)
        late_hours = self.scenario.hauled_hours(job.name, pool.place.name)
        self.order.keep(job.name, column, hours, late_hours)
        self.order.use(self.nodes[row], job.name, column, nodes)
        node_w = node_full_w(pool.node_type, pool.accelerator)
        self.order.use(self.power[row], job.name, column, nodes * node_w)
