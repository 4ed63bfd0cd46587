"""A scenario file, YAML or JSON, to a `Scenario`, or to everything that is wrong with it."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from planner.catalog.architecture_configs import with_configs
from planner.catalog.document import Document
from planner.catalog.index import Catalog, extended
from planner.catalog.input_file import read_text
from planner.catalog.json_document import parse_json
from planner.catalog.price_lists import with_price_lists
from planner.catalog.record_faults import record_faults
from planner.catalog.references import (
    fact_faults,
    name_faults,
    repeated_names,
    repeated_offers,
)
from planner.catalog.series_faults import series_faults
from planner.catalog.staging import staged
from planner.catalog.time_series import with_series
from planner.catalog.workload_traces import with_traces
from planner.catalog.yaml_document import parse_yaml
from planner.domain.scenario import Scenario, StagedScenario
from planner.errors import Fault, InputError

LARGEST_SCENARIO_BYTES: Final = 50_000_000
"""About 250,000 workloads."""


def read_scenario(path: Path | str, catalog: Catalog) -> StagedScenario:
    """Read and check a scenario: `.json` as JSON, anything else as YAML 1.2.

    Request traces and configs of architectures that it names are read too: the workloads come with
    their classes, the architectures with kind and parameters. Requests to train come as the stages
    that their methods make of them.

    Raises:
        InputError: the file cannot be read or breaks rules. It carries every fault of the file
            with line and column: of form, names and fields, and where no field is faulty also of
            the traces, the configs and the facts behind the names.
    """
    document = _parse(path)
    names = name_faults(document.tree, catalog)
    scenario = _validated(document, names)
    folder = Path(path).parent
    priced, prices = with_price_lists(scenario, folder, catalog)
    traced, traces = with_traces(priced, folder)
    resolved, configs = with_configs(traced, folder, catalog)
    timed, series = with_series(resolved, folder)
    known = extended(catalog, timed)
    untimed = (*series, *series_faults(timed))
    told = (*names, *prices, *traces, *configs, *untimed)
    if untimed:
        _raise(document, told)
    _raise(document, (*told, *fact_faults(timed, known, names)))
    return staged(timed, known)


def _parse(path: Path | str) -> Document:
    text = read_text(path, LARGEST_SCENARIO_BYTES)
    parse = parse_json if Path(path).suffix.lower() == ".json" else parse_yaml
    return parse(text, str(path))


def _validated(document: Document, names: tuple[Fault, ...]) -> Scenario:
    """The scenario of a tree; `names` are the faults of its names.

    Raises:
        InputError: it is none: every fault of form, names and fields.
    """
    try:
        return Scenario.model_validate_json(json.dumps(document.tree))
    except ValidationError as error:
        repeated = (*repeated_names(document.tree), *repeated_offers(document.tree))
        named = {fault.field for fault in names}
        broken = [
            fault
            for fault in record_faults(error, Scenario, document.source)
            # that a name is unknown says more than that it is badly formed, and where a
            # repetition is says more than that there is one
            if fault.field not in named and (fault.field or not repeated)
        ]
        _raise(document, (*names, *repeated, *broken))
        raise InputError(document.faults) from error


def _raise(document: Document, faults: Iterable[Fault]) -> None:
    """Raise what the document and the checks found, in the order of lines; nothing if nothing."""
    told = [_located(each, document) for each in faults if not document.is_blank(each.field)]
    if told or document.faults:
        raise InputError(tuple(sorted((*document.faults, *told), key=_order)))


def _located(fault: Fault, document: Document) -> Fault:
    if fault.line is not None:
        return fault
    line, column = document.position(fault.field)
    return replace(fault, source=document.source, line=line, column=column)


def _order(fault: Fault) -> tuple[str, int, int, str]:
    return fault.source, fault.line or 0, fault.column or 0, fault.field
