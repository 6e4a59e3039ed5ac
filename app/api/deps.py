"""What a route may ask for: the register, who asks, what is sought, and on which conditions.

And `answer`, the one way in which a voice’s bytes leave with their validators.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from app.api.operations import EXAMPLES
from app.domain import search as searches
from app.domain.access import PUBLIC, Actor
from app.domain.context import Context
from app.domain.errors import Missing, Unauthenticated, Unconditional
from app.domain.search import PARAMETERS, Parameter, Search
from app.formats import links
from app.formats.links import Link
from app.register.reading import Reading
from app.register.writing import Writing

_bearer = HTTPBearer(auto_error=False, description="A key of your organisation.")
_header = APIKeyHeader(name="X-API-KEY", auto_error=False, description="The same key.")
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_ADDRESSED = re.compile(r"[A-Za-z0-9-]{1,100}")


async def reading(request: Request) -> Reading:
    """The register, for reading."""
    found: Reading = request.app.state.reading
    return found


async def writing(request: Request) -> Writing:
    """The register, for writing."""
    found: Writing = request.app.state.writing
    return found


Reads = Annotated[Reading, Depends(reading)]
Writes = Annotated[Writing, Depends(writing)]


def anyone(
    register: Reads,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    header: Annotated[str | None, Security(_header)],
) -> Actor:
    """Who asks: the public without a key. A key that is no good is refused, never ignored."""
    key = bearer.credentials if bearer else header
    return register.identify(key) if key else PUBLIC


def team(actor: Annotated[Actor, Depends(anyone)]) -> Actor:
    """Who writes: someone with a key."""
    if actor is PUBLIC:
        raise Unauthenticated("This needs a key: Authorization: Bearer KEY.")
    return actor


Anyone = Annotated[Actor, Depends(anyone)]
Team = Annotated[Actor, Depends(team)]


def parameters(
    *rows: str | Parameter | Mapping[str, object],
) -> dict[str, tuple[Mapping[str, object], ...]]:
    """The OpenAPI description of parameters: those of the query by name, from the one table.

    As a tuple, it takes the place of what FastAPI finds of an address; a list would be added.
    """
    described: list[Mapping[str, object]] = []
    for row in rows:
        if isinstance(row, Mapping):
            described.append(row)
            continue
        known = PARAMETERS[row] if isinstance(row, str) else row
        name, one = known.name, dict(known.schema)
        schema = {"type": "array", "items": one} if known.repeatable else one
        told = {"name": name, "in": "query", "description": known.meaning, "schema": schema}
        described.append({**told, "example": EXAMPLES[name]} if name in EXAMPLES else told)
    return {"parameters": tuple(described)}


async def no_parameters(request: Request) -> None:
    """Refuses every query parameter, where an address takes none."""
    searches.read(request.query_params.multi_items(), names=())


async def seen_from(request: Request) -> Search:
    """`as_of` and `at`, where an address takes nothing else."""
    return searches.read(request.query_params.multi_items(), names=SEEN_FROM)


async def position_only(request: Request) -> int | None:
    """`at`, where an address takes nothing else."""
    return searches.read(request.query_params.multi_items(), names=("at",)).at


SEEN_FROM = ("as_of", "at")
SeenFrom = Annotated[Search, Depends(seen_from)]
At = Annotated[int | None, Depends(position_only)]


async def slug(slug: str) -> str:
    """A name in an address. What cannot be one is simply not here."""
    if not _ADDRESSED.fullmatch(slug):
        raise Missing("entry", slug[:100])
    return slug


Slug = Annotated[str, Depends(slug)]


async def expected(request: Request) -> frozenset[int]:
    """The versions that `If-Match` names. Raises Unconditional, or Stale for a tag of the past."""
    given = ",".join(request.headers.getlist("if-match")).strip()
    if not given or given == "*":
        raise Unconditional
    versions = (re.fullmatch(r"v(\d{1,18})(\..*)?", tag) for tag in _TAG.findall(given))
    return frozenset(int(version[1]) for version in versions if version)


Expected = Annotated[frozenset[int], Depends(expected)]


def tag(version: int, around: Context, voice: str) -> str:
    """The ETag of an answer. One of the past begins with p, so that nothing is changed by it.

    A name that was given another time than a claim shows in the voice, and so does a position.
    """
    kind = "v" if around.snapshot.as_of is None and around.snapshot.at is None else "p"
    if around.snapshot.at is not None:
        voice = f"{voice}-at{around.snapshot.at}" + (
            "" if around.snapshot.as_of is None else "-dated"
        )
    if around.renamed_at:
        voice = f"{voice}-{around.renamed_at:%Y%m%d%H%M%S}"
    return f'"{kind}{version}.{around.day:%Y%m%d}.{voice}"'


def answer(
    request: Request,
    body: bytes,
    media_type: str,
    etag: str,
    modified: datetime,
    headers: Mapping[str, str] | None = None,
    around: Iterable[Link] = (),
) -> Response:
    """Bytes with their validators and links, or 304 when the reader holds them already."""
    base = request.app.state.site.base
    told = {
        "ETag": etag,
        "Last-Modified": format_datetime(modified.astimezone(UTC), usegmt=True),
        "Cache-Control": "no-cache",
        "Vary": "Accept, Authorization, X-API-KEY",
        "Link": links.header([*around, *links.everywhere(base)]),
        **(headers or {}),
    }
    if _held(request, etag, modified):
        return Response(status_code=304, headers=told)
    return Response(body, headers={**told, "Content-Type": media_type})


def _held(request: Request, etag: str, modified: datetime) -> bool:
    """RFC 9110, 13: If-None-Match decides alone where it is given."""
    if given := ",".join(request.headers.getlist("if-none-match")):
        return given.strip() == "*" or etag.strip('"') in _TAG.findall(given)
    since = request.headers.get("if-modified-since")
    try:
        return since is not None and modified <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


def neighbour(request: Request, path: str, around: Context | None, **place: object) -> str:
    """Another page of the same list: of the day and position of this answer, so nothing moves."""
    if around:
        place = {"as_of": around.day.isoformat(), "at": around.head.position, **place}
    kept = [
        pair
        for pair in request.query_params.multi_items()
        if pair[0] not in (*place, "page", "cursor")
    ]
    query = urlencode([*kept, *((name, str(value)) for name, value in place.items())])
    return f"{request.app.state.site.base}{path}?{query}"


def changed(around: Context, *recorded: datetime | None) -> datetime:
    """When an answer last changed: with what is recorded, and at midnight, when lateness turns."""
    moments = [moment for moment in recorded if moment]
    return max([*moments, around.midnight, around.renamed_at or around.midnight])
