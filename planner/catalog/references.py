"""Names that a scenario uses: are they known, and do the records behind them fit together?"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from pydantic import JsonValue

from planner.catalog.agreements import agreement_faults
from planner.catalog.datasets import dataset_faults
from planner.catalog.document import shown
from planner.catalog.growth import growth_faults
from planner.catalog.index import OWN_TABLES, UNREAD_CONFIG, Catalog, extended
from planner.catalog.periods import period_faults
from planner.catalog.price_lists import repeated_prices
from planner.catalog.reach import reach_faults
from planner.catalog.record_faults import MOST_HINTS, choice_hint
from planner.catalog.resolve import site_faults
from planner.catalog.series_faults import series_faults
from planner.catalog.site_faults import rule_faults
from planner.catalog.staging import Staged, staged_workloads
from planner.catalog.time_series import unread_series
from planner.domain.network import INTERNET
from planner.domain.scenario import Scenario
from planner.domain.workload import BatchInference, FineTuning, Job, Serving, Training
from planner.errors import Fault, InputError, PluginError
from planner.network.precedence import TangledError, circle, pipelines

_EVERY_ROW: Final = "*"
_OF_METHOD: Final = ".parameters"
"""Where a request tells its method of other architectures."""


def check_scenario(scenario: Scenario, catalog: Catalog) -> Catalog:
    """The catalog with the scenario's own records, if every name and fact of the scenario holds.

    Raises:
        InputError: unknown names, names that are taken, traces and configs that have not been
            read, sites or offers that lack a fact, architectures whose kind refuses them; fields
            count from the scenario.
    """
    names = name_faults(scenario.model_dump(mode="json"), catalog)
    known = extended(catalog, scenario)
    unread = (
        *_unread_traces(scenario),
        *_unread_configs(scenario),
        *_unread_lists(scenario),
        *(series := (*unread_series(scenario), *series_faults(scenario))),
        *repeated_prices(scenario, list(scenario.prices)),
    )
    if series:
        raise InputError((*names, *unread))
    faults = (*names, *unread, *fact_faults(scenario, known, names))
    if faults:
        raise InputError(faults)
    return known


def name_faults(document: JsonValue, catalog: Catalog) -> tuple[Fault, ...]:
    """Names of a scenario's tree that are unknown, with the nearest known ones, or taken.

    The tree need not be a valid scenario: whatever is no name is passed over.
    """
    return (*_unknown_names(document, catalog), *_taken_names(document, catalog))


def fact_faults(
    scenario: Scenario, catalog: Catalog, names: tuple[Fault, ...]
) -> tuple[Fault, ...]:
    """What the records behind the names lack; the catalog must be the extended one.

    `names` are the faults of names. Nothing more is told of what states a faulty name: it could
    be another word for the same fault.
    """
    found = (
        *_work_faults(scenario, catalog),
        *growth_faults(scenario),
        *site_faults(scenario, catalog),
        *reach_faults(scenario),
        *dataset_faults(scenario),
        *rule_faults(scenario, catalog),
        *agreement_faults(scenario, catalog),
    )
    users = {fault.field.rpartition(".")[0] for fault in names}
    return tuple(fault for fault in found if users.isdisjoint(_with_parents(fault.field)))


def _with_parents(field: str) -> Iterator[str]:
    """A field path and those of what it lies in."""
    while field:
        yield field
        field = field.rpartition(".")[0]


def _taken_names(document: JsonValue, catalog: Catalog) -> Iterator[Fault]:
    """The scenario's own records that are called as a record of the catalog."""
    for table in OWN_TABLES:
        for field, name in _names(document, f"{table}.*.name"):
            if name in getattr(catalog, table):
                rule = f"the name is taken by {catalog.origins[(table, name)]}; choose another"
                yield _fault(document, rule, field=field, value=shown(name))


