"""The map block: our own assets, our own constants, a nonce on every tag."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import folium
import folium.plugins
import pytest

from maps.folium_assets import VENDOR_ROOT, asset_classes, local_url, serve_locally
from maps.overview import NONCE_PLACEHOLDER, MapConfig, render_block

COUNTY = (110.243, 40.244, 111.121, 40.850)
ASSETS = Path(__file__).parents[3] / "maps" / "assets"


class Tags(HTMLParser):
    """Collect every tag with its attributes."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def block():
    return render_block(MapConfig(bounds=COUNTY))


@pytest.fixture(scope="module")
def html(block):
    return block.head_html + block.body_html + block.script_html


def tags_of(html):
    parser = Tags()
    parser.feed(html)
    return parser.found


def test_the_block_names_no_other_host(html):
    assert "//" not in re.sub(r"//[^\n\"']*$", "", html)
    for _tag, attributes in tags_of(html):
        for name in ("src", "href"):
            address = urlsplit(attributes.get(name) or "")
            assert not address.netloc
            assert not address.scheme


def test_every_asset_of_the_block_is_in_the_locked_packages(html):
    paths = [
        attributes[name]
        for _tag, attributes in tags_of(html)
        for name in ("src", "href")
        if name in attributes
    ]
    assert len(paths) >= 4
    locked = json.loads((ASSETS / "package-lock.json").read_text())["packages"]
    for path in paths:
        assert path.startswith(f"{VENDOR_ROOT}/")
        inside = path.removeprefix(f"{VENDOR_ROOT}/")
        assert f"node_modules/{inside.split('/')[0]}" in locked
        assert (ASSETS / "node_modules" / inside).is_file(), "npm ci in maps/assets is missing"


def test_every_script_and_style_of_the_block_waits_for_a_nonce(html):
    tags = [(tag, attributes) for tag, attributes in tags_of(html) if tag in ("script", "style")]
    assert tags
    assert all(attributes.get("nonce") == NONCE_PLACEHOLDER for _tag, attributes in tags)


def test_the_block_has_no_inline_style_and_no_inline_handler(html):
    for _tag, attributes in tags_of(html):
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_the_block_does_not_forbid_zooming_by_fingers(html):
    assert "user-scalable" not in html


def test_a_response_gets_its_own_nonce(block):
    ready = block.with_nonce("abcdefghij0123456789")
    assert NONCE_PLACEHOLDER not in ready.head_html + ready.body_html + ready.script_html
    assert 'nonce="abcdefghij0123456789"' in ready.script_html
    assert NONCE_PLACEHOLDER in block.script_html, "the cached block itself stays as it is"


@pytest.mark.parametrize("nonce", ["", "short", 'abcdefghijklmnop"><script>', "abcdefghijklm nop"])
def test_a_nonce_that_could_end_its_attribute_is_refused(block, nonce):
    with pytest.raises(ValueError, match="nonce"):
        block.with_nonce(nonce)


def test_the_block_is_the_same_in_every_process(block):
    assert render_block(MapConfig(bounds=COUNTY)) == block


def test_the_map_opens_on_the_county_latitude_first_as_leaflet_wants_it(block):
    numbers = re.search(r"fitBounds\((\[.*?\]), \{animate", block.script_html, re.DOTALL)
    corners = json.loads(re.sub(r",\s*\]", "]", numbers.group(1)))
    assert corners == [[40.244, 110.243], [40.850, 111.121]]


def test_the_clusters_know_where_zooming_ends(block):
    assert '"maxZoom": 19' in block.script_html


def test_reports_at_one_spot_are_gathered_at_every_zoom_so_that_none_hides_another(block):
    assert "disableClusteringAtZoom" not in block.script_html
    assert '"spiderfyOnMaxZoom": true' in block.script_html


@pytest.mark.parametrize(
    "bounds",
    [
        (111.0, 40.0, 110.0, 41.0),
        (110.0, 41.0, 111.0, 40.0),
        (110.0, 40.0, float("nan"), 41.0),
        (40.0, 110.0, 41.0, 111.0),
    ],
)
def test_bounds_on_which_no_map_can_open_are_refused(bounds):
    with pytest.raises(ValueError, match="bounds"):
        MapConfig(bounds=bounds)


def test_no_folium_class_links_to_another_host():
    serve_locally()
    links = [
        url
        for cls in asset_classes()
        for attribute in ("default_js", "default_css")
        for _name, url in getattr(cls, attribute, [])
    ]
    assert len(links) > 40
    assert all(url.startswith(f"{VENDOR_ROOT}/") for url in links)


def test_a_plugin_whose_package_is_not_locked_gets_an_address_that_is_ours_and_fails():
    assert local_url("https://cdn.example.org/x/heat.js?v=1").startswith(
        f"{VENDOR_ROOT}/not-installed/"
    )


def test_pages_made_with_any_folium_plugin_ask_no_other_host():
    serve_locally()
    plain = folium.Map([40.5, 110.7], tiles=None, maxZoom=19)
    folium.plugins.Fullscreen().add_to(plain)
    folium.plugins.MeasureControl().add_to(plain)
    for tag, attributes in tags_of(plain.get_root().render()):
        if tag in ("script", "link"):
            assert not urlsplit(attributes.get("src") or attributes.get("href") or "").netloc
