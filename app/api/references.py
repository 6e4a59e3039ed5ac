"""What entries refer to, and the log of all changes: texts, publishers, vocabularies, changes."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.api import schemas
from app.api.deps import (
    SEEN_FROM,
    Anyone,
    Reads,
    SeenFrom,
    Slug,
    answer,
    changed,
    no_parameters,
    parameters,
    tag,
)
from app.api.operations import TEXT_SLUG, reads
from app.domain import search as searches
from app.domain.context import Context
from app.formats import document
from app.formats.document import encode

JSON = "application/json"

router = APIRouter(prefix="/api/v1")


async def stretch(request: Request) -> tuple[int, int]:
    """(after which position, how many events) of a stretch of the log."""
    return searches.read_stretch(request.query_params.multi_items())


@router.get(
    "/changes",
    operation_id="listChanges",
    summary="Follow the ledger",
    tags=["ledger"],
    **reads({JSON: schemas.ChangeList}, takes=parameters("after", "limit")),
)
def list_changes(
    request: Request,
    asked: Annotated[tuple[int, int], Depends(stretch)],
    register: Reads,
) -> Response:
    """Every event in order, with what it changed; `after` the last position that you hold."""
    after, most = asked
    recorded, told = register.changes(after, most)
    head = told.head
    last = recorded[-1].event.position if recorded else after
    address = f"{told.base}/api/v1/changes?after={last}&limit={most}"
    body = {
        "data": [document.change(one, told) for one in recorded],
        "next": address if last < head.position else None,
        "head": {"position": head.position, "hash": head.hash},
    }
    modified = changed(told, head.recorded_at)
    return answer(request, encode(body), JSON, tag(head.position, told, "changes"), modified)


@router.get(
    "/texts",
    operation_id="listTexts",
    summary="List the texts, with what each moved",
    tags=["references"],
    **reads({JSON: schemas.TextList}, 401, takes=parameters(*SEEN_FROM)),
)
def list_texts(request: Request, asked: SeenFrom, register: Reads, actor: Anyone) -> Response:
    """The legal and official texts, oldest first, and every deadline that each moved."""
    found = register.texts(actor, asked.as_of, asked.at)
    told = found.context
    body = {
        "data": [document.text(text, found.moved.get(text.id, ()), told) for text in found.texts],
        "total": len(found.texts),
        "register": document.register(told),
    }
    return _list(request, found.context, body)


@router.get(
    "/texts/{slug}",
    operation_id="getText",
    summary="Read a text, with what it moved",
    tags=["references"],
    **reads({JSON: schemas.Text}, 401, 404, takes=parameters(TEXT_SLUG, *SEEN_FROM)),
)
def get_text(
    request: Request, slug: Slug, asked: SeenFrom, register: Reads, actor: Anyone
) -> Response:
    """One legal or official text, and every deadline that it moved."""
    found = register.texts(actor, asked.as_of, asked.at, slug)
    (text,) = found.texts
    told = document.text(text, found.moved.get(slug, ()), found.context)
    return _list(request, found.context, told)


@router.get(
    "/publishers",
    dependencies=[Depends(no_parameters)],
    operation_id="listPublishers",
    summary="List the organisations",
    tags=["references"],
    **reads({JSON: schemas.OrganizationList}),
)
def list_publishers(request: Request, register: Reads) -> Response:
    """The organisations that promise or open."""
    around = register.present()
    found = around.organizations.values()
    told = around
    body = {
        "data": [document.organization(one) for one in found],
        "total": len(found),
        "register": document.register(told),
    }
    return _list(request, around, body, f"json-{len(found)}")


@router.get(
    "/vocabularies",
    dependencies=[Depends(no_parameters)],
    operation_id="listVocabularies",
    summary="List the words that documents use",
    tags=["references"],
    **reads({JSON: schemas.Vocabularies}),
)
def list_vocabularies(request: Request, register: Reads) -> Response:
    """Types, states, announcements and timeliness: keys, labels and meanings."""
    around = register.present()
    return _list(request, around, document.vocabularies())


def _list(request: Request, around: Context, body: dict[str, Any], voice: str = "json") -> Response:
    etag = tag(around.head.position, around, voice)
    return answer(request, encode(body), JSON, etag, changed(around, around.head.recorded_at))
