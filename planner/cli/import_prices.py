"""`gpuplan import`: price lists of other tools as a list that scenarios can name."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from planner.catalog.blame import answered, blamed
from planner.catalog.document import shown
from planner.catalog.index import Catalog
from planner.catalog.record_faults import choice_hint
from planner.cli import options
from planner.cli.ending import ExitCode
from planner.cli.terminal import show, show_json
from planner.domain.importing import ImportedPrices, PriceImporter, Skipped
from planner.domain.pricing import Price
from planner.errors import Fault, InputError, OutputError
from planner.planning import load_catalog

TOLD: Final = 5
"""Names of what was left out, of each reason."""


@click.command("import")
@click.argument("kind", metavar="KIND")
@click.argument("source", metavar="PATH", type=options.EXISTING_OR_NOT)
@click.option(
    "--as-of",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Day on which the prices were listed, YYYY-MM-DD.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV file to write: name it under price_lists of a scenario.",
)
@options.as_json
def import_prices(kind: str, source: Path, as_of: datetime, out: Path, as_json: bool) -> ExitCode:
    """Read another tool's prices.

    KIND is skypilot, or what a plugin brings; PATH is a file or a folder. Prices of node types that
    the catalog does not know are left out. Exit code 1 means that no price is left.
    """
    catalog = load_catalog()
    importer = _importer(kind, catalog)
    origin = catalog.origins[("price_importers", importer.name)]
    with blamed(origin, f"price importer {importer.name}", allowed=InputError):
        found = importer.prices(_files(importer, source), date.isoformat(as_of.date()))
    kept = _known(answered(found, ImportedPrices, origin, "a price importer"), catalog)
    if kept.prices:
        _write(kept.prices, out)
    if as_json:
        show_json(json.dumps(_document(kept, out), indent=2))
    else:
        show("\n".join(_lines(kept, out)))
    return ExitCode.DONE if kept.prices else ExitCode.NO


def _importer(kind: str, catalog: Catalog) -> PriceImporter:
    if kind not in catalog.price_importers:
        hint = choice_hint(kind, catalog.price_importers)
        raise InputError((Fault("import", "unknown kind", value=shown(kind), hint=hint),))
    return catalog.price_importers[kind]


def _files(importer: PriceImporter, source: Path) -> tuple[Path, ...]:
    if not source.exists():
        raise InputError((Fault(str(source), "there is no such file or folder"),))
    if not source.is_dir():
        return (source,)
    files = tuple(importer.files(source))
    if not files:
        rule = f"holds no file that {importer.name} reads"
        raise InputError((Fault(str(source), rule),))
    return files


def _known(found: ImportedPrices, catalog: Catalog) -> ImportedPrices:
    """Prices of node types that the catalog knows, each once: the first file counts."""
    prices: dict[tuple[str, str, str], Price] = {}
    skipped: dict[Skipped, None] = dict.fromkeys(found.skipped)
    for price in found.prices:
        if price.node_type not in catalog.node_types:
            skipped[Skipped(price.node_type, "is no node type of the catalog")] = None
        else:
            prices.setdefault((price.site, price.node_type, price.purchase), price)
    return ImportedPrices(tuple(prices[key] for key in sorted(prices)), tuple(skipped))


def _write(prices: Sequence[Price], out: Path) -> None:
    """The list, complete or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Price.model_fields)
    for price in prices:
        writer.writerow(getattr(price, name) for name in Price.model_fields)
    try:
        with TemporaryDirectory(dir=out.resolve().parent) as folder:
            made = Path(folder) / out.name
            made.write_text(text.getvalue(), encoding="utf-8")
            made.replace(out)
    except OSError as error:
        raise OutputError(f"{out}: {error.strerror}") from error


def _lines(kept: ImportedPrices, out: Path) -> Iterator[str]:
    regions = {price.site for price in kept.prices}
    node_types = {price.node_type for price in kept.prices}
    written = f", written to {out}" if kept.prices else ""
    yield (
        f"{len(kept.prices):,} prices of {len(node_types):,} node types in {len(regions):,}"
        f" regions{written}"
    )
    reasons = Counter(each.reason for each in kept.skipped)
    for reason, count in sorted(reasons.items()):
        names = [each.what for each in kept.skipped if each.reason == reason]
        more = ", ..." if count > TOLD else ""
        yield f"left out: {count:,}, {reason}: {', '.join(names[:TOLD])}{more}"


def _document(kept: ImportedPrices, out: Path) -> dict[str, object]:
    return {
        "schema_version": 1,
        "out": str(out) if kept.prices else None,
        "prices": len(kept.prices),
        "regions": len({price.site for price in kept.prices}),
        "node_types": len({price.node_type for price in kept.prices}),
        "skipped": [{"what": each.what, "reason": each.reason} for each in kept.skipped],
    }
