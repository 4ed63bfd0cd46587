"""`gpuplan check` on scenarios with series: one line for each fault, where it is."""

import json

import pytest

HEADER = "time,value\n"
HOURS = [f"2024-01-01T{hour:02}:00Z" for hour in range(24)]


def text(values):
    return HEADER + "".join(f"{time},{value}\n" for time, value in zip(HOURS, values, strict=False))


@pytest.fixture
def told(gpuplan, fields, write, tmp_path):
    """What is said of the small scenario with changes, one line a fault."""

    def check(site=(), demand=None, horizon=(), csv=None):
        if csv is not None:
            data = csv if isinstance(csv, bytes) else csv.encode()
            (tmp_path / "prices.csv").write_bytes(data)
        fields["horizon"] = {"days": 30, "start": "2024-01-01", **dict(horizon)}
        fields["sites"][0].update(site)
        if "tariff" in dict(site):
            del fields["sites"][0]["electricity_usd_per_kwh"]
        if demand is not None:
            fields["workloads"][0]["demand"] = demand
        result = gpuplan("check", write(fields))
        assert result.exit_code in {0, 2}
        assert (result.exit_code == 2) == bool(result.stderr)
        assert "Traceback" not in result.stderr
        return result.stderr.splitlines()

    return check


TARIFF = {"tariff": {"series": {"file": "prices.csv", "scale": 0.001}}}


def test_a_good_series(told):
    assert told(TARIFF, csv=text(range(24))) == []


@pytest.mark.parametrize(
    ("csv", "line", "rule"),
    [
        (text([1, "x", 3]), "prices.csv:3: value:", "must be a number, got 'x'"),
        (text([1, "nan", 3]), "prices.csv:3: value:", "must be a number"),
        (HEADER + "2024-01-01,1\nsoon,2\n", "prices.csv:3: time:", "must be a time like"),
        (
            HEADER + "2024-01-01,1\n2024-01-02,1\n2024-01-04,1\n",
            "prices.csv:4:",
            "must begin 1 day",
        ),
        (HEADER, "prices.csv:1:", "must have a header and rows"),
        (b"\xff\xfe", "prices.csv:1:1:", "must be UTF-8 text"),
        ("time,a,b\n2024-01-01,1,2\n2024-01-02,1,2\n", "prices.csv:1:", "state `column`"),
        (None, "small.yaml:", "sites.0.tariff.series.file: there is no such file"),
    ],
)
def test_faults_of_a_file(told, csv, line, rule):
    (only,) = told(TARIFF, csv=csv)
    assert line in only
    assert rule in only


NEW_YEAR = "2024-01-01T00:00Z"
SHAPE = {"by_hour": [1.0] * 24}


@pytest.mark.parametrize(
    ("changes", "place", "rule"),
    [
        (
            {"site": {"pue": None, "pue_series": {"by_hour": [1.0] * 23}}},
            "pue_series.by_hour",
            "must have 24 or more entries",
        ),
        (
            {"demand": {"series": {**SHAPE, "time_zone": "Europe/Berln"}}},
            "workloads.0.demand.series.time_zone",
            "must be a time zone like Europe/Berlin or UTC, got 'Europe/Berln' (did you mean",
        ),
        (
            {"demand": {"series": {"values": [1, 2], "start": "soon"}}},
            "workloads.0.demand.series.start",
            "must be a time like 2027-01-31T15:00Z",
        ),
        (
            {"demand": {"series": {"values": [1, 2], "start": "2024-01-01T00:00"}}},
            "workloads.0.demand.series",
            "values need a start with its offset",
        ),
        (
            {
                "demand": {
                    "series": {"values": [1], "start": "2024-01-01T00:00Z", "step_minutes": 0}
                }
            },
            "workloads.0.demand.series.step_minutes",
            "must be greater than 0",
        ),
        (
            {"demand": {"series": {"values": [1, 2], "start": "0001-01-01T00:00+14:00"}}},
            "workloads.0.demand.series.start",
            "must be in a year from 1900 to 2200",
        ),
        (
            {"demand": {"series": {"file": "../x.csv"}}},
            "workloads.0.demand.series.file",
            "must be a path below the folder",
        ),
        (
            {"demand": {"series": {**SHAPE, "scale": 0}}},
            "workloads.0.demand.series",
            "must be above 0 at some time",
        ),
        (
            {
                "demand": {
                    "series": {"values": [1, 2], "start": NEW_YEAR},
                    "extrapolated": True,
                }
            },
            "workloads.0.demand.series",
            "must reach over 2 days or more to go on from, got 2 hours",
        ),
        (
            {"horizon": {"days": 36_525, "periods_by": "days"}},
            "horizon",
            "has more than 10,000 periods",
        ),
        (
            {"horizon": {"days": 36_525, "periods": 9_000, "representative_days": {}}},
            "horizon",
            "representative_days make more than 10,000 slices",
        ),
        (
            {"horizon": {"representative_days": {"slice_hours": 5}}},
            "horizon.representative_days.slice_hours",
            "must be 1, 2, 3, 4, 6, 8, 12 or 24, got 5",
        ),
        ({"horizon": {"start": "9999-12-31"}}, "horizon.start", "must be in a year from 1900"),
    ],
)
def test_faults_of_the_scenario(told, changes, place, rule):
    (only,) = told(**changes)
    assert only.startswith("input: ") or "small.yaml:" in only
    assert f" {place}: " in only or f".{place}: " in only
    assert rule in only


def test_every_fault_has_its_line(told):
    lines = told(
        {**TARIFF, "pue": None, "pue_series": {"by_hour": [0.5] * 24}},
        demand={"series": {"file": "gone.csv"}},
        csv=text([1, "x", "y"]),
    )
    assert len(lines) == 4
    assert json.dumps(lines).count("Error") == 0
