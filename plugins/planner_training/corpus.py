"""Methods that learn from a corpus: pretraining, continued pretraining, and WRAP before it."""

from collections.abc import Iterable

from pydantic import Field

from planner.domain.record import Name, Positive
from planner.domain.training import Stage
from planner.domain.workload import Pretraining, Training
from planner.units import TOKENS_PER_BILLION
from planner_training.stages import StepParameters, Tokens, generation


class CorpusParameters(StepParameters):
    """Tokens of a corpus."""

    tokens_b: Positive = Field(examples=[1000])
    """Training tokens, in billions."""
    global_batch_tokens_m: Positive = 4.0
    """Tokens of one optimizer step, in millions."""


class RephrasedParameters(CorpusParameters):
    """A corpus of which a part is rephrased first."""

    rephraser: Name = Field(examples=["mistral-7b"])
    """Instruct architecture that rephrases."""
    rephrased_tokens_b: Positive = Field(examples=[85])
    """Tokens that it writes, in billions; pretraining goes over them and the corpus."""
    passage_tokens: Tokens = 300
    """Of a passage that is rephrased at a time, and of its rephrasing (WRAP, section 3.1)."""


class CorpusTraining:
    """Pretraining: all weights from a corpus, from scratch."""

    name = "pretraining"
    parameters = CorpusParameters

    def stages(self, request: Training, parameters: CorpusParameters) -> Iterable[Stage]:
        """One run."""
        return (_run(request, parameters),)


class ContinuedTraining(CorpusTraining):
    """Continued pretraining: all weights go on learning from another corpus."""

    name = "continued_pretraining"


class Rephrasing:
    """WRAP: an instruct architecture rephrases web text, then both are pretrained on.

    Source: Maini et al. 2024, arXiv 2401.16380.
    """

    name = "wrap"
    parameters = RephrasedParameters

    def stages(self, request: Training, parameters: RephrasedParameters) -> Iterable[Stage]:
        """Rephrase passage by passage, then pretrain."""
        passages = parameters.rephrased_tokens_b * TOKENS_PER_BILLION / parameters.passage_tokens
        rephrase = generation(
            request,
            "rephrase",
            passages,
            input_tokens=parameters.passage_tokens,
            output_tokens=parameters.passage_tokens,
            architecture=parameters.rephraser,
        )
        return (rephrase, _run(request, parameters, rephrase.name))


def _run(request: Training, parameters: CorpusParameters, *after: Name) -> Pretraining:
    return Pretraining(
        kind="pretraining",
        name="pretrain",
        architecture=request.architecture,
        tokens_b=parameters.tokens_b,
        deadline_days=request.deadline_days,
        after=after,
        sequence_tokens=parameters.sequence_tokens,
        global_batch_tokens_m=parameters.global_batch_tokens_m,
        accelerators=parameters.accelerators,
    )
