"""The hardware catalogs against published figures, and against each other."""

import pytest

from planner.catalog.index import build_catalog
from planner.domain.contribution import Contribution, Origin
from planner_hardware import plugin

ACCELERATORS = {record.name: record for record in plugin.planner_accelerators()}
NODE_TYPES = {record.name: record for record in plugin.planner_node_types()}


def test_all_parts_are_there() -> None:
    assert len(ACCELERATORS) == 81


@pytest.mark.parametrize(
    ("name", "bf16", "memory_gib", "gb_per_s", "tdp_w"),
    [
        ("A100-40GB-SXM", 312, 40, 1555, 400),
        ("A100-80GB-SXM", 312, 80, 2039, 400),
        ("H100-80GB-SXM", 989.4, 80, 3350, 700),
        ("H100-80GB-PCIe", 756.5, 80, 2000, 350),
        ("H200", 989.4, 141, 4800, 700),
        ("B200", 2250, 180, 7700, 1000),
        ("H20-96GB", 148, 96, 4000, 400),
        ("L4", 121, 24, 300, 72),
        ("L40", 181, 48, 864, 300),
        ("L40S", 362, 48, 864, 350),
        ("RTX4090", 165.2, 24, 1008, 450),
        ("MI300X", 1307.4, 192, 5300, 750),
        ("Gaudi2", 432, 96, 2450, 600),
        ("TPUv5e", 197, 16, 819, 225),
        ("Trainium2", 667, 96, 2900, 500),
    ],
)
def test_published_dense_figures(
    name: str, bf16: float, memory_gib: float, gb_per_s: float, tdp_w: float
) -> None:
    part = ACCELERATORS[name]
    assert part.peak_dense_tflops.bf16 == bf16
    assert part.memory_gib == memory_gib
    assert part.memory_bandwidth_gb_per_s == gb_per_s
    assert part.tdp_w == tdp_w


def test_modes_a_part_lacks_stay_empty() -> None:
    assert ACCELERATORS["V100-16GB-SXM"].peak_dense_tflops.bf16 is None
    assert ACCELERATORS["V100-16GB-SXM"].peak_dense_tflops.fp16 == 125
    assert ACCELERATORS["A100-80GB-SXM"].peak_dense_tflops.fp8 is None
    assert ACCELERATORS["H100-80GB-SXM"].peak_dense_tflops.fp4 is None
    assert ACCELERATORS["B300"].peak_dense_tflops.int8 == 153.5


def test_unpublished_power_stays_empty() -> None:
    without = {name for name, part in ACCELERATORS.items() if part.tdp_w is None}
    assert without == {"Trainium1", "Inferentia2"}


def test_doubts_are_kept() -> None:
    doubtful = {name for name, part in ACCELERATORS.items() if part.doubt}
    assert len(doubtful) == 24
    assert {"A10G", "RTX4090", "B300", "Gaudi3", "Jetson-AGX-Thor"} <= doubtful
    assert sum(part.confidence == "low" for part in ACCELERATORS.values()) == 15


def test_measured_rates_stay_below_peak() -> None:
    for part in ACCELERATORS.values():
        for precision in ("bf16", "fp8"):
            measured = getattr(part, f"achievable_{precision}_tflops")
            if measured is not None:
                assert measured < (part.peak_dense_tflops.of(precision) or 0), part.name


def test_a_scaleup_domain_has_a_link() -> None:
    for part in ACCELERATORS.values():
        if part.scaleup_domain_size > 1:
            assert part.scaleup_link is not None, part.name


def test_every_node_type_holds_a_known_part() -> None:
    assert len(NODE_TYPES) == 230
    assert {node.accelerator for node in NODE_TYPES.values()} <= set(ACCELERATORS)


@pytest.mark.parametrize(
    ("name", "accelerator", "count", "gb_per_s"),
    [
        ("aws/p4d.24xlarge", "A100-40GB-SXM", 8, 50),
        ("aws/p4de.24xlarge", "A100-80GB-SXM", 8, 50),
        ("aws/p5.48xlarge", "H100-80GB-SXM", 8, 400),
        ("aws/p5en.48xlarge", "H200", 8, 400),
        ("aws/p3.8xlarge", "V100-16GB-SXM", 4, 0),
        ("aws/g6e.48xlarge", "L40S", 8, 50),
        ("aws/trn1.32xlarge", "Trainium1", 16, 100),
        ("azure/Standard_NC24ads_A100_v4", "A100-80GB-PCIe", 1, 0),
        ("azure/Standard_NC80adis_H100_v5", "H100-94GB-NVL", 2, 0),
        ("azure/Standard_ND96asr_v4", "A100-40GB-SXM", 8, 200),
        ("azure/Standard_ND96isr_H100_v5", "H100-80GB-SXM", 8, 400),
        ("azure/Standard_ND96is_H100_v5", "H100-80GB-SXM", 8, 0),
        ("gcp/a2-ultragpu-8g", "A100-80GB-SXM", 8, 12.5),
        ("gcp/a3-highgpu-8g", "H100-80GB-SXM", 8, 100),
        ("gcp/a3-megagpu-8g", "H100-80GB-SXM", 8, 200),
        ("hyperstack/n3-H100x8", "H100-80GB-PCIe", 8, 0),
        ("oci/BM.GPU.GB200.4", "GB200", 4, 200),
        ("hgx-h100-8", "H100-80GB-SXM", 8, 400),
        ("hgx-a100-80gb-8", "A100-80GB-SXM", 8, 200),
        ("gb200-nvl72", "GB200", 72, 3600),
    ],
)
def test_published_servers(name: str, accelerator: str, count: int, gb_per_s: float) -> None:
    node = NODE_TYPES[name]
    assert node.accelerator == accelerator
    assert node.accelerators_per_node == count
    assert node.network_gb_per_s == gb_per_s


