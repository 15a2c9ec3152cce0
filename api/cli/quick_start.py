"""Read the code of a program without looking for garbage meanwhile.

To read the service makes half a million objects that stay to its end, and finds next to no
garbage; but while they grow in number Python looks through all of them again and again, which is
a fifth to a third of the time until the service answers.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reading_code() -> Iterator[None]:
    """Look for no garbage for the length of a block of imports, and never in what they made."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()
