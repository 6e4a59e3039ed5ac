"""Teams by program: who asks, keys, members, proposals, the audit, and a table handed in."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email import message
from email.utils import format_datetime
from functools import partial
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import deps, openapi, problems
from app.api.cache import FREE
from app.api.deps import Team
from app.api.middleware import WRITES, Intake
from app.api.openapi import JSON
from app.domain import search as searches
from app.domain import values
from app.domain.access import Actor, Key, public_part
from app.domain.errors import BadQuery, Cut, Refusal, Unauthenticated, Unavailable, Unfit, unknown
from app.domain.ledger import timestamp
from app.domain.rows import plain_of
from app.formats import document
from app.formats.cells import CSV, ODS, XLSX
from app.formats.document import Document
from app.formats.language import preferred
from app.formats.sheets import MOST_BYTES
from app.register import Clock
from app.register import teams as forms
from app.register.importing import ImportForm, Importing, Submission
from app.register.recording import Written

SOON = timedelta(days=30)
"""How long before its end a key is warned of."""
NOT_A_KEY = "This is not a key of this register, or it is mistyped."


def keys_of(scope: Scope) -> set[str]:
    """The keys that a request holds, as they are sent. Raises Unauthenticated."""
    keys = set()
    for name, value in scope["headers"]:
        scheme, key = "bearer", value.decode("latin-1")
        if name == b"authorization":
            scheme, _, key = key.strip().partition(" ")
        elif name != b"x-api-key":
            continue
        if scheme.lower() != "bearer":
            raise Unauthenticated(NOT_A_KEY)
        keys.add(key.strip())
    return keys


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Knows who asks before any route does: a key that is no good is refused at every address.

    A key that ends soon is told so; what somebody tried with a key and was refused is kept.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["state"] = {**scope.get("state", {}), "tried": ""}
        answer = partial(self._send, scope, send)
        try:
            await self._identify(scope)
        except Refusal as refusal:
            await problems.answer_refusal(Request(scope), refusal)(scope, receive, answer)
            return
        await self.app(scope, receive, answer)

    async def _identify(self, scope: Scope) -> None:
        """Who holds the one key that is sent. Raises Unauthenticated, Unavailable."""
        if scope["method"] == "OPTIONS" or not (keys := keys_of(scope)):
            return
        key, *others = keys
        scope["state"]["tried"] = key
        if others:
            raise Unauthenticated("Two keys are sent: send one.")
        if scope["path"] == LIVE and public_part(key):
            return  # whether the process lives is no question for the database
        try:
            scope["state"]["actor"] = await self._holder(scope, key)
        except Unavailable:
            if not scope["path"].startswith(FREE):
                raise

    @staticmethod
    async def _holder(scope: Scope, key: str) -> Actor:
        """Who holds a key; asked once more where the connection was cut."""
        identify: Callable[[str], Actor] = scope["app"].state.reading.identify
        try:
            return await run_sync(identify, key)
        except Cut:
            return await run_sync(identify, key)

    async def _send(self, scope: Scope, send: Send, message: Message) -> None:
        if message["type"] == "http.response.start":
            state, status = scope["state"], message["status"]
            if scope["method"] in WRITES and state["tried"] and 400 <= status < 500:
                outcome = state.get("problem", str(status))
                keep = partial(scope["app"].state.teams.refused, state["tried"], deps.origin(scope))
                with suppress(Unavailable):
                    await run_sync(keep, outcome, limiter=scope["app"].state.desk)
            actor: Actor | None = state.get("actor")
            clock: Clock = scope["app"].state.teams.clock
            if actor and actor.ends_at and actor.ends_at - clock.now() < SOON:
                headers = MutableHeaders(raw=[*message["headers"]])
                headers["key-expires"] = format_datetime(actor.ends_at, usegmt=True)
                message = {**message, "headers": headers.raw}
        await send(message)


MOST_ACTS, LIVE = 100, "/health/live"
Number = Annotated[int, deps.number("number", "proposal")]
Desk = Annotated[forms.Teams, deps.state("teams")]

router = APIRouter()
_reading = partial(deps.reading, router, keyed=True, validated=False, tags=["teams"])
_changing = partial(deps.changing, router, validated=False, tags=["teams"])


def _answer(body: Document, status: int = 200, around: Mapping[str, str] | None = None) -> Response:
    """What nobody keeps."""
    headers = {"Cache-Control": "no-store", **(around or {})}
    return Response(document.encode(body), status, headers, JSON)


def _all(documents: Iterable[Document]) -> Response:
    rows = [*documents]
    return _answer({"data": rows, "total": len(rows)})


def waiting(request: Request, written: Written, actor: Actor) -> Response:
    """What waits for a validator, and where it is."""
    teams: forms.Teams = request.app.state.teams
    proposal = teams.proposal(written.proposal or 0, actor)
    base = request.app.state.site.base
    place = f"{base}/api/v1/proposals/{proposal.number}"
    return _answer(document.proposal(proposal), 202, {"Location": place})


@_reading("/api/v1/team", "Read who you are", "Team")
def get_team(actor: Team) -> Response:
    """Your organisation and role, the key you hold, and what your organisation wants."""
    return _answer(_team(actor))


def _team(actor: Actor) -> Document:
    ends = actor.ends_at and timestamp(actor.ends_at)
    who = plain_of(actor, "organization", "role", "key")
    return {**who, "expires_at": ends, "four_eyes": actor.four_eyes}


@_changing("/api/v1/team", "Say whether a validator accepts what editors do", "Team", merges=True)
def change_team(actor: Team, teams: Desk, body: forms.TeamPatch) -> Response:
    """Let what editors of your organisation do wait for a validator, or no more. For managers."""
    return _answer(_team(teams.change_team(body, actor)))


@_reading("/api/v1/keys", "List the keys", "KeyList", 403)
def list_keys(actor: Team, teams: Desk) -> Response:
    """The keys of your organisation, without what opens. For managers."""
    return _all(map(document.managed, teams.every_key(actor)))


def _made(spelt: str, key: Key) -> Response:
    """A new key: the one answer that holds it."""
    return _answer({"key": spelt, **document.managed(key)}, 201)


@_changing("/api/v1/keys", "Make a key", "MadeKey", status=201)
def make_key(actor: Team, teams: Desk, body: forms.NewKey) -> Response:
    """Make a key of your organisation; this answer alone holds it. For managers."""
    return _made(*teams.make_key(body, actor))


@_changing(
    *("/api/v1/keys/{key}/rotation", "Make the key that follows another", "MadeKey", 404),
    status=201,
)
def rotate_key(key: str, actor: Team, teams: Desk, body: forms.Rotation) -> Response:
    """Make the key that follows another, which goes on for some days. For whoever holds it too."""
    return _made(*teams.rotate_key(key, body, actor))


@_changing("/api/v1/keys/{key}/revocation", "End a key", "Key", 404)
def revoke_key(key: str, actor: Team, teams: Desk, _body: forms.Revocation) -> Response:
    """End a key from the next request on. For managers."""
    return _answer(document.managed(teams.revoke_key(key, actor)))


@_reading("/api/v1/members", "List the members", "MemberList", 403)
def list_members(actor: Team, teams: Desk) -> Response:
    """The people of your organisation. For managers."""
    return _all(map(document.managed, teams.every_member(actor)))


@_changing("/api/v1/members", "Add a member", "Member", status=201)
def add_member(actor: Team, teams: Desk, body: forms.NewMember) -> Response:
    """Add somebody to your organisation. For managers."""
    return _answer(document.managed(teams.add_member(body, actor)), 201)


@_changing("/api/v1/members/{member}", "Change a member", "Member", 404, merges=True)
def change_member(member: str, actor: Team, teams: Desk, body: forms.MemberPatch) -> Response:
    """Give a member another role, or let them leave: their keys end with them. For managers."""
    return _answer(document.managed(teams.change_member(member, body, actor)))


@_reading("/api/v1/proposals", "List what waits for a validator", "ProposalList")
def list_proposals(actor: Team, teams: Desk) -> Response:
    """What your organisation has proposed, and what waits for it; the oldest first."""
    return _all(map(document.proposal, teams.proposals(actor)))


@_reading("/api/v1/proposals/{number}", "Read a proposal", "Proposal", 404)
def get_proposal(number: Number, actor: Team, teams: Desk) -> Response:
    """What is proposed, by whom, and what became of it. For the two organisations."""
    return _answer(document.proposal(teams.proposal(number, actor)))


@_changing(
    *("/api/v1/proposals/{number}/acceptance", "Accept a proposal", "Proposal", 404, 409, 412, 428),
    headers=openapi.RECORDED,
)
def accept_proposal(
    request: Request, number: Number, actor: Team, teams: Desk, _body: forms.Acceptance
) -> Response:
    """Carry out what is proposed. For a validator of the organisation that it waits for.

    It is carried out on the version on which it was proposed, or on that of `If-Match`.
    """
    given = "if-match" in request.headers
    written = teams.accept(number, actor, deps.expected(request) if given else None)
    if written.proposal:
        return waiting(request, written, actor)
    events = {"Recorded-Events": str(written.events)}
    return _answer(document.proposal(teams.proposal(number, actor)), around=events)


@_changing("/api/v1/proposals/{number}/refusal", "Decline a proposal", "Proposal", 404, 409)
def decline_proposal(number: Number, actor: Team, teams: Desk, body: forms.Refusal) -> Response:
    """Decline what is proposed, or withdraw what your own organisation has proposed."""
    return _answer(document.proposal(teams.decline(number, body, actor)))


@_reading("/api/v1/audit", "Read who did what, and who tried", "ActList", 403, takes=["before"])
def list_acts(
    actor: Team, teams: Desk, before: Annotated[int | None, deps.query(searches.read_before)]
) -> Response:
    """What was done and tried with the keys of your organisation, the newest first. For managers.

    100 at a time; `next_before` is the `before` of the next ones. Addresses are kept for 30 days.
    """
    acts = teams.acts(actor, before, MOST_ACTS)
    after = acts[-1].number if len(acts) == MOST_ACTS else None
    return _answer({"data": [*map(document.managed, acts)], "next_before": after})


# The official table: rehearsed, then carried out in one transaction.

IMPORTS = "/api/v1/imports"
MEDIA_TYPES = {form: values.MEDIA_TYPES[form.upper()] for form in (CSV, XLSX, ODS)}
ALSO_SENT = (  # for a table, by Windows, browsers and programs: a file says itself what it is
    *("application/vnd.ms-excel", "application/vnd.ms-excel.sheet.macroenabled.12"),
    *("application/csv", "text/tab-separated-values", "text/comma-separated-values", "text/plain"),
    *("application/octet-stream", "application/x-zip-compressed", "application/zip"),
)
TABLES = Intake(MOST_BYTES, (*MEDIA_TYPES.values(), *ALSO_SENT))


def _read_form(pairs: list[tuple[str, str]]) -> ImportForm:
    """What the address says. Raises BadQuery with every fault at once."""
    names = tuple(ImportForm.model_fields)
    given = [name for name, _ in pairs]
    errors = [
        (name, unknown("parameter", name, names, values.near(name, names)))
        for name in given
        if name not in names
    ]
    twice = "This parameter is given twice; it takes one value."
    errors += [(name, Unfit(twice)) for name in names if given.count(name) > 1]
    try:
        form = ImportForm.model_validate({name: value for name, value in pairs if name in names})
    except ValidationError as fault:
        errors += values.refusals(fault.errors(), names)
    if errors:
        raise BadQuery(*errors)
    return form


def handed_in(request: Request) -> Submission:
    """A table, of whoever has a key."""
    actor, form = deps.team(request), deps.query(_read_form)(request)
    declared = message.Message()
    declared["Content-Type"] = request.headers.get("content-type", "")
    language = preferred(request.headers.get("accept-language"), "en")
    content, charset = request.scope["content"], declared.get_content_charset()
    return Submission(form, content, actor, actor.organization, charset, language)


_IN_QUERY = tuple(
    {
        "name": name,
        "in": "query",
        "required": field.is_required(),
        "description": field.description,
        "schema": {"type": "boolean" if field.annotation is bool else "string"},
        "example": openapi.EXAMPLES["importTable"][name],
    }
    for name, field in ImportForm.model_fields.items()
)
_FILES: dict[str, dict[str, Any]] = {
    media: {"schema": {"type": "string", **({} if form == CSV else {"format": "binary"})}}
    for form, media in MEDIA_TYPES.items()
}
_FILES[MEDIA_TYPES[CSV]]["examples"] = {
    name.replace(" ", "-"): {"summary": name, "value": table}
    for name, table in openapi.EXAMPLES["tables"].items()
}
_REPORT = openapi.content({JSON: "ImportReport"})
_ANSWERS = {
    200: {"description": "What would be done; or that all was held already.", **_REPORT},
    201: {"description": "Done.", **_REPORT},
}


def import_table(
    table: Annotated[Submission, handed_in], desk: Annotated[Importing, deps.state("importing")]
) -> Response:
    """Compare the official table with the register, and append what is new: all, or nothing."""
    body, recorded = desk.hand_in(table)
    status = 201 if recorded else 200
    headers = {"Cache-Control": "no-store", "Content-Language": table.language}
    return Response(body, status, headers, JSON)


router.add_api_route(
    IMPORTS,
    deps.served(import_table, writes=True),
    methods=["POST"],
    operation_id="importTable",
    summary="Import the official table",
    tags=["ledger"],
    **openapi.operation(
        _ANSWERS,
        (400, 401, 403, 413, 415, 422, 503),
        {
            "security": openapi.OF_KEYS,
            "parameters": _IN_QUERY,
            "requestBody": {"required": True, "content": _FILES},
        },
    ),
)
