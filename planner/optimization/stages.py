"""Stages of a problem: what hangs together closely, as the slices of a year do."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.problem.columns import Integers

SPANS: Final = -1
"""Stage of what belongs to several."""


@dataclass(frozen=True)
class Stages:
    """The stage of every option, and of every block; of a block for several, `SPANS`."""

    option: Integers
    block: Integers


def stage_of_items(item: Integers, stage: Integers, items: int) -> Integers:
    """Of every item the stage that all its options are in, or `SPANS`.

    `item` and `stage` are those of every option.
    """
    first = np.full(items, np.iinfo(np.int64).max)
    last = np.full(items, SPANS)
    np.minimum.at(first, item, stage)
    np.maximum.at(last, item, stage)
    return np.where(first == last, first, SPANS)
