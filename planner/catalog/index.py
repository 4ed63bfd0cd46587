"""The catalog: every record by name, with the plugin it came from."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from inspect import isfunction
from types import MappingProxyType
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from planner.catalog.blame import answered, blamed
from planner.catalog.links import LinkKey, check_names, index_links
from planner.catalog.nearest import suggestion
from planner.catalog.record_faults import record_faults
from planner.domain.agreement import AgreementRule
from planner.domain.architecture import (
    Architecture,
    ArchitectureKind,
    ArchitectureProfile,
    DerivedArchitectureKind,
)
from planner.domain.architecture_config import ConfigReader
from planner.domain.contribution import Contribution, Origin
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.importing import PriceImporter
from planner.domain.network import Link, UserRegion
from planner.domain.pricing import Price, PricingRule
from planner.domain.record import Record
from planner.domain.scenario import Scenario
from planner.domain.site import Site
from planner.domain.training import TrainingMethod
from planner.errors import Fault, InputError, PluginError

Kind = ArchitectureKind[Any] | DerivedArchitectureKind[Any]
PriceKey = tuple[str, str, str]
"""Region, node type, pricing rule."""

OWN_TABLES: Final = ("accelerators", "node_types", "architectures")
"""Tables that a scenario can add records to."""
UNREAD_CONFIG: Final = "is read with the scenario's file only: state kind and parameters instead"

MOST_DERIVED: Final = 20
"""Architectures that are derived one from the other; nobody has more than three."""

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Catalog:
    """Records by name, sorted, so that the order of plugins never changes a plan."""

    accelerators: Mapping[str, Accelerator]
    node_types: Mapping[str, NodeType]
    architectures: Mapping[str, Architecture]
    kinds: Mapping[str, Kind]
    methods: Mapping[str, TrainingMethod[Any]]
    config_readers: Mapping[str, ConfigReader]
    sites: Mapping[str, Site]
    user_regions: Mapping[str, UserRegion]
    links: Mapping[LinkKey, Link]
    prices: Mapping[PriceKey, Price]
    pricing_rules: Mapping[str, PricingRule]
    agreement_rules: Mapping[str, AgreementRule]
    price_importers: Mapping[str, PriceImporter]
    origins: Mapping[tuple[str, str], Origin]
    """Origin by (table, name); tables are named as the fields above."""
    plugins: tuple[Origin, ...] = ()

    def profile(self, architecture: Architecture) -> ArchitectureProfile:
        """The profile that the architecture's kind derives from its parameters, and from its base.

        Raises:
            InputError: an unknown kind or base, or parameters that the kind refuses; fields count
                from the architecture (`kind`, `parameters.layers`).
            PluginError: the kind fails.
        """
        return self._profile(architecture, ())

    def _profile(self, architecture: Architecture, above: tuple[str, ...]) -> ArchitectureProfile:
        """`above` are the architectures that are derived from this one."""
        if architecture.kind is None:
            raise _refused(architecture, UNREAD_CONFIG, "config", architecture.config)
        kind = self.kinds.get(architecture.kind)
        if kind is None:
            hint = suggestion(architecture.kind, self.kinds)
            raise _refused(
                architecture, "unknown architecture kind", "kind", architecture.kind, hint
            )
        parameters = _checked(architecture, kind)
        origin, what = self.origins[("kinds", kind.name)], f"architecture kind {kind.name}"
        blame = blamed(origin, f"{what}, asked for {architecture.name},", allowed=ValueError)
        if isinstance(kind, DerivedArchitectureKind):
            base = self._base_profile(architecture, above)
            with _refusing(architecture, "base"), blame:
                answer = kind.derived(parameters, base)
        elif architecture.base is not None:
            rule = f"must be left out: kind {kind.name} changes no other architecture"
            raise _refused(architecture, rule, "base", architecture.base)
        else:
            with _refusing(architecture, "parameters"), blame:
                answer = kind.profile(parameters)
        profile = answered(answer, ArchitectureProfile, origin, what)
        stated = architecture.max_context_tokens
        return replace(profile, max_context_tokens=stated or profile.max_context_tokens)

    def _base_profile(
        self, architecture: Architecture, above: tuple[str, ...]
    ) -> ArchitectureProfile:
        name, chain = architecture.base, (*above, architecture.name)
        if name is None:
            rule = f"is needed: the architecture that kind {architecture.kind} changes"
            raise _refused(architecture, rule, "base")
        if len(chain) > MOST_DERIVED:
            rule = f"is derived from more than {MOST_DERIVED} others, one from the other"
            raise _refused(architecture, rule, "base", name)
        if name in chain:
            rule = f"leads back to itself ({' -> '.join((*chain, name))})"
            raise _refused(architecture, rule, "base", name)
        if name not in self.architectures:
            hint = suggestion(name, self.architectures)
            raise _refused(architecture, "unknown architecture", "base", name, hint)
        try:
            return self._profile(self.architectures[name], chain)
        except PluginError:
            raise
        except InputError as error:
            (first, *_) = error.faults
            rule = f"cannot be used: its {first.field} {first.rule}"
            raise _refused(architecture, rule, "base", name) from error

    def digest(self) -> str:
        """SHA-256 of every record, in the order of their names."""
        state = hashlib.sha256()
        tables: tuple[Mapping[Any, Record], ...] = (
            self.accelerators,
            self.node_types,
            self.architectures,
            self.sites,
            self.user_regions,
            self.links,
            self.prices,
        )
        for table in tables:
            for record in table.values():
                state.update(record.model_dump_json().encode())
        return state.hexdigest()


@contextmanager
def _refusing(architecture: Architecture, field: str) -> Iterator[None]:
    """What a kind says against parameters or a base, told at their field."""
    try:
        yield
    except ValueError as error:
        raise _refused(architecture, str(error), field, architecture.base) from error


def _refused(
    architecture: Architecture, rule: str, field: str, value: str | None = None, hint: str = ""
) -> InputError:
    """What is wrong with a field of an architecture."""
    source = f"architecture {architecture.name}"
    return InputError((Fault(source, rule, field=field, value=value, hint=hint),))


def _checked(architecture: Architecture, kind: Kind) -> Record:
    """The architecture's parameters as the record of its kind."""
    try:
        parameters: Record = kind.parameters.model_validate_json(
            json.dumps(architecture.parameters)
        )
    except ValidationError as error:
        source = f"architecture {architecture.name}"
        faults = record_faults(error, kind.parameters, source, "parameters")
        raise InputError(faults) from error
    return parameters


