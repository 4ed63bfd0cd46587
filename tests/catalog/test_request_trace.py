"""Traces of requests: sizes in classes that keep the tokens, and the rate of arrival."""

import csv
import io
import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.request_trace import MOST_CLASSES, MOST_FAULTS, read_trace
from planner.errors import InputError

HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
TOKENS = st.integers(0, 100_000_000)


@pytest.fixture
def trace(write):
    return lambda text: read_trace(write(text, "trace.csv"))


@pytest.fixture
def refusal(write):
    def faults(text):
        path = write(text, "trace.csv")
        with pytest.raises(InputError) as caught:
            read_trace(path)
        assert {fault.source for fault in caught.value.faults} == {str(path)}
        return caught.value.faults

    return faults


def csv_of(rows, header=HEADER):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return header + out.getvalue()


def like_azure(requests, seed=7):
    """Requests as the Azure 2023 code trace has them: seconds apart, long in and short out."""
    draw = random.Random(seed)
    time = datetime(2023, 11, 16, 18, 17, 3, 979960, tzinfo=UTC)
    for _ in range(requests):
        time += timedelta(seconds=draw.expovariate(3.0))
        prompt = min(int(draw.lognormvariate(7, 1.2)), 7437)
        yield f"{time:%Y-%m-%d %H:%M:%S.%f}0", prompt, int(draw.lognormvariate(2.5, 1))


def test_a_trace_as_azure_publishes_it(trace):
    rows = list(like_azure(3000))
    found = trace(csv_of(rows))
    assert found.requests == 3000
    assert sum(each.weight for each in found.classes) == 3000
    times = [datetime.fromisoformat(time[:-1]) for time, _, _ in rows]
    span_s = (times[-1] - times[0]).total_seconds()
    assert found.requests_per_s == pytest.approx(3000 / span_s)
    assert 2.5 < found.requests_per_s < 3.5
    assert 20 < len(found.classes) <= MOST_CLASSES
    for index, of_class in ((1, "input_tokens"), (2, "output_tokens")):
        total = sum(max(row[index], 1) for row in rows)
        planned = sum(each.weight * getattr(each, of_class) for each in found.classes)
        assert planned == pytest.approx(total, rel=0.01)


@given(rows=st.lists(st.tuples(TOKENS, TOKENS), min_size=1, max_size=300))
def test_classes_keep_the_tokens_but_for_rounding(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("trace") / "trace.csv"
    path.write_text(csv_of(rows, "input_tokens,output_tokens\n"))
    found = read_trace(path)
    assert len(found.classes) <= MOST_CLASSES
    assert found.requests == len(rows) == sum(each.weight for each in found.classes)
    for index, of_class in enumerate(("input_tokens", "output_tokens")):
        total = sum(max(row[index], 1) for row in rows)
        planned = sum(each.weight * getattr(each, of_class) for each in found.classes)
        # a class has the mean size, rounded: half a token a request at most
        assert abs(planned - total) <= len(rows) / 2


def test_alike_requests_are_one_class(trace):
    (only,) = trace(csv_of([(0, 512, 100), (1, 1000, 127), (2, 700, 64)])).classes
    assert (only.weight, only.input_tokens, only.output_tokens) == (3, 737, 97)


def test_requests_that_differ_by_2_times_are_not_one_class(trace):
    found = trace(csv_of([(0, 100, 100), (1, 200, 100), (2, 100, 200), (3, 50, 100)]))
    sizes = {(each.weight, each.input_tokens, each.output_tokens) for each in found.classes}
    assert sizes == {(1, 100, 100), (1, 200, 100), (1, 100, 200), (1, 50, 100)}


def test_the_widest_spread_of_sizes_gives_few_classes(trace):
    sizes = [2**bits for bits in range(27)]
    found = trace(csv_of([(0, prompt, answer) for prompt in sizes for answer in sizes]))
    assert 20 < len(found.classes) <= MOST_CLASSES
    assert found.requests == 27 * 27


def test_no_tokens_are_planned_as_one(trace):
    found = trace(csv_of([(0, 0, 0), (1, 0, 0)]))
    (only,) = found.classes
    assert (only.weight, only.input_tokens, only.output_tokens) == (2, 1, 1)


def test_order_of_rows_and_of_columns_does_not_matter(trace):
    rows = list(like_azure(200))
    turned = [(answer, "x", time, prompt) for time, prompt, answer in reversed(rows)]
    header = " generatedtokens ,note,Timestamp,CONTEXTTOKENS\n"
    assert trace(csv_of(turned, header)) == trace(csv_of(rows))


@pytest.mark.parametrize(
    ("header", "first", "last", "seconds"),
    [
        ("TIMESTAMP", "0", "10", 10),
        ("timestamp_s", "1700000000.5", "1700000001.5", 1),
        ("timestamp_ms", "0", "500", 0.5),
        ("TIMESTAMP", "2023-11-16 18:17:03.9799600", "2023-11-16 18:17:04.9799600", 1),
        ("TIMESTAMP", "2023-11-16T18:17:03Z", "2023-11-16T18:17:33+00:00", 30),
        ("TIMESTAMP", "2023-11-16T18:00:00+02:00", "2023-11-16T17:00:00+00:00", 3600),
        ("TIMESTAMP", "2023-03-26", "2023-03-27", 86_400),
        ("TIMESTAMP", "2024-02-29T23:59:59", "2024-03-01T00:00:00", 1),
    ],
)
def test_rate_is_requests_over_time(trace, header, first, last, seconds):
    text = f"{header},input_tokens,output_tokens\n{last},5,5\n{first},5,5\n{first},5,5\n"
    assert trace(text).requests_per_s == pytest.approx(3 / seconds)


@pytest.mark.parametrize(
    "text",
    [
        "input_tokens,output_tokens\n5,6\n7,8\n",
        f"{HEADER}3,5,6\n",
        f"{HEADER}3,5,6\n3,5,6\n",
        f"{HEADER}-1e308,5,6\n1e308,5,6\n",
        f"{HEADER}0,5,6\n1e-320,5,6\n",
    ],
    ids=["no times", "one", "equal", "too far apart", "too close"],
)
def test_no_rate_without_two_different_times(trace, text):
    assert trace(text).requests_per_s is None


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        ("0,-1,2", [("ContextTokens", "must be a whole number of tokens", "'-1'")]),
        ("0,1.5,2", [("ContextTokens", "must be a whole number of tokens", "'1.5'")]),
        ("0,1,", [("GeneratedTokens", "must be a whole number of tokens", "''")]),
        ("0,1", [("GeneratedTokens", "is needed", None)]),
        ("0,nan,2", [("ContextTokens", "must be a whole number of tokens", "'nan'")]),
        ("0,1_000,2", [("ContextTokens", "must be a whole number of tokens", "'1_000'")]),
        ("0,0x10,2", [("ContextTokens", "must be a whole number of tokens", "'0x10'")]),
        ("0,inf,2", [("ContextTokens", "must be at most 100,000,000", "'inf'")]),
        ("0,100000001,2", [("ContextTokens", "must be at most 100,000,000", "'100000001'")]),
        ("soon,1,2", [("TIMESTAMP", "must be a time: ISO 8601 or a number", "'soon'")]),
        (",1,2", [("TIMESTAMP", "must be a time: ISO 8601 or a number", "''")]),
        ("nan,1,2", [("TIMESTAMP", "must be a time: ISO 8601 or a number", "'nan'")]),
        ("2023-02-30,1,2", [("TIMESTAMP", "must be a time: ISO 8601 or a number", "'2023-02-30'")]),
        (
            "x,y,z",
            [
                ("ContextTokens", "must be a whole number of tokens", "'y'"),
                ("GeneratedTokens", "must be a whole number of tokens", "'z'"),
                ("TIMESTAMP", "must be a time: ISO 8601 or a number", "'x'"),
            ],
        ),
    ],
)
def test_bad_cells(refusal, cells, faults):
    found = refusal(f"{HEADER}0,1,2\n\n{cells}\n5,6,7\n")
    assert [(fault.field, fault.rule, fault.value) for fault in found] == faults
    assert {fault.line for fault in found} == {4}


