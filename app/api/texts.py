"""What entries refer to: legal texts with what each moved, publishers, and vocabularies."""

from fastapi import APIRouter, Request, Response

from app.api.deps import SEEN_FROM, Anyone, Reads, SeenFrom, Slug, in_json, no_parameters
from app.api.openapi import JSON, in_path, parameters, reads
from app.formats import document

TEXT = in_path("slug", "The id of a text.", "arrete-2025-08-29", "text_id")

router = APIRouter(prefix="/api/v1", tags=["references"])


@router.get(
    "/texts",
    summary="List the texts, with what each moved",
    **reads({JSON: "TextList"}, 401, takes=parameters(*SEEN_FROM)),
)
def list_texts(request: Request, asked: SeenFrom, register: Reads, actor: Anyone) -> Response:
    """The legal and official texts, oldest first, and every deadline that each moved."""
    texts = register.texts(actor, asked.as_of, asked.at)
    context, moved = texts.context, texts.moved
    rows = [document.text(row, moved.get(row.id, ()), context) for row in texts.texts]
    body = {"data": rows, "total": len(rows), "register": document.register(context)}
    return in_json(request, body, context)


@router.get(
    "/texts/{slug}",
    summary="Read a text, with what it moved",
    **reads({JSON: "Text"}, 401, 404, takes=parameters(TEXT, *SEEN_FROM)),
)
def get_text(
    request: Request, slug: Slug, asked: SeenFrom, register: Reads, actor: Anyone
) -> Response:
    """One legal or official text, and every deadline that it moved."""
    texts = register.texts(actor, asked.as_of, asked.at, slug)
    body = document.text(texts.texts[0], texts.moved.get(slug, ()), texts.context)
    return in_json(request, body, texts.context)


@router.get(
    "/publishers",
    dependencies=[no_parameters],
    summary="List the organisations",
    **reads({JSON: "OrganizationList"}),
)
def list_publishers(request: Request, register: Reads) -> Response:
    """The organisations that promise or open."""
    context = register.present()
    rows = [document.organization(row) for row in context.organizations.values()]
    body = {"data": rows, "total": len(rows), "register": document.register(context)}
    return in_json(request, body, context, f"json-{len(rows)}")


@router.get(
    "/vocabularies",
    dependencies=[no_parameters],
    summary="List the words that documents use",
    **reads({JSON: "Vocabularies"}),
)
def list_vocabularies(request: Request, register: Reads) -> Response:
    """Types, states, announcements and timeliness: keys, labels and meanings."""
    return in_json(request, document.vocabularies(), register.present())
