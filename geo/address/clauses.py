"""Tell the clauses that only mention a place from the one that says where something happened.

我是X村的, 户口在X, 以前在X反映过, 孩子在X上学, 今天路过X: a place in such a clause is mentioned and
not meant, unless the text names no other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from geo.address.normalise import SEPARATOR


class Aside(StrEnum):
    """Name why a place is only mentioned."""

    SPEAKER = "speaker"
    """Where the caller is from or registered: his own village may still be meant."""
    PASSING = "passing"
    """Where somebody goes to school, works, shops or complained before: never the place."""


class AsideSpan(NamedTuple):
    """Hold a clause of the folded text in which places are only mentioned."""

    start: int
    end: int
    aside: Aside


_WHO = (
    r"(?:来电人|反映人|投诉人|举报人|来访人|诉求人|当事人|市民|居民|村民|群众|网民"
    r"|本人|我们|咱们?|我|俺|他|她)"
)
# Before each pattern the characters without any of which it cannot match: most texts lack them.
_SPEAKER = (
    # 来电人是美岱召镇大古营村人, 我是沙图沟村的.
    (
        frozenset("是系为"),
        re.compile(
            rf"{_WHO}(?:本人)?(?:是|系|为|原是)[^|]{{2,30}}?(?:人|的|民|户|业主)(?=$|\||现?住)"
        ),
    ),
    # 物业经理是大古营村人, 老家是沙图沟村的, 以前住沙图沟村.
    (
        frozenset("是系为"),
        re.compile(r"(?:是|系|为)[^|]{2,16}(?:村|镇|乡|社区)的?人(?=$|\||现?住)"),
    ),
    (
        frozenset("老"),
        re.compile(r"老家(?:是|在)[^|]{2,20}(?:的|人)?(?=$|\|)"),
    ),
    (
        frozenset("住"),
        re.compile(r"(?:以前|原来|原先|之前|过去)(?:是)?(?:在[^|]{2,16}住|住在?[^|]{2,20})"),
    ),
    # 沙图沟村村民王某在振华大街被车撞了.
    (
        frozenset("民"),
        re.compile(
            r"[^|]{2,12}(?:村民|居民)[^|反映称说来电]{0,3}(?=在[^|]{2,8}(?:镇|乡|大街|街|大道|路|巷|社区|小区))"
        ),
    ),
    (
        frozenset("户籍"),
        re.compile(r"(?:户口|户籍|籍贯|原籍)(?:所?在地?|是|为|登记在)?[^|]{2,30}"),
    ),
)
_STUDY = r"上学|念书|读书|就读|上幼儿园|住校"
_WORK = r"打工|上班|务工|工作|住院|做买卖"
_PASSING = (
    (
        frozenset("住"),
        re.compile(r"(?:原来|原先|以前|之前|早先|曾经?|过去)住(?:在|过)?[^|]{1,24}"),
    ),
    (
        frozenset("学书读园校工班院卖"),
        re.compile(
            rf"(?:孩子|娃娃?|孙子|孙女|儿子|女儿|闺女|小孩)[^|]{{0,4}}(?:在|去|到)[^|]{{1,20}}(?:{_STUDY}|{_WORK})"
        ),
    ),
    (
        frozenset("前曾次回年"),
        re.compile(
            r"(?:以前|之前|此前|曾经?|上次|上回|去年|前年)[^|]{0,8}(?:在|到|去|向|给|找)[^|]{1,24}"
            r"(?:反映|投诉|办|问|找|说|打过?电话)过?[^|]{0,10}"
        ),
    ),
    (
        frozenset("过途"),
        re.compile(r"(?:路过|途经|经过)[^|]{1,16}(?=时|的时候|去|回|(?<![看见听闻找遇碰])到)"),
    ),
    (
        frozenset("学书读园校工班院卖"),
        re.compile(rf"在[^|]{{1,16}}(?:{_WORK}|{_STUDY})"),
    ),
    (
        frozenset("过碰遇"),
        re.compile(r"(?:在|到|去)[^|]{1,16}(?:问过|反映过|投诉过|打听过|碰[见到]|遇[见到])"),
    ),
    # 开往萨拉齐的班车, 通往美岱召镇的路: where it goes to.
    (
        frozenset("往向"),
        re.compile(r"(?:开往|去往|前往|通往|发往|通向)[^|]{1,10}的?(?=班车|公交|客车|车|路|大路)"),
    ),
    (
        frozenset("离"),
        re.compile(r"离[^|]{1,16}(?:不远|很近|挺远|太远|远|近)"),
    ),
    (
        frozenset("样似"),
        re.compile(r"(?:就?像|好像|不如|和|跟|同|与)[^|]{1,14}(?:那样|一样|似的)"),
    ),
    # 去沙图沟村的路上: where the road goes to, not where it is.
    (
        frozenset("路途"),
        re.compile(r"(?:^|(?<=[|我们人天]))(?:去|回)[^|]{1,10}的(?:路上|途中|半路)"),
    ),
)
_KNOWN = tuple(
    (aside, signs, pattern)
    for aside, known in ((Aside.SPEAKER, _SPEAKER), (Aside.PASSING, _PASSING))
    for signs, pattern in known
)
_PATTERNS = tuple((aside, pattern) for aside, _, pattern in _KNOWN)
_SIGNS = frozenset[str]().union(*(signs for _, signs, _ in _KNOWN))
_BY_SIGN = {
    sign: [at for at, (_, signs, _) in enumerate(_KNOWN) if sign in signs] for sign in _SIGNS
}
# Where the speaker perceives something is not where it comes from.
_PERCEIVED = re.compile(r"(?:闻到|闻见|听到|听见|飘过?来|飘进|刮过来|传过?来|传来)")
_SOURCE_UNKNOWN = re.compile(
    r"(?:说不清|不知道|不晓得|弄不清|搞不清|分不清|不确定|看不清)[^|]{0,6}(?:是|从|哪|在)"
)


def asides(text: str) -> tuple[AsideSpan, ...]:
    """Return the clauses of the folded text in which a place is only mentioned, in order.

    Linear in the length of the text: each clause is read for itself.
    """
    signs = _SIGNS.intersection(text)
    if not signs:
        return ()
    patterns = [_PATTERNS[at] for at in sorted({at for sign in signs for at in _BY_SIGN[sign]})]
    found: list[AsideSpan] = []
    start = 0
    for clause in text.split(SEPARATOR):
        end = start + len(clause)
        found += _of_clause(text, start, end, patterns)
        start = end + 1
    return tuple(found)


def _of_clause(
    text: str, start: int, end: int, patterns: Sequence[tuple[Aside, re.Pattern[str]]]
) -> list[AsideSpan]:
    spans = [
        AsideSpan(found.start(), found.end(), aside)
        for aside, pattern in patterns
        for found in pattern.finditer(text, start, end)
    ]
    return sorted(spans, key=lambda span: (span.start, span.end)) if len(spans) > 1 else spans


def perceived_from_elsewhere(text: str) -> bool:
    """Say whether the speaker tells where he smells or hears what has an unknown source."""
    return _PERCEIVED.search(text) is not None and _SOURCE_UNKNOWN.search(text) is not None
