"""Sliced architectures against what SliceGPT publishes, and what must hold for any slice."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.index import Catalog
from planner.domain.architecture import Architecture, ArchitectureProfile
from planner_architectures.sliced import Sliced, SlicedParameters

BYTES_OF_FP16 = 2
GIB = 2**30


def sliced(base: ArchitectureProfile, share: float) -> ArchitectureProfile:
    return Sliced().derived(SlicedParameters(sliced_share=share), base)


def of(catalog: Catalog, name: str) -> ArchitectureProfile:
    return catalog.profile(catalog.architectures[name])


@pytest.mark.parametrize(("share", "accelerators"), [(0, 4), (0.25, 3)])
def test_llama_2_70b_fits_on_as_many_a100_40gb_as_published(
    catalog: Catalog, share: float, accelerators: int
) -> None:
    """SliceGPT (arXiv 2401.15024), table 2: four for the dense one, three for 25 % sliced."""
    base = of(catalog, "llama-2-70b")
    profile = sliced(base, share) if share else base
    memory_gib = catalog.accelerators["A100-40GB-SXM"].memory_gib
    assert ceil(profile.parameters_total * BYTES_OF_FP16 / GIB / memory_gib) == accelerators


def test_rotations_make_up_for_a_part_of_what_is_cut(catalog: Catalog) -> None:
    """Half of the width of Llama-2-70B (80 layers, 8192 wide): two rotations of 4096^2 a layer."""
    base = of(catalog, "llama-2-70b")
    half = sliced(base, 0.5)
    assert half.hidden == 4096
    assert half.parameters_total == base.parameters_total / 2 + 80 * 2 * 4096**2


def test_a_scenario_names_the_base_and_the_share(catalog: Catalog) -> None:
    named = Architecture(
        name="llama-2-70b-sliced",
        kind="sliced",
        base="llama-2-70b",
        parameters={"sliced_share": 0.25},
        source="test",
    )
    profile = catalog.profile(named)
    assert profile == sliced(of(catalog, "llama-2-70b"), 0.25)
    assert profile.max_context_tokens == 4096


shares = st.floats(0.01, 0.99)


@pytest.mark.parametrize("name", ["llama-2-70b", "phi-2", "mixtral-8x7b", "deepseek-v3"])
@given(shares, shares)
def test_more_slicing_never_needs_more_memory(
    catalog: Catalog, name: str, one: float, other: float
) -> None:
    base = of(catalog, name)
    less, more = (sliced(base, share) for share in sorted((one, other)))
    assert more.parameters_total <= less.parameters_total
    assert more.parameters_multiplied <= less.parameters_multiplied
    for profile in (less, more):
        assert profile.parameters_active <= profile.parameters_total
        assert profile.kv_elements(1000) == base.kv_elements(1000)
        assert profile.attention_flops(1000) == base.attention_flops(1000)
