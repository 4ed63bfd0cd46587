"""Files of series: what they may look like, and what is told of those that are none."""

import sys
import warnings
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import fastparquet
import pandas as pd
import pytest

from planner.catalog.references import check_scenario
from planner.catalog.time_series import MOST_FAULTS, with_series
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.series import TimeSeries
from planner.domain.tariff import Tariff
from planner.domain.workload import Serving
from planner.errors import InputError

EXAMPLES = Path(__file__).parents[2] / "examples" / "series"
OFFER = Offer(node_type="hgx-h100-8", purchase="on_demand", usd_per_node_hour=20.0)
CHAT = Serving(
    kind="serving",
    name="chat",
    architecture="llama-3.1-8b",
    requests_per_s=10.0,
    input_tokens=100,
    output_tokens=100,
)
FIELD = "sites.0.tariff.series"


def scenario(*series):
    sites = tuple(
        ScenarioSite(
            name=f"s{row}",
            pue=1.2,
            carbon_g_per_kwh=100.0,
            tariff=Tariff(series=each),
            capacity=(OFFER,),
        )
        for row, each in enumerate(series)
    )
    horizon = Horizon(days=1.0, start=date(2024, 1, 1))
    return Scenario(scenario="s", horizon=horizon, sites=sites, workloads=(CHAT,))


@pytest.fixture
def load(write, tmp_path):
    """The series of a file, or what is told of it."""

    def read(text, name="series.csv", **fields):
        write(text, name)
        made, faults = with_series(scenario(TimeSeries(file=name, **fields)), tmp_path)
        return faults or made.sites[0].tariff.series

    return read


@pytest.fixture
def fault(load):
    def only(text, **fields):
        (found,) = load(text, **fields)
        assert str(found).isprintable()
        assert len(str(found)) < 500
        return found

    return only


def lines(*times, value=5):
    return "time,value\n" + "".join(f"{time},{value}\n" for time in times)


def hours(first, count, zone=""):
    start = datetime.fromisoformat(first)
    return [f"{start + timedelta(hours=hour):%Y-%m-%dT%H:%M}{zone}" for hour in range(count)]


def test_a_file_of_the_examples():
    asked = scenario(
        TimeSeries(file="day_ahead_2024.csv", column="DE-LU", scale=0.001),
        TimeSeries(file="day_ahead_2024.csv", column="KR"),
    )
    made, faults = with_series(asked, EXAMPLES)
    assert faults == ()
    german, korean = (site.tariff.series for site in made.sites)
    assert german.values[:2] == (0.06, 0.01)
    assert korean.values[:2] == (60.58, 60.59)
    assert len(german.values) == 8784
    assert german.start == datetime(2024, 1, 1, tzinfo=UTC)
    assert (german.step_minutes, german.scale, german.file, german.column) == (
        60,
        0.001,
        None,
        None,
    )


def test_other_series_and_sites_stay_as_they_are(tmp_path):
    shape = TimeSeries(by_hour=(0.1,) * 24)
    asked = scenario(shape)
    made, faults = with_series(asked, tmp_path)
    assert (made, faults) == (asked, ())


@pytest.mark.parametrize(
    ("times", "start", "step"),
    [
        (["2024-01-01T00:00Z", "2024-01-01T01:00Z"], datetime(2024, 1, 1, tzinfo=UTC), 60),
        (["2024-01-01", "2024-01-02"], datetime(2024, 1, 1, tzinfo=UTC), 1440),
        (["2024-01-01 00:00:00", " 2024-01-01 00:30:00 "], datetime(2024, 1, 1, tzinfo=UTC), 30),
        (
            ["2024-01-01T00:00+05:30", "2023-12-31T19:30+00:00"],
            datetime(2023, 12, 31, 18, 30, tzinfo=UTC),
            60,
        ),
        (["20240229T23", "20240301T00"], datetime(2024, 2, 29, 23, tzinfo=UTC), 60),
    ],
)
def test_times(load, times, start, step):
    found = load(lines(*times))
    assert (found.start, found.step_minutes) == (start, step)


