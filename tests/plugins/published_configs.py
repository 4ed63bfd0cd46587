"""Facts of published `config.json` files: only the fields that say something of size and count.

The first twelve are those of the files of these names on Hugging Face as aiconfigurator-core 0.12.0
copies them; the others are as remembered from the files of these names.
"""

from itertools import chain
from typing import Any

FULL, SLIDING, LINEAR = "full_attention", "sliding_attention", "linear_attention"


def config(
    model_type: str, layers: int, hidden: int, heads: int, vocabulary: int, **fields: Any
) -> dict[str, Any]:
    return {
        "model_type": model_type,
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "num_attention_heads": heads,
        "vocab_size": vocabulary,
        **fields,
    }


def text_of(model_type: str, text: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"model_type": model_type, "vision_config": {"depth": 2}, **fields, "text_config": text}


def deepseek(heads: int, experts: int, dense: int, **fields: Any) -> dict[str, Any]:
    return {
        "num_key_value_heads": heads,
        "n_routed_experts": experts,
        "first_k_dense_replace": dense,
        "num_experts_per_tok": 8,
        "n_shared_experts": 1,
        "moe_intermediate_size": 2048,
        "intermediate_size": 18432,
        "q_lora_rank": 1536,
        "kv_lora_rank": 512,
        "qk_nope_head_dim": 128,
        "qk_rope_head_dim": 64,
        "v_head_dim": 128,
        **fields,
    }


def experts(field: str, count: int, top_k: int, **fields: Any) -> dict[str, Any]:
    return {field: count, "num_experts_per_tok": top_k, **fields}


def linear(value_heads: int, **fields: Any) -> dict[str, Any]:
    return {
        "linear_num_key_heads": 16,
        "linear_num_value_heads": value_heads,
        "linear_key_head_dim": 128,
        "linear_value_head_dim": 128,
        "linear_conv_kernel_dim": 4,
        **fields,
    }


def compressed(ratios: list[int], **fields: Any) -> dict[str, Any]:
    return {
        "head_dim": 512,
        "num_key_value_heads": 1,
        "n_shared_experts": 1,
        "num_experts_per_tok": 6,
        "o_lora_rank": 1024,
        "sliding_window": 128,
        "index_n_heads": 64,
        "index_head_dim": 128,
        "compress_ratios": ratios,
        **fields,
    }


SCOUT = {
    **experts("num_local_experts", 16, 1, num_key_value_heads=8, head_dim=128),
    "intermediate_size": 8192,
    "intermediate_size_mlp": 16384,
    "interleave_moe_layer_step": 1,
    "attention_chunk_size": 8192,
    "max_position_embeddings": 10485760,
}
GEMMA_4 = {
    "num_key_value_heads": 8,
    "head_dim": 256,
    "intermediate_size": 2112,
    "sliding_window": 1024,
    "global_head_dim": 512,
    "num_global_key_value_heads": 2,
    "attention_k_eq_v": True,
    "hidden_size_per_layer_input": 0,
    "num_kv_shared_layers": 0,
    "layer_types": (5 * [SLIDING] + [FULL]) * 5,
    "enable_moe_block": True,
    "num_experts": 128,
    "top_k_experts": 8,
    "moe_intermediate_size": 704,
}
GROUPED = {"num_key_value_heads": 8, "head_dim": 128}

