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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from itertools import groupby
from math import isfinite
from pathlib import Path
from statistics import median_low
from typing import Final

from pydantic import ValidationError

from planner.catalog.document import shown
from planner.catalog.input_file import read_text
from planner.domain.importing import ImportedPrices, Skipped
from planner.domain.pricing import Price
from planner.errors import Fault, InputError

PRICES: Final = ("Price", "SpotPrice")
COLUMNS: Final = ("InstanceType", "AcceleratorName", *PRICES, "Region")
"""That a catalog of machines has."""
FILE_NAME: Final = re.compile(r"(?:.*/)?(?:skypilot_v\d+_)?([a-z]+)(?:_vms\w*|/vms)\.csv")
"""`CLOUD/vms.csv`, or a copy of one: `CLOUD_vms.csv`, `skypilot_vN_CLOUD_vms_....csv`."""
LARGEST_CATALOG_BYTES: Final = 100_000_000
"""Ten times the largest cloud's."""
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
        return sorted(path for path in folder.rglob("*.csv") if _named(path))

    def prices(self, paths: Iterable[Path], as_of: str) -> ImportedPrices:
        """On-demand and spot prices by region.

        Raises:
            InputError: a file that cannot be read, that no cloud can be told from, or rows that
                are broken or have a price that is no number.
        """
        prices: list[Price] = []
        skipped: list[Skipped] = []
        for path in paths:
            read = list(_rows(path, _cloud(path)))
            skipped += [each for each in read if isinstance(each, Skipped)]
            rows = [each for each in read if isinstance(each, _Row)]
            rows.sort(key=lambda row: (row.region, row.machine))
            for where, group in groupby(rows, lambda row: (row.region, row.machine)):
                made = list(_of_machine(where, list(group), as_of))
                prices += [each for each in made if isinstance(each, Price)]
                skipped += [each for each in made if isinstance(each, Skipped)]
        return ImportedPrices(tuple(prices), tuple(skipped))


def _named(path: Path) -> re.Match[str] | None:
    """What a file is called; given from inside its folder, the folder's name counts too."""
    return FILE_NAME.fullmatch(path.as_posix()) or FILE_NAME.fullmatch(path.resolve().as_posix())


def _cloud(path: Path) -> str:
    """The cloud whose machines a file has.

    Raises:
        InputError: its name does not say.
    """
    named = _named(path)
    if named is None:
        rule = "must be called CLOUD/vms.csv or CLOUD_vms.csv, so that the cloud is known"
        raise InputError((Fault(str(path), rule),))
    return FULL_NAMES.get(named[1], named[1])


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
        InputError: it cannot be read, lacks a column, or has a row that is broken or a price that
            is no number.
    """
    faults: list[Fault] = []
    text = read_text(path, LARGEST_CATALOG_BYTES)
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    try:
        header = reader.fieldnames or ()
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            rule = f"is no catalog of machines: it lacks the columns {', '.join(missing)}"
            raise InputError((Fault(str(path), rule, 1),))
        for row in reader:
            broken = tuple(_faults(row, len(header), path, reader.line_num))
            faults += broken
            if row["AcceleratorName"] and not broken:
                yield _of_row(row, cloud)
    except csv.Error as error:
        rule = f"is no valid CSV: {error}"
        raise InputError((Fault(str(path), rule, reader.reader.line_num),)) from error
    if faults:
        raise InputError(tuple(faults))


def _faults(row: Mapping[str | None, object], cells: int, path: Path, line: int) -> Iterator[Fault]:
    """What is wrong with a row; prices of machines without accelerators do not matter."""
    found = sum(cell is not None for name, cell in row.items() if name is not None)
    found += len(more) if isinstance(more := row.get(None), list) else 0
    if found != cells:
        rule = f"must have {cells} cells, as the header has"
        yield Fault(str(path), rule, line, value=str(found))
    elif row["AcceleratorName"]:
        for name in PRICES:
            if _usd(str(row[name])) is None:
                value = shown(row[name])
                yield Fault(str(path), "must be a price in USD", line, field=name, value=value)


def _of_row(row: Mapping[str, str], cloud: str) -> _Row | Skipped:
    """A machine in a zone, or why it is no price for us."""
    region, machine = f"{cloud}/{row['Region'].lower()}", f"{cloud}/{row['InstanceType']}"
    if not row["Region"]:
        return Skipped(machine, "is in no region")
    if not row["InstanceType"]:
        return Skipped(f"{row['AcceleratorName']} in {region}", "is an accelerator by itself")
    if cloud == "aws" and not _is_regional(row.get("AvailabilityZone")):
        return Skipped(f"{machine} in {region}", "is in a Local or Wavelength Zone")
    on_demand, spot = (_usd(row[name]) for name in PRICES)
    return _Row(machine, region, on_demand, spot)


def _is_regional(zone: str | None) -> bool:
    """Whether a zone of AWS is one of its region's own; rows without a zone are the region's."""
    return not zone or AWS_ZONE.fullmatch(zone) is not None


def _usd(cell: str) -> float | None:
    """A price, 0 where there is none; None: no number."""
    try:
        usd = float(cell or 0)
    except ValueError:
        return None
    return usd if isfinite(usd) and usd >= 0 and "_" not in cell else None
