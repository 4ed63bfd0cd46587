"""Series of a scenario that cannot be what they are used for."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from planner.catalog.calendar import calendar_of
from planner.catalog.sampling import by_cell
from planner.domain.scenario import Scenario
from planner.domain.series import TimeSeries
from planner.domain.site_power import SitePower
from planner.domain.workload import Serving
from planner.errors import Fault

LARGEST_PUE: Final = 5.0
SMALLEST_PUE: Final = 1.0


def series_faults(scenario: Scenario) -> Iterator[Fault]:
    """Values out of the range of their quantity, and series without a start of the horizon."""
    for field, series, least, most in _series(scenario):
        if series.file is not None:
            continue
        if series.values is not None and scenario.horizon.start is None:
            rule = "must be stated where values have times: they are those of its days"
            yield Fault(scenario.scenario, rule, field="horizon.start")
            return
        cells = by_cell(series, calendar_of(scenario.horizon))
        outside = cells[(cells < least) | (cells > most)]
        if len(outside):
            rule = f"must be {_range(least, most)}, times scale"
            value = f"{outside[0]:.6g}"
            yield Fault(scenario.scenario, rule, field=field, value=value)
        elif field.startswith("workloads") and cells.sum() <= 0:
            yield Fault(scenario.scenario, "must be above 0 at some time", field=field)


def _series(scenario: Scenario) -> Iterator[tuple[str, TimeSeries, float, float]]:
    """Field, series, and the range of its values."""
    for row, site in enumerate(scenario.sites):
        if site.pue_series is not None:
            yield f"sites.{row}.pue_series", site.pue_series, SMALLEST_PUE, LARGEST_PUE
        if site.carbon_series is not None:
            yield f"sites.{row}.carbon_series", site.carbon_series, 0.0, np.inf
        if site.tariff is not None and site.tariff.series is not None:
            yield f"sites.{row}.tariff.series", site.tariff.series, -np.inf, np.inf
        power = site.power or SitePower()
        for name in ("on_site", "clean_energy"):
            for number, each in enumerate(getattr(power, name)):
                yield f"sites.{row}.power.{name}.{number}.series", each.series, 0.0, np.inf
    for row, workload in enumerate(scenario.workloads):
        if isinstance(workload, Serving) and workload.demand and workload.demand.series:
            yield f"workloads.{row}.demand.series", workload.demand.series, 0.0, np.inf


def _range(least: float, most: float) -> str:
    return f"{least:g} or more" if np.isinf(most) else f"{least:g} to {most:g}"
