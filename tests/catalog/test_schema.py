"""The published JSON Schema: well formed, told in words and units, and of one mind with the reader.

Nothing that the tests need validates JSON Schema, so a small evaluator of the keywords that the
schema uses stands here; a keyword that it does not know fails the test.
"""

import json
import re
from pathlib import Path

import pytest
import yaml

import planner
from planner.catalog.schema import estimate_schema, scenario_schema
from planner.domain.estimate import Quote
from planner.domain.workload import Pretraining, Serving
from planner.errors import InputError

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
TYPES = {
    "null": type(None),
    "boolean": bool,
    "string": str,
    "array": list,
    "object": dict,
    "number": int | float,
    "integer": int,
}
ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "default", "examples", "unit"}
ANNOTATIONS |= {"discriminator", "format"}
COUNTS_AND_SHARES = {
    "accelerators": "a count",
    "accelerators_per_node": "a count",
    "available_nodes": "a count",
    "cost_weight": "a factor",
    "max_share": "a share",
    "minimum_quality": "a score",
    "priority": "a rank",
    "rank": "a count",
    "pue": "a ratio",
    "quality": "a score",
    "release_year": "a year",
    "scaleup_domain_size": "a count",
    "schema_version": "a version",
    "target_utilisation": "a share",
    "vcpus": "a count",
    "weight": "a relative number",
    "daily_battery_share": "a share",
    "eligible_share": "a share",
    "escalated_share": "a share",
    "owner_share": "a share",
    "images": "a count",
    "users": "a count",
    "monthly_active_users": "a count",
    "periods": "a count",
    "minimum_stable_share": "a share",
    "paid_share": "a share",
    "target_gross_margin": "a share",
    "growth_per_month": "a share",
    "change_per_quarter": "a share",
    "plan_for": "a share",
    "share": "a share",
    "failover_utilisation": "a share",
    "protected_share": "a share",
    "max_site_share": "a share",
    "min_share": "a share",
    "power_cap_share": "a share",
    "cost_of_capital_per_year": "a share",
    "latitude": "degrees",
    "longitude": "degrees",
    "oversubscription": "a ratio",
    "scale": "a factor",
    "values": "in the unit of what they are of",
    "by_hour": "in the unit of what they are of",
    "weekend_by_hour": "in the unit of what they are of",
    "from_hour": "of the clock",
    "to_hour": "of the clock",
}
IN_TERAFLOPS = {"fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4"}
"""Fields of `peak_dense_tflops`, which names their unit."""


@pytest.fixture(scope="session")
def schema():
    return scenario_schema()


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_of_type(value, name):
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def broken(schema, value, root):
    """Keywords that the value breaks."""
    return [key for key, said in schema.items() if not holds(key, said, value, schema, root)]


def is_valid(schema, value, root):
    return not broken(schema, value, root)


def same(one, other):
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def holds(key, said, value, schema, root):
    """Whether a value keeps to one keyword (JSON Schema draft 2020-12)."""
    if key in ANNOTATIONS:
        return True
    applies_to, check = KEYWORDS[key]
    is_concerned = is_number(value) if applies_to is float else isinstance(value, applies_to)
    return not is_concerned or check(said, value, schema, root)


def keeps_other_fields(said, value, schema, root):
    others = set(value) - set(schema.get("properties", ()))
    if isinstance(said, bool):
        return said or not others
    return all(is_valid(said, value[name], root) for name in others)


KEYWORDS = {
    "$ref": (object, lambda said, value, _, root: is_valid(resolved(said, root), value, root)),
    "type": (object, lambda said, value, *_: is_of_type(value, said)),
    "const": (object, lambda said, value, *_: same(said, value)),
    "enum": (object, lambda said, value, *_: any(same(each, value) for each in said)),
    "anyOf": (object, lambda said, v, _, root: any(is_valid(each, v, root) for each in said)),
    "oneOf": (object, lambda said, v, _, root: sum(is_valid(each, v, root) for each in said) == 1),
    "minimum": (float, lambda said, value, *_: value >= said),
    "maximum": (float, lambda said, value, *_: value <= said),
    "exclusiveMinimum": (float, lambda said, value, *_: value > said),
    "exclusiveMaximum": (float, lambda said, value, *_: value < said),
    "minLength": (str, lambda said, value, *_: len(value) >= said),
    "maxLength": (str, lambda said, value, *_: len(value) <= said),
    "pattern": (str, lambda said, value, *_: re.search(said, value) is not None),
    "minItems": (list, lambda said, value, *_: len(value) >= said),
    "maxItems": (list, lambda said, value, *_: len(value) <= said),
    "items": (list, lambda said, v, _, root: all(is_valid(said, each, root) for each in v)),
    "required": (dict, lambda said, value, *_: set(said) <= set(value)),
    "properties": (
        dict,
        lambda said, v, _, root: all(is_valid(said[k], v[k], root) for k in v if k in said),
    ),
    "additionalProperties": (dict, keeps_other_fields),
    "propertyNames": (
        dict,
        lambda said, v, _, root: all(is_valid(said, name, root) for name in v),
    ),
    "patternProperties": (
        dict,
        lambda said, v, _, root: all(
            is_valid(each, v[name], root)
            for pattern, each in said.items()
            for name in v
            if re.search(pattern, name)
        ),
    ),
}


