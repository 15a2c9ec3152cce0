"""Hold answers to labels and count what the requirements ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.addresses.cases import Case
from bench.addresses.labels import Wanted
from bench.addresses.truth import Truth
from geo.address.types import Place
from geo.locate.text_finding import TextFinding
from geo.locate.types import Verdict

NEAR_UNKNOWN = "near unknown"
"""The trap of texts that name a village nearly as another one is called, and is not there."""

Answer = Callable[[str], TextFinding]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold one answer held to its label.

    ``right`` is the wanted answer at the wanted level; ``swapped`` says that a single village or
    community was named whose name is nearly that of the one meant, or of one that is not there.
    """

    case: Case
    finding: TextFinding
    auto: bool
    right: bool
    swapped: bool


@dataclass(frozen=True, slots=True)
class Score:
    """Hold the figures of one set; shares from 0 to 1, None where there is nothing to count.

    ``answered`` is the share of texts that mean one place and got it at its level, by itself or
    before the person who knows it. ``grid_auto`` counts texts that determine one grid.
    ``abstained`` is the share of the others that no machine decided, ``handed`` of those also
    given to somebody who may choose: a namesake's own worker may not.
    """

    texts: int
    accuracy: float | None
    auto_share: float | None
    auto_precision: float | None
    answered: float | None
    grid_auto: float | None
    abstained: float | None
    handed: float | None
    swapped: int


def judge(cases: Sequence[Case], answer: Answer, truth: Truth) -> list[Outcome]:
    """Return the outcome of each case."""
    return [_outcome(case, answer(case.source.spoken), truth) for case in cases]


def _outcome(case: Case, finding: TextFinding, truth: Truth) -> Outcome:
    auto = finding.verdict is Verdict.AUTO
    right = _auto_right(case, finding) if auto else _handed_right(case, finding)
    return Outcome(case, finding, auto, right, _is_swapped(case, finding, truth))


def _auto_right(case: Case, finding: TextFinding) -> bool:
    return case.label.wanted in (Wanted.GRID, Wanted.EITHER) and finding.grid == case.label.grid


def _handed_right(case: Case, finding: TextFinding) -> bool:
    """Say whether a person gets the text who knows, with the right place before him."""
    label, settler = case.label, finding.settled_by or ""
    if label.wanted is Wanted.NOTHING:
        return settler in label.settlers
    if label.wanted is Wanted.CHOICE:
        return bool(settler) and all(code.startswith(settler) for code in label.covers)
    named = {place.id for place in finding.places}
    return bool(named) and named <= label.ids and settler in label.settlers


def _is_swapped(case: Case, finding: TextFinding, truth: Truth) -> bool:
    """Say whether the answer is one community with nearly the name of the one that is meant."""
    answered = {_community(place) for place in finding.places} - {""}
    if len(answered) != 1 or case.label.wanted is Wanted.CHOICE:
        return False
    (code,) = answered
    name = _stem(truth, code)
    if case.label.wanted is Wanted.NOTHING:
        return case.source.trap == NEAR_UNKNOWN and not _written(name, case.source.spoken)
    meant = {_community(truth.places[i]) for i in case.label.ids if i in truth.places} - {""}
    if len(meant) != 1 or code in meant:
        return False
    return _nearly(name, _stem(truth, meant.pop()))


def _community(place: Place) -> str:
    return place.area_code[:12] if len(place.area_code) >= 12 else ""


def _stem(truth: Truth, code: str) -> str:
    return truth.places[f"V{code}"].name.removesuffix("村").removesuffix("社区")


def _written(name: str, text: str) -> bool:
    """Say whether a name stands in a text and is not the rest of a longer one."""
    at = text.find(name)
    return at >= 0 and text[max(at - 1, 0) : at] not in tuple("东西南北上中下大小新老前后")


def _nearly(one: str, other: str) -> bool:
    """Say whether two names differ by one character: another, one more, or one less."""
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) == 1 and any(
        long[:i] + long[i + 1 :] == short for i in range(len(long))
    )


def score(outcomes: Sequence[Outcome]) -> Score:
    """Return the figures of a set of outcomes."""
    auto = [o for o in outcomes if o.auto]
    answerable = [o for o in outcomes if o.case.label.answerable]
    fixed = [o for o in outcomes if o.case.label.wanted is Wanted.GRID]
    open_ = [o for o in outcomes if not o.case.label.answerable]
    return Score(
        texts=len(outcomes),
        accuracy=_share(o.right for o in outcomes),
        auto_share=_share(o.auto for o in outcomes),
        auto_precision=_share(o.right for o in auto),
        answered=_share(o.right for o in answerable),
        grid_auto=_share(o.auto and o.right for o in fixed),
        abstained=_share(not o.auto for o in open_),
        handed=_share(o.right for o in open_),
        swapped=sum(o.swapped for o in outcomes),
    )


def _share(flags: Iterable[bool]) -> float | None:
    known = list(flags)
    return sum(known) / len(known) if known else None
