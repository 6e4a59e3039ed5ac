"""The only wiring: settings become an application."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.routing import compile_path
from structlog.stdlib import ProcessorFormatter

from app import __version__
from app.api import (
    entries,
    imports,
    lists,
    openapi,
    problems,
    site,
    texts,
)
from app.api.middleware import Gate
from app.domain.context import Site
from app.formats import workbook
from app.register import Clock
from app.register.importing import Importing
from app.register.reading import Reading
from app.register.writing import Writing
from app.settings import Settings
from app.store.database import Database
from app.web import pages

DESCRIPTION = (
    "The public register of what an administration has promised to open, by when, by which text, "
    "and what came of it. Reading needs no key."
)
ROUTES = (imports, texts, lists, entries, site)
"""In the order in which they are asked: what has a suffix of its own before what takes any."""
GZIP: dict[str, Any] = {
    "minimum_size": 1000,
    "compresslevel": 5,
    "exclude_content_types": (
        *DEFAULT_EXCLUDED_CONTENT_TYPES,
        *(workbook.XLSX_TYPE, workbook.ODS_TYPE),  # compressed already
    ),
}


def create_app(settings: Settings) -> FastAPI:
    """The application over the database that the settings name."""
    database, clock = Database(settings.database_url), Clock(settings.today)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        database.close()

    app = FastAPI(
        title="Ouvertures",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        exception_handlers=problems.HANDLERS,
        generate_unique_id_function=openapi.operation_id,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.state.site = Site(settings.public_url, settings.contact)
    app.state.reading = Reading(database, clock, app.state.site)
    app.state.writing = Writing(database, clock)
    app.state.importing = Importing(database, clock)
    app.state.pages, app.state.gauges = pages, site.Gauges()
    for module in ROUTES:
        app.include_router(module.router)
    app.openapi = partial(openapi.document, app.openapi)  # type: ignore[method-assign]
    app.state.methods = methods_of(app)
    app.add_middleware(GZipMiddleware, **GZIP)
    app.add_middleware(
        Gate,
        headers=headers(settings),
        count=app.state.gauges.count,
        files={imports.PATH: imports.INTAKE},
    )
    return app


def application() -> FastAPI:
    """The application of the environment’s settings, for servers that make their own workers."""
    settings = Settings()
    configure_logs(settings.log_format)
    return create_app(settings)


def methods_of(app: FastAPI) -> Callable[[str], tuple[str, ...]]:
    """Which methods work at a path: (), where nothing is."""
    known = [
        (compile_path(route.path)[0], route.methods or set())
        for route in iter_route_contexts(app.routes)
        if isinstance(route.path, str)
    ]

    def methods(path: str) -> tuple[str, ...]:
        names: set[str] = set()
        for pattern, allowed in known:
            if pattern.match(path):
                names |= allowed
        if names:
            names.add("OPTIONS")
        return tuple(sorted(names | {"HEAD"} if "GET" in names else names))

    return methods


def headers(settings: Settings) -> dict[str, str]:
    """What every answer carries: nothing is loaded from elsewhere, nothing is guessed."""
    carried = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    }
    if settings.today:
        carried["Ouvertures-Today"] = settings.today.isoformat()
    return carried


def _steps(last: Any) -> list[Any]:
    """What is done to a line of the log, the last step apart."""
    processors = structlog.processors
    stamp = processors.TimeStamper(fmt="iso", utc=True)
    return [processors.add_log_level, stamp, processors.format_exc_info, *last]


def configure_logs(form: str) -> None:
    """One line an answer: JSON for machines, or text for people."""
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    last = structlog.processors.JSONRenderer() if form == "json" else plain
    structlog.configure(
        processors=_steps([last]), logger_factory=structlog.PrintLoggerFactory(sys.stderr)
    )


_AS_JSON = [ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()]
JSON_LOGS = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": ProcessorFormatter, "processors": _steps(_AS_JSON)}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
}
"""How the server itself logs, in the form of our own lines."""
