"""Hold the frame of one half of a plan's map, and the places in it that have a name already."""

from __future__ import annotations

from dataclasses import dataclass, field

import shapely
from shapely.geometry.base import BaseGeometry

from maps.plane import Plane
from maps.svg import Attributes, Svg, width_of, words

# Left, top, right, bottom in millimetres.
Box = tuple[float, float, float, float]


@dataclass(slots=True, kw_only=True)
class Panel:
    """Hold the frame in millimetres on paper, the plane in it, and the places taken by names."""

    left: float
    top: float
    width: float
    height: float
    plane: Plane
    taken: list[Box] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Keep names away from caption, north arrow and scale bar."""
        right, bottom = self.left + self.width, self.top + self.height
        self.taken += [
            (self.left, self.top, self.left + 80, self.top + 9),
            (right - 14, self.top, right, self.top + 20),
            (self.left, bottom - 12, self.left + 72, bottom),
        ]

    @property
    def frame(self) -> BaseGeometry:
        """Return the frame as a polygon of millimetres."""
        return shapely.box(self.left, self.top, self.left + self.width, self.top + self.height)

    @property
    def rect(self) -> Attributes:
        """Return the frame as attributes of a rectangle."""
        return {"x": self.left, "y": self.top, "width": self.width, "height": self.height}

    def middle(self, shape: BaseGeometry, least: float) -> tuple[float, float, float]:
        """Return x, y and radius of the widest place of a shape in the frame.

        The radius is 0 for a shape outside, and where a circle of ``least`` has no room.
        """
        left, top, right, bottom = shape.bounds
        if min(right - left, bottom - top) < 2 * least:
            return 0.0, 0.0, 0.0
        visible = shapely.intersection(shape, self.frame)
        parts = [p for p in shapely.get_parts(visible) if isinstance(p, shapely.Polygon)]
        if not parts:
            return 0.0, 0.0, 0.0
        widest = max(parts, key=lambda part: part.area)
        radius = shapely.maximum_inscribed_circle(widest, 0.5)
        if radius.length < least:
            return 0.0, 0.0, 0.0
        x, y = shapely.get_coordinates(radius)[0].tolist()
        return x, y, float(radius.length)

    def take(self, x: float, y: float, text: str, size: float) -> bool:
        """Reserve the place of a name centred at (x, y); say no where another one stands."""
        wide = width_of(text, size)
        place = (x - wide / 2, y - size * 0.7, x + wide / 2, y + size * 0.7)
        if not self._holds(place) or any(_meet(place, other) for other in self.taken):
            return False
        self.taken.append(place)
        return True

    def _holds(self, place: Box) -> bool:
        left, top, right, bottom = place
        inside = self.left <= left and right <= self.left + self.width
        return inside and self.top <= top and bottom <= self.top + self.height

    def write(
        self, x: float, y: float, text: str, size: float, fill: str, *, bold: bool = False
    ) -> Svg:
        """Return a name centred at (x, y)."""
        weight = "700" if bold else None
        return words(
            x, y + size / 3, text, size=size, anchor="middle", weight=weight, fill=fill, halo=True
        )


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
