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


@dataclass(frozen=True, slots=True)
class Session:
    """A browser at the desk, and the key that its reader signed in with."""

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    key: str = ""


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
        return Session(session, key) if kind == "session" else None

    def viewer(self, scope: Scope) -> str:
        """The public part of the key that a request is signed in with; "" without one."""
        session = self.read(scope)
        return (session and public_part(session.key)) or ""

    def keep(self, response: Response, session: Session) -> None:
        """Hand the session to the browser, for the desk alone and out of the reach of scripts."""
        sealed = self._sealed(f"session {session.id} {session.key}")
        for path in self.paths:
            response.set_cookie(
                COOKIE,
                sealed,
                max_age=HOURS * 3600,
                path=path,
                secure=self.secure,
                httponly=True,
                samesite="lax",
            )

    def end(self, response: Response) -> None:
        """Take the session from the browser."""
        for path in self.paths:
            response.delete_cookie(
                COOKIE, path=path, secure=self.secure, httponly=True, samesite="lax"
            )

    def seal_of_forms(self, session: Session) -> str:
        """What a form of this session carries; another each time, so that nobody guesses it."""
        return self._sealed(f"form {session.id}")

    def owns(self, session: Session, seal: str) -> bool:
        """Whether a form was made for this session."""
        return self._opened(seal) == f"form {session.id}"

    def _sealed(self, content: str) -> str:
        return self._seal.encrypt(content.encode()).decode()

    def _opened(self, sealed: str) -> str:
        try:
            return self._seal.decrypt(sealed.encode(), ttl=HOURS * 3600).decode()
        except InvalidToken:
            return ""
