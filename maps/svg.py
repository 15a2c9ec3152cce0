"""Write SVG as text: every word and every value is escaped, whoever wrote it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

FONT = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
# Characters from here on are as wide as they are high.
_FIRST_WIDE = "\u2e80"
_NARROW_EM = 0.56


Attributes = dict[str, str | float | None]


class Svg(str):
    """Be markup that ``tag`` wrote; a plain text is escaped when it goes into an element."""

    __slots__ = ()


def tag(name: str, attributes: Mapping[str, str | float | None], *children: Svg | str) -> Svg:
    """Return an element; numbers are written with at most two decimals, None is left out."""
    written = "".join(
        f' {key}="{html.escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(c if isinstance(c, Svg) else html.escape(c, quote=False) for c in children)
    return Svg(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")


def joined(parts: Iterable[Svg]) -> Svg:
    """Return elements one after the other."""
    return Svg("".join(parts))


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else short(value)


def short(number: float) -> str:
    """Return a number with at most two decimals: 12.5, 3, -0.07."""
    written = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written


def width_of(words: str, size: float) -> float:
    """Return about how wide words run in type of ``size``, in the unit of ``size``."""
    return size * sum(1.0 if char >= _FIRST_WIDE else _NARROW_EM for char in words)


def words(
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    room: float | None = None,
    anchor: str = "start",
    weight: str | None = None,
    fill: str = "#111",
    halo: bool = False,
) -> Svg:
    """Return a line of text with its baseline at y; what does not fit into ``room`` is cut."""
    if room is not None:
        text = cut(text, size, room)
    attributes: Attributes = {
        "x": x,
        "y": y,
        "font-size": size,
        "text-anchor": anchor,
        "font-weight": weight,
        "fill": fill,
    }
    if halo:
        attributes |= {"stroke": "#fff", "stroke-width": size / 4, "paint-order": "stroke"}
    return tag("text", attributes, text)


def cut(text: str, size: float, room: float) -> str:
    """Return the text, with … where it would be wider than ``room``."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(text, size) + size > room:
        text = text[:-1]
    return f"{text}…"


def wrapped(text: str, size: float, room: float, most: int) -> list[str]:
    """Return the text in lines no wider than ``room``; the last of ``most`` lines is cut."""
    lines: list[str] = []
    while text and len(lines) < most - 1:
        fits = len(text)
        while fits > 1 and width_of(text[:fits], size) > room:
            fits -= 1
        lines.append(text[:fits])
        text = text[fits:]
    return [*lines, cut(text, size, room)] if text else lines
