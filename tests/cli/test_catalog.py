"""`gpuplan catalog`: what is known, from where."""

import pytest

TABLES = [
    "accelerators",
    "node-types",
    "architectures",
    "kinds",
    "sites",
    "user-regions",
    "links",
    "prices",
    "pricing-rules",
]


def words(text):
    return " ".join(text.split())


def test_list_names_tables_counts_and_plugins(gpuplan, catalog):
    told = words(gpuplan("catalog", "list").stdout)
    for table in TABLES:
        assert f"{table} " in told
    assert f"accelerators {len(catalog.accelerators)}" in told
    assert f"prices {len(catalog.prices):,}" in told
    assert "hardware gpu-cluster-planner" in told


@pytest.mark.parametrize("table", TABLES)
def test_list_has_a_row_for_every_entry(gpuplan, catalog, table):
    result = gpuplan("catalog", "list", table)
    assert result.exit_code == 0
    entries = getattr(catalog, table.replace("-", "_"))
    for key in entries:
        for name in key if isinstance(key, tuple) else [key]:
            assert name in result.stdout


def test_list_of_an_unknown_table_exits_2(gpuplan):
    result = gpuplan("catalog", "list", "gpus")
    assert result.exit_code == 2
    assert "accelerators" in result.stderr


def test_show_prints_every_field_with_source_and_plugin(gpuplan, catalog):
    told = words(gpuplan("catalog", "show", "H100-80GB-SXM").stdout)
    part = catalog.accelerators["H100-80GB-SXM"]
    assert "H100-80GB-SXM (accelerators)" in told
    assert f"memory_gib {part.memory_gib:g}" in told
    assert f"peak_dense_tflops.bf16 {part.peak_dense_tflops.bf16:.15g}" in told
    assert f"tdp_w {part.tdp_w:g}" in told
    assert words(part.source) in told
    assert "from plugin hardware (gpu-cluster-planner " in told


def test_show_prints_the_prices_of_a_node_type_and_of_a_site(gpuplan, catalog):
    site, node_type, purchase = next(iter(catalog.prices))
    price = catalog.prices[(site, node_type, purchase)]
    for name in (site, node_type):
        told = words(gpuplan("catalog", "show", name).stdout)
        assert f"Listed prices of {name}" in told
        assert f"{site} {node_type} {purchase} $" in told
        assert price.as_of in told


def test_show_prints_the_links_of_a_site(gpuplan):
    told = words(gpuplan("catalog", "show", "azure/eastus").stdout)
    assert "Links of azure/eastus" in told
    assert "azure/eastus azure/eastus2 10 measured" in told
    assert "azure/eastus internet - - - $0.0875" in told
    assert "Sources of links" in told


def test_show_prints_a_user_region(gpuplan):
    told = words(gpuplan("catalog", "show", "europe/frankfurt").stdout)
    assert "europe/frankfurt (user-regions)" in told
    assert "source coordinates of aws/eu-central-1" in told
    assert "from plugin grid (gpu-cluster-planner " in told


def test_search_finds_places_and_no_links(gpuplan):
    told = gpuplan("catalog", "search", "frankfurt").stdout
    assert "europe/frankfurt" in told
    assert "gcp/europe-west3" in told
    assert "internet" not in told


def test_show_prints_the_parameters_of_a_kind(gpuplan, catalog):
    told = words(gpuplan("catalog", "show", "dense").stdout)
    assert "dense (kinds)" in told
    for name in catalog.kinds["dense"].parameters.model_fields:
        assert f"parameters.{name}" in told
    assert "(needed)" in told


def test_show_says_that_a_derived_kind_needs_a_base(gpuplan):
    assert "base The architecture" in words(gpuplan("catalog", "show", "sliced").stdout)
    assert "base The architecture" not in words(gpuplan("catalog", "show", "moe").stdout)


def test_show_of_an_unknown_name_suggests_the_nearest(gpuplan):
    result = gpuplan("catalog", "show", "H100-80GB-SMX")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: catalog: has no entry of this name, got H100-80GB-SMX")
    assert "H100-80GB-SXM" in result.stderr


def test_search_looks_in_all_tables_for_all_words(gpuplan):
    told = gpuplan("catalog", "search", "H100").stdout
    assert "accelerators" in told
    assert "H100-80GB-SXM" in told
    assert "node-types" in told
    assert "hgx-h100-8" in told
    narrow = gpuplan("catalog", "search", "h100", "aws").stdout
    assert "aws/p5.48xlarge" in narrow
    assert "hgx-h100-8" not in narrow


def test_search_without_a_find_exits_1(gpuplan):
    result = gpuplan("catalog", "search", "llama-3.1-80bb")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "did you mean llama-3.1-8b" in result.stderr
