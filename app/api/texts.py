"""What entries refer to: legal texts with what each moved, publishers, and vocabularies."""

from typing import Annotated

from fastapi import Body, Request, Response

from app.api import deps
from app.api.deps import (
    PROGRAMME,
    SEEN_FROM,
    Anyone,
    Reads,
    SeenFrom,
    Slug,
    Team,
    Writes,
    in_json,
    no_parameters,
)
from app.api.openapi import (
    EXAMPLES,
    JSON,
    LOCATION,
    MERGE_PATCH,
    in_path,
    parameters,
    reads,
    writes,
)
from app.domain.claims import NewProgramme, NewText, ProgrammePatch, TextPatch
from app.formats import document
from app.register import glances
from app.register.reading import Texts

TEXT = in_path("slug", "The id of a text.", "arrete-2025-08-29", "text_id")

router = deps.Room(prefix="/api/v1", tags=["references"])


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
    return _text(request, register.texts(actor, asked.as_of, asked.at, slug))


def _text(request: Request, texts: Texts) -> Response:
    (text,) = texts.texts
    body = document.text(text, texts.moved.get(text.id, ()), texts.context)
    return in_json(request, body, texts.context)


@router.post(
    "/texts",
    status_code=201,
    dependencies=[no_parameters],
    summary="State a text",
    **writes("Text", NewText, EXAMPLES["stateText"], 409, headers=LOCATION, status=201),
)
@deps.writing
def state_text(
    request: Request, actor: Team, body: Annotated[NewText, Body()], desk: Writes, register: Reads
) -> Response:
    """State a legal or official text that claims can name."""
    slug = desk.state(body, actor)
    response = _text(request, register.texts(actor, only=slug))
    response.status_code = 201
    response.headers["Location"] = f"{register.site.base}/api/v1/texts/{slug}"
    return response


@router.patch(
    "/texts/{slug}",
    dependencies=[no_parameters],
    summary="Correct a text",
    **writes(
        "Text",
        TextPatch,
        EXAMPLES["correctText"],
        404,
        takes=parameters(TEXT),
        types=(MERGE_PATCH, JSON),
    ),
)
@deps.writing
def correct_text(
    request: Request,
    actor: Team,
    slug: Slug,
    body: Annotated[TextPatch, Body(media_type=MERGE_PATCH)],
    desk: Writes,
    register: Reads,
) -> Response:
    """Correct what is known of a text: another title, an address, whether it binds."""
    desk.correct_text(slug, body, actor)
    return _text(request, register.texts(actor, only=slug))


@router.get(
    "/programmes",
    summary="List the programmes",
    **reads({JSON: "ProgrammeList"}, 401, takes=parameters(*SEEN_FROM)),
)
def list_programmes(request: Request, asked: SeenFrom, register: Reads, actor: Anyone) -> Response:
    """The plans whose promises are kept here, and how much of each is open."""
    known = glances.programmes(register, actor, asked)
    rows = programmes_in_json(known)
    body = {"data": rows, "total": len(rows), "register": document.register(known.context)}
    return in_json(request, body, known.context)


@router.get(
    "/programmes/{programme}",
    summary="Read a programme",
    **reads({JSON: "Programme"}, 401, 404, takes=parameters(PROGRAMME, *SEEN_FROM)),
)
def get_programme(
    request: Request, programme: Slug, asked: SeenFrom, register: Reads, actor: Anyone
) -> Response:
    """One plan: whose it is, its period, its text, and where its entries are."""
    return _programme(request, glances.programmes(register, actor, asked, programme))


def programmes_in_json(known: glances.Programmes) -> list[document.Document]:
    """The documents of programmes."""
    return [
        document.programme(
            row, openings.facets.get("state", {}), actions.facets.get("state", {}), known.context
        )
        for row, openings, actions in known.rows
    ]


def _programme(request: Request, known: glances.Programmes) -> Response:
    (body,) = programmes_in_json(known)
    return in_json(request, body, known.context)


@router.post(
    "/programmes",
    status_code=201,
    dependencies=[no_parameters],
    summary="State a programme",
    **writes(
        "Programme",
        NewProgramme,
        EXAMPLES["stateProgramme"],
        409,
        headers=LOCATION,
        status=201,
    ),
)
@deps.writing
def state_programme(
    request: Request,
    actor: Team,
    body: Annotated[NewProgramme, Body()],
    desk: Writes,
    register: Reads,
) -> Response:
    """State a plan of one’s own organisation, for entries to belong to."""
    slug = desk.state(body, actor)
    response = _programme(request, glances.programmes(register, actor, only=slug))
    response.status_code = 201
    response.headers["Location"] = f"{register.site.base}/api/v1/programmes/{slug}"
    return response


@router.patch(
    "/programmes/{programme}",
    dependencies=[no_parameters],
    summary="Correct a programme",
    **writes(
        "Programme",
        ProgrammePatch,
        EXAMPLES["correctProgramme"],
        404,
        takes=parameters(PROGRAMME),
        types=(MERGE_PATCH, JSON),
    ),
)
@deps.writing
def correct_programme(
    request: Request,
    actor: Team,
    programme: Slug,
    body: Annotated[ProgrammePatch, Body(media_type=MERGE_PATCH)],
    desk: Writes,
    register: Reads,
) -> Response:
    """Correct what is known of a plan: its title, its period, its text."""
    desk.correct_programme(programme, body, actor)
    return _programme(request, glances.programmes(register, actor, only=programme))


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
