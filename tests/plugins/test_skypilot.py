"""SkyPilot's catalogs: which rows are prices, and of what."""

import os
from pathlib import Path

import pytest

from planner.errors import InputError
from planner_skypilot.catalogs import LARGEST_CATALOG_BYTES, SkyPilotCatalogs

HEADER = "InstanceType,vCPUs,AcceleratorName,AcceleratorCount,Price,SpotPrice,Region,GpuInfo\n"
GPU = "\"{'Gpus': [{'Name': 'H100', 'Count': 8.0}]}\""


@pytest.fixture
def read(tmp_path):
    def write(text, name="aws/vms.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return SkyPilotCatalogs().prices([path], "2026-11-20")

    return write


def listed(found):
    return {(p.site, p.node_type, p.purchase): p.usd_per_node_hour for p in found.prices}


def test_prices_by_region_with_the_lower_median_of_the_zones_spot(read):
    rows = "".join(
        f"p5.48xlarge,192,H100,8.0,55.04,{spot},us-east-1,{GPU}\n"
        for spot in (22.5, 18.0, 30.0, 21.0)
    )
    found = read(HEADER + rows)
    assert listed(found) == {
        ("aws/us-east-1", "aws/p5.48xlarge", "on_demand"): 55.04,
        ("aws/us-east-1", "aws/p5.48xlarge", "spot"): 21.0,
    }
    assert {each.as_of for each in found.prices} == {"2026-11-20"}


@pytest.mark.parametrize(
    ("name", "region", "machine", "wanted"),
    [
        ("hyperstack/vms.csv", "CANADA-1", "n3-H100x8", "hyperstack/canada-1"),
        ("runpod/vms.csv", "US", "1x_A100-80GB_SECURE", "runpod/us"),
        ("do/vms.csv", "tor1", "gpu-h100x8-640gb", "digitalocean/tor1"),
    ],
)
def test_regions_and_machines_are_named_as_the_own_price_list_names_them(
    read, catalog, name, region, machine, wanted
):
    (price,) = read(f"{HEADER}{machine},1,A100,1,4.0,,{region},\n", name).prices
    assert price.site == wanted
    assert (price.site, price.node_type, "on_demand") in catalog.prices


@pytest.mark.parametrize(
    ("plain", "local"),
    [
        ("use1-az1", "use1-atl2-az1"),
        ("use1-az1", "us-east-1-atl2-az1"),
        ("us-east-1a", "us-east-1-atl-1a"),
        ("us-gov-east-1a", "us-gov-east-1-wl1-bos-wlz-1"),
        ("usgw1-az1", "use1-wl1-bos-wlz1"),
    ],
)
def test_local_and_wavelength_zones_of_aws_are_no_prices_of_their_region(read, plain, local):
    header = HEADER.replace("Region", "Region,AvailabilityZone")
    rows = "".join(
        f"p5.48xlarge,192,H100,8.0,{usd},{spot},us-east-1,{zone},\n"
        for usd, spot, zone in ((55.0, 25.0, plain), (50.0, 10.0, local), (50.0, 11.0, local))
    )
    found = read(header + rows)
    assert sorted(listed(found).values()) == [25.0, 55.0]
    (told,) = set(found.skipped)
    assert told.what == "aws/p5.48xlarge in aws/us-east-1"
    assert told.reason == "is in a Local or Wavelength Zone"


def test_other_clouds_may_name_zones_as_they_like(read):
    header = HEADER.replace("Region", "Region,AvailabilityZone")
    found = read(f"{header}n1,1,A100,1,4.0,,SE,EU-SE-1,\n", "runpod/vms.csv")
    assert listed(found) == {("runpod/se", "runpod/n1", "on_demand"): 4.0}


@pytest.mark.parametrize(
    ("price", "spot", "purchases"),
    [
        ("55.04", "", {"on_demand"}),
        ("55.04", "0", {"on_demand"}),
        ("55.04", "55.04", {"on_demand"}),  # no spot market
        ("0", "20.0", {"spot"}),  # reserved only
        ("", "", set()),
    ],
)
def test_what_is_no_price(read, price, spot, purchases):
    found = read(f"{HEADER}p5.48xlarge,192,H100,8,{price},{spot},us-east-1,\n")
    assert {each.purchase for each in found.prices} == purchases
    assert bool(found.skipped) == ("on_demand" not in purchases)


def test_machines_without_accelerators_are_passed_over(read):
    found = read(f"{HEADER}m5.large,2,,,0.1,,us-east-1,\n")
    assert found.prices == found.skipped == ()


def test_columns_may_come_in_any_order(read):
    found = read("Region,SpotPrice,Price,AcceleratorName,InstanceType\nr1,1.5,4.0,A100,x8\n")
    assert listed(found) == {
        ("aws/r1", "aws/x8", "on_demand"): 4.0,
        ("aws/r1", "aws/x8", "spot"): 1.5,
    }


@pytest.mark.parametrize(
    ("name", "cloud"),
    [
        ("catalogs/v8/gcp/vms.csv", "gcp"),
        ("nebius_vms.csv", "nebius"),
        ("skypilot_v9_nebius_vms_gpu.csv", "nebius"),
    ],
)
def test_the_cloud_is_told_from_the_path(read, name, cloud):
    found = read(f"{HEADER}x8,1,A100,8,4.0,,r1,\n", name)
    assert found.prices[0].site == f"{cloud}/r1"


def test_a_folder_is_searched_for_catalogs_of_machines(tmp_path):
    for name in ("v8/aws/vms.csv", "v8/aws/images.csv", "v8/common/metadata.csv", "v8/oci/vms.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(HEADER)
    found = [path.relative_to(tmp_path) for path in SkyPilotCatalogs().files(tmp_path)]
    assert found == [Path("v8/aws/vms.csv"), Path("v8/oci/vms.csv")]


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("GPU,MemoryGB\nA100,40\n", "aws/vms.csv", "lacks the columns InstanceType"),
        (HEADER + "x8,1,A100,8,cheap,,r1,\n", "aws/vms.csv", "Price: must be a price in USD"),
        (HEADER + "x8,1,A100,8,-1,,r1,\n", "aws/vms.csv", "vms.csv:2: Price"),
        (HEADER + "x8,1,A100,8,nan,,r1,\n", "aws/vms.csv", "got 'nan'"),
        (HEADER + "x8,1,A100,8,1_0,,r1,\n", "aws/vms.csv", "vms.csv:2: Price.*got '1_0'"),
        (HEADER + "x8,1,A100,8,4,,r1,\nx8,1,A100\n", "aws/vms.csv", "vms.csv:3: must have 8 cells"),
        (HEADER + "m5,1,,\n", "aws/vms.csv", "vms.csv:2: must have 8 cells.*got 4"),
        (HEADER + "x8,1,A100,8,4,,r1,,,\n", "aws/vms.csv", "vms.csv:2: must have 8.*got 10"),
        (HEADER + 'x8,1,"A100', "aws/vms.csv", "vms.csv:2: is no valid CSV"),
        (HEADER, "prices.csv", "must be called CLOUD/vms.csv"),
    ],
)
def test_what_is_no_catalog_is_told(read, text, name, told):
    with pytest.raises(InputError, match=told.replace("/", "/")):
        read(text, name)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        SkyPilotCatalogs().prices([tmp_path / "aws" / "vms.csv"], "2026-11-20")


