"""Kinds beside decoders, and kinds that change them, against published sizes and laws."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planner
from planner.domain.adapters import adapter_parameters
from planner.domain.architecture import Architecture
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.requests import RequestClass
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import BatchInference

BASES = ["llama-2-7b", "phi-2", "mixtral-8x7b", "deepseek-v3", "qwen2.5-7b"]


@pytest.fixture(scope="module")
def made(catalog):
    """The profile of a kind with parameters, from a base where it changes one."""

    def build(kind, base=None, **parameters):
        asked = Architecture(
            name="made", kind=kind, base=base, parameters=parameters, source="a test"
        )
        return catalog.profile(asked)

    return build


@pytest.fixture(scope="module")
def of(catalog):
    return lambda name: catalog.profile(catalog.architectures[name])


BERT = {"layers": 12, "hidden": 768, "heads": 12, "ffn_hidden": 3072, "vocabulary": 30522}
BERT_LARGE = {**BERT, "layers": 24, "hidden": 1024, "heads": 16, "ffn_hidden": 4096}


@pytest.mark.parametrize(
    ("parameters", "millions"),
    [
        (BERT, 110),  # Devlin et al. 2018, arXiv 1810.04805, section 3
        (BERT_LARGE, 340),
    ],
)
def test_encoders_have_as_many_parameters_as_published(made, parameters, millions):
    profile = made("encoder", **parameters)
    assert profile.parameters_total == pytest.approx(millions * 1e6, rel=0.02)
    assert profile.kv_elements(512) == 0
    assert profile.mean_context(512) == 512


def test_every_catalog_architecture_of_these_kinds_has_its_published_size(catalog):
    found = [
        each
        for each in catalog.architectures.values()
        if each.kind in {"encoder", "multimodal", "diffusion"}
    ]
    assert len(found) == 12
    for each in found:
        published = each.published_parameters_b * 1e9
        assert catalog.profile(each).parameters_total == pytest.approx(published, rel=0.02), (
            each.name
        )


def test_a_vision_encoder_is_that_of_llava(made, of):
    """CLIP ViT-L/14 at 336 pixels: 304 M parameters, 576 tokens; projector 1024 x 4096, 4096^2."""
    base = of("llama-2-7b")
    profile = made(
        "multimodal",
        "llama-2-7b",
        vision_layers=24,
        vision_hidden=1024,
        vision_ffn_hidden=4096,
        patches=576,
    )
    projector = 1024 * 4096 + 4096**2
    assert profile.vision.parameters - projector == pytest.approx(304e6, rel=0.01)
    assert profile.vision.tokens_per_image == 576
    assert profile.parameters_total == base.parameters_total + profile.vision.parameters
    assert profile.parameters_touched(1000) == base.parameters_touched(1000)


def test_nested_sub_models_have_the_published_sizes(made, catalog):
    """MatFormer (arXiv 2310.07707): MatLM 850M holds 696 M, 620 M and 582 M, by a feed-forward
    width of 1/2, 1/4 and 1/8 of its own. From the first two follow 308 M of feed-forward."""
    ffn = 2 * (850e6 - 696e6)
    assert 850e6 - 0.75 * ffn == pytest.approx(620e6, rel=0.01)
    assert 850e6 - 0.875 * ffn == pytest.approx(582e6, rel=0.01)
    base = catalog.profile(catalog.architectures["llama-2-7b"])
    whole, *smaller = (
        made("nested", "llama-2-7b", ffn_share=share).parameters_total
        for share in (1.0, 0.5, 0.25, 0.125)
    )
    assert whole == base.parameters_total
    assert whole - smaller[0] == pytest.approx(base.parameters_ffn / 2)
    assert base.parameters_ffn == 32 * 3 * 4096 * 11008


def test_half_the_layers_have_half_the_weights_and_cache(made, of):
    base, half = of("llama-2-7b"), made("nested", "llama-2-7b", layer_share=0.5)
    tables = 2 * 32000 * 4096
    assert half.layers == 16
    assert half.parameters_total - tables == pytest.approx((base.parameters_total - tables) / 2)
    assert half.kv_elements(100) == base.kv_elements(100) / 2


def test_an_index_shrinks_with_its_dimension(made):
    """Matryoshka (arXiv 2205.13147, figure 8): 16 instead of 2048 dimensions are 128 times less."""
    large, small = (made("vector_index", vectors=1_280_000, dimension=d) for d in (2048, 16))
    assert large.parameters_total / small.parameters_total == 128
    assert large.dense_flops / small.dense_flops == 128
    assert large.dense_flops == 2 * 1_280_000 * 2048


def test_a_task_reads_only_its_path(made, of):
    base, path = of("llama-2-7b"), made("task_sparse", "llama-2-7b", active_share=0.25)
    tables = 2 * 32000 * 4096
    assert path.parameters_total == base.parameters_total
    read = base.parameters_touched(8) - tables / 2
    assert path.parameters_touched(8) - tables / 2 == pytest.approx(read / 4)
    assert path.kv_elements(100) == base.kv_elements(100) / 4


def test_adapters_stand_beside_their_base(made, of):
    """LoRA (arXiv 2106.09685): rank 8 on queries and values of GPT-3 has 37.7 M parameters."""
    base, adapted = of("gpt3-175b"), made("adapted", "gpt3-175b", adapters=10, rank=8)
    assert adapted.parameters_total - base.parameters_total == pytest.approx(377e6, rel=0.01)
    assert adapted.parameters_active - base.parameters_active == pytest.approx(37.7e6, rel=0.01)


def test_a_pathway_is_in_training_only(made, of):
    base, joined = of("llama-2-7b"), made("multimodal_pathway", "llama-2-7b")
    assert joined.parameters_total == base.parameters_total
    assert joined.dense_flops == base.dense_flops
    tables = 2 * 32000 * 4096
    assert joined.parameters_training_only == base.parameters_total - tables


STABLE_DIFFUSION = {
    "denoiser_parameters_b": 0.86,
    "gflop_per_step": 677.4,
    "steps": 50,
    "layers": 64,
    "hidden": 320,
    "text_encoder_parameters_b": 0.123,
    "image_decoder_parameters_b": 0.0495,
    "gflop_once": 2494.2,
}


def test_an_image_is_steps_of_the_denoiser_and_once_the_rest(made):
    """Stable Diffusion 1.4 (BK-SDM, arXiv 2305.15798, table 1): 338.7 GMACs a step, 1,240.6 for the
    image and 6.5 for the text, 1.04 B parameters; guidance doubles the steps."""
    profile = made("diffusion", **STABLE_DIFFUSION)
    assert profile.parameters_total == pytest.approx(1.04e9, rel=0.02)
    assert profile.passes * profile.flops_per_pass == pytest.approx(50 * 2 * 2 * 338.7e9, rel=1e-3)
    unguided = made("diffusion", **{**STABLE_DIFFUSION, "guidance": False})
    assert unguided.flops_per_pass == profile.flops_per_pass / 2


LLAVA_EYES = {
    "vision_layers": 24,
    "vision_hidden": 1024,
    "vision_ffn_hidden": 4096,
    "patches": 576,
}
SHARES = st.floats(0.05, 1.0)


@given(st.sampled_from(BASES), SHARES, SHARES, SHARES)
def test_less_of_a_base_is_never_more_of_anything(made, of, name, one, other, layers):
    base = of(name)
    less, more = sorted((one, other))
    pairs = [
        [made("nested", name, ffn_share=share, layer_share=layers) for share in (less, more)],
        [made("nested", name, ffn_share=layers, layer_share=share) for share in (less, more)],
        [made("task_sparse", name, active_share=share) for share in (less, more)],
    ]
    for small, large in pairs:
        for each in (small, large):
            assert 0 < each.parameters_active <= each.parameters_total * (1 + 1e-12)
            assert each.parameters_total <= base.parameters_total * (1 + 1e-12)
            assert each.parameters_touched(64) <= base.parameters_touched(64) * (1 + 1e-12)
        assert small.parameters_total <= large.parameters_total * (1 + 1e-12)
        assert small.dense_flops <= large.dense_flops * (1 + 1e-12)
        assert small.kv_elements(1000) <= large.kv_elements(1000)
        assert small.parameters_touched(64) <= large.parameters_touched(64) * (1 + 1e-12)


@given(st.sampled_from(BASES), st.integers(1, 200), st.integers(1, 64))
def test_adapters_only_add(made, of, name, adapters, rank):
    base, adapted = of(name), made("adapted", name, adapters=adapters, rank=rank)
    assert adapted.parameters_active <= adapted.parameters_total
    assert adapted.parameters_total > base.parameters_total
    assert adapted.dense_flops > base.dense_flops
    assert adapted.kv_elements(1000) == base.kv_elements(1000)


DERIVATIONS = {
    "nested": {"ffn_share": 0.5, "layer_share": 0.5},
    "sliced": {"sliced_share": 0.25},
    "adapted": {"adapters": 4, "rank": 8},
    "task_sparse": {"active_share": 0.5},
    "multimodal": LLAVA_EYES,
    "multimodal_pathway": {},
}


@pytest.mark.parametrize("base", ["llama-2-7b", "mixtral-8x7b", "deepseek-v3", "bert-large"])
@pytest.mark.parametrize("first", DERIVATIONS)
@pytest.mark.parametrize("second", DERIVATIONS)
def test_kinds_of_kinds_read_what_they_store_and_multiply_with_what_they_read(
    catalog, base, first, second
):
    """Or are refused with a sentence: a share of what sees images or serves other tasks is none."""
    one = Architecture(
        name="one", kind=first, base=base, parameters=DERIVATIONS[first], source="a test"
    )
    two = Architecture(
        name="two", kind=second, base="one", parameters=DERIVATIONS[second], source="a test"
    )
    known = replace(catalog, architectures={**catalog.architectures, "one": one})
    is_plain = first in {"nested", "sliced", "adapted"}
    if not is_plain and (second != "multimodal" or first == "multimodal"):
        with pytest.raises(planner.InputError, match=r"plain decoder or encoder|sees images"):
            known.profile(two)
        return
    profile = known.profile(two)
    assert 0 <= profile.parameters_dormant < profile.parameters_total
    assert profile.parameters_active <= profile.parameters_total
    for tokens in (1, 64):
        touched = profile.parameters_touched(tokens)
        assert 0.999 * profile.parameters_multiplied <= touched <= profile.parameters_total


@pytest.mark.parametrize("base", ["stable-diffusion-1.4"])
@pytest.mark.parametrize("kind", DERIVATIONS)
def test_what_is_no_transformer_is_changed_by_none(made, base, kind):
    with pytest.raises(planner.InputError, match="must be a decoder or an encoder"):
        made(kind, base, **DERIVATIONS[kind])


def test_adapters_of_all_matrices_count_those_of_every_expert(made, of):
    """Mixtral, rank 16: 4 x 32 matrices of attention (queries and outputs 4096, keys and values
    1024 wide) and 3 x 8 x 32 of experts (14,336 wide), each with sides of 4096 and its width."""
    attention = 2 * (4096 + 4096) + 2 * (4096 + 1024)
    experts = 8 * 3 * (4096 + 14_336)
    by_hand = 16 * 32 * (attention + experts)
    adapted = made("adapted", "mixtral-8x7b", adapters=1, rank=16, targets="all_linear")
    added = adapted.parameters_total - of("mixtral-8x7b").parameters_total
    assert added == pytest.approx(by_hand, rel=0.01)


def test_adapters_of_an_encoder_are_as_wide_as_its_layers(made):
    """BERT-base, rank 8 on queries and values: 2 x 8 x (768 + 768) in each of 12 layers."""
    from_zero = made("encoder", **BERT)
    assert adapter_parameters(8, "query_value", from_zero) == 12 * 2 * 8 * (768 + 768)


def test_what_has_no_attention_has_no_adapters(made):
    assert adapter_parameters(8, "query_value", made("diffusion", **STABLE_DIFFUSION)) == 0


def test_a_chain_of_derivations_that_is_too_long_is_refused(catalog):
    chain = {
        f"a{row}": Architecture(
            name=f"a{row}",
            kind="nested",
            base=f"a{row - 1}" if row else "llama-2-7b",
            parameters={},
            source="a test",
        )
        for row in range(600)
    }
    known = replace(catalog, architectures={**catalog.architectures, **chain})
    with pytest.raises(planner.InputError, match="is derived from more than 20 others"):
        known.profile(chain["a599"])


@pytest.mark.parametrize(
    ("kind", "parameters", "size"),
    [
        ("encoder", BERT, {"input_tokens": 100, "output_tokens": 300}),
        ("diffusion", STABLE_DIFFUSION, {"input_tokens": 77, "output_tokens": 1}),
        (
            "vector_index",
            {"vectors": 1000, "dimension": 8},
            {"input_tokens": 2, "output_tokens": 1},
        ),
    ],
)
def test_requests_that_it_cannot_answer_are_no_deployments(catalog, kind, parameters, size):
    asked = Architecture(name="asked", kind=kind, parameters=parameters, source="a test")
    plan = planned(catalog, asked, request_classes=(RequestClass(**size),))
    assert plan.status == "infeasible"
    assert {each.reason for each in plan.rejections} == {"request"}


def planned(catalog, architecture, **changes):
    """A heap of requests on H100, planned and checked."""
    fields = {
        "kind": "batch_inference",
        "name": "heap",
        "architecture": architecture.name,
        "tokens_b": 1.0,
        "deadline_days": 10.0,
        "request_classes": (RequestClass(input_tokens=400, output_tokens=1),),
    }
    offer = Offer(node_type="hgx-h100-8", purchase="on_demand", usd_per_node_hour=20.0)
    scenario = Scenario(
        scenario="kinds",
        horizon=Horizon(days=10),
        sites=(ScenarioSite(name="hall", pue=1.2, carbon_g_per_kwh=1.0, capacity=(offer,)),),
        workloads=(BatchInference(**{**fields, **changes}),),
        architectures=(architecture,),
    )
    return planner.plan(scenario, catalog=catalog)


LLAVA = Architecture(
    name="llava",
    kind="multimodal",
    base="llama-2-7b",
    parameters=LLAVA_EYES,
    source="a test",
)


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("encoder", BERT),
        ("diffusion", STABLE_DIFFUSION),
        ("vector_index", {"vectors": 1_000_000, "dimension": 256}),
    ],
)
def test_kinds_without_a_cache_are_planned(catalog, kind, parameters):
    asked = Architecture(name="asked", kind=kind, parameters=parameters, source="a test")
    plan = planned(catalog, asked, request_classes=(RequestClass(input_tokens=1, output_tokens=1),))
    assert plan.verified
    assert plan.workloads[0].met_share == pytest.approx(1.0)


def test_an_image_takes_the_time_of_its_tokens_and_its_encoder(catalog):
    sizes = [RequestClass(input_tokens=40, output_tokens=60, images=each) for each in (0, 1)]
    text, image = (planned(catalog, LLAVA, request_classes=(size,)) for size in sizes)
    tokens = RequestClass(input_tokens=40 + 576, output_tokens=60)
    as_text = planned(catalog, LLAVA, request_classes=(tokens,))
    rates = [
        plan.allocations[0].served[0].requests_per_s_per_replica for plan in (text, as_text, image)
    ]
    assert rates == sorted(rates, reverse=True)
    assert rates[2] < rates[1]


def test_images_for_an_architecture_that_takes_none_are_refused(catalog):
    blind = Architecture(
        name="blind", kind="nested", base="llama-2-7b", parameters={}, source="a test"
    )
    size = RequestClass(input_tokens=10, output_tokens=10, images=1)
    with pytest.raises(planner.InputError) as caught:
        planned(catalog, blind, request_classes=(size,))
    (fault,) = caught.value.faults
    assert fault.field == "workloads.0.architecture"
    assert "takes no images" in fault.rule
