"""Ask the readers and writers of tables one question of each kind, so that they are compiled."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.ipc

from geo.locate.index import GridIndex
from geo.position import Datum
from geo.tables.answers import AnswerColumns
from geo.tables.csv_reading import CsvReader
from geo.tables.csv_writing import CsvAnswers
from geo.tables.json_kernels import Bytes, array_end, is_empty, split_pairs
from geo.tables.positions import positions_of


def warm_tables(index: GridIndex) -> None:
    """Read and answer two rows of each format: bytes and columns of others cannot be written to."""
    csv = CsvReader(io.BytesIO(b'lon,lat\n110.05,40.05\n"110.05",40.05\n'))
    for rows in csv.blocks([0, 1]):
        cells = positions_of(rows.texts(0), rows.texts(1), None, fallback=Datum.CGCS2000)
        CsvAnswers(index.codes).behind_rows(rows, cells.assign(index))
    made = pa.record_batch({"lon": [110.05, 40.05], "lat": ["110.05", "40.05"]})
    sent = pa.ipc.read_record_batch(pa.py_buffer(made.serialize().to_pybytes()), made.schema)
    for batch in (made, sent):
        columns = positions_of(batch["lon"], batch["lat"], None, fallback=Datum.CGCS2000)
        AnswerColumns(index.codes).of(columns.assign(index))
    array: Bytes = np.frombuffer(b"[[110.05,40.05],null]", dtype=np.uint8)
    if array_end(array, 1) > 0 and not is_empty(array, 1):
        split_pairs(array, 1, np.empty((4, 2), dtype=np.int64), np.empty(2, dtype=np.bool_))
