"""A visit at the desk: its session, its routes in both languages, and how a page is answered.

A session is a sealed cookie that holds a key for some hours. Nothing of it is kept here: it ends
with its hours, with its key, or with its secret.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from anyio.to_thread import run_sync
from cryptography.fernet import Fernet, InvalidToken
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Scope

from app.domain.access import MANAGE, PUBLIC, Actor, Origin, may, public_part
from app.domain.context import Context
from app.domain.errors import Invalid, Missing, Refusal, Unauthenticated, Unavailable, Unfit
from app.formats.sentences import Sentences
from app.register.reading import Reading
from app.register.teams import Teams
from app.register.writing import Writing
from app.web import forms
from app.web.forms import Faults, Sent
from app.web.rendering import DESK, Addresses, render

if TYPE_CHECKING:
    from app.web.oidc import Issuer

FORMS = FORM, FILES = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FIELDS = 1_000
MOST_KEPT = 20_000
"""The longest field that outlives a session: a file does not."""
PATHS = tuple(path for paths in DESK.values() for path in paths.values())
"""Every path of the desk."""
ADDRESS_PARAMETERS = ("entry", "claim", "q", "number")
"""What the address of a page of the desk says."""
COOKIE = "ouvertures"
HOURS = 12
"""How long a session lasts, and a form that was opened in it."""
MINUTES = 10
"""How long somebody may take to sign in at an issuer."""
MOST_OF_PROOF = 2_000
"""The longest token that a cookie has room for."""


@dataclass(frozen=True, slots=True)
class Session:
    """A browser at the desk, and the key that its reader signed in with."""

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    key: str = ""
    proof: str = ""
    """The token of the issuer by which they signed in, which it wants back when they leave."""


class Sessions:
    """Seals sessions and opens them, for the paths of the desk behind a public address."""

    def __init__(self, secret: str, paths: Iterable[str], *, secure: bool) -> None:
        digest = hashlib.sha256(secret.encode()).digest()
        self._seal = Fernet(urlsafe_b64encode(digest))
        self.paths, self.secure = tuple(paths), secure

    def read(self, scope: Scope) -> Session | None:
        """The session that a request belongs to; None when it is not of ours, or has ended."""
        kind, *content = self._opened(Request(scope).cookies.get(COOKIE, "")).split(" ", 3)
        return Session(*content) if kind == "session" else None

    def viewer(self, scope: Scope) -> str:
        """The public part of the key that a request is signed in with; "" without one."""
        session = self.read(scope)
        return (session and public_part(session.key)) or ""

    def keep(self, response: Response, session: Session) -> None:
        """Hand the session to the browser, for the desk alone and out of the reach of scripts."""
        proof = session.proof if len(session.proof) < MOST_OF_PROOF else ""
        sealed = self._sealed(f"session {session.id} {session.key} {proof}")
        for path in self.paths:
            response.set_cookie(
                COOKIE, sealed, HOURS * 3600, path=path, secure=self.secure, httponly=True
            )

    def end(self, response: Response) -> None:
        """Take the session from the browser."""
        for path in self.paths:
            response.delete_cookie(COOKIE, path, secure=self.secure, httponly=True)

    def seal(self, session: Session, content: str = "") -> str:
        """What leaves a session and comes back to it; another each time: nobody guesses it."""
        return self._sealed(f"form {session.id} {content}")

    def opened(self, session: Session, seal: str, seconds: int = HOURS * 3600) -> str | None:
        """What came back to the session that it was sealed for, in time; of others, None."""
        own, content = f"form {session.id} ", self._opened(seal, seconds)
        return content.removeprefix(own) if content.startswith(own) else None

    def _sealed(self, content: str) -> str:
        return self._seal.encrypt(content.encode()).decode()

    def _opened(self, sealed: str, seconds: int = HOURS * 3600) -> str:
        try:
            return self._seal.decrypt(sealed.encode(), ttl=seconds).decode()
        except InvalidToken:
            return ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request at the desk: where, in which language, what was sent, by whom, what is wrong."""

    request: Request
    language: str
    name: str
    sent: Sent
    session: Session
    faults: Faults
    register: Reading
    writing: Writing
    teams: Teams
    sessions: Sessions
    issuer: "Issuer | None"
    """Who vouches for people, besides their keys."""
    actor: Actor = PUBLIC

    def saying(self, value: Mapping[str, str]) -> "Visit":
        """The same, with some fields sent otherwise."""
        return replace(self, sent={**self.sent, **value})


Act = Callable[[Visit], Response]
_SHOWN: dict[str, Act] = {}
"""What shows each page, by its name."""


