"""Say on what the figures were taken: the machine, how busy it was, which versions."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = (
    "numpy",
    "numba",
    "shapely",
    "geopandas",
    "duckdb",
    "duckdb-extension-spatial",
    "sedonadb",
    "pyarrow",
    "psycopg",
    "sqlalchemy",
    "fastapi",
    "uvicorn",
    "folium",
)


def describe_machine() -> dict[str, Any]:
    """Return CPU, cores, memory, system, load and the versions of what takes part."""
    import shapely

    versions = {"python": platform.python_version(), "geos": shapely.geos_version_string}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "cpu": _line_of("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": os.cpu_count(),
        "memory": _line_of("/proc/meminfo", "MemTotal"),
        "system": _line_of("/etc/os-release", "PRETTY_NAME", "=").strip('"'),
        "kernel": platform.release(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "versions": versions,
    }


def _line_of(path: str, key: str, separator: str = ":") -> str:
    """Return the value of the first ``key`` in a file of key-value lines, or nothing."""
    file = Path(path)
    if not file.is_file():
        return ""
    for line in file.read_text("utf-8").splitlines():
        name, _, value = line.partition(separator)
        if name.strip() == key:
            return value.strip()
    return ""
