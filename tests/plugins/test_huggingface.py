"""Configurations as published on Hugging Face, against published counts and by hand."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner.domain.architecture import Architecture, ArchitectureProfile
from planner.domain.architecture_config import ConfigReading
from planner.errors import Fault, InputError
from planner_architectures.huggingface import FAMILIES, HuggingFaceConfig
from tests.plugins.published_configs import CONFIGS, LINEAR

CATALOG = planner.load_catalog()
GIB = 2**30
BF16_BYTES = 2


def reading(config: Any) -> ConfigReading:
    found = HuggingFaceConfig().reading(config)
    assert found is not None
    return found


def profile(config: Any) -> ArchitectureProfile:
    read = reading(config)
    return CATALOG.profile(
        Architecture(name="read", kind=read.kind, parameters=dict(read.parameters), source="file")
    )


PROFILES = {name: profile(each) for name, each in CONFIGS.items()}

PUBLISHED: dict[str, tuple[float, float | None]] = {
    # billions in all and active: the file's name, the card of the architecture, its paper
    "MiniMax-M2.5": (229.9, None),
    "Qwen3-235B-A22B": (235.09, 22),
    "Qwen3-32B-FP8": (32.762, None),
    "Qwen3.5-397B-A17B": (397, 17),
    "DeepSeek-V3": (671, 37),
    "DeepSeek-V4-Pro": (1600, 49),
    "gemma-4-26B-A4B": (25.2, 3.8),
    "Llama-4-Scout-17B-16E": (109, 17),
    "Llama-3.1-70B": (70.55, None),
    "Mixtral-8x7B": (46.7, 12.9),
    "Kimi-K2": (1026, 32),
    "gpt-oss-120b": (116.83, None),
    "DeepSeek-V4-Flash": (284, None),
    "DeepSeek-V2-Lite": (15.7, None),
    "Llama-4-Maverick-17B-128E": (400, 17),
    "Qwen3-Next-80B-A3B": (80, None),
    "Qwen1.5-MoE-A2.7B": (14.3, 2.7),
    "Qwen2.5-72B": (72.71, None),
    "MiniMax-Text-01": (456, None),
    "Phi-3-mini-4k": (3.821, None),
    "Mistral-7B-v0.1": (7.2417, None),
    "gemma-7b": (8.538, None),
    "gemma-2-27b": (27.227, None),
    "gemma-3-4b": (3.88, None),
}

# published without the input table, which the active parameters here count (or, of 10 B, rounded)
ACTIVE_WITHOUT_TABLE = {
    "MiniMax-M2.5": 10,
    "gpt-oss-120b": 5.13,
    "DeepSeek-V2-Lite": 2.4,
    "DeepSeek-V4-Flash": 13,
    "MiniMax-Text-01": 45.9,
}


@pytest.mark.parametrize("name", CONFIGS)
def test_parameters_are_within_two_percent_of_the_published_count(name: str) -> None:
    total, _ = PUBLISHED[name]
    assert PROFILES[name].parameters_total / 1e9 == pytest.approx(total, rel=0.02)


@pytest.mark.parametrize("name", [name for name, (_, active) in PUBLISHED.items() if active])
def test_active_parameters_are_within_five_percent_of_the_published_count(name: str) -> None:
    _, active = PUBLISHED[name]
    assert PROFILES[name].parameters_active / 1e9 == pytest.approx(active, rel=0.05)


@pytest.mark.parametrize("name", ACTIVE_WITHOUT_TABLE)
def test_active_parameters_that_are_published_without_the_input_table(name: str) -> None:
    counted = PROFILES[name].parameters_multiplied / 1e9
    assert counted == pytest.approx(ACTIVE_WITHOUT_TABLE[name], rel=0.05)


# layers that see the whole context x (keys and values) x key and value heads x width of a head
ELEMENTS_PER_TOKEN = {
    "MiniMax-M2.5": 62 * 2 * 8 * 128,
    "Qwen3-235B-A22B": 94 * 2 * 4 * 128,
    "Qwen3-32B-FP8": 64 * 2 * 8 * 128,
    "Qwen3.5-397B-A17B": 15 * 2 * 2 * 256,  # every fourth of 60
    "DeepSeek-V3": 61 * (512 + 64),  # a compressed vector and a rotary key
    # of 61 layers 30 keep an entry of 512 and an index key of 128 for 4 tokens, 31 one for 128
    "DeepSeek-V4-Pro": 30 * (512 + 128) / 4 + 31 * 512 / 128,
    "gemma-4-26B-A4B": 5 * 2 * 2 * 512,  # every sixth of 30
    "Llama-4-Scout-17B-16E": 12 * 2 * 8 * 128,  # every fourth of 48
    "Llama-3.1-70B": 80 * 2 * 8 * 128,
    "Mixtral-8x7B": 32 * 2 * 8 * 128,
    "Kimi-K2": 61 * (512 + 64),
    "gpt-oss-120b": 18 * 2 * 8 * 64,  # every second of 36
    "DeepSeek-V4-Flash": 21 * (512 + 128) / 4 + 20 * 512 / 128,
    "DeepSeek-V2-Lite": 27 * (512 + 64),
    "Llama-4-Maverick-17B-128E": 12 * 2 * 8 * 128,
    "Qwen3-Next-80B-A3B": 12 * 2 * 2 * 256,
    "Qwen1.5-MoE-A2.7B": 24 * 2 * 16 * 128,
    "Qwen2.5-72B": 80 * 2 * 8 * 128,
    "MiniMax-Text-01": 10 * 2 * 8 * 128,
    "Phi-3-mini-4k": 0,
    "Mistral-7B-v0.1": 0,
    "gemma-7b": 28 * 2 * 16 * 256,
    "gemma-2-27b": 23 * 2 * 16 * 128,
    "gemma-3-4b": 5 * 2 * 4 * 256,  # every sixth of 34
}
# what a sequence keeps besides, however long it is
ELEMENTS_PER_SEQUENCE = {
    # 45 states of 64 heads x 128 x 128 in float32, and 3 inputs of a convolution
    "Qwen3.5-397B-A17B": 45 * (2 * 64 * 128 * 128 + 3 * (2 * 16 * 128 + 64 * 128)),
    "DeepSeek-V4-Pro": 61 * 128 * 512,
    "gemma-4-26B-A4B": 25 * 1024 * 2 * 8 * 256,
    "Llama-4-Scout-17B-16E": 36 * 8192 * 2 * 8 * 128,
    "gpt-oss-120b": 18 * 128 * 2 * 8 * 64,
    "DeepSeek-V4-Flash": 43 * 128 * 512,
    "Llama-4-Maverick-17B-128E": 36 * 8192 * 2 * 8 * 128,
    "Qwen3-Next-80B-A3B": 36 * (32 * 128 * 128 + 3 * (2 * 16 * 128 + 32 * 128)),
    "MiniMax-Text-01": 70 * 64 * 128 * 128,
    "Phi-3-mini-4k": 32 * 2047 * 2 * 32 * 96,
    "Mistral-7B-v0.1": 32 * 4096 * 2 * 8 * 128,
    "gemma-2-27b": 23 * 4096 * 2 * 16 * 128,
    "gemma-3-4b": 29 * 1024 * 2 * 4 * 256,
}


@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_cached_by_token_and_by_sequence(name: str) -> None:
    tokens = 1_000_000
    kept = ELEMENTS_PER_TOKEN[name] * tokens + ELEMENTS_PER_SEQUENCE.get(name, 0)
    assert PROFILES[name].kv_elements(tokens) == kept


def test_cache_of_a_million_tokens_as_published_for_deepseek_v4() -> None:
    """9.62 GiB a sequence of 2^20 tokens in BF16 (published comparison with DeepSeek-V3.2)."""
    cached = PROFILES["DeepSeek-V4-Pro"].kv_elements(2**20) * BF16_BYTES / GIB
    assert cached == pytest.approx(9.62, abs=0.01)


def test_sparse_layers_look_at_what_the_indexer_picks() -> None:
    # beyond 1,024 entries of 4 tokens only the index (64 heads of 128, a key for 4 tokens) grows in
    # 30 layers, and one entry in 128 tokens in 31
    v4 = PROFILES["DeepSeek-V4-Pro"]
    grown = v4.attention_flops(200_000) - v4.attention_flops(100_000)
    index, heavy = 30 * 2 * 64 * 128 / 4, 31 * 2 * 128 * 2 * 512 / 128
    assert grown == pytest.approx(100_000 * (index + heavy))


def test_linear_layers_cost_the_same_at_any_length() -> None:
    qwen = PROFILES["Qwen3-Next-80B-A3B"]
    grown = qwen.attention_flops(2000) - qwen.attention_flops(1000)
    assert grown == 1000 * 12 * 4 * 16 * 256


def test_the_context_is_that_of_the_decoder() -> None:
    assert reading(CONFIGS["Llama-3.1-70B"]).max_context_tokens == 131_072
    assert reading(CONFIGS["Llama-4-Scout-17B-16E"]).max_context_tokens == 10_485_760
    assert reading(CONFIGS["gemma-7b"]).max_context_tokens is None


@pytest.mark.parametrize(
    ("name", "architecture"),
    [("Llama-3.1-70B", "llama-3.1-70b"), ("DeepSeek-V3", "deepseek-v3"), ("Kimi-K2", "kimi-k2")],
)
def test_a_config_says_the_same_as_the_catalog(name: str, architecture: str) -> None:
    known = CATALOG.profile(CATALOG.architectures[architecture])
    assert PROFILES[name].attention == known.attention
    assert PROFILES[name].parameters_total == known.parameters_total
    assert PROFILES[name].parameters_active == known.parameters_active


def test_a_decoder_in_another_publishers_wrapping_is_read() -> None:
    text = CONFIGS["Mistral-7B-v0.1"]
    assert profile({"model_type": "mistral3", "text_config": text}) == PROFILES["Mistral-7B-v0.1"]


def test_layers_without_experts_are_counted_wherever_they_are() -> None:
    config = CONFIGS["Qwen3-235B-A22B"] | {"mlp_only_layers": [0, 5, 5, 200]}
    assert reading(config).parameters["dense_layers"] == 2
    every_second = CONFIGS["Qwen3-235B-A22B"] | {"decoder_sparse_step": 2, "mlp_only_layers": [0]}
    assert reading(every_second).parameters["dense_layers"] == 47


def test_layers_of_qwen_beyond_the_first_may_look_at_a_window() -> None:
    config = CONFIGS["Qwen2.5-72B"] | {"use_sliding_window": True, "max_window_layers": 60}
    per_layer = 2 * 8 * 128
    assert profile(config).kv_elements(10**6) == per_layer * (60 * 10**6 + 20 * 131_072)


def test_a_gemma_ties_its_tables_unless_it_says_otherwise() -> None:
    config = copy.deepcopy(CONFIGS["gemma-4-26B-A4B"])
    del config["tie_word_embeddings"]
    assert profile(config) == PROFILES["gemma-4-26B-A4B"]
    untied = profile(config | {"tie_word_embeddings": False})
    assert untied.parameters_embedding == 262144 * 2816


def test_files_of_another_format_are_left_to_others() -> None:
    assert HuggingFaceConfig().reading({"n_layers": 3}) is None
    assert HuggingFaceConfig().reading({}) is None


def refused(config: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        HuggingFaceConfig().reading(config)
    return [str(fault).removeprefix(": ") for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        (
            "Llama-3.1-70B",
            {"model_type": "lama"},
            "model_type: is none that can be read, got 'lama'",
        ),
        ("Llama-3.1-70B", {"model_type": "gpt9"}, "there are deepseek_v2, deepseek_v3, "),
        ("Llama-3.1-70B", {"model_type": 5}, "model_type: is none that can be read, got 5"),
        ("Llama-3.1-70B", {"hidden_size": None}, "hidden_size: must be a whole number, got noth"),
        ("Mixtral-8x7B", {"num_key_value_heads": None}, "must be a whole number, got nothing"),
        ("Llama-3.1-70B", {"hidden_size": "8192"}, "got '8192' (write 8192)"),
        ("Llama-3.1-70B", {"num_hidden_layers": -1}, "num_hidden_layers: must be at least 1"),
        ("Llama-3.1-70B", {"tie_word_embeddings": 1}, "tie_word_embeddings: must be true or false"),
        (
            "Llama-3.1-70B",
            {"num_key_value_heads": 7},
            "num_key_value_heads: must divide num_attention_heads (64), got 7",
        ),
        (
            "Llama-3.1-70B",
            {"num_attention_heads": 72},
            "num_attention_heads: must divide hidden_size (8192), or head_dim be stated, got 72",
        ),
        (
            "Mixtral-8x7B",
            {"num_experts_per_tok": 9},
            "num_experts_per_tok: must be at most num_local_experts (8), got 9",
        ),
        ("DeepSeek-V3", {"first_k_dense_replace": 61}, "leaves no layer with experts, got 61"),
        ("Qwen3-235B-A22B", {"decoder_sparse_step": 95}, "decoder_sparse_step: leaves no layer"),
        (
            "Qwen1.5-MoE-A2.7B",
            {"shared_expert_intermediate_size": 5633},
            "is not supported: must be a multiple of moe_intermediate_size (1408), got 5633",
        ),
        (
            "gpt-oss-120b",
            {"layer_types": 36 * [LINEAR]},
            "'linear_attention' is not supported: must be full_attention or sliding_attention",
        ),
        (
            "gpt-oss-120b",
            {"layer_types": 35 * ["full_attention"]},
            "layer_types: must have an entry for each of num_hidden_layers (36), got a list of 35",
        ),
        (
            "MiniMax-Text-01",
            {"attn_type_list": None},
            "attn_type_list: must have an entry for each of num_hidden_layers (80), got nothing",
        ),
        (
            "DeepSeek-V4-Pro",
            {"compress_ratios": 61 * [4, 8, 16]},
            "compress_ratios: 8 and 16 together are not supported: must be one of them",
        ),
        ("DeepSeek-V4-Pro", {"compress_ratios": [4]}, "compress_ratios: must have an entry for ea"),
        ("DeepSeek-V4-Pro", {"num_key_value_heads": 2}, "num_key_value_heads: is not supported"),
    ],
)
def test_one_wrong_field_gives_one_fault(name: str, change: dict[str, Any], told: str) -> None:
    (fault,) = refused(CONFIGS[name] | change)
    assert told in fault
    assert fault.startswith(next(iter(change)))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("hidden_size_per_layer_input", 256, "embeddings in every layer are not supported: must b"),
        ("num_kv_shared_layers", 18, "layers that share a cache are not supported: must be 0"),
        ("use_double_wide_mlp", True, "networks of two widths are not supported: must be false"),
        ("num_global_key_value_heads", 3, "must divide num_attention_heads (16)"),
        ("vocab_size", 0, "must be at least 1, got 0"),
    ],
)
def test_faults_of_a_text_part_have_its_fields(field: str, value: object, told: str) -> None:
    config = copy.deepcopy(CONFIGS["gemma-4-26B-A4B"])
    config["text_config"][field] = value
    (fault,) = refused(config)
    assert fault.startswith(f"text_config.{field}: ")
    assert told in fault


@pytest.mark.parametrize("name", CONFIGS)
def test_every_field_that_a_family_needs_is_told_when_it_is_missing(name: str) -> None:
    config = CONFIGS[name]
    text = config.get("text_config", config)
    model_type = {"model_type": text["model_type"]}
    told = refused(model_type)
    assert all(fault.endswith(": is needed") for fault in told)
    assert {fault.split(":")[0] for fault in told} >= {"num_hidden_layers", "hidden_size"}
    assert {fault.split(":")[0] for fault in told} <= set(text)


def test_a_config_that_lacks_its_type() -> None:
    (fault,) = refused({"architectures": ["LlamaForCausalLM"]})
    assert fault.startswith("model_type: is needed (there are ")
    assert all(name in fault for name in FAMILIES)


def answer(config: Any) -> tuple[ConfigReading | None, tuple[Fault, ...]]:
    try:
        return HuggingFaceConfig().reading(config), ()
    except InputError as error:
        return None, error.faults


VALUES = [None, True, 0, 1, -3, 7, 1.5, 10**9, 10**50, "", "x", [], [0], [4, 128], {}, {"a": 1}]


@settings(max_examples=300)
@given(data=st.data())
def test_a_damaged_config_is_read_or_refused_and_never_fails(data: st.DataObject) -> None:
    config = copy.deepcopy(CONFIGS[data.draw(st.sampled_from(sorted(CONFIGS)))])
    for _ in range(data.draw(st.integers(1, 3))):
        part = data.draw(st.sampled_from([config, config.get("text_config", config)]))
        if isinstance(part, dict) and part:
            part[data.draw(st.sampled_from(sorted(part)))] = data.draw(st.sampled_from(VALUES))
    read, faults = answer(config)
    assert all(fault.field and str(fault).isprintable() for fault in faults)
    if read is not None:
        # what is read makes sense to the kind, too
        made = Architecture(
            name="read", kind=read.kind, parameters=dict(read.parameters), source="file"
        )
        assert CATALOG.profile(made).parameters_total > 0
