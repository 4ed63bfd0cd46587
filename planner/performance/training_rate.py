"""What one gang does with a training workload, or why it cannot."""

from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import TrainingRate
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.rejection import Shortfall
from planner.domain.workload import Pretraining
from planner.performance.communication import is_linked
from planner.performance.gang import Gang, TrainingLayout
from planner.performance.power import TimeShares, busy_w
from planner.performance.training_memory import usable_gib, used_gib
from planner.performance.training_step import mfu_of, step_of
from planner.units import TOKENS_PER_MILLION


def training_rate(
    workload: Pretraining,
    profile: ArchitectureProfile,
    node_type: NodeType,
    accelerator: Accelerator,
    layout: TrainingLayout,
) -> TrainingRate | Shortfall:
    """Speed, memory and power of a gang laid out as `layout` says."""
    barred = gang_barred(workload, profile, accelerator)
    if barred is not None:
        return barred
    gang = Gang(
        profile=profile,
        node_type=node_type,
        accelerator=accelerator,
        layout=layout,
        precision=workload.precision,
        sequence_tokens=workload.sequence_tokens,
        global_batch=global_batch(workload),
    )
    needed, available = used_gib(gang), usable_gib(gang)
    if needed > available:
        return Shortfall("memory", needed, available, "GiB")
    if not is_linked(node_type, accelerator, layout.parallelism.accelerators):
        return Shortfall("network")
    step = step_of(gang)
    arithmetic = step.arithmetic_s / step.seconds
    return TrainingRate(
        tokens_per_s=step.tokens_per_s,
        mfu=mfu_of(gang, step.tokens_per_s),
        accelerator_power_w=busy_w(accelerator, TimeShares(arithmetic, memory=0.0)),
        memory_gib_per_accelerator=needed,
    )


def gang_barred(
    workload: Pretraining, profile: ArchitectureProfile, accelerator: Accelerator
) -> Shortfall | None:
    """What no layout can mend."""
    longest = profile.max_context_tokens
    if accelerator.tdp_w is None:
        return Shortfall("power_unknown")
    if accelerator.peak_dense_tflops.of(workload.precision) is None:
        return Shortfall("precision")
    if longest is not None and workload.sequence_tokens > longest:
        return Shortfall("context", workload.sequence_tokens, longest, "tokens")
    return None


def global_batch(workload: Pretraining) -> int:
    """Sequences of one optimizer step."""
    tokens = workload.global_batch_tokens_m * TOKENS_PER_MILLION
    return max(1, round(tokens / workload.sequence_tokens))
