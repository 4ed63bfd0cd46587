"""Request traces that a scenario names, read into its workloads."""

from functools import cache, partial
from pathlib import Path

from planner.catalog.document import shown
from planner.catalog.named_file import below, told_at
from planner.catalog.request_trace import RequestTrace, read_trace
from planner.domain.scenario import Scenario
from planner.domain.workload import AskedWorkload, BatchInference, Serving
from planner.errors import Fault, InputError


def with_traces(scenario: Scenario, folder: Path) -> tuple[Scenario, tuple[Fault, ...]]:
    """The scenario with each trace replaced by the request classes (and rate) it gives.

    Traces lie in `folder` or below; links that lead out of it are not followed. Workloads whose
    trace is faulty stay as they are. Faults of a trace name its file and line; those of naming it
    have the scenario's field and no line.
    """
    read = cache(partial(_read, folder))
    workloads: list[AskedWorkload] = []
    faults: list[Fault] = []
    for row, workload in enumerate(scenario.workloads):
        resolved = workload
        if isinstance(workload, Serving | BatchInference) and workload.request_trace is not None:
            field = f"workloads.{row}.request_trace"
            try:
                resolved = _sized(workload, read(workload.request_trace))
            except InputError as error:
                faults += [told_at(fault, scenario, field) for fault in error.faults]
        workloads.append(resolved)
    told = tuple(dict.fromkeys(faults))
    return scenario.model_copy(update={"workloads": tuple(workloads)}), told


def _read(folder: Path, name: str) -> RequestTrace | InputError:
    """A trace, or why it cannot be read: an answer, so that it can be kept."""
    try:
        return read_trace(below(folder, name))
    except InputError as error:
        return error


def _sized(
    workload: Serving | BatchInference, trace: RequestTrace | InputError
) -> Serving | BatchInference:
    """The workload with the sizes of the trace, and its rate where none is stated.

    Raises:
        InputError: the trace could not be read, or no rate is known.
    """
    if isinstance(trace, InputError):
        raise trace
    sizes = {"request_classes": trace.classes, "request_trace": None}
    if not isinstance(workload, Serving) or workload.requests_per_s is not None:
        return workload.model_copy(update=sizes)
    if trace.requests_per_s is None:
        rule = "gives no rate without two different timestamps: state requests_per_s"
        raise InputError((Fault("", rule, value=shown(workload.request_trace)),))
    return workload.model_copy(update={**sizes, "requests_per_s": trace.requests_per_s})
