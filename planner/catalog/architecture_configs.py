"""Configs that a scenario's architectures name, read into kinds and parameters."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from planner.catalog.blame import answered, blamed
from planner.catalog.document import Document, shown
from planner.catalog.index import Catalog, extended
from planner.catalog.input_file import read_text
from planner.catalog.json_document import parse_json
from planner.catalog.named_file import below, told_at
from planner.domain.architecture import Architecture
from planner.domain.architecture_config import ConfigReader, ConfigReading
from planner.domain.scenario import Scenario
from planner.errors import Fault, InputError, PluginError

LARGEST_CONFIG_BYTES: Final = 10_000_000
"""Configs have a few kB; those that list every quantised layer have a MB."""


def with_configs(
    scenario: Scenario, folder: Path, catalog: Catalog
) -> tuple[Scenario, tuple[Fault, ...]]:
    """The scenario with each config replaced by the kind and the parameters that it gives.

    Configs lie in `folder` or below; links that lead out of it are not followed. Architectures
    whose config is faulty stay as they are. Faults of a config name its file, line and field;
    those of naming it have the scenario's field and no line.

    Raises:
        PluginError: a reader fails or answers with something that is no reading.
    """
    architectures: list[Architecture] = []
    faults: list[Fault] = []
    known = extended(catalog, scenario)
    for row, architecture in enumerate(scenario.architectures):
        resolved = architecture
        if architecture.config is not None:
            try:
                resolved = _resolved(architecture, architecture.config, folder, known)
            except PluginError:
                raise
            except InputError as error:
                field = f"architectures.{row}.config"
                faults += [told_at(fault, scenario, field) for fault in error.faults]
        architectures.append(resolved)
    told = tuple(dict.fromkeys(faults))
    return scenario.model_copy(update={"architectures": tuple(architectures)}), told


def _resolved(
    architecture: Architecture, config: str, folder: Path, catalog: Catalog
) -> Architecture:
    """The architecture as its config describes it.

    Raises:
        InputError: the file cannot be read, or what it says makes no architecture.
    """
    path = below(folder, config)
    document = parse_json(read_text(path, LARGEST_CONFIG_BYTES), str(path))
    if document.faults:
        raise InputError(document.faults)
    try:
        return _read(architecture, document, catalog)
    except PluginError:
        raise
    except InputError as error:
        raise InputError(tuple(_in_file(fault, document) for fault in error.faults)) from error


def _in_file(fault: Fault, document: Document) -> Fault:
    line, column = document.position(fault.field)
    return replace(fault, source=document.source, line=line, column=column)


def _read(architecture: Architecture, document: Document, catalog: Catalog) -> Architecture:
    """The architecture that a config's tree describes, which its kind accepts.

    Raises:
        InputError: there is none; fields count from the config.
    """
    tree = document.tree
    if not isinstance(tree, dict):
        rule = "must be a JSON object, as config.json files are"
        raise InputError((Fault("", rule, value=shown(tree)),))
    reader, reading = _reading(tree, catalog)
    origin = catalog.origins[("config_readers", reader.name)]
    with blamed(origin, f"what config reader {reader.name} read from {document.source}"):
        stated = architecture.model_dump(mode="json", exclude={"config"}, exclude_none=True)
        said = {"kind": reading.kind, "parameters": dict(reading.parameters)}
        context = {"max_context_tokens": reading.max_context_tokens}
        resolved = Architecture.model_validate_json(json.dumps({**context, **stated, **said}))
    try:
        catalog.profile(resolved)
    except PluginError:
        raise
    except InputError as error:
        rules = (f"kind {reading.kind} refuses: {_without_place(each)}" for each in error.faults)
        raise InputError(tuple(Fault("", rule) for rule in rules)) from error
    return resolved


def _without_place(fault: Fault) -> str:
    """A fault of the parameters that a config gave: no file has them."""
    return str(replace(fault, source="")).removeprefix(": ")


def _reading(
    config: Mapping[str, JsonValue], catalog: Catalog
) -> tuple[ConfigReader, ConfigReading]:
    """What the first reader that can read a config says, in the order of their names.

    Raises:
        InputError: none can: what those say that know its format.
    """
    refusals: list[Fault] = []
    for reader in catalog.config_readers.values():
        origin, what = (
            catalog.origins[("config_readers", reader.name)],
            f"config reader {reader.name}",
        )
        try:
            with blamed(origin, what, allowed=InputError):
                reading = reader.reading(config)
        except PluginError:
            raise
        except InputError as error:
            refusals += error.faults
            continue
        if reading is not None:
            return reader, answered(reading, ConfigReading, origin, what)
    raise InputError(tuple(refusals) or tuple(_unknown(catalog)))


def _unknown(catalog: Catalog) -> Iterator[Fault]:
    names = ", ".join(catalog.config_readers) or "none"
    yield Fault("", "is in no format that a config reader knows", hint=f"there are {names}")
