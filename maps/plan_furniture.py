"""Draw what belongs to every map on paper: frame, caption, north arrow, scale bar."""

from __future__ import annotations

from maps.plan_frame import Panel
from maps.plane import scale_bar
from maps.svg import Attributes, Svg, joined, short, tag, width_of, words


def furniture(panel: Panel, caption: str) -> Svg:
    """Return frame, caption, north arrow and scale bar of a half."""
    right, bottom = panel.left + panel.width, panel.top + panel.height
    return joined(
        (
            tag("rect", {**panel.rect, "fill": "none", "stroke": "#111", "stroke-width": 0.5}),
            tag(
                "rect",
                {
                    "x": panel.left,
                    "y": panel.top,
                    "width": width_of(caption, 4.6) + 8,
                    "height": 8,
                    "fill": "#fff",
                    "stroke": "#111",
                    "stroke-width": 0.5,
                },
            ),
            words(panel.left + 4, panel.top + 5.8, caption, size=4.6, weight="700"),
            _north_arrow(right - 8, panel.top + 4),
            _drawn_bar(panel.left + 5, bottom - 4, panel.plane.scale),
        )
    )


def _north_arrow(x: float, top: float) -> Svg:
    needle = f"M{short(x)},{short(top)} l3,11 l-3,-2.4 l-3,2.4 Z"
    return joined(
        (
            tag("path", {"d": needle, "fill": "#111", "stroke": "#fff", "stroke-width": 0.3}),
            words(x, top + 15.2, "北", size=3.6, anchor="middle", weight="700", halo=True),
        )
    )


def _drawn_bar(x: float, y: float, scale: float) -> Svg:
    """Return a bar of two halves; ``data-metres`` says what its whole length stands for."""
    metres, length = scale_bar(scale, 55)
    half = length / 2
    ends = ((0.0, 0.0), (half, metres / 2), (length, metres))
    back: Attributes = {
        "x": x - 2,
        "y": y - 6.5,
        "width": length + 14,
        "height": 9.5,
        "fill": "#fff",
    }
    return tag(
        "g",
        {"class": "scale-bar", "data-metres": metres, "data-millimetres": f"{length:.4f}"},
        tag("rect", {**back, "fill-opacity": 0.85}),
        tag("rect", {"x": x, "y": y - 1.6, "width": half, "height": 1.6, "fill": "#111"}),
        tag(
            "rect",
            {
                "x": x, "y": y - 1.6, "width": length, "height": 1.6,
                "fill": "none", "stroke": "#111", "stroke-width": 0.3,
            },
        ),
        *(
            words(x + at, y - 2.6, _metres(value), size=2.8, anchor="middle" if at else "start")
            for at, value in ends
        ),
    )  # fmt: skip


def _metres(value: float) -> str:
    return f"{short(value)}米" if value < 1000 else f"{short(value / 1000)}公里"
