"""Scenarios from Python: names and facts against the catalog, without a file."""

import pytest

from planner.catalog.references import MOST_HINTS, check_scenario, name_faults
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario
from planner.domain.workload import Serving
from planner.errors import InputError


@pytest.fixture
def scenario(read, valid):
    return read(valid)


def faults(scenario, catalog):
    with pytest.raises(InputError) as caught:
        check_scenario(scenario, catalog)
    return caught.value.faults


def with_workload(scenario, **fields):
    first, *others = scenario.workloads
    return scenario.model_copy(update={"workloads": (first.model_copy(update=fields), *others)})


def with_site(scenario, **fields):
    first, *others = scenario.sites
    return scenario.model_copy(update={"sites": (first.model_copy(update=fields), *others)})


def test_a_scenario_that_holds_gives_the_catalog_with_its_own_records(scenario, catalog):
    known = check_scenario(scenario, catalog)
    assert known.architectures["my-moe"] == scenario.architectures[0]
    assert set(known.architectures) == {*catalog.architectures, "my-moe"}


def test_faults_have_the_name_of_the_scenario_and_no_line(scenario, catalog):
    (fault,) = faults(with_workload(scenario, architecture="lama-3.1-8b"), catalog)
    assert (fault.source, fault.line, fault.field) == ("small", None, "workloads.0.architecture")
    assert str(fault).startswith(
        "small: workloads.0.architecture: unknown architecture, got 'lama-3.1-8b' (did you mean "
    )


def test_names_and_facts_are_told_together(scenario, catalog):
    lost = with_site(with_workload(scenario, architecture="nope", sites=("hall", "hal")), pue=None)
    assert [fault.field for fault in faults(lost, catalog)] == [
        "workloads.0.architecture",
        "workloads.0.sites.1",
        "sites.0",
    ]


def test_nothing_more_is_told_of_what_has_a_faulty_name(scenario, catalog):
    offer = Offer(node_type="nope", purchase="owned")
    (fault,) = faults(with_site(scenario, capacity=(offer,)), catalog)
    assert fault.field == "sites.0.capacity.0.node_type"
    lost = with_site(scenario, catalog="nope", pue=None, electricity_usd_per_kwh=None)
    (fault,) = faults(lost, catalog)
    assert fault.field == "sites.0.catalog"


def test_traces_that_nobody_read(scenario, catalog):
    sizes = {"input_tokens": None, "output_tokens": None, "request_trace": "trace.csv"}
    (fault,) = faults(with_workload(scenario, **sizes), catalog)
    assert fault.field == "workloads.0.request_trace"
    assert "state request_classes instead" in fault.rule


def test_names_of_the_catalog_are_taken(scenario, catalog):
    listed = next(iter(catalog.architectures.values()))
    own = scenario.model_copy(update={"architectures": (*scenario.architectures, listed)})
    (fault,) = faults(own, catalog)
    assert (fault.field, fault.value) == ("architectures.1.name", repr(listed.name))
    assert "plugin architectures (gpu-cluster-planner " in fault.rule


def test_parameters_that_a_kind_refuses_are_told_of_own_and_of_listed_architectures(
    scenario, catalog
):
    (mine,) = scenario.architectures
    broken = mine.model_copy(update={"parameters": {**mine.parameters, "heads": 0}})
    own = scenario.model_copy(update={"architectures": (broken,)})
    (fault,) = faults(own, catalog)
    assert (fault.field, fault.value) == ("architectures.0.parameters.heads", "0")


@pytest.mark.parametrize(
    "tree", [None, 5, [], {}, {"sites": 5}, {"sites": [5, None, {"name": []}]}, {"workloads": [[]]}]
)
def test_trees_that_are_no_scenario_are_passed_over(catalog, tree):
    assert name_faults(tree, catalog) == ()


def test_names_that_are_few_are_listed_where_none_is_near(catalog):
    tree = {"sites": [{"capacity": [{"purchase": "zzzz"}]}]}
    (fault,) = name_faults(tree, catalog)
    assert fault.hint == f"there are {', '.join(sorted(catalog.pricing_rules))}"


def test_hints_stop_after_a_hundred_names(catalog):
    tree = {"workloads": [{"architecture": f"llama-{n}"} for n in range(MOST_HINTS + 20)]}
    found = name_faults(tree, catalog)
    assert len(found) == MOST_HINTS + 20
    assert all(fault.hint for fault in found[:MOST_HINTS])
    assert not any(fault.hint for fault in found[MOST_HINTS:])


def test_a_scenario_built_in_python_is_checked_as_one_from_a_file(scenario, catalog):
    chat = Serving(
        name="chat",
        kind="serving",
        architecture="llama-3.1-8b",
        requests_per_s=1,
        input_tokens=10,
        output_tokens=10,
    )
    own = Scenario(
        scenario="python",
        horizon=scenario.horizon,
        sites=scenario.sites,
        workloads=(chat,),
    )
    assert check_scenario(own, catalog).digest() == catalog.digest()
