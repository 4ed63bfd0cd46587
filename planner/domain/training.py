"""Training methods: ways to turn a request to train into the work that has to be done."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from planner.domain.record import Record
from planner.domain.workload import BatchInference, FineTuning, Pretraining, Training

Parameters = TypeVar("Parameters", bound=Record)

Stage = BatchInference | Pretraining | FineTuning
"""Work of a pipeline: an ordinary workload, `after` naming other stages of the same pipeline."""


class TrainingMethod(Protocol[Parameters]):
    """A way to train (plugin protocol)."""

    @property
    def name(self) -> str:
        """What a scenario writes after `method:`."""
        ...

    @property
    def parameters(self) -> type[Parameters]:
        """The record that checks and documents the method's own parameters."""
        ...

    def stages(self, request: Training, parameters: Parameters) -> Iterable[Stage]:
        """The work of a request, each stage with a name of its own within it.

        Stages are planned as workloads called `request/stage`. What the request says of priority,
        sites, deadline and what it comes after holds for all of them, whatever the method states.
        """
        ...