async def _sent(request: Request) -> Sent:
    """The fields of a form or of an address; of one that is given twice, the last. Raises Invalid.

    What is around a value is typed by accident.
    """
    if request.method != "POST":
        return dict(request.query_params)
    return await run_sync(_read, request.headers.get("content-type", ""), request.scope["content"])


def _read(media_type: str, body: bytes) -> Sent:
    """The fields of a form, with a file or without. Raises Invalid."""
    try:
        if media_type.startswith(FILES):
            fields = forms.parts(media_type, body)
        else:
            pairs = parse_qsl(
                body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
            )
            fields = dict(pairs)
    except ValueError:
        fields = {"": "\0"}
    if any("\0" in value for value in fields.values()):
        raise Invalid(("", Unfit("The form cannot be read.")))
    typed = {name: value.replace("\r\n", "\n").strip() for name, value in fields.items()}
    return forms.compacted(typed)


def page(router: APIRouter, name: str, show: Act, act: Act | None = None) -> None:
    """The routes of a page of the desk, in each language: what shows it, and what it does."""
    _SHOWN[name] = show
    doing = [("GET", show), *([("POST", act)] if act else [])]
    for (language, path), (method, does) in product(DESK[name].items(), doing):
        route = _route(name, language, does)
        router.add_api_route(
            path, route, methods=[method], operation_id=f"desk {name}", include_in_schema=False
        )


def _route(name: str, language: str, act: Act) -> Callable[..., Any]:
    async def route(request: Request) -> Response:
        state = request.app.state
        sessions: Sessions = state.sessions
        services = state.reading, state.writing, state.teams, sessions, state.issuer
        known, sent = sessions.read(request.scope), await _sent(request)
        visit = Visit(
            request, language, name, sent, known or Session(), Faults(language), *services
        )
        if request.method != "POST" and name != "arrive":
            response = await run_sync(act, visit)
        elif name == "arrive" or sessions.opened(visit.session, sent.get("seal", "")) is not None:
            response = await state.at_the_desk(request, partial(act, visit))
        else:
            sentence = "This page was open for too long, or in another session: send it again."
            visit.faults.note("", Unfit(sentence))
            response = await run_sync(_SHOWN[name], visit)
        if known is None and "set-cookie" not in response.headers:
            sessions.keep(response, visit.session)
        return response

    return route


def signed_in(act: Act) -> Act:
    """The same for whoever holds a key; of anyone else, it is asked first."""

    def signed_in(visit: Visit) -> Response:
        try:
            actor = visit.register.identify(visit.session.key) if visit.session.key else PUBLIC
            actor = replace(actor, origin=_origin(visit))
            visit.request.state.tried = visit.session.key if actor.key else ""
        except Unauthenticated as refusal:
            visit.faults.of(refusal)
            actor = PUBLIC
        return _ask(visit) if actor == PUBLIC else act(replace(visit, actor=actor))

    return signed_in


def _origin(visit: Visit) -> Origin:
    """What a form asks for, for the audit."""
    client = visit.request.client
    return Origin(f"desk {visit.name}", visit.request.url.path, client and client.host)


def answer(visit: Visit, template: str, context: Context, **values: Any) -> Response:
    """A page of the desk, which nobody keeps."""
    at, actor = Addresses(base=context.base, language=visit.language), visit.actor
    say = values.pop("say", None) or Sentences(visit.language, context)
    page = {
        "paths": DESK[visit.name],
        "desk": lambda name: at.rooted(DESK[name][visit.language]),
        "seal": visit.sessions.seal(visit.session),
        "who": say.name(actor.organization) if actor.organization else "",
        "role": actor.role,
        "manages": may(actor, MANAGE, {actor.organization}),
        "faults": visit.faults.rows,
        "refused": visit.faults.position,
        "questions": {},
        "new_text": any(visit.sent.get(n) or n in visit.faults.rows for n in forms.NEW_TEXT),
        "sent": defaultdict(str, visit.sent),
        "issuer": visit.issuer.name if visit.issuer else "",
        "pairs": [(name, visit.sent[name]) for name in ADDRESS_PARAMETERS if name in visit.sent],
        "context": context,
        "say": say,
    }
    body = render(f"desk/{template}.html", at, **(page | values))
    status = values.get("status") or (422 if visit.faults.rows else 200)
    headers = {"Cache-Control": "no-store", "Content-Language": visit.language}
    return HTMLResponse(body, status, headers)


# Signing in and out.


