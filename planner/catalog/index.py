"""The catalog: every record by name, with the plugin it came from."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError

from planner.catalog.nearest import suggestion
from planner.domain.architecture import Architecture, ArchitectureKind, ArchitectureProfile
from planner.domain.contribution import Contribution, Origin
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.pricing import Price, PricingRule
from planner.domain.record import Record
from planner.domain.scenario import Scenario
from planner.domain.site import Site
from planner.errors import Fault, InputError, PluginError

PriceKey = tuple[str, str, str]
"""Region, node type, pricing rule."""

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Catalog:
    """Records by name, sorted, so that the order of plugins never changes a plan."""

    accelerators: Mapping[str, Accelerator]
    node_types: Mapping[str, NodeType]
    architectures: Mapping[str, Architecture]
    kinds: Mapping[str, ArchitectureKind[Any]]
    sites: Mapping[str, Site]
    prices: Mapping[PriceKey, Price]
    pricing_rules: Mapping[str, PricingRule]
    origins: Mapping[tuple[str, str], Origin]
    """Origin by (table, name); tables are named as the fields above."""
    plugins: tuple[Origin, ...] = ()

    def profile(self, architecture: Architecture) -> ArchitectureProfile:
        """The profile that the architecture's kind derives from its parameters.

        Raises:
            InputError: an unknown kind, or parameters that the kind refuses; fields count from the
                architecture (`kind`, `parameters.layers`).
        """
        source = f"architecture {architecture.name}"
        kind = self.kinds.get(architecture.kind)
        if kind is None:
            hint = suggestion(architecture.kind, self.kinds)
            fault = Fault(
                source,
                "unknown architecture kind",
                field="kind",
                value=architecture.kind,
                hint=hint,
            )
            raise InputError((fault,))
        try:
            parameters = kind.parameters.model_validate_json(json.dumps(architecture.parameters))
        except ValidationError as error:
            raise InputError(_faults(error, source, "parameters")) from error
        profile = kind.profile(parameters)
        return replace(profile, max_context_tokens=architecture.max_context_tokens)

    def digest(self) -> str:
        """SHA-256 of every record, in the order of their names."""
        state = hashlib.sha256()
        tables: tuple[Mapping[Any, Record], ...] = (
            self.accelerators,
            self.node_types,
            self.architectures,
            self.sites,
            self.prices,
        )
        for table in tables:
            for record in table.values():
                state.update(record.model_dump_json().encode())
        return state.hexdigest()


def build_catalog(
    answers: Mapping[str, tuple[Contribution[Any], ...]], plugins: tuple[Origin, ...] = ()
) -> Catalog:
    """Index what plugins answered, keyed by hook name.

    Raises:
        PluginError: an answer is not the record the hook asks for, or two records of a table have
            one name (the message names both plugins).
    """
    origins: dict[tuple[str, str], Origin] = {}

    def table(name: str, expected: type) -> Mapping[str, Any]:
        return _index(answers.get(f"planner_{name}", ()), name, expected, origins)

    return Catalog(
        accelerators=table("accelerators", Accelerator),
        node_types=table("node_types", NodeType),
        architectures=table("architectures", Architecture),
        kinds=table("architecture_kinds", ArchitectureKind),
        sites=table("sites", Site),
        prices=_index_prices(answers.get("planner_prices", ())),
        pricing_rules=table("pricing_rules", PricingRule),
        origins=MappingProxyType(origins),
        plugins=plugins,
    )


def extended(catalog: Catalog, scenario: Scenario) -> Catalog:
    """The catalog together with the records that the scenario defines itself.

    Raises:
        InputError: a record has the name of a catalog entry; fields count from the scenario.
    """
    own: dict[str, Mapping[str, Any]] = {}
    faults: list[Fault] = []
    origins = dict(catalog.origins)
    for table in ("accelerators", "node_types", "architectures"):
        known = getattr(catalog, table)
        merged = dict(known)
        for row, record in enumerate(getattr(scenario, table)):
            if record.name in known:
                rule = f"the name is taken by {origins[(table, record.name)]}; choose another"
                field = f"{table}.{row}.name"
                faults.append(Fault(scenario.scenario, rule, field=field, value=record.name))
            merged[record.name] = record
            origins[(table, record.name)] = Origin(f"scenario {scenario.scenario}")
        own[table] = _sorted(merged)
    if faults:
        raise InputError(tuple(faults))
    return replace(
        catalog,
        accelerators=own["accelerators"],
        node_types=own["node_types"],
        architectures=own["architectures"],
        origins=MappingProxyType(origins),
    )


def _index(
    contributions: Iterable[Contribution[Any]],
    table: str,
    expected: type,
    origins: dict[tuple[str, str], Origin],
) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for each in contributions:
        record, key = each.record, (table, getattr(each.record, "name", ""))
        if not _is(record, expected):
            rule = f"planner_{table} must answer with {expected.__name__}"
            raise PluginError((Fault(str(each.origin), rule, value=repr(record)[:80]),))
        if key in origins:
            rule = f"{table} already has an entry of this name, from {origins[key]}"
            raise PluginError((Fault(str(each.origin), rule, value=record.name),))
        found[record.name] = record
        origins[key] = each.origin
    return _sorted(found)


def _is(answer: object, expected: type) -> bool:
    """Records by class; protocol objects by their public members."""
    if issubclass(expected, Record):
        return isinstance(answer, expected)
    members = [member for member in vars(expected) if not member.startswith("_")]
    return isinstance(getattr(answer, "name", None), str) and all(
        hasattr(answer, member) for member in members
    )


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


def _faults(error: ValidationError, source: str, prefix: str) -> tuple[Fault, ...]:
    return tuple(
        Fault(
            source,
            each["msg"],
            field=".".join([prefix, *map(str, each["loc"])]),
            value=None if each["type"] == "missing" else repr(each["input"]),
        )
        for each in error.errors()
    )
