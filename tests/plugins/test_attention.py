"""Layers that attend in different ways: linear, gated, compressed, with heads of their own."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from planner_architectures.dense import Dense, DenseParameters
from planner_architectures.moe import MixtureParameters

DENSE: dict[str, Any] = {
    "layers": 4,
    "hidden": 64,
    "heads": 8,
    "vocabulary": 100,
    "ffn_hidden": 128,
}
MIXTURE: dict[str, Any] = {
    "layers": 4,
    "hidden": 64,
    "heads": 8,
    "vocabulary": 100,
    "experts": 8,
    "experts_per_token": 2,
    "expert_ffn_hidden": 32,
}
LINEAR = {"key_heads": 2, "value_heads": 4, "key_dim": 8, "value_dim": 8}
GLOBAL = {"kv_heads": 2, "head_dim": 8}
COMPRESSED = {
    "query_rank": 16,
    "output_groups": 2,
    "output_rank": 8,
    "window_tokens": 4,
    "sparse_layers": 2,
    "selected_entries": 4,
    "index_heads": 2,
    "index_dim": 4,
    "heavy_layers": 1,
}


@pytest.mark.parametrize(
    ("record", "change", "message"),
    [
        (DenseParameters, {"global_layers": 2}, "global_layers needs window_tokens or linear"),
        (
            DenseParameters,
            {"global_layers": 2, "global_layer_every": 2, "window_tokens": 9},
            "global_layers and global_layer_every exclude each other",
        ),
        (
            DenseParameters,
            {"global_layers": 5, "window_tokens": 9},
            r"global_layers \(5\) must be at most layers \(4\)",
        ),
        (
            DenseParameters,
            {"linear_attention": LINEAR, "window_tokens": 9},
            "linear_attention and window_tokens exclude each other",
        ),
        (DenseParameters, {"global_attention": GLOBAL}, "global_attention needs global_layers or"),
        (
            DenseParameters,
            {"window_tokens": 9, "global_layers": 1, "global_attention": GLOBAL | {"kv_heads": 3}},
            r"global_attention.kv_heads must divide heads \(8\)",
        ),
        (DenseParameters, {"compressed_attention": COMPRESSED}, "goes with heads and head_dim"),
        (
            DenseParameters,
            {"compressed_attention": COMPRESSED, "head_dim": 8, "kv_heads": 1},
            "and nothing else of attention",
        ),
        (
            DenseParameters,
            {"compressed_attention": COMPRESSED | {"heavy_layers": 3}, "head_dim": 8},
            r"layers of compressed_attention must be at most layers \(4\)",
        ),
        (
            MixtureParameters,
            {"attention_experts": True, "linear_attention": LINEAR},
            "attention_experts go with heads that are alike in all layers",
        ),
    ],
)
def test_contradictions_are_refused(
    record: type[DenseParameters | MixtureParameters], change: dict[str, Any], message: str
) -> None:
    base = DENSE if record is DenseParameters else MIXTURE
    with pytest.raises(ValidationError, match=message):
        record.model_validate_json(json.dumps(base | change))


def test_layers_with_heads_of_their_own_by_hand() -> None:
    """One layer of 4 sees all, with 2 key heads of 16 that are values too; 3 a window of 10."""
    change = {"window_tokens": 10, "global_layers": 1, "kv_heads": 4}
    own = {"kv_heads": 2, "head_dim": 16, "keys_are_values": True}
    alike = Dense().profile(DenseParameters(**DENSE | change))
    profile = Dense().profile(
        DenseParameters.model_validate_json(json.dumps(DENSE | change | {"global_attention": own}))
    )
    assert profile.kv_elements(100) == 100 * 2 * 2 * 16 + 3 * 10 * 2 * 4 * 8
    assert profile.kv_heads == 2
    # queries and output of 8 heads of 16, one projection of 2 heads of 16
    whole, local = 64 * (2 * 8 * 16 + 2 * 16), 64 * (2 * 64 + 2 * 32)
    assert profile.parameters_total - alike.parameters_total == whole - local


def test_a_linear_layer_by_hand() -> None:
    """One layer of 4 that sees all; the others: queries, keys, values, gates and output."""
    parameters = DenseParameters.model_validate_json(
        json.dumps(DENSE | {"linear_attention": LINEAR, "global_layers": 1})
    )
    plain = DenseParameters(**DENSE)
    whole = 4 * 64 * 64
    linear = 64 * (2 * 2 * 8 + 4 * 8 + 4 * 8 + 2 * 4) + 4 * 8 * 64
    fewer = Dense().profile(plain).parameters_total - Dense().profile(parameters).parameters_total
    assert fewer == 3 * (whole - linear)
    # a state of 4 heads x 8 x 8 in each of 3 layers, keys and values of 64 a token in one
    assert Dense().profile(parameters).kv_elements(100) == 3 * 4 * 8 * 8 + 100 * 2 * 64
    assert Dense().profile(parameters).attention_flops(1) == 3 * 2 * 3 * 256 + 4 * 64


def test_a_gate_is_as_wide_as_the_queries() -> None:
    gated, plain = DenseParameters(**DENSE, gated_attention=True), DenseParameters(**DENSE)
    more = Dense().profile(gated).parameters_total - Dense().profile(plain).parameters_total
    assert more == 4 * 64 * 64


def test_compressed_layers_by_hand() -> None:
    """Of 4 layers 2 keep an entry of 8 and an index key of 4 for 4 tokens, one one for 128."""
    parameters = DenseParameters.model_validate_json(
        json.dumps(DENSE | {"head_dim": 8, "compressed_attention": COMPRESSED})
    )
    profile = Dense().profile(parameters)
    assert profile.kv_elements(1024) == 4 * 8 * 4 + 2 * (8 + 4) * 256 + 8 * 8
    assert profile.kv_heads == 1
    in_every_layer = 16 * (64 + 64) + 64 * 8 + 8 * (64 + 2 * 64)
    index = 16 * 2 * 4 + 64 * 2 + 2 * 2 * 64 * 4
    sparse, heavy = 2 * 2 * 64 * 8 + index, 2 * 64 * 8
    whole = Dense().profile(DenseParameters(**DENSE)).parameters_total - 4 * 4 * 64 * 64
    assert profile.parameters_total == whole + 4 * in_every_layer + 2 * sparse + heavy
