"""The facilities of a problem, and the options that each of them serves."""

from dataclasses import dataclass

import numpy as np

from planner.problem.columns import AllocationProblem, Booleans, Floats, Integers

NONE = -1


@dataclass(frozen=True)
class Facilities:
    """Options in the order of their facilities; a last one, always open, has those of none.

    While a facility is closed it serves nothing, whether or not rows of single options say so too
    (the strong formulation): those rows are implied by the blocks being whole.
    """

    start: Integers
    """Shape (facilities + 1,): facility f serves the options in these places of `option`."""
    option: Integers
    """Numbers of the options."""
    item: Integers
    size: Floats
    """What the whole item takes of the facility's room."""
    room: Floats
    """Infinite where nothing limits it."""
    room_row: Integers
    """The resource that is the facility's room; NONE where it has none."""
    is_priced: Booleans
    """Resources that are neither a facility's room nor implied."""

    @property
    def facility(self) -> Integers:
        """Of each option, in their order here."""
        return np.repeat(np.arange(len(self.room)), np.diff(self.start))


def facilities_of(problem: AllocationProblem) -> Facilities | None:
    """What is to be opened or not; None: the problem is of another kind.

    Every block is whole and can be had once, and no option needs two of them. What a facility
    supplies besides its room, and whatever else there is of rows, is shared.
    """
    if problem.blocks == 0 or not (problem.block_whole & (problem.block_limit == 1)).all():
        return None
    use = problem.options.use
    owner, supply = _owned(problem)
    needs = (owner[use.resource] != NONE) & (use.amount > 0)
    of_option = np.full(problem.option_count, NONE)
    of_option[use.column[needs]] = owner[use.resource[needs]]
    if not needs.any() or (of_option[use.column[needs]] != owner[use.resource[needs]]).any():
        return None
    single = np.bincount(use.resource, minlength=problem.resources) == 1
    lets_all = needs & single[use.resource] & (use.amount <= supply[use.resource])
    is_implied = np.zeros(problem.resources, dtype=bool)
    is_implied[use.resource[lets_all]] = True
    room_row = _fullest(problem, np.where(is_implied, NONE, owner), supply)
    is_room = np.zeros(problem.resources, dtype=bool)
    is_room[room_row[room_row != NONE]] = True
    in_room = is_room[use.resource]
    size = np.zeros(problem.option_count)
    np.add.at(size, use.column[in_room], use.amount[in_room])
    of_option = np.where(of_option == NONE, problem.blocks, of_option)
    order = np.argsort(of_option, kind="stable")
    return Facilities(
        start=np.searchsorted(of_option[order], np.arange(problem.blocks + 2)),
        option=order,
        item=problem.options.item[order],
        size=size[order],
        room=np.where(room_row == NONE, np.inf, supply[room_row]),
        room_row=room_row,
        is_priced=~is_room & ~is_implied,
    )


def _owned(problem: AllocationProblem) -> tuple[Integers, Floats]:
    """The block without which nobody has anything of a resource, and what it supplies."""
    use, by_block = problem.options.use, problem.block_use
    owner, supply = np.full(problem.resources, NONE), np.zeros(problem.resources)
    owner[by_block.resource], supply[by_block.resource] = by_block.column, -by_block.amount
    blocks = np.bincount(by_block.resource, minlength=problem.resources)
    is_owned = (blocks == 1) & (supply > 0) & (problem.capacity == 0)
    is_owned[use.resource[use.amount < 0]] = False
    return np.where(is_owned, owner, NONE), supply


def _fullest(problem: AllocationProblem, owner: Integers, supply: Floats) -> Integers:
    """Of what each block owns, the resource that is used most for its supply; one more of none."""
    use = problem.options.use
    taken = np.bincount(use.resource, use.amount, minlength=problem.resources)
    used = np.flatnonzero((owner != NONE) & (taken > 0))
    used = used[np.argsort(taken[used] / supply[used], kind="stable")]
    fullest = np.full(problem.blocks + 1, NONE)
    fullest[owner[used]] = used  # of several, the last one stays
    return fullest
