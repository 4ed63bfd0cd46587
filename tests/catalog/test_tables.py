"""Catalog tables: rows to records, or file, line and field of what is wrong."""

import pytest

from planner.catalog.tables import read_table
from planner.domain.hardware import Accelerator
from planner.domain.pricing import Price
from planner.errors import InputError

HEADER = "site,node_type,purchase,usd_per_node_hour,as_of,basis,source\n"
PARTS = (
    "name,title,vendor,segment,memory_gib,memory_bandwidth_gb_per_s,confidence,source,"
    "peak_dense_tflops.bf16"
)
ROW = "aws/x,n8,on_demand,1.5,2026,listed,me\n"


@pytest.fixture
def table(write):
    return lambda text, record=Price: read_table(write(text, "prices.csv"), record)


@pytest.fixture
def refusal(write):
    def faults(text, record=Price):
        path = write(text, "prices.csv")
        with pytest.raises(InputError) as caught:
            read_table(path, record)
        assert {fault.source for fault in caught.value.faults} == {str(path)}
        return caught.value.faults

    return faults


def test_rows_become_records(table):
    prices = table(f"# a comment\n{HEADER}# another, one\n{ROW}\n{ROW.replace('n8', 'n4')}")
    assert [price.node_type for price in prices] == ["n8", "n4"]
    assert prices[0].usd_per_node_hour == 1.5
    assert prices[0].as_of == "2026"


def test_dots_lead_into_fields_and_empty_cells_are_left_out(table):
    header = "name,title,vendor,segment,memory_gib,memory_bandwidth_gb_per_s,confidence,source"
    row = "A1,A one,Acme,edge,16,320,low,me"
    rates = "peak_dense_tflops.bf16,peak_dense_tflops.fp8,tdp_w"
    (part,) = table(f"{header},{rates}\n{row},100,,\n", Accelerator)
    assert part.peak_dense_tflops.bf16 == 100
    assert part.peak_dense_tflops.fp8 is None
    assert part.tdp_w is None
    assert part.model_fields_set >= {"peak_dense_tflops"}
    assert "tdp_w" not in part.model_fields_set


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("site,", "\ufeffsite,"), ("me\n", "me")])
def test_line_ends_and_byte_order_marks(table, change):
    (price,) = table((HEADER + ROW).replace(*change))
    assert (price.site, price.source) == ("aws/x", "me")


def test_cells_may_hold_commas_quotes_line_ends_and_separators(table):
    cell = 'a, "b"\nc\x0bd\x85e\u2028f'
    quoted = cell.replace('"', '""')
    first, second = table(f"{HEADER}{ROW.replace('me', f'{chr(34)}{quoted}{chr(34)}')}{ROW}")
    assert first.source == cell
    assert second.source == "me"


def test_errors_have_line_and_field(refusal):
    bad = "a b,n8,on_demand,-1,2026,listed,me\naws/x,n8,on_demand,x,2026,listed,\n"
    found = refusal(f"# one\n{HEADER}{ROW}# two\n{bad}")
    assert [(fault.line, fault.field, fault.value) for fault in found] == [
        (5, "site", "'a b'"),
        (5, "usd_per_node_hour", "'-1'"),
        (6, "usd_per_node_hour", "'x'"),
        (6, "source", None),
    ]
    assert [fault.rule for fault in found[1:]] == [
        "must be greater than 0",
        "must be a number",
        "is needed",
    ]


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999", "true", "0x10", "1,5"])
def test_numbers_are_finite_numbers(refusal, number):
    (fault,) = refusal(HEADER + ROW.replace("1.5", f'"{number}"'))
    assert (fault.field, fault.line) == ("usd_per_node_hour", 2)


@pytest.mark.parametrize(
    ("record", "column", "text"),
    [
        (Price, "usd_per_node_hour", HEADER + ROW.replace("1.5", "1_0")),
        (Accelerator, "peak_dense_tflops.bf16", f"{PARTS}\nA1,A,Acme,edge,16,320,low,me,1_0\n"),
    ],
)
def test_numbers_have_no_underscores(refusal, record, column, text):
    (fault,) = refusal(text, record)
    assert (fault.field, fault.line, fault.rule) == (column, 2, "must be a number")
    assert (fault.value, fault.hint) == ("'1_0'", "write 10")


def test_texts_may_have_underscores(table):
    (price,) = table(HEADER + ROW.replace("n8", "1_0"))
    assert price.node_type == "1_0"


@pytest.mark.parametrize("told", ["2026", "2026-02", "2026-02-28", "2025-12 to 2026-08"])
def test_prices_are_dated(table, told):
    (price,) = table(HEADER + ROW.replace("2026", told))
    assert price.as_of == told


@pytest.mark.parametrize(
    "told", ["soon", "26", "2026-13", "2026-02-30", "20260228", "1026-01-01", "2026 to then"]
)
def test_prices_of_no_date(refusal, told):
    (fault,) = refusal(HEADER + ROW.replace("2026", told))
    assert (fault.field, fault.line, fault.value) == ("as_of", 2, f"'{told}'")
    assert fault.rule == "must be when the price was listed: 2026-11-20, 2026-11 or 2026"


def test_misspelt_columns(refusal):
    found = refusal(HEADER.replace("usd_per_node_hour", "usd_per_hour") + ROW)
    by_field = {fault.field: fault for fault in found}
    assert by_field["usd_per_hour"].hint == "did you mean usd_per_node_hour?"
    assert by_field["usd_per_node_hour"].rule == "is needed"


@pytest.mark.parametrize(("row", "cells"), [("aws/x,n8\n", "2"), (ROW.strip() + ",more\n", "8")])
def test_rows_as_wide_as_the_header(refusal, row, cells):
    (fault,) = refusal(HEADER + ROW + row)
    assert (fault.line, fault.rule, fault.value) == (
        3,
        "must have 7 cells, as the header has",
        cells,
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n\n"])
def test_a_table_needs_a_header(refusal, text):
    (fault,) = refusal(text)
    assert fault.rule == "has no header"


def test_a_header_alone_is_an_empty_table(table):
    assert table(HEADER) == ()


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        ("site", "two columns have this name"),
        ("site.name", "cannot stand beside a column site.nam"),
    ],
)
def test_columns_exclude_each_other(refusal, column, rule):
    (fault,) = refusal(HEADER.replace("source", f"source,{column}") + ROW)
    assert fault.rule.startswith(rule)
    assert (fault.line, fault.value) == (1, "'site'")


def test_a_quote_that_is_never_closed(refusal):
    (fault,) = refusal(HEADER + ROW.replace("me", '"me') + ROW)
    assert fault.rule == "is no valid CSV: unexpected end of data"


def test_bytes_that_are_no_utf8(refusal):
    (fault,) = refusal((HEADER + ROW.replace("me", "é")).encode("latin-1"))
    assert (fault.rule, fault.line) == ("must be UTF-8 text", 2)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"gone\.csv: cannot be read \(No such file"):
        read_table(tmp_path / "gone.csv", Price)
