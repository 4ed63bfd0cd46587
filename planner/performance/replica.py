"""One serving replica: an architecture laid over accelerators, and what its iterations cost.

All times are of a token's way through every stage, each as slow as the fullest. A decode iteration
of a batch of B runs as `pipeline` groups of B / pipeline sequences that follow each other.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import Parallelism, RequestSize
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.precision import BYTES_PER_ELEMENT, Precision
from planner.performance.communication import (
    inside_bytes_per_s,
    node_network_bytes_per_s,
    ring_all_reduce_s,
)
from planner.performance.roofline import gemm_flops_per_s, memory_bytes_per_s
from planner.performance.stages import fullest_share, layer_share

PREFILL_SHARE: Final = 0.7
"""Of the best large GEMM that whole prefills reach; attention, norms and routing take the rest.
With it, published TTFTs of a lone prompt (TensorRT-LLM 0.5 and 0.9 on H100, H200, A100) are met at
a median of 0.9, closed-loop throughputs (InferenceX, TensorRT-LLM 1.0) at 1.0."""
DECODE_GEMM_SHARE: Final = 0.5
"""Of the best large GEMM that the thin matrices of decoding reach once arithmetic limits them: 0.26
to 0.45 of it at 128 rows, 0.58 to 0.9 at 512 (medians of aiconfigurator's GEMM tables, A100 to
H200)."""
EXPERT_SHARE: Final = 0.5
"""Of a dense architecture's arithmetic that routed experts reach: small matrices and uneven load
(expert decoders train at half the utilisation of dense ones on the same parts)."""
LAUNCH_S_PER_LAYER: Final = 2.0e-5
"""Kernel starts and synchronisation of a layer in an iteration, CUDA graphs in use. Fitted by hand,
with the host's two times below: decoding of InferenceX, TensorRT-LLM 0.5 to 1.0 and AutoAWQ is met
at a median of 1.0; vLLM 0.2 of 2023 (Splitwise) is 1.7 times slower."""
EXPERT_LAUNCH_S_PER_LAYER: Final = 4.0e-5
"""What routing, permuting and gathering add to it: batches of 8 of Qwen3-30B, Qwen3-235B and
DeepSeek-V3 take 3 to 8 ms longer than their bytes and dense kernels (ML.ENERGY v3)."""
HOST_S_PER_ITERATION: Final = 1.5e-3
"""Scheduling, sampling and detokenising between iterations."""
HOST_S_PER_SEQUENCE: Final = 1.0e-5
"""The part of it that grows with the batch."""
ACTIVATION_BYTES: Final = 2
"""Activations and partial sums travel in 16 bits."""
ALL_REDUCES_PER_LAYER: Final = 2
"""After attention and after the feed-forward network (Shoeybi et al. 2019, arXiv 1909.08053)."""
CHUNK_TOKENS: Final = 8192
"""Tokens of an iteration at most: vLLM's default `max_num_batched_tokens` on large parts."""


@dataclass(frozen=True, slots=True)
class Iteration:
    """Seconds of one pass, and how much of them arithmetic or memory was the limit."""

    seconds: float
    arithmetic_s: float
    memory_s: float


@dataclass(frozen=True, slots=True)
class Token:
    """One more token of a sequence: what it takes, whatever else is in the batch."""

    flops: float
    cached_bytes: float
    """Cache that it sees, all stages together, on one of the tensor-parallel ranks."""


