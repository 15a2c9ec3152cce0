"""Serve style sheets, scripts and the locked browser packages ourselves."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

# Only these packages are served; nothing else that npm installed.
VENDOR_PACKAGES = ("leaflet", "leaflet.markercluster", "swagger-ui-dist")


class CachedFiles(StaticFiles):
    """Serve files that a browser may keep: their addresses change with the version."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """Return the file with a cache lifetime of a day, checked again after it."""
        response: Response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "public, max-age=86400, must-revalidate"
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
