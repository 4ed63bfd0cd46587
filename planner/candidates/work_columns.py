"""What all columns of a period share: its resources, its items, and how an option begins."""

from collections.abc import Sequence

from planner.candidates.items import DIVISIBLE, INDIVISIBLE, Items, class_weight
from planner.candidates.job import JobUse
from planner.candidates.layout import NOT_A_CLASS, Part
from planner.candidates.order import Order
from planner.candidates.pacing import Pacing
from planner.candidates.resilience import Spread
from planner.candidates.rows import NO_ROW, Rows
from planner.candidates.siblings import shared_options
from planner.domain.deployment import ServingDeployment
from planner.domain.option import Option, Place, Pool
from planner.domain.requests import Variant
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.units import WATTS_PER_KW


def power_rows(rows: Rows, places: Sequence[Place]) -> list[int]:
    """Rows of the places: what all servers may draw at full power, W."""
    return [
        rows.limit(
            f"IT power at {place.name}",
            None if place.it_power_limit_kw is None else place.it_power_limit_kw * WATTS_PER_KW,
        )
        for place in places
    ]


class WorkColumns:
    """Resources and items of a period; rows, items and columns go behind those before."""

    def __init__(
        self, part: Part, family: Sequence[int], rows: Rows, items: Items, pacing: Pacing
    ) -> None:
        """Begin with the resources and the items; `family` are pools of like nodes."""
        scenario, candidates, charges = part.asked.scenario, part.candidates, pacing.charges
        self.pacing, self.paced = pacing, part.asked.paced_hours
        self.settled = part.asked.settled
        rows.suffix, rows.period = part.asked.suffix, part.asked.number
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
        self.power_resource = power_rows(rows, candidates.places)
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

    def _opened(self, option: int, block: int) -> int:
        """Row: no share of a workload where there is no block at all.

        It follows from the blocks being whole, tightens the relaxation (as in facility location),
        and keeps work that is smaller than a solver's tolerance from being done by nothing.
        """
        name = self.options[option].deployment.workload
        row = self.rows.limit(f"{name} needs a replica in option {option}", 0.0)
        self.rows.block_use.add(row, block, -1.0)
        return row
