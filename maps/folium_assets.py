"""Make folium load nothing from another host.

folium names its scripts and style sheets as addresses of content networks, on the classes
themselves. A command hall has no internet, so each of these entries is replaced, once per
process, by a path below ``/static/vendor`` that this service answers itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import folium
import folium.plugins  # loads the plugin classes, so that the walk below sees them
from folium.elements import JSCSSMixin

VENDOR_ROOT = "/static/vendor"

# File name as folium writes it -> path of the same file inside the locked npm packages.
_PACKAGE_PATHS: dict[str, str] = {
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet.markercluster.js": "leaflet.markercluster/dist/leaflet.markercluster.js",
    "MarkerCluster.css": "leaflet.markercluster/dist/MarkerCluster.css",
    "MarkerCluster.Default.css": "leaflet.markercluster/dist/MarkerCluster.Default.css",
}

# folium gives every map jQuery, Bootstrap and icon fonts. The pages use none of them.
_MAP_SCRIPTS = ("leaflet",)
_MAP_STYLES = ("leaflet_css",)

Links = list[tuple[str, str]]


def local_url(url: str) -> str:
    """Return the path below ``/static/vendor`` that stands for an asset address of folium.

    A file that is in none of the locked packages gets a path that does not exist: a plugin
    taken into use without its package fails in the first test instead of asking a foreign host.
    """
    name = PurePosixPath(urlsplit(url).path).name
    return f"{VENDOR_ROOT}/{_PACKAGE_PATHS.get(name, f'not-installed/{name}')}"


def asset_classes() -> Iterator[type[JSCSSMixin]]:
    """Yield every folium class that links assets, plugins included."""
    waiting: list[type[JSCSSMixin]] = [JSCSSMixin]
    seen: set[type[JSCSSMixin]] = set()
    while waiting:
        cls = waiting.pop()
        if cls not in seen:
            seen.add(cls)
            waiting.extend(cls.__subclasses__())
            yield cls


@lru_cache(maxsize=1)
def serve_locally() -> int:
    """Point every asset link of every folium class at this service; return how many there are.

    The links stand on the classes, so this changes folium for the whole process. It runs once.
    """
    rewritten = 0
    for cls in asset_classes():
        for attribute in ("default_js", "default_css"):
            if attribute in vars(cls):
                links = [(name, local_url(url)) for name, url in getattr(cls, attribute)]
                setattr(cls, attribute, links)
                rewritten += len(links)
    folium.Map.default_js = _only(folium.Map.default_js, _MAP_SCRIPTS)
    folium.Map.default_css = _only(folium.Map.default_css, _MAP_STYLES)
    return rewritten


def _only(links: Links, names: tuple[str, ...]) -> Links:
    """Keep the links with the given names."""
    return [(name, url) for name, url in links if name in names]
