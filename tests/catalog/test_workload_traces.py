"""Traces that a scenario names: where they may lie, and what they say of a workload."""

import pytest

from planner.catalog.scenario_file import read_scenario

ROWS = "TIMESTAMP,ContextTokens,GeneratedTokens\n0,100,10\n1,100,10\n2,3000,300\n4,100,10\n"
SIZES = "    input_tokens: 500\n    output_tokens: 200\n"
RATE = "    requests_per_s: 5\n"
CLASSES = "    request_classes:\n      - input_tokens: 1000\n        output_tokens: 100\n"


@pytest.fixture
def traced(changed):
    """The small scenario with a trace in the place of sizes."""

    def text(name, *, rate=""):
        return changed(RATE + SIZES, f"{rate}    request_trace: {name}\n")

    return text


def test_a_trace_gives_classes_and_rate(read, write, traced):
    write(ROWS, "trace.csv")
    chat = read(traced("trace.csv")).workloads[0]
    assert chat.request_trace is None
    assert chat.requests_per_s == 1
    sizes = [(each.weight, each.input_tokens, each.output_tokens) for each in chat.classes]
    assert sizes == [(3, 100, 10), (1, 3000, 300)]
    assert chat.class_shares == (0.75, 0.25)


def test_a_stated_rate_goes_before_that_of_the_trace(read, write, traced):
    write(ROWS, "trace.csv")
    assert read(traced("trace.csv", rate=RATE)).workloads[0].requests_per_s == 5


def test_a_batch_takes_only_the_sizes(read, write, changed):
    write(ROWS.replace("TIMESTAMP", "when"), "trace.csv")
    summaries = read(changed(CLASSES, "    request_trace: trace.csv\n")).workloads[1]
    assert summaries.tokens_b == 10
    assert len(summaries.classes) == 2


def test_paths_count_from_the_scenario_file_not_from_where_one_stands(
    tmp_path, monkeypatch, read, write, traced
):
    (tmp_path / "traces").mkdir()
    write(ROWS, "traces/chat.csv")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert read(traced("traces/chat.csv")).workloads[0].requests_per_s == 1
    assert read(traced("./traces/../traces/chat.csv")).workloads[0].requests_per_s == 1


def test_a_scenario_named_without_its_folder(tmp_path, monkeypatch, write, traced, catalog):
    write(ROWS, "trace.csv")
    write(traced("trace.csv"))
    monkeypatch.chdir(tmp_path)
    assert read_scenario("scenario.yaml", catalog).workloads[0].requests_per_s == 1


@pytest.mark.parametrize(
    "name", ["../outside.csv", "inside/../../outside.csv", "/etc/passwd", "link.csv", '"a\\0b"']
)
def test_nothing_outside_the_folder_is_read(tmp_path, write, faults_at, traced, name):
    (tmp_path / "outside.csv").write_text(ROWS)
    (tmp_path / "here" / "inside").mkdir(parents=True)
    (tmp_path / "here" / "link.csv").symlink_to(tmp_path / "outside.csv")
    (fault,) = faults_at(write(traced(name), "here/scenario.yaml"))
    assert fault.rule == "must be a path below the folder of the scenario file"
    assert (fault.field, fault.line) == ("workloads.0.request_trace", 26)


def test_a_missing_trace_is_told_at_the_line_that_names_it(fault_of, write, traced, tmp_path):
    write(ROWS, "trace.csv")
    fault = fault_of(traced("trac.csv"))
    assert fault.source == str(tmp_path / "scenario.yaml")
    assert (fault.field, fault.line) == ("workloads.0.request_trace", 26)
    assert fault.rule == "there is no such file"
    assert str(tmp_path / "trace.csv") in fault.hint


@pytest.mark.parametrize(("name", "rule"), [('""', "is a directory"), (".", "is a directory")])
def test_a_folder_as_a_trace(fault_of, traced, name, rule):
    assert fault_of(traced(name)).rule.startswith(rule)


def test_a_faulty_trace_is_told_with_its_own_lines(faults_of, write, traced, tmp_path):
    write(ROWS.replace("3000", "many").replace("4,100", "4,-1"), "trace.csv")
    found = faults_of(traced("trace.csv"))
    assert [(fault.source, fault.line) for fault in found] == [
        (str(tmp_path / "trace.csv"), 4),
        (str(tmp_path / "trace.csv"), 5),
    ]


def test_a_faulty_trace_is_told_once_however_many_workloads_name_it(faults_of, write, traced):
    write(ROWS.replace("3000", "many"), "trace.csv")
    text = traced("trace.csv").replace(CLASSES, "    request_trace: trace.csv\n")
    (fault,) = faults_of(text)
    assert fault.value == "'many'"


def test_a_trace_without_times_needs_a_stated_rate(fault_of, read, write, traced):
    write(ROWS.replace("TIMESTAMP", "when"), "trace.csv")
    fault = fault_of(traced("trace.csv"))
    assert "state requests_per_s" in fault.rule
    assert (fault.field, fault.value) == ("workloads.0.request_trace", "'trace.csv'")
    assert read(traced("trace.csv", rate=RATE)).workloads[0].requests_per_s == 5


def test_faults_of_traces_and_of_facts_are_told_together(faults_of, traced):
    text = traced("gone.csv").replace("    pue: 1.2\n", "").replace("llama-3.2-3b", "lama-3.2-3b")
    assert [fault.field for fault in faults_of(text)] == [
        "sites.0",
        "workloads.0.request_trace",
        "workloads.2.architecture",
    ]
