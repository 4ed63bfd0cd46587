"""Rules that hold between the fields of a scenario."""

import json
from datetime import date

import pytest
from pydantic import ValidationError

from planner.domain.horizon import Horizon
from planner.domain.scenario import Objective, Scenario, ScenarioSite


def tree():
    offer = {"node_type": "hgx-h100-8", "purchase": "owned", "available_nodes": 1}
    chat = {
        "name": "chat",
        "kind": "serving",
        "architecture": "llama-3.1-8b",
        "requests_per_s": 1,
        "input_tokens": 10,
        "output_tokens": 10,
    }
    return {
        "scenario": "small",
        "horizon": {"days": 7},
        "sites": [{"name": "hall", "capacity": [offer]}],
        "workloads": [chat],
    }


def scenario(fields):
    return Scenario.model_validate_json(json.dumps(fields))


def test_defaults():
    small = scenario(tree())
    assert small.hours == 168
    assert small.schema_version == 1
    assert small.objective == Objective()
    assert (small.objective.cost_weight, small.objective.carbon_usd_per_tonne) == (1, 0)
    assert small.accelerators == small.node_types == small.architectures == ()
    assert small.horizon.start is None
    assert small.sites[0].pue is None


def test_a_scenario_comes_back_from_its_json():
    fields = tree()
    fields["horizon"]["start"] = "2028-02-29"
    small = scenario(fields)
    assert small.horizon.start == date(2028, 2, 29)
    assert Scenario.model_validate_json(small.model_dump_json()) == small


@pytest.mark.parametrize("days", [0.01, 1, 366, 36525])
def test_horizons_of_up_to_a_century(days):
    assert Horizon(days=days).days == days


@pytest.mark.parametrize("days", [0, -1, 36525.1])
def test_horizons_that_are_none(days):
    with pytest.raises(ValidationError):
        Horizon(days=days)


def test_something_must_be_minimised():
    with pytest.raises(ValidationError, match="at least one of the weights must be above 0"):
        Objective(cost_weight=0)
    assert Objective(cost_weight=0, energy_usd_per_mwh=1).energy_usd_per_mwh == 1
    assert Objective(cost_weight=0, carbon_usd_per_tonne=1).carbon_usd_per_tonne == 1


@pytest.mark.parametrize("table", ["sites", "workloads"])
def test_names_are_unique(table):
    fields = tree()
    fields[table].append(dict(fields[table][0]))
    with pytest.raises(ValidationError, match=f"two {table} are called (hall|chat)"):
        scenario(fields)


def test_one_name_for_a_site_and_a_workload_is_no_clash():
    fields = tree()
    fields["workloads"][0]["name"] = "hall"
    assert scenario(fields).workloads[0].name == fields["sites"][0]["name"]


def test_a_site_offers_a_node_type_under_a_purchase_once():
    fields = tree()
    capacity = fields["sites"][0]["capacity"]
    capacity.append({**capacity[0], "available_nodes": 9})
    with pytest.raises(ValidationError, match="site hall offers hgx-h100-8 owned more than once"):
        scenario(fields)
    capacity[1]["purchase"] = "spot"
    assert len(scenario(fields).sites[0].capacity) == 2


@pytest.mark.parametrize("pue", [0, 0.99, 5.01])
def test_pue_is_a_ratio_of_at_least_one(pue):
    with pytest.raises(ValidationError):
        ScenarioSite.model_validate({"name": "a", "capacity": (), "pue": pue})


@pytest.mark.parametrize(
    "name", ["a", "A1", "aws/us-east-1", "llama-3.1-8b", "a_b", "c++", "9", "x*", "a" * 120]
)
def test_names(name):
    assert scenario({**tree(), "scenario": name}).scenario == name


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "-a", "/a", ".a", "a\n", "a\0", "é", "=cmd()", "\x1b[31m", "a" * 121]
)
def test_names_that_are_none(name):
    with pytest.raises(ValidationError):
        scenario({**tree(), "scenario": name})
