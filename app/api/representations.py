"""Which of its forms an answer has: for whom, and in which coding. Each has a tag of its own.

Routes make tags of what they know of the register; the gate adds the viewer and the coding to
those that leave, and takes them off those that come back.
"""

import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

from app.domain.access import public_part

Raw = list[tuple[bytes, bytes]]
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_GZIP, _VIEWER = "-gzip", "~"
_NONE = '"-"'
"""A tag that nothing has."""
_CONDITIONS = (b"if-none-match", b"if-modified-since", b"accept-encoding")


def viewer(scope: Scope) -> str:
    """The public part of the key that is sent, whether it is known or not; without one, ""."""
    headers = Headers(raw=_trimmed(scope["headers"]))
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    key = bearer.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
    return public_part(key) or ""


def asked(scope: Scope) -> Raw:
    """The headers for routes: trimmed, conditions on the viewer’s own tags, one coding named."""
    trimmed = _trimmed(scope["headers"])
    if not any(name in _CONDITIONS for name, _ in trimmed):
        return trimmed
    headers = MutableHeaders(raw=trimmed)
    who = viewer(scope)
    given = ",".join(headers.getlist("if-none-match"))
    if given and given.strip() != "*":
        tags = (_bare(tag, who) for tag in _TAG.findall(given))
        headers["if-none-match"] = ", ".join(f'"{tag}"' for tag in tags if tag) or _NONE
    if who:
        del headers["if-modified-since"]  # of which viewer’s answer, nobody knows
    if codings := headers.getlist("accept-encoding"):
        headers["accept-encoding"] = "gzip" if takes_gzip(",".join(codings)) else "identity"
    return list(headers.raw)


def sent(scope: Scope, status: int, given: Raw) -> Raw:
    """The headers of an answer, whose tag says its viewer and its coding."""
    headers, who = MutableHeaders(raw=given), viewer(scope)
    coded = headers.get("content-encoding") == "gzip"
    if "etag" in headers:
        tag = headers["etag"].removesuffix('"') + (f"{_VIEWER}{who}" if who else "")
        known = ",".join(Headers(scope=scope).getlist("if-none-match"))
        coded = coded or (status == 304 and f'{tag}{_GZIP}"' in known)
        headers["etag"] = f'{tag}{_GZIP if coded else ""}"'
    if who and "no-store" not in (control := headers.get("cache-control", "")):
        headers["cache-control"] = f"private, {control}" if control else "private"
    if status in (200, 304) and scope["method"] in ("GET", "HEAD"):
        names = [name.strip() for name in headers.get("vary", "").split(",") if name.strip()]
        if "accept-encoding" not in map(str.lower, names):
            headers["vary"] = ", ".join([*names, "Accept-Encoding"])
    return list(headers.raw)


def takes_gzip(accepted: str) -> bool:
    """Whether gzip is accepted, and not less than no coding (RFC 9110, 12.5.3)."""
    weights = dict(_weighed(accepted.lower().split(",")))
    others = weights.get("*", 0.0)
    gzip = weights.get("gzip", weights.get("x-gzip", others))
    return 0 < gzip >= weights.get("identity", 0.0)


def _weighed(codings: Iterable[str]) -> Iterable[tuple[str, float]]:
    for coding in codings:
        name, _, parameter = coding.partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", parameter)
        yield name.strip(), float(weight[1]) if weight else 1.0


def _bare(tag: str, who: str) -> str:
    """A tag as routes made it; "" for one of another viewer."""
    bare, _, of = tag.removesuffix(_GZIP).partition(_VIEWER)
    return bare if of == who else ""


def _trimmed(headers: Raw) -> Raw:
    """White space around a field is no part of it (RFC 9110, 5.5)."""
    return [(name, value.strip(b" \t")) for name, value in headers]
