"""Errors of records in our words, at the place the file has them."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from planner.catalog.record_faults import LONGEST_NAME, MOST_FAULTS, name_hint, record_faults
from planner.catalog.record_fields import kind_of, label, place_of
from planner.domain.hardware import Accelerator
from planner.domain.pricing import Offer
from planner.domain.record import Count, Name, Positive, Record
from planner.domain.scenario import Scenario
from planner.domain.workload import Serving


class Left(Record):
    width: Positive


class Right(Record):
    height: Positive
    colour: Literal["red", "green"] = "red"


class Sample(Record):
    name: Name
    count: Count
    ratio: Annotated[float, Field(gt=0, lt=1)] = 0.5
    is_open: bool = False
    rows: Annotated[tuple[Count, ...], Field(min_length=2, max_length=3)] = (1, 2)
    side: Left | Right | None = None


GOOD = {"name": "a", "count": 1}


def faults(fields, record=Sample, prefix=""):
    with pytest.raises(ValidationError) as caught:
        record.model_validate(fields)
    return record_faults(caught.value, record, "file", prefix)


def told(fields):
    return [str(fault) for fault in faults(fields)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": "12"}, "file: count: must be a whole number, got '12' (write 12)"),
        ({"count": "1,000"}, "file: count: must be a whole number, got '1,000' (write 1000)"),
        ({"count": "many"}, "file: count: must be a whole number, got 'many'"),
        ({"count": 2.0}, "file: count: must be a whole number, got 2.0 (write 2)"),
        ({"count": 1e300}, "file: count: must be a whole number, got 1e+300"),
        ({"count": 2.5}, "file: count: must be a whole number, got 2.5"),
        ({"count": True}, "file: count: must be a whole number, got true"),
        ({"count": None}, "file: count: must be a whole number, got nothing"),
        ({"count": 0}, "file: count: must be at least 1, got 0"),
        ({"count": 10**10}, "file: count: must be at most 1,000,000,000, got 10000000000"),
        ({"ratio": 0}, "file: ratio: must be greater than 0, got 0"),
        ({"ratio": 1}, "file: ratio: must be less than 1, got 1"),
        ({"ratio": [0.5]}, "file: ratio: must be a number, got a list of 1"),
        ({"ratio": float("nan")}, "file: ratio: must be a finite number, got nan"),
        ({"name": ""}, "file: name: must have 1 or more characters, got ''"),
        ({"name": 5}, "file: name: must be text, got 5 (put it in quotes)"),
        ({"name": True}, "file: name: must be text, got true (put it in quotes)"),
        ({"name": {"a": 1}}, "file: name: must be text, got a mapping of 1 fields"),
        ({"rows": ()}, "file: rows: must have 2 or more entries, got a list of 0"),
        ({"rows": (1, 2, 3, 4)}, "file: rows: must have at most 3 entries, got a list of 4"),
        ({"rows": 5}, "file: rows: must be a list, got 5"),
        ({"rows": (1, 0)}, "file: rows.1: must be at least 1, got 0"),
        ({"extra": 1}, "file: extra: is no field of a sample (its fields are count, is_open,"),
        ({"is_opn": True}, "file: is_opn: is no field of a sample (did you mean is_open?)"),
    ],
)
def test_what_would_be_right(change, message):
    (fault,) = told(GOOD | change)
    assert fault.startswith(message)
    assert message.endswith(",") or fault == message


def test_booleans_written_as_in_yaml_1_1():
    (fault,) = told(GOOD | {"is_open": "yes"})
    assert "must be true or false, got 'yes' (yes, no, on and off are text" in fault


def test_names_with_other_characters():
    (fault,) = faults(GOOD | {"name": "a b"})
    assert fault.rule.startswith("must begin with a letter or digit and have only letters, digits")


def test_missing_fields_have_no_value():
    (fault,) = faults({"name": "a"})
    assert (fault.field, fault.rule, fault.value) == ("count", "is needed", None)


def test_no_mapping_at_all():
    (fault,) = faults([1])
    assert str(fault) == "file: must be a mapping (lines of `field: value`), got a list of 1"


def test_every_error_is_told():
    fields = {"name": "a b", "count": -1, "ratio": "x", "rows": (0, 0), "other": 1}
    assert {fault.field for fault in faults(fields)} == {
        *("name", "count", "ratio", "rows.0", "rows.1", "other")
    }


def test_errors_in_a_union_without_a_kind_have_the_fields_of_the_file():
    found = faults(GOOD | {"side": {"height": -1, "colour": "gren"}})
    by_field = {fault.field: fault for fault in found}
    assert by_field["side.height"].rule in {"must be greater than 0", "is no field of a left"}
    assert by_field["side.colour"].hint == "did you mean green or red?"
    assert by_field["side.width"].rule == "is needed"


def test_prefix_goes_before_every_field():
    (fault,) = faults({"name": "a"}, prefix="architectures.0.parameters")
    assert fault.field == "architectures.0.parameters.count"


def test_long_texts_get_no_hint_and_are_cut():
    assert name_hint("a" * LONGEST_NAME, ["a" * 119]) != ""
    assert name_hint("a" * (LONGEST_NAME + 1), ["a" * 119]) == ""
    assert name_hint(5, ["5"]) == ""
    (fault,) = faults(GOOD | {"name": "a" * 1_000_000})
    assert len(str(fault)) < 200


def test_a_million_errors_are_counted_not_told():
    class Many(Record):
        rows: tuple[Left, ...]

    found = faults({"rows": tuple({"width": -1} for _ in range(MOST_FAULTS + 234))}, Many)
    assert len(found) == MOST_FAULTS + 1
    assert found[-1].rule == "has 234 more errors"
    assert found[MOST_FAULTS - 1].field == f"rows.{MOST_FAULTS - 1}.width"


def test_lists_whose_entries_are_all_broken_are_not_also_too_short():
    fields = {"node_type": "n", "purchase": "owned"}
    scenario = {
        "scenario": "s",
        "horizon": {"days": 1},
        "workloads": (),
        "sites": ({"name": "a", "capacity": ({**fields, "available_nodes": -1},)},),
    }
    found = faults(scenario, Scenario)
    assert [fault.field for fault in found] == ["sites.0.capacity.0.available_nodes", "workloads"]


@pytest.mark.parametrize(
    ("location", "path", "owner", "kinds"),
    [
        (("scenario",), "scenario", Scenario, ()),
        (("sites", 0, "capacity", 3, "purchase"), "sites.0.capacity.3.purchase", Offer, ()),
        (("workloads", 1, "serving", "ttft_ms"), "workloads.1.ttft_ms", Serving, ()),
        (("workloads", 1, "serving", "serving"), "workloads.1.serving", Serving, ()),
        (
            ("workloads", 2),
            "workloads.2",
            Scenario,
            ("serving", "batch_inference", "pretraining", "fine_tuning", "training"),
        ),
        (("accelerators", 0, "tdp_w"), "accelerators.0.tdp_w", Accelerator, ()),
    ],
)
def test_locations_lead_to_fields_of_the_file(location, path, owner, kinds):
    place = place_of(Scenario, location)
    assert (".".join(place.path), place.owner, place.kinds) == (path, owner, kinds)


def test_what_messages_call_records():
    assert label(Serving) == "a serving workload"
    assert label(Offer) == "an offer"
    assert label(Accelerator) == "an accelerator"
    assert kind_of(Serving) == "serving"
    assert kind_of(Offer) is None
