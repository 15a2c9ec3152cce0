"""Name the GDAL drivers that may open a file, and those that must not even exist.

GDAL chooses a driver by what a file contains, whatever it is called: a virtual layer named .kml
reads other files, a web driver fetches addresses. So the child knows one driver only; the others
are skipped by name before GDAL registers them, and the child looks whether that worked.
"""

from __future__ import annotations

from typing import Final

# Format as this project calls it → name of the driver.
DRIVERS: Final[dict[str, str]] = {
    "shapefile": "ESRI Shapefile",
    "gpkg": "GPKG",
    "flatgeobuf": "FlatGeobuf",
    "kml": "KML",
}
# The names under which the child finds what it reads and leaves what it writes.
INPUTS: Final[dict[str, str]] = {
    "geojson": "input.geojson",
    "shapefile": "layer.shp",
    "gpkg": "input.gpkg",
    "flatgeobuf": "input.fgb",
    "kml": "input.kml",
}
OUTPUTS: Final[dict[str, str]] = {"gpkg": "output.gpkg", "shapefile": "output.shp"}

_OTHERS: Final = (
    "MEM", "PCIDSK", "PDS4", "VICAR", "PDF", "MBTiles", "EEDA", "OGCAPI", "GDALG", "MapInfo File",
    "LVBAG", "S57", "DGN", "OGR_VRT", "CSV", "GML", "GPX", "LIBKML", "GeoJSON", "GeoJSONSeq",
    "ESRIJSON", "TopoJSON", "OGR_GMT", "SQLite", "WAsP", "OpenFileGDB", "DXF", "GeoRSS", "VFK",
    "PGDUMP", "OSM", "GPSBabel", "OGR_PDS", "WFS", "OAPIF", "EDIGEO", "Idrisi", "ODS", "XLSX",
    "Elasticsearch", "Carto", "AmigoCloud", "SXF", "Selafin", "JML", "PLSCENES", "CSW", "VDV",
    "MVT", "NGW", "MapML", "GTFS", "PMTiles", "JSONFG", "MiraMonVector", "ADBC", "AVCBin",
    "AVCE00", "AIVector", "HTTP", "VRT", "WMS", "WMTS", "WCS",
)  # fmt: skip


def skipped_for(format_name: str, more: tuple[str, ...] = ()) -> str:
    """Return the value of ``GDAL_SKIP`` that leaves one driver; ``more`` names newer ones."""
    others = (*_OTHERS, *DRIVERS.values(), *more)
    return ",".join(name for name in others if name != DRIVERS[format_name])


def child_environment(format_name: str | None, folder: str) -> dict[str, str]:
    """Return the whole environment of a child process; ``folder`` is its working folder."""
    environment = {
        "LANG": "C.UTF-8",
        "TMPDIR": folder,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    if format_name in DRIVERS:
        environment |= {
            "GDAL_SKIP": skipped_for(format_name),
            "GDAL_DRIVER_PATH": "disable",
            "GDAL_PAM_ENABLED": "NO",
            "GDAL_NUM_THREADS": "1",
            "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
            "GDAL_HTTP_TIMEOUT": "1",
            "CPL_TMPDIR": folder,
            "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "none",
            "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
            "PROJ_NETWORK": "OFF",
            # A zip without its .shx is common; the index can be made again beside our copy.
            "SHAPE_RESTORE_SHX": "YES",
        }
    return environment
