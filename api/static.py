"""Serve style sheets, scripts and the locked browser packages ourselves."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# Only these packages are served; nothing else that npm installed.
VENDOR_PACKAGES = (
    "leaflet",
    "leaflet.markercluster",
    "@geoman-io/leaflet-geoman-free",
    "swagger-ui-dist",
)


class CachedFiles(StaticFiles):
    """Serve files that a browser may keep: their addresses change with the version."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file: for ever under an address with a version, else for a day."""
        response = await super().get_response(path, scope)
        versioned = b"v=" in scope["query_string"]
        lifetime = "31536000, immutable" if versioned else "86400, must-revalidate"
        response.headers["cache-control"] = f"public, max-age={lifetime}"
        return response


def mount_static(app: FastAPI, assets_dir: Path) -> None:
    """Mount /static/app and /static/vendor/<package> as far as they are installed."""
    app.mount("/static/app", CachedFiles(directory=assets_dir / "app"), name="app-files")
    for package in VENDOR_PACKAGES:
        folder = assets_dir / "node_modules" / package
        app.mount(
            f"/static/vendor/{package}",
            CachedFiles(directory=folder, check_dir=False),
            name=f"vendor-{package}",
        )