def build_catalog(
    answers: Mapping[str, tuple[Contribution[Any], ...]], plugins: tuple[Origin, ...] = ()
) -> Catalog:
    """Index what plugins answered, keyed by hook name.

    Raises:
        PluginError: an answer is not the record the hook asks for, two records of a table have one
            name (the message names both plugins), or a node type has an unknown accelerator, or a
            link leads to an unknown place.
    """
    origins: dict[tuple[str, str], Origin] = {}

    def table(name: str, expected: type, field: str = "") -> Mapping[str, Any]:
        hook = f"planner_{name}"
        return _index(answers.get(hook, ()), hook, field or name, expected, origins)

    sites, user_regions = table("sites", Site), table("user_regions", UserRegion)
    check_names(origins)
    catalog = Catalog(
        accelerators=table("accelerators", Accelerator),
        node_types=table("node_types", NodeType),
        architectures=table("architectures", Architecture),
        kinds=_sorted(
            {
                **table("architecture_kinds", ArchitectureKind, "kinds"),
                **table("derived_architecture_kinds", DerivedArchitectureKind, "kinds"),
            }
        ),
        methods=table("training_methods", TrainingMethod, "methods"),
        config_readers=table("config_readers", ConfigReader),
        sites=sites,
        user_regions=user_regions,
        links=index_links(answers.get("planner_links", ()), sites.keys() | user_regions.keys()),
        prices=_index_prices(answers.get("planner_prices", ())),
        pricing_rules=table("pricing_rules", PricingRule),
        agreement_rules=table("agreement_rules", AgreementRule),
        price_importers=table("price_importers", PriceImporter),
        origins=MappingProxyType(origins),
        plugins=plugins,
    )
    _check_hardware(catalog)
    return catalog


