"""An issuer of identities on a real socket, which can be made to answer wrongly."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

CLIENT, SECRET = "ouvertures", "a secret of many letters"
KEY, FOREIGN = (ECKey.generate_key("P-256", {"kid": "1"}, auto_kid=False) for _ in range(2))


class Issuer:
    """One that does as ProConnect does: PKCE, `userinfo` as a signed JWT, a SIRET.

    `claims` and `about` are added to its token and to what it says of the person.
    """

    def __init__(self) -> None:
        self.address = ""
        self.claims: dict[str, Any] = {}
        self.about: dict[str, Any] = {}
        self.known: dict[str, Any] = {}
        self.key, self.unsigned, self.status, self.delay = KEY, False, 200, 0.0
        self.codes: dict[str, dict[str, str]] = {}

    def discovery(self) -> dict[str, Any]:
        names = "authorization_endpoint token_endpoint userinfo_endpoint jwks_uri"
        places = {name: f"{self.address}/{name}" for name in names.split()}
        methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        end = {"end_session_endpoint": f"{self.address}/end"}
        return {"issuer": self.address, **places, **methods, **end, **self.known}

    def authorize(self, query: dict[str, str]) -> str:
        """Where somebody is led who has signed in."""
        code = f"code{len(self.codes)}"
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def grant(self, form: dict[str, str]) -> dict[str, str] | None:
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        proven = (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
        if not (asked and proven and challenge == asked["code_challenge"]):
            return None
        assert form["redirect_uri"] == asked["redirect_uri"]
        claims = {**self.times(), "nonce": asked["nonce"], **self.claims}
        return {"access_token": "access", "id_token": self.spelt(claims), "token_type": "Bearer"}

    def times(self) -> dict[str, Any]:
        now = int(time.time())
        audience = {"iss": self.address, "aud": CLIENT, "sub": "jeanne"}
        return {**audience, "iat": now, "exp": now + 3600}

    def spelt(self, claims: dict[str, Any]) -> str:
        if self.unsigned:
            parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
            texts = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts]
            return ".".join([*texts, ""])
        return jwt.encode({"alg": "ES256", "kid": "1"}, claims, self.key)

    def userinfo(self) -> str:
        person = {"email": "jeanne@courdecassation.fr", "siret": "13002526500013"}
        return self.spelt({**self.times(), **person, **self.about})


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(issuer.delay)
            place, query = urlsplit(self.path), dict(parse_qsl(urlsplit(self.path).query))
            if place.path == "/authorization_endpoint":
                self.send_response(303)
                self.send_header("Location", issuer.authorize(query))
                self.end_headers()
            elif place.path == "/userinfo_endpoint":
                assert self.headers["Authorization"] == "Bearer access"
                self.answer(issuer.userinfo(), "application/jwt; charset=utf-8")
            elif place.path == "/jwks_uri":
                self.answer(json.dumps(KeySet([KEY]).as_dict(private=False)))
            else:
                self.answer(json.dumps(issuer.discovery()))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            granted = issuer.grant(dict(parse_qsl(body)))
            self.answer(json.dumps(granted or {"error": "invalid_grant"}), status=not granted)

        def answer(self, body: str, kind: str = "application/json", status: int = 0) -> None:
            self.send_response(400 if status else issuer.status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """What is asked is no news."""

    return Handler


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer, until the block ends."""
    issuer = Issuer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(issuer))
    issuer.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
