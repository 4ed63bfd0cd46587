"""Tasks that solvers work on in threads of their own."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def side_by_side(
    work: Callable[[Task], Result], tasks: Iterable[Task], threads: int
) -> list[Result]:
    """Results of tasks in their order, several at a time; Ctrl-C leaves those that wait undone."""
    pool = ThreadPoolExecutor(threads)
    try:
        return list(pool.map(work, tasks))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
