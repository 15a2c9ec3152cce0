"""Write how an address text was read: its spans by role, what it may mean, with scores."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from api.locating.online import OnlineOut
from api.locating.schemas import LocateOut
from api.ownership import OwnerAnswer
from geo.address.explain import Explanation, SpanRole
from geo.address.matcher import AddressMatcher
from geo.address.types import MatchType

ROLE_LABELS: Final[dict[SpanRole, str]] = {
    SpanRole.PLACE: "地点",
    SpanRole.AREA: "所在区域",
    SpanRole.NUMBER: "编号",
    SpanRole.SPOT: "方位距离",
    SpanRole.BESIDE: "另外提到",
    SpanRole.ASIDE: "顺便一提",
    SpanRole.COUNTY: "旗县",
    SpanRole.FOREIGN: "外地",
    SpanRole.REFUSED: "不在地名库",
    SpanRole.UNEXPLAINED: "没有读懂",
}
MATCH_LABELS: Final[dict[MatchType, str]] = {
    MatchType.EXACT: "写法一致",
    MatchType.ALIAS: "别名",
    MatchType.HOMOPHONE: "同音",
    MatchType.FUZZY: "差一个字",
    MatchType.FALLBACK: "退到上一级",
}


class SpanOut(BaseModel):
    """Hold a piece of the text, ``start`` to ``end`` in characters, and what it was taken for."""

    start: int
    end: int
    text: str
    role: str
    label: str
    name: str
    match_type: str | None
    match_label: str | None


class ReadingOut(BaseModel):
    """Hold a place that the text may mean; ``chosen`` are those of the answer."""

    place: str
    name: str
    hint: str
    kind: str
    score: float
    reasons: list[str]
    chosen: bool


class ExplanationOut(BaseModel):
    """Hold how the text was read, the likeliest reading first."""

    text: str
    spans: list[SpanOut]
    candidates: list[ReadingOut]
    verdict: str
    rule: str
    margin: float | None
    reasons: list[str]


class ExplainedOut(LocateOut):
    """Answer who owns it; ``explanation`` and ``online`` are there for staff who ask for them."""

    explanation: ExplanationOut | None = None
    online: OnlineOut | None = None


def explanation_json(matcher: AddressMatcher, answer: OwnerAnswer) -> dict[str, Any] | None:
    """Return how the text of an answered question was read; None for one without a text."""
    question = answer.question
    words = "，".join(part for part in (question.address, question.text) if part and part.strip())
    if not words:
        return None
    decision = answer.decision
    explanation = matcher.explain(words)
    return {
        "text": words,
        "spans": [_span(explanation, at) for at in range(len(explanation.spans))],
        "candidates": [
            {
                "place": one.place_id,
                "name": one.name,
                "hint": one.hint,
                "kind": one.kind,
                "score": one.score,
                "reasons": list(one.reasons),
                "chosen": one.chosen,
            }
            for one in explanation.candidates
        ],
        "verdict": decision.verdict.value,
        "rule": str(decision.trace.get("rule", "")),
        "margin": explanation.match.margin,
        "reasons": list(explanation.reasons),
    }


def _span(explanation: Explanation, at: int) -> dict[str, Any]:
    span = explanation.spans[at]
    return {
        "start": span.start,
        "end": span.end,
        "text": explanation.text[span.start : span.end],
        "role": span.role.value,
        "label": ROLE_LABELS[span.role],
        "name": span.name,
        "match_type": span.match_type.value if span.match_type else None,
        "match_label": MATCH_LABELS[span.match_type] if span.match_type else None,
    }
