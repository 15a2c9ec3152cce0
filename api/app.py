"""Put the service together: one ASGI application from settings."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI

from api import VERSION, problem_answers
from api.accounts import page_routes as account_pages
from api.accounts import routes as accounts
from api.areas import routes as areas
from api.calendar import routes as calendar
from api.compression import compressed
from api.description import complete_description
from api.desk import page_routes as desk_page
from api.desk import routes as desk
from api.duplicates import routes as duplicates
from api.duty import page_routes as duty_page
from api.duty import registry_routes as duty_registry
from api.duty import roster_routes as duty_files
from api.duty import routes as duty
from api.edge import BodyLimit, SecurityHeaders
from api.error_page import install_error_page
from api.health import routes as health
from api.history import routes as history
from api.imports import page_routes as import_pages
from api.imports import routes as imports
from api.interop import export_routes as exports
from api.locating import batch_routes as locating_batches
from api.locating import routes as locating
from api.locating.fast_path import FastLocate
from api.logs import AccessLog, configure_logging
from api.notices import routes as notices
from api.overview import page_routes as overview_pages
from api.overview import routes as overview
from api.phone import page_routes as phone
from api.photos import routes as photos
from api.places import import_routes as place_imports
from api.places import page_routes as place_pages
from api.places import proposal_routes as place_proposals
from api.places import routes as places
from api.places import suggest_routes as place_suggestions
from api.plans import changeset_routes as plan_changesets
from api.plans import page_routes as plan_pages
from api.plans import paper_routes as plan_papers
from api.plans import reading_routes as plan_reading
from api.plans import routes as plans
from api.reports import routes as reports
from api.reports import step_routes as report_steps
from api.routing import page_routes as routing_pages
from api.routing import routes as routing
from api.service_parts import build_service
from api.settings import Settings, get_settings
from api.static import mount_static
from api.stream import routes as stream
from api.stream.hub import Hub
from api.strict_json import StrictRoute


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; nothing is opened before it starts."""
    settings = settings or get_settings()
    configure_logging(settings.log_level)
    service = build_service(settings)
    hub = Hub(service)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # One connection a thread: a thread that waits for a connection serves nobody.
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.pool_size
        async with hub.running():
            yield
        service.database.close()

    app = FastAPI(
        title="wangge 网格服务管理",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        # Nothing is sent to anybody, and to ask each time whether it should be has its price.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.router.route_class = StrictRoute
    app.state.service = service
    app.state.hub = hub
    problem_answers.install(app)
    install_error_page(app)
    for module in (
        health,
        accounts,
        account_pages,
        areas,
        calendar,
        history,
        exports,
        locating,
        locating_batches,
        plans,
        plan_changesets,
        plan_pages,
        plan_papers,
        imports,
        import_pages,
        plan_reading,
        duty,
        duty_registry,
        duty_files,
        duty_page,
        desk,
        desk_page,
        duplicates,
        reports,
        report_steps,
        notices,
        phone,
        photos,
        # Words of ours before ids of places.
        place_pages,
        place_imports,
        place_proposals,
        place_suggestions,
        places,
        stream,
        overview,
        overview_pages,
        routing,
        routing_pages,
    ):
        app.include_router(module.router)
    app.include_router(duty_files.export)
    app.include_router(duty_page.pages)
    app.include_router(phone.pages)
    complete_description(app)
    mount_static(app, settings.assets_dir)
    app.add_middleware(compressed)
    app.add_middleware(FastLocate, service=service)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(AccessLog)
    return app


def create_server() -> FastAPI:
    """Return the application for a process that does nothing else but serve it.

    What it holds in memory stays: to look through a county for garbage would stop every answer for
    a good part of a second, just when a publication has made new objects.
    """
    app = create_app()
    app.state.hub.when_loaded = gc.freeze
    return app
