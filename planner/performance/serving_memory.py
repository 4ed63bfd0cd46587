"""What a serving replica keeps in each accelerator's memory."""

from typing import Final

from planner.performance.replica import CHUNK_TOKENS, Replica
from planner.units import BYTES_PER_GIB

USABLE_SHARE: Final = 0.9
"""Of device memory: vLLM's default `gpu_memory_utilization`; the rest is the framework's."""
UNLIMITED: Final = 10**9
LAYER_BYTES: Final = (10, 24)
"""Activations of one layer per token and unit of width: kept whole, and split by tensor
parallelism (Korthikanti et al. 2022, arXiv 2205.05198, equation 2, scores not kept)."""


def usable_gib(replica: Replica) -> float:
    """Memory of an accelerator that a replica may use."""
    return USABLE_SHARE * replica.accelerator.memory_gib


def used_gib(replica: Replica, batch: int, context_tokens: int) -> float:
    """Memory in use with `batch` sequences of their full length; the fullest stage."""
    kept = replica.weight_bytes + batch * replica.kv_bytes(context_tokens)
    return (kept + _activation_bytes(replica)) / BYTES_PER_GIB


def most_sequences(replica: Replica, context_tokens: int) -> int:
    """Sequences of full length that fit at once; 0 where not even one does.

    Where nothing is cached, as many as wanted (`UNLIMITED`).
    """
    room = usable_gib(replica) - used_gib(replica, 0, context_tokens)
    per_sequence = replica.kv_bytes(context_tokens) / BYTES_PER_GIB
    if per_sequence == 0:
        return UNLIMITED if room >= 0 else 0
    return max(0, int(room / per_sequence))


def _activation_bytes(replica: Replica) -> float:
    """One layer at a time lives through an iteration."""
    whole, split = LAYER_BYTES
    per_width = whole + split / replica.parallelism.tensor
    return CHUNK_TOKENS * replica.profile.hidden * per_width
