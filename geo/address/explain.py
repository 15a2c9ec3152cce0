"""Say how a text was understood: its spans by role, the candidates with scores and reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from geo.address.anchors import Anchor
from geo.address.believing import Role
from geo.address.reading import Reading
from geo.address.scoring import mentioned_score
from geo.address.types import AddressMatch, MatchType, Place

if TYPE_CHECKING:
    from geo.address.answers import Answerer


class SpanRole(StrEnum):
    """Name what a piece of the text was taken for."""

    PLACE = "place"
    """The name of the place, or one of the names that may be it."""
    AREA = "area"
    """A name that contains the place, or stands with it: its township, its street."""
    NUMBER = "number"
    """The number of a building, a group, a grid or a post behind a name."""
    SPOT = "spot"
    """The way from the place to the spot: 东200米, 隔壁院."""
    BESIDE = "beside"
    """A place that is named and not meant."""
    ASIDE = "aside"
    """A clause in which places are only mentioned."""
    COUNTY = "county"
    FOREIGN = "foreign"
    """The name of another county."""
    REFUSED = "refused"
    """Part of a name that is not in the gazetteer."""
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Span:
    """Hold a piece of the original text: ``text[start:end]``."""

    start: int
    end: int
    role: SpanRole
    name: str = ""
    match_type: MatchType | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold a place that the text may mean; ``score`` is 0 to 1, ``reasons`` are in Chinese."""

    place_id: str
    name: str
    hint: str
    kind: str
    score: float
    reasons: tuple[str, ...]
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class Explanation:
    """Hold how a text was understood. ``verdict`` and ``rule`` are left to who weighs the match."""

    text: str
    match: AddressMatch
    spans: tuple[Span, ...]
    candidates: tuple[Candidate, ...]
    reasons: tuple[str, ...]
    verdict: str | None = None
    rule: str | None = None


def explanation_of(
    text: str, reading: Reading, match: AddressMatch, answerer: Answerer
) -> Explanation:
    """Return the notes of one run, offsets in the original text."""
    spans = sorted(_spans(reading), key=lambda span: (span.start, -span.end, span.role))
    candidates = [*_chosen(reading, answerer), *_left(reading, match, answerer)]
    reasons = tuple(filter(None, (match.detail, *match.grounds)))
    return Explanation(text, match, tuple(spans), tuple(candidates), reasons)


def _spans(reading: Reading) -> Iterator[Span]:
    told = {id(group.anchor) for group in reading.groups}
    for group in reading.groups:
        for member in group.members:
            role = SpanRole.PLACE if id(member) in told else SpanRole.AREA
            yield from _named(reading, member, role)
    for anchor in reading.beside:
        yield from _named(reading, anchor, SpanRole.BESIDE)
    for mention in reading.findings.mentions:
        if mention.role is not Role.PLACE:
            yield from _made(reading, mention.start, mention.end, _ROLES[mention.role])
    for aside in reading.asides:
        yield from _made(reading, aside.start, aside.end, SpanRole.ASIDE)
    for start, end in reading.findings.refused:
        yield from _made(reading, start, end, SpanRole.REFUSED)
    if reading.spot is not None:
        yield from _made(reading, reading.spot.start, reading.spot.end, SpanRole.SPOT)
    if reading.unexplained is not None:
        yield from _made(reading, *reading.unexplained, SpanRole.UNEXPLAINED)


_ROLES = {
    Role.COUNTY: SpanRole.COUNTY,
    Role.ABOVE: SpanRole.COUNTY,
    Role.FOREIGN: SpanRole.FOREIGN,
}


def _made(
    reading: Reading,
    start: int,
    end: int,
    role: SpanRole,
    name: str = "",
    how: MatchType | None = None,
) -> Iterator[Span]:
    offsets = reading.folded.offsets
    if start < end <= len(offsets):
        yield Span(offsets[start], offsets[end - 1] + 1, role, name, how)


def _named(reading: Reading, anchor: Anchor, role: SpanRole) -> Iterator[Span]:
    first = anchor.entries[0]
    name_end = anchor.name_end if anchor.label is not None else anchor.end
    for start, end in ((anchor.start, name_end), *((s, e) for s, _, e in anchor.again)):
        yield from _made(reading, start, end, role, first.place.name, first.match_type)
    if anchor.label is not None:
        yield from _made(reading, anchor.name_end, anchor.end, SpanRole.NUMBER, anchor.label)


def _chosen(reading: Reading, answerer: Answerer) -> Iterator[Candidate]:
    if not reading.groups:
        return
    scored = answerer.scores(reading)
    for entry, _, score in sorted(scored, key=lambda told: (-told[2].value, told[0].place.id)):
        yield _candidate(answerer, entry.place, round(score.value, 3), score.grounds)


def _left(reading: Reading, match: AddressMatch, answerer: Answerer) -> Iterator[Candidate]:
    for place in match.possibly:
        yield _candidate(answerer, place, 0.5, ("所写的名称也可能是它的简称",), chosen=False)
    for anchor in reading.beside:
        reason = "文字中另外提到" if anchor.aside is None else "只是顺便提到或说话人自述"
        for entry in anchor.entries:
            yield _candidate(
                answerer, entry.place, mentioned_score(anchor), (reason,), chosen=False
            )


def _candidate(
    answerer: Answerer, place: Place, score: float, reasons: tuple[str, ...], *, chosen: bool = True
) -> Candidate:
    name, hint = answerer.called(place)
    return Candidate(place.id, name, hint, place.kind.value, score, reasons, chosen)
