"""Teams by program: who asks, keys, members, proposals, and what was done and tried."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from functools import partial
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Body, Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import deps, openapi, problems
from app.api.deps import Team
from app.api.middleware import WRITES
from app.api.openapi import EXAMPLES, JSON, MERGE_PATCH, in_path, parameters, reads, writes
from app.domain import search as searches
from app.domain.access import Actor, Key, public_part
from app.domain.errors import Cut, Unauthenticated, Unavailable
from app.domain.errors import Refusal as Refused
from app.domain.ledger import timestamp
from app.formats import document
from app.formats.document import Document
from app.register.recording import Written
from app.register.teams import (
    Acceptance,
    MemberPatch,
    NewKey,
    NewMember,
    Refusal,
    Revocation,
    Rotation,
    TeamPatch,
    Teams,
)
from app.register.teams import Team as TeamOf

SOON = timedelta(days=30)
"""How long before its end a key is warned of."""
FREE = ("/health/", "/metrics")
"""What answers without the database."""
NOT_A_KEY = "This is not a key of this register, or it is mistyped."


def keys_of(scope: Scope) -> set[str]:
    """The keys that a request holds, as they are sent. Raises Unauthenticated."""
    headers = Headers(scope=scope)
    keys = {key.strip() for key in headers.getlist("x-api-key")}
    for field in headers.getlist("authorization"):
        scheme, _, key = field.strip().partition(" ")
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
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["state"] = {**scope.get("state", {}), "tried": ""}
        answer = partial(self._send, scope, send)
        try:
            await self._identify(scope)
        except Refused as refusal:
            await problems.answer_refusal(Request(scope), refusal)(scope, receive, answer)
            return
        await self.app(scope, receive, answer)

    async def _identify(self, scope: Scope) -> None:
        """Who holds the one key that is sent. Raises Unauthenticated, Unavailable."""
        if not (keys := keys_of(scope)):
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
            now = scope["app"].state.teams.clock.now()
            if actor and actor.ends_at and actor.ends_at - now < SOON:
                headers = MutableHeaders(raw=[*message["headers"]])
                headers["key-expires"] = format_datetime(actor.ends_at, usegmt=True)
                message = {**message, "headers": headers.raw}
        await send(message)


MOST_ACTS, LIVE = 100, "/health/live"
KEY = in_path("key", "The 8 letters of a key after `ouv_`.", "a1B2c3D4")
MEMBER = in_path("member", "The id of a member.", "a1B2c3D4")
NUMBER = in_path("number", "The number of a proposal.", 1, "proposal_number", minimum=1)
Number = Annotated[int, deps.number("number", "proposal")]
Desk = Annotated[Teams, deps.state("teams")]
KEYED: Mapping[str, Any] = {"keyed": True, "validated": False}

router = deps.Room(prefix="/api/v1", tags=["teams"])
plain: dict[str, Any] = {"dependencies": [deps.no_parameters]}


def _answer(body: Document, status: int = 200, around: Mapping[str, str] | None = None) -> Response:
    """What nobody keeps."""
    headers = {"Cache-Control": "no-store", **(around or {})}
    return Response(document.encode(body), status, headers, JSON)


def _all(rows: list[Document]) -> Response:
    return _answer({"data": rows, "total": len(rows)})


def waiting(request: Request, written: Written, actor: Actor) -> Response:
    """What waits for a validator, and where it is."""
    teams: Teams = request.app.state.teams
    proposal = teams.proposal(written.proposal or 0, actor)
    base = request.app.state.site.base
    place = f"{base}/api/v1/proposals/{proposal.number}"
    return _answer(document.proposal(proposal), 202, {"Location": place})


@router.get(
    "/team",
    summary="Read who you are",
    **plain,
    **reads({JSON: "Team"}, **KEYED),
)
def get_team(actor: Team, teams: Desk) -> Response:
    """Your organisation and role, the key you hold, and what your organisation wants."""
    return _answer(_team(teams.team(actor)))


def _team(team: TeamOf) -> Document:
    actor = team.actor
    return {
        "organization": actor.organization,
        "role": actor.role,
        "key": actor.key,
        "expires_at": actor.ends_at and timestamp(actor.ends_at),
        "four_eyes": team.four_eyes,
    }


@router.patch(
    "/team",
    summary="Say whether a validator accepts what editors do",
    **plain,
    **writes("Team", TeamPatch, EXAMPLES["changeTeam"], types=(MERGE_PATCH, JSON), validated=False),
)
@deps.writing
def change_team(
    request: Request,  # noqa: ARG001 asked of a route that writes
    actor: Team,
    teams: Desk,
    body: Annotated[TeamPatch, Body(media_type=MERGE_PATCH)],
) -> Response:
    """Let what editors of your organisation do wait for a validator, or no more. For managers."""
    return _answer(_team(teams.change_team(body, actor)))


@router.get("/keys", summary="List the keys", **plain, **reads({JSON: "KeyList"}, 403, **KEYED))
def list_keys(actor: Team, teams: Desk) -> Response:
    """The keys of your organisation, without what opens. For managers."""
    return _all([*map(document.managed, teams.every_key(actor))])


def _made(spelt: str, key: Key, status: int) -> Response:
    """A new key: the one answer that holds it."""
    return _answer({"key": spelt, **document.managed(key)}, status)


@router.post(
    "/keys",
    status_code=201,
    summary="Make a key",
    **plain,
    **writes("MadeKey", NewKey, EXAMPLES["makeKey"], status=201, validated=False),
)
@deps.writing
def make_key(
    request: Request,  # noqa: ARG001
    actor: Team,
    teams: Desk,
    body: Annotated[NewKey, Body()],
) -> Response:
    """Make a key of your organisation; this answer alone holds it. For managers."""
    return _made(*teams.make_key(body, actor), 201)


@router.post(
    "/keys/{key}/rotation",
    status_code=201,
    summary="Make the key that follows another",
    **plain,
    **writes(
        *("MadeKey", Rotation, EXAMPLES["rotateKey"], 404),
        takes=parameters(KEY),
        status=201,
        validated=False,
    ),
)
@deps.writing
def rotate_key(
    request: Request,  # noqa: ARG001
    key: str,
    actor: Team,
    teams: Desk,
    body: Annotated[Rotation, Body()],
) -> Response:
    """Make the key that follows another, which goes on for some days. For whoever holds it too."""
    return _made(*teams.rotate_key(key, body, actor), 201)


@router.post(
    "/keys/{key}/revocation",
    summary="End a key",
    **plain,
    **writes(
        *("Key", Revocation, EXAMPLES["revokeKey"], 404), takes=parameters(KEY), validated=False
    ),
)
@deps.writing
def revoke_key(
    request: Request,  # noqa: ARG001
    key: str,
    actor: Team,
    teams: Desk,
    body: Annotated[Revocation, Body()],  # noqa: ARG001 it says nothing yet
) -> Response:
    """End a key from the next request on. For managers."""
    return _answer(document.managed(teams.revoke_key(key, actor)))


@router.get(
    "/members", summary="List the members", **plain, **reads({JSON: "MemberList"}, 403, **KEYED)
)
def list_members(actor: Team, teams: Desk) -> Response:
    """The people of your organisation. For managers."""
    return _all([*map(document.managed, teams.every_member(actor))])


@router.post(
    "/members",
    status_code=201,
    summary="Add a member",
    **plain,
    **writes("Member", NewMember, EXAMPLES["addMember"], status=201, validated=False),
)
@deps.writing
def add_member(
    request: Request,  # noqa: ARG001
    actor: Team,
    teams: Desk,
    body: Annotated[NewMember, Body()],
) -> Response:
    """Add somebody to your organisation. For managers."""
    return _answer(document.managed(teams.add_member(body, actor)), 201)


@router.patch(
    "/members/{member}",
    summary="Change a member",
    **plain,
    **writes(
        *("Member", MemberPatch, EXAMPLES["changeMember"], 404),
        takes=parameters(MEMBER),
        types=(MERGE_PATCH, JSON),
        validated=False,
    ),
)
@deps.writing
def change_member(
    request: Request,  # noqa: ARG001
    member: str,
    actor: Team,
    teams: Desk,
    body: Annotated[MemberPatch, Body(media_type=MERGE_PATCH)],
) -> Response:
    """Give a member another role, or let them leave: their keys end with them. For managers."""
    return _answer(document.managed(teams.change_member(member, body, actor)))


@router.get(
    "/proposals",
    summary="List what waits for a validator",
    **plain,
    **reads({JSON: "ProposalList"}, **KEYED),
)
def list_proposals(actor: Team, teams: Desk) -> Response:
    """What your organisation has proposed, and what waits for it; the oldest first."""
    return _all([*map(document.proposal, teams.proposals(actor))])


@router.get(
    "/proposals/{number}",
    summary="Read a proposal",
    **plain,
    **reads({JSON: "Proposal"}, 404, takes=parameters(NUMBER), **KEYED),
)
def get_proposal(number: Number, actor: Team, teams: Desk) -> Response:
    """What is proposed, by whom, and what became of it. For the two organisations."""
    return _answer(document.proposal(teams.proposal(number, actor)))


@router.post(
    "/proposals/{number}/acceptance",
    summary="Accept a proposal",
    **plain,
    **writes(
        *("Proposal", Acceptance, EXAMPLES["acceptProposal"], 404, 409, 412, 428),
        takes=parameters(NUMBER),
        headers=openapi.RECORDED,
        validated=False,
    ),
)
@deps.writing
def accept_proposal(
    request: Request,
    number: Number,
    actor: Team,
    teams: Desk,
    body: Annotated[Acceptance, Body()],  # noqa: ARG001 it says nothing yet
) -> Response:
    """Carry out what is proposed. For a validator of the organisation that it waits for.

    It is carried out on the version on which it was proposed, or on that of `If-Match`.
    """
    given = "if-match" in request.headers
    written = teams.accept(number, actor, deps.versions(request) if given else None)
    if written.proposal:
        return waiting(request, written, actor)
    events = {"Recorded-Events": str(written.events)}
    return _answer(document.proposal(teams.proposal(number, actor)), around=events)


@router.post(
    "/proposals/{number}/refusal",
    summary="Decline a proposal",
    **plain,
    **writes(
        *("Proposal", Refusal, EXAMPLES["declineProposal"], 404, 409),
        takes=parameters(NUMBER),
        validated=False,
    ),
)
@deps.writing
def decline_proposal(
    request: Request,  # noqa: ARG001
    number: Number,
    actor: Team,
    teams: Desk,
    body: Annotated[Refusal, Body()],
) -> Response:
    """Decline what is proposed, or withdraw what your own organisation has proposed."""
    return _answer(document.proposal(teams.decline(number, body, actor)))


@router.get(
    "/audit",
    summary="Read who did what, and who tried",
    **reads({JSON: "ActList"}, 403, takes=parameters("before"), **KEYED),
)
def list_acts(
    actor: Team,
    teams: Desk,
    before: Annotated[int | None, deps.query(searches.read_before)],
) -> Response:
    """What was done and tried with the keys of your organisation, the newest first. For managers.

    100 at a time; `next_before` is the `before` of the next ones. Addresses are kept for 30 days.
    """
    acts = teams.acts(actor, before, MOST_ACTS)
    after = acts[-1].number if len(acts) == MOST_ACTS else None
    return _answer({"data": [*map(document.managed, acts)], "next_before": after})
