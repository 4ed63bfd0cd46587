"""An allocation problem as an OR-Tools program, built column by column without a Python loop.

Variables, in this order: one per option (in parts of its item where the item comes in parts, else
its share), one per block, one per item that may stay undone (in parts or as a share too). Rows, in
this order: one per item (its parts add up), one per resource. Resource rows are divided by their
largest coefficient, so that a solver's absolute tolerance means the same in every row.
"""

from dataclasses import dataclass, replace

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from planner.problem.columns import AllocationProblem, Booleans, Choice, Floats, Integers


@dataclass(frozen=True)
class Program:
    """Bounds, costs and the sparse rows of a mixed-integer program in numpy arrays."""

    cost: Floats
    upper: Floats
    whole: Integers
    """1 where the variable takes whole values only."""
    row: Integers
    column: Integers
    coefficient: Floats
    row_lower: Floats
    row_upper: Floats
    row_scale: Floats
    """What each row was divided by."""
    units: Floats
    """How many units of each option's variable are the whole item."""
    constant: float
    """What items without an option cost in any case; it is in no variable's cost, so that a
    relative gap is one of what can be chosen."""

    def solver_input(self, fixed: Floats | None = None) -> mathopt.Model:
        """The program for a solver; integer variables fixed at `fixed` leave a linear program."""
        proto = model_pb2.ModelProto()
        count = len(self.cost)
        held = np.zeros(count, dtype=bool) if fixed is None else self.whole == 1
        at = np.zeros(count) if fixed is None else fixed
        proto.variables.ids.extend(range(count))
        proto.variables.lower_bounds.extend(np.where(held, at, 0.0).tolist())
        proto.variables.upper_bounds.extend(np.where(held, at, self.upper).tolist())
        integers = np.zeros(count, dtype=bool) if fixed is not None else self.whole == 1
        proto.variables.integers.extend(integers.tolist())
        costly = np.flatnonzero(self.cost)
        proto.objective.linear_coefficients.ids.extend(costly.tolist())
        proto.objective.linear_coefficients.values.extend(self.cost[costly].tolist())
        proto.linear_constraints.ids.extend(range(len(self.row_upper)))
        proto.linear_constraints.lower_bounds.extend(self.row_lower.tolist())
        proto.linear_constraints.upper_bounds.extend(self.row_upper.tolist())
        proto.linear_constraint_matrix.row_ids.extend(self.row.tolist())
        proto.linear_constraint_matrix.column_ids.extend(self.column.tolist())
        proto.linear_constraint_matrix.coefficients.extend(self.coefficient.tolist())
        return mathopt.Model.from_model_proto(proto)

    def inflated(self, share: float, items: int) -> "Program":
        """The program in which what divides uses `share` more of every resource."""
        grows = (self.row >= items) & (self.whole[self.column] == 0)
        return replace(self, coefficient=self.coefficient * np.where(grows, 1 + share, 1.0))

    def restricted(self, free: Booleans, values: Floats) -> "Program":
        """The program of some of its variables, in their order; the others stay as they are."""
        held = np.where(free, 0.0, values)
        spent = np.bincount(
            self.row, self.coefficient * held[self.column], minlength=len(self.row_upper)
        )
        entries = free[self.column]
        number = np.cumsum(free) - 1
        rows, row = np.unique(self.row[entries], return_inverse=True)
        return Program(
            cost=self.cost[free],
            upper=self.upper[free],
            whole=self.whole[free],
            row=row,
            column=number[self.column[entries]],
            coefficient=self.coefficient[entries],
            row_lower=(self.row_lower - spent)[rows],
            row_upper=(self.row_upper - spent)[rows],
            row_scale=self.row_scale[rows],
            units=self.units[free[: len(self.units)]],
            constant=self.constant + float(self.cost @ held),
        )

    def relaxation(self) -> mathopt.Model:
        """The program with every variable continuous."""
        return replace(self, whole=np.zeros_like(self.whole)).solver_input()


