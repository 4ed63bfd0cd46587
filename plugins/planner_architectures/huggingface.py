"""Reads the `config.json` that is published with an architecture on Hugging Face."""

import json
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue, ValidationError

from planner.catalog.document import shown
from planner.catalog.nearest import suggestion
from planner.catalog.record_faults import record_faults
from planner.domain.architecture_config import ConfigReading
from planner.errors import Fault, InputError
from planner_architectures.hf_config import PublishedConfig
from planner_architectures.hf_dense import (
    Gemma2Config,
    Gemma3Config,
    Gemma4Config,
    GemmaConfig,
    LlamaConfig,
    MistralConfig,
    QwenConfig,
)
from planner_architectures.hf_hybrid import (
    DeepseekV4Config,
    MiniMaxConfig,
    Qwen35Config,
    QwenNextConfig,
)
from planner_architectures.hf_mixture import (
    DeepseekConfig,
    Gemma4MoeConfig,
    GptOssConfig,
    Llama4Config,
    MiniMaxM2Config,
    MixtralConfig,
    QwenMoeConfig,
)

TYPE: Final = "model_type"
TEXT_PART: Final = "text_config"
MARKS: Final = (TYPE, TEXT_PART, "architectures")
"""A file that has none of these fields is no such config."""
OF_BOTH_PARTS: Final = "tie_word_embeddings"
"""May be stated beside the text part, and holds for it then."""

FAMILIES: Final[dict[str, type[PublishedConfig]]] = {
    "deepseek_v2": DeepseekConfig,
    "deepseek_v3": DeepseekConfig,
    "deepseek_v4": DeepseekV4Config,
    "gemma": GemmaConfig,
    "gemma2": Gemma2Config,
    "gemma3": Gemma3Config,
    "gemma3_text": Gemma3Config,
    "gemma4": Gemma4Config,
    "gemma4_text": Gemma4Config,
    "gpt_oss": GptOssConfig,
    "kimi_k2": DeepseekConfig,
    "llama": LlamaConfig,
    "llama4": Llama4Config,
    "llama4_text": Llama4Config,
    "minimax": MiniMaxConfig,
    "minimax_m1": MiniMaxConfig,
    "minimax_m2": MiniMaxM2Config,
    "minimax_text_01": MiniMaxConfig,
    "mistral": MistralConfig,
    "mixtral": MixtralConfig,
    "phi3": MistralConfig,
    "qwen2": QwenConfig,
    "qwen2_moe": QwenMoeConfig,
    "qwen3": QwenConfig,
    "qwen3_5": Qwen35Config,
    "qwen3_5_moe": QwenNextConfig,
    "qwen3_5_moe_text": QwenNextConfig,
    "qwen3_5_text": Qwen35Config,
    "qwen3_moe": QwenMoeConfig,
    "qwen3_next": QwenNextConfig,
    "qwen3_vl_moe_text": QwenMoeConfig,
    "qwen3_vl_text": QwenConfig,
}
"""By `model_type`."""
WITH_EXPERTS: Final[dict[type[PublishedConfig], tuple[str, type[PublishedConfig]]]] = {
    Gemma4Config: ("enable_moe_block", Gemma4MoeConfig),
}
"""Families that have experts where a field says so."""


class HuggingFaceConfig:
    """`config.json` of decoders on Hugging Face, by `model_type`.

    Of an architecture that sees or hears, the text part is read (`text_config`): encoders of images
    and sound are left out, as are layers for multi-token prediction.
    """

    name = "huggingface"

    def reading(self, config: Mapping[str, JsonValue]) -> ConfigReading | None:
        """What a config says; None: it is no such config.

        Raises:
            InputError: an unknown `model_type`, or fields that are missing, wrong, or describe
                something that is not supported.
        """
        if not any(mark in config for mark in MARKS):
            return None
        part, prefix = _text_part(config)
        family = _family(part, prefix)
        try:
            published = family.model_validate_json(json.dumps(part))
        except ValidationError as error:
            raise InputError(record_faults(error, family, "", prefix)) from error
        broken = tuple(
            Fault("", rule, field=_field(prefix, name), value=shown(getattr(published, name)))
            for name, rule in published.broken_rules()
        )
        if broken:
            raise InputError(broken)
        return ConfigReading(
            published.kind, published.parameters(), published.max_position_embeddings
        )


def _text_part(config: Mapping[str, JsonValue]) -> tuple[Mapping[str, JsonValue], str]:
    """The fields of the decoder, and where they lie."""
    text = config.get(TEXT_PART)
    if not isinstance(text, dict):
        return config, ""
    above = {name: config[name] for name in (TYPE, OF_BOTH_PARTS) if name in config}
    return above | text, TEXT_PART


def _family(part: Mapping[str, JsonValue], prefix: str) -> type[PublishedConfig]:
    """Which fields a part has.

    Raises:
        InputError: no `model_type` says it.
    """
    name = part.get(TYPE)
    family = FAMILIES.get(name) if isinstance(name, str) else None
    if family is None:
        near = suggestion(name, FAMILIES) if isinstance(name, str) else ""
        rule = "is none that can be read" if TYPE in part else "is needed"
        there_are = f"{near} there are {', '.join(FAMILIES)}".lstrip()
        value = shown(name) if TYPE in part else None
        fault = Fault("", rule, field=_field(prefix, TYPE), value=value, hint=there_are)
        raise InputError((fault,))
    field, with_experts = WITH_EXPERTS.get(family, ("", family))
    return with_experts if part.get(field) is True else family


def _field(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name
