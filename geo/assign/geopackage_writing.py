"""Write a GeoPackage of points: the shapes of the input, or points where its positions lie.

A stream of blocks grows first, which can be gone on with; the GeoPackage is made of it at the end.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.assign.answers import Answers
from geo.assign.geo_metadata import epsg_of
from geo.assign.points import wkb_of
from geo.assign.refusal import AssignRefused, cannot_write
from geo.assign.rows import Columns, read_rows
from geo.assign.sources import Block
from geo.assign.writers import ArrowStream, plain_rows
from geo.crs import STORAGE_EPSG
from geo.datums import to_cgcs2000_arrays
from geo.locate.columns import Assigned, RowReason, code_of_datum
from geo.position import Datum
from geo.tables.positions import Positions

LAYER: Final = "assigned"
_GEOMETRY: Final = "geom"
# GeoPackage numbers its rows in a column of its own, which GDAL calls so where nothing is said, as
# it calls the shapes so above. Another column of such a name is kept as it is, in capitals too.
_NUMBER: Final = "fid"
_OTHER_SHAPES: Final = "A geometry of type|Layer 'assigned' has been declared with"
_NO_PLACE: Final = frozenset(RowReason) - {RowReason.NONE, RowReason.OUTSIDE}


class GeoPackageWriter(ArrowStream):
    """Write an Arrow stream of plain columns, and of that a GeoPackage."""

    def __init__(
        self, schema: pa.Schema, columns: Columns, answers: Answers, *, folder: Path
    ) -> None:
        """Take the columns of the input, and the folder of the output, where it is tried.

        Raises AssignRefused: a GeoPackage cannot hold a column or all of them together, the folder
        cannot be written to.
        """
        self._columns = columns
        self._made = columns.geometry is None
        super().__init__(schema, answers)
        others = [name for name in self.schema.names if name != columns.geometry]
        self._number_in = _free_name(_NUMBER, others)
        self._shapes_in = _free_name(_GEOMETRY, others)
        fields = [
            _plain(field.with_name(self._shapes_in) if field.name == columns.geometry else field)
            for field in self.schema
        ]
        if self._made:
            fields.append(pa.field(self._shapes_in, pa.binary()))
        self.schema = pa.schema(fields)
        self._require_writable(folder)

    def _require_writable(self, beside: Path) -> None:
        """Write the columns without rows: at the end, hours later, it would be said too late."""
        shapes = self.schema.field(self._shapes_in)
        with _tried_in(beside) as folder:
            path = folder / "empty.gpkg"
            if self._is_written(self.schema, path):
                return
            for field in self.schema:
                alone = pa.schema([field] if field.name == shapes.name else [field, shapes])
                if not self._is_written(alone, path):
                    raise _impossible(field.name)
            raise _impossible_together(self.schema.names)

    def _is_written(self, schema: pa.Schema, path: Path) -> bool:
        import pyogrio  # type: ignore[import-untyped]

        path.unlink(missing_ok=True)
        try:
            self._write(pa.RecordBatchReader.from_batches(schema, []), path)
        except (pyogrio.errors.FieldError, pyogrio.errors.GeometryError):
            return False
        except pyogrio.errors.CRSError:
            raise _unknown_system() from None
        except RuntimeError:
            raise _unwritten() from None
        return True

    def _rows(self, columns: Sequence[Any], found: Assigned) -> pa.RecordBatch:
        answers = [column.dictionary_decode() for column in self._answers.of(found)]
        given = len(self.schema) - len(answers) - self._made
        parts = [*columns[:given], *answers, *columns[given:]]
        return pa.RecordBatch.from_arrays(parts, schema=self.schema)

    def first(self) -> bytes:
        """Return the schema."""
        out = pa.BufferOutputStream()
        pa.ipc.new_stream(out, self.schema).close()
        content: bytes = out.getvalue().to_pybytes()
        return content.removesuffix(self.last(()))

    def body(self, block: Block, found: Assigned) -> tuple[Any, str]:
        """Return the message of a block."""
        columns = plain_rows(block.rows)
        if self._made:
            positions = read_rows(block.rows, self._columns, refused=block.refused).positions
            lons, lats = _stored(positions)
            nowhere = np.isin(found.reasons, [int(reason) for reason in _NO_PLACE])
            columns = [*columns, wkb_of(lons, lats, nowhere)]
        return self._rows(columns, found).serialize(), ""

    def convert(self, part: Path, whole: Path) -> None:
        """Write the stream in ``part`` as a GeoPackage; raise OSError when the disk is full."""
        import pyogrio

        try:
            with pa.OSFile(str(part)) as file, pa.ipc.open_stream(file) as reader:
                self._write(reader, whole)
        except (pyogrio.errors.DataSourceError, RuntimeError):
            raise _unwritten() from None

    def _write(self, reader: Any, path: Path) -> None:
        import pyogrio

        epsg = STORAGE_EPSG if self._made else epsg_of(self._columns.system)
        with warnings.catch_warnings():
            # Shapes that are no points are kept as they came, and their rows say so.
            warnings.filterwarnings("ignore", _OTHER_SHAPES, RuntimeWarning)
            pyogrio.write_arrow(
                reader,
                path,
                layer=LAYER,
                driver="GPKG",
                geometry_name=self._shapes_in,
                geometry_type="Point",
                crs=None if epsg is None else f"EPSG:{epsg}",
                FID=self._number_in,
                GEOMETRY_NAME=self._shapes_in,
            )


def _free_name(wanted: str, names: Sequence[str]) -> str:
    """Return a name that no column has, in capitals neither: SQLite takes a and A for one."""
    taken = {name.lower() for name in names}
    free = wanted
    while free in taken:
        free += "_"
    return free


def _impossible(name: str) -> AssignRefused:
    return AssignRefused(
        "no_gpkg", f"“{name}”列的类型写不成 GeoPackage，请改用 Parquet，或先转换这一列。"
    )


def _impossible_together(names: Sequence[str]) -> AssignRefused:
    """Tell of columns each of which can be written; SQLite takes a and A for one letter."""
    alike: dict[bytes, list[str]] = {}
    for name in names:
        alike.setdefault(name.encode().lower(), []).append(name)
    for same in alike.values():
        if len(same) > 1:
            named = "、".join(f"“{name}”" for name in same)
            return AssignRefused(
                "no_gpkg",
                f"{named}只有大小写不同，在 GeoPackage 里是同一列：请先改名，或改用 Parquet。",
            )
    return AssignRefused(
        "no_gpkg", f"这 {len(names):,} 列合在一起写不成 GeoPackage，请减少列数或改用 Parquet。"
    )


def _unknown_system() -> AssignRefused:
    return AssignRefused(
        "no_gpkg", "这个坐标系写不进 GeoPackage，请换用其他输出格式，或先转换成常用的坐标系。"
    )


def _unwritten() -> AssignRefused:
    return AssignRefused("cannot_write", "未能写成 GeoPackage，请检查磁盘空间和文件夹权限。")


@contextmanager
def _tried_in(beside: Path) -> Iterator[Path]:
    try:
        with tempfile.TemporaryDirectory(prefix=".wangge-gpkg-", dir=beside) as folder:
            yield Path(folder)
    except OSError as error:
        raise cannot_write(error) from None


def _plain(field: pa.Field) -> pa.Field:
    kind = field.type
    return field.with_type(kind.value_type) if pa.types.is_dictionary(kind) else field


def _stored(positions: Positions) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the positions of a block in CGCS2000 degrees, whatever each row's datum is."""
    lons, lats = positions.lons.copy(), positions.lats.copy()
    for datum in Datum:
        at: Any = slice(None)
        if isinstance(positions.datums, Datum):
            if positions.datums is not datum:
                continue
        else:
            at = positions.datums == code_of_datum(datum)
        lons[at], lats[at] = to_cgcs2000_arrays(lons[at], lats[at], datum)
    return lons, lats