def extended(catalog: Catalog, scenario: Scenario) -> Catalog:
    """The catalog together with the records that the scenario defines itself.

    They go before records of the catalog; that names differ is for `name_faults` to see to.
    """
    merged: dict[str, Mapping[str, Any]] = {}
    origins = dict(catalog.origins)
    for table in OWN_TABLES:
        own = {record.name: record for record in getattr(scenario, table)}
        merged[table] = _sorted({**getattr(catalog, table), **own})
        origins.update({(table, name): Origin(f"scenario {scenario.scenario}") for name in own})
    return replace(
        catalog,
        accelerators=merged["accelerators"],
        node_types=merged["node_types"],
        architectures=merged["architectures"],
        prices=_with_own(catalog.prices, scenario.prices),
        origins=MappingProxyType(origins),
    )


def _with_own(listed: Mapping[PriceKey, Price], own: Iterable[Price]) -> Mapping[PriceKey, Price]:
    """Prices with those of the scenario, which go before the catalog's."""
    mine = {(price.site, price.node_type, price.purchase): price for price in own}
    if not mine:
        return listed
    merged = {**listed, **mine}
    return MappingProxyType({key: merged[key] for key in sorted(merged)})


def _check_hardware(catalog: Catalog) -> None:
    """Every node type has an accelerator of the catalog; else a `PluginError`."""
    for node_type in catalog.node_types.values():
        if node_type.accelerator not in catalog.accelerators:
            source = str(catalog.origins[("node_types", node_type.name)])
            rule = f"node type {node_type.name} has an accelerator that no plugin knows"
            hint = suggestion(node_type.accelerator, catalog.accelerators)
            raise PluginError((Fault(source, rule, value=node_type.accelerator, hint=hint),))


def _index(
    contributions: Iterable[Contribution[Any]],
    hook: str,
    table: str,
    expected: type,
    origins: dict[tuple[str, str], Origin],
) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for each in contributions:
        record = each.record
        with blamed(each.origin, f"an answer to {hook}"):
            is_answer = _is(record, expected)
        if not is_answer:
            rule = f"{hook} must answer with {_described(expected)}"
            raise PluginError((Fault(str(each.origin), rule, value=repr(record)[:80]),))
        key = (table, record.name)
        if key in origins:
            rule = f"{table} already has an entry of this name, from {origins[key]}"
            raise PluginError((Fault(str(each.origin), rule, value=record.name),))
        found[record.name] = record
        origins[key] = each.origin
    return _sorted(found)


def _is(answer: object, expected: type) -> bool:
    """Records by class; protocol objects by their name, their functions and record, if any."""
    if issubclass(expected, Record):
        return isinstance(answer, expected)
    if isinstance(answer, type) or not isinstance(getattr(answer, "name", None), str):
        return False
    parameters = getattr(answer, "parameters", None)
    has_record = isinstance(parameters, type) and issubclass(parameters, Record)
    if _has_parameters(expected) and not has_record:
        return False
    return all(callable(getattr(answer, each, None)) for each in _asked(expected))


def _has_parameters(protocol: type) -> bool:
    return "parameters" in vars(protocol)


def _asked(protocol: type) -> list[str]:
    """The functions of a protocol's objects."""
    members = vars(protocol).items()
    return [name for name, what in members if isfunction(what) and not name.startswith("_")]


def _described(expected: type) -> str:
    if issubclass(expected, Record):
        return expected.__name__
    functions = ", ".join(f"{name}()" for name in _asked(expected))
    record = ", parameters (a Record class)" if _has_parameters(expected) else ""
    return f"objects (not classes) that have name{record} and {functions}"


def _index_prices(contributions: Iterable[Contribution[Any]]) -> Mapping[PriceKey, Price]:
    found: dict[PriceKey, Contribution[Price]] = {}
    for each in contributions:
        if not isinstance(each.record, Price):
            rule = "planner_prices must answer with Price"
            raise PluginError((Fault(str(each.origin), rule, value=repr(each.record)[:80]),))
        key = (each.record.site, each.record.node_type, each.record.purchase)
        if key in found:
            rule = f"prices already has {' / '.join(key)}, from {found[key].origin}"
            raise PluginError((Fault(str(each.origin), rule),))
        found[key] = each
    return MappingProxyType({key: found[key].record for key in sorted(found)})


def _sorted(table: Mapping[str, Entry]) -> Mapping[str, Entry]:
    return MappingProxyType(dict(sorted(table.items())))