@dataclass(frozen=True)
class Replica:
    """An architecture on accelerators in a number format; what no batch changes is kept."""

    profile: ArchitectureProfile
    node_type: NodeType
    accelerator: Accelerator
    parallelism: Parallelism
    weight_precision: Precision
    kv_precision: Precision
    arithmetic: Precision
    """What the weights are multiplied in."""

    @cached_property
    def weight_bytes(self) -> float:
        """Weights in each accelerator's memory."""
        stored = self.profile.parameters_total * BYTES_PER_ELEMENT[self.weight_precision]
        share = fullest_share(self.profile, self.parallelism.pipeline)
        return stored * share / self.parallelism.tensor

    def kv_bytes(self, context_tokens: float) -> float:
        """Cache of one sequence in each accelerator's memory.

        More accelerators than key-value heads hold copies.
        """
        return self._cached_bytes(context_tokens) * layer_share(
            self.profile, self.parallelism.pipeline
        )

    def prompt_tokens(self, size: RequestSize) -> int:
        """Of text and images."""
        vision = self.profile.vision
        return size.input_tokens + size.images * (vision.tokens_per_image if vision else 0)

    def prefill(self, size: RequestSize, batch: float) -> Iteration:
        """Reading a prompt: the time it takes from every stage, others working on.

        Short prompts go through together, as many as an iteration holds and the batch has; the
        weights are read once for them.
        """
        stages, tokens = self._stages, self.prompt_tokens(size)
        together = min(batch, self.most_together(size))
        arithmetic_s = self._prefill_arithmetic_s(size) / stages
        memory_s = self._passed(self._read_s(tokens * together)) / together / stages
        busy_s = max(arithmetic_s, memory_s)
        seconds = busy_s + self._passed(self._links_s(tokens)) / stages
        is_memory = memory_s > arithmetic_s
        return Iteration(seconds, 0.0 if is_memory else busy_s, busy_s if is_memory else 0.0)

    def most_together(self, size: RequestSize) -> int:
        """Prompts that an iteration holds."""
        return max(1, CHUNK_TOKENS // self.prompt_tokens(size))

    def prefill_latency_s(self, size: RequestSize) -> float:
        """From the start of a prompt's iteration to its first token: no less than one iteration."""
        tokens = self.prompt_tokens(size)
        through_s = self._passed(self._links_s(tokens) + self._overhead_s(1))
        least_s = self._passed(self.decode(1, tokens).seconds)
        return max(self._prefill_arithmetic_s(size) + through_s, least_s)

    def _passed(self, seconds: float) -> float:
        """All passes of something that one takes."""
        return self.profile.passes * seconds

    def decode(self, batch: float, context_tokens: float) -> Iteration:
        """One token for each of `batch` sequences that see `context_tokens` on average."""
        return self.step(batch, self.token(context_tokens))

    def token(self, context_tokens: float) -> Token:
        """One that sees so many others."""
        return Token(self._flops_per_token(context_tokens), self._cached_bytes(context_tokens))

    def step(self, batch: float, token: Token) -> Iteration:
        """One token for each of `batch` sequences."""
        group = max(batch / self._stages, 1.0)
        memory_s = self._read_s(group) + group * token.cached_bytes / self._memory_bytes_per_s
        arithmetic_s = group * token.flops / self._decode_flops_per_s
        busy_s = self._unevenness * max(memory_s, arithmetic_s)
        seconds = busy_s + self._links_s(group) + self._overhead_s(group)
        is_memory = memory_s >= arithmetic_s
        return Iteration(seconds, 0.0 if is_memory else busy_s, busy_s if is_memory else 0.0)

    @cached_property
    def _stages(self) -> int:
        return self.parallelism.pipeline

    @cached_property
    def _tensor(self) -> int:
        return self.parallelism.tensor

    @cached_property
    def _unevenness(self) -> float:
        """How much longer the fullest stage takes than an even share."""
        return self._stages * fullest_share(self.profile, self._stages)

    def _prefill_arithmetic_s(self, size: RequestSize) -> float:
        """Through all stages, with what is done once for an image."""
        tokens, vision = self.prompt_tokens(size), self.profile.vision
        flops = self._passed(tokens * self._flops_per_token(self.profile.mean_context(tokens)))
        once = self.profile.flops_once + size.images * (vision.flops_per_image if vision else 0.0)
        return self._unevenness * (flops + once) / (PREFILL_SHARE * self._flops_per_s)

    def _flops_per_token(self, context_tokens: float) -> float:
        return self.profile.dense_flops + self.profile.attention_flops(context_tokens)

    @cached_property
    def _flops_per_s(self) -> float:
        """Of the accelerators that work at the same time: one stage's."""
        share = EXPERT_SHARE if self.profile.experts else 1.0
        rate = gemm_flops_per_s(self.accelerator, self.arithmetic)
        return share * self._tensor * rate

    @cached_property
    def _decode_flops_per_s(self) -> float:
        return DECODE_GEMM_SHARE * self._flops_per_s

    @cached_property
    def _memory_bytes_per_s(self) -> float:
        return memory_bytes_per_s(self.accelerator)

    def _read_s(self, tokens: float) -> float:
        """Reading the weights that a step touches, through all stages."""
        touched = self.profile.parameters_touched(tokens) * self._bytes_per_weight
        return touched / self._tensor / self._memory_bytes_per_s

    @cached_property
    def _bytes_per_weight(self) -> float:
        return BYTES_PER_ELEMENT[self.weight_precision]

    def _cached_bytes(self, context_tokens: float) -> float:
        """Cache of one sequence, all stages together, on one of the tensor-parallel ranks."""
        split = min(self._tensor, self.profile.kv_heads)
        return (
            self.profile.kv_elements(context_tokens) * BYTES_PER_ELEMENT[self.kv_precision] / split
        )

    def _links_s(self, tokens: float) -> float:
        """All-reduces inside stages, and handing on between stages."""
        message = tokens * self.profile.hidden * ACTIVATION_BYTES
        inside = ring_all_reduce_s(message, self._tensor, self._inside_bytes_per_s)
        return self._all_reduces * inside + self._hops_s(message)

    @cached_property
    def _all_reduces(self) -> int:
        return ALL_REDUCES_PER_LAYER * self.profile.layers

    @cached_property
    def _inside_bytes_per_s(self) -> float:
        """Of collectives inside a stage."""
        return inside_bytes_per_s(self.accelerator, self._tensor)

    def _hops_s(self, message: float) -> float:
        """From stage to stage."""
        hops = self._stages - 1
        return hops * message / self._hop_bytes_per_s if hops else 0.0

    @cached_property
    def _hop_bytes_per_s(self) -> float:
        """Between stages: over the network where the replica spans nodes."""
        if self.parallelism.accelerators <= self.node_type.accelerators_per_node:
            return inside_bytes_per_s(self.accelerator, 2)
        return node_network_bytes_per_s(self.node_type)

    def _overhead_s(self, sequences: float) -> float:
        """Every stage has a host that prepares its part of the iteration."""
        host_s = HOST_S_PER_ITERATION + HOST_S_PER_SEQUENCE * sequences
        return self._stages * host_s + self._launch_s

    @cached_property
    def _launch_s(self) -> float:
        """Of all layers."""
        routed_s = EXPERT_LAUNCH_S_PER_LAYER if self.profile.experts else 0.0
        layer_s = LAUNCH_S_PER_LAYER + routed_s
        return layer_s * self.profile.layers