def resolved(reference, root):
    assert reference.startswith("#/$defs/")
    return root["$defs"][reference.removeprefix("#/$defs/")]


def subschemas(schema):
    """The schema and everything in it that is one."""
    yield schema
    for key in ("properties", "$defs"):
        for each in schema.get(key, {}).values():
            yield from subschemas(each)
    for key in ("anyOf", "oneOf"):
        for each in schema.get(key, ()):
            yield from subschemas(each)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from subschemas(schema[key])


def fields(schema):
    """Name and schema of every field of every record."""
    for record in (schema, *schema["$defs"].values()):
        yield from record.get("properties", {}).items()


def is_numeric(field):
    return any(each.get("type") in {"number", "integer"} for each in subschemas(field)) or (
        isinstance(field.get("const"), int)
    )


def test_it_is_well_formed_json_schema(schema):
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema
    names = set(schema["$defs"])
    for each in subschemas(schema):
        if "$ref" in each:
            assert each["$ref"].removeprefix("#/$defs/") in names
        assert each.get("type") in {None, *TYPES}
        assert set(each.get("required", ())) <= set(each.get("properties", ()))
        if "properties" in each:
            assert each["additionalProperties"] is False
        if "pattern" in each:
            re.compile(each["pattern"])
        if "default" in each:
            assert is_valid(each, each["default"], schema)
        broken(each, None, schema)  # knows every keyword


def test_every_record_is_described(schema):
    records = [each for each in schema["$defs"].values() if each.get("type") == "object"]
    assert len(records) >= 10
    for record in (schema, *records):
        assert record["description"]


def test_every_number_has_a_unit_or_is_a_count_or_share(schema):
    unitless = set()
    for name, field in fields(schema):
        if not is_numeric(field):
            continue
        if "unit" in field:
            assert field["description"].endswith(f"Unit: {field['unit']}.")
        elif name not in IN_TERAFLOPS:
            unitless.add(name)
    assert unitless == set(COUNTS_AND_SHARES)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("days", "days"),
        ("deadline_days", "days"),
        ("electricity_usd_per_kwh", "USD per kWh"),
        ("usd_per_node_hour", "USD per node and hour"),
        ("unmet_penalty_usd", "USD"),
        ("carbon_g_per_kwh", "g CO2e per kWh"),
        ("embodied_kg_co2e", "kg CO2e"),
        ("embodied_host_kg_co2e", "kg CO2e"),
        ("it_power_limit_kw", "kW"),
        ("host_power_w", "W"),
        ("memory_gib", "GiB"),
        ("memory_bandwidth_gb_per_s", "GB/s"),
        ("dataset_gb", "GB"),
        ("requests_per_s", "per second"),
        ("ttft_ms", "ms"),
        ("tokens_b", "billions of tokens"),
        ("global_batch_tokens_m", "millions of tokens"),
        ("input_tokens", "tokens"),
        ("published_parameters_b", "billions of parameters"),
        ("energy_usd_per_mwh", "USD per MWh"),
        ("carbon_usd_per_tonne", "USD per tonne"),
        ("achievable_bf16_tflops", "TFLOP/s"),
    ],
)
def test_units(schema, name, unit):
    assert {field["unit"] for each, field in fields(schema) if each == name} == {unit}


