"""Methods that learn what is preferred: DPO, PPO and SPIN."""

from collections.abc import Iterable

from pydantic import Field

from planner.domain.record import Count, Name, Positive
from planner.domain.training import Stage
from planner.domain.workload import Companion, Training
from planner_training.examples import ANSWERS_PER_PAIR, PairParameters
from planner_training.stages import Rounds, StepParameters, Tokens, generation, tuning


class PromptParameters(StepParameters):
    """Prompts that the architecture answers itself."""

    prompts: Count = Field(examples=[50_000])
    """How many there are."""
    prompt_tokens: Tokens = Field(examples=[256])
    """Mean tokens of a prompt."""
    response_tokens: Tokens = Field(examples=[256])
    """Mean tokens of an answer."""


class RolloutParameters(PromptParameters):
    """Prompts, and the reward that scores the answers."""

    reward_architecture: Name = Field(examples=["opt-350m"])
    """Of the reward model, and of the critic that starts as its copy."""
    epochs: Positive = 1
    """Passes of the update over each answer."""


class SelfPlayParameters(PromptParameters):
    """Prompts, and how often the game is played."""

    iterations: Rounds = 4
    """Rounds of answering and training (SPIN, section 6: 0 to 3)."""
    epochs: Positive = 2
    """Of each round (SPIN, appendix B)."""


class DirectPreference:
    """DPO: learn from preferred answers, against a frozen copy of oneself.

    Source: Rafailov et al. 2023, arXiv 2305.18290.
    """

    name = "dpo"
    parameters = PairParameters

    def stages(self, request: Training, parameters: PairParameters) -> Iterable[Stage]:
        """One run, in which every token goes through the frozen copy, too."""
        reference = Companion(architecture=request.architecture)
        tokens = parameters.trained_tokens
        return (tuning(request, "dpo", parameters, tokens, companions=(reference,)),)


class ProximalPolicy:
    """PPO-RLHF: answer prompts, have a reward model score them, update actor and critic.

    Source: Ouyang et al. 2022, arXiv 2203.02155. Answering and updating alternate in small batches;
    here they are two stages, whose time and cost add up to the same where accelerators are handed
    on between them. The reward model is trained by `reward_model` or `warm`, which a request can
    come after.
    """

    name = "ppo"
    parameters = RolloutParameters

    def stages(self, request: Training, parameters: RolloutParameters) -> Iterable[Stage]:
        """Rollouts, then updates with four architectures in memory, two of them trained."""
        answered_tokens = parameters.prompt_tokens + parameters.response_tokens
        rollouts = generation(
            request,
            "rollouts",
            parameters.prompts,
            input_tokens=parameters.prompt_tokens,
            output_tokens=parameters.response_tokens,
        )
        reward = parameters.reward_architecture
        companions = (
            Companion(architecture=request.architecture),
            Companion(architecture=reward),
            Companion(architecture=reward, is_trained=True),
        )
        tokens = parameters.prompts * answered_tokens * parameters.epochs
        updates = tuning(
            request, "updates", parameters, tokens, after=("rollouts",), companions=companions
        )
        return (rollouts, updates)


class SelfPlay:
    """SPIN: rounds of answering prompts and of learning to tell one's answers from given ones.

    Source: Chen et al. 2024, arXiv 2401.01335, algorithm 1. From the second round on, the pairs of
    the round before are learned from again (section 6.1).
    """

    name = "spin"
    parameters = SelfPlayParameters

    def stages(self, request: Training, parameters: SelfPlayParameters) -> Iterable[Stage]:
        """Generate and train in turn."""
        opponent = Companion(architecture=request.architecture)
        pair_tokens = ANSWERS_PER_PAIR * (parameters.prompt_tokens + parameters.response_tokens)
        for number in range(1, parameters.iterations + 1):
            yield generation(
                request,
                f"generate-{number}",
                parameters.prompts,
                input_tokens=parameters.prompt_tokens,
                output_tokens=parameters.response_tokens,
                after=(f"train-{number - 1}",) if number > 1 else (),
            )
            pairs = parameters.prompts * min(number, 2)
            yield tuning(
                request,
                f"train-{number}",
                parameters,
                pairs * pair_tokens * parameters.epochs,
                after=(f"generate-{number}",),
                companions=(opponent,),
            )
