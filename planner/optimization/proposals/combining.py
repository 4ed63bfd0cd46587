"""Proposals combined: a small problem that takes one of them for every division."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from planner.optimization.program import Program
from planner.optimization.proposals.asking import Answers, Asking, Proposal
from planner.optimization.proposals.divisions import SHARED
from planner.problem.columns import AllocationProblem, Choice, Floats, Options, Uses

DEAR: Final = 10.0
"""What a division without a proposal costs, in what its first one was worth."""
DIGITS: Final = 6
"""Of values by which proposals are told apart."""


class Combination:
    """All proposals so far."""

    def __init__(self, asking: Asking) -> None:
        """Of the divisions that are asked: none so far."""
        self.asking = asking
        self.proposals: list[Proposal] = []
        self.known: set[tuple[object, ...]] = set()
        self.undone_cost = np.zeros(asking.divisions.count)
        divisions = asking.divisions
        self.resources = np.flatnonzero(~divisions.is_private)
        self.blocks = np.flatnonzero(divisions.of_block == SHARED)

    def add(self, answers: Answers) -> int:
        """Take in what divisions answered; how many of the proposals are new.

        What its first proposal was worth says how dear it is to go without a division.
        """
        dear = DEAR * np.maximum(answers.worth, 0.0)
        self.undone_cost = np.where(self.undone_cost > 0, self.undone_cost, dear)
        return self.add_proposals(answers.proposals)

    def add_proposals(self, proposals: Iterable[Proposal]) -> int:
        """Take in proposals; how many of them are new."""
        before = len(self.proposals)
        for each in proposals:
            values = tuple(np.round(each.value, DIGITS).tolist())
            key = (each.division, tuple(each.column.tolist()), values)
            if key not in self.known:
                self.known.add(key)
                self.proposals.append(each)
        return len(self.proposals) - before

    def problem(self) -> AllocationProblem:
        """Divisions as items, proposals as their options, what is shared as it is.

        No division must be done, so that there always is a choice; it costs dearly.
        """
        whole, divisions = self.asking.problem, self.asking.divisions
        division = np.array([each.division for each in self.proposals], np.int64)
        cost = np.array([each.cost for each in self.proposals])
        use = np.array([each.use[self.resources] for each in self.proposals])
        use = use.reshape(len(self.proposals), len(self.resources))
        option, resource = use.nonzero()
        written = Options(division, cost, Uses(resource, option, use[option, resource]))
        deployments, places = written.factored()
        by_block = whole.block_use
        kept = (divisions.of_block == SHARED)[by_block.column]
        ones = np.ones(divisions.count, np.int64)
        return AllocationProblem(
            item_name=tuple(f"division {each}" for each in range(divisions.count)),
            item_weight=ones.astype(np.float64),
            item_priority=0 * ones,
            item_parts=ones,
            unmet_cost=np.where(self.undone_cost > 0, self.undone_cost, self.undone_cost.max()),
            deployments=deployments,
            places=places,
            block_cost=whole.block_cost[self.blocks],
            block_limit=whole.block_limit[self.blocks],
            block_whole=whole.block_whole[self.blocks],
            resource_name=tuple(whole.resource_name[each] for each in self.resources),
            capacity=whole.capacity[self.resources],
            block_use=Uses(
                np.searchsorted(self.resources, by_block.resource[kept]),
                np.searchsorted(self.blocks, by_block.column[kept]),
                by_block.amount[kept],
            ),
        )

    def prices(self, shadow_price: Floats) -> Floats:
        """Of all resources, from those of the small problem."""
        prices = np.zeros(self.asking.problem.resources)
        prices[self.resources] = shadow_price
        return prices

    def values(self, program: Program, chosen: Choice) -> Floats:
        """Of the whole program's variables; a division that is undone has none."""
        values = np.zeros(len(program.cost))
        for number in chosen.option.tolist():
            proposal = self.proposals[number]
            values[proposal.column] = proposal.value
        values[self.asking.problem.option_count + self.blocks] = chosen.blocks
        return values
