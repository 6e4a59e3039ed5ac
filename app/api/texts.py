"""What entries refer to: legal texts with what each moved, publishers, and vocabularies."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from app.api import deps
from app.api.deps import SEEN_FROM, Anyone, Reads, SeenFrom, Slug, Team, Writes, in_json
from app.api.openapi import LOCATION, PROGRAMME, in_path
from app.domain.claims import NewProgramme, NewText, ProgrammePatch, TextPatch
from app.domain.context import Context
from app.formats import document
from app.register.reading import Programmes, Texts

TEXT = in_path("slug", "The id of a text.", "arrete-2025-08-29", "text_id")

router = APIRouter(prefix="/api/v1", tags=["references"])
_reading, _changing = partial(deps.reading, router), partial(deps.changing, router)


def _all(request: Request, rows: list[Any], context: Context, name: str = "") -> Response:
    body = {"data": rows, "total": len(rows), "register": document.register(context)}
    return in_json(request, body, context, name)


def _stated(response: Response, register: Reads, path: str) -> Response:
    response.status_code = 201
    response.headers["Location"] = f"{register.site.base}/api/v1/{path}"
    return response


@_reading("/texts", "List the texts, with what each moved", "TextList", 401, takes=SEEN_FROM)
def list_texts(request: Request, asked: SeenFrom, register: Reads, actor: Anyone) -> Response:
    """The legal and official texts, oldest first, and every deadline that each moved."""
    texts = register.texts(actor, asked.as_of, asked.at)
    return _all(request, _texts_in_json(texts), texts.context)


def _texts_in_json(texts: Texts) -> list[document.Document]:
    return [document.text(row, texts.moved.get(row.id, ()), texts.context) for row in texts.texts]


@_reading(
    "/texts/{slug}", "Read a text, with what it moved", "Text", 401, 404, takes=(TEXT, *SEEN_FROM)
)
def get_text(
    request: Request, slug: Slug, asked: SeenFrom, register: Reads, actor: Anyone
) -> Response:
    """One legal or official text, and every deadline that it moved."""
    return _text(request, register.texts(actor, asked.as_of, asked.at, slug))


def _text(request: Request, texts: Texts) -> Response:
    (body,) = _texts_in_json(texts)
    return in_json(request, body, texts.context)


@_changing("/texts", "State a text", "Text", 409, headers=LOCATION, status=201)
def state_text(
    request: Request, actor: Team, body: NewText, desk: Writes, register: Reads
) -> Response:
    """State a legal or official text that claims can name."""
    slug = desk.state(body, actor)
    return _stated(_text(request, register.texts(actor, only=slug)), register, f"texts/{slug}")


@_changing("/texts/{slug}", "Correct a text", "Text", 404, takes=[TEXT], merges=True)
def correct_text(
    request: Request, actor: Team, slug: Slug, body: TextPatch, desk: Writes, register: Reads
) -> Response:
    """Correct what is known of a text: another title, an address, whether it binds."""
    desk.correct_text(slug, body, actor)
    return _text(request, register.texts(actor, only=slug))


@_reading("/programmes", "List the programmes", "ProgrammeList", 401, takes=SEEN_FROM)
def list_programmes(request: Request, asked: SeenFrom, register: Reads, actor: Anyone) -> Response:
    """The plans whose promises are kept here, and how much of each is open."""
    known = register.programmes(actor, asked)
    return _all(request, programmes_in_json(known), known.context)


@_reading(
    *("/programmes/{programme}", "Read a programme", "Programme", 401, 404),
    takes=(PROGRAMME, *SEEN_FROM),
)
def get_programme(
    request: Request, programme: Slug, asked: SeenFrom, register: Reads, actor: Anyone
) -> Response:
    """One plan: whose it is, its period, its text, and where its entries are."""
    return _programme(request, register.programmes(actor, asked, programme))


def programmes_in_json(known: Programmes) -> list[document.Document]:
    """The documents of programmes."""
    return [
        document.programme(
            row, openings.facets.get("state", {}), actions.facets.get("state", {}), known.context
        )
        for row, openings, actions in known.rows
    ]


def _programme(request: Request, known: Programmes) -> Response:
    (body,) = programmes_in_json(known)
    return in_json(request, body, known.context)


@_changing("/programmes", "State a programme", "Programme", 409, headers=LOCATION, status=201)
def state_programme(
    request: Request, actor: Team, body: NewProgramme, desk: Writes, register: Reads
) -> Response:
    """State a plan of one’s own organisation, for entries to belong to."""
    slug = desk.state(body, actor)
    response = _programme(request, register.programmes(actor, only=slug))
    return _stated(response, register, f"programmes/{slug}")


@_changing(
    *("/programmes/{programme}", "Correct a programme", "Programme", 404),
    takes=[PROGRAMME],
    merges=True,
)
def correct_programme(
    request: Request,
    actor: Team,
    programme: Slug,
    body: ProgrammePatch,
    desk: Writes,
    register: Reads,
) -> Response:
    """Correct what is known of a plan: its title, its period, its text."""
    desk.correct_programme(programme, body, actor)
    return _programme(request, register.programmes(actor, only=programme))


@_reading("/publishers", "List the organisations", "OrganizationList")
def list_publishers(request: Request, register: Reads) -> Response:
    """The organisations that promise or open."""
    context = register.present()
    rows = [document.organization(row) for row in context.organizations.values()]
    return _all(request, rows, context, f"json-{len(rows)}")


@_reading("/vocabularies", "List the words that documents use", "Vocabularies")
def list_vocabularies(request: Request, register: Reads) -> Response:
    """Types, states, announcements and timeliness: keys, labels and meanings."""
    return in_json(request, document.vocabularies(), register.present())
