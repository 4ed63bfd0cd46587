"""Time of one optimizer step of a gang.

    step = (m + pp - 1) x micro + exposed        m micro-batches, pp - 1 of bubble (1F1B,
                                                 Narayanan et al. 2021, arXiv 2104.04473, 2.2)
    micro = arithmetic + element-wise traffic + tensor-parallel all-reduces of a stage
            + handing on between stages
    exposed = what the exchange of gradients and weights takes beyond one micro-batch of work

Arithmetic is 3 forward passes (backward is two), 4 with full recomputation; see `Role` for what
adapters and frozen companions save. Architectures of one workload work one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from planner.performance.communication import (
    all_reduce_s,
    inside_bytes_per_s,
    node_network_bytes_per_s,
)
from planner.performance.gang import Gang
from planner.performance.roles import WEIGHT_BYTES
from planner.performance.roofline import (
    gemm_flops_per_s,
    memory_bytes_per_s,
    peak_flops_per_s,
)
from planner.performance.stages import layer_share
from planner.performance.training_activations import layer_bytes_per_token
from planner.performance.training_memory import GRADIENT_BYTES

TRAINING_SHARE: Final = 0.76
"""Of the best large GEMM that a layer's matrices reach over a step. With the element-wise traffic
beside it, MPT-7B and Llama-3.1-8B on 8 A100 and H100 come out within 10 % of what is published
(llm-foundry scripts/train/benchmarking; NVIDIA dgxc-benchmarking 24.11)."""
EXPERT_SHARE: Final = 0.6
"""Of a dense architecture's arithmetic that routed experts reach: sparse decoders train at 15 to
30 % of peak where dense ones reach 40 to 55 % (NVIDIA dgxc-benchmarking, Megatron-Bridge)."""
FORWARD_ELEMENTWISE_PASSES: Final = 1
"""Norms, activations and residuals write what is kept."""
BACKWARD_ELEMENTWISE_PASSES: Final = 2
"""They read it and write its gradient."""
ALL_REDUCES_PER_LAYER: Final = 2
"""In a pass forward, and as many backward (Shoeybi et al. 2019, arXiv 1909.08053)."""
ACTIVATION_BYTES: Final = 2


@dataclass(frozen=True)
class Step:
    """Seconds of a step and what they give."""

    seconds: float
    arithmetic_s: float
    useful_flops: float
    """Recomputation does not count (Chowdhery et al. 2022, arXiv 2204.02311, appendix B)."""
    tokens: int

    @property
    def tokens_per_s(self) -> float:
        """Of the whole gang."""
        return self.tokens / self.seconds


def step_of(gangs: Sequence[Gang]) -> Step:
    """One step of a workload's architectures on accelerators that have the links they need."""
    each = [_own_step(gang) for gang in gangs]
    return Step(
        seconds=sum(step.seconds for step in each),
        arithmetic_s=sum(step.arithmetic_s for step in each),
        useful_flops=sum(step.useful_flops for step in each),
        tokens=each[0].tokens,
    )


def mfu_of(gang: Gang, step: Step) -> float:
    """Model FLOPs over dense peak of a step on the accelerators of a gang."""
    peak = peak_flops_per_s(gang.accelerator, gang.precision)
    return step.useful_flops / step.seconds / (gang.layout.parallelism.accelerators * peak)


def _own_step(gang: Gang) -> Step:
    """One architecture's part of a step."""
    split = gang.layout.parallelism
    arithmetic_s = _arithmetic_s(gang)
    traffic_s = _elementwise_s(gang) + _widening_s(gang)
    micro_s = arithmetic_s + traffic_s + _tensor_links_s(gang) + _hops_s(gang)
    pipelined_s = (gang.micro_batches + split.pipeline - 1) * micro_s
    exposed_s = max(0.0, _gradient_links_s(gang) - micro_s)
    tokens = gang.global_batch * gang.sequence_tokens
    useful_passes = 1 + gang.role.backward_passes
    return Step(
        seconds=pipelined_s + exposed_s,
        arithmetic_s=gang.micro_batches * arithmetic_s,
        useful_flops=useful_passes * _forward_flops_per_token(gang) * tokens,
        tokens=tokens,
    )


def _forward_flops_per_token(gang: Gang) -> float:
    context = gang.profile.mean_context(gang.sequence_tokens)
    return gang.profile.dense_flops + gang.profile.attention_flops(context)


