"""Requests to train by a method, and cascades, turned into the workloads that are planned."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final, get_args

from pydantic import ValidationError

from planner.catalog.blame import blamed
from planner.catalog.cascades import ESCALATED, cascaded
from planner.catalog.datasets import hauls_of
from planner.catalog.document import shown
from planner.catalog.index import Catalog
from planner.catalog.reach import by_region, located_sites
from planner.catalog.record_faults import name_hint, record_faults
from planner.domain.contribution import Origin
from planner.domain.record import Record
from planner.domain.scenario import Scenario, StagedScenario
from planner.domain.training import Stage, TrainingMethod
from planner.domain.work import PART
from planner.domain.workload import BatchInference, Job, Serving, Training, Workload
from planner.errors import Fault, InputError, PluginError
from planner.network.precedence import circle

MOST_STAGES: Final = 200
"""Of a request: more are a slip of the keyboard."""


@dataclass(frozen=True)
class Staged:
    """A workload that is planned, and the row of the scenario's that asked for it."""

    row: int
    workload: Workload


def staged(scenario: Scenario, catalog: Catalog) -> StagedScenario:
    """The scenario with every request to train, and every cascade, as what is planned of it.

    Raises:
        InputError: parameters that a method refuses, names that are taken; fields count from the
            scenario.
        PluginError: a method fails, or its stages are none.
    """
    fields = {name: getattr(scenario, name) for name in Scenario.model_fields}
    workloads = tuple(each.workload for each in staged_workloads(scenario, catalog))
    made = {
        "workloads": workloads,
        "sites": located_sites(scenario, catalog),
        "hauls": hauls_of(scenario, workloads, catalog),
    }
    return StagedScenario.model_validate({**fields, **made})


def staged_workloads(scenario: Scenario, catalog: Catalog) -> tuple[Staged, ...]:
    """Every workload that is planned; see `staged`."""
    faults: list[Fault] = []
    stages: dict[int, tuple[Stage, ...]] = {}
    for row, request in enumerate(scenario.workloads):
        if isinstance(request, Training):
            try:
                stages[row] = stages_of(request, catalog)
            except PluginError:
                raise
            except InputError as error:
                faults += [_at(fault, scenario, row) for fault in error.faults]
    faults += _taken(scenario, stages)
    if faults:
        raise InputError(tuple(faults))
    ends = {
        each.name: _ends(each, stages.get(row, ())) for row, each in enumerate(scenario.workloads)
    }
    return tuple(
        Staged(row, each)
        for row, request in enumerate(scenario.workloads)
        for each in _planned(request, stages.get(row, ()), ends)
    )


def _ends(workload: Workload | Training, stages: Sequence[Stage]) -> tuple[str, ...]:
    """The parts that are done when a workload is."""
    if isinstance(workload, Training):
        last = _last(stages)
        return tuple(each.name for each in stages if each.name in last)
    if _falls(workload):
        return (f"{workload.name}{PART}{ESCALATED}",)
    return (workload.name,)


def _planned(
    request: Workload | Training, stages: Sequence[Stage], ends: Mapping[str, tuple[str, ...]]
) -> Iterator[Workload]:
    """What a workload of a scenario is planned as; what it comes after, all of it begins after."""
    before = request.after if isinstance(request, Job) else ()
    after = {"after": tuple(end for first in before for end in ends.get(first, (first,)))}
    match request:
        case Training():
            yield from (each if each.after else each.model_copy(update=after) for each in stages)
        case BatchInference():
            first, *then = cascaded(request)
            yield first.model_copy(update=after)
            yield from then
        case Serving():
            yield from (part for each in cascaded(request) for part in by_region(each))
        case _:
            yield request.model_copy(update=after)


def stages_of(request: Training, catalog: Catalog) -> tuple[Stage, ...]:
    """The stages of a request, under its name and with what it says.

    Raises:
        InputError: an unknown method, or parameters that it refuses; fields count from the request.
        PluginError: the method fails, or its stages are none.
    """
    method = catalog.methods.get(request.method)
    if method is None:
        hint = name_hint(request.method, catalog.methods)
        raise InputError((Fault("", "unknown training method", field="method", hint=hint),))
    origin = catalog.origins[("methods", method.name)]
    what = f"training method {method.name}, asked for {request.name},"
    parameters = _parameters(request, method)
    try:
        with blamed(origin, what, allowed=ValidationError):
            found = tuple(islice(method.stages(request, parameters), MOST_STAGES + 1))
    except ValidationError as error:
        raise InputError(_of_stage(error)) from error
    _require_pipeline(found, origin, what)
    last = _last(found)
    if request.unmet_penalty_usd is not None and len(last) > 1:
        rule = (
            f"must be left out: {method.name} ends in {len(last)} stages that stand by themselves"
        )
        raise InputError((Fault("", rule, field="unmet_penalty_usd"),))
    return tuple(_of_request(each, last, request) for each in found)