def _ask(visit: Visit) -> Response:
    """The page that asks for a key, and keeps what was sent until there is one."""
    sent = {
        name: value
        for name, value in visit.sent.items()
        if name not in ("seal", "key", "left") and len(value) < MOST_KEPT
    }
    return _sign_in(visit, {"then": visit.name, **sent} if visit.name != "enter" else sent)


def _sign_in(visit: Visit, kept: Sent, status: int = 401) -> Response:
    """The page on which people say who they are."""
    followed = {name: kept[name] for name in ("then", *ADDRESS_PARAMETERS) if name in kept}
    begin = _at(visit, "depart", **followed)
    context = visit.register.present()
    return answer(visit, "enter", context, kept=kept, begin=begin, status=status)


def enter(visit: Visit) -> Response:
    """Begin a session, and go on where a key was asked for."""
    key = visit.sent.get("key", "")
    try:
        actor = visit.register.identify(key)
    except Unauthenticated as refusal:
        visit.faults.note("key", Unfit(refusal.sentence))
        return _ask(visit)
    then = visit.sent.get("then", "home")
    then = then if then in _SHOWN else "home"
    sent = {name: value for name, value in visit.sent.items() if name not in ("key", "then")}
    session = Session(key=key)
    entered = replace(visit, name=then, sent=sent, session=session, actor=actor)
    response = _SHOWN[then](entered) if len(sent) > 1 else lead(visit, then)
    visit.sessions.keep(response, session)
    return response


def leave(visit: Visit) -> Response:
    """End the session, and that of the issuer by which it began, with the key made for it."""
    issuer, proof = visit.issuer, visit.session.proof
    if proof:
        with suppress(Unauthenticated):
            actor = visit.register.identify(visit.session.key)
            visit.teams.end_session(replace(actor, origin=_origin(visit)))
    response = lead(visit, "enter", left="1")
    if issuer and proof and (address := issuer.ending(proof, _from_elsewhere(visit, "home"))):
        left = replace(visit, session=Session())
        response = answer(left, "left", visit.register.present(), address=address)
        # Not a redirect: a browser lets a form lead to this site alone.
        response.headers["Refresh"] = f"0; url={address}"
    visit.sessions.end(response)
    return response


def lead(visit: Visit, name: str, **query: str) -> Response:
    """On to another page of the desk."""
    return _on(_at(visit, name, **query))


def _at(visit: Visit, name: str, **query: str) -> str:
    """A page of the desk as a link."""
    at = Addresses(base=visit.register.site.base, language=visit.language)
    return at.rooted(DESK[name][visit.language], [*query.items()])


def _from_elsewhere(visit: Visit, name: str) -> str:
    """A page of the desk as another site leads to it."""
    return visit.register.site.base + DESK[name][visit.language]


def _on(address: str) -> Response:
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})


def depart(visit: Visit) -> Response:
    """On to the issuer. What comes back is sealed for this session. Raises Missing."""
    if visit.issuer is None:
        raise Missing("page", DESK["depart"][visit.language])
    verifier = secrets.token_urlsafe(32)
    query = {name: visit.sent[name] for name in ("then", *ADDRESS_PARAMETERS) if name in visit.sent}
    state = visit.sessions.seal(visit.session, f"{verifier} {urlencode(query)}")
    try:
        return _on(visit.issuer.beginning(verifier, state, _from_elsewhere(visit, "arrive")))
    except Unavailable as refusal:
        return _refused(visit, refusal, 503)


def arrive(visit: Visit) -> Response:
    """Begin the session of whom the issuer vouches for. Raises Missing."""
    if visit.issuer is None:
        raise Missing("page", DESK["arrive"][visit.language])
    state, back = visit.sent.get("state", ""), _from_elsewhere(visit, "arrive")
    begun = visit.sessions.opened(visit.session, state, MINUTES * 60)
    if not begun:
        sentence = "This sign-in took too long, or began elsewhere: begin again."
        return _refused(visit, Unauthenticated(sentence), 401)
    verifier, _, query = begun.partition(" ")
    try:
        person, proof = visit.issuer.person(visit.sent, verifier, back, visit.teams.clock.now())
        key = visit.teams.admit(person, _origin(visit))
    except (Unauthenticated, Unavailable) as refusal:
        return _refused(visit, refusal, 503 if isinstance(refusal, Unavailable) else 401)
    onward = dict(parse_qsl(query))
    name = onward.pop("then", "home")
    response = lead(visit, name if name in _SHOWN else "home", **onward)
    visit.sessions.keep(response, Session(key=key, proof=proof))
    return response


def _refused(visit: Visit, refusal: Refusal, status: int) -> Response:
    """The page that asks for a key, and why the issuer did not let in."""
    visit.faults.of(refusal)
    return _sign_in(visit, {}, status)