def program_of(problem: AllocationProblem, *, is_scaled: bool = True) -> Program:
    """The program that an allocation problem stands for; rows keep their units unless scaled."""
    items, options, blocks = problem.items, problem.option_count, problem.blocks
    written = problem.options
    comes_in_parts = problem.item_parts > 0
    parts = np.maximum(problem.item_parts, 1).astype(np.float64)
    units = parts[written.item]
    may_stay_undone = np.flatnonzero(np.isfinite(problem.unmet_cost))
    unmet_cost = problem.unmet_cost[may_stay_undone]
    has_option = np.isin(may_stay_undone, written.item)
    undone = options + blocks + np.arange(len(may_stay_undone))
    use, block_use = written.use, problem.block_use
    resource_row = np.concatenate([use.resource, block_use.resource])
    amounts = np.concatenate([use.amount / units[use.column], block_use.amount])
    scale = np.ones(problem.resources)
    if is_scaled:
        scale = _largest(resource_row, amounts, problem.resources)
    row, column, coefficient = _summed(
        np.concatenate([written.item, may_stay_undone, items + resource_row]),
        np.concatenate([np.arange(options), undone, use.column, options + block_use.column]),
        np.concatenate([np.ones(options + len(undone)), amounts / scale[resource_row]]),
    )
    return Program(
        cost=np.concatenate(
            [
                written.cost / units,
                problem.block_cost,
                np.where(has_option, unmet_cost / parts[may_stay_undone], 0.0),
            ]
        ),
        upper=np.concatenate([units, problem.block_limit, parts[may_stay_undone]]),
        whole=np.concatenate(
            [comes_in_parts[written.item], problem.block_whole, comes_in_parts[may_stay_undone]]
        ).astype(np.int64),
        row=row,
        column=column,
        coefficient=coefficient,
        row_lower=np.concatenate([parts, np.full(len(problem.capacity), -np.inf)]),
        row_upper=np.concatenate([parts, problem.capacity / scale]),
        row_scale=np.concatenate([np.ones(items), scale]),
        units=units,
        constant=float(unmet_cost[~has_option].sum()),
    )


def expanded(values: Floats, free: Booleans) -> Floats:
    """Values of all variables from those of a restricted program; the others are 0."""
    whole = np.zeros(len(free))
    whole[free] = values
    return whole


def choice(problem: AllocationProblem, program: Program, values: Floats) -> Choice:
    """What values of the variables stand for."""
    options, blocks = problem.option_count, problem.blocks
    whole = program.whole[:options] == 1
    taken = np.where(whole, np.round(values[:options]), np.clip(values[:options], 0, None))
    numbers = values[options : options + blocks]
    numbers = np.where(problem.block_whole, np.round(numbers), np.clip(numbers, 0, None))
    return Choice.of(taken / program.units, numbers)


def values_of(problem: AllocationProblem, program: Program, chosen: Choice) -> Floats:
    """Values of the variables that a choice stands for: the inverse of `choice`."""
    options, blocks = problem.option_count, problem.blocks
    values = np.zeros(len(program.cost))
    values[chosen.option] = chosen.share * program.units[chosen.option]
    values[options : options + blocks] = chosen.blocks
    undone = problem.unmet(chosen) * np.maximum(problem.item_parts, 1)
    values[options + blocks :] = undone[np.isfinite(problem.unmet_cost)]
    return np.where(program.whole == 1, np.rint(values), values)


def _largest(row: Integers, amount: Floats, rows: int) -> Floats:
    largest = np.zeros(rows)
    np.maximum.at(largest, row, np.abs(amount))
    return np.where(largest > 0, largest, 1.0)


def _summed(row: Integers, column: Integers, value: Floats) -> tuple[Integers, Integers, Floats]:
    """Entries in row order, those of one place added up."""
    order = np.lexsort((column, row))
    row, column, value = row[order], column[order], value[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    starts = np.flatnonzero(first)
    return row[starts], column[starts], np.add.reduceat(value, starts) if len(value) else value