def _unknown_names(document: JsonValue, catalog: Catalog) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    for path, what, known in _references(document, catalog):
        for field, name in _names(document, path):
            if name not in known:
                hint = choice_hint(name, known) if len(faults) < MOST_HINTS else ""
                rule = f"unknown {what}"
                faults.append(_fault(document, rule, field=field, value=shown(name), hint=hint))
    return tuple(faults)


def repeated_names(document: JsonValue) -> tuple[Fault, ...]:
    """Names that a scenario's tree gives twice where each may be given once."""
    faults: list[Fault] = []
    for table in ("sites", "workloads", "agreements", *OWN_TABLES):
        first: dict[str, str] = {}
        for field, name in _names(document, f"{table}.*.name"):
            if name in first:
                rule = f"is the name of {first[name]} already"
                faults.append(_fault(document, rule, field=field, value=shown(name)))
            first.setdefault(name, field.removesuffix(".name"))
    return tuple(faults)


def repeated_offers(document: JsonValue) -> tuple[Fault, ...]:
    """Offers of a scenario's tree that a site makes twice."""
    first: dict[tuple[str, str, str], str] = {}
    faults: list[Fault] = []
    purchases = dict(_names(document, "sites.*.capacity.*.purchase"))
    labels = dict(_names(document, "sites.*.capacity.*.name"))
    for field, node_type in _names(document, "sites.*.capacity.*.node_type"):
        offer = field.removesuffix(".node_type")
        site, purchase = offer.rpartition(".capacity.")[0], purchases.get(f"{offer}.purchase", "")
        if not purchase:
            continue
        purchase = labels.get(f"{offer}.name", purchase)
        if (earlier := first.setdefault((site, node_type, purchase), offer)) != offer:
            rule = f"is what {earlier} offers already"
            value = shown(f"{node_type} {purchase}")
            faults.append(_fault(document, rule, field=offer, value=value))
    return tuple(faults)


def _references(
    document: JsonValue, catalog: Catalog
) -> tuple[tuple[str, str, Collection[str]], ...]:
    """Where names are used, what they name, and the names there are."""

    def with_own(table: str) -> set[str]:
        own = (name for _, name in _names(document, f"{table}.*.name"))
        return {*getattr(catalog, table), *own}

    sites = {name for _, name in _names(document, "sites.*.name")}
    places = {*catalog.sites, *with_own("user_regions"), *sites, INTERNET}
    workloads = {name for _, name in _names(document, "workloads.*.name")}
    regions = {region for region, _, _ in catalog.prices}
    regions |= {region for _, region in _names(document, "prices.*.site")}
    if any(_names(document, "price_lists.*")):  # lists are read later and may bring any region
        regions |= {region for _, region in _names(document, "sites.*.price_region")}
    return (
        ("sites.*.catalog", "catalog site", catalog.sites),
        ("sites.*.price_region", "price region", regions),
        ("sites.*.capacity.*.node_type", "node type", with_own("node_types")),
        ("sites.*.capacity.*.purchase", "pricing rule", catalog.pricing_rules),
        ("agreements.*.rule", "agreement rule", catalog.agreement_rules),
        ("workloads.*.architecture", "architecture", with_own("architectures")),
        ("workloads.*.on_device.devices.*.node_type", "node type", with_own("node_types")),
        (
            "workloads.*.on_device.devices.*.architecture",
            "architecture",
            with_own("architectures"),
        ),
        ("workloads.*.method", "training method", catalog.methods),
        ("workloads.*.companions.*.architecture", "architecture", with_own("architectures")),
        ("workloads.*.cascade.first.architecture", "architecture", with_own("architectures")),
        ("workloads.*.cascade.then.architecture", "architecture", with_own("architectures")),
        ("workloads.*.choices.*.architecture", "architecture", with_own("architectures")),
        ("workloads.*.sites.*", "site of this scenario", sites),
        ("workloads.*.runs_today.*.site", "site of this scenario", sites),
        ("workloads.*.dataset_site", "site of this scenario", sites),
        ("links.*.from_place", "place", places),
        ("links.*.to_place", "place", places),
        ("failures.*.sites.*", "site of this scenario", sites),
        ("share_limits.*.sites.*", "site of this scenario", sites),
        ("workloads.*.users.*.region", "user region", with_own("user_regions")),
        ("workloads.*.together_with.*", "workload of this scenario", workloads),
        ("workloads.*.apart_from.*", "workload of this scenario", workloads),
        ("workloads.*.after.*", "job of this scenario", set(_jobs(document))),
        ("prices.*.node_type", "node type", with_own("node_types")),
        ("node_types.*.accelerator", "accelerator", with_own("accelerators")),
        ("architectures.*.kind", "architecture kind", catalog.kinds),
        ("architectures.*.base", "architecture", with_own("architectures")),
    )