def test_times_without_an_offset_are_of_the_zone(load):
    found = load(lines(*hours("2024-07-01T00:00", 2)), time_zone="Australia/Sydney")
    assert found.start == datetime(2024, 6, 30, 14, tzinfo=UTC)


def test_local_days_on_which_clocks_change(load):
    """No 02:00 in spring; two in autumn, which stand there twice."""
    spring = [*hours("2024-03-31T00:00", 2), *hours("2024-03-31T03:00", 22)]
    assert len(load(lines(*spring), time_zone="Europe/Berlin").values) == 24
    autumn = [*hours("2024-10-27T00:00", 3), *hours("2024-10-27T02:00", 22)]
    assert load(lines(*autumn), time_zone="Europe/Berlin").step_minutes == 60
    halves = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    day = [f"2024-10-27T{each}" for each in halves]
    assert load(lines(*day), time_zone="Europe/Berlin").step_minutes == 30


def test_an_hour_that_clocks_skip_is_told(fault):
    found = fault(lines(*hours("2024-03-31T00:00", 5)), time_zone="Europe/Berlin")
    assert (found.line, found.field, found.value) == (4, "time", "'2024-03-31T02:00'")
    assert found.rule == "is no time in Europe/Berlin, where clocks skip it"


def test_an_hour_that_clocks_show_twice_and_the_file_once_is_told(fault):
    found = fault(lines(*hours("2024-10-27T00:00", 5)), time_zone="Europe/Berlin")
    assert found.line == 5
    assert found.rule == "must begin 1:00:00 after the row above, at 2024-10-27T02:00:00+01:00"
    assert found.value == "2024-10-27T03:00:00+01:00"


@pytest.mark.parametrize(
    ("rows", "line", "rule", "value"),
    [
        ([0, 1, 2, 4, 5], 5, "at 2024-01-01T03:00:00+00:00", "2024-01-01T04:00:00+00:00"),
        ([0, 1, 2, 2, 3], 5, "at 2024-01-01T03:00:00+00:00", "2024-01-01T02:00:00+00:00"),
        ([0, 1, 2, 1], 5, "at 2024-01-01T03:00:00+00:00", "2024-01-01T01:00:00+00:00"),
        ([0, 0, 1], 3, "must be later than the row above", "2024-01-01T00:00:00+00:00"),
        ([3, 2, 1], 3, "must be later than the row above", "2024-01-01T02:00:00+00:00"),
    ],
    ids=["gap", "twice", "back", "twice at once", "backwards"],
)
def test_times_that_are_not_evenly_spaced(fault, rows, line, rule, value):
    found = fault(lines(*(f"2024-01-01T{hour:02}:00" for hour in rows)))
    assert (found.line, found.value) == (line, value)
    assert rule in found.rule


@pytest.mark.parametrize(
    ("row", "field", "rule", "value"),
    [
        ("2024-01-01T01:00,nan", "value", "must be a number", "'nan'"),
        ("2024-01-01T01:00,1e400", "value", "must be a number", "'1e400'"),
        ("2024-01-01T01:00,-1e16", "value", "must be a number", "'-1e16'"),
        ("2024-01-01T01:00,", "value", "must be a number", "''"),
        ("2024-01-01T01:00,5\0", "value", "must be a number", "'5\\x00'"),
        ("2024-01-01T01:00,1_000", "value", "must be a number", "'1_000'"),
        ('2024-01-01T01:00,"1,5"', "value", "must be a number", "'1,5'"),
        ("1 o'clock,5", "time", "must be a time like", '"1 o\'clock"'),
        (",5", "time", "must be a time like", "''"),
        ("0001-01-01T00:00+14:00,5", "time", "must be a time like", "'0001-01-01T00:00+14:00'"),
        ("9999-12-31T23:00-12:00,5", "time", "must be a time like", "'9999-12-31T23:00-12:00'"),
        ("2024-01-01T01:00", "", "must have 2 cells, as the header has", "1"),
        ("2024-01-01T01:00,5,6", "", "must have 2 cells, as the header has", "3"),
    ],
)
def test_bad_cells(fault, tmp_path, row, field, rule, value):
    found = fault(f"time,value\n2024-01-01T00:00,5\n\n{row}\n2024-01-01T02:00,5\n")
    assert (found.source, found.line) == (str(tmp_path / "series.csv"), 4)
    assert (found.field, found.value) == (field, value)
    assert found.rule.startswith(rule)


