"""List what a county and its neighbours are called, so that they are not taken for places.

Source: the administrative divisions published by the Ministry of Civil Affairs and the
statistical bureau's codes for urban and rural divisions (2023): Baotou (1502), Hohhot (1501) and
Ordos (1506). Names only; short forms are the ones in daily use. Names of two characters that
are ordinary words, and 新城区 (any new town), are left out on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Hold the names of a county, of the areas above it, and of other counties."""

    county_names: tuple[str, ...] = ()
    above_names: tuple[str, ...] = ()
    foreign_names: tuple[str, ...] = ()


_TUMED_RIGHT = Surroundings(
    county_names=("土默特右旗", "土右旗", "土右"),
    above_names=("内蒙古自治区", "内蒙古", "内蒙", "包头市", "包头"),
    foreign_names=(
        "东河区", "昆都仑区", "昆区", "青山区", "石拐区", "白云鄂博矿区", "白云矿区", "九原区",
        "固阳县", "达尔罕茂明安联合旗", "达茂联合旗", "达茂旗", "稀土高新区",
        "土默特左旗", "土左旗", "托克托县", "托县", "武川县", "和林格尔县", "和林格尔",
        "清水河县", "回民区", "玉泉区", "赛罕区", "呼和浩特市", "呼和浩特", "呼市",
        "达拉特旗", "达旗", "准格尔旗", "准旗", "东胜区", "康巴什区", "鄂尔多斯市", "鄂尔多斯",
    ),
)  # fmt: skip
_BY_COUNTY: dict[str, Surroundings] = {"150221": _TUMED_RIGHT}


def surroundings_of(county_code: str) -> Surroundings:
    """Return the names around the county of six digits; empty for one that is not listed."""
    return _BY_COUNTY.get(county_code[:6], Surroundings())
