"""State how large a boundary file may be, packed and unpacked, and how long reading may take."""

from __future__ import annotations

from typing import Final

MIB: Final = 1024 * 1024

MAX_FILE_BYTES: Final = 64 * MIB
MAX_UNPACKED_BYTES: Final = 256 * MIB
# Blanks in a table of text columns pack about 100 to 1; a bomb packs 1,000 to 1.
MAX_RATIO: Final = 200
MAX_MEMBERS: Final = 64

MAX_FEATURES: Final = 50_000
MAX_VERTICES: Final = 3_000_000
MAX_COLUMNS: Final = 256
MAX_TEXT: Final = 2_000

READ_SECONDS: Final = 120
CHILD_MEMORY_BYTES: Final = 4096 * MIB
CHILD_FILE_BYTES: Final = 512 * MIB