def test_counts_may_be_written_as_floats(trace):
    (only,) = trace(f"{HEADER}0, 1e3 ,5.0\n").classes
    assert (only.input_tokens, only.output_tokens) == (1000, 5)


def test_reading_stops_after_some_bad_rows(refusal):
    assert len(refusal(HEADER + "0,x,1\n" * 1000)) == MOST_FAULTS


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("", ["contexttokens or input_tokens", "generatedtokens or output_tokens"]),
        ("TIMESTAMP,ContextTokens\n", ["generatedtokens or output_tokens"]),
        ("input_length,output_tokens\n", ["contexttokens or input_tokens"]),
        (HEADER.encode("utf-16"), ["contexttokens or input_tokens"]),
    ],
)
def test_columns_that_are_needed(refusal, header, missing):
    text = header if isinstance(header, bytes) else header + "1,2,3\n" * bool(header)
    found = refusal(text)
    assert [fault.rule for fault in found][: len(missing)] == [
        f"needs a column {names}" for names in missing
    ]
    assert {fault.line for fault in found} == {1}
    assert all(str(fault).isprintable() for fault in found)


def test_a_trace_without_requests(refusal):
    (fault,) = refusal(HEADER + "\n\n")
    assert fault.rule == "has no requests"


@pytest.mark.parametrize("column", ["GeneratedTokens", "note"])
def test_a_quote_that_is_never_closed_loses_no_rows_in_silence(refusal, column):
    header, cell = (HEADER, '"6') if column == "GeneratedTokens" else ("n," + HEADER, "6")
    first = "" if column == "GeneratedTokens" else '"a,'
    (fault,) = refusal(f"{header}{first}0,5,{cell}\n" + "a,1,5,6\n" * 50)
    assert fault.rule.startswith("is no valid CSV")


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("\n", "\r"), ("TIME", "\ufeffTIME")])
def test_line_ends_and_byte_order_marks(trace, change):
    assert trace(f"{HEADER}0,5,6\n2,5,6\n".replace(*change)).requests_per_s == 1


def test_bytes_that_are_no_utf8_matter_only_where_they_are_read(trace, refusal):
    note = f"note,{HEADER}é,0,5,6\n".encode("latin-1")
    assert trace(note).requests == 1
    (fault,) = refusal(f"{HEADER}0,5é,6\n".encode("latin-1"))
    assert fault.field == "ContextTokens"


def test_files_that_are_none(tmp_path):
    for path in (tmp_path, tmp_path / "gone.csv"):
        with pytest.raises(InputError):
            read_trace(path)


def test_a_line_without_an_end_does_not_fill_the_memory(refusal):
    found = refusal(HEADER + "0,5," + "9" * 3_000_000)
    assert found[0].rule == "must be at most 100,000,000"
    assert max(len(str(fault)) for fault in found) < 300


def test_offsets_at_the_ends_of_time(trace):
    early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23, minutes=59)))
    late = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(-timedelta(hours=23)))
    text = f"{HEADER}{early.isoformat()},5,6\n{late.isoformat()},5,6\n"
    assert trace(text).requests_per_s == pytest.approx(2 / (late - early).total_seconds())
