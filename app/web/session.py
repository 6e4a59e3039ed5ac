"""Who is at the desk: a sealed cookie that holds a key for some hours, and the seal of its forms.

Nothing of it is kept here: a session ends with its hours, with its key, or with its secret.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from app.domain.access import public_part

COOKIE = "ouvertures"
HOURS = 12
"""How long a session lasts, and a form that was opened in it."""
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
        kind, _, content = self._opened(Request(scope).cookies.get(COOKIE, "")).partition(" ")
        session, _, key = content.partition(" ")
        key, _, proof = key.partition(" ")
        return Session(session, key, proof) if kind == "session" else None

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
