import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.catalog.index import Catalog, build_catalog
from planner.domain.architecture import ArchitectureProfile
from planner.domain.contribution import Contribution, Origin
from planner_architectures.dense import Dense, DenseParameters
from planner_architectures.moe import MixtureOfExperts, MixtureParameters
from planner_architectures.plugin import (
    planner_architecture_kinds,
    planner_architectures,
    planner_derived_architecture_kinds,
)

KV_CACHE = Path(__file__).parent / "data" / "kv_cache_elements.csv"
BYTES_OF_BF16 = 2

ACTIVE_COUNTED_OTHERWISE = {
    "deepseek-v2-lite": "published without the input embedding",
    "glm-5": "published as a round 40 B",
    "gpt-oss-120b": "published without the input embedding",
    "gpt-oss-20b": "published without the input embedding",
    "grok-1": "published as a quarter of all parameters, rounded",
    "jetmoe-8b": "published as a round 2.2 B",
    "kimi-k2": "published as a round 32 B",
    "minimax-m2.5": "published as a round 10 B",
}


def all_records() -> Catalog:
    origin = Origin("architectures")
    return build_catalog(
        {
            "planner_architectures": tuple(
                Contribution(each, origin) for each in planner_architectures()
            ),
            "planner_architecture_kinds": tuple(
                Contribution(each, origin) for each in planner_architecture_kinds()
            ),
            "planner_derived_architecture_kinds": tuple(
                Contribution(each, origin) for each in planner_derived_architecture_kinds()
            ),
        }
    )


CATALOG = all_records()
PROFILES = {name: CATALOG.profile(each) for name, each in CATALOG.architectures.items()}


def kv_elements_per_token(profile: ArchitectureProfile) -> float:
    return sum(group.layers * group.kv_elements_per_token for group in profile.attention)


def test_catalog_holds_dense_and_mixture_decoders() -> None:
    kinds = [each.kind for each in CATALOG.architectures.values()]
    assert (kinds.count("dense"), kinds.count("moe")) == (95, 18)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_parameters_are_within_two_percent_of_the_published_count(name: str) -> None:
    published = CATALOG.architectures[name].published_parameters_b
    assert published is not None
    assert PROFILES[name].parameters_total / 1e9 == pytest.approx(published, rel=0.02)


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, each in CATALOG.architectures.items()
        if each.published_active_parameters_b and name not in ACTIVE_COUNTED_OTHERWISE
    ),
)
def test_active_parameters_are_within_two_percent_of_the_published_count(name: str) -> None:
    published = CATALOG.architectures[name].published_active_parameters_b
    assert PROFILES[name].parameters_active / 1e9 == pytest.approx(published, rel=0.02)


@pytest.mark.parametrize("name", ["deepseek-v2-lite", "gpt-oss-120b", "gpt-oss-20b"])
def test_active_parameters_published_without_the_embedding(name: str) -> None:
    published = CATALOG.architectures[name].published_active_parameters_b
    assert PROFILES[name].parameters_multiplied / 1e9 == pytest.approx(published, rel=0.025)


@pytest.mark.parametrize("name", sorted(ACTIVE_COUNTED_OTHERWISE))
def test_active_parameters_counted_otherwise_are_near_with_or_without_embedding(name: str) -> None:
    published = CATALOG.architectures[name].published_active_parameters_b
    assert published is not None
    with_table, without = PROFILES[name].parameters_active, PROFILES[name].parameters_multiplied
    assert with_table / 1e9 != pytest.approx(published, rel=0.02)
    assert 0.94 * without <= published * 1e9 <= 1.03 * with_table


def test_cached_elements_agree_with_another_program() -> None:
    lines = [line for line in KV_CACHE.read_text().splitlines() if not line.startswith("#")]
    expected = {row["name"]: int(row["kv_elements_per_token"]) for row in csv.DictReader(lines)}
    decoders = {
        name: kv_elements_per_token(PROFILES[name])
        for name, each in CATALOG.architectures.items()
        if each.kind in {"dense", "moe"}
    }
    assert decoders == expected


@pytest.mark.parametrize(
    ("name", "kilobytes"),
    [("deepseek-v3", 70.272), ("qwen2.5-72b", 327.680), ("llama-3.1-405b", 516.096)],
)
def test_cache_per_token_as_published_by_deepseek(name: str, kilobytes: float) -> None:
    """Zhao et al. 2025 (arXiv 2505.09343), table 1, in BF16."""
    assert kv_elements_per_token(PROFILES[name]) * BYTES_OF_BF16 / 1000 == kilobytes


