"""`gpuplan import`, and scenarios that name what it writes."""

import json

import pytest
import yaml
from click.testing import CliRunner

import planner
from planner.cli.main import main
from planner.errors import InputError

ROWS = (
    "InstanceType,AcceleratorName,AcceleratorCount,Price,SpotPrice,Region\n"
    "p5.48xlarge,H100,8,50.0,20.0,us-east-1\n"
    "p9.48xlarge,X900,8,90.0,,us-east-1\n"
)
HEADER = "site,node_type,purchase,usd_per_node_hour,as_of,basis,source\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "catalogs" / "aws").mkdir(parents=True)
    (tmp_path / "catalogs" / "aws" / "vms.csv").write_text(ROWS)
    return tmp_path


def imported(folder, *more, source="catalogs"):
    command = ["import", "skypilot", str(folder / source), "--as-of", "2026-11-20", *more]
    return CliRunner().invoke(main, [*command, "--out", str(folder / "prices.csv")])


def scenario(folder, **changes):
    document = {
        "scenario": "own-prices",
        "horizon": {"days": 30, "start": "2027-06-01"},
        "price_lists": ["prices.csv"],
        "sites": [
            {
                "name": "ashburn",
                "catalog": "aws/us-east-1",
                "capacity": [{"node_type": "aws/p5.48xlarge", "purchase": "on_demand"}],
            }
        ],
        "workloads": [
            {
                "name": "chat",
                "kind": "serving",
                "architecture": "llama-3.1-8b",
                "requests_per_s": 5,
                "input_tokens": 500,
                "output_tokens": 100,
            }
        ],
        **changes,
    }
    path = folder / "scenario.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_what_is_imported_is_what_a_scenario_pays(folder, catalog):
    result = imported(folder)
    assert result.exit_code == 0, result.output
    assert "2 prices of 1 node types in 1 regions" in result.output
    assert "is no node type of the catalog: aws/p9.48xlarge" in result.output
    asked = planner.load_scenario(scenario(folder), catalog)
    plan = planner.plan(asked, catalog=catalog)
    (line,) = plan.purchases
    assert (line.usd_per_node_hour, line.price_as_of) == (50.0, "2026-11-20")
    assert any("193 days old when the plan begins" in notice for notice in plan.notices)
    assert planner.verify(plan, asked, catalog) == ()


def test_fresh_prices_are_no_matter(folder, catalog):
    imported(folder)
    path = scenario(folder, horizon={"days": 30, "start": "2026-12-01"})
    plan = planner.plan(planner.load_scenario(path, catalog), catalog=catalog)
    assert any("of 2026-11-20; check them" in notice for notice in plan.notices)


def test_as_one_json_document(folder):
    result = imported(folder, "--json")
    document = json.loads(result.stdout)
    assert (document["prices"], document["node_types"], document["regions"]) == (2, 1, 1)
    assert document["skipped"] == [
        {"what": "aws/p9.48xlarge", "reason": "is no node type of the catalog"}
    ]


def test_nothing_is_written_where_no_price_is_left(folder):
    (folder / "catalogs" / "aws" / "vms.csv").write_text(ROWS.replace("p5", "p7"))
    result = imported(folder)
    assert result.exit_code == 1
    assert not (folder / "prices.csv").exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "sky"}, "unknown kind, got 'sky' (did you mean skypilot?)"),
        ({"source": "nowhere"}, "there is no such file or folder"),
        ({"source": "empty"}, "holds no file that skypilot reads"),
    ],
)
def test_bad_input_is_told_and_ends_with_2(folder, changes, told):
    (folder / "empty").mkdir()
    kind, source = changes.get("kind", "skypilot"), changes.get("source", "catalogs")
    command = ["import", kind, str(folder / source), "--as-of", "2026-11-20"]
    result = CliRunner().invoke(main, [*command, "--out", str(folder / "prices.csv")])
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_what_cannot_be_written_ends_with_3(folder):
    command = ["import", "skypilot", str(folder / "catalogs"), "--as-of", "2026-11-20"]
    result = CliRunner().invoke(main, [*command, "--out", str(folder / "no" / "prices.csv")])
    assert result.exit_code == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "there is no such file"),
        ("site,node_type\naws/us-east-1\n", "must have 2 cells"),
        ("site,node_type\naws/us-east-1,x\n", "usd_per_node_hour"),
        (HEADER, "prices.csv:1: has no prices"),
        (
            f"{HEADER}r1,aws/p5.48xlarg,spot,5,2026,listed,ours\n",
            "prices.csv:2: node_type: unknown",
        ),
        (f"{HEADER}r1,aws/p5.48xlarg,spot,5,2026,listed,ours\n", "did you mean aws/p5.48xlarge"),
    ],
)
def test_a_faulty_list_is_told_with_its_place(folder, catalog, text, told):
    if text is not None:
        (folder / "prices.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        planner.load_scenario(scenario(folder), catalog)
    assert told in str(caught.value)
    assert "price" in str(caught.value)


def test_a_list_may_have_prices_of_the_scenarios_own_node_types(folder, catalog):
    (folder / "prices.csv").write_text(f"{HEADER}r1,mine,on_demand,5,2026,listed,ours\n")
    own = catalog.node_types["aws/p5.48xlarge"].model_copy(update={"name": "mine"})
    path = scenario(folder, node_types=[own.model_dump(mode="json", exclude_none=True)])
    read = planner.load_scenario(path, catalog)
    assert [price.node_type for price in read.prices] == ["mine"]


def test_a_price_of_the_scenario_is_of_a_known_node_type(folder, catalog):
    cells = ("r1", "aws/p5.48xlarg", "spot", 5, "2026", "listed", "ours")
    price = dict(zip(HEADER.strip().split(","), cells, strict=True))
    with pytest.raises(InputError, match=r"prices\.0\.node_type: unknown node type.*48xlarge"):
        planner.load_scenario(scenario(folder, prices=[price], price_lists=[]), catalog)


def test_two_prices_of_one_thing_are_refused(folder, catalog):
    imported(folder)
    path = scenario(folder, price_lists=["prices.csv", "prices.csv"])
    with pytest.raises(InputError, match="two prices of the scenario are of the same thing"):
        planner.load_scenario(path, catalog)


def test_lists_are_read_with_the_file_only(folder, catalog):
    imported(folder)
    asked = planner.load_scenario(scenario(folder), catalog)
    unread = asked.model_copy(update={"price_lists": ("prices.csv",)})
    with pytest.raises(InputError, match="read with the scenario's file only"):
        planner.plan(unread, catalog=catalog)


def test_a_region_may_come_from_a_list_only(folder, catalog):
    row = "acme/oslo,aws/p5.48xlarge,on_demand,5,2026-01-01,listed,ours"
    (folder / "prices.csv").write_text(f"{HEADER}{row}\n")
    offer = {"node_type": "aws/p5.48xlarge", "purchase": "on_demand"}
    site = {"name": "o", "catalog": "aws/us-east-1", "price_region": "acme/oslo"}
    path = scenario(folder, sites=[{**site, "capacity": [offer]}])
    plan = planner.plan(planner.load_scenario(path, catalog), catalog=catalog)
    assert plan.purchases[0].usd_per_node_hour == 5.0