CONFIGS: dict[str, dict[str, Any]] = {
    "MiniMax-M2.5": config(
        *("minimax_m2", 62, 3072, 48, 200064),
        **experts("num_local_experts", 256, 8, intermediate_size=1536, **GROUPED),
        shared_intermediate_size=0,
    ),
    "Qwen3-235B-A22B": config(
        *("qwen3_moe", 94, 4096, 64, 151936),
        **experts("num_experts", 128, 8, moe_intermediate_size=1536, intermediate_size=12288),
        num_key_value_heads=4,
        head_dim=128,
        mlp_only_layers=[],
        sliding_window=None,
    ),
    "Qwen3-32B-FP8": config(
        *("qwen3", 64, 5120, 64, 151936),
        **GROUPED,
        intermediate_size=25600,
        quantization_config={"quant_method": "fp8"},
    ),
    "Qwen3.5-397B-A17B": text_of(
        "qwen3_5_moe",
        config(
            *("qwen3_5_moe_text", 60, 4096, 32, 248320),
            **experts("num_experts", 512, 10, moe_intermediate_size=1024),
            **linear(64, mamba_ssm_dtype="float32", num_key_value_heads=2, head_dim=256),
            shared_expert_intermediate_size=1024,
            layer_types=(3 * [LINEAR] + [FULL]) * 15,
        ),
        tie_word_embeddings=False,
    ),
    "DeepSeek-V3": config("deepseek_v3", 61, 7168, 128, 129280, **deepseek(128, 256, 3)),
    "DeepSeek-V4-Pro": config(
        *("deepseek_v4", 61, 7168, 128, 129280),
        **compressed([128, *(30 * [128, 4]), 0], n_routed_experts=384, q_lora_rank=1536),
        moe_intermediate_size=3072,
        o_groups=16,
        index_topk=1024,
    ),
    "gemma-4-26B-A4B": text_of(
        "gemma4", config("gemma4_text", 30, 2816, 16, 262144, **GEMMA_4), tie_word_embeddings=True
    ),
    "Llama-4-Scout-17B-16E": text_of(
        "llama4", config("llama4_text", 48, 5120, 40, 202048, **SCOUT)
    ),
    "Llama-3.1-70B": config(
        *("llama", 80, 8192, 64, 128256),
        num_key_value_heads=8,
        intermediate_size=28672,
        max_position_embeddings=131072,
    ),
    "Mixtral-8x7B": config(
        *("mixtral", 32, 4096, 32, 32000),
        **experts("num_local_experts", 8, 2, intermediate_size=14336, num_key_value_heads=8),
    ),
    "Kimi-K2": config("kimi_k2", 61, 7168, 64, 163840, **deepseek(64, 384, 1)),
    "gpt-oss-120b": config(
        *("gpt_oss", 36, 2880, 64, 201088),
        **experts("num_local_experts", 128, 4, intermediate_size=2880),
        num_key_value_heads=8,
        head_dim=64,
        sliding_window=128,
        layer_types=18 * [SLIDING, FULL],
    ),
    # as remembered
    "DeepSeek-V4-Flash": config(
        *("deepseek_v4", 43, 4096, 64, 129280),
        **compressed([0, 0, *(20 * [4, 128]), 4, 0], n_routed_experts=256, q_lora_rank=1024),
        moe_intermediate_size=2048,
        o_groups=8,
        index_topk=512,
    ),
    "DeepSeek-V2-Lite": config(
        *("deepseek_v2", 27, 2048, 16, 102400),
        **deepseek(16, 64, 1, q_lora_rank=None, num_experts_per_tok=6, n_shared_experts=2)
        | {"moe_intermediate_size": 1408, "intermediate_size": 10944},
    ),
    "Llama-4-Maverick-17B-128E": text_of(
        "llama4",
        config("llama4_text", 48, 5120, 40, 202048, **SCOUT)
        | {"num_local_experts": 128, "interleave_moe_layer_step": 2},
    ),
    "Qwen3-Next-80B-A3B": config(
        *("qwen3_next", 48, 2048, 16, 151936),
        **experts("num_experts", 512, 10, moe_intermediate_size=512, intermediate_size=5120),
        **linear(32, num_key_value_heads=2, head_dim=256, full_attention_interval=4),
        shared_expert_intermediate_size=512,
    ),
    "Qwen1.5-MoE-A2.7B": config(
        *("qwen2_moe", 24, 2048, 16, 151936),
        **experts("num_experts", 60, 4, moe_intermediate_size=1408, intermediate_size=5632),
        num_key_value_heads=16,
        shared_expert_intermediate_size=5632,
    ),
    "Qwen2.5-72B": config(
        *("qwen2", 80, 8192, 64, 152064),
        num_key_value_heads=8,
        intermediate_size=29568,
        use_sliding_window=False,
        sliding_window=131072,
        max_window_layers=80,
    ),
    "MiniMax-Text-01": config(
        *("minimax_text_01", 80, 6144, 64, 200064),
        **experts("num_local_experts", 32, 2, intermediate_size=9216, **GROUPED),
        attn_type_list=list(chain.from_iterable(10 * [[0, 0, 0, 0, 0, 0, 0, 1]])),
    ),
    "Phi-3-mini-4k": config(
        *("phi3", 32, 3072, 32, 32064),
        num_key_value_heads=32,
        intermediate_size=8192,
        sliding_window=2047,
    ),
    "Mistral-7B-v0.1": config(
        *("mistral", 32, 4096, 32, 32000),
        num_key_value_heads=8,
        intermediate_size=14336,
        sliding_window=4096,
    ),
    "gemma-7b": config(
        *("gemma", 28, 3072, 16, 256000), num_key_value_heads=16, intermediate_size=24576
    ),
    "gemma-2-27b": config(
        *("gemma2", 46, 4608, 32, 256000),
        num_key_value_heads=16,
        head_dim=128,
        intermediate_size=36864,
    ),
    # leaves out what is as in the smallest sizes
    "gemma-3-4b": text_of(
        "gemma3",
        {
            "model_type": "gemma3_text",
            "num_hidden_layers": 34,
            "hidden_size": 2560,
            "intermediate_size": 10240,
            "sliding_window": 1024,
        },
    ),
}
