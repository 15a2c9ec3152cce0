"""Files that want more than to be read are refused with a reason, and nothing is left of them."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import stat
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from api.settings import PROJECT_DIR
from geo.boundary_files import launch
from geo.boundary_files.limits import MIB
from geo.boundary_files.reading import read_layer
from geo.boundary_files.refusal import FileRefused
from tests.unit.geo.boundary_files.making_files import SQUARES, geojson, write_gdal

VRT = (
    b"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc/passwd</SrcDataSource>"
    b"</OGRVRTLayer></OGRVRTDataSource>"
)
GDALG = json.dumps(
    {"type": "gdal_streamed_alg", "command_line": "gdal vector read /etc/passwd"}
).encode()
LINK = {"type": "link", "properties": {"href": "http://127.0.0.1:9/x", "type": "proj4"}}


def with_crs(crs: object) -> bytes:
    document = json.loads(geojson())
    document["crs"] = crs
    return json.dumps(document).encode()


def with_coordinate(text: str) -> bytes:
    return geojson().replace(b"110.51", text.encode(), 1)


def nested(text: str, depth: int = 25_000) -> bytes:
    geometry = text.replace("@", "[" * depth + "]" * depth)
    return (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        f"{geometry}}}]}}"
    ).encode()


def collections(depth: int = 25_000) -> bytes:
    inner = '{"type":"GeometryCollection","geometries":[' * depth + "]}" * depth
    return (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        f"{inner}}}]}}"
    ).encode()


def archive(
    *members: tuple[str, bytes], mode: int = 0, flags: int = 0, method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as opened:
        for name, data in members:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = method
            opened.writestr(entry, data)
    data = content.getvalue()
    if flags:
        at = data.index(b"PK\x01\x02")
        data = data[: at + 8] + struct.pack("<H", flags) + data[at + 10 :]
    return data


def geopackage(folder: Path, *statements: str) -> bytes:
    path = folder / "made.gpkg"
    write_gdal(path, driver="GPKG", shapes=SQUARES, layer="grids", crs="EPSG:4490")
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()
    return path.read_bytes()


def bomb() -> bytes:
    return archive(("a.shp", b"\0" * (40 * MIB)))


FILES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a virtual layer called geojson": ("a.geojson", lambda: VRT, "unknown_format"),
    "a virtual layer called kml": ("a.kml", lambda: VRT, "unknown_format"),
    "a virtual layer behind an xml head": (
        "a.kml", lambda: b'<?xml version="1.0"?>' + VRT, "unknown_format",
    ),
    "a virtual layer in a zip": ("a.zip", lambda: archive(("a.shp", VRT)), "unreadable"),
    "a virtual layer beside a shapefile": (
        "a.zip", lambda: archive(("a.vrt", VRT)), "no_shapefile",
    ),
    "a pipeline called geojson": ("a.geojson", lambda: GDALG, "not_geojson"),
    "a system behind a link": ("a.geojson", lambda: with_crs(LINK), "crs_link"),
    "a system that is a text": ("a.geojson", lambda: with_crs("EPSG:4490"), "crs_link"),
    "not a number": ("a.geojson", lambda: with_coordinate("NaN"), "not_finite"),
    "infinity": ("a.geojson", lambda: with_coordinate("-Infinity"), "not_finite"),
    "a number too large": ("a.geojson", lambda: with_coordinate("1e400"), "not_finite"),
    "an integer too large": ("a.geojson", lambda: with_coordinate("9" * 400), "not_finite"),
    "an endless integer": ("a.geojson", lambda: with_coordinate("9" * 5000), "bad_number"),
    "a text for a number": ("a.geojson", lambda: with_coordinate('"110.51"'), "not_geojson"),
    "a truth for a number": ("a.geojson", lambda: with_coordinate("true"), "not_geojson"),
    "lists 25,000 deep": (
        "a.geojson", lambda: nested('{"type":"Polygon","coordinates":@}'), "too_deep",
    ),
    "lists 500 deep": (
        "a.geojson",
        lambda: nested('{"type":"Polygon","coordinates":@}').replace(
            b"[" * 25_000 + b"]" * 25_000, b"[" * 500 + b"]" * 500
        ),
        "not_geojson",
    ),
    "collections 25,000 deep": ("a.geojson", collections, "too_deep"),
    "half a surrogate": (
        "a.geojson", lambda: geojson().replace("振华".encode(), b"\\ud800", 1), "bad_text",
    ),
    "a control character": (
        "a.geojson", lambda: geojson().replace("振华".encode(), b"\\u0000", 1), "bad_text",
    ),
    "a key twice": (
        "a.geojson", lambda: geojson().replace(b'"code"', b'"name"', 1), "duplicate_key",
    ),
    "bytes that are no text": ("a.geojson", lambda: b'{"\xff\xfe"', "bad_encoding"),
    "a bomb": ("a.zip", bomb, "zip_bomb"),
    "a link in a zip": (
        "a.zip", lambda: archive(("a.shp", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777), "zip_link",
    ),
    "a path that leads out": (
        "a.zip", lambda: archive(("../../a.shp", b"\0")), "zip_path",
    ),
    "a path from the root": ("a.zip", lambda: archive(("/etc/a.shp", b"\0")), "zip_path"),
    "a path of another system": ("a.zip", lambda: archive(("c:\\a.shp", b"\0")), "zip_path"),
    "a password": ("a.zip", lambda: archive(("a.shp", b"\0" * 9), flags=1), "zip_encrypted"),
    "too many files": (
        "a.zip", lambda: archive(*((f"{n}.txt", b"x") for n in range(100))), "zip_too_many",
    ),
    "an archive cut short": ("a.zip", lambda: archive(("a.shp", b"\0" * 999))[:-30], "bad_zip"),
    "a shapefile cut short": (
        "a.zip", lambda: archive(("a.shp", b"\0\0\x27\x0a" + b"\0" * 30)), "unreadable",
    ),
    "noise under a known head": (
        "a.gpkg", lambda: b"SQLite format 3\0" + bytes(range(256)) * 40, "unreadable",
    ),
    "flat noise": ("a.fgb", lambda: b"fgb\x03fgb\x01" + b"\xff" * 400, "no_layer"),
    "a password file": ("a.shp", lambda: b"root:x:0:0:root:/root:/bin/bash\n", "unknown_format"),
    "nothing": ("a.geojson", lambda: b"", "unknown_format"),
}  # fmt: skip


def refused(path: Path) -> str:
    with pytest.raises(FileRefused) as found:
        read_layer(path)
    # A reason in words, which never repeats what the file said.
    assert len(found.value.message) > 5
    assert "passwd" not in found.value.message
    return found.value.reason


@pytest.mark.parametrize("case", FILES)
def test_a_hostile_file_is_refused_with_its_reason(case: str, tmp_path: Path) -> None:
    name, content, reason = FILES[case]
    (tmp_path / name).write_bytes(content())
    assert refused(tmp_path / name) == reason


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW v AS SELECT * FROM grids",
        "CREATE VIRTUAL TABLE v USING rtree(id, a, b)",
        "ALTER TABLE grids ADD COLUMN v TEXT GENERATED ALWAYS AS (upper('x')) VIRTUAL",
    ],
)
def test_a_database_that_would_do_something_is_refused(tmp_path: Path, statement: str) -> None:
    (tmp_path / "a.gpkg").write_bytes(geopackage(tmp_path, statement))
    assert refused(tmp_path / "a.gpkg") == "gpkg_active"


def test_shapes_nested_deep_enough_to_kill_a_reader_kill_the_child_alone(tmp_path: Path) -> None:
    head = struct.pack("<BII", 1, 7, 1)
    wkb = head * 200_000 + struct.pack("<BI2d", 1, 1, 110.0, 40.0)
    blob = b"GP\x00\x01" + struct.pack("<i", 4490) + wkb
    path = tmp_path / "a.gpkg"
    path.write_bytes(geopackage(tmp_path))
    with sqlite3.connect(path) as database:
        # Spatial functions exist in GDAL only; the triggers that call them are in the way.
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE grids SET geom = ?", (blob,))
    database.close()
    # GDAL itself may refuse the depth and hand over rows without a shape.
    try:
        assert all(row.geometry is None for row in read_layer(path).features)
    except FileRefused as refusal:
        assert refusal.reason in ("reader_died", "unreadable")


def test_a_kml_that_hides_a_virtual_layer_opens_no_other_file(tmp_path: Path) -> None:
    hidden = b"<kml><!-- " + VRT + b" --><Document/></kml>"
    (tmp_path / "a.kml").write_bytes(hidden)
    assert refused(tmp_path / "a.kml") in ("unreadable", "no_layer", "no_features")


def test_a_file_of_200_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    with path.open("wb") as file:
        file.truncate(200 * MIB)
    began = time.process_time()
    assert refused(path) == "too_large"
    assert time.process_time() - began < 0.5


def test_what_is_no_plain_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.geojson")
    assert refused(tmp_path / "pipe.geojson") == "no_file"
    assert refused(tmp_path) == "no_file"
    assert refused(tmp_path / "absent.zip") == "no_file"


def test_a_reader_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(geojson())
    with pytest.raises(FileRefused) as found:
        read_layer(path, seconds=0.02)
    assert found.value.reason == "too_slow"


def test_gdal_with_more_drivers_than_one_reads_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.gpkg").write_bytes(geopackage(tmp_path))
    assert read_layer(tmp_path / "a.gpkg").format == "gpkg"
    monkeypatch.setattr(launch, "child_environment", lambda *_: {"LANG": "C.UTF-8"})
    assert refused(tmp_path / "a.gpkg") == "drivers"


PROBE = """
import json, os, resource, socket, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from geo.boundary_files.confinement import confine, limit_resources
limit_resources()
walls = confine(readable=[Path(sys.prefix)], working=Path(sys.argv[2]))
def allowed(deed):
    try:
        deed()
    except OSError:
        return False
    return True
print(json.dumps({
    "walls": walls,
    "secret": allowed(lambda: open("/etc/passwd").read()),
    "elsewhere": allowed(lambda: open(sys.argv[3], "w").write("x")),
    "working": allowed(lambda: open(sys.argv[2] + "/x", "w").write("x")),
    "socket": allowed(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
    "program": allowed(lambda: os.posix_spawn("/bin/true", ["true"], {})),
    "memory": resource.getrlimit(resource.RLIMIT_AS)[0] < 2**40,
}))
"""


def test_the_child_reads_no_other_file_and_talks_to_nobody(tmp_path: Path) -> None:
    working = tmp_path / "working"
    working.mkdir()
    outcome = subprocess.run(
        [sys.executable, "-I", "-c", PROBE, PROJECT_DIR, working, tmp_path / "elsewhere"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(outcome.stdout)
    # A wall that this kernel lacks cannot be asked for; what it says holds must hold.
    assert found["memory"]
    assert found["working"]
    if "landlock" in found["walls"]:
        assert not found["secret"]
        assert not found["elsewhere"]
    if "seccomp" in found["walls"]:
        assert not found["socket"]
        assert not found["program"]
