"""What one gang does with a training workload, or why it cannot."""

from collections.abc import Sequence

from planner.domain.adapters import adapter_parameters
from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import TrainingRate
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.rejection import Shortfall
from planner.domain.workload import FineTuning, TrainingRun
from planner.performance.communication import is_linked
from planner.performance.gang import Gang, TrainingLayout
from planner.performance.power import TimeShares, busy_w
from planner.performance.power_cap import under_cap
from planner.performance.roles import roles
from planner.performance.training_memory import usable_gib, used_gib
from planner.performance.training_step import mfu_of, step_of
from planner.units import TOKENS_PER_MILLION


def training_rate(
    workload: TrainingRun,
    profiles: Sequence[ArchitectureProfile],
    node_type: NodeType,
    accelerator: Accelerator,
    layout: TrainingLayout,
) -> TrainingRate | Shortfall:
    """Speed, memory and power of a gang laid out as `layout` says.

    `profiles` are those of the workload's `architectures`, in their order.
    """
    barred = gang_barred(workload, profiles, accelerator)
    if barred is not None:
        return barred
    accelerator = under_cap(accelerator)
    gangs = [
        Gang(
            profile=profile,
            node_type=node_type,
            accelerator=accelerator,
            layout=layout,
            precision=workload.precision,
            sequence_tokens=workload.sequence_tokens,
            global_batch=global_batch(workload),
            role=role,
        )
        for profile, role in zip(profiles, roles(workload, profiles[0]), strict=True)
    ]
    needed, available = used_gib(gangs), usable_gib(gangs[0])
    if needed > available:
        return Shortfall("memory", needed, available, "GiB")
    if not is_linked(node_type, accelerator, layout.parallelism.accelerators):
        return Shortfall("network")
    step = step_of(gangs)
    arithmetic = step.arithmetic_s / step.seconds
    return TrainingRate(
        tokens_per_s=step.tokens_per_s,
        mfu=mfu_of(gangs[0], step),
        accelerator_power_w=busy_w(accelerator, TimeShares(arithmetic, memory=0.0)),
        memory_gib_per_accelerator=needed,
    )


def gang_barred(
    workload: TrainingRun, profiles: Sequence[ArchitectureProfile], accelerator: Accelerator
) -> Shortfall | None:
    """What no layout can mend."""
    stated = [each.max_context_tokens for each in profiles if each.max_context_tokens is not None]
    longest = min(stated, default=None)
    if accelerator.tdp_w is None:
        return Shortfall("power_unknown")
    if accelerator.peak_dense_tflops.of(workload.precision) is None:
        return Shortfall("precision")
    if isinstance(workload, FineTuning) and workload.adapters is not None:
        adapters = workload.adapters
        if not adapter_parameters(adapters.rank, adapters.targets, profiles[0]):
            return Shortfall("adapters")
        if adapters.rank >= profiles[0].hidden:
            return Shortfall("adapters", adapters.rank, profiles[0].hidden - 1, "columns")
    if longest is not None and workload.sequence_tokens > longest:
        return Shortfall("context", workload.sequence_tokens, longest, "tokens")
    return None


def global_batch(workload: TrainingRun) -> int:
    """Sequences of one optimizer step."""
    tokens = workload.global_batch_tokens_m * TOKENS_PER_MILLION
    return max(1, round(tokens / workload.sequence_tokens))
