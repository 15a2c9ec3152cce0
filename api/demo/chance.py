"""Draw repeatable chances: one independent stream for each thing that is made up."""

from __future__ import annotations

import random


def chance(*path: object) -> random.Random:
    """Return the random stream of ``path``; the same path gives the same draws everywhere."""
    # Made-up data, no secrets: repeatability is what is wanted here.
    return random.Random("/".join(map(str, path)))  # noqa: S311
