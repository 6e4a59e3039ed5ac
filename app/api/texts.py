"""What entries refer to: texts with what each moved, programmes, publishers, vocabularies."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter, Response

from app.api import deps
from app.api.deps import DATED, SEEN_FROM, Caller, Dated, Read, SeenFrom, Slug, Write, in_json
from app.api.openapi import LOCATION, media_types
from app.domain.access import PUBLIC
from app.domain.claims import TYPES, NewProgramme, NewText, ProgrammePatch, TextPatch
from app.domain.context import Context
from app.domain.errors import Missing
from app.domain.search import Search
from app.formats import HTML, JSON, Format, document
from app.formats.document import Document
from app.register.reading import Programmes

MOST_DRAWN = 50
"""How many entries the page of what they refer to has; a list has the others."""
EVERYTHING = Search()

router = APIRouter()
_reading, _changing = (
    partial(make, router, tags=["references"]) for make in (deps.reading, deps.changing)
)
_page = partial(deps.reading, router, tags=["pages"])

Documents = tuple[list[Document], Context]


def _texts(caller: Caller, asked: Search = EVERYTHING, only: str | None = None) -> Documents:
    """The documents of texts, or of only one. Raises Missing."""
    texts = caller.register.texts(caller.actor, asked.as_of, asked.at, only)
    context, moved = texts.context, texts.moved
    return [document.text(row, moved.get(row.id, ()), context) for row in texts.texts], context


def _programmes(caller: Caller, asked: Search = EVERYTHING, only: str | None = None) -> Documents:
    """The documents of programmes, or of only one. Raises Missing."""
    known = caller.register.programmes(caller.actor, asked, only)
    return _of_programmes(known), known.context


def _of_programmes(known: Programmes) -> list[Document]:
    return [
        document.programme(
            row, openings.facets.get("state", {}), actions.facets.get("state", {}), known.context
        )
        for row, openings, actions in known.rows
    ]


def _all(caller: Caller, rows: list[Document], context: Context, name: str = "") -> Response:
    body = {"data": rows, "total": len(rows), "register": document.register(context)}
    return in_json(caller.request, body, context, name)


def _only(caller: Caller, rows: list[Document], context: Context) -> Response:
    (body,) = rows
    return in_json(caller.request, body, context)


def _stated(caller: Caller, path: str, rows: list[Document], context: Context) -> Response:
    response = _only(caller, rows, context)
    response.status_code = 201
    response.headers["Location"] = f"{context.base}/api/v1/{path}"
    return response


@_reading("/api/v1/texts", "List the texts, with what each moved", "TextList", 401, takes=SEEN_FROM)
def list_texts(caller: Read, asked: SeenFrom) -> Response:
    """The legal and official texts, oldest first, and every deadline that each moved."""
    return _all(caller, *_texts(caller, asked))


@_reading(
    *("/api/v1/texts/{slug}", "Read a text, with what it moved", "Text", 401, 404), takes=SEEN_FROM
)
def get_text(caller: Read, slug: Slug, asked: SeenFrom) -> Response:
    """One legal or official text, and every deadline that it moved."""
    return _only(caller, *_texts(caller, asked, slug))


@_changing("/api/v1/texts", "State a text", "Text", 409, headers=LOCATION, status=201)
def state_text(caller: Write, body: NewText) -> Response:
    """State a legal or official text that claims can name."""
    slug = caller.desk.state(body, caller.actor)
    return _stated(caller, f"texts/{slug}", *_texts(caller, only=slug))


@_changing("/api/v1/texts/{slug}", "Correct a text", "Text", 404, merges=True)
def correct_text(caller: Write, slug: Slug, body: TextPatch) -> Response:
    """Correct what is known of a text: another title, an address, whether it binds."""
    caller.desk.correct_text(slug, body, caller.actor)
    return _only(caller, *_texts(caller, only=slug))


@_reading("/api/v1/programmes", "List the programmes", "ProgrammeList", 401, takes=SEEN_FROM)
def list_programmes(caller: Read, asked: SeenFrom) -> Response:
    """The plans whose promises are kept here, and how much of each is open."""
    return _all(caller, *_programmes(caller, asked))


@_reading(
    *("/api/v1/programmes/{programme}", "Read a programme", "Programme", 401, 404), takes=SEEN_FROM
)
def get_programme(caller: Read, programme: Slug, asked: SeenFrom) -> Response:
    """One plan: whose it is, its period, its text, and where its entries are."""
    return _only(caller, *_programmes(caller, asked, programme))


@_changing(
    *("/api/v1/programmes", "State a programme", "Programme", 409), headers=LOCATION, status=201
)
def state_programme(caller: Write, body: NewProgramme) -> Response:
    """State a plan of one’s own organisation, for entries to belong to."""
    slug = caller.desk.state(body, caller.actor)
    return _stated(caller, f"programmes/{slug}", *_programmes(caller, only=slug))


@_changing(
    *("/api/v1/programmes/{programme}", "Correct a programme", "Programme", 404), merges=True
)
def correct_programme(caller: Write, programme: Slug, body: ProgrammePatch) -> Response:
    """Correct what is known of a plan: its title, its period, its text."""
    caller.desk.correct_programme(programme, body, caller.actor)
    return _only(caller, *_programmes(caller, only=programme))


@_reading("/api/v1/publishers", "List the organisations", "OrganizationList")
def list_publishers(caller: Read) -> Response:
    """The organisations that promise or open."""
    context = caller.register.present()
    rows = [document.organization(row) for row in context.organizations.values()]
    return _all(caller, rows, context, f"json-{len(rows)}")


@_reading("/api/v1/vocabularies", "List the words that documents use", "Vocabularies")
def list_vocabularies(caller: Read) -> Response:
    """Types, states, announcements and timeliness: keys, labels and meanings."""
    return in_json(caller.request, document.vocabularies(), caller.register.present())


# Their permanent addresses: a document, or a page.

Subject = tuple[Callable[[], Document], Callable[..., bytes], Context]
"""What entries refer to: its document, its page, and what both hold for."""


def _text(slug: str, asked: Search, caller: Caller) -> Subject:
    """A legal text, what it moved, and the openings that rest on it."""
    texts = caller.register.texts(PUBLIC, asked.as_of, asked.at, slug)
    cited = caller.register.find(_drawn(asked, text=(slug,)), PUBLIC)
    (text,), moved = texts.texts, texts.moved.get(slug, ())
    page = partial(caller.pages.text, text, moved, cited)
    return partial(document.text, text, moved, texts.context), page, cited.context


def _organization(slug: str, asked: Search, caller: Caller) -> Subject:
    """An organisation, what it opens, and what it promises."""
    register = caller.register
    known = register.present().organizations
    if slug not in known:
        raise Missing("organization", slug)
    published = register.find(_drawn(asked, publisher=(slug,)), PUBLIC)
    promised = register.find(_drawn(asked, steward=(slug,), type=TYPES), PUBLIC)
    organizations = {slug: known[slug], **published.context.organizations}
    published = replace(published, context=replace(published.context, organizations=organizations))
    page = partial(caller.pages.organization, slug, published, promised)
    return partial(document.organization, known[slug]), page, published.context


def _programme(slug: str, asked: Search, caller: Caller) -> Subject:
    """A plan: what came of it, its calendar, its actions, and its official table."""
    register, only = caller.register, (slug,)
    known = register.programmes(PUBLIC, asked, slug)
    openings = register.find(_drawn(asked, programme=only), PUBLIC)
    actions = register.find(_drawn(asked, programme=only, type=("action",)), PUBLIC)
    overview = register.overview(known.context.snapshot, of_actions=False, programme=only)
    openings = replace(openings, context=known.context)
    page = partial(caller.pages.programme, known.rows[0][0], overview, openings, actions)
    return lambda: _of_programmes(known)[0], page, known.context


def _drawn(asked: Search, **filters: Any) -> Search:
    """The entries that its page has, as of the day that is asked."""
    return Search(as_of=asked.as_of, at=asked.at, page_size=MOST_DRAWN, **filters)


def _subject(
    name: str, read: Callable[[str, Search, Caller], Subject], suffix: str, *form: Format
) -> None:
    """The route of what entries refer to, in the format of a suffix or that `Accept` names."""
    refusals = (401, 404) if suffix else (401, 404, 406)
    what, takes = ("page", DATED) if HTML in form else ("document", SEEN_FROM)

    @_page(
        *(f"/{name}s/{{slug}}{suffix}", f"Read the {what} of {name}s"),
        *(media_types(form, name.title()), *refusals),
        takes=takes,
        operation_id=f"read{name.title()}{suffix[1:].title()}",
    )
    def subject(caller: Read, slug: Slug, asked: Dated) -> Response:
        """What is known of it, and what rests on it."""
        body, page, context = read(slug, asked, caller)
        if deps.chosen(caller.request, form, JSON) is HTML:
            return deps.page(caller.request, asked, page, context)
        return in_json(caller.request, body(), context)


for _name, _read in (("text", _text), ("organization", _organization), ("programme", _programme)):
    _subject(_name, _read, ".html", HTML)
    _subject(_name, _read, ".json", JSON)
    _subject(_name, _read, "", JSON, HTML)


@_page("/programmes", "Read the page of programmes", media_types([HTML]), 401, takes=DATED)
def read_programmes_page(caller: Read, asked: Dated) -> Response:
    """The plans whose promises are kept here, and how much of each is open."""
    known = caller.register.programmes(PUBLIC, asked)
    page = partial(caller.pages.programmes, known)
    return deps.page(caller.request, asked, page, known.context)
