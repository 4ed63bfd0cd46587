"""Fine-tuning against published sizes and speeds, and what must hold for any architecture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.adapters import adapter_parameters
from planner.domain.deployment import Parallelism, TrainingRate
from planner.domain.workload import Adapters, Companion, FineTuning
from planner.performance.gang import TrainingLayout
from planner.performance.training_rate import training_rate

ROOMY_GIB = 1e6
"""An accelerator on which everything fits, so that memory can be compared."""
RANK = 16


def tuning(architecture="llama-2-7b", sequences=32, sequence_tokens=4096, **changes):
    fields = {
        "kind": "fine_tuning",
        "name": "tuning",
        "architecture": architecture,
        "tokens_b": 1.0,
        "deadline_days": 10.0,
        "sequence_tokens": sequence_tokens,
        "global_batch_tokens_m": sequences * sequence_tokens / 1e6,
    }
    return FineTuning(**{**fields, **changes})


@pytest.fixture(scope="module")
def h100(catalog):
    return catalog.accelerators["H100-80GB-SXM"]


@pytest.fixture(scope="module")
def rate(catalog, h100):
    """What a gang of H100 does, on parts of any memory where asked."""
    server = catalog.node_types["hgx-h100-8"]

    def build(workload, part=h100, recomputation="selective", **degrees):
        profiles = [catalog.profile(catalog.architectures[n]) for n in workload.architectures]
        layout = TrainingLayout(Parallelism(**degrees), 1, recomputation)
        return training_rate(workload, profiles, server, part, layout)

    return build


@pytest.mark.parametrize(
    ("architecture", "adapters", "millions"),
    [
        # Hu et al. 2021, arXiv 2106.09685, table 4: 37.7 M for rank 8 on queries and values
        ("gpt3-175b", Adapters(rank=8), 37.7),
        # 7 matrices of 32 layers: 64 x (8 x 4096 + 3 x (4096 + 11008)) each
        ("llama-7b", Adapters(rank=64, targets="all_linear"), 159.9),
    ],
)
def test_adapters_have_as_many_parameters_as_published(catalog, architecture, adapters, millions):
    profile = catalog.profile(catalog.architectures[architecture])
    assert adapter_parameters(adapters.rank, adapters.targets, profile) == pytest.approx(
        millions * 1e6, rel=2e-3
    )


@pytest.mark.parametrize(
    ("data", "sequences", "tokens_per_s"), [(1, 32, 1796.9), (2, 64, 1742.9), (4, 128, 1677.0)]
)
def test_lora_of_llama_3_70b_is_as_fast_as_nvidia_publishes(rate, data, sequences, tokens_per_s):
    """NeMo 24.12 on 8 to 32 H100, bf16, tp 2, pp 4: tokens per second and GPU."""
    workload = tuning("llama-3-70b", sequences=sequences, adapters=Adapters(rank=RANK))
    answer = rate(workload, tensor=2, pipeline=4, data=data)
    assert answer.tokens_per_s / (8 * data) == pytest.approx(tokens_per_s, rel=0.15)


def test_adapters_save_a_third_of_the_arithmetic(rate):
    """The gradients of the weights: published steps of 8 H100 are 1.47 times as fast (NeMo)."""
    whole = rate(tuning(), data=8)
    adapted = rate(tuning(adapters=Adapters(rank=RANK)), data=8)
    assert adapted.tokens_per_s / whole.tokens_per_s == pytest.approx(24_824 / 16_891, rel=0.05)


def test_weights_of_4_bits_save_memory_and_cost_time(rate):
    """Published for Llama-2-7B on one A100 (Lightning AI, litgpt): a third less memory, 1.5 times
    the time of LoRA; the kernels of 2023 widened weights more slowly than memory would let them."""
    lora, qlora = (
        rate(tuning(sequences=4, sequence_tokens=512, adapters=adapters), data=1)
        for adapters in (Adapters(rank=RANK), Adapters(rank=RANK, base_precision="int4"))
    )
    assert qlora.memory_gib_per_accelerator < 0.7 * lora.memory_gib_per_accelerator
    assert 1.1 < lora.tokens_per_s / qlora.tokens_per_s < 2.0


def test_a_65b_fits_one_48_gb_card_by_4_bit_adapters_and_780_gb_whole(catalog, rate):
    """QLoRA (Dettmers et al. 2023, arXiv 2305.14314), abstract."""
    part = catalog.accelerators["A100-80GB-SXM"].model_copy(update={"memory_gib": 48.0 / 0.92})
    in_4_bit = Adapters(rank=64, targets="all_linear", base_precision="int4")
    workload = tuning("llama-65b", sequences=16, sequence_tokens=512, adapters=in_4_bit)
    assert isinstance(rate(workload, part, "full"), TrainingRate)
    roomy = part.model_copy(update={"memory_gib": ROOMY_GIB})
    whole = rate(tuning("llama-65b", sequences=16, sequence_tokens=512), roomy, "full")
    assert whole.memory_gib_per_accelerator * 2**30 / 1e9 > 780


def test_a_companion_that_is_only_asked_adds_one_pass_and_its_weights(rate, h100):
    """SFT passes three times (one forward, two backward): a frozen twin makes it four."""
    roomy = h100.model_copy(update={"memory_gib": ROOMY_GIB})
    alone = rate(tuning(), roomy, data=8)
    asked = rate(tuning(companions=(Companion(architecture="llama-2-7b"),)), roomy, data=8)
    assert alone.tokens_per_s / asked.tokens_per_s == pytest.approx(4 / 3, rel=0.02)
    more_gib = asked.memory_gib_per_accelerator - alone.memory_gib_per_accelerator
    assert more_gib == pytest.approx(6.738e9 * 2 / 2**30, rel=0.01)


def short(architecture, **changes):
    """Sequences that every architecture below was made for."""
    return tuning(architecture, sequence_tokens=2048, **changes)


NAMES = st.sampled_from(["llama-2-7b", "phi-2", "mixtral-8x7b", "deepseek-v3", "gpt3-175b"])
DEGREES = st.sampled_from([1, 2, 4, 8])


SPLITS = st.fixed_dictionaries({"tensor": DEGREES, "pipeline": DEGREES, "data": DEGREES})


@given(NAMES, SPLITS, st.integers(1, 256))
def test_adapters_never_need_more_memory_than_the_whole(rate, h100, name, degrees, rank):
    roomy = h100.model_copy(update={"memory_gib": ROOMY_GIB})
    gib = [
        rate(short(name, adapters=adapters), roomy, **degrees).memory_gib_per_accelerator
        for adapters in (
            Adapters(rank=rank, base_precision="int4"),
            Adapters(rank=rank),
            None,
        )
    ]
    assert gib == sorted(gib)


@given(NAMES, NAMES, DEGREES, DEGREES)
def test_dpo_never_needs_more_memory_than_ppo(rate, h100, policy, reward, tp, pp):
    """DPO has a frozen reference; PPO has it, too, with a reward and a trained critic."""
    roomy = h100.model_copy(update={"memory_gib": ROOMY_GIB})
    reference = Companion(architecture=policy)
    dpo = short(policy, companions=(reference,))
    others = (
        Companion(architecture=reward),
        Companion(architecture=reward, is_trained=True),
    )
    ppo = short(policy, companions=(reference, *others))
    less, more = (rate(each, roomy, tensor=tp, pipeline=pp) for each in (dpo, ppo))
    assert less.memory_gib_per_accelerator <= more.memory_gib_per_accelerator
    assert less.tokens_per_s >= more.tokens_per_s
