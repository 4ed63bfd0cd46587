"""What the physics says of an allocation's deployment."""

from collections.abc import Callable
from typing import TypeVar

from planner.catalog.reach import at_place
from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import ServingRate, TrainingRate
from planner.domain.plan import Violation
from planner.domain.rejection import Shortfall
from planner.domain.workload import BatchInference, Serving, TrainingRun
from planner.performance.gang import TrainingLayout
from planner.performance.serving import serving_rates
from planner.performance.training_rate import training_rate
from planner.verification.facts import Facts
from planner.verification.placement import Placed, variant_of
from planner.verification.violations import broken

Answer = TypeVar("Answer")


def request_rates(
    placed: Placed, workload: Serving | BatchInference, facts: Facts
) -> tuple[ServingRate | Shortfall, ...] | Violation:
    """One answer per request class, or why no such replica can exist."""
    variant = variant_of(placed.stated, workload)
    alone = at_place(workload, placed.pool.place).running(variant)
    profile = facts.catalog.profile(facts.catalog.architectures[variant.architecture])
    parallelism, pool = placed.stated.parallelism, placed.pool
    if parallelism.data > 1:
        rule = "copies of a replica are replicas, not data parallelism"
        return broken(f"{placed.where}.parallelism", rule, parallelism.data, 1)
    return _asked(
        placed,
        profile,
        lambda: serving_rates(alone, profile, pool.node_type, pool.accelerator, parallelism),
    )


def gang_rate(placed: Placed, workload: TrainingRun, facts: Facts) -> TrainingRate | Violation:
    """What the gang does, or why it cannot exist."""
    catalog = facts.catalog
    profiles = [catalog.profile(catalog.architectures[each]) for each in workload.architectures]
    stated, pool = placed.stated, placed.pool
    if stated.micro_batch is None or stated.micro_batch < 1 or stated.recomputation is None:
        rule = "training states a micro-batch of at least 1 and what it recomputes"
        return broken(f"{placed.where}.micro_batch", rule, stated.micro_batch, 1)
    layout = TrainingLayout(stated.parallelism, stated.micro_batch, stated.recomputation)
    answer = _asked(
        placed,
        min(profiles, key=lambda each: each.layers),
        lambda: training_rate(workload, profiles, pool.node_type, pool.accelerator, layout),
    )
    return shortfall(placed.where, answer) if isinstance(answer, Shortfall) else answer


def shortfall(where: str, miss: Shortfall) -> Violation:
    """A limit of the physics or of the workload that a deployment misses."""
    unit = f", in {miss.unit}" if miss.unit else ""
    return broken(where, f"cannot run: {miss.reason}{unit}", miss.needed, miss.available)


def _asked(
    placed: Placed, profile: ArchitectureProfile, question: Callable[[], Answer]
) -> Answer | Violation:
    """The answer; degrees that no planner would try may break the formulas."""
    where, parallelism = f"{placed.where}.parallelism", placed.stated.parallelism
    per_node = placed.pool.node_type.accelerators_per_node
    if parallelism.tensor > per_node:
        rule = "tensor parallelism stays inside a node"
        return broken(where, rule, parallelism.tensor, per_node)
    if parallelism.pipeline > profile.layers:
        rule = "a pipeline stage has at least a layer"
        return broken(where, rule, parallelism.pipeline, profile.layers)
    try:
        return question()
    except (ArithmeticError, ValueError) as error:
        return broken(placed.where, f"no such deployment can exist: {error}")
