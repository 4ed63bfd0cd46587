'''Every question planner asks its plugins.

A plugin is a module (or object) with some of these functions, marked `@hookimpl`, that is named
under the entry-point group `planner` of its distribution:

    [project.entry-points.planner]
    acme = "acme_planner"

    # acme_planner.py
    from planner.domain.hardware import NodeType
    from planner.extension import hookimpl

    @hookimpl
    def planner_node_types():
        """Servers of our own."""
        return [NodeType(name="acme-h100-4", accelerator="H100-80GB-SXM", accelerators_per_node=4,
                         host_power_w=900.0, host_power_basis="measured", source="acme lab, 2026")]

A hook receives nothing, changes nothing and returns an iterable of records or protocol objects.
'''

from collections.abc import Iterable
from typing import Any, Final

import pluggy

from planner.domain.agreement import AgreementRule
from planner.domain.architecture import Architecture, ArchitectureKind, DerivedArchitectureKind
from planner.domain.architecture_config import ConfigReader
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.importing import PriceImporter
from planner.domain.network import Link, UserRegion
from planner.domain.pricing import Price, PricingRule
from planner.domain.site import Site
from planner.domain.training import TrainingMethod

PROJECT: Final = "planner"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def planner_accelerators() -> Iterable[Accelerator]:
    """Accelerator parts: memory, bandwidth, dense peak rates, power.

    Example: `return [Accelerator(name="ACME-1", title="ACME One", vendor="ACME",
    segment="datacenter", memory_gib=96.0, memory_bandwidth_gb_per_s=4000.0,
    peak_dense_tflops=PeakRates(bf16=900.0), tdp_w=600.0, confidence="low", source="data sheet")]`
    """
    raise NotImplementedError


@hookspec
def planner_node_types() -> Iterable[NodeType]:
    """Servers: which accelerator, how many, host power, network.

    Example: `return [NodeType(name="acme-8", accelerator="ACME-1", accelerators_per_node=8,
    host_power_w=1500.0, host_power_basis="estimate", source="data sheet")]`
    """
    raise NotImplementedError


@hookspec
def planner_architectures() -> Iterable[Architecture]:
    """Named AI architectures: a kind and its parameters.

    Example: `return [Architecture(name="acme-1b", kind="dense", source="model card",
    parameters={"layers": 16, "hidden": 2048, "ffn_hidden": 8192, "heads": 32, "kv_heads": 8,
    "head_dim": 64, "vocabulary": 128256, "tied_embeddings": True})]`
    """
    raise NotImplementedError


@hookspec
def planner_architecture_kinds() -> Iterable[ArchitectureKind[Any]]:
    """Families of architectures, each deriving counts from its own parameters.

    Example: `return [StateSpace()]` where `StateSpace` has `name`, `parameters` (a Record class)
    and `profile(parameters) -> ArchitectureProfile`.
    """
    raise NotImplementedError


@hookspec
def planner_derived_architecture_kinds() -> Iterable[DerivedArchitectureKind[Any]]:
    """Ways to change any architecture into another one: slicing, adapters, ...

    Example: `return [Halved()]` where `Halved` has `name`, `parameters` (a Record class) and
    `derived(parameters, base: ArchitectureProfile) -> ArchitectureProfile`.
    """
    raise NotImplementedError


@hookspec
def planner_training_methods() -> Iterable[TrainingMethod[Any]]:
    """Ways to train: what has to be done, in which order.

    Example: `return [Distilled()]` where `Distilled` has `name`, `parameters` (a Record class) and
    `stages(request: Training, parameters) -> Iterable[BatchInference | Pretraining | FineTuning]`.
    """
    raise NotImplementedError


@hookspec
def planner_config_readers() -> Iterable[ConfigReader]:
    """Formats of the `config` files that a scenario's architectures may name.

    Example: `return [OwnFormat()]` where `OwnFormat` has `name` and `reading(config) ->
    ConfigReading | None`: None where the config has another format, an `InputError` where it is
    faulty.
    """
    raise NotImplementedError


@hookspec
def planner_sites() -> Iterable[Site]:
    """Data centers and cloud regions: place, PUE, electricity price, grid carbon.

    Example: `return [Site(name="acme/oslo", title="Oslo 1", latitude=59.9, longitude=10.7,
    pue=1.1, pue_basis="measured 2025", electricity_usd_per_kwh=0.06, carbon_g_per_kwh=30.0,
    carbon_basis="2025 mean", source="our meters")]`
    """
    raise NotImplementedError


@hookspec
def planner_user_regions() -> Iterable[UserRegion]:
    """Where requests come from: metropolises, countries.

    Example: `return [UserRegion(name="europe/bergen", title="Bergen", country="NO", latitude=60.4,
    longitude=5.3, source="center of the city")]`
    """
    raise NotImplementedError


@hookspec
def planner_links() -> Iterable[Link]:
    """Ways between sites, user regions and the `internet`: round trip, bandwidth, price.

    Example: `return [Link(from_place="aws/eu-north-1", to_place="europe/oslo", round_trip_ms=9.0,
    gb_per_s=1.25, usd_per_gb=0.01, source="our measurements, 2026")]`
    """
    raise NotImplementedError


@hookspec
def planner_prices() -> Iterable[Price]:
    """Price list entries: USD per node hour by region, node type and pricing rule.

    Example: `return [Price(site="acme/oslo", node_type="acme-8", purchase="on_demand",
    usd_per_node_hour=16.0, as_of="2026-11-01", basis="listed", source="price list")]`
    """
    raise NotImplementedError


@hookspec
def planner_pricing_rules() -> Iterable[PricingRule]:
    """Ways to pay for capacity.

    Example: `return [Auction()]` where `Auction` has `name`, `parameters` (a Record class),
    `price_list` (where its prices are listed), `terms(offer, parameters, listed) -> PurchaseTerms`
    for the optimizer and `invoice(offer, parameters, listed, usage) -> Iterable[InvoiceLine]` for
    the checker.
    """
    raise NotImplementedError


@hookspec
def planner_agreement_rules() -> Iterable[AgreementRule]:
    """What can be agreed for many purchases together: discounts, commitments, credits, budgets.

    Example: `return [Rebate()]` where `Rebate` has `name`, `parameters` (a Record class),
    `charges` (kinds it covers), `terms(parameters) -> AgreementTerms` for the optimizer and
    `invoice(parameters, statement) -> Iterable[InvoiceLine]` for the checker.
    """
    raise NotImplementedError


@hookspec
def planner_price_importers() -> Iterable[PriceImporter]:
    """Readers of other tools' price lists, for `gpuplan import`.

    Example: `return [OwnList()]` where `OwnList` has `name`, `files(folder) -> Iterable[Path]` and
    `prices(paths, as_of) -> ImportedPrices`.
    """
    raise NotImplementedError
