"""Read a layer of a GeoPackage, through a process of its own that is shut away."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

import geo
from geo.assign.arrow_reading import BROKEN, from_mark
from geo.assign.geo_metadata import Shapes
from geo.assign.geopackage_child import ABOUT
from geo.assign.refusal import AssignRefused
from geo.assign.sources import Block
from geo.boundary_files.drivers import child_environment
from geo.boundary_files.launch import private_folder
from geo.boundary_files.systems import system_of_epsg

_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from geo.assign.geopackage_child import main; main(sys.argv[2])"
)


class GeoPackageSource:
    """Read a layer of a GeoPackage; its shapes come as WKB."""

    def __init__(self, path: Path, block_rows: int, *, layer: str | None) -> None:
        """Read the schema; raise AssignRefused for a damaged file or an unclear layer."""
        self._path, self._block_rows, self._layer = path, block_rows, layer
        self.row_count: int | None = None
        wal = path.with_name(path.name + "-wal")
        if wal.exists() and wal.stat().st_size:
            raise AssignRefused(
                "gpkg_open", "GeoPackage 还有没有并入的改动（-wal 文件），请先在 GIS 软件中关闭它。"
            )
        with self._opened() as (reader, _):
            schema: pa.Schema = reader.schema
        about = json.loads(schema.metadata[ABOUT])
        self.shapes = _shapes(str(about["column"]), about["crs"])
        names = [self._name(name, about["column"]) for name in schema.names]
        fields = [
            pa.field(name, field.type, field.nullable)
            for name, field in zip(names, schema, strict=True)
        ]
        self.schema: pa.Schema = pa.schema(fields)

    @staticmethod
    def _name(name: str, geometry: str) -> str:
        # GDAL gives a column without a name this one.
        return geometry if name == "wkb_geometry" else name

    def share_read(self) -> float:
        """Return 0: how far the other process is, nobody knows."""
        return 0.0

    def warnings(self) -> list[str]:
        """Return nothing: the rows are counted."""
        return []

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, Callable[[], None]]]:
        """Give the stream, and what says at its end whether it was all: raise AssignRefused."""
        with private_folder() as folder:
            (folder / "in").mkdir()
            (folder / "work").mkdir()
            _place(self._path, folder / "in" / "input.gpkg")
            job = {"layer": self._layer, "rows": self._block_rows}
            (folder / "job.json").write_text(json.dumps(job), "utf-8")
            with _running(folder) as process:

                def require_all() -> None:
                    if process.wait() != 0:
                        raise _refusal(folder / "work" / "refused.json")

                try:
                    with pa.ipc.open_stream(process.stdout) as reader:
                        yield reader, require_all
                except BROKEN:
                    raise _refusal(folder / "work" / "refused.json") from None

    def blocks(self, mark: int) -> Iterator[Block]:
        """Yield the blocks after ``mark`` rows."""
        with self._opened() as (reader, require_all):
            yield from from_mark(self._batches(reader), 0, mark)
            require_all()

    def _batches(self, reader: Any) -> Iterator[pa.RecordBatch]:
        try:
            for batch in reader:
                batch.validate(full=True)
                renamed = pa.RecordBatch.from_arrays(batch.columns, schema=self.schema)
                for start in range(0, renamed.num_rows, self._block_rows):
                    yield renamed.slice(start, self._block_rows)
        except BROKEN:
            raise AssignRefused("unreadable", "GeoPackage 损坏，无法读取。") from None


def _place(path: Path, beside: Path) -> None:
    """Put the file where the process may read it: as a second name, else as a copy."""
    try:
        os.link(path, beside)
    except OSError:
        shutil.copyfile(path, beside)


@contextmanager
def _running(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    root = Path(geo.__file__).resolve().parent.parent
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-I", "-X", "utf8", "-c", _START, str(root), str(folder)],
        env=child_environment("gpkg", str(folder / "work")),
        cwd=folder / "work",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _refusal(told: Path) -> AssignRefused:
    try:
        words = json.loads(told.read_text("ascii"))
    except (OSError, ValueError):
        return AssignRefused("unreadable", "GeoPackage 损坏，无法读取。")
    return AssignRefused(str(words["reason"]), str(words["message"]))


def _shapes(column: str, crs: str | None) -> Shapes:
    text = crs or ""
    code = int(text[5:]) if text.startswith("EPSG:") and text[5:].isdigit() else None
    return Shapes(column or "geom", system_of_epsg(code), text[:40] or "（无）")
