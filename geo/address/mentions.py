"""Find the names of a gazetteer in a folded text: the longest ones, clause by clause.

No name reaches beyond its clause, nor does anything that is looked at around it, so that what a
clause says is found out once: addresses come again and again, and so do the words with which
people begin and end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Final, NamedTuple

import ahocorasick

from geo.address.believing import Findings, Form, Mention, Raw, Role, Span, believed
from geo.address.clauses import AsideSpan, asides
from geo.address.forms import kind_words
from geo.address.gazetteer import Gazetteer
from geo.address.normalise import SEPARATOR, normalise_name
from geo.address.sounds import SoundFinder
from geo.address.variants import vary

_MOST_NAMESAKES = 12  # of a local name that nothing tells apart; more say nothing
_KEPT_CLAUSES: Final = 8_192
_LONGEST_KEPT: Final = 24  # characters; longer clauses are stories, and do not come again
_START = itemgetter(0)


class _Clause(NamedTuple):
    """Hold what stands in one clause, counted from its beginning.

    ``mentions`` are None where a name counts that other clauses may give a meaning.
    """

    chosen: Sequence[Raw]
    cut: Sequence[Span]
    mentions: tuple[Mention, ...] | None
    refused: tuple[Span, ...]
    asides: Sequence[AsideSpan]
    kind_words: Sequence[Span]
    spoken: str


class NameFinder:
    """Find every form of a gazetteer in one pass; linear in the length of the text."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        *,
        county_names: Iterable[str],
        above_names: Iterable[str] = (),
        foreign_names: Iterable[str],
    ) -> None:
        """Build the automaton; names of the county and of others give way to no place."""
        self._gazetteer = gazetteer
        self._automaton = ahocorasick.Automaton()
        for keys in (gazetteer.forms, gazetteer.local):
            for key in keys:
                self._automaton.add_word(key, (len(key), key))
        self._roles: dict[str, Role] = {}
        known = (
            (Role.FOREIGN, foreign_names),
            (Role.ABOVE, above_names),
            (Role.COUNTY, county_names),
        )
        for role, names in known:
            for name in filter(None, map(normalise_name, names)):
                key = vary(name)
                self._roles[key] = role
                self._automaton.add_word(key, (len(key), key))
        self._automaton.make_automaton()
        self._sounds = SoundFinder(gazetteer.forms)
        # By the words of the automaton: no more than it holds.
        self._known: dict[str, Form] = {}
        self._kept: dict[str, _Clause] = {}

    def _form_of(self, key: str) -> Form:
        """Return what a word of the automaton may mean, and remember it."""
        role = self._roles.get(key)
        if role is not None:
            form = Form(role)
        else:
            gazetteer = self._gazetteer
            form = Form(Role.PLACE, gazetteer.readings(key), gazetteer.local.get(key))
        self._known[key] = form
        return form

    def find(self, text: str) -> Findings:
        """Return the names of the folded ``text``; overlapping ones yield to the longest."""
        told: list[tuple[int, _Clause]] = []
        together, kept = False, self._kept
        at = 0
        for words in text.split(SEPARATOR):
            clause = kept.get(words) or self._of_clause(words)
            together = together or clause.mentions is None
            told.append((at, clause))
            at += len(words) + 1
        return _told(told, _in_all(text, told) if together else None)

    def _of_clause(self, words: str) -> _Clause:
        """Return what stands in a clause, and remember it; all are forgotten when they are many."""
        chosen, cut = self._chosen(spoken := vary(words))
        mentions: tuple[Mention, ...] | None = None
        refused: tuple[Span, ...] = ()
        if not [form for _, _, form in chosen if form.local is not None]:
            mentions, refused = believed(words, chosen, cut)
        clause = _Clause(chosen, cut, mentions, refused, asides(words), kind_words(spoken), spoken)
        if len(words) <= _LONGEST_KEPT:
            if len(self._kept) >= _KEPT_CLAUSES:
                self._kept.clear()
            self._kept[words] = clause
        return clause

    def _chosen(self, spoken: str) -> tuple[list[Raw], list[Span]]:
        """Return the forms that stand in a varied text, and full names that longer ones cut."""
        if len(self._automaton) == 0:
            return [], []
        known = self._known.get
        raw = [
            (end + 1 - length, end + 1, known(key) or self._form_of(key))
            for end, (length, key) in self._automaton.iter(spoken)
        ]
        written, refused = _longest(raw, len(spoken))
        return _with_heard(written, refused, self._heard(spoken))

    def _heard(self, spoken: str) -> list[Raw]:
        heard = self._sounds.find(spoken)
        return [(start, end, Form(Role.PLACE, entries)) for start, end, entries in heard]


