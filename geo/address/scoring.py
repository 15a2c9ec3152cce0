"""Score what a text may mean: how the name was met, and what the rest of the text says to it.

The numbers order candidates and give the lead of the best over the next; they never choose between
places of one name, which always have the same score.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from geo.address.anchors import Anchor
from geo.address.clauses import Aside
from geo.address.forms import Entry
from geo.address.types import MatchType

_MET: Final[dict[MatchType, tuple[float, str]]] = {
    MatchType.EXACT: (0.9, "写法与地名一致"),
    MatchType.ALIAS: (0.88, "写的是别名或异写"),
    MatchType.HOMOPHONE: (0.72, "读音相同，用字不同"),
    MatchType.FUZZY: (0.66, "与地名差一个字"),
    MatchType.FALLBACK: (0.5, "只能退到上一级"),
}
_BORNE_OUT: Final = 0.1
_NUMBERED: Final = 0.05
_VARIANT: Final = 0.06
_EVERYDAY: Final = 0.1
_CLASS_WORD: Final = 0.2
_HEARSAY: Final = 0.3
_UNEXPLAINED: Final = 0.2
_ASIDE: Final[dict[Aside, float]] = {Aside.SPEAKER: 0.4, Aside.PASSING: 0.3}
SAID_BESIDE: Final = 0.45
"""What a place keeps that the text names beside the one it tells of."""
UNBORNE_GUESS: Final = 0.7
"""How likely a name met by its sound is some unlisted other one, where no area bears it out."""
UNBORNE_VARIANT: Final = 0.82
MENDED: Final = 0.5
SHORT_WORD: Final = 2  # characters
UNBORNE_WORD: Final = 0.8
"""How likely two characters without 村 or 小区 are a word and no name."""


class Score(NamedTuple):
    """Hold the score of one reading (0 to 1) and the steps that led to it, in Chinese."""

    value: float
    grounds: tuple[str, ...]


class Circumstances(NamedTuple):
    """Hold what the text around a name says to it.

    ``borne_out`` is the area written with it that contains it, if any.
    """

    borne_out: str | None = None
    hearsay: bool = False
    unexplained: bool = False


def score(entry: Entry, anchor: Anchor, around: Circumstances) -> Score:
    """Return the score of one reading of an anchor."""
    value, words = _MET[entry.match_type]
    grounds = [words]
    if entry.match_type in (MatchType.HOMOPHONE, MatchType.FUZZY):
        value *= 0.8 + 0.2 * entry.likeness
    elif entry.likeness < 1.0:
        value -= _VARIANT
        grounds.append("异体字或同音写法")
    if around.borne_out is not None:
        value += _BORNE_OUT
        grounds.append(f"与写明的{around.borne_out}相符")
    if anchor.label is not None and anchor.lack is None:
        value += _NUMBERED
        grounds.append("编号在地名库中")
    if entry.everyday:
        value -= _EVERYDAY
        grounds.append("也是日常词语")
    if entry.class_word or entry.scope is not None:
        value -= _CLASS_WORD
        grounds.append("是一类地方的通称")
    if around.hearsay:
        value -= _HEARSAY
        grounds.append("只在说话人自述中提到")
    if around.unexplained:
        value -= _UNEXPLAINED
        grounds.append("前后有未读懂的文字")
    return Score(min(max(value, 0.0), 1.0), tuple(grounds))


def mentioned_score(anchor: Anchor) -> float:
    """Return the score of a place that the text names beside the one it tells of."""
    return _ASIDE[anchor.aside] if anchor.aside is not None else SAID_BESIDE


def doubt(entry: Entry, around: Circumstances) -> float:
    """Return the score of the unknown place that the words may mean instead."""
    borne = around.borne_out is not None
    if entry.match_type is MatchType.FUZZY:
        return MENDED  # another name, or one that is not listed, may be one character away too
    if entry.match_type is MatchType.HOMOPHONE:
        return 0.25 if borne else UNBORNE_GUESS
    if entry.likeness < 1.0 and not borne:
        return UNBORNE_VARIANT
    if entry.bare and len(entry.form) <= SHORT_WORD and not borne:
        return UNBORNE_WORD
    return 0.0


def margin(best: float, others: Sequence[float]) -> float:
    """Return how far the best score is ahead of the next."""
    return _ahead(best, max(others, default=0.0))


@lru_cache(maxsize=1_024)
def _ahead(best: float, other: float) -> float:
    """Return the lead in thousandths; there are few scores, and rounding takes its time."""
    return round(max(0.0, best - other), 3)