def test_attention_flops_of_palm() -> None:
    """Chowdhery et al. 2022 (arXiv 2204.02311), appendix B: 12 LHQT for forward and backward."""
    layers, heads, head_dim, tokens = 118, 48, 256, 2048
    forward = 12 * layers * heads * head_dim * tokens / 3
    assert PROFILES["palm-540b"].attention_flops(tokens) == forward


def test_window_bounds_the_cache_of_local_layers() -> None:
    """Gemma 3 27B: of 62 layers every sixth sees all, the others 1,024 tokens."""
    profile = PROFILES["gemma-3-27b"]
    per_layer = 2 * 16 * 128
    assert profile.kv_elements(100_000) == per_layer * (10 * 100_000 + 52 * 1024)
    assert profile.kv_elements(1000) == per_layer * 62 * 1000


def test_latent_cache_is_shared_by_all_heads() -> None:
    assert PROFILES["deepseek-v3"].kv_heads == 1


def test_a_tied_table_is_multiplied_with() -> None:
    untied, tied = PROFILES["llama-3.1-8b"], PROFILES["llama-3.2-1b"]
    assert untied.parameters_embedding == 128_256 * 4096
    assert tied.parameters_embedding == 0
    assert tied.parameters_multiplied == tied.parameters_total


def test_eight_numbers_make_a_dense_architecture() -> None:
    given_in_file = {
        "layers": 16,
        "hidden": 2048,
        "ffn_hidden": 8192,
        "heads": 32,
        "kv_heads": 8,
        "head_dim": 64,
        "vocabulary": 128256,
        "tied_embeddings": True,
    }
    parameters = DenseParameters.model_validate_json(json.dumps(given_in_file))
    from_catalog = replace(PROFILES["llama-3.2-1b"], max_context_tokens=None)
    assert Dense().profile(parameters) == from_catalog


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
LATENT = {"kv_lora_rank": 16, "qk_nope_dim": 8, "qk_rope_dim": 4, "v_dim": 8}


@pytest.mark.parametrize(
    ("record", "change", "message"),
    [
        (DenseParameters, {"kv_heads": 3}, r"kv_heads \(3\) must divide heads \(8\)"),
        (DenseParameters, {"heads": 5}, r"heads \(5\) must divide hidden \(64\), or head_dim"),
        (
            DenseParameters,
            {"global_layer_every": 2},
            "global_layer_every needs window_tokens or lin",
        ),
        (DenseParameters, {"latent_attention": LATENT, "kv_heads": 8}, "must be left out with"),
        (DenseParameters, {"layers": 0}, "greater than or equal to 1"),
        (DenseParameters, {"ffn": 3}, "Extra inputs are not permitted"),
        (MixtureParameters, {"experts_per_token": 9}, r"\(9\) must be at most experts \(8\)"),
        (MixtureParameters, {"dense_layers": 4, "ffn_hidden": 9}, "leave no layer with experts"),
        (MixtureParameters, {"dense_layers": 1}, "ffn_hidden, .* is needed"),
        (MixtureParameters, {"ffn_hidden": 128}, "ffn_hidden must be left out"),
        (
            MixtureParameters,
            {"attention_experts": True, "experts_per_token": 3},
            r"experts_per_token \(3\) must divide heads \(8\)",
        ),
        (
            MixtureParameters,
            {"attention_experts": True, "latent_attention": LATENT},
            "exclude each other",
        ),
    ],
)
def test_contradictions_are_refused(
    record: type[DenseParameters | MixtureParameters], change: dict[str, Any], message: str
) -> None:
    base = DENSE if record is DenseParameters else MIXTURE
    with pytest.raises(ValidationError, match=message):
        record.model_validate_json(json.dumps(base | change))


def test_every_contradiction_is_told_at_once() -> None:
    broken = MIXTURE | {"kv_heads": 3, "experts_per_token": 9}
    with pytest.raises(ValidationError, match=r"kv_heads .*; experts_per_token"):
        MixtureParameters.model_validate_json(json.dumps(broken))


@st.composite
def structures(draw: st.DrawFn) -> dict[str, Any]:
    kv_heads = draw(st.integers(1, 8))
    structure: dict[str, Any] = {
        "layers": draw(st.integers(2, 40)),
        "hidden": draw(st.integers(8, 512)),
        "vocabulary": draw(st.integers(1, 1000)),
        "heads": kv_heads * draw(st.integers(1, 4)),
        "gated_ffn": draw(st.booleans()),
        "tied_embeddings": draw(st.booleans()),
        "learned_positions": draw(st.integers(0, 100)),
    }
    if draw(st.booleans()):
        return structure | {"latent_attention": LATENT}
    window = draw(st.none() | st.integers(1, 50))
    every = draw(st.none() | st.integers(1, 8)) if window else None
    heads = {"kv_heads": kv_heads, "head_dim": draw(st.integers(1, 64))}
    return structure | heads | {"window_tokens": window, "global_layer_every": every}


