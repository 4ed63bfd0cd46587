"""Every gang that trains a workload by its deadline on a node type, the worse ones put aside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import TrainingDeployment, TrainingRate
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.rejection import Miss, Shortfall, missed
from planner.domain.workload import TrainingRun
from planner.performance.gang import TrainingLayout
from planner.performance.gang_sizes import Shape, data_degrees, shapes, smallest
from planner.performance.training_rate import gang_barred, global_batch, training_rate
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_BILLION

LARGEST_GANG_NODES: Final = 16_384
"""More than any published gang has."""


def training_deployments(
    workload: TrainingRun,
    profiles: Sequence[ArchitectureProfile],
    node_type: NodeType,
    accelerator: Accelerator,
    hours: float,
) -> tuple[tuple[TrainingDeployment, ...], tuple[Miss, ...]]:
    """Gangs that end within `hours`; when there is none, what they miss by the least.

    `profiles` are those of the workload's `architectures`, in their order.

    None of them has at least the nodes, the node-hours and the energy of another.
    """
    barred = gang_barred(workload, profiles, accelerator)
    if barred is not None:
        return (), (missed(barred, None),)
    search = _Search(workload, profiles, node_type, accelerator, hours)
    found = list(search.gangs())
    if not found:
        return (), tuple(search.misses())
    return _undominated(found), ()


@dataclass(frozen=True)
class _Search:
    workload: TrainingRun
    profiles: Sequence[ArchitectureProfile]
    node_type: NodeType
    accelerator: Accelerator
    hours: float

    def gangs(self) -> Iterator[TrainingDeployment]:
        """The smallest fast enough gang of every shape."""
        for shape in self._shapes():
            degrees = self._degrees(shape)
            data = smallest(degrees, partial(self._is_enough, shape))
            if data is not None:
                layout = shape.with_data(data)
                rate = self._rate(layout)
                if isinstance(rate, TrainingRate):
                    yield self._deployment(layout, rate)

    def misses(self) -> Iterator[Miss]:
        """The nearest miss of each reason, over all shapes at their largest."""
        nearest: dict[str, tuple[float, TrainingLayout, Shortfall]] = {}
        for shape in self._shapes():
            for data in self._degrees(shape)[-1:]:
                layout = shape.with_data(data)
                miss = self._miss(layout)
                factor = _factor(miss)
                if miss.reason not in nearest or factor < nearest[miss.reason][0]:
                    nearest[miss.reason] = (factor, layout, miss)
        if not nearest:
            yield missed(self._too_few_sequences(), None)
        for _, layout, miss in nearest.values():
            yield missed(miss, str(layout.parallelism))

    def _shapes(self) -> Iterator[Shape]:
        batch = global_batch(self.workload)
        layers = min(each.layers for each in self.profiles)
        return shapes(self.node_type, self.accelerator, layers, batch)

    def _degrees(self, shape: Shape) -> range:
        wanted, copies = self.workload.accelerators, shape.tensor * shape.pipeline
        batch = global_batch(self.workload)
        if wanted is None:
            return data_degrees(shape, self.node_type, LARGEST_GANG_NODES, batch)
        data, rest = divmod(wanted, copies)
        is_possible = rest == 0 and data * shape.micro_batch <= batch
        return range(data, data + 1) if is_possible else range(0)

    def _too_few_sequences(self) -> Shortfall:
        """Why no shape exists: the gang has more pipelines than a step has sequences."""
        wanted = self.workload.accelerators or self.node_type.accelerators_per_node
        largest = max(each.tensor * each.pipeline for each in self._shapes())
        batch = global_batch(self.workload)
        return Shortfall("global_batch", -(-wanted // largest), batch, "sequences")

    def _rate(self, layout: TrainingLayout) -> TrainingRate | Shortfall:
        return training_rate(self.workload, self.profiles, self.node_type, self.accelerator, layout)

    def _hours(self, rate: TrainingRate) -> float:
        return self.workload.tokens_b * TOKENS_PER_BILLION / rate.tokens_per_s / SECONDS_PER_HOUR

    def _is_enough(self, shape: Shape, data: int) -> bool:
        rate = self._rate(shape.with_data(data))
        return isinstance(rate, TrainingRate) and self._hours(rate) <= self.hours

    def _miss(self, layout: TrainingLayout) -> Shortfall:
        rate = self._rate(layout)
        if isinstance(rate, Shortfall):
            return rate
        return Shortfall("deadline", self._hours(rate), self.hours, "hours")

    def _deployment(self, layout: TrainingLayout, rate: TrainingRate) -> TrainingDeployment:
        per_node = self.node_type.accelerators_per_node
        return TrainingDeployment(
            workload=self.workload.name,
            architecture=self.workload.architecture,
            node_type=self.node_type.name,
            parallelism=layout.parallelism,
            precision=self.workload.precision,
            micro_batch=layout.micro_batch,
            recomputation=layout.recomputation,
            nodes=-(-layout.parallelism.accelerators // per_node),
            rate=rate,
        )


def _factor(miss: Shortfall) -> float:
    """How many times more is needed than there is; 1 where the miss has no numbers."""
    if miss.needed is None or not miss.available:
        return 1.0
    return miss.needed / miss.available


def _undominated(found: list[TrainingDeployment]) -> tuple[TrainingDeployment, ...]:
    """Those with fewer node-hours and less energy than every smaller one."""
    kept: list[TrainingDeployment] = []
    for each in sorted(found, key=_burden):
        if all(_node_s(each) < _node_s(k) or _power_s(each) < _power_s(k) for k in kept):
            kept.append(each)
    return tuple(kept)


def _burden(gang: TrainingDeployment) -> tuple[int, float, float]:
    return gang.nodes, _node_s(gang), _power_s(gang)


def _node_s(gang: TrainingDeployment) -> float:
    """Time of nodes per token."""
    return gang.nodes / gang.rate.tokens_per_s


def _power_s(gang: TrainingDeployment) -> float:
    """Energy of accelerators per token."""
    return _node_s(gang) * gang.rate.accelerator_power_w
