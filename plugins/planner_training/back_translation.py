"""Instruction back-translation: examples made from unlabelled text."""

from collections.abc import Iterable

from pydantic import Field

from planner.domain.record import Count, Positive, Share
from planner.domain.training import Stage
from planner.domain.workload import Training
from planner_training.stages import Rounds, StepParameters, Tokens, generation, tuning


class BackTranslationParameters(StepParameters):
    """Seed examples, a corpus of answers without instructions, and rounds of curation."""

    seed_examples: Count = 3_200
    """Written by people (section 3.1)."""
    segments: Count = Field(default=502_000, examples=[502_000])
    """Of the unlabelled corpus, each an answer that lacks its instruction (section 3.1)."""
    segment_tokens: Tokens = Field(examples=[400])
    """Mean tokens of a segment."""
    instruction_tokens: Tokens = 50
    """Of an instruction that is written to a segment."""
    score_tokens: Tokens = 50
    """Of the judgement of an example, which gives it a score of 1 to 5 (table 1)."""
    curated_share: Share = 0.083
    """Of the augmented examples that a round keeps: 41.8 of 502 thousand score 5 (table 2)."""
    rounds: Rounds = 2
    """Of curation and training (section 2.3)."""
    epochs: Positive = 3
    """How often a stage goes through its examples."""


class BackTranslation:
    """Instruction back-translation: write instructions to texts, keep the best pairs, train on.

    Source: Li et al. 2023, arXiv 2308.06259, sections 2.1 to 2.3.
    """

    name = "instruction_backtranslation"
    parameters = BackTranslationParameters

    def stages(self, request: Training, parameters: BackTranslationParameters) -> Iterable[Stage]:
        """Train backward and forward on the seed, augment, then curate and train in turn."""
        example_tokens = parameters.segment_tokens + parameters.instruction_tokens
        seed_tokens = parameters.seed_examples * example_tokens * parameters.epochs
        yield tuning(request, "backward", parameters, seed_tokens)
        yield tuning(request, "seed", parameters, seed_tokens)
        yield generation(
            request,
            "augment",
            parameters.segments,
            input_tokens=parameters.segment_tokens,
            output_tokens=parameters.instruction_tokens,
            after=("backward",),
        )
        curated = parameters.segments * parameters.curated_share
        round_tokens = (parameters.seed_examples + curated) * example_tokens * parameters.epochs
        judge = "seed"
        for number in range(1, parameters.rounds + 1):
            yield generation(
                request,
                f"curate-{number}",
                parameters.segments,
                input_tokens=example_tokens,
                output_tokens=parameters.score_tokens,
                after=("augment", judge),
            )
            judge = f"train-{number}"
            yield tuning(request, judge, parameters, round_tokens, after=(f"curate-{number}",))
