"""Training methods for `gpuplan estimate`: options to requests, requests to stages."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Final

import click
from pydantic import JsonValue, ValidationError

from planner.catalog.index import Catalog
from planner.catalog.record_faults import record_faults
from planner.catalog.staging import stages_of
from planner.cli.estimate_options import FOREVER_DAYS, Run, Subject
from planner.domain.training import Stage
from planner.domain.workload import Training
from planner.errors import InputError, PluginError

STEP_OPTIONS: Final = ("accelerators", "sequence_tokens", "global_batch_tokens_m")
"""Options that are parameters of most methods."""


def method_stages(subject: Subject, run: Run, catalog: Catalog) -> list[Stage]:
    """The stages of every method with every architecture.

    Raises:
        InputError: an unknown method, or parameters that it refuses or lacks.
        click.UsageError: parameters that no method has.
    """
    given = _given(run)
    _refuse_strange(given, run, catalog)
    architectures = tuple(dict.fromkeys(subject.architecture))
    requests = [
        _request(method, architecture, given, run, catalog)
        for method, architecture in product(dict.fromkeys(run.method), architectures)
    ]
    if len(architectures) == 1:
        requests = [each.model_copy(update={"name": each.method}) for each in requests]
    return [stage for each in requests for stage in _stages(each, catalog)]


def _given(run: Run) -> dict[str, JsonValue]:
    """Parameters by name: numbers and words.

    Raises:
        click.UsageError: something that is no KEY=VALUE.
    """
    given: dict[str, JsonValue] = {}
    for name in STEP_OPTIONS:
        if (value := getattr(run, name)) is not None:
            given[name] = value
    for each in run.parameter:
        key, equals, value = each.partition("=")
        if not key or not equals:
            raise click.UsageError(f"--parameter: must be KEY=VALUE, got {each!r}")
        given[key] = _value(value)
    return given


def _value(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except json.JSONDecodeError:
        return text
    return value


def _refuse_strange(given: Mapping[str, JsonValue], run: Run, catalog: Catalog) -> None:
    known = [catalog.methods[name] for name in run.method if name in catalog.methods]
    fields = {field for method in known for field in method.parameters.model_fields}
    strange = sorted(set(given) - fields)
    if strange and len(known) == len(run.method):
        raise click.UsageError(
            f"no method that is named has {', '.join(strange)}; they have"
            f" {', '.join(sorted(fields))}"
        )


def _request(
    method: str, architecture: str, given: Mapping[str, JsonValue], run: Run, catalog: Catalog
) -> Training:
    known = catalog.methods.get(method)
    fields = known.parameters.model_fields if known else {}
    try:
        return Training(
            kind="training",
            name=f"{method}-{architecture}",
            method=method,
            architecture=architecture,
            deadline_days=run.deadline_days or FOREVER_DAYS,
            parameters={name: value for name, value in given.items() if name in fields},
        )
    except ValidationError as error:
        raise InputError(record_faults(error, Training, "estimate")) from error


def _stages(request: Training, catalog: Catalog) -> tuple[Stage, ...]:
    try:
        return stages_of(request, catalog)
    except PluginError:
        raise
    except InputError as error:
        faults = tuple(
            replace(fault, source=f"estimate: method {request.method}") for fault in error.faults
        )
        raise InputError(faults) from error
