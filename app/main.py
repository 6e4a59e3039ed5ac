"""The only wiring: settings become an application, which is served."""

import gc
import logging
import os
import secrets
import socket
import sys
from asyncio import get_running_loop
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
import uvicorn
from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from structlog.stdlib import ProcessorFormatter
from uvicorn.config import LOGGING_CONFIG
from uvicorn.supervisors import Multiprocess

from app import __version__
from app.api import deps, entries, history, lists, members, openapi, problems, site, texts
from app.api.cache import Cache, viewer
from app.api.middleware import MOST_BODY, Gate, Intake, Routing
from app.api.protocol import SHORTCUT, Protocol, Quotas, Shortcut
from app.domain.context import Site
from app.domain.errors import Unavailable
from app.formats import workbook
from app.formats.notes import Signer
from app.register import Clock
from app.register.importing import Importing
from app.register.reading import Reading
from app.register.teams import Teams
from app.register.writing import Writing
from app.settings import PREFIX, Settings
from app.store.database import Database
from app.web import desk, pages, prose, rendering, team, visits
from app.web.rendering import Brand
from app.web.visits import Sessions

if TYPE_CHECKING:
    from app.web.oidc import Issuer

DESCRIPTION = (
    "The public register of what an administration has promised to open, by when, by which text, "
    "and what came of it. Reading needs no key."
)
ROUTES = (members, texts, history, lists, entries, site, desk, team)
"""In the order in which they are asked: what has a suffix of its own before what takes any."""
INTAKES = {
    members.IMPORTS: members.TABLES,
    **dict.fromkeys(visits.PATHS, Intake(MOST_BODY, (visits.FORM,))),
    **dict.fromkeys(rendering.DESK["import"].values(), Intake(8 * MOST_BODY, visits.FORMS)),
}
"""What addresses take in the place of JSON: a table, or a form of the desk, with a file in it."""
PATIENCE = 4
"""Seconds that a statement may take to read: a server that is silent is given up after."""
GZIP: dict[str, Any] = {
    "minimum_size": 1000,
    "compresslevel": 5,
    "exclude_content_types": (  # compressed already
        *("application/gzip", "image/png", workbook.XLSX_TYPE, workbook.ODS_TYPE),
    ),
}

log = structlog.get_logger("ouvertures")

READERS = 40
"""How many may be answered at once from the database."""
TURN = 0.0002
"""Seconds that a thread works before another may: a reader waits for several turns."""
GRACE_SECONDS, LEAVE_SECONDS = 7, 2
"""How long answers go on after SIGTERM, and then threads: less than what containers are given."""
SERVER: dict[str, Any] = {
    "http": Protocol,
    "server_header": False,
    "access_log": False,
    "timeout_graceful_shutdown": GRACE_SECONDS,
    # So long may a worker take to start, where many do at once: after 5, all are begun anew, again.
    "timeout_worker_healthcheck": 30,
}


def create_app(settings: Settings, leave: Callable[[], None] = lambda: None) -> FastAPI:
    """The application over the database that the settings name. In the end, it calls `leave`."""
    database, clock = _database(settings), Clock(settings.today)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Shortcut]]:
        get_running_loop().set_default_executor(ThreadPoolExecutor(READERS))
        yield {SHORTCUT: shortcut} if database.sqlite else {}
        database.close()
        leave()

    app = FastAPI(
        title="Ouvertures",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # asked at each request
        docs_url=None,
        redoc_url=None,
    )
    _furnish(app, settings, database, clock)
    shortcut = _shortcut(settings, database, clock, app.state.gauges)
    for router in (*(module.router for module in ROUTES), site.about(rendering.PROSE)):
        app.router.routes.extend(router.routes)
    app.openapi = partial(openapi.document, app.openapi, settings.public_url)  # type: ignore[method-assign]
    app.add_middleware(Routing, routes=app.routes)
    app.add_middleware(GZipMiddleware, **GZIP)
    app.add_middleware(members.Doorkeeper)
    app.add_middleware(
        Gate,
        headers=headers(settings),
        cache=shortcut.cache,
        intakes=INTAKES,
        viewer=lambda scope: viewer(scope) or app.state.sessions.viewer(scope),
        quotas=shortcut.quotas,
        hosts=settings.hosts.split(",") if settings.hosts else (),
    )
    return app


def _database(settings: Settings) -> Database:
    if not settings.database_read_url:
        return Database(settings.database_url, PATIENCE)
    from app.store.postgresql import Replicated  # noqa: PLC0415 most registers have no replica

    return Replicated(settings.database_url, settings.database_read_url, PATIENCE)


def _furnish(app: FastAPI, settings: Settings, database: Database, clock: Clock) -> None:
    """Give the application what its routes ask for."""
    state = app.state
    state.site = Site(settings.public_url, settings.contact)
    state.reading = Reading(database, clock, state.site)
    state.writing, state.importing = Writing(database, clock), Importing(database, clock)
    state.teams = Teams(database, clock)
    state.desk, state.signer = CapacityLimiter(deps.WRITERS), _signer(settings)
    state.pages, state.prose, state.gauges = pages, prose, site.Gauges()
    state.at_the_desk, state.sessions = deps.at_the_desk, _sessions(settings)
    state.refusals = {name: problem.title for name, problem in problems.EVERY.items()}
    state.issuer, state.logo = _issuer(settings), _logo(settings)
    rendering.brand(Brand(settings.name, settings.logo is not None, settings.legal))


def application() -> FastAPI:
    """The application of the environment’s settings, for servers that make their own workers."""
    settings = Settings()
    configure_logs(settings.log_format)
    made = create_app(settings, leave)
    settle()
    return made


