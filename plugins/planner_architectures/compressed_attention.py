"""Compressed attention: several tokens share one cached entry, the latest ones keep their own.

Source of all formulas: the DeepSeek-V4 technical report (2026, "Towards Highly Efficient
Million-Token Context Intelligence"), sections on compressed sparse attention (CSA) and heavily
compressed attention (HCA), and the configuration of DeepSeek-V4-Pro.
"""

from typing import Final

from planner.domain.architecture import AttentionGroup
from planner.domain.record import Count, Record, Whole
from planner.units import FLOPS_PER_MULTIPLY_ADD

PROJECTIONS_OF_COMPRESSOR: Final = 2
"""Entries, and their weights in the sum over the tokens that they stand for."""
SPANS_OF_SPARSE_ENTRY: Final = 2
"""Entries of sparse layers overlap: each is made of its own tokens and of the entry's before."""


class CompressedAttention(Record):
    """Multi-query attention over compressed entries that are key and value at once.

    Every layer also sees the latest `window_tokens` as they are. `sparse_layers` keep an entry for
    `sparse_ratio` tokens and look at the `selected_entries` that an indexer picks;
    `heavy_layers` keep one for `heavy_ratio` tokens and look at all of them; the other layers see
    the window only.
    """

    query_rank: Count
    """Width that queries are compressed to."""
    output_groups: Count
    """Groups of heads whose results are compressed apart."""
    output_rank: Count
    """Width that each group is compressed to."""
    window_tokens: Count
    sparse_layers: Whole = 0
    sparse_ratio: Count = 4
    selected_entries: Count
    index_heads: Count
    index_dim: Count
    """Elements of an index key, of which each entry of a sparse layer has one."""
    heavy_layers: Whole = 0
    heavy_ratio: Count = 128

    @property
    def compressed_layers(self) -> int:
        """Layers that see more than the window."""
        return self.sparse_layers + self.heavy_layers


def compressed_parameters(
    shape: CompressedAttention, layers: int, hidden: int, heads: int, head_dim: int
) -> int:
    """Weights of the attention of all layers."""
    query = shape.query_rank * (hidden + heads * head_dim)
    output = shape.output_rank * (heads * head_dim + shape.output_groups * hidden)
    in_every_layer = query + hidden * head_dim + output
    heavy = _compressor(hidden, head_dim)
    index_query = shape.query_rank * shape.index_heads * shape.index_dim
    index_key = SPANS_OF_SPARSE_ENTRY * _compressor(hidden, shape.index_dim)
    index = index_query + hidden * shape.index_heads + index_key
    sparse = SPANS_OF_SPARSE_ENTRY * _compressor(hidden, head_dim) + index
    return layers * in_every_layer + shape.sparse_layers * sparse + shape.heavy_layers * heavy


def compressed_groups(
    shape: CompressedAttention, layers: int, heads: int, head_dim: int
) -> tuple[AttentionGroup, ...]:
    """What is cached and computed, a token: the window of every layer, then the entries.

    Sparse layers come twice: once for what they keep and index of the whole context, once for the
    entries that they look at. A step is planned to read all that is kept, which overstates what
    sparse layers read.
    """
    per_entry = FLOPS_PER_MULTIPLY_ADD * heads * 2 * head_dim
    index_flops = FLOPS_PER_MULTIPLY_ADD * shape.index_heads * shape.index_dim
    kept = (head_dim + shape.index_dim) / shape.sparse_ratio
    seen = shape.selected_entries * shape.sparse_ratio
    groups = (
        AttentionGroup(layers, head_dim, per_entry, shape.window_tokens),
        AttentionGroup(shape.sparse_layers, kept, index_flops / shape.sparse_ratio),
        AttentionGroup(shape.sparse_layers, 0, per_entry / shape.sparse_ratio, seen),
        AttentionGroup(
            shape.heavy_layers, head_dim / shape.heavy_ratio, per_entry / shape.heavy_ratio
        ),
    )
    return tuple(group for group in groups if group.layers)


def _compressor(hidden: int, width: int) -> int:
    """Weights that make entries of a width from tokens, without overlap."""
    return PROJECTIONS_OF_COMPRESSOR * hidden * width
