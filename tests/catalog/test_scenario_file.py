"""Scenario files: what is read, and what is said of files that are wrong."""

import json
import os
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from planner.catalog.index import extended
from planner.catalog.scenario_file import LARGEST_SCENARIO_BYTES, read_scenario
from planner.catalog.staging import staged
from planner.catalog.time_series import with_series
from planner.domain.scenario import Scenario
from planner.errors import InputError

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_say_what_another_parser_reads_in_them(catalog, path):
    tree = yaml.safe_load(path.read_text())
    told, _ = with_series(Scenario.model_validate_json(json.dumps(tree, default=str)), path.parent)
    expected = staged(told, extended(catalog, told))
    assert read_scenario(path, catalog) == expected
    assert read_scenario(str(path), catalog) == expected


def test_there_are_examples():
    assert len(EXAMPLES) >= 3


def test_facts_of_the_quickstart(catalog):
    scenario = read_scenario(
        EXAMPLES[[path.stem for path in EXAMPLES].index("quickstart")], catalog
    )
    assert scenario.horizon.start == date(2027, 1, 1)
    assert scenario.hours == 91 * 24
    assert scenario.objective.carbon_usd_per_tonne == 100
    assert scenario.objective.cost_weight == 1
    ashburn, stockholm, iowa = scenario.sites
    assert ashburn.pue == 1.25
    assert [each.purchase for each in ashburn.capacity] == ["owned", "owned"]
    assert (stockholm.catalog, iowa.catalog) == ("aws/eu-north-1", "gcp/us-central1")
    chat = scenario.workloads[0]
    assert [each.weight for each in chat.classes] == [50, 35, 15]
    assert (chat.priority, chat.ttft_ms, chat.target_utilisation) == (0, 2000, 0.8)


def test_json_and_yaml_say_the_same(read, valid):
    told = read(valid)
    as_json = json.dumps(yaml.safe_load(valid))
    assert read(as_json, "scenario.json") == told
    assert read(as_json, "scenario.JSON") == told
    assert read(as_json, "scenario.yaml") == told
    assert read(yaml.safe_dump(yaml.safe_load(valid)), "no-suffix") == told


@pytest.mark.parametrize(
    "changed_bytes",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.rstrip().encode(),
        lambda text: b"---\n" + text.encode() + b"...\n",
    ],
    ids=["crlf", "cr", "byte order mark", "no line end", "document marks"],
)
def test_ways_to_store_the_same_text(read, valid, changed_bytes):
    assert read(changed_bytes(valid)) == read(valid)


def test_numbers_and_words_of_yaml_1_2(read, changed):
    assert (
        read(changed("requests_per_s: 5", "requests_per_s: 1e3")).workloads[0].requests_per_s
        == 1000
    )
    assert (
        read(changed("available_nodes: 4", "available_nodes: 010"))
        .sites[0]
        .capacity[0]
        .available_nodes
        == 10
    )
    assert read(changed("name: stockholm", "name: no")).sites[1].name == "no"
    assert read(changed("scenario: small", "scenario: on")).scenario == "on"


class Case(NamedTuple):
    """A change to the small scenario and the fault it makes."""

    old: str
    new: str
    at: str
    """What the changed text has where the fault is told, and nowhere else."""
    field: str
    message: str


SPOT = """\
      - node_type: aws/p5en.48xlarge
        purchase: spot
        parameters:
          interruptions_per_day: 2
"""
TWICE = """\
      - node_type: aws/p5.48xlarge
        purchase: on_demand
"""
RATE = "    requests_per_s: 5\n"
SIZES = "    input_tokens: 500\n    output_tokens: 200\n"
NOT_FINITE = "must be a finite number, got "

