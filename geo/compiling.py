"""Compile functions with numba, for columns of numbers and for lookups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba
from numba.extending import register_jitable

from geo.compiled_cache import compiled_folder

Function = TypeVar("Function", bound=Callable[..., Any])

# What numba reads when a function is given to it; its types do not name it.
_SETTINGS: Any = numba.config
ASKED_FOR: Final[str] = _SETTINGS.CACHE_DIR
"""The folder of NUMBA_CACHE_DIR, empty for none."""

_SETTINGS.CACHE_DIR = str(compiled_folder(ASKED_FOR))


def compiled(function: Function) -> Function:
    """Compile a function for many threads: no interpreter lock, no checks of bounds."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: Function) -> Function:
    """Compile a function into each that calls it: a call counts references to arrays, atomically.

    For what a lookup does for every point, which takes twice as long otherwise.
    """
    made = numba.njit(nogil=True, error_model="numpy", inline="always")(function)
    return cast(Function, made)


def also_compiled(function: Function) -> Function:
    """Leave a function plain Python, and let compiled code call it too."""
    return register_jitable(function)