def _jobs(document: JsonValue) -> Iterator[str]:
    """Workloads that end."""
    kinds = dict(_names(document, "workloads.*.kind"))
    for field, name in _names(document, "workloads.*.name"):
        if kinds.get(field.removesuffix("name") + "kind") != "serving":
            yield name


def _names(node: JsonValue, path: str, field: str = "") -> Iterator[tuple[str, str]]:
    """Field and text of everything that is text under a path; `*` is every row of a list."""
    if not path:
        if isinstance(node, str):
            yield field, node
        return
    part, _, rest = path.partition(".")
    prefix = f"{field}." if field else ""
    if part == _EVERY_ROW and isinstance(node, list):
        for row, each in enumerate(node):
            yield from _names(each, rest, f"{prefix}{row}")
    elif isinstance(node, dict) and part in node:
        yield from _names(node[part], rest, f"{prefix}{part}")


def _fault(document: JsonValue, rule: str, *, field: str, value: str, hint: str = "") -> Fault:
    source = next((name for _, name in _names(document, "scenario")), "scenario")
    return Fault(source, rule, field=field, value=value, hint=hint)


def _unread_traces(scenario: Scenario) -> Iterator[Fault]:
    for row, workload in enumerate(scenario.workloads):
        if isinstance(workload, Serving | BatchInference) and workload.request_trace is not None:
            rule = "is read with the scenario's file only: state request_classes instead"
            field = f"workloads.{row}.request_trace"
            yield Fault(scenario.scenario, rule, field=field, value=shown(workload.request_trace))


def _unread_lists(scenario: Scenario) -> Iterator[Fault]:
    for row, name in enumerate(scenario.price_lists):
        rule = "is read with the scenario's file only: state prices instead"
        field = f"price_lists.{row}"
        yield Fault(scenario.scenario, rule, field=field, value=shown(name))


def _unread_configs(scenario: Scenario) -> Iterator[Fault]:
    for row, architecture in enumerate(scenario.architectures):
        if architecture.config is not None:
            field, value = f"architectures.{row}.config", shown(architecture.config)
            yield Fault(scenario.scenario, UNREAD_CONFIG, field=field, value=value)


def _rests_on_config(name: str, catalog: Catalog) -> bool:
    """Whether an architecture, or one that it is derived from, waits for its config.

    Of these the config is to blame, whatever else is wrong.
    """
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        architecture = catalog.architectures.get(name)
        if architecture is None or architecture.config is not None:
            return architecture is not None
        name = architecture.base or name
    return False


def _work_faults(scenario: Scenario, catalog: Catalog) -> Iterator[Fault]:
    """Of the workloads as they are planned; where a method refuses a request, of the others."""
    try:
        work = staged_workloads(scenario, catalog)
    except PluginError:
        raise
    except InputError as error:
        yield from error.faults
        work = tuple(
            Staged(row, each)
            for row, each in enumerate(scenario.workloads)
            if not isinstance(each, Training)
        )
    yield from _order_faults(scenario, work)
    yield from _architecture_faults(scenario, work, catalog)
    yield from _image_faults(scenario, work, catalog)


