"""A third party's whole plugin in one file: a state-space architecture and an alignment method."""

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from planner.domain.architecture import ArchitectureKind, ArchitectureProfile, AttentionGroup
from planner.domain.record import Count, Name, Record
from planner.domain.training import Stage, TrainingMethod
from planner.domain.workload import BatchInference, FineTuning, Training
from planner.extension import hookimpl


class StateSpaceParameters(Record):
    """Structure of a Mamba decoder, in the numbers of its configuration."""

    layers: Count = Field(examples=[64])
    hidden: Count = Field(examples=[2560])
    vocabulary: Count = Field(examples=[50280])
    state: Count = 16
    """Elements of the state for every channel."""
    expansion: Count = 2
    """Inner channels over the hidden width."""
    convolution: Count = 4
    """Tokens that the convolution sees."""


class StateSpace:
    """Selective state spaces: a fixed state instead of a growing cache (Mamba)."""

    name = "state_space"
    parameters = StateSpaceParameters

    def profile(self, parameters: StateSpaceParameters) -> ArchitectureProfile:
        """Gu & Dao 2023, arXiv 2312.00752, section 3.4 and the reference configuration."""
        hidden, inner = parameters.hidden, parameters.expansion * parameters.hidden
        rank = -(-hidden // 16)
        projections = 3 * hidden * inner
        selection = inner * (rank + 2 * parameters.state) + rank * inner
        scan = inner * (parameters.state + parameters.convolution + 2)
        table = parameters.vocabulary * hidden
        total = parameters.layers * (projections + selection + scan + hidden) + table + hidden
        kept = inner * (parameters.state + parameters.convolution)
        update_flops = 6 * inner * parameters.state
        return ArchitectureProfile(
            parameters_total=total,
            parameters_active=total,
            layers=parameters.layers,
            hidden=hidden,
            # one state a sequence, however long: a window of one token
            attention=(AttentionGroup(parameters.layers, kept, update_flops, window_tokens=1),),
            kv_heads=8,
            vocabulary=parameters.vocabulary,
        )


class BestOfParameters(Record):
    """Prompts, answers to choose from, and who chooses."""

    prompts: Count
    prompt_tokens: Count
    response_tokens: Count
    candidates: Count = 8
    judge: Name


class BestOf:
    """Best of n: answer every prompt n times, let a judge choose, learn from the best."""

    name = "best_of"
    parameters = BestOfParameters

    def stages(self, request: Training, parameters: BestOfParameters) -> Iterable[Stage]:
        """Answer, judge, tune."""
        answers = parameters.prompts * parameters.candidates
        tokens = parameters.prompt_tokens + parameters.response_tokens
        yield BatchInference(
            kind="batch_inference",
            name="answer",
            architecture=request.architecture,
            tokens_b=answers * tokens / 1e9,
            deadline_days=request.deadline_days,
            input_tokens=parameters.prompt_tokens,
            output_tokens=parameters.response_tokens,
        )
        yield BatchInference(
            kind="batch_inference",
            name="judge",
            architecture=parameters.judge,
            tokens_b=answers * (tokens + 1) / 1e9,
            deadline_days=request.deadline_days,
            after=("answer",),
            input_tokens=tokens,
            output_tokens=1,
        )
        yield FineTuning(
            kind="fine_tuning",
            name="tune",
            architecture=request.architecture,
            tokens_b=parameters.prompts * tokens / 1e9,
            deadline_days=request.deadline_days,
            after=("judge",),
        )


@hookimpl
def planner_architecture_kinds() -> Iterable[ArchitectureKind[Any]]:
    """State spaces."""
    return (StateSpace(),)


@hookimpl
def planner_training_methods() -> Iterable[TrainingMethod[Any]]:
    """Best of n."""
    return (BestOf(),)