def test_files_without_end_are_not_read(tmp_path):
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws" / "vms.csv").symlink_to("/dev/zero")
    (tmp_path / "gcp_vms.csv").touch()
    os.truncate(tmp_path / "gcp_vms.csv", LARGEST_CATALOG_BYTES + 1)
    for name, told in (("aws/vms.csv", "pipe or device"), ("gcp_vms.csv", "larger than 100 MB")):
        with pytest.raises(InputError, match=told):
            SkyPilotCatalogs().prices([tmp_path / name], "2026-11-20")


@pytest.mark.parametrize(
    ("row", "what", "reason"),
    [
        (",1,A100,8,4.0,,r1,\n", "A100 in aws/r1", "is an accelerator by itself"),
        ("x8,1,A100,8,4.0,,,\n", "aws/x8", "is in no region"),
    ],
)
def test_rows_that_name_no_machine_or_region_are_left_out(read, row, what, reason):
    found = read(f"{HEADER}{row}x4,1,A100,4,2.0,,r1,\n")
    assert [price.node_type for price in found.prices] == ["aws/x4"]
    assert [(each.what, each.reason) for each in found.skipped] == [(what, reason)]


def test_the_folder_of_a_file_given_from_inside_it_counts(tmp_path, monkeypatch):
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws" / "vms.csv").write_text(f"{HEADER}x8,1,A100,8,4.0,,r1,\n")
    monkeypatch.chdir(tmp_path / "aws")
    reader = SkyPilotCatalogs()
    (found,) = reader.files(Path())
    assert found == Path("vms.csv")
    assert reader.prices([found], "2026-11-20").prices[0].site == "aws/r1"
