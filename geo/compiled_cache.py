"""Say where compiled code is kept: apart for every state of its sources.

numba keeps compiled code beside a module and notices when that module changes, but not when one
that it calls does: after an upgrade an old lookup would go on with an old predicate. So the folder
carries a hash of all sources that are compiled, and what lies there belongs together.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_MARK: Final = b"from geo.compiling import"
# Not marked, and yet part of what is compiled: how, and the numbers of the table's layout.
_ALSO: Final = ("compiling.py", "layout.py")
_WARM: Final = ".warm"


def _hash_of_sources() -> str:
    found = hashlib.sha256(version("numba").encode("ascii"))
    for path in sorted(_HERE.rglob("*.py")):
        source = path.read_bytes()
        if _MARK in source or path.name in _ALSO:
            found.update(path.name.encode("ascii") + source)
    return found.hexdigest()[:16]


def _folders(asked_for: str) -> Iterator[Path]:
    """Give the places to try: the one that was asked for, beside the modules, the user's own."""
    if asked_for:
        yield Path(asked_for)
    yield _HERE / "__pycache__"
    try:
        yield Path.home() / ".cache" / "wangge"
    except RuntimeError:
        return


@cache
def compiled_folder(asked_for: str) -> Path:
    """Return the folder of this state of the sources; ``asked_for`` is that of NUMBA_CACHE_DIR."""
    name = f"compiled-{_hash_of_sources()}"
    for folder in _folders(asked_for):
        try:
            (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder / name, os.W_OK):
            return folder / name
    # Nowhere to keep anything: compiled anew by each process, in a folder that is its alone.
    return Path(tempfile.mkdtemp(prefix="wangge-compiled-"))


def is_warm(asked_for: str) -> bool:
    """Say whether everything has been compiled, so that a first question takes no seconds."""
    return (compiled_folder(asked_for) / _WARM).exists()


def mark_warm(asked_for: str) -> None:
    """Note that everything has been compiled."""
    (compiled_folder(asked_for) / _WARM).touch()
