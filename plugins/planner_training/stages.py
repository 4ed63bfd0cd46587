"""What methods ask for alike, and the stages they make of it."""

from typing import Annotated

from pydantic import Field

from planner.domain.record import Count, Name, Positive, Record
from planner.domain.workload import (
    Adapters,
    BatchInference,
    Companion,
    FineTuning,
    Training,
)
from planner.units import TOKENS_PER_BILLION

Tokens = Annotated[int, Field(ge=1, le=100_000_000)]
Rounds = Annotated[int, Field(ge=1, le=50)]
"""Stages that a request repeats: no publication has more than six."""


class StepParameters(Record):
    """How a training stage steps."""

    sequence_tokens: Tokens = 4096
    """Examples are packed into sequences of this length."""
    global_batch_tokens_m: Positive = 0.25
    """Tokens of one optimizer step, in millions."""
    accelerators: Count | None = None
    """Size of the gang; omitted: the planner chooses among those that meet the deadline."""


class ExampleParameters(StepParameters):
    """Examples that a stage learns from."""

    examples: Count = Field(examples=[52_000])
    """How many there are."""
    example_tokens: Tokens = Field(examples=[500])
    """Mean tokens of an example, prompt and answer together."""
    epochs: Positive = 3
    """How often it goes through all of them."""

    @property
    def trained_tokens(self) -> float:
        """Tokens of all epochs."""
        return self.examples * self.example_tokens * self.epochs


def tuning(  # noqa: PLR0913  the words of a stage
    request: Training,
    name: str,
    steps: StepParameters,
    tokens: float,
    *,
    after: tuple[Name, ...] = (),
    architecture: Name | None = None,
    adapters: Adapters | None = None,
    companions: tuple[Companion, ...] = (),
) -> FineTuning:
    """Train what the request is for, or `architecture`, on so many tokens."""
    return FineTuning(
        kind="fine_tuning",
        name=name,
        architecture=architecture or request.architecture,
        tokens_b=tokens / TOKENS_PER_BILLION,
        deadline_days=request.deadline_days,
        after=after,
        sequence_tokens=steps.sequence_tokens,
        global_batch_tokens_m=steps.global_batch_tokens_m,
        accelerators=steps.accelerators,
        adapters=adapters,
        companions=companions,
    )


def generation(  # noqa: PLR0913  the words of a stage
    request: Training,
    name: str,
    requests: float,
    *,
    input_tokens: int,
    output_tokens: int,
    after: tuple[Name, ...] = (),
    architecture: Name | None = None,
) -> BatchInference:
    """Have what the request is for, or `architecture`, answer so many requests."""
    return BatchInference(
        kind="batch_inference",
        name=name,
        architecture=architecture or request.architecture,
        tokens_b=requests * (input_tokens + output_tokens) / TOKENS_PER_BILLION,
        deadline_days=request.deadline_days,
        after=after,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
    )