UNKNOWN_NAMES = [
    Case(
        *("node_type: hgx-h100-8", "node_type: hgx-h10-8", "hgx-h10-8"),
        "sites.0.capacity.0.node_type",
        "unknown node type, got 'hgx-h10-8' (did you mean hgx-h100-8 or ",
    ),
    Case(
        *("architecture: llama-3.1-8b", "architecture: lama-3.1-8", "lama-3.1-8"),
        "workloads.0.architecture",
        "unknown architecture, got 'lama-3.1-8' (did you mean llama-3.1-8b or ",
    ),
    Case(
        *("architecture: my-moe", "architecture: my moe", "my moe"),
        "workloads.1.architecture",
        "unknown architecture, got 'my moe' (did you mean my-moe",
    ),
    Case(
        *("aws/eu-north-1", "aws/eu-nort-1", "aws/eu-nort-1"),
        "sites.1.catalog",
        "unknown catalog site, got 'aws/eu-nort-1' (did you mean aws/eu-north-1 or ",
    ),
    Case(
        *("purchase: spot", "purchase: spto", "spto"),
        "sites.1.capacity.1.purchase",
        "unknown pricing rule, got 'spto' (did you mean spot?)",
    ),
    Case(
        *(
            "catalog: aws/eu-north-1",
            "catalog: aws/eu-north-1\n    price_region: aws/eu",
            "aws/eu\n",
        ),
        "sites.1.price_region",
        "unknown price region, got 'aws/eu' (did you mean aws/eu-",
    ),
    Case(
        *("kind: moe", "kind: dens", "dens\n"),
        "architectures.0.kind",
        "unknown architecture kind, got 'dens' (did you mean dense?)",
    ),
    Case(
        *("kind: serving", "kind: servin", "servin\n"),
        "workloads.0.kind",
        "must be one of serving, batch_inference, pretraining, fine_tuning, training, got 'servin'"
        " (did you mean serving?)",
    ),
    Case(
        *(RATE, f"{RATE}    sites: [hal, stockholm]\n", "hal, "),
        "workloads.0.sites.0",
        "unknown site of this scenario, got 'hal' (did you mean hall?)",
    ),
    Case(
        "architectures:\n",
        "node_types:\n  - {name: n, accelerator: H10, accelerators_per_node: 8, host_power_w: 9,"
        " host_power_basis: measured, source: me}\narchitectures:\n",
        *("H10,", "node_types.0.accelerator"),
        "unknown accelerator, got 'H10' (did you mean H100-80GB-",
    ),
]
VALUES = [
    Case("pue: 1.2", "pue: 0.9", "0.9", "sites.0.pue", "must be at least 1, got 0.9"),
    Case("pue: 1.2", "pue: .nan", ".nan", "sites.0.pue", NOT_FINITE + "'.nan'"),
    Case("pue: 1.2", "pue: -.inf", "-.inf", "sites.0.pue", NOT_FINITE + "'-.inf'"),
    Case("pue: 1.2", "pue: 1e999", "1e999", "sites.0.pue", NOT_FINITE + "'1e999'"),
    Case("pue: 1.2", "pue: !x 1.2", "!x", "sites.0.pue", "unknown tag '!x': a file holds plain"),
    Case("pue: 1.2", "pue: *x", "*x", "sites.0.pue", "there is no such anchor before, got '*x'"),
    Case("days: 30", "days: -30", "-30", "horizon.days", "must be greater than 0, got -30"),
    Case("days: 30", "days: 1:30", "1:30", "horizon.days", "must be a number, got '1:30'"),
    Case("days: 30", "days: '30'", "'30'", "horizon.days", "must be a number, got '30' (write 30)"),
    Case("days: 30", "days: true", "true", "horizon.days", "must be a number, got true"),
    Case("days: 30", "days: yes", "yes", "horizon.days", "must be a number, got 'yes'"),
    Case("days: 30", "days: ~", "horizon", "horizon", "state how long it is in exactly one way"),
    Case(
        "days: 30", "days: [30]", "days: [30]", "horizon.days", "must be a number, got a list of 1"
    ),
    Case("days: 30", f"days: {'9' * 5000}", "9" * 5000, "horizon.days", "must be a number of at m"),
    Case("days: 30", f"days: {'9' * 99}", "9" * 99, "horizon.days", "must be at most 36,525, got"),
    Case(
        *("days: 30", "days: 30\n  start: 2027-02-30", "2027-02-30"),
        *("horizon.start", "must be a date like 2027-01-31, got '2027-02-30'"),
    ),
    Case(
        *("days: 30", "days: 30\n  start: 20270101", "20270101"),
        *("horizon.start", "must be a date like 2027-01-31, got 20270101"),
    ),
    Case(
        *("scenario: small", "scenario: small\nschema_version: 2", "2\nhorizon"),
        *("schema_version", "must be 1, got 2"),
    ),
    Case(
        *("scenario: small", "scenario: small\nschema_version: true", "true"),
        *("schema_version", "must be 1, got true"),
    ),
    Case(
        *("nodes: 4", "nodes: 4\n        usd_per_node_hour: -1", "-1\n  - name"),
        *("sites.0.capacity.0.usd_per_node_hour", "must be at least 0, got -1"),
    ),
    Case(
        *("nodes: 4", "nodes: 4.0", "4.0"),
        *("sites.0.capacity.0.available_nodes", "must be a whole number, got 4.0 (write 4)"),
    ),
    Case(RATE, f"    sites: []\n{RATE}", "sites: []", "workloads.0.sites", "must have 1 or more"),
    Case(
        *("  - name: chat", "  - 5\n  - name: chat", "5\n  - name: chat"),
        *("workloads.0", "must be a mapping (lines of `field: value`), got 5"),
    ),
]
FIELDS = [
    Case(
        *("days: 30", "days: 30\n  days: 31", "days: 31"),
        *("horizon.days", "is stated twice, first on line 3"),
    ),
    Case(
        *("  days: 30", "  dayz: 30\n  days: 3", "30\n"),
        *("horizon.dayz", "is no field of a horizon (did you mean days?)"),
    ),
    Case("  days: 30\n", "  {}\n", "horizon", "horizon", "state how long it is in exactly one"),
    Case("scenario: small\n", "", "horizon", "scenario", "is needed"),
    Case("    kind: serving\n", "", "name: chat", "workloads.0.kind", "is needed: one of serving,"),
    Case(
        *("interruptions_per_day: 2", "interruptions_per_dy: 2", "2\nworkloads"),
        "sites.1.capacity.1.parameters.interruptions_per_dy",
        "is no field of spot parameters (did you mean interruptions_per_day",
    ),
    Case(
        *("interruptions_per_day: 2", "interruptions_per_day: -2", "-2\n"),
        *("sites.1.capacity.1.parameters.interruptions_per_day", "must be at least 0, got -2"),
    ),
    Case(
        *("      heads: 8", "      haeds: 7\n      heads: 8", "7\n"),
        "architectures.0.parameters.haeds",
        "is no field of mixture parameters (did you mean heads",
    ),
    Case(
        *("      heads: 8\n", "", "parameters:\n      layers"),
        *("architectures.0.parameters.heads", "is needed"),
    ),
]
NAMES_TAKEN = [
    Case(
        "architectures:\n",
        "architectures:\n  - {name: gpt3-175b, kind: dense, source: me}\n",
        "gpt3-175b",
        *(
            "architectures.0.name",
            "the name is taken by plugin architectures (gpu-cluster-planner ",
        ),
    ),
    Case(
        *("name: stockholm", "name: hall # again", "hall # again"),
        *("sites.1.name", "is the name of sites.0 already, got 'hall'"),
    ),
    Case(
        *("name: tune", "name: chat # again", "chat # again"),
        *("workloads.2.name", "is the name of workloads.0 already, got 'chat'"),
    ),
    Case(
        *(SPOT, TWICE, "node_type: aws/p5.48xlarge\n        purchase: on_demand\nwork"),
        "sites.1.capacity.1",
        "is what sites.1.capacity.0 offers already, got 'aws/p5.48xlarge on_demand'",
    ),
]
FACTS = [
    Case(
        *("    pue: 1.2\n", "", "name: hall"),
        *("sites.0", "pue is needed where no `catalog` site gives it"),
    ),
    Case(
        *("    carbon_g_per_kwh: 300\n", "", "name: hall"),
        *("sites.0", "carbon_g_per_kwh is needed where no `catalog` site gives it"),
    ),
    Case(
        *("        available_nodes: 4\n", "", "node_type: hgx-h100-8"),
        *("sites.0.capacity.0", "owned capacity of hgx-h100-8 is limited: state available_nodes"),
    ),
    Case(
        *("    electricity_usd_per_kwh: 0.1\n", "", "node_type: hgx-h100-8"),
        *("sites.0.capacity.0", "this capacity pays for its electricity: state electricity_usd_"),
    ),
    Case(
        *("node_type: aws/p5.48xlarge", "node_type: hgx-a100-80gb-8", "node_type: hgx-a100"),
        *("sites.1.capacity.0", "no on_demand price of hgx-a100-80gb-8 is listed for this site"),
    ),
    Case(RATE, "", "name: chat", "workloads.0", "requests_per_s is needed unless request_trace"),
    Case(
        *("    input_tokens: 500\n", "", "name: chat"),
        *("workloads.0", "input_tokens and output_tokens go together"),
    ),
    Case(
        *(RATE + SIZES, "", "name: chat"),
        "workloads.0",
        "state request sizes in exactly one way: input_tokens with output_tokens, request_"
        "classes, or request_trace; requests_per_s is needed unless request_trace or demand gives"
        " the rate",
    ),
]