def _told(told: Sequence[tuple[int, _Clause]], found: _Found | None) -> Findings:
    """Return what was found in all clauses; the names are ``found`` where they are given."""
    mentions: list[Mention] = []
    refused: list[Span] = []
    mentioned: list[AsideSpan] = []
    words: list[Span] = []
    for at, clause in told:
        if clause.asides:
            mentioned += [AsideSpan(at + a.start, at + a.end, a.aside) for a in clause.asides]
        if clause.kind_words:
            words += [(at + start, at + end) for start, end in clause.kind_words]
        if clause.refused and not found:
            refused += [(at + start, at + end) for start, end in clause.refused]
        if clause.mentions and not found:
            if at:
                mentions += [Mention(at + m[0], at + m[1], m[2], m[3]) for m in clause.mentions]
            else:
                mentions += clause.mentions
    spoken = SEPARATOR.join([clause.spoken for _, clause in told])
    names = found or (tuple(mentions), tuple(refused))
    return Findings(*names, tuple(mentioned), tuple(words), spoken)


_Found = tuple[tuple[Mention, ...], tuple[Span, ...]]


def _in_all(text: str, told: Iterable[tuple[int, _Clause]]) -> _Found:
    """Return the names of all clauses, local ones by what is named anywhere in the text."""
    chosen: list[Raw] = []
    cut: list[Span] = []
    for at, clause in told:
        chosen += [(at + start, at + end, form) for start, end, form in clause.chosen]
        cut += [(at + start, at + end) for start, end in clause.cut]
    return believed(text, _in_scope(chosen), cut)


def _longest(raw: list[Raw], length: int) -> tuple[list[Raw], list[Span]]:
    """Keep the longest of overlapping names; report full names cut in half by a longer one."""
    if len(raw) < 2:
        return raw, []
    owner = [-1] * length
    chosen: list[Raw] = []
    refused: list[Span] = []
    for start, end, form in sorted(raw, key=lambda m: (m[0] - m[1], not m[2].full, m[0])):
        # Those before it are as long or longer: what reaches in holds its first or last character.
        first, last = owner[start], owner[end - 1]
        if first == last == -1:
            owner[start:end] = [len(chosen)] * (end - start)
            chosen.append((start, end, form))
        elif first != last and form.full and not form.is_road:
            refused.append((start, end))
    return sorted(chosen, key=_START) if len(chosen) > 1 else chosen, refused


def _with_heard(
    written: list[Raw], refused: list[Span], heard: list[Raw]
) -> tuple[list[Raw], list[Span]]:
    """Add the names found by sound, where no name is written or only a part of theirs."""
    if not heard:
        return written, refused
    chosen = list(written)
    for start, end, form in sorted(heard, key=lambda m: (m[0] - m[1], m[0])):
        met = [name for name in chosen if name[0] < end and start < name[1]]
        if all(start <= s and e <= end and e - s < end - start for s, e, _ in met):
            chosen = [name for name in chosen if name not in met]
            chosen.append((start, end, form))
            refused = [span for span in refused if span[1] <= start or end <= span[0]]
    return sorted(chosen, key=lambda m: m[0]), refused


def _in_scope(chosen: list[Raw]) -> list[Raw]:
    """Give each local name the readings of the areas named beside it; all of them, if few."""
    if all(form.local is None for _, _, form in chosen):
        return chosen
    codes: dict[str, None] = {}
    for _, _, form in chosen:
        for entry in form.entries[:_MOST_NAMESAKES]:
            code = entry.place.area_code
            codes.update({code[:length]: None for length in (12, 9) if len(code) >= length})
    told: list[Raw] = []
    for start, end, form in chosen:
        if form.local is None:
            told.append((start, end, form))
            continue
        near = [e for code in codes for e in form.local.get(code, ())]
        if not near and sum(map(len, form.local.values())) <= _MOST_NAMESAKES:
            near = [e for scope in sorted(form.local) for e in form.local[scope]]
        if near or form.entries:
            told.append((start, end, replace(form, entries=(*form.entries, *near))))
    return told