def _of_stage(error: ValidationError) -> tuple[Fault, ...]:
    """What no stage of the request may be, told where the request states its parameters."""
    return tuple(
        Fault(
            "",
            f"make a stage whose {'.'.join(map(str, each['loc']))} cannot be: {each['msg']}",
            field="parameters",
            value=shown(each["input"]),
        )
        for each in error.errors()
    )


def _parameters(request: Training, method: TrainingMethod[Any]) -> Record:
    try:
        parameters: Record = method.parameters.model_validate_json(json.dumps(request.parameters))
    except ValidationError as error:
        faults = record_faults(error, method.parameters, request.name, "parameters")
        raise InputError(faults) from error
    return parameters


def _require_pipeline(found: Sequence[object], origin: Origin, what: str) -> None:
    """Stages that are workloads, with names of their own, in an order that can be kept."""
    rule = ""
    names = [each.name for each in found if isinstance(each, Job)]
    after = {each.name: each.after for each in found if isinstance(each, Job)}
    unknown = sorted({first for before in after.values() for first in before} - set(names))
    if not found:
        rule = "answered with no stage"
    elif len(found) > MOST_STAGES:
        rule = f"has more than {MOST_STAGES} stages"
    elif not all(isinstance(each, get_args(Stage)) for each in found):
        rule = "must answer with BatchInference, Pretraining and FineTuning workloads"
    elif len(after) < len(found):
        rule = f"has two stages of one name ({', '.join(names)})"
    elif unknown:
        rule = f"has a stage after {', '.join(unknown)}, which is none of its stages"
    elif found_circle := circle(after):
        rule = f"has a stage that waits for itself ({' after '.join(found_circle)})"
    if rule:
        raise PluginError((Fault(str(origin), f"{what} {rule}"),))


def _of_request(stage: Stage, last: frozenset[str], request: Training) -> Stage:
    """A stage with all that the request says; its penalty is that of the last stage."""
    penalty = request.unmet_penalty_usd
    if penalty is not None and stage.name not in last:
        penalty = 0.0
    said = {
        "name": _joined(request, stage.name),
        "after": tuple(_joined(request, first) for first in stage.after),
        "start_days": request.start_days,
        "deadline_days": request.deadline_days,
        "priority": request.priority,
        "unmet_penalty_usd": penalty,
        "sites": request.sites,
        "residency": request.residency,
        "together_with": request.together_with,
        "apart_from": request.apart_from,
    }
    if request.allow_interruptible is not None:
        said["allow_interruptible"] = request.allow_interruptible
    return stage.model_copy(update=said)


def _joined(request: Training, stage: str) -> str:
    return f"{request.name}{PART}{stage}"


def _last(found: Sequence[Stage]) -> frozenset[str]:
    """Stages that no other comes after."""
    before = {first for each in found for first in each.after}
    return frozenset(each.name for each in found if each.name not in before)


def _taken(scenario: Scenario, stages: Mapping[int, Sequence[Stage]]) -> Iterator[Fault]:
    """Workloads that are called as a stage of a request, or as the second part of a cascade."""
    names = {each.name for found in stages.values() for each in found}
    names |= {f"{each.name}{PART}{ESCALATED}" for each in scenario.workloads if _falls(each)}
    for row, workload in enumerate(scenario.workloads):
        if row not in stages and workload.name in names:
            rule = "is the name of a part of another workload already"
            field = f"workloads.{row}.name"
            yield Fault(scenario.scenario, rule, field=field, value=shown(workload.name))


def _falls(workload: Workload | Training) -> bool:
    """Whether it is a cascade."""
    return isinstance(workload, Serving | BatchInference) and workload.cascade is not None


def _at(fault: Fault, scenario: Scenario, row: int) -> Fault:
    return replace(fault, source=scenario.scenario, field=f"workloads.{row}.{fault.field}")
