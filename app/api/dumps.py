"""The whole catalogue in one compressed file in each syntax, their checksums and their index."""

import base64
from collections.abc import Callable, Iterable
from functools import partial
from typing import IO, Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import StreamingResponse

from app.api import schemas
from app.api.catalog import OF_CATALOG
from app.api.deps import answer, changed, neighbour, parameters, tag
from app.api.operations import reads, suffix_of
from app.api.schemas import JSON
from app.domain import search as searches
from app.domain.commitments import Commitment
from app.domain.context import Context
from app.domain.errors import Missing
from app.domain.search import PAGING
from app.formats import BY_SUFFIX, FORMATS, Format, document, links
from app.formats.document import encode
from app.formats.dumps import MEDIA_TYPE
from app.register.dumps import Dump, Dumps, Sought

DUMPED = tuple(row for row in FORMATS if row.dump)
OF_DUMPS = tuple(name for name in OF_CATALOG if name not in PAGING)
TEXT = "text/plain; charset=utf-8"
_DIGEST = {"Repr-Digest": {"description": "SHA-256 (RFC 9530).", "schema": {"type": "string"}}}
_BINARY = {MEDIA_TYPE: {"type": "string", "format": "binary"}}

router = APIRouter()


async def shelf(request: Request) -> Dumps:
    """The dumps of this process."""
    found: Dumps = request.app.state.dumps
    return found


Shelf = Annotated[Dumps, Depends(shelf)]


def sought(request: Request, dumps: Shelf) -> Sought:
    """What a dump is to hold: all that is sought, ordered by permanent name."""
    pairs = request.query_params.multi_items()
    return dumps.seek(searches.read(pairs, names=OF_DUMPS, given={"sort": "slug"}))


async def dumped(suffix: str) -> Format:
    """The syntax of a suffix, if the catalogue is dumped in it."""
    found = BY_SUFFIX.get(suffix)
    if found is None or found.dump is None:
        raise Missing("syntax", suffix[:20])
    return found


Asked = Annotated[Sought, Depends(sought)]
Dumped = Annotated[Format, Depends(dumped)]


@router.get(
    "/dumps.json",
    operation_id="listDumps",
    summary="List the dumps of the catalogue, with their checksums",
    tags=["catalogue"],
    **reads({JSON: schemas.DumpList}, takes=parameters(*OF_DUMPS)),
)
def list_dumps(request: Request, asked: Asked, dumps: Shelf) -> Response:
    """Every dump, at an address whose bytes do not change. Those not there yet are made."""
    return _answer(request, asked, (JSON, "dumps"), partial(_index, request, asked, dumps))


@router.get(
    "/catalog.{suffix}.gz",  # noqa: FAST003 `dumped` takes it
    operation_id="getDump",
    summary="Take the whole catalogue in one compressed file",
    tags=["catalogue"],
    **reads(_BINARY, 404, takes=parameters(suffix_of(DUMPED), *OF_DUMPS), headers=_DIGEST),
)
def dump(request: Request, row: Dumped, asked: Asked, dumps: Shelf) -> Response:
    """The whole catalogue in one syntax: what all its pages say, of one day and one position."""
    get = partial(_get, row, asked, dumps)
    return _answer(request, asked, (MEDIA_TYPE, f"{row.suffix}.gz"), get, _file(row))


@router.get(
    "/catalog.{suffix}.gz.sha256",  # noqa: FAST003 `dumped` takes it
    operation_id="getDumpChecksum",
    summary="Read the checksum of a dump",
    tags=["catalogue"],
    **reads(
        {"text/plain": {"type": "string"}}, 404, takes=parameters(suffix_of(DUMPED), *OF_DUMPS)
    ),
)
def checksum(request: Request, row: Dumped, asked: Asked, dumps: Shelf) -> Response:
    """The SHA-256 of a dump, as `sha256sum --check` takes it."""

    def line() -> bytes:
        return f"{_get(row, asked, dumps).sha256.hex()}  {_file(row)}\n".encode()

    return _answer(request, asked, (TEXT, f"{row.suffix}.gz.sha256"), line)


def _answer(
    request: Request,
    asked: Sought,
    voice: tuple[str, str],
    make: Callable[[], bytes | Dump],
    file: str | None = None,
) -> Response:
    """What is made, unless the reader holds it: then nothing is."""
    around, base = asked.context, request.app.state.site.base
    head = answer(
        request,
        b"",
        voice[0],
        tag(around.head.position, around, voice[1]),
        changed(around, around.head.recorded_at),
        {"Content-Disposition": f'attachment; filename="{file}"'} if file else None,
        links.of_catalogue(base, request.query_params.multi_items(), None),
    )
    if head.status_code == 304:
        return head
    made = make()
    del head.headers["Content-Length"]
    if isinstance(made, bytes):
        return Response(made, headers=head.headers)
    head.headers["Content-Length"] = str(made.size)
    head.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(made.sha256).decode()}:"
    head.headers["Accept-Ranges"] = "none"
    return head if "head" in request.scope else StreamingResponse(made.read(), headers=head.headers)


def _get(row: Format, asked: Sought, dumps: Dumps) -> Dump:
    def write(entries: Iterable[Commitment], around: Context, file: IO[bytes]) -> tuple[str, ...]:
        assert row.dump is not None  # noqa: S101 chosen among those that have one
        return row.dump(entries, around, file)

    return dumps.get(asked, row.suffix, write)


def _file(row: Format) -> str:
    """What the file is called, by its checksum too: the end of its address."""
    return f"catalog.{row.suffix}.gz"


def _index(request: Request, asked: Sought, dumps: Dumps) -> bytes:
    """The dumps of one day and one position, which their addresses name."""
    made = {row: _get(row, asked.fixed, dumps) for row in DUMPED}
    data = [_described(request, asked, row, one) for row, one in made.items()]
    held = document.register(asked.context)
    return encode({"data": data, "total": len(data), "register": held})


def _described(request: Request, asked: Sought, row: Format, made: Dump) -> dict[str, Any]:
    path, around = f"/{_file(row)}", asked.context
    return {
        "syntax": row.name,
        "media_type": row.media_type,
        "url": neighbour(request, path, around),
        "checksum_url": neighbour(request, f"{path}.sha256", around),
        "compression": MEDIA_TYPE,
        "bytes": made.size,
        "sha256": made.sha256.hex(),
        "set_apart": list(made.set_apart),
    }