def _arithmetic_s(gang: Gang) -> float:
    """Of one micro-batch on the fullest stage, forward and backward."""
    passes = _forward_passes(gang) + gang.role.backward_passes
    tokens = gang.layout.micro_batch * gang.sequence_tokens
    flops = passes * tokens * _forward_flops_per_token(gang) * gang.stage_share
    share = TRAINING_SHARE * (EXPERT_SHARE if gang.profile.experts else 1.0)
    rate = share * gemm_flops_per_s(gang.accelerator, gang.precision)
    return flops / (gang.layout.parallelism.tensor * rate)


def _forward_passes(gang: Gang) -> int:
    """Two where all is computed again on the way back."""
    return 2 if gang.role.is_trained and gang.layout.recomputation == "full" else 1


def _elementwise_s(gang: Gang) -> float:
    """Traffic of everything that is no matrix product, by the activations it works on."""
    tokens = gang.layout.micro_batch * gang.sequence_tokens
    layers = gang.profile.layers * layer_share(gang.profile, gang.layout.parallelism.pipeline)
    kept = tokens * layers * layer_bytes_per_token(gang.profile) / gang.layout.parallelism.tensor
    backward = BACKWARD_ELEMENTWISE_PASSES if gang.role.is_trained else 0
    passes = FORWARD_ELEMENTWISE_PASSES + backward
    return passes * kept / memory_bytes_per_s(gang.accelerator)


def _widening_s(gang: Gang) -> float:
    """Reading quantised weights, writing them in 16 bits and reading these, pass by pass.

    QLoRA multiplies in 16 bits (Dettmers et al. 2023, arXiv 2305.14314, equation 5).
    """
    if gang.role.stored_bytes >= WEIGHT_BYTES:
        return 0.0
    tokens = gang.layout.micro_batch * gang.sequence_tokens
    touched = gang.profile.parameters_touched(tokens)
    weights = touched * gang.stage_share / gang.layout.parallelism.tensor
    passes = _forward_passes(gang) + (1 if gang.role.is_trained else 0)
    moved = passes * weights * (gang.role.stored_bytes + 2 * WEIGHT_BYTES)
    return moved / memory_bytes_per_s(gang.accelerator)


def _tensor_links_s(gang: Gang) -> float:
    tokens = gang.layout.micro_batch * gang.sequence_tokens
    message = tokens * gang.profile.hidden * ACTIVATION_BYTES
    times = ALL_REDUCES_PER_LAYER * (_forward_passes(gang) + (1 if gang.role.is_trained else 0))
    layers = gang.profile.layers * layer_share(gang.profile, gang.layout.parallelism.pipeline)
    one_s = all_reduce_s(message, gang.layout.parallelism.tensor, gang.accelerator)
    return times * layers * one_s


def _hops_s(gang: Gang) -> float:
    """Activations forward and gradients backward, split over the tensor-parallel ranks."""
    split, per_node = gang.layout.parallelism, gang.node_type.accelerators_per_node
    if split.pipeline == 1:
        return 0.0
    tokens = gang.layout.micro_batch * gang.sequence_tokens
    ways = 2 if gang.role.is_trained else 1
    message = ways * tokens * gang.profile.hidden * ACTIVATION_BYTES
    if split.tensor * split.pipeline <= per_node:
        return message / split.tensor / inside_bytes_per_s(gang.accelerator, split.pipeline)
    rings = per_node // split.tensor  # neighbours in the node hand on at the same time
    return message * rings / node_network_bytes_per_s(gang.node_type)


def _gradient_links_s(gang: Gang) -> float:
    """Reduce-scatter of gradients and all-gather of weights among the data-parallel ranks."""
    split = gang.layout.parallelism
    if split.data == 1:
        return 0.0
    parameters = gang.trained_parameters * gang.stage_share / split.tensor
    message = parameters * (GRADIENT_BYTES + WEIGHT_BYTES)
    moved = (split.data - 1) / split.data * message
    if gang.nodes == 1:
        return moved / inside_bytes_per_s(gang.accelerator, split.accelerators)
    # as many rings leave a node as it has tensor-parallel ranks; they share its network
    rings = min(split.tensor, gang.node_type.accelerators_per_node)
    return moved * rings / node_network_bytes_per_s(gang.node_type)