def place_in(text, fragment):
    """Line and column of a piece of text that is there once."""
    assert text.count(fragment) == 1, fragment
    before = text[: text.index(fragment)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize(
    "case",
    [*UNKNOWN_NAMES, *VALUES, *FIELDS, *NAMES_TAKEN, *FACTS],
    ids=lambda case: f"{case.field} {case.message[:30]}",
)
def test_one_fault_with_its_place_field_and_what_would_be_right(fault_of, changed, case):
    text = changed(case.old, case.new)
    fault = fault_of(text)
    assert (fault.line, fault.column) == place_in(text, case.at)
    assert fault.field == case.field
    assert f": {case.field}: {case.message}" in str(fault)


def test_every_error_of_a_file_is_told_at_once_in_the_order_of_lines(faults_of, valid):
    changes = {
        "days: 30": "days: -1\n  days: 5",
        "pue: 1.2": "pue: .nan",
        "node_type: hgx-h100-8": "node_type: hgx-h10-8",
        "available_nodes: 4": "available_nodes: -4",
        "name: stockholm": "name: hall",
        "kind: serving": "kind: servin",
        "my-moe\n    tokens_b: 10\n": "my-moe\n",
        "architecture: llama-3.2-3b": "architecture: lama-3.2-3b\n    precison: fp16",
        "name: my-moe": "name: gpt3-175b",
        "architectures:\n": "architectures:\n  - {name: b, kind: moee, source: 5}\n",
    }
    text = valid
    for old, new in changes.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    found = faults_of(text)
    assert [fault.field for fault in found] == [
        "horizon.days",  # negative
        "horizon.days",  # twice
        "sites.0.pue",
        "sites.0.capacity.0.node_type",
        "sites.0.capacity.0.available_nodes",
        "sites.1.name",
        "workloads.0.kind",
        "workloads.1.tokens_b",
        "workloads.1.architecture",
        "workloads.2.architecture",
        "workloads.2.precison",
        "architectures.0.kind",
        "architectures.0.source",
        "architectures.1.name",
    ]
    places = [(fault.line, fault.column) for fault in found]
    assert places == sorted(places)
    assert places[0] == place_in(text, "-1\n  days")
    assert places[7] == place_in(text, "name: summaries")
    assert places[-1] == place_in(text, "gpt3-175b")


def test_facts_and_names_are_told_together(faults_of, valid):
    text = (
        valid.replace("    pue: 1.2\n    electricity_usd_per_kwh: 0.1\n", "")
        .replace("node_type: aws/p5.48xlarge", "node_type: hgx-a100-80gb-8")
        .replace("node_type: aws/p5en.48xlarge", "node_type: aws/p5xn.48xlarge")
        .replace("      heads: 8\n", "      heads: 0\n")
    )
    assert [(fault.field, fault.rule[:12]) for fault in faults_of(text)] == [
        ("sites.0", "pue is neede"),
        ("sites.0.capacity.0", "this capacit"),
        ("sites.1.capacity.0", "no on_demand"),
        ("sites.1.capacity.1.node_type", "unknown node"),
        ("architectures.0.parameters.heads", "must be at l"),
    ]


def test_a_faulty_value_is_told_once_not_again_for_what_it_lacks(fault_of, changed):
    fault = fault_of(changed("  - name: stockholm", "  - name: !x stockholm"))
    assert (fault.field, fault.rule[:11]) == ("sites.1.name", "unknown tag")


def test_offers_that_repeat_are_told_beside_other_faults(faults_of, changed):
    offer = "{node_type: hgx-h100-8, purchase: owned, available_nodes: 1}"
    text = changed(
        "      - node_type: hgx-h100-8", f"      - {offer}\n      - node_type: hgx-h100-8"
    )
    found = faults_of(text.replace("llama-3.1-8b", "lama-3.1-8b"))
    assert [fault.field for fault in found] == ["sites.0.capacity.1", "workloads.0.architecture"]
    assert found[0].line == place_in(text, "- node_type: hgx-h100-8")[0]


def test_json_faults_have_lines_too(faults_of, valid):
    tree = yaml.safe_load(valid)
    tree["horizon"]["days"] = -3
    tree["workloads"][0]["architecture"] = "lama-3.1-8b"
    lines = json.dumps(tree, indent=2).split("\n")
    for fault, sign in zip(
        faults_of("\n".join(lines), "s.json"), ("-3", '"lama-3.1-8b"'), strict=True
    ):
        assert lines[fault.line - 1][fault.column - 1 :].startswith(sign)


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
EMPTY = "must be a mapping (lines of `field: value`), got "
DEEP = "must not be nested deeper than 64 levels"


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, "is empty"),
        ("\n \n# only a comment\n", 1, "is empty"),
        ("null\n", 1, EMPTY + "nothing"),
        ("- scenario: small\n", 1, EMPTY + "a list of 1"),
        ("just words", 1, EMPTY + "'just words'"),
        (".nan", 1, "must be a finite number, got '.nan'"),
        ("!!python/object/apply:os.system [ls]", 1, EMPTY + "a list of 1"),
        ("a: [1,", 2, "is no valid YAML"),
        ("a: 1\n\tb: 2", 2, "is no valid YAML"),
        (BOMB, 7, "aliases must not stand for more than 1,000,000 values"),
        ("[" * 5000, 1, DEEP),
        ("{a: " * 5000, 1, DEEP),
        ("a: 1\n---\na: 1\n", 2, "a file must hold one document; here begins another"),
        (b"scenario: a\0b", 1, r"must have no control characters, got '\x00'"),
        (b"scenario: a\x07b", 1, r"must have no control characters, got '\x07'"),
        ("scenario: a".encode("utf-16"), 1, "must be UTF-8 text, got byte 0xff"),
        ("scenario: a".encode("utf-16-le"), 1, r"must have no control characters, got '\x00'"),
        ("a: 1\nb: é".encode("latin-1"), 2, "must be UTF-8 text, got byte 0xe9"),
        (b"\x89PNG\r\n\x1a\n\0\0", 1, "must be UTF-8 text, got byte 0x89"),
        (b"\x1f\x8b\x08", 1, "must be UTF-8 text, got byte 0x8b"),
    ],
)
def test_hostile_yaml_gives_one_clear_fault(faults_of, content, line, message):
    found = faults_of(content)
    if isinstance(content, str) and content.startswith("!!python"):
        assert any("unknown tag" in fault.rule for fault in found)
    else:
        assert len(found) == 1
    assert any(fault.line == line and message in str(fault) for fault in found)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, "is no valid JSON"),
        ("[]", 1, EMPTY + "a list of 0"),
        ("[" * 5000, 1, DEEP),
        ("[" * 100_000, 1, DEEP),
        ("NaN", 1, "must be a finite number, got 'NaN'"),
        ('{"a": 1,\n}', 2, "is no valid JSON"),
        ("scenario: small", 1, "is no valid JSON"),
        ('{"a"\0: 1}', 1, "is no valid JSON"),
        ("{}".encode("utf-16"), 1, "must be UTF-8 text, got byte 0xff"),
    ],
)
def test_hostile_json_gives_one_clear_fault(fault_of, content, line, message):
    fault = fault_of(content, "s.json")
    assert fault.line == line
    assert message in str(fault)