def test_reading_stops_after_some_bad_rows(load):
    assert len(load(lines(*hours("2024-01-01T00:00", 500), value="x"))) == MOST_FAULTS


@pytest.mark.parametrize(
    ("header", "fields", "rule", "hint"),
    [
        ("time,DE-LU,KR", {"column": "DE_LU"}, "has no column 'DE_LU'", "did you mean DE-LU?"),
        ("time,DE-LU,KR", {"column": "value"}, "has no column 'value'", "it has time, DE-LU, KR"),
        ("time,a,b", {"time_column": "tmie", "column": "a"}, "no column 'tmie'", "mean time?"),
        ("time,a,b", {}, "has 2 columns beside that of the times, time", "it has time, a, b"),
        ("time,a,a", {"column": "a"}, "has more than one column 'a'", ""),
        ("time,a\nb,c", {"column": "x\ny" * 900}, "has no column 'x", "it has time, a"),
    ],
)
def test_columns(fault, header, fields, rule, hint):
    found = fault(f"{header}\n2024-01-01,1,2\n2024-01-02,1,2\n", **fields)
    assert found.line == 1
    assert rule in found.rule
    assert hint in found.hint


def test_a_file_without_a_column_of_values(fault):
    found = fault("time\n2024-01-01\n2024-01-02\n")
    assert found.rule.startswith("has 0 columns beside that of the times")


def test_columns_in_any_order_notes_and_marks(load):
    rows = ["# the grid's", "", " note , value , begin", "x,1,2024-01-01", "y,2,2024-01-02"]
    text = "\ufeff" + "\r\n".join(rows)
    found = load(text, column="value", time_column="begin")
    assert found.values == (1, 2)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must have a header and rows below it"),
        ("time,value\n", "must have a header and rows below it"),
        ("time,value\n2024-01-01,5\n", "must have two rows or more"),
        (lines("2024-01-01T00:00", "2024-01-01T00:01"), "must reach over an hour or more"),
        (lines("2020-01-01", "2024-01-01"), "must be at most 366 days after"),
        ('time,value\n"2024-01-01,5\n2024-01-02,5\n', "is no valid CSV"),
        (b"time,value\n2024-01-01,5\n2024-01-02,\xff\n", "must be UTF-8 text"),
        (lines("2024-01-01T00:00", "2024-01-01T01:00").encode("utf-16"), "must be UTF-8 text"),
    ],
)
def test_files_without_a_series(fault, text, rule):
    found = fault(text)
    assert found.rule.startswith(rule) or isinstance(text, bytes)
    assert found.line is not None


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("gone.csv", "there is no such file"),
        ("folder", "is a directory"),
        ("../series.csv", "must be a path below the folder"),
        ("/etc/passwd", "must be a path below the folder"),
        ("a\0b", "must be a path below the folder"),
        ("x" * 300 + ".csv", "cannot be opened"),
    ],
)
def test_files_that_are_none_are_told_where_they_are_named(tmp_path, name, rule):
    (tmp_path / "folder").mkdir()
    _, (fault,) = with_series(scenario(TimeSeries(file=name)), tmp_path)
    assert (fault.source, fault.line, fault.field) == ("s", None, f"{FIELD}.file")
    assert fault.rule.startswith(rule)
    assert str(fault).isprintable()


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "series.csv").write_text(lines("2024-01-01", "2024-01-02"))
    (inner / "link.csv").symlink_to(tmp_path / "series.csv")
    _, (fault,) = with_series(scenario(TimeSeries(file="link.csv")), inner)
    assert fault.rule.startswith("must be a path below the folder")


