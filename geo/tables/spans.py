"""Read pieces of a text as a column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from geo.tables.csv_kernels import Bytes, Places, copy_spans


def texts_of(data: Bytes, begins: Places, ends: Places) -> pa.StringArray:
    """Return the pieces of ``data`` (UTF-8) from ``begins`` to ``ends`` as a column of texts."""
    offsets = np.zeros(begins.size + 1, dtype=np.int32)
    np.cumsum(ends - begins, out=offsets[1:])
    out = np.empty(int(offsets[-1]), dtype=np.uint8)
    copy_spans(data, begins, ends, out)
    return pa.StringArray.from_buffers(begins.size, pa.py_buffer(offsets), pa.py_buffer(out))