def test_tricks_of_yaml_inside_a_scenario(faults_of, changed):
    merge = changed("  - name: tune\n", "  - name: tune\n    <<: {priority: 1}\n")
    (fault,) = faults_of(merge)
    assert (fault.line, fault.column) == place_in(merge, "<<")
    assert "merge keys are no part of YAML 1.2" in fault.rule
    recursive = changed("scenario: small", "scenario: &s [*s]")
    assert {fault.line for fault in faults_of(recursive)} == {1}


def test_many_merge_keys_take_no_time(faults_of):
    text = f"a: &a {{b: 1}}\nc:\n  <<: [{', '.join(['*a'] * 20_000)}]\n"
    assert any("merge keys" in fault.rule for fault in faults_of(text))


def test_many_errors_are_told_up_to_a_thousand(faults_of, changed):
    rows = ",".join(["{}"] * 30_000)
    found = faults_of(changed("architectures:", f"node_types: [{rows}]\narchitectures:"))
    assert 900 < len(found) < 1100
    assert any(fault.rule.endswith(" more errors") for fault in found)


def test_files_that_cannot_be_read(tmp_path, faults_at):
    os.mkfifo(tmp_path / "pipe.yaml")
    with (tmp_path / "huge.yaml").open("wb") as file:
        file.truncate(LARGEST_SCENARIO_BYTES + 1)
    for path, rule in (
        (tmp_path, "is a directory, not a file"),
        (tmp_path / "pipe.yaml", "is a pipe or device, not a regular file"),
        (tmp_path / "gone.yaml", "there is no such file"),
        (tmp_path / "huge.yaml", "is larger than 50 MB"),
        (Path("/dev/null"), "is a pipe or device, not a regular file"),
    ):
        (fault,) = faults_at(path)
        assert (fault.source, fault.rule) == (str(path), rule)


def test_a_large_text_is_refused_in_time(faults_of):
    (fault,) = faults_of("x" * 10_000_000)
    assert fault.rule.startswith("must be a mapping")
    assert len(str(fault)) < 400


def test_a_thousand_workloads_are_read(read, valid):
    head = valid.partition("workloads:\n")[0]
    rows = "".join(
        f"  - {{name: w{n}, kind: serving, architecture: llama-3.1-8b, requests_per_s: 1,"
        " input_tokens: 100, output_tokens: 100}\n"
        for n in range(1000)
    )
    scenario = read(f"{head}workloads:\n{rows}")
    assert len(scenario.workloads) == 1000


def test_messages_are_one_line_each_without_control_characters(faults_of, changed):
    text = changed("scenario: small", '"a\\nb\\e[31m": 1\nscenario: "a\\nb\\u202e\\e[31m"')
    for fault in faults_of(text):
        assert str(fault).isprintable()


def test_the_error_is_an_input_error_with_its_faults(write, catalog):
    with pytest.raises(InputError, match=r"scenario\.yaml:1:1: is empty"):
        read_scenario(write(""), catalog)
