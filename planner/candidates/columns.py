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
    training_tokens,
    window_hours,
)
from planner.candidates.enumeration import nodes_of
from planner.candidates.items import DIVISIBLE, INDIVISIBLE, Items, class_weight, item_name
from planner.candidates.job import JobUse, batch_use, heap_nodes, heap_use, training_use
from planner.candidates.layout import NOT_A_CLASS, Layout, Part
from planner.candidates.offloading import allowance, daily_uses
from planner.candidates.order import Order
from planner.candidates.pacing import Pacing, Run
from planner.candidates.resilience import Spread
from planner.candidates.rows import NO_ROW, Rows, integers
from planner.candidates.siblings import fits_node, shared_options
from planner.domain.deployment import ServingDeployment, TrainingDeployment
from planner.domain.option import Offload, Option, Pool
from planner.domain.requests import Variant
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.performance.power import full_w, idle_w, node_full_w, node_idle_w
from planner.units import SECONDS_PER_HOUR, WATTS_PER_KW


class PeriodColumns:
    """Columns of one period while they are being collected.

    Resources and items first, then options and their blocks. Rows, items and columns go behind
    those of the periods before.
    """

    def __init__(
        self, part: Part, family: Sequence[int], rows: Rows, items: Items, pacing: Pacing
    ) -> None:
        """Begin with the resources and the items; `family` are pools of like nodes."""
        scenario, candidates, charges = part.asked.scenario, part.candidates, pacing.charges
        self.pacing, self.paced = pacing, part.asked.paced_hours
        self.settled = part.asked.settled
        rows.suffix = part.asked.suffix
        self.period = part.asked.number
        self.scenario = scenario
        self.pools = candidates.pools
        self.options = candidates.options
        self.workload_row = {each.name: row for row, each in enumerate(scenario.workloads)}
        self.rows, self.made, self.charges = rows, items, charges
        self.family = family
        self.shared = shared_options(self.options, self.pools, family, scenario.workloads)
        self.order = Order(scenario, self.rows)
        self.first_column = len(items.option_cost)
        self.column_option: list[int] = []
        self.column_offload: list[int] = []
        self.column_class: list[int] = []
        self.billed: list[tuple[int, int]] = []
        self.unprotected: dict[tuple[str, int], int] = {}
        self.spread = Spread(scenario, rows)
        self.own_room: dict[int, int] = {}
        self.offloads = candidates.offloads
        self.replica_block = [NO_ROW] * len(self.options)
        self.job_block = [NO_ROW] * len(self.options)
        self.part_block = [NO_ROW] * len(self.options)
        self.items = [
            (row, each)
            for row, workload in enumerate(scenario.workloads)
            for each in self._classes(workload)
        ]
        self.item_row = {key: self._item(*key) for key in self.items}
        self.power_resource = [
            self.rows.limit(
                f"IT power at {place.name}",
                None if place.it_power_limit_kw is None else place.it_power_limit_kw * WATTS_PER_KW,
            )
            for place in candidates.places
        ]
        place_row = {place.name: row for row, place in enumerate(candidates.places)}
        self.power = [self.power_resource[place_row[pool.place.name]] for pool in self.pools]
        self.nodes = [self._nodes_row(pool) for pool in self.pools]
        self.quality = [self._quality_row(each) for each in scenario.workloads]
        self.mix = {
            (workload.name, variant.architecture, variant.weight_precision, variant.kv_precision): (
                self._mix(workload, variant)
            )
            for workload in scenario.workloads
            if not isinstance(workload, TrainingRun)
            for variant in workload.variants
        }

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

    def _nodes_row(self, pool: Pool) -> int:
        """Row of a pool's nodes; where contracts bring them, there are none without."""
        most = 0 if pool.terms.contract is not None else pool.terms.available_nodes
        return self.rows.limit(f"nodes of {pool.key}", most)

    def _classes(self, workload: Workload) -> Sequence[int]:
        """Request classes that are placed one by one, or the whole workload."""
        if isinstance(workload, TrainingRun) or self.order.is_ordered(workload.name):
            return (NOT_A_CLASS,)
        return range(len(workload.classes))

    def _item(self, workload: int, request_class: int) -> int:
        """Number of an item: a new one, or what other periods have made for the same job."""
        each = self.scenario.workloads[workload]
        if each.name in self.paced:
            return self.pacing.item_of(each, request_class)
        parts = INDIVISIBLE if request_class == NOT_A_CLASS else DIVISIBLE
        return self.made.add(each, request_class, self.rows.suffix, parts)

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
        name = f"at most {variant.max_share:.6g} of {workload.name} on {variant}"
        is_paced = workload.name in self.paced
        share = (
            self.pacing.mix_of(workload, str(variant), name, most)
            if is_paced
            else self.rows.limit(name, most)
        )
        missing = (workload.minimum_quality or 0.0) - (variant.quality or 0.0)
        return ((self.quality[self.workload_row[workload.name]], missing), (share, 1.0))

    def _use_mix(
        self, column: int, deployment: ServingDeployment, workload: Serving | BatchInference
    ) -> None:
        """What a column uses of the rows that bound the mix of its workload."""
        how = (deployment.architecture, deployment.weight_precision, deployment.kv_precision)
        weight = class_weight(workload, self.column_class[column - self.first_column])
        for row, amount in self.mix[(workload.name, *how)]:
            self.rows.option_use.add(row, column, weight * amount)

    def _column(self, option: int, item: tuple[int, int]) -> int:
        """A new option of the problem, which costs nothing so far."""
        self.column_option.append(option)
        self.column_offload.append(NO_ROW)
        self.column_class.append(item[1])
        column = self.made.option(self.item_row[item])
        workload = self.scenario.workloads[item[0]]
        if workload.name in self.paced:
            self.pacing.note(workload, item[1], self.period, column)
        return column

    def _charge(self, column: int, pool: int, use: JobUse) -> None:
        """What the whole item takes of a pool by this option."""
        at = (pool, self.period)
        self.made.option_cost[column] += self.charges.column(column, at, self.pools[pool], use)

    def _use_stable(self, column: int, pool: Pool, workload: Serving, request_class: int) -> None:
        """Capacity that can be taken away serves no more than what is not protected."""
        if pool.terms.is_interruptible and workload.minimum_stable_share > 0:
            key = (workload.name, request_class)
            if key not in self.unprotected:
                name = f"what {item_name(workload, request_class)} may lose"
                self.unprotected[key] = self.rows.limit(name, 1 - workload.minimum_stable_share)
            self.rows.option_use.add(self.unprotected[key], column, 1.0)

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
        per_node = window_hours(workload, self.scenario) / self.pools[pool].terms.billing_hours + 1
        self.charges.most[units] = per_node * self.charges.most_nodes((pool, self.period))

    def _opened(self, option: int, block: int) -> int:
        """Row: no share of a workload where there is no block at all.

        It follows from the blocks being whole, tightens the relaxation (as in facility location),
        and keeps work that is smaller than a solver's tolerance from being done by nothing.
        """
        name = self.options[option].deployment.workload
        row = self.rows.limit(f"{name} needs a replica in option {option}", 0.0)
        self.rows.block_use.add(row, block, -1.0)
        return row

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
        nodes = node_hours / window_hours(workload, self.scenario) * len(workload.classes)
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
        hours = window_hours(workload, self.scenario)
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
        self.order.keep(job.name, column, hours)
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
