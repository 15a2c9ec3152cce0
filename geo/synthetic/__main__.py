"""Write the demo county: ``python -m geo.synthetic OUT_DIR [--units UNITS_CSV] [--check]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from geo.synthetic.county import make_county
from geo.synthetic.files import county_files, write_files
from geo.synthetic.units import read_units

_STORED = Path(__file__).resolve().parents[2] / "data" / "boundaries" / "demo"


def main(arguments: list[str] | None = None) -> int:
    """Write all files, or with ``--check`` say which stored file differs; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m geo.synthetic", description=__doc__)
    parser.add_argument("out_dir", type=Path, nargs="?", default=_STORED)
    parser.add_argument("--units", type=Path, default=_STORED / "units.csv")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args(arguments)
    files = county_files(make_county(read_units(options.units)), options.units.read_bytes())
    if not options.check:
        write_files(files, options.out_dir)
        return 0
    stale = [name for name, data in files.items() if _differs(options.out_dir / name, data)]
    for name in stale:
        sys.stderr.write(f"differs from what the generator makes: {name}\n")
    return 1 if stale else 0


def _differs(path: Path, content: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != content


if __name__ == "__main__":
    sys.exit(main())