@st.composite
def mixtures(draw: st.DrawFn) -> MixtureParameters:
    structure = draw(structures())
    experts = draw(st.integers(1, 64))
    dense_layers = draw(st.integers(0, structure["layers"] - 1))
    every = draw(st.integers(1, structure["layers"] - dense_layers))
    all_have_experts = dense_layers == 0 and every == 1
    return MixtureParameters(
        **structure,
        experts=experts,
        experts_per_token=draw(st.integers(1, experts)),
        expert_ffn_hidden=draw(st.integers(1, 500)),
        shared_experts=draw(st.integers(0, 3)),
        dense_layers=dense_layers,
        moe_layer_every=every,
        ffn_hidden=None if all_have_experts else draw(st.integers(1, 500)),
    )


dense = st.builds(
    lambda structure, width: DenseParameters(**structure, ffn_hidden=width),
    structures(),
    st.integers(1, 2000),
)


@given(dense)
def test_more_layers_hold_more_parameters(parameters: DenseParameters) -> None:
    deeper = parameters.model_copy(update={"layers": parameters.layers + 1})
    assert Dense().profile(deeper).parameters_total > Dense().profile(parameters).parameters_total


@given(dense)
def test_a_dense_token_uses_every_parameter(parameters: DenseParameters) -> None:
    profile = Dense().profile(parameters)
    assert profile.parameters_active == profile.parameters_total
    assert profile.parameters_touched(1) == profile.parameters_multiplied


@given(dense, st.floats(0, 1e6))
def test_every_layer_attends_once(parameters: DenseParameters, tokens: float) -> None:
    profile = Dense().profile(parameters)
    assert sum(group.layers for group in profile.attention) == parameters.layers
    assert 0 <= profile.kv_elements(tokens) <= tokens * kv_elements_per_token(profile) * (1 + 1e-12)


@given(st.integers(1, 8), st.integers(1, 8))
def test_cache_is_proportional_to_kv_heads(kv_heads: int, group: int) -> None:
    shape = DENSE | {"heads": 8 * 7 * 5 * 3, "head_dim": 4}
    one = Dense().profile(DenseParameters(**shape, kv_heads=1))
    many = Dense().profile(DenseParameters(**shape, kv_heads=kv_heads))
    assert many.kv_elements(group) == kv_heads * one.kv_elements(group)
    assert many.attention_flops(group) == one.attention_flops(group)


@given(mixtures())
def test_a_token_uses_no_more_than_there_is(parameters: MixtureParameters) -> None:
    profile = MixtureOfExperts().profile(parameters)
    assert 0 < profile.parameters_multiplied <= profile.parameters_active
    assert profile.parameters_active <= profile.parameters_total
    assert profile.parameters_expert < profile.parameters_total


@given(mixtures())
def test_a_token_that_picks_all_experts_uses_every_parameter(parameters: MixtureParameters) -> None:
    all_of_them = parameters.model_copy(update={"experts_per_token": parameters.experts})
    profile = MixtureOfExperts().profile(all_of_them)
    assert profile.parameters_active == profile.parameters_total


@given(mixtures(), st.integers(1, 1000))
def test_larger_batches_touch_more_experts(parameters: MixtureParameters, tokens: int) -> None:
    profile = MixtureOfExperts().profile(parameters)
    touched = profile.parameters_touched(tokens)
    assert touched <= profile.parameters_touched(tokens + 1)
    assert touched <= profile.parameters_total - profile.parameters_embedding
    assert profile.parameters_touched(1) == pytest.approx(profile.parameters_multiplied)


@given(mixtures())
def test_one_expert_for_all_is_a_dense_network_with_a_router(parameters: MixtureParameters) -> None:
    single = parameters.model_copy(
        update={
            "experts": 1,
            "experts_per_token": 1,
            "shared_experts": 0,
            "dense_layers": 0,
            "moe_layer_every": 1,
            "ffn_hidden": None,
        }
    )
    shared = {name: getattr(single, name) for name in DenseParameters.model_fields}
    dense_twin = DenseParameters(**shared | {"ffn_hidden": single.expert_ffn_hidden})
    routers = single.layers * single.hidden
    assert (
        MixtureOfExperts().profile(single).parameters_total
        == Dense().profile(dense_twin).parameters_total + routers
    )


def test_jetmoe_routes_attention_too() -> None:
    """Shen et al. 2024 (arXiv 2404.07413): 8 experts of query and output, shared keys, values."""
    profile = PROFILES["jetmoe-8b"]
    attention_experts = 24 * 8 * 2 * 2048**2
    ffn_experts = 24 * 8 * 3 * 2048 * 5632
    assert profile.parameters_expert == attention_experts + ffn_experts
