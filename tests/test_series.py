"""The series that ship with the examples: whole, plausible, and small."""

import csv
import re
from datetime import UTC, datetime, timedelta
from math import fsum
from pathlib import Path
from statistics import median

import pytest

from planner.domain.requests import RequestClass

SERIES = Path(__file__).parents[1] / "examples" / "series"
README = (SERIES / "README.md").read_text()


def rows(name):
    return list(csv.DictReader((SERIES / name).read_text().splitlines()))


def numbers(name, column):
    return [float(row[column]) for row in rows(name)]


@pytest.mark.parametrize("name", ["day_ahead_2024.csv", "carbon_2024.csv"])
def test_every_hour_of_the_leap_year_is_there_once(name):
    hours = [datetime.fromisoformat(row["datetime_utc"]) for row in rows(name)]
    start = datetime(2024, 1, 1, tzinfo=UTC)
    assert hours == [start + timedelta(hours=hour) for hour in range(8784)]


@pytest.mark.parametrize(
    ("zone", "mean", "below_0", "lowest", "highest"),
    [
        ("DE-LU", 84.58, 442, -144.57, 945.77),
        ("US-TEX-ERCO", 28.08, 14, -2.79, 2064.5),
        ("AU-NSW", 131.13, 532, -168.73, 15636.72),
        ("KR", 85.30, 0, 2.15, 142.05),
    ],
)
def test_prices_are_those_of_the_source(zone, mean, below_0, lowest, highest):
    """Means, extremes and hours below zero as the quality table of the collection has them; of the
    15 in Texas one is lost to rounding to cents."""
    prices = numbers("day_ahead_2024.csv", zone)
    assert fsum(prices) / len(prices) == pytest.approx(mean, abs=0.006)
    assert (min(prices), max(prices)) == (lowest, highest)
    assert sum(price < 0 for price in prices) == below_0


@pytest.mark.parametrize(
    ("zone", "mean", "lowest", "highest"),
    [
        ("DE", 332.1, 107.1, 653.7),
        ("US-TEX-ERCO", 367.4, 135.5, 579.8),
        ("AU-NSW", 552.4, 171.4, 808.2),
        ("KR", 417.9, 249.0, 505.1),
    ],
)
def test_intensities_are_those_of_the_source(zone, mean, lowest, highest):
    intensities = numbers("carbon_2024.csv", zone)
    assert fsum(intensities) / len(intensities) == pytest.approx(mean, abs=0.06)
    assert (min(intensities), max(intensities)) == (lowest, highest)


def test_carbon_zones_are_those_of_sites(catalog):
    zones = {site.grid_zone for site in catalog.sites.values()}
    assert set(rows("carbon_2024.csv")[0]) - {"datetime_utc"} <= zones


@pytest.mark.parametrize(
    ("name", "zone"), [("day_ahead_2024.csv", "DE-LU"), ("carbon_2024.csv", "DE")]
)
def test_german_evenings_are_dearer_and_dirtier_than_noons(name, zone):
    """18:00 UTC is seven or eight in the evening there, 12:00 UTC one or two in the afternoon."""
    series = numbers(name, zone)
    assert median(series[12::24]) < 0.6 * median(series[18::24])


@pytest.mark.parametrize("name", ["day_ahead_2024.csv", "carbon_2024.csv"])
def test_the_sun_makes_australian_noon_cheaper_and_cleaner_than_its_evening(name):
    """02:00 UTC is noon there, 08:00 UTC six in the evening."""
    series = numbers(name, "AU-NSW")
    assert median(series[2::24]) < 0.6 * median(series[8::24])


@pytest.mark.parametrize(
    ("zone", "hour", "day"),
    [
        ("US-TEX-ERCO", "2024-05-09T01:00Z", "8 May, eight in the evening in Texas"),
        ("AU-NSW", "2024-05-08T08:00Z", "8 May, six in the evening in Sydney"),
        ("DE-LU", "2024-12-12T16:00Z", "12 December, five in the afternoon in Germany"),
    ],
)
def test_the_scarcest_hour_is_at_its_hour(zone, hour, day):
    """Evenings of scarcity that were in the news; a clock in local time would miss them."""
    dearest = max(rows("day_ahead_2024.csv"), key=lambda row: float(row[zone]))
    assert dearest["datetime_utc"] == hour, day


def test_every_minute_of_the_azure_hour_is_there():
    minutes = [row["timestamp"] for row in rows("azure_llm_2023_per_minute.csv")]
    start = datetime(2023, 11, 16, 18, 15)  # noqa: DTZ001 - the source states no zone
    stamps = [start + timedelta(minutes=minute) for minute in range(60)]
    assert minutes == [stamp.isoformat(timespec="minutes") for stamp in stamps]


@pytest.mark.parametrize(("service", "requests"), [("code", 8819), ("conv", 19366)])
def test_every_azure_request_is_counted(service, requests):
    assert sum(numbers("azure_llm_2023_per_minute.csv", service)) == requests
    weights = [
        float(row["weight"])
        for row in rows("azure_llm_2023_sizes.csv")
        if row["service"] == service
    ]
    assert sum(weights) == requests


@pytest.mark.parametrize(
    ("service", "per_s"), [("m_large", 196), ("m_mid", 1790), ("m_small", 1174)]
)
def test_servegen_has_two_weeks_of_its_mean_rate(service, per_s):
    assert numbers("servegen_2025_requests.csv", "hour") == list(range(14 * 24))
    rates = numbers("servegen_2025_requests.csv", service)
    assert fsum(rates) / len(rates) == pytest.approx(per_s, rel=0.002)
    assert min(rates) >= 0


@pytest.mark.parametrize(
    ("name", "service", "input_tokens", "output_tokens"),
    [
        ("azure_llm_2023", "code", 2047.85, 27.88),
        ("azure_llm_2023", "conv", 1154.70, 211.13),
        ("servegen_2025", "m-large", 1008.76, 177.65),
        ("servegen_2025", "m-mid", 264.13, 45.74),
        ("servegen_2025", "m-small", 127.17, 18.45),
    ],
)
def test_sizes_keep_the_mean_lengths(name, service, input_tokens, output_tokens):
    """Exact means of the Azure trace; ServeGen's from the geometric centres of its bins."""
    classes = [
        RequestClass.model_validate_strings({k: v for k, v in row.items() if k != "service"})
        for row in rows(f"{name}_sizes.csv")
        if row["service"] == service
    ]
    assert 1 < len(classes) <= 12
    weight = fsum(each.weight for each in classes)
    inputs = fsum(each.weight * each.input_tokens for each in classes) / weight
    outputs = fsum(each.weight * each.output_tokens for each in classes) / weight
    assert inputs == pytest.approx(input_tokens, rel=0.01)
    assert outputs == pytest.approx(output_tokens, rel=0.01)


def test_every_file_is_small_and_has_its_source_and_licence():
    files = [path for path in SERIES.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_500_000
    described = set(re.findall(r"^\| `(\S+\.csv)` \|", README, flags=re.MULTILINE))
    assert described == {path.name for path in files if path.suffix == ".csv"}
    assert "ODbL" in (SERIES / "carbon_2024.LICENSE").read_text()
