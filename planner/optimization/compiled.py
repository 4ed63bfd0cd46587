"""Numba's compiler as this room uses it."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel for one thread; the machine code is kept for the next process."""
    return _kept(kernel, parallel=False)


def compiled_parallel(kernel: Kernel) -> Kernel:
    """Compile a kernel whose `prange` loops are shared among threads."""
    return _kept(kernel, parallel=True)


def _kept(kernel: Kernel, *, parallel: bool) -> Kernel:
    try:
        made: Any = numba.njit(cache=True, parallel=parallel, nogil=True)(kernel)
    except RuntimeError:  # no folder that may be written: compile anew in every process
        made = numba.njit(parallel=parallel, nogil=True)(kernel)
    return cast("Kernel", made)
