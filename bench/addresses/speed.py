"""Time the matcher: texts of 88 characters, small and large gazetteers, making it anew, memory."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.addresses.county import Subject
from bench.addresses.other_county import make_county
from bench.addresses.other_texts import other_cases
from geo.address.matcher import MAX_CHARACTERS
from geo.errors import GeoError

CHARACTERS = 88
SIZES = {5_000: 10, 50_000: 100}  # places -> townships
LENGTHS = (1_250, 5_000, MAX_CHARACTERS)
_ROUNDS = 3
_STORY = (
    "前两天下雨之后情况更加严重，附近的老人孩子都不敢出门，之前也跟物业和村干部说过，一直互相推诿，"
    "希望上级部门能够重视起来给老百姓一个满意的答复，谢谢你们辛苦了。"
)


@dataclass(frozen=True, slots=True)
class Speed:
    """Hold the figures of one gazetteer: milliseconds, seconds of one core, mebibytes."""

    places: int
    p50_ms: float
    p95_ms: float
    most_ms: float
    rebuild_s: float
    memory_mib: float
    by_length_ms: tuple[tuple[int, float], ...]
    refused_ms: float


def measure_speed(seed: int, places: int) -> Speed:
    """Return the figures of a gazetteer of about ``places``, taken in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (seed, SIZES[places]))


def _measure(seed: int, townships: int) -> Speed:
    other = make_county(seed, townships)
    subject = other.subject()
    cases = [case for more in range(_ROUNDS) for case in other_cases(subject.truth, seed + more)]
    gc.collect()
    before = _resident()
    kept, rebuilds = [], []
    for _ in range(_ROUNDS):
        start = time.process_time()
        kept.append(other.matcher())
        rebuilds.append(time.process_time() - start)
    gc.collect()
    memory = (_resident() - before) / len(kept)
    texts = sorted({_at_length(case.source.spoken, CHARACTERS) for case in cases})
    laps = sorted(_ms(subject, text) for text in texts)  # each once: nothing is remembered
    return Speed(
        places=len(other.places),
        p50_ms=statistics.median(laps),
        p95_ms=laps[int(len(laps) * 0.95)],
        most_ms=laps[-1],
        rebuild_s=min(rebuilds),
        memory_mib=memory / 2**20,
        by_length_ms=tuple((n, _slowest_ms(subject, texts, n)) for n in LENGTHS),
        refused_ms=_refusal_ms(subject),
    )


def _at_length(text: str, characters: int) -> str:
    """Return a text of so many characters: lengthened by a story, or cut."""
    return (text + "，" + _STORY * (characters // len(_STORY) + 1))[:characters]


def _ms(subject: Subject, text: str) -> float:
    """Return the milliseconds of one core that an answer takes, whatever else is running."""
    start = time.process_time()
    subject.answer(text)
    return (time.process_time() - start) * 1_000


def _slowest_ms(subject: Subject, texts: Sequence[str], characters: int) -> float:
    """Return the slowest of some long texts, each at its best of three, names all through them."""
    joined = "，".join(texts[:: len(texts) // 60])
    long = (joined * (characters // len(joined) + 1))[:characters]
    return max(
        min(_ms(subject, text) for _ in range(_ROUNDS))
        for text in (_at_length(texts[0], characters), long)
    )


def _refusal_ms(subject: Subject) -> float:
    """Return the time in which a text that is too long is refused; raise when it is not."""
    text = _at_length("", MAX_CHARACTERS + 1)
    start = time.process_time()
    try:
        subject.answer(text)
    except GeoError:
        return (time.process_time() - start) * 1_000
    raise AssertionError("a text that is too long was read")


def _resident() -> int:
    """Return the bytes that this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()