def settle() -> None:
    """Let readers through while a thread works: no long turns, and no look at what was loaded."""
    sys.setswitchinterval(TURN)
    gc.collect()
    gc.freeze()


def _shortcut(
    settings: Settings, database: Database, clock: Clock, gauges: site.Gauges
) -> Shortcut:
    """What is answered before anything else, and who is counted even so."""
    cache = Cache(
        database.state,
        clock.today,
        most=settings.cache_mib * 2**20,
        at_once=database.sqlite,
        count=gauges.count,
        reaches=database.reaches,
    )
    return Shortcut(cache, Quotas(settings.quota_reads, settings.quota_writes))


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


# Serving.


def serve(settings: Settings, listener: socket.socket, workers: int, new: int) -> None:
    """Answer until it is stopped. Machines read where in the log, people before it."""
    if settings.session_secret is None:  # of all workers, so that a session is known to each
        os.environ[f"{PREFIX}SESSION_SECRET"] = secrets.token_hex(32)
    in_json = settings.log_format == "json"
    if in_json:
        log.info("serving", address=settings.public_url, new=new)
    config = uvicorn.Config(
        create_app(settings, leave) if workers == 1 else "app.main:application",
        factory=workers > 1,
        workers=workers,
        log_config=None if in_json else LOGGING_CONFIG,
        log_level="warning",
        **SERVER,
    )
    if workers == 1:
        settle()
        uvicorn.Server(config).run([listener])
    else:
        Multiprocess(config, [listener]).run()


def leave() -> None:
    """End the process soon, also when a thread does not end, such as one that makes a dump."""
    end = Timer(LEAVE_SECONDS, os._exit, [0])
    end.daemon = True
    end.start()


def _sessions(settings: Settings) -> Sessions:
    """Who is at the desk. Without a secret of the operator, one is made that ends with us."""
    secret, base = settings.session_secret, urlsplit(settings.public_url)
    return Sessions(
        secret.get_secret_value() if secret else secrets.token_hex(32),
        [base.path + path for path in rendering.DESK["home"].values()],
        secure=base.scheme == "https",
    )


def _logo(settings: Settings) -> tuple[bytes, str] | None:
    """The mark of the register, with its media type. Raises Unavailable for another kind."""
    if (file := settings.logo) is None:
        return None
    media_type = {".svg": "image/svg+xml", ".png": "image/png"}.get(file.suffix.lower())
    if media_type is None:
        raise Unavailable(f"{PREFIX}LOGO: {file.name} is neither SVG nor PNG.")
    return file.read_bytes(), media_type


def _issuer(settings: Settings) -> "Issuer | None":
    """Who vouches for members, if somebody does. Raises Unavailable where half of it is set."""
    if settings.oidc_issuer is None:
        return None
    if not settings.oidc_client_id or settings.oidc_client_secret is None:
        raise Unavailable(
            f"{PREFIX}OIDC_ISSUER is set: {PREFIX}OIDC_CLIENT_ID and {PREFIX}OIDC_CLIENT_SECRET "
            "are needed too."
        )
    from app.web.oidc import Issuer  # noqa: PLC0415 it loads much, and most registers have none

    return Issuer(
        settings.oidc_issuer,
        settings.oidc_name,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.oidc_scopes,
    )


def _signer(settings: Settings) -> Signer:
    """Who states the head of the ledger. Raises Unavailable for a key that is none."""
    if settings.checkpoint_key is None:
        return Signer(settings.public_url.partition("://")[2])
    try:
        signer = Signer.read(settings.checkpoint_key.get_secret_value())
    except ValueError as fault:
        raise Unavailable(f"OUVERTURES_CHECKPOINT_KEY: this takes {fault}.") from None
    if signer.name != (name := settings.public_url.partition("://")[2]):
        # A register that has moved keeps its key; another’s was copied by mistake.
        log.warning("checkpoint key of another address", key=signer.name, address=name)
    return signer


def listen(host: str, port: int) -> socket.socket:
    """The socket to serve on, taken before anything else is done. Raises Unavailable."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as fault:
        why = fault.strerror or fault
        raise Unavailable(f"Nothing can listen on {host}, port {port}: {why}.") from None
    listener.set_inheritable(True)
    return listener


def inherited(descriptor: int) -> socket.socket:
    """The socket that whoever started the program listens on. Raises Unavailable."""
    try:
        listener = socket.socket(fileno=descriptor)
    except OSError as fault:
        raise Unavailable(f"Descriptor {descriptor} is no socket: {fault.strerror}.") from None
    listener.set_inheritable(True)
    return listener


def address(host: str, port: int) -> str:
    """Where this machine reaches what listens on a host, every interface included."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 it is read, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def welcome(base: str) -> str:
    """What to try first, for a person who has just started the register."""
    return Path(__file__).with_name("welcome.txt").read_text("utf-8").format(base=base)


def configure_logs(form: str) -> None:
    """One line an answer: JSON for machines, then for the server’s own lines too, or text."""
    processors = structlog.processors
    stamp = processors.TimeStamper(fmt="iso", utc=True)
    steps: list[Any] = [processors.add_log_level, stamp, processors.format_exc_info]
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    last = processors.JSONRenderer() if form == "json" else plain
    structlog.configure(
        processors=[*steps, last],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    if form == "json":
        handler, bare = logging.StreamHandler(), ProcessorFormatter.remove_processors_meta
        handler.setFormatter(ProcessorFormatter(processors=[*steps, bare, last]))
        logging.basicConfig(handlers=[handler], level=logging.WARNING)