def test_descriptions_are_those_of_the_records(schema):
    serving = schema["$defs"]["Serving"]["properties"]
    assert serving["ttft_ms"]["description"].startswith("Limit on the mean time to first token")
    assert "Unit" not in serving["target_utilisation"]["description"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_valid(schema, path):
    tree = json.loads(json.dumps(yaml.safe_load(path.read_text()), default=str))
    assert broken(schema, tree, schema) == []


def test_an_estimate_is_valid_and_has_units(catalog):
    schema = estimate_schema()
    workloads = (
        Serving(
            kind="serving",
            name="chat",
            architecture="llama-3.1-70b",
            requests_per_s=1.0,
            input_tokens=100,
            output_tokens=100,
        ),
        Pretraining(
            kind="pretraining",
            name="run",
            architecture="llama-3.2-3b",
            tokens_b=1.0,
            deadline_days=9.0,
        ),
    )
    quote = Quote(usd_per_node_hour={"hgx-h100-8": 20.0})
    answer = planner.estimate(
        workloads, ["hgx-h100-8", "aws/g6.xlarge"], quote=quote, catalog=catalog
    )
    tree = json.loads(answer.model_dump_json())
    assert tree["deployments"]
    assert tree["rejections"]
    assert tree["notices"]
    assert broken(schema, tree, schema) == []
    without = {name for name, field in fields(schema) if is_numeric(field) and "unit" not in field}
    assert without == {
        *("schema_version", "accelerators", "batch", "utilisation", "mfu"),
        *("tensor", "pipeline", "data", "needed", "available"),
    }


def edited(valid, path, value):
    """The small scenario with another value (`...`: none) at a path."""
    tree = yaml.safe_load(valid)
    node = tree
    *parents, last = path
    for key in parents:
        node = node[key]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return tree


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["horizon", "start"], "2027-01-01"),
        (["horizon", "days"], 0.5),
        (["horizon", "days"], 36525),
        (["schema_version"], 1),
        (["description"], "What should run where?"),
        (["objective"], {"cost_weight": 0, "carbon_usd_per_tonne": 100}),
        (["sites", 0, "capacity", 0, "usd_per_node_hour"], 0),
        (["sites", 0, "it_power_limit_kw"], None),
        (["sites", 0, "pue"], 1),
        (["workloads", 0, "sites"], ["hall"]),
        (["workloads", 0, "allow_interruptible"], True),
        (["workloads", 0, "weight_precision"], "fp8"),
        (["workloads", 1, "request_classes", 0, "weight"], 1e-3),
        (["workloads", 2, "accelerators"], 8),
        (["workloads", 2, "precision"], "fp16"),
        (["architectures"], ...),
        (["node_types"], []),
    ],
)
def test_both_accept(schema, valid, read, path, value):
    tree = edited(valid, path, value)
    if path == ["architectures"]:
        tree["workloads"][1]["architecture"] = "llama-3.1-8b"
    assert broken(schema, tree, schema) == []
    assert read(json.dumps(tree), "s.json").scenario == "small"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["scenario"], ...),
        (["scenario"], ""),
        (["scenario"], "a b"),
        (["scenario"], "-a"),
        (["scenario"], "a" * 121),
        (["scenario"], 5),
        (["scenario"], None),
        (["schema_version"], 2),
        (["schema_version"], "1"),
        (["schema_version"], True),
        (["horizon"], ...),
        (["horizon"], 30),
        (["horizon", "days"], 0),
        (["horizon", "days"], -1),
        (["horizon", "days"], 36526),
        (["horizon", "days"], "30"),
        (["horizon", "days"], True),
        (["horizon", "days"], "a month"),
        (["horizon", "hours"], 3),
        (["sites"], []),
        (["sites"], {}),
        (["sites", 0, "pue"], 0.99),
        (["sites", 0, "pue"], 5.01),
        (["sites", 0, "capacity"], []),
        (["sites", 0, "capacity"], ...),
        (["sites", 0, "capacity", 0, "purchase"], ...),
        (["sites", 0, "capacity", 0, "available_nodes"], 1.5),
        (["sites", 0, "capacity", 0, "available_nodes"], -1),
        (["sites", 0, "capacity", 0, "available_nodes"], 10**10),
        (["sites", 0, "capacity", 0, "usd_per_node_hour"], -0.01),
        (["sites", 0, "capacity", 0, "usd_per_node_hour"], 1e16),
        (["sites", 0, "capacity", 0, "parameters"], [1]),
        (["sites", 0, "colour"], "red"),
        (["workloads"], ...),
        (["workloads", 0], "chat"),
        (["workloads", 0, "kind"], ...),
        (["workloads", 0, "kind"], "servin"),
        (["workloads", 0, "kind"], "pretraining"),
        (["workloads", 0, "deadline_days"], 3),
        (["workloads", 0, "priority"], 10),
        (["workloads", 0, "priority"], True),
        (["workloads", 0, "sites"], []),
        (["workloads", 0, "allow_interruptible"], "yes"),
        (["workloads", 0, "allow_interruptible"], 1),
        (["workloads", 0, "weight_precision"], "fp7"),
        (["workloads", 0, "target_utilisation"], 0),
        (["workloads", 0, "target_utilisation"], 1.1),
        (["workloads", 0, "ttft_ms"], 0),
        (["workloads", 0, "input_tokens"], 0),
        (["workloads", 0, "input_tokens"], 100_000_001),
        (["workloads", 1, "tokens_b"], ...),
        (["workloads", 1, "request_classes"], []),
        (["workloads", 1, "request_classes", 0, "input_tokens"], ...),
        (["workloads", 1, "request_classes", 0, "weight"], 0),
        (["workloads", 2, "precision"], "fp8"),
        (["architectures", 0, "source"], ...),
        (["architectures", 0, "parameters"], "many"),
    ],
)
def test_both_refuse(schema, valid, read, path, value):
    tree = edited(valid, path, value)
    assert broken(schema, tree, schema)
    with pytest.raises(InputError):
        read(json.dumps(tree), "s.json")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["workloads", 0, "architecture"], "lama-3.1-8b"),
        (["workloads", 0, "requests_per_s"], ...),
        (["workloads", 1, "name"], "chat"),
        (["sites", 0, "pue"], ...),
        (["architectures", 0, "parameters", "heads"], -1),
        (["horizon", "start"], "2027-02-30"),
    ],
)
def test_only_the_reader_knows_names_and_what_fits_together(schema, valid, read, path, value):
    tree = edited(valid, path, value)
    assert broken(schema, tree, schema) == []
    with pytest.raises(InputError):
        read(json.dumps(tree), "s.json")
