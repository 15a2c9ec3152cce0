"""Compile functions with numba, and keep what is compiled apart for every state of the sources.

numba keeps compiled code beside a module and notices when that module changes, but not when one
that it calls does: after an upgrade an old lookup would go on with an old predicate. So the folder
carries a hash of all sources that are compiled, and of nothing else is anything ever reused.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba.extending import register_jitable

Function = TypeVar("Function", bound=Callable[..., Any])

# What numba reads when a function is given to it; its types do not name it.
_SETTINGS: Any = numba.config
_HERE: Final = Path(__file__).parent
_MARK: Final = b"from geo.compiling import"


def _hash_of_sources() -> str:
    """Return a hash of this module and of all that are compiled through it."""
    found = hashlib.sha256(numba.__version__.encode("ascii"))
    for path in sorted(_HERE.rglob("*.py")):
        source = path.read_bytes()
        # The layout of the table is compiled in, too, though it is only numbers.
        if _MARK in source or path.name in ("compiling.py", "layout.py"):
            found.update(path.name.encode("ascii") + source)
    return found.hexdigest()[:16]


def _folders() -> Iterator[Path]:
    """Give the places to try: the one that was asked for, beside the modules, the user's own."""
    if _SETTINGS.CACHE_DIR:
        yield Path(_SETTINGS.CACHE_DIR)
    yield _HERE / "__pycache__"
    try:
        yield Path.home() / ".cache" / "wangge"
    except RuntimeError:
        return


def _cache_folder() -> Path:
    name = f"compiled-{_hash_of_sources()}"
    for folder in _folders():
        try:
            (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder / name, os.W_OK):
            return folder / name
    # Nowhere to keep anything: compiled anew by each process, in a folder that is its alone.
    return Path(tempfile.mkdtemp(prefix="wangge-compiled-"))


_SETTINGS.CACHE_DIR = str(_cache_folder())


def compiled(function: Function) -> Function:
    """Compile a function for many threads: no interpreter lock, no checks of bounds."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: Function) -> Function:
    """Compile a function into each that calls it: a call counts references to arrays, atomically.

    For what a lookup does for every point; several times as long otherwise.
    """
    made = numba.njit(nogil=True, error_model="numpy", inline="always")(function)
    return cast(Function, made)


def also_compiled(function: Function) -> Function:
    """Leave a function plain Python, and let compiled code call it too."""
    return register_jitable(function)
