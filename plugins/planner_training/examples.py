"""Methods that learn from examples: SFT, LoRA, QLoRA, reward architectures and WARM."""

from collections.abc import Iterable
from typing import Final

from planner.domain.adapters import Targets
from planner.domain.precision import Precision
from planner.domain.record import Count, Positive
from planner.domain.training import Stage
from planner.domain.workload import Adapters, Training
from planner_training.stages import ExampleParameters, Rounds, tuning

QLORA_PRECISION: Final[Precision] = "int4"
"""Weights of 4 bits with a scale per group, as NF4 is (Dettmers et al. 2023, arXiv 2305.14314)."""
ANSWERS_PER_PAIR: Final = 2
"""The one to prefer, and the other."""


class AdapterParameters(ExampleParameters):
    """Examples, and the adapters that learn from them."""

    rank: Count = 16
    """Width of the adapters."""
    targets: Targets = "query_value"
    """Matrices that get adapters."""


class QuantisedAdapterParameters(AdapterParameters):
    """Examples, and adapters beside quantised weights."""

    targets: Targets = "all_linear"
    """Matrices that get adapters; QLoRA needs all of them (section 4)."""


class PairParameters(ExampleParameters):
    """Comparisons: two answers each, one of them preferred."""

    epochs: Positive = 1
    """How often it goes through all of them (Stiennon et al. 2020, arXiv 2009.01325: once)."""

    @property
    def trained_tokens(self) -> float:
        """Tokens of both answers, in all epochs."""
        return ANSWERS_PER_PAIR * super().trained_tokens


class AveragedParameters(PairParameters):
    """Comparisons, and how many architectures learn from them."""

    reward_models: Rounds = 6
    """Trained apart, their weights averaged (WARM trains 6, section 5)."""
    at_once: Rounds | None = None
    """How many are trained at the same time; omitted: all of them."""


class Supervised:
    """SFT: all weights learn from examples of prompts and answers."""

    name = "sft"
    parameters = ExampleParameters

    def stages(self, request: Training, parameters: ExampleParameters) -> Iterable[Stage]:
        """One run."""
        return (tuning(request, "sft", parameters, parameters.trained_tokens),)


class LowRank:
    """LoRA: adapters learn, the weights stay as they are (Hu et al. 2021, arXiv 2106.09685)."""

    name = "lora"
    parameters = AdapterParameters

    def stages(self, request: Training, parameters: AdapterParameters) -> Iterable[Stage]:
        """One run."""
        adapters = Adapters(rank=parameters.rank, targets=parameters.targets)
        tokens = parameters.trained_tokens
        return (tuning(request, "lora", parameters, tokens, adapters=adapters),)


class QuantisedLowRank:
    """QLoRA: adapters learn beside weights of 4 bits (Dettmers et al. 2023, arXiv 2305.14314)."""

    name = "qlora"
    parameters = QuantisedAdapterParameters

    def stages(self, request: Training, parameters: QuantisedAdapterParameters) -> Iterable[Stage]:
        """One run."""
        adapters = Adapters(
            rank=parameters.rank, targets=parameters.targets, base_precision=QLORA_PRECISION
        )
        tokens = parameters.trained_tokens
        return (tuning(request, "qlora", parameters, tokens, adapters=adapters),)


class RewardModel:
    """A reward model: all weights learn which of two answers is preferred."""

    name = "reward_model"
    parameters = PairParameters

    def stages(self, request: Training, parameters: PairParameters) -> Iterable[Stage]:
        """One run."""
        return (tuning(request, "reward", parameters, parameters.trained_tokens),)


class AveragedRewardModels:
    """WARM: several reward models trained apart, their weights averaged into one.

    Source: Rame et al. 2024, arXiv 2401.12187. Averaging takes no accelerator worth planning.
    """

    name = "warm"
    parameters = AveragedParameters

    def stages(self, request: Training, parameters: AveragedParameters) -> Iterable[Stage]:
        """A run for each; with `at_once`, every run waits for one that many before it."""
        at_once = parameters.at_once or parameters.reward_models
        return tuple(
            tuning(
                request,
                f"reward-{number}",
                parameters,
                parameters.trained_tokens,
                after=(f"reward-{number - at_once}",) if number > at_once else (),
            )
            for number in range(1, parameters.reward_models + 1)
        )
