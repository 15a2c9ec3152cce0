"""Read which version of a thing a caller has seen: the header If-Match."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header

from api.problems import Problem

_VERSION = re.compile(r'(?:W/)?"(\d{1,15})"|(\d{1,15})', re.ASCII)


def if_match(value: Annotated[list[str] | None, Header(alias="If-Match")] = None) -> int | None:
    """Return the version of an If-Match header; raise Problem 412 for one that is none.

    A weak tag is taken: gateways that pack answers weaken ours on the way.
    """
    if value is None:
        return None
    found = _VERSION.fullmatch(value[0].strip()) if len(value) == 1 else None
    if found is None:
        raise Problem("unknown-revision", 'If-Match 应为所见的版本号，如 "3"。')
    return int(found[1] or found[2])


MatchDep = Annotated[int | None, Depends(if_match)]
