"""Linear attention: a state of fixed size in the place of a cache that grows with the context."""

from typing import Final

from planner.domain.architecture import AttentionGroup
from planner.domain.record import Count, Record, Whole
from planner.units import FLOPS_PER_MULTIPLY_ADD

PRODUCTS_WITH_STATE: Final = 3
"""The state is read for the key, corrected by an outer product, and read for the query (gated delta
rule, Yang et al. 2024, arXiv 2412.06464, equation 10)."""
FLOAT32_BYTES_PER_BF16_BYTE: Final = 2
"""A cache is planned in elements; a float32 state takes two of bf16 each."""
GATES_PER_VALUE_HEAD: Final = 2
"""How much is forgotten, and how much is written (arXiv 2412.06464, section 3)."""


class LinearAttention(Record):
    """Layers that keep one matrix for each value head: gated delta rule and lightning attention.

    Sources: Yang et al. 2024 (arXiv 2412.06464); MiniMax-01 (arXiv 2501.08313, section 2.2).
    """

    key_heads: Count
    """Heads of queries and of keys."""
    value_heads: Count
    """Heads of values, of the output gate, and of the state."""
    key_dim: Count
    value_dim: Count
    convolution_tokens: Count = 1
    """Tokens that a short convolution before the state looks at; 1: there is none."""
    state_in_float32: bool = False
    """Whether the state is kept in float32: it counts twice then, as in bf16 elements."""
    gates_per_value_head: Whole = GATES_PER_VALUE_HEAD
    """Scalar gates that a token computes for each value head."""


def linear_parameters(shape: LinearAttention, hidden: int) -> int:
    """Weights of one layer: queries, keys, values, output gate, scalar gates, convolution, output.

    Source: arXiv 2412.06464, section 3 and figure 1.
    """
    values = shape.value_heads * shape.value_dim
    scalars = shape.gates_per_value_head * shape.value_heads
    convolution = _convolved(shape) * shape.convolution_tokens if _is_convolved(shape) else 0
    return hidden * (_convolved(shape) + values + scalars) + convolution + values * hidden


def linear_group(shape: LinearAttention, layers: int) -> AttentionGroup:
    """What these layers keep and compute: as if they saw one token, whatever the context.

    Kept are the state and the last inputs of the convolution.
    """
    state = shape.value_heads * shape.key_dim * shape.value_dim
    width = FLOAT32_BYTES_PER_BF16_BYTE if shape.state_in_float32 else 1
    kept = state * width + _convolved(shape) * (shape.convolution_tokens - 1)
    flops = FLOPS_PER_MULTIPLY_ADD * PRODUCTS_WITH_STATE * state
    return AttentionGroup(layers, kept, flops, window_tokens=1)


def _convolved(shape: LinearAttention) -> int:
    """Width of a token's queries, keys and values together."""
    return 2 * shape.key_heads * shape.key_dim + shape.value_heads * shape.value_dim


def _is_convolved(shape: LinearAttention) -> bool:
    return shape.convolution_tokens > 1
