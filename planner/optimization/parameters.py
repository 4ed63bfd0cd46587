"""How a problem is solved."""

import os
from dataclasses import dataclass
from typing import Literal, get_args

Engine = Literal["auto", "exact", "decomposition"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
Solver = Literal["highs", "scip", "cp_sat"]
SOLVERS: tuple[Solver, ...] = get_args(Solver)

DEFAULT_GAP = 1e-3
"""Proven relative gap at which the search stops."""
DEFAULT_TIME_LIMIT_S = 60.0


@dataclass(frozen=True)
class Parameters:
    """Gap to prove, time, and by which means."""

    gap: float = DEFAULT_GAP
    time_limit_s: float = DEFAULT_TIME_LIMIT_S
    engine: Engine = "auto"
    solver: Solver = "highs"
    """Of whole programs: the one that is asked first; another one checks what it claims."""
    threads: int | None = None
    """Of the decomposition; None: as many as there are. The solution does not depend on it."""

    @property
    def workers(self) -> int:
        """Solvers that are asked side by side."""
        return self.threads or len(os.sched_getaffinity(0))