def test_cloud_names_carry_the_provider() -> None:
    for node in NODE_TYPES.values():
        provider, slash, _ = node.name.partition("/")
        assert node.provider == (provider if slash else None)


@pytest.mark.parametrize(
    ("name", "busy_w", "tolerance"),
    [
        # MLPerf Training v4.1, Llama-2-70B LoRA, mean of 8 nodes: 7,104 W
        ("hgx-h100-8", 7104, 0.01),
        # MLPerf v5.0 and v5.1: 9,581 W training, up to 10,442 W serving
        ("hgx-b200-8", 10_000, 0.05),
        # AcmeTrace, Seren cluster: 90th percentile 4,851 W
        ("hgx-a100-80gb-8", 4851, 0.05),
    ],
)
def test_full_servers_draw_what_was_measured(name: str, busy_w: float, tolerance: float) -> None:
    node = NODE_TYPES[name]
    tdp_w = ACCELERATORS[node.accelerator].tdp_w
    assert tdp_w is not None
    full_w = node.host_power_w + node.accelerators_per_node * tdp_w
    assert full_w == pytest.approx(busy_w, rel=tolerance)


@pytest.mark.parametrize(
    ("name", "nameplate_w"),
    [("hgx-a100-80gb-8", 6500), ("hgx-h100-8", 10_200), ("hgx-b200-8", 14_300)],
)
def test_full_servers_stay_below_their_nameplate(name: str, nameplate_w: float) -> None:
    node = NODE_TYPES[name]
    tdp_w = ACCELERATORS[node.accelerator].tdp_w
    assert tdp_w is not None
    assert node.host_power_w + node.accelerators_per_node * tdp_w < nameplate_w


def test_a_bigger_slice_carries_more_of_the_host() -> None:
    family = ("1g", "2g", "4g", "8g")
    watts = [NODE_TYPES[f"gcp/a3-highgpu-{size}"].host_power_w for size in family]
    assert watts == sorted(watts)
    assert watts[3] == pytest.approx(8 * watts[0], rel=0.01)


def test_every_host_draws_power_and_says_how_that_is_known() -> None:
    for node in NODE_TYPES.values():
        assert node.host_power_w > 0, node.name
        assert node.notes is not None, node.name
        assert node.notes.startswith("host: "), node.name


def test_embodied_carbon_is_what_was_published_and_says_by_whom() -> None:
    published = {
        name: part.embodied_kg_co2e for name, part in ACCELERATORS.items() if part.embodied_kg_co2e
    }
    assert published == {
        "A100-40GB-SXM": 127.6,
        "A100-80GB-SXM": 150,
        "H100-80GB-SXM": 164,
        "B200": 284.25,
    }
    hosts = {
        name: node.embodied_host_kg_co2e
        for name, node in NODE_TYPES.items()
        if node.embodied_host_kg_co2e
    }
    assert hosts == {
        "hgx-a100-80gb-8": 2500,
        "hgx-a100-40gb-8": 2500,
        "hgx-h100-8": 5700,
        "aws/p4de.24xlarge": 3000,
        "aws/p5.48xlarge": 5700,
    }
    bases = [(part.embodied_kg_co2e, part.embodied_basis) for part in ACCELERATORS.values()]
    bases += [
        (node.embodied_host_kg_co2e, node.embodied_host_basis) for node in NODE_TYPES.values()
    ]
    for figure, basis in bases:
        assert (figure is None) == (basis is None)
        assert basis is None or basis.endswith(("confidence high", "confidence medium"))


def test_sources_name_publications_not_files() -> None:
    sources = {part.source for part in ACCELERATORS.values()}
    sources |= {node.source for node in NODE_TYPES.values()}
    for source in sources:
        assert not source.startswith(("/", "http", ".")), source
        assert len(source) > 10, source


def test_the_catalog_takes_every_record() -> None:
    origin = Origin("hardware")
    answers = {
        "planner_accelerators": tuple(Contribution(each, origin) for each in ACCELERATORS.values()),
        "planner_node_types": tuple(Contribution(each, origin) for each in NODE_TYPES.values()),
    }
    catalog = build_catalog(answers)
    assert len(catalog.accelerators) == 81
    assert catalog.origins["node_types", "hgx-h100-8"] == origin
