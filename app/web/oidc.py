"""An issuer of identities (OpenID Connect): where it is, and whom its signed answers name.

Nothing of a token counts before its signature, issuer, audience, end and nonce are checked.
"""

import hashlib
import json
import re
import secrets
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import BoundedSemaphore
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx
from anyio import fail_after, from_thread
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from app.domain.access import Person
from app.domain.errors import Unauthenticated, Unavailable, Unfit
from app.domain.values import email

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "RS512", "Ed25519")
"""How a token may be signed: with a key of the issuer that is published."""
PATIENCE, SKEW = 10, 30
"""Seconds for all that an issuer is asked at once, and by which clocks differ."""
MOST_BYTES, MOST_ASKING = 2**18, 8
"""So many ask it at a time: one that is silent holds no thread of the others."""
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
LEAVING = "end_session_endpoint"
DISCOVERY = "/.well-known/openid-configuration"
SIGNED = "application/jwt"
UNREADABLE = (
    *(httpx.HTTPError, httpx.InvalidURL, TimeoutError, ArithmeticError, AttributeError),
    *(LookupError, RecursionError, TypeError, ValueError),
)
"""What comes of an answer that is not as it should be."""
T = TypeVar("T")
Document = Mapping[str, Any]


def challenge(verifier: str) -> str:
    """What shows a verifier without saying it (RFC 7636, S256).

    It is the nonce of the token too: whoever has not seen the verifier can make neither.
    """
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer, and how this register is known to it. Its methods are called in a thread."""

    address: str
    name: str
    client: str
    secret: str
    scopes: str
    trusted: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    asking: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_ASKING))

    def beginning(self, verifier: str, state: str, back: str) -> str:
        """The address at which somebody signs in there. Raises Unavailable."""
        known = self._asked(self._discover)
        query = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": back,
            "scope": self.scopes,
            "state": state,
            "nonce": challenge(verifier),
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        return _with(known["authorization_endpoint"], query)

    def ending(self, proof: str, back: str) -> str | None:
        """The address at which somebody signs out there, if there is one."""
        try:
            address = self._asked(self._discover).get(LEAVING)
        except Unavailable:
            return None
        query = {
            "id_token_hint": proof,
            "post_logout_redirect_uri": back,
            "state": secrets.token_hex(),
        }
        return _with(address, query) if address else None

    def person(
        self, sent: Mapping[str, str], verifier: str, back: str, now: datetime
    ) -> tuple[Person, str]:
        """Whom it names in return for a code, and the token that says so.

        Raises Unauthenticated, Unavailable.
        """
        if "error" in sent or not sent.get("code"):
            raise Unauthenticated("{via} did not let you in: {why}.", via=self.name, why=_why(sent))
        if sent.get("iss", self.address).rstrip("/") != self.address:
            raise self._forged()
        return self._asked(partial(self._exchange, sent["code"], verifier, back, now))

    async def _exchange(
        self, code: str, verifier: str, back: str, now: datetime, client: httpx.AsyncClient
    ) -> tuple[Person, str]:
        known = await self._discover(client)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        granted = json.loads((await self._grant(client, known, form))[0])
        keys = KeySet.import_key_set(await _json(client, known["jwks_uri"]))
        check = partial(self._claims, keys=keys, issuer=known["issuer"], now=now)
        proof = granted["id_token"]
        claims = check(proof, exp={"essential": True}, nonce=_exactly(challenge(verifier)))
        bearer = {"Authorization": f"Bearer {granted['access_token']}"}
        body, kind = await _read(
            client, client.build_request("GET", known["userinfo_endpoint"], headers=bearer)
        )
        about = check(body.decode()) if kind == SIGNED else json.loads(body)
        if about["sub"] != claims["sub"]:
            raise self._forged()
        person = Person(
            subject=f"{self.address} {claims['sub']}",
            via=self.name,
            email=_vouched(about),
            siret=about.get("siret") and str(about["siret"]),
            until=datetime.fromtimestamp(claims["exp"], UTC),
        )
        return person, proof

    async def _grant(
        self, client: httpx.AsyncClient, known: Document, form: dict[str, str]
    ) -> tuple[bytes, str]:
        """The tokens that a code is worth. Raises Unauthenticated for one that is worth nothing."""
        auth: httpx.BasicAuth | None = None
        if "client_secret_post" in known.get("token_endpoint_auth_methods_supported", ()):
            form = {**form, "client_id": self.client, "client_secret": self.secret}
        else:
            auth = httpx.BasicAuth(quote(self.client, ""), quote(self.secret, ""))
        request = client.build_request("POST", known["token_endpoint"], data=form)
        return await _read(client, request, auth=auth, refused=self._forged())

    def _claims(
        self, token: str, *, keys: KeySet, issuer: str, now: datetime, **options: Any
    ) -> dict[str, Any]:
        """What a token says that is signed by the issuer, for this register, and holds now."""
        claims: dict[str, Any] = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        wanted = {"iss": _exactly(issuer), "aud": _exactly(self.client), "sub": {"essential": True}}
        registry = JWTClaimsRegistry(int(now.timestamp()), SKEW, **wanted, **options)
        registry.validate(claims)
        if claims.get("azp", self.client) != self.client:
            raise self._forged()
        return claims

    async def _discover(self, client: httpx.AsyncClient) -> Document:
        """Where its parts are: at addresses as safe as its own. Raises ValueError."""
        known: Document = await _json(client, self.address + DISCOVERY)
        places = [*(known[name] for name in ENDPOINTS), known.get(LEAVING) or self.address]
        safe = re.compile(f"{urlsplit(self.address).scheme}://[!-~]+")
        if known["issuer"].rstrip("/") != self.address or not all(map(safe.fullmatch, places)):
            raise ValueError(known["issuer"])
        return known

    def _asked(self, ask: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
        """What comes of asking it, within seconds. Raises Unavailable, Unauthenticated."""

        async def asked() -> T:
            with fail_after(PATIENCE):
                async with httpx.AsyncClient(
                    timeout=PATIENCE, trust_env=False, verify=self.trusted
                ) as client:
                    return await ask(client)

        if not self.asking.acquire(blocking=False):
            raise self._away()
        try:
            return from_thread.run(asked)
        except JoseError:
            raise self._forged() from None
        except UNREADABLE:
            raise self._away() from None
        finally:
            self.asking.release()

    def _away(self) -> Unavailable:
        return Unavailable(
            "{via} does not answer as it should. Try again later, or sign in with a key.",
            via=self.name,
        )

    def _forged(self) -> Unauthenticated:
        return Unauthenticated(
            "What {via} answered is not for you, or no longer holds: begin again.", via=self.name
        )


def _vouched(about: Document) -> str | None:
    """The e-mail address of somebody, if the issuer is sure of it."""
    # Some issuers say "false" as a word.
    if about.get("email_verified", True) in (True, "true"):
        with suppress(Unfit):
            return email(about.get("email") or "")
    return None


def _with(address: str, query: Mapping[str, str]) -> str:
    return address + ("&" if "?" in address else "?") + urlencode(query)


def _exactly(value: str) -> Any:
    return {"essential": True, "value": value}


def _why(sent: Mapping[str, str]) -> str:
    return (sent.get("error_description") or sent.get("error") or "–")[:200].rstrip(".")


async def _json(client: httpx.AsyncClient, address: str) -> Any:
    return json.loads((await _read(client, client.build_request("GET", address)))[0])


async def _read(
    client: httpx.AsyncClient,
    request: httpx.Request,
    *,
    auth: httpx.Auth | None = None,
    refused: Unauthenticated | None = None,
) -> tuple[bytes, str]:
    """An answer and its media type; no redirect is followed. Raises HTTPError, `refused`."""
    response = await client.send(request, stream=True, auth=auth)
    try:
        if refused and 400 <= response.status_code < 500:
            raise refused
        if response.status_code != 200:
            raise httpx.HTTPError(f"status {response.status_code}")
        body = b""
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > MOST_BYTES:
                raise httpx.HTTPError("too long")
    finally:
        await response.aclose()
    return body, response.headers.get("content-type", "").partition(";")[0].strip().lower()
