"""An allocation problem as text to be read: the LP format of CPLEX, written by OR-Tools.

Rows keep their names and units; `item_NAME` is the row of an item, `o3_NAME` an option of it,
`u_NAME` what stays undone of it, `b5` a block. Numbers have six digits: enough to read a program
and to compare two, not to solve it again as it was (`save_problem` keeps every digit).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

import numpy as np
from ortools.linear_solver.python import model_builder
from scipy.sparse import csr_matrix

from planner.optimization.program import Program, program_of
from planner.problem.columns import AllocationProblem, Floats

NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9!#$%&(),.;?@_'`{}~]")
"""The format has no other characters in names, and no space."""
NO_BEGIN: Final = re.compile(r"[\d.]|[eE]\d")
"""Readers would take it for a number."""
LONGEST: Final = 200
"""Characters; the format ends at 255."""
ROWS_TOLD: Final = 3
"""Of a block."""


def lp_text(problem: AllocationProblem, name: str = "") -> str:
    """The program of a problem; comments say what its blocks are for."""
    rows = named(f"item_{each}" for each in problem.item_name)
    rows += named(problem.resource_name)
    program = program_of(problem, is_scaled=False)
    text: str = _model(program, rows, list(_columns(problem)), name).export_to_lp_string()
    notes = "".join(f"\\ {each}\n" for each in _explained(problem, rows[problem.items :]))
    header, end, body = text.partition("Minimize\n")
    return f"{header}{notes}{end}{body}".replace(" \n", "\n")


def named(names: Iterable[str]) -> list[str]:
    """Names that the format allows, each once, as near to the given ones as may be."""
    nearest = {" / ": ".", " > ": "..", ": ": ".", "[": "(", "]": ")"}
    seen: Counter[str] = Counter()
    found = []
    for each in names:
        short = each
        for text, other in nearest.items():
            short = short.replace(text, other)
        short = NOT_IN_NAMES.sub("_", short)[:LONGEST]
        short = f"_{short}" if NO_BEGIN.match(short) or not short else short
        seen[short] += 1
        found.append(short if seen[short] == 1 else f"{short}#{seen[short]}")
    return found


def _columns(problem: AllocationProblem) -> Iterator[str]:
    """Names of the program's variables, in their order."""
    item = named(problem.item_name)
    for number, its in enumerate(problem.options.item.tolist()):
        yield f"o{number}_{item[its]}"
    for number in range(problem.blocks):
        yield f"b{number}"
    for its in np.flatnonzero(np.isfinite(problem.unmet_cost)).tolist():
        yield f"u_{item[its]}"


def _explained(problem: AllocationProblem, rows: list[str]) -> Iterator[str]:
    """What every block is: the rows that it supplies, or else that it uses; a few of them."""
    use = problem.block_use
    supplied: defaultdict[int, list[str]] = defaultdict(list)
    used: defaultdict[int, list[str]] = defaultdict(list)
    for entry, block in enumerate(use.column.tolist()):
        into = supplied if use.amount[entry] < 0 else used
        into[block].append(rows[use.resource[entry]])
    for block in range(problem.blocks):
        how, named_rows = ("supplies", supplied) if block in supplied else ("uses", used)
        yield f"b{block} {how} {' '.join(named_rows[block][:ROWS_TOLD])}"


def _model(program: Program, rows: list[str], columns: list[str], name: str) -> Any:
    """The same program as OR-Tools' builder, which writes files; it has no types to speak of."""
    model = cast("Any", model_builder).Model()
    model.name = name
    model.helper.fill_model_from_sparse_data(
        np.zeros(len(columns)),
        program.upper,
        program.cost,
        program.row_lower,
        program.row_upper,
        _matrix(program),
    )
    model.helper.set_objective_offset(program.constant)
    for number, each in enumerate(rows):
        model.helper.set_constraint_name(number, each)
    for number, each in enumerate(columns):
        model.helper.set_var_name(number, each)
        model.helper.set_var_integrality(number, bool(program.whole[number]))
    return model


def _matrix(program: Program) -> "csr_matrix[Floats]":
    entries = (program.coefficient, (program.row, program.column))
    return csr_matrix(entries, shape=(len(program.row_upper), len(program.cost)))
