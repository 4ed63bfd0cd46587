"""Where a search may begin: a solution of a problem that the one at hand differs from a little."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.problem.columns import AllocationProblem, Choice, Floats
from planner.problem.counterparts import NONE, Counterparts
from planner.problem.solution import Solution

WHOLE: Final = 1e-6
"""Parts of an item that are this near to a whole number are whole."""


@dataclass(frozen=True)
class Start:
    """Prices and a choice in the terms of the problem that is to be solved."""

    prices: Floats | None = None
    """USD for a unit of each resource, at least 0; NaN where none is known."""
    choice: Choice | None = None
    """It may leave items undone and overstep capacities: whoever begins from it mends that."""


NO_START: Final = Start()


def carried(previous: AllocationProblem, solution: Solution, problem: AllocationProblem) -> Start:
    """What a solution of `previous` says about `problem`.

    Items and resources are the same where their names are; an option stands for the option of the
    same item whose place uses the same resources, a block for one that uses and supplies the same.
    What was removed is dropped, what is new has no start.
    """
    now = Counterparts(previous, problem)
    return Start(_prices(solution.shadow_price, now), _choice(solution.choice, now))


def require_start(problem: AllocationProblem, start: Start) -> None:
    """Refuse a start that is none of this problem.

    Raises:
        ValueError: prices or blocks of another number, negative prices, unknown options.
    """
    prices, choice = start.prices, start.choice
    if prices is not None and (len(prices) != problem.resources or (prices < 0).any()):
        raise ValueError("prices of a start must be at least 0, one for each resource")
    if choice is None:
        return
    option, count = choice.option, problem.option_count
    if len(choice.blocks) != problem.blocks or len(option) != len(choice.share):
        raise ValueError("a start must have a number for each block and a share for each option")
    if len(option) and (option[0] < 0 or option[-1] >= count or (np.diff(option) <= 0).any()):
        raise ValueError("options of a start must be numbers of the problem's options, ascending")


def _prices(prices: Floats | None, now: Counterparts) -> Floats | None:
    if prices is None:
        return None
    found = np.full(now.now.resources, np.nan)
    kept = now.resource != NONE
    found[now.resource[kept]] = prices[kept]
    return found


def _choice(choice: Choice, now: Counterparts) -> Choice:
    option = now.options(choice.option)
    kept = np.flatnonzero(option != NONE)
    kept = kept[np.argsort(option[kept], kind="stable")]
    return _in_whole_parts(
        now.now, Choice(option[kept], choice.share[kept], _blocks(choice.blocks, now))
    )


def _blocks(numbers: Floats, now: Counterparts) -> Floats:
    """Numbers of the blocks, no more of each than there may be."""
    problem = now.now
    blocks = np.zeros(problem.blocks)
    kept = now.block != NONE
    blocks[now.block[kept]] = numbers[kept]
    whole = np.minimum(np.rint(blocks), np.floor(problem.block_limit))
    return np.where(problem.block_whole, whole, np.minimum(blocks, problem.block_limit))


def _in_whole_parts(problem: AllocationProblem, choice: Choice) -> Choice:
    """Without the items whose shares are no whole parts any more."""
    deployment, _ = problem.located(choice.option)
    item = problem.deployments.item[deployment]
    counted = choice.share * problem.item_parts[item]
    is_broken = np.zeros(problem.items, dtype=bool)
    is_broken[item[np.abs(counted - np.rint(counted)) > WHOLE]] = True
    kept = ~is_broken[item]
    return Choice(choice.option[kept], choice.share[kept], choice.blocks)
