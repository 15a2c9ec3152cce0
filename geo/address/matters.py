"""Take a text with several matters apart: 一是…；二是…；三是…, 1.… 2.…, so that it can be split.

Only counted matters are taken apart. 另外 and 还有 join two sentences about one matter far too
often to speak of two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

MOST_MATTERS: Final = 9
_FIGURES = "一二三四五六七八九"
# The ways to count, each used throughout a text: 一是, 第一, （一）, 一、, 1、, 1.
_STYLES: tuple[tuple[str, str], ...] = (
    (_FIGURES, r"(?:^|(?<=[。；;，,：:\s、！!？?]))(?:其)?{}(?:是|来)(?!说|一)"),
    (_FIGURES, r"(?:^|(?<=[。；;，,：:\s！!？?]))第{}(?:件|个问题|项|条)?(?:是)?[，,、：:]"),
    (_FIGURES, r"[（(]{}[）)]"),
    (_FIGURES, r"(?:^|(?<=[。；;，,：:\s！!？?])){}、"),
    ("123456789", r"(?:^|(?<=[。；;，,：:\s！!？?])){}[、.．)）](?![0-9])"),
    ("123456789", r"[（(]{}[）)]"),
    ("①②③④⑤⑥⑦⑧⑨", r"{}"),
)
# Where none of these stands nothing was counted as far as two.
_SECONDS: Final = tuple(dict.fromkeys(figures[1] for figures, _ in _STYLES))
_ENDS = re.compile(r"[。；;！!？?\n]")
_TRIMMED = " \t\r\n，,。；;：:、"


@dataclass(frozen=True, slots=True)
class Parts:
    """Hold spans in the original text: the words before the first matter, each matter, the rest.

    ``heading`` holds the place that the matters share; ``tail`` (以前在建设银行门口…) follows the
    last matter's sentence.
    """

    heading: tuple[int, int]
    matters: tuple[tuple[int, int], ...]
    tail: tuple[int, int]


def split_matters(original: str) -> Parts | None:
    """Return the parts of a text that counts its matters, or None for a single matter.

    Linear in the length of the text. The counting must begin with one and go on without a gap.
    """
    if not [second for second in _SECONDS if second in original]:
        return None
    best: list[re.Match[str]] = []
    for figures, style in _STYLES:
        if figures[1] not in original:
            continue
        counted = _counted(original, figures, style)
        if len(counted) > len(best):
            best = counted
    if len(best) < 2:
        return None
    starts = [mark.end() for mark in best]
    last = _ENDS.search(original, starts[-1])
    end = last.end() if last else len(original)
    stops = [*(mark.start() for mark in best[1:]), end]
    spans = [_trimmed(original, *span) for span in zip(starts, stops, strict=True)]
    if any(start >= stop for start, stop in spans):
        return None
    return Parts(_trimmed(original, 0, best[0].start()), tuple(spans), (end, len(original)))


def _counted(original: str, figures: str, style: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    at = 0
    for figure in figures[:MOST_MATTERS]:
        mark = _mark(style, figure).search(original, at)
        if mark is None:
            break
        found.append(mark)
        at = mark.end()
    return found


@cache
def _mark(style: str, figure: str) -> re.Pattern[str]:
    """Return the pattern of one of the figures of a style: no more than there are."""
    return re.compile(style.format(figure))


def _trimmed(original: str, start: int, stop: int) -> tuple[int, int]:
    while start < stop and original[start] in _TRIMMED:
        start += 1
    while stop > start and original[stop - 1] in _TRIMMED:
        stop -= 1
    return start, stop
