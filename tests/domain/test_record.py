"""What every record promises: frozen, complete, strict, finite, and with units in its names."""

import json
import math
import pkgutil
from importlib import import_module
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import JsonValue, ValidationError

import planner.domain
from planner.domain.architecture import Architecture
from planner.domain.pricing import Offer
from planner.domain.record import LARGEST, SMALLEST, Record

for module in pkgutil.iter_modules(planner.domain.__path__):
    import_module(f"planner.domain.{module.name}")

CHANGES_AND_PLACES = {
    *("growth_per_month", "change_per_quarter", "target_gross_margin", "latitude", "longitude"),
}
"""Numbers that may lie anywhere near 0."""


def descendants(record):
    for each in record.__subclasses__():
        yield each
        yield from descendants(each)


RECORDS = sorted(
    {each for each in descendants(Record) if each.__module__.startswith("planner.domain.")},
    key=lambda record: record.__name__,
)
every_record = pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)


def parts(annotation, *, inside=True):
    """The plain types of a field: members of unions and, if `inside`, of lists and mappings."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from parts(arguments[0], inside=inside)
    elif origin in (Union, UnionType):
        for each in arguments:
            yield from parts(each, inside=inside)
    elif origin in (tuple, dict):
        for each in arguments[-1:] if origin is dict else arguments:
            yield from parts(each) if inside else ()
    elif origin is Literal:
        yield from {type(value) for value in arguments}
    else:
        yield annotation


def fields_of(record, *types):
    """Names of the fields that hold one of the types themselves."""
    return [
        name
        for name, field in record.model_fields.items()
        if set(types) & set(parts(field.annotation, inside=False))
    ]


def taken(record, types, values):
    """Fields and values that a record takes, from Python or from JSON."""
    return [
        (name, value, as_json)
        for name in fields_of(record, *types)
        for value in values
        for as_json in (False, True)
        if name not in errors(record, {name: value}, as_json=as_json)
    ]


def errors(record, fields, *, as_json=False):
    """Types of error by field."""
    try:
        if as_json:
            record.model_validate_json(json.dumps(fields))
        else:
            record.model_validate(fields)
    except ValidationError as error:
        return {str(each["loc"][0]): each["type"] for each in error.errors() if each["loc"]}
    return {}


def test_there_are_records():
    names = {record.__name__ for record in RECORDS}
    assert len(names) >= 30
    assert {"Scenario", "Plan", "Accelerator", "Site", "Price", "Rejection", "Serving"} <= names


@every_record
def test_records_are_frozen(record):
    instance = record.model_construct()
    for name in (*record.model_fields, "something_else"):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(instance, name, 1)


@every_record
@pytest.mark.parametrize("as_json", [False, True])
def test_unknown_fields_are_refused(record, as_json):
    found = errors(record, {"no_such_field": 1}, as_json=as_json)
    assert found["no_such_field"] == "extra_forbidden"


OTHERS = ["12", "1.5", "", True, False, [1], {"a": 1}]


def test_most_records_have_numbers():
    assert sum(bool(fields_of(record, float, int)) for record in RECORDS) >= 20


@every_record
def test_numbers_are_never_made_from_something_else(record):
    assert taken(record, [float, int], OTHERS) == []


@every_record
def test_numbers_are_finite(record):
    assert taken(record, [float, int], [math.nan, math.inf, -math.inf]) == []


@every_record
def test_whole_numbers_are_written_as_such(record):
    assert taken(record, [int], [1.0, 1.5, 1e300]) == []


@every_record
def test_whole_numbers_will_do_for_real_ones(record):
    for name in fields_of(record, float):
        assert errors(record, {name: 1}).get(name) in (None, "less_than")


@every_record
def test_booleans_are_never_made_from_something_else(record):
    assert taken(record, [bool], [1, 0, "true", "yes", 1.0]) == []


@every_record
def test_texts_are_never_made_from_something_else(record):
    assert taken(record, [str], [5, 1.5, True, ["a"], {"a": 1}]) == []


@every_record
def test_what_a_user_states_has_an_upper_bound(record):
    if record.__module__.rpartition(".")[2] not in {
        "plan",
        "statement",
        "rejection",
        "estimate",
    }:  # ours
        beyond = {name for name, *_ in taken(record, [float, int], [int(1.001 * LARGEST)])}
        assert beyond <= {"release_year"}


@every_record
def test_what_a_user_states_drowns_in_no_rounding(record):
    if record.__module__.rpartition(".")[2] not in {"plan", "statement", "rejection", "estimate"}:
        tiny = {name for name, *_ in taken(record, [float], [SMALLEST / 2])}
        assert tiny <= CHANGES_AND_PLACES


@pytest.mark.parametrize("record", [Architecture, Offer])
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("shape", ['{"a": %s}', '{"a": [1, %s]}', '{"a": {"b": [{"c": %s}]}}'])
def test_open_fields_are_finite_at_any_depth(record, number, shape):
    with pytest.raises(ValidationError) as caught:
        record.model_validate_json(f'{{"parameters": {shape % number}}}')
    (found,) = [each for each in caught.value.errors() if each["loc"][0] == "parameters"]
    assert found["type"] == "finite_number"


@pytest.mark.parametrize("record", [Architecture, Offer])
def test_open_fields_hold_whatever_json_can_say(record):
    parameters = {"a": [1, 1.5, True, None, "12", {"b": []}]}
    assert "parameters" not in errors(record, {"parameters": parameters}, as_json=True)


UNITS = (
    *("_wh", "_usd", "_usd_per_kwh", "_usd_per_mwh", "_usd_per_tonne", "usd_per_million_tokens"),
    *("usd_per_node_hour", "_usd_per_unit", "_ms", "_days", "_hours", "_w", "_kw", "_mwh"),
    *("_tonnes", "_g_per_kwh", "_gib", "_gib_per_accelerator", "_gb_per_s", "_tflops", "_tokens"),
    *("tokens_b", "_tokens_m", "_parameters_b", "_per_s", "_per_s_per_replica"),
    *("_per_s_per_accelerator", "joules_per_token", "_usd_per_request", "_usd_per_user_month"),
    *("_usd_per_million_input_tokens", "_usd_per_million_output_tokens", "_usd_per_hour"),
    *("_usd_per_accelerator_hour", "_months", "_usd_per_gb", "_minutes", "_usd_per_kw_month"),
    *("_gb", "_kg_co2e", "_l_per_kwh", "_kw_per_hour", "_years", "_m3", "_usd_per_accelerator"),
)
"""How the names of quantities end."""
WITHOUT_UNIT = {
    # counts
    "accelerators": "count",
    "accelerators_per_node": "count",
    "accelerators_used": "count",
    "available_nodes": "count",
    "batch": "count of requests",
    "data": "degree of parallelism",
    "micro_batch": "count of sequences",
    "nodes": "count",
    "options": "count",
    "pipeline": "degree of parallelism",
    "rank": "count of columns",
    "replicas": "count",
    "busy_replicas": "count, averaged over time",
    "request_class": "row of a table",
    "scaleup_domain_size": "count of accelerators",
    "tensor": "degree of parallelism",
    "vcpus": "count",
    "images": "count",
    "users": "count",
    "monthly_active_users": "count",
    "periods": "count",
    "requests": "count",
    # shares and ratios
    "daily_battery_share": "share",
    "eligible_share": "share",
    "escalated_share": "share",
    "owner_share": "share",
    "gap": "share",
    "met_share": "share",
    "mfu": "share",
    "max_share": "share",
    "pue": "ratio",
    "share": "share",
    "target_utilisation": "share",
    "unmet_share": "share",
    "utilisation": "share",
    "planned_utilisation": "share",
    "minimum_stable_share": "share",
    "paid_share": "share",
    "margin": "share",
    "gross_margin": "share",
    "target_gross_margin": "share",
    "growth_per_month": "share",
    "change_per_quarter": "share",
    "plan_for": "share",
    "bearable_share": "share",
    "needed_share": "share",
    "spare_accelerators": "count",
    "failover_utilisation": "a share",
    "protected_share": "a share",
    "max_site_share": "a share",
    "min_share": "a share",
    "power_cap_share": "a share",
    "cost_of_capital_per_year": "a share",
    "oversubscription": "ratio",
    "scale": "factor",
    "values": "in the unit of what they are of",
    "by_hour": "in the unit of what they are of",
    "weekend_by_hour": "in the unit of what they are of",
    "from_hour": "of the clock",
    "to_hour": "of the clock",
    "price_factor_to_target": "ratio",
    # no quantities
    "minimum_quality": "score",
    "quality": "score",
    "cost_weight": "factor",
    "priority": "rank",
    "release_year": "year",
    "schema_version": "version",
    "seed": "seed",
    "weight": "relative number",
    # degrees of arc, as everywhere
    "latitude": "degrees",
    "longitude": "degrees",
    # TFLOP/s, as the field that holds them says
    **dict.fromkeys(("fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4"), "of peak_dense_tflops"),
    # in the unit that the field `unit` beside them names
    **dict.fromkeys(("needed", "available", "used", "limit"), "unit"),
    # of whatever the violated rule is about
    **dict.fromkeys(("stated", "recomputed"), "rule"),
}


def numeric_fields():
    return {
        (record, name)
        for record in RECORDS
        for name, field in record.model_fields.items()
        if {float, int} & set(parts(field.annotation))
    }


def test_every_number_has_its_unit_in_its_name_or_needs_none():
    names = {name for _, name in numeric_fields()}
    with_unit = {name for name in names if f"_{name}".endswith(UNITS)}
    assert names - with_unit == set(WITHOUT_UNIT)


def test_numbers_in_the_unit_of_their_row_have_one():
    for record, name in numeric_fields():
        if WITHOUT_UNIT.get(name) == "unit":
            assert "unit" in record.model_fields, record
        if WITHOUT_UNIT.get(name) == "of peak_dense_tflops":
            assert record.__name__ == "PeakRates"


def test_open_fields_are_the_only_ones_without_a_type():
    untyped = {
        (record.__name__, name)
        for record in RECORDS
        for name, field in record.model_fields.items()
        if any(each is Any or each is JsonValue for each in parts(field.annotation))
    }
    assert untyped == {
        ("Agreement", "parameters"),
        ("Architecture", "parameters"),
        ("Offer", "parameters"),
        ("Training", "parameters"),
    }
