"""The tables of the catalog as the terminal shows them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import getdoc
from typing import Any, Final

from rich.table import Table

from planner.catalog.index import Catalog
from planner.domain.agreement import AgreementRule
from planner.domain.architecture import Architecture, ArchitectureKind, DerivedArchitectureKind
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.network import Link, UserRegion
from planner.domain.pricing import Price, PricingRule
from planner.domain.site import Site
from planner.domain.training import TrainingMethod
from planner.report.numbers import NOT_KNOWN, quantity, usd
from planner.report.table import table


@dataclass(frozen=True)
class CatalogTable:
    """A table: which field of the catalog it is, and what a row of it shows."""

    field: str
    headings: tuple[str, ...]
    row: Callable[[Any], tuple[str, ...]]

    def entries(self, catalog: Catalog) -> tuple[Any, ...]:
        """Every entry, by name."""
        entries: Mapping[Any, Any] = getattr(catalog, self.field)
        return tuple(entries.values())

    def shown(self, title: str, entries: Iterable[Any]) -> Table:
        """The entries, a row each."""
        return table(title, self.headings, map(self.row, entries))


def summary(entry: object) -> str:
    """First line of the documentation of a kind or rule."""
    return (getdoc(type(entry)) or NOT_KNOWN).partition("\n")[0]


def _accelerator(part: Accelerator) -> tuple[str, ...]:
    return (
        part.name,
        part.vendor,
        quantity(part.memory_gib),
        quantity(part.memory_bandwidth_gb_per_s),
        quantity(part.peak_dense_tflops.bf16),
        quantity(part.peak_dense_tflops.fp8),
        quantity(part.tdp_w),
        part.confidence,
    )


def _node_type(node: NodeType) -> tuple[str, ...]:
    return (
        node.name,
        quantity(node.accelerators_per_node),
        node.accelerator,
        quantity(node.host_power_w),
        quantity(node.network_gb_per_s),
    )


def _architecture(architecture: Architecture) -> tuple[str, ...]:
    return (
        architecture.name,
        architecture.kind or NOT_KNOWN,
        quantity(architecture.published_parameters_b),
        quantity(architecture.published_active_parameters_b),
        quantity(architecture.max_context_tokens),
    )


def _site(site: Site) -> tuple[str, ...]:
    return (
        site.name,
        site.title,
        site.country or NOT_KNOWN,
        quantity(site.pue),
        usd(site.electricity_usd_per_kwh),
        quantity(site.carbon_g_per_kwh),
    )


def _user_region(region: UserRegion) -> tuple[str, ...]:
    return (
        region.name,
        region.title,
        region.country or NOT_KNOWN,
        f"{region.latitude:.2f}",
        f"{region.longitude:.2f}",
    )


def _link(link: Link) -> tuple[str, ...]:
    return (
        link.from_place,
        link.to_place,
        quantity(link.round_trip_ms),
        link.round_trip_basis if link.round_trip_ms is not None else NOT_KNOWN,
        quantity(link.gb_per_s),
        usd(link.usd_per_gb),
    )


def _price(price: Price) -> tuple[str, ...]:
    return (
        price.site,
        price.node_type,
        price.purchase,
        usd(price.usd_per_node_hour),
        price.as_of,
    )


def _named(
    entry: ArchitectureKind[Any]
    | DerivedArchitectureKind[Any]
    | PricingRule
    | AgreementRule
    | TrainingMethod[Any],
) -> tuple[str, ...]:
    return (entry.name, summary(entry))


TABLES: Final[dict[str, CatalogTable]] = {
    "accelerators": CatalogTable(
        "accelerators",
        ("=Name", "Vendor", ">GiB", ">GB/s", ">bf16 TFLOP/s", ">fp8", ">TDP W", "Confidence"),
        _accelerator,
    ),
    "node-types": CatalogTable(
        "node_types", ("=Name", ">Has", "=Accelerator", ">Host W", ">Network GB/s"), _node_type
    ),
    "architectures": CatalogTable(
        "architectures",
        ("=Name", "Kind", ">Parameters B", ">Active B", ">Context tokens"),
        _architecture,
    ),
    "kinds": CatalogTable("kinds", ("=Kind", "What it is"), _named),
    "methods": CatalogTable("methods", ("=Method", "What it is"), _named),
    "sites": CatalogTable(
        "sites", ("=Name", "Title", "Country", ">PUE", ">USD/kWh", ">gCO2e/kWh"), _site
    ),
    "user-regions": CatalogTable(
        "user_regions", ("=Name", "Title", "Country", ">Latitude", ">Longitude"), _user_region
    ),
    "links": CatalogTable(
        "links",
        ("=From", "=To", ">Round trip ms", "Basis", ">GB/s", ">USD/GB"),
        _link,
    ),
    "prices": CatalogTable(
        "prices", ("=Region", "=Node type", "=Purchase", ">USD/node-h", "As of"), _price
    ),
    "pricing-rules": CatalogTable("pricing_rules", ("=Rule", "What it is"), _named),
    "agreement-rules": CatalogTable("agreement_rules", ("=Rule", "What it is"), _named),
}
"""By the names that the command line uses."""
NAMED_TABLES: Final = tuple(name for name in TABLES if name not in {"links", "prices"})
"""Tables whose entries have a name of their own."""