def test_a_misspelt_file_has_a_hint(write, tmp_path):
    write(lines("2024-01-01", "2024-01-02"), "prices.csv")
    _, (fault,) = with_series(scenario(TimeSeries(file="price.csv")), tmp_path)
    assert "prices.csv" in fault.hint


def test_a_faulty_file_is_told_once_however_many_sites_name_it(write, tmp_path):
    write(lines("2024-01-01", "soon"), "prices.csv")
    _, faults = with_series(scenario(*[TimeSeries(file="prices.csv")] * 3), tmp_path)
    assert len(faults) == 1


def test_too_many_rows(fault):
    found = fault("time,value\n" + "0,1\n" * 2_000_001)
    assert found.rule == "must have at most 2,000,000 rows, and has 2,000,001"


def test_a_series_that_was_not_read_is_told(catalog):
    with pytest.raises(InputError) as caught:
        check_scenario(scenario(TimeSeries(file="prices.csv")), catalog)
    (fault,) = caught.value.faults
    assert fault.field == f"{FIELD}.file"
    assert "state the values instead" in fault.rule


def frame(**columns):
    index = pd.date_range("2024-01-01", periods=48, freq="h", tz="UTC")
    return pd.DataFrame({"time": index, **columns})


def to_parquet(table, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fastparquet.write(str(path), table, write_index=table.index.name is not None)


@pytest.fixture
def parquet(tmp_path):
    def read(table, **fields):
        to_parquet(table, tmp_path / "x.parquet")
        made, faults = with_series(scenario(TimeSeries(file="x.parquet", **fields)), tmp_path)
        return faults or made.sites[0].tariff.series

    return read


def test_parquet(parquet):
    values = [float(each) for each in range(48)]
    found = parquet(frame(price=values, other=values), column="price")
    assert list(found.values) == values
    assert (found.start, found.step_minutes) == (datetime(2024, 1, 1, tzinfo=UTC), 60)


def test_parquet_with_times_as_its_index_local_ones_and_whole_numbers(parquet):
    table = frame(price=range(48)).set_index("time").tz_convert("Europe/Berlin")
    found = parquet(table)
    assert found.start == datetime(2024, 1, 1, tzinfo=UTC)
    naive = frame(price=range(48)).assign(time=lambda each: each.time.dt.tz_localize(None))
    assert parquet(naive, time_zone="Europe/Berlin").start == datetime(2023, 12, 31, 23, tzinfo=UTC)


def test_a_bad_cell_of_parquet_has_its_row(parquet, tmp_path):
    (fault,) = parquet(frame(price=[1.0] * 40 + [float("nan")] + [1.0] * 7))
    assert (fault.source, fault.line, fault.field) == (str(tmp_path / "x.parquet"), 42, "price")
    (fault,) = parquet(frame(price=[1.0] * 48), column="prize")
    assert fault.hint == "did you mean price?"


@pytest.mark.parametrize("text", [b"", b"PAR1", b"time,value\n2024-01-01,1\n", b"PAR1" * 100])
def test_files_that_are_no_parquet(load, text):
    (fault,) = load(text, "x.parquet")
    assert fault.rule == "must be a Parquet file that can be read"
    assert fault.field == f"{FIELD}.file"
    assert str(fault).isprintable()


@pytest.mark.parametrize("kept", [4, 8, 100, 500, 1000, -9, -8, -4, -1])
def test_parquet_that_ends_early(tmp_path, kept):
    path = tmp_path / "x.parquet"
    to_parquet(frame(price=[1.0] * 48), path)
    path.write_bytes(path.read_bytes()[:kept])
    _, (fault,) = with_series(scenario(TimeSeries(file="x.parquet")), tmp_path)
    assert fault.rule == "must be a Parquet file that can be read"
    assert str(fault).isprintable()


def test_parquet_without_a_reader(monkeypatch, load):
    monkeypatch.setitem(sys.modules, "fastparquet", None)
    (fault,) = load(b"PAR1", "x.parquet")
    assert "pip install 'gpu-cluster-planner[parquet]'" in fault.rule
