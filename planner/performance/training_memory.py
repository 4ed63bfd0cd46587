"""What mixed-precision training with Adam keeps in each accelerator's memory.

Weights and their optimizer state are split by tensor and pipeline parallelism, the optimizer state
by data parallelism too (ZeRO stage 1, Rajbhandari et al. 2020, arXiv 1910.02054). Activations are
those of Korthikanti et al. 2022 (arXiv 2205.05198): the attention scores are never kept (equation
5 with selective recomputation, which is what fused attention does), and with full recomputation
only the input of each layer is.
"""

from collections.abc import Sequence
from typing import Final

from planner.performance.gang import Gang
from planner.performance.roles import WEIGHT_BYTES
from planner.performance.stages import layer_share
from planner.performance.training_activations import layer_bytes_per_token
from planner.units import BYTES_PER_GIB

USABLE_SHARE: Final = 0.92
"""Of device memory; the rest is the runtime's, collectives' buffers and fragments. A planning
assumption: published runs peak at 82 to 84 of 94 GiB (torchtitan on H100)."""
GRADIENT_BYTES: Final = 4
"""Gradients add up in fp32 (Megatron-Core distributed optimizer: 6 + 12 / d bytes a parameter)."""
OPTIMIZER_BYTES: Final = 12
"""A copy of the weights and two moments in fp32 (Adam)."""
INPUT_BYTES: Final = 2
"""What is kept of a layer that is recomputed."""
LOGIT_BYTES: Final = 4


def usable_gib(gang: Gang) -> float:
    """Memory of an accelerator that training may use."""
    return USABLE_SHARE * gang.accelerator.memory_gib


def used_gib(gangs: Sequence[Gang]) -> float:
    """Memory in use on the first pipeline stage, which holds most activations.

    `gangs` are the architectures of one workload. All their states are kept; they work one after
    the other, so that only the largest activations count.
    """
    states = sum(_state_bytes(gang) for gang in gangs)
    return (states + max(_activation_bytes(gang) for gang in gangs)) / BYTES_PER_GIB


def _state_bytes(gang: Gang) -> float:
    split, role = gang.layout.parallelism, gang.role
    weights = gang.stored_parameters * role.stored_bytes + role.added_parameters * WEIGHT_BYTES
    training = gang.trained_parameters * (GRADIENT_BYTES + OPTIMIZER_BYTES / split.data)
    return (weights + training) * gang.stage_share / split.tensor


def _activation_bytes(gang: Gang) -> float:
    """In 1F1B, as many micro-batches are under way on the first stage as there are stages.

    An architecture that is only asked keeps one layer's at a time.
    """
    split = gang.layout.parallelism
    tokens = gang.layout.micro_batch * gang.sequence_tokens
    under_way = min(split.pipeline, gang.micro_batches)
    layers = gang.profile.layers * layer_share(gang.profile, split.pipeline) * under_way
    layer = tokens * layer_bytes_per_token(gang.profile) / split.tensor
    kept = tokens * gang.profile.hidden * INPUT_BYTES / split.tensor
    body = layers * kept + layer if gang.layout.recomputation == "full" else layers * layer
    if not gang.role.is_trained:
        body = layer
    is_whole = split.pipeline == 1
    logits = tokens * gang.profile.vocabulary * LOGIT_BYTES / split.tensor if is_whole else 0.0
    return body + logits
