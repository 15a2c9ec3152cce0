"""Render the map block of 一图统览: once per process, without a word of runtime text.

folium writes Python values into JavaScript template literals and into HTML that Leaflet parses,
so any name or report text that passed through it would be executed. The block therefore holds
only numbers and our own constants; the page fetches its data and sets ``textContent``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import folium
from branca.element import Figure, MacroElement
from folium.plugins import MarkerCluster
from folium.template import Template

from maps.folium_assets import serve_locally

NONCE_PLACEHOLDER = "__CSP_NONCE__"
MAP_ELEMENT_ID = "map_overview"
MAX_ZOOM = 19

_NONCE = re.compile(r"[A-Za-z0-9+/_=-]{16,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapConfig:
    """Say where the map opens: ``bounds`` as west, south, east, north in degrees of CGCS2000.

    Raises ValueError for bounds that are not finite, out of range or empty.
    """

    bounds: tuple[float, float, float, float]
    max_zoom: int = MAX_ZOOM

    def __post_init__(self) -> None:
        """Refuse bounds on which a map cannot open."""
        west, south, east, north = self.bounds
        if not all(math.isfinite(value) for value in self.bounds):
            raise ValueError("bounds must be finite")
        if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
            raise ValueError("bounds must be west < east and south < north, in degrees")


@dataclass(frozen=True, slots=True)
class MapBlock:
    """Hold the three pieces that the page puts into its head, its body and behind its body."""

    head_html: str
    body_html: str
    script_html: str

    def with_nonce(self, nonce: str) -> MapBlock:
        """Return the block for one response, its scripts allowed by ``nonce``.

        Raises ValueError for a nonce that is not base64 text: it is written into HTML as it is.
        """
        if not _NONCE.fullmatch(nonce):
            raise ValueError("a nonce is at least 16 characters of base64")
        return replace(
            self,
            head_html=self.head_html.replace(NONCE_PLACEHOLDER, nonce),
            body_html=self.body_html.replace(NONCE_PLACEHOLDER, nonce),
            script_html=self.script_html.replace(NONCE_PLACEHOLDER, nonce),
        )


class OverviewMap(folium.Map):
    """Be a folium map without folium's page header, and with a name that does not change.

    folium's header forbids zooming by fingers and styles the whole page; the page's own style
    sheets do that. A fixed name makes the block the same in every process.
    """

    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <div class="folium-map" id="{{ this.get_name() }}"></div>
        {% endmacro %}

        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map("{{ this.get_name() }}", {
                center: {{ this.location|tojson }},
                crs: L.CRS.{{ this.crs }},
                ...{{ this.options|tojavascript }}
            });
        {% endmacro %}
        """
    )

    def get_name(self) -> str:
        """Return the id of the map's element and the name of its variable."""
        return MAP_ELEMENT_ID


class ReportClusters(MarkerCluster):
    """Be the layer that gathers report symbols, under a name that does not change."""

    def get_name(self) -> str:
        """Return the name of the layer's variable."""
        return "reports_overview"


class MapHandle(MacroElement):
    """Hand the finished map to the page's own modules as ``window.wanggeMap``.

    Leaflet's attribution prefix (a link and a flag) is switched off; scale bar and zoom buttons
    speak Chinese.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            {{ this.map_name }}.attributionControl.setPrefix(false);
            L.Control.Scale.include({
                _updateMetric: function (maxMeters) {
                    var metres = this._getRoundNum(maxMeters);
                    var label = metres < 1000 ? metres + " 米" : metres / 1000 + " 公里";
                    this._updateScale(this._mScale, label, metres / maxMeters);
                }
            });
            L.control.scale({position: "bottomleft", imperial: false, maxWidth: 120})
                .addTo({{ this.map_name }});
            L.control.zoom({position: "bottomright", zoomInTitle: "放大", zoomOutTitle: "缩小"})
                .addTo({{ this.map_name }});
            {{ this.map_name }}.fitBounds({{ this.corners|tojavascript }}, {animate: false});
            window.wanggeMap = {
                map: {{ this.map_name }},
                reports: {{ this.cluster_name }},
                bounds: {{ this.corners|tojavascript }}
            };
        {% endmacro %}
        """
    )

    def __init__(
        self, *, map_name: str, cluster_name: str, bounds: tuple[float, float, float, float]
    ) -> None:
        """Keep the JavaScript names of the map and of its report layer, and the corners."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "MapHandle"
        self.map_name = map_name
        self.cluster_name = cluster_name
        west, south, east, north = bounds
        self.corners = [[south, west], [north, east]]  # Leaflet wants latitude first


def render_block(config: MapConfig) -> MapBlock:
    """Render the map block for ``config``: Leaflet map, report clusters, scale bar; no data.

    No tiles: the county's own polygons are the map, and nothing is asked from another host.
    """
    serve_locally()
    west, south, east, north = config.bounds
    leaflet_map = OverviewMap(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_start=10,
        zoom_control=False,
        prefer_canvas=True,
        maxZoom=config.max_zoom,  # without tiles nobody else tells the clusters where zoom ends
        zoomSnap=0.1,
        wheelPxPerZoomLevel=90,
        zoomAnimationThreshold=6,
    )
    reports = ReportClusters(  # type: ignore[no-untyped-call]
        options={
            "showCoverageOnHover": False,
            "maxClusterRadius": 64,
            "spiderfyOnMaxZoom": True,
            "chunkedLoading": True,
            "animate": False,
        }
    )
    reports.add_to(leaflet_map)
    MapHandle(
        map_name=leaflet_map.get_name(), cluster_name=reports.get_name(), bounds=config.bounds
    ).add_to(leaflet_map)
    return _assemble(leaflet_map)


def _assemble(leaflet_map: folium.Map) -> MapBlock:
    """Split folium's figure into head, body and script, each tag with a place for the nonce."""
    figure = leaflet_map.get_root()
    if not isinstance(figure, Figure):
        raise TypeError("a folium map stands in a figure")
    figure.render()
    script = f"<script>{figure.script.render()}</script>"
    return MapBlock(
        head_html=_mark(figure.header.render()),
        body_html=figure.html.render().strip(),
        script_html=_mark(script),
    )


def _mark(html: str) -> str:
    """Give every script and style tag the nonce placeholder; ``html`` is ours and folium's."""
    return re.sub(r"<(script|style)\b", rf'<\1 nonce="{NONCE_PLACEHOLDER}"', html).strip()
