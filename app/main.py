"""The only wiring: settings become an application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException

from app import __version__
from app.api import catalog, desk, openings, problems
from app.api.middleware import Gate
from app.domain.errors import Refusal
from app.register import Clock
from app.register.reading import Reading
from app.register.writing import Writing
from app.settings import Settings
from app.store.database import Database
from app.web import pages

DESCRIPTION = (
    "The public register of what an administration has promised to open, by when, by which text, "
    "and what came of it. Reading needs no key."
)


def create_app(settings: Settings) -> FastAPI:
    """The application over the database that the settings name."""
    database = Database(settings.database_url)
    clock = Clock(settings.today)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        database.close()

    app = FastAPI(
        title="Ouvertures",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.reading = Reading(database, clock)
    app.state.writing = Writing(database, clock)
    for face in (openings.router, desk.router, catalog.router, pages.router):
        app.include_router(face)
    app.add_exception_handler(Refusal, problems.answer_refusal)
    app.add_exception_handler(RequestValidationError, problems.answer_validation)
    app.add_exception_handler(StarletteHTTPException, problems.answer_http)
    app.add_middleware(Gate, base=settings.public_url, frozen=settings.today)
    return app
