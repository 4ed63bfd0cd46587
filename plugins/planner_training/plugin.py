"""Hook of the built-in training methods."""

from collections.abc import Iterable
from typing import Any

from planner.domain.training import TrainingMethod
from planner.extension import hookimpl
from planner_training.alignment import DirectPreference, ProximalPolicy, SelfPlay
from planner_training.back_translation import BackTranslation
from planner_training.corpus import ContinuedTraining, CorpusTraining, Rephrasing
from planner_training.examples import (
    AveragedRewardModels,
    LowRank,
    QuantisedLowRank,
    RewardModel,
    Supervised,
)


@hookimpl
def planner_training_methods() -> Iterable[TrainingMethod[Any]]:
    """Every built-in method."""
    return (
        CorpusTraining(),
        ContinuedTraining(),
        Rephrasing(),
        Supervised(),
        LowRank(),
        QuantisedLowRank(),
        RewardModel(),
        AveragedRewardModels(),
        DirectPreference(),
        ProximalPolicy(),
        SelfPlay(),
        BackTranslation(),
    )
