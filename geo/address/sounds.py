"""Find names that are written by ear: the right syllables, and enough of the right characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ahocorasick

from geo.address.forms import Entry, ending_of
from geo.address.kept_characters import keeps
from geo.address.syllables import sound
from geo.address.types import MatchType

_SHORTEST_HEARD = 3  # characters; any two syllables are a word
# How these are read in names of places besides their commonest reading.
_ALSO_READ = str.maketrans("藏朝行盖卜召堡解", "葬招杭格博绍普谢")


class SoundFinder:
    """Find the names of a gazetteer by their syllables, where enough characters are right."""

    def __init__(self, forms: Mapping[str, Sequence[Entry]]) -> None:
        """Index ``forms`` (varied spelling to readings); linear in their number."""
        self._forms = forms
        self._automaton = ahocorasick.Automaton()
        by_sound: dict[str, list[str]] = {}
        for form in forms:
            if len(form) >= _SHORTEST_HEARD:
                for heard in dict.fromkeys((sound(form), sound(form.translate(_ALSO_READ)))):
                    by_sound.setdefault(heard, []).append(form)
        for heard, spelled in by_sound.items():
            self._automaton.add_word(heard, (len(heard), tuple(spelled)))
        self._automaton.make_automaton()

    def find(self, spoken: str) -> list[tuple[int, int, tuple[Entry, ...]]]:
        """Return spans and readings of what sounds like a name and is not written like one."""
        if len(self._automaton) == 0:
            return []
        found: list[tuple[int, int, tuple[Entry, ...]]] = []
        for last, (length, spelled) in self._automaton.iter(sound(spoken)):
            start, end = last + 1 - length, last + 1
            words = spoken[start:end]
            if words in spelled:
                continue
            entries = [
                entry._replace(match_type=MatchType.HOMOPHONE, likeness=_right(words, form))
                for form in spelled
                if is_misheard(words, form)
                for entry in self._forms[form]
                if entry.match_type is not MatchType.FALLBACK and entry.scope is None
            ]
            if entries:
                found.append((start, end, tuple(entries)))
        return found


def is_misheard(words: str, form: str) -> bool:
    """Say whether ``words`` may be a name spelled by ear: enough of its characters are right.

    Without a word like 村 behind it, half of them and two at least; with one, one of the name's.
    """
    if keeps(words, form):
        return False
    ending = ending_of(form)
    stem = len(form) - len(ending)
    right = sum(a == b for a, b in zip(words[:stem], form[:stem], strict=True))
    if not words.endswith(ending):
        # 丁香家圆; but a single character for 村 or 路 is another word.
        return len(ending) > 1 and right == stem >= 2
    return right >= (1 if ending else max(2, (stem + 1) // 2))


def _right(words: str, form: str) -> float:
    return sum(a == b for a, b in zip(words, form, strict=True)) / len(form)