def _order_faults(scenario: Scenario, work: Sequence[Staged]) -> Iterator[Fault]:
    """Jobs that wait for each other in a circle, or in too many ways."""
    jobs = {each.workload.name: each.workload for each in work if isinstance(each.workload, Job)}
    after = {name: [first for first in job.after if first in jobs] for name, job in jobs.items()}
    rows = {each.workload.name: each.row for each in work}
    if found := circle(after):
        rule = f"waits for itself ({' after '.join(found)})"
        yield Fault(scenario.scenario, rule, field=f"workloads.{rows[found[0]]}.after")
        return
    try:
        pipelines(after)
    except TangledError as error:
        yield Fault(scenario.scenario, str(error), field="workloads")
        return
    planned = [(each.row, each.workload) for each in work]
    yield from period_faults(scenario.scenario, scenario.horizon, planned)


def _architecture_faults(
    scenario: Scenario, work: Sequence[Staged], catalog: Catalog
) -> Iterator[Fault]:
    """What kinds say against architectures that the scenario defines, or takes from the catalog."""
    fields = {each.name: f"architectures.{row}" for row, each in enumerate(scenario.architectures)}
    for each in work:
        for name, field in dict.fromkeys(_architectures_of(each, scenario)):
            if name not in catalog.architectures and field.endswith(_OF_METHOD):
                rule = f"the method asks for an unknown architecture in {each.workload.name}"
                hint = choice_hint(name, catalog.architectures)
                yield Fault(scenario.scenario, rule, field=field, value=shown(name), hint=hint)
            fields.setdefault(name, field)
    for name, field in fields.items():
        if name not in catalog.architectures or _rests_on_config(name, catalog):
            continue
        try:
            catalog.profile(catalog.architectures[name])
        except PluginError:
            raise
        except InputError as error:
            for fault in error.faults:
                own = field.startswith("architectures.")
                rule = fault.rule if own else f"the catalog's {fault.field} {fault.rule}"
                place = f"{field}.{fault.field}" if own else field
                yield replace(fault, source=scenario.scenario, rule=rule, field=place)


def _image_faults(scenario: Scenario, work: Sequence[Staged], catalog: Catalog) -> Iterator[Fault]:
    """Requests with images for architectures that take none."""
    for each in work:
        workload = each.workload
        if not isinstance(workload, Serving | BatchInference) or not workload.request_classes:
            continue
        if not any(size.images for size in workload.request_classes):
            continue
        for name, field in _architectures_of(each, scenario):
            if name in catalog.architectures and _is_blind(catalog, name):
                rule = "takes no images, and requests have some: name a multimodal architecture"
                yield Fault(scenario.scenario, rule, field=field, value=shown(name))


def _is_blind(catalog: Catalog, name: str) -> bool:
    try:
        return catalog.profile(catalog.architectures[name]).vision is None
    except InputError:  # told elsewhere
        return False


def _architectures_of(staged: Staged, scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Architectures that a workload needs, and the fields of the scenario that ask for them."""
    workload, at = staged.workload, f"workloads.{staged.row}"
    asked = scenario.workloads[staged.row]
    is_stage = isinstance(asked, Training)
    own = f"{at}{_OF_METHOD}" if is_stage and workload.architecture != asked.architecture else ""
    if isinstance(workload, Serving | BatchInference) and workload.choices is not None:
        for number, choice in enumerate(workload.choices):
            yield choice.architecture, f"{at}.choices.{number}.architecture"
    elif isinstance(asked, Serving | BatchInference) and asked.cascade is not None:
        part = "first" if workload.name == asked.name else "then"
        yield workload.architectures[0], f"{at}.cascade.{part}.architecture"
    else:
        yield workload.architectures[0], own or f"{at}.architecture"
    on_device = workload.on_device if isinstance(workload, Serving) else None
    for number, device in enumerate(on_device.devices if on_device else ()):
        yield device.architecture, f"{at}.on_device.devices.{number}.architecture"
    companions = workload.companions if isinstance(workload, FineTuning) else ()
    for number, each in enumerate(companions):
        path = f"{at}{_OF_METHOD}" if is_stage else f"{at}.companions.{number}.architecture"
        yield each.architecture, path
