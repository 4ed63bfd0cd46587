"""SkyPilot's price catalogs: `catalogs/vN/CLOUD/vms.csv`, versions 5 to 9.

Columns by name, in any order: InstanceType, AcceleratorName, AcceleratorCount, Price, SpotPrice,
Region, AvailabilityZone; what else there is does not matter. A row is a machine in a zone (or a
region): zones of a region share the on-demand price, of their spot prices the lower median holds.
A price of 0 is that of machines that are reserved only; a spot price equal to the on-demand price
means that there is no spot market. AWS lists its Local Zones and Wavelength Zones under the region
that they belong to, at other prices: they are left out. Regions are written in lower case, as our
own price list has them, and DigitalOcean by its name.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from math import isfinite
from pathlib import Path
from statistics import median_low
from typing import Final

from pydantic import ValidationError

from planner.domain.importing import ImportedPrices, Skipped
from planner.domain.pricing import Price
from planner.errors import Fault, InputError

COLUMNS: Final = ("InstanceType", "AcceleratorName", "Price", "SpotPrice", "Region")
"""That a catalog of machines has."""
FILE_NAME: Final = re.compile(r"(?:.*/)?(?:skypilot_v\d+_)?([a-z]+)(?:_vms\w*|/vms)\.csv")
"""`CLOUD/vms.csv`, or a copy of one: `CLOUD_vms.csv`, `skypilot_vN_CLOUD_vms_....csv`."""
SOURCE: Final = "SkyPilot catalog"
FULL_NAMES: Final = {"do": "digitalocean"}
"""Clouds that our own price list calls otherwise."""
AWS_ZONE: Final = re.compile(r"[a-z]+\d+-az\d+|[a-z]+(?:-[a-z]+)+-\d+[a-z]")
"""An availability zone: `use1-az1`, `us-east-1a`.

No Local Zone (`use1-atl2-az1`, `us-east-1-atl-1a`), no Wavelength Zone (`use1-wl1-bos-wlz1`)."""


@dataclass(frozen=True)
class _Row:
    machine: str
    region: str
    on_demand_usd: float | None
    spot_usd: float | None


class SkyPilotCatalogs:
    """Reads catalogs of machines; other tables of the same folders are passed over."""

    name = "skypilot"

    def files(self, folder: Path) -> Iterable[Path]:
        """Catalogs of machines, by their names."""
        found = (path for path in folder.rglob("*.csv") if FILE_NAME.fullmatch(path.as_posix()))
        return sorted(found)

    def prices(self, paths: Iterable[Path], as_of: str) -> ImportedPrices:
        """On-demand and spot prices by region.

        Raises:
            InputError: a file that cannot be read, that no cloud can be told from, or rows without
                a price that is a number.
        """
        prices: list[Price] = []
        skipped: list[Skipped] = []
        for path in paths:
            named = FILE_NAME.fullmatch(path.as_posix())
            if named is None:
                rule = "must be called CLOUD/vms.csv or CLOUD_vms.csv, so that the cloud is known"
                raise InputError((Fault(str(path), rule),))
            read = list(_rows(path, FULL_NAMES.get(named[1], named[1])))
            skipped += [each for each in read if isinstance(each, Skipped)]
            rows = [each for each in read if isinstance(each, _Row)]
            rows.sort(key=lambda row: (row.region, row.machine))
            for where, group in groupby(rows, lambda row: (row.region, row.machine)):
                made = list(_of_machine(where, list(group), as_of))
                prices += [each for each in made if isinstance(each, Price)]
                skipped += [each for each in made if isinstance(each, Skipped)]
        return ImportedPrices(tuple(prices), tuple(skipped))


def _of_machine(where: tuple[str, str], rows: list[_Row], as_of: str) -> Iterator[Price | Skipped]:
    """Prices of a machine in a region, from its zones."""
    region, machine = where
    listed = sorted({row.on_demand_usd for row in rows if row.on_demand_usd})
    if listed:
        yield _price(region, machine, "on_demand", listed[0], as_of)
    else:
        yield Skipped(f"{machine} in {region}", "has no on-demand price")
    spots = [row.spot_usd for row in rows if row.spot_usd and row.spot_usd not in listed]
    if spots:
        yield _price(region, machine, "spot", median_low(spots), as_of)


def _price(region: str, machine: str, purchase: str, usd: float, as_of: str) -> Price | Skipped:
    try:
        return Price(
            site=region,
            node_type=machine,
            purchase=purchase,
            usd_per_node_hour=usd,
            as_of=as_of,
            basis="listed",
            source=SOURCE,
        )
    except ValidationError as error:
        (first, *_) = error.errors()
        return Skipped(f"{machine} in {region}", f"cannot be a price: {first['msg']}")


def _rows(path: Path, cloud: str) -> Iterator[_Row | Skipped]:
    """Rows of machines with accelerators.

    Raises:
        InputError: it cannot be read, lacks a column, or has a price that is no number.
    """
    faults: list[Fault] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                rule = f"is no catalog of machines: it lacks the columns {', '.join(missing)}"
                raise InputError((Fault(str(path), rule, 1),))
            for row in reader:
                if not row["AcceleratorName"] or not row["Region"]:
                    continue
                cells = [_usd(row[name], path, reader.line_num, name) for name in COLUMNS[2:4]]
                wrong = [cell for cell in cells if isinstance(cell, Fault)]
                faults += wrong
                if not wrong:
                    usd = [cell if not isinstance(cell, Fault) else None for cell in cells]
                    region = f"{cloud}/{row['Region'].lower()}"
                    machine = f"{cloud}/{row['InstanceType']}"
                    if cloud == "aws" and not _is_regional(row.get("AvailabilityZone")):
                        yield Skipped(f"{machine} in {region}", "is in a Local or Wavelength Zone")
                    else:
                        yield _Row(machine, region, *usd)
    except OSError as error:
        raise InputError((Fault(str(path), f"cannot be read ({error.strerror})"),)) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError((Fault(str(path), f"is no valid CSV: {error}"),)) from error
    if faults:
        raise InputError(tuple(faults))


def _is_regional(zone: str | None) -> bool:
    """Whether a zone of AWS is one of its region's own; rows without a zone are the region's."""
    return not zone or AWS_ZONE.fullmatch(zone) is not None


def _usd(cell: str | None, path: Path, line: int, column: str) -> float | Fault | None:
    """A price; None where there is none."""
    if not cell:
        return None
    try:
        usd = float(cell)
    except ValueError:
        usd = float("nan")
    if not isfinite(usd) or usd < 0:
        return Fault(str(path), "must be a price in USD", line, field=column, value=repr(cell))
    return usd or None
