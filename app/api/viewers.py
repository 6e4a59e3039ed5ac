"""Who asks, by key and by address: which form of an answer is theirs, and how often they may ask.

Routes make tags of what they know of the register; the gate adds the viewer and the coding to
those that leave, and takes them off those that come back.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import ip_address, ip_network
from threading import Timer

import structlog
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.types import Scope

from app.domain.access import public_part
from app.formats.language import weighted

log = structlog.get_logger("ouvertures")
Raw = list[tuple[bytes, bytes]]
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_GZIP, _VIEWER = b"-gzip", b"~"
_NONE = '"-"'
"""A tag that nothing has."""
_CONDITIONS = (b"if-none-match", b"if-modified-since", b"accept-encoding")


def viewer(scope: Scope) -> str:
    """The public part of the key that is sent, whether it is known or not; without one, ""."""
    fields = dict(reversed(scope["headers"]))
    scheme, _, key = fields.get(b"authorization", b"").strip(b" \t").partition(b" ")
    if scheme.lower() != b"bearer":
        key = fields.get(b"x-api-key", b"")
    return public_part(key.decode("latin-1").strip()) or "" if key else ""


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
    fields, who, otherwise = dict(given), viewer(scope).encode(), dict[bytes, bytes]()
    coded = fields.get(b"content-encoding") == b"gzip"
    if b"etag" in fields:
        tag = fields[b"etag"].removesuffix(b'"') + (_VIEWER + who if who else b"")
        if status == 304 and not coded:
            known = b",".join(value for name, value in scope["headers"] if name == b"if-none-match")
            coded = tag + _GZIP + b'"' in known
        otherwise[b"etag"] = tag + (_GZIP if coded else b"") + b'"'
    if who and b"no-store" not in (control := fields.get(b"cache-control", b"")):
        otherwise[b"cache-control"] = b"private, " + control if control else b"private"
    if status in (200, 304) and scope["method"] in ("GET", "HEAD"):
        vary = fields.get(b"vary", b"")
        if b"accept-encoding" not in vary.lower():
            otherwise[b"vary"] = vary + b", Accept-Encoding" if vary else b"Accept-Encoding"
    changed = [(name, otherwise.pop(name, value)) for name, value in given]
    return [*changed, *otherwise.items()]


def takes_gzip(accepted: str) -> bool:
    """Whether gzip is accepted, and not less than no coding (RFC 9110, 12.5.3)."""
    weights = dict(weighted(accepted))
    others = weights.get("*", 0.0)
    gzip = weights.get("gzip", weights.get("x-gzip", others))
    return 0 < gzip >= weights.get("identity", 0.0)


def _bare(tag: str, who: str) -> str:
    """A tag as routes made it; "" for one of another viewer."""
    bare, _, of = tag.removesuffix(_GZIP.decode()).partition(_VIEWER.decode())
    return bare if of == who else ""


def _trimmed(headers: Raw) -> Raw:
    """White space around a field is no part of it (RFC 9110, 5.5)."""
    return [(name, value.strip(b" \t")) for name, value in headers]


# How often an address, and a key, may ask: counted in memory, and stated in `RateLimit` fields. 429
# is the client’s doing, 503 ours. Whoever asks from this machine is not counted.

SWEEP_SECONDS = 60
"""How often counters are thrown away that count nothing any more."""
FREE = ("/health/", "/metrics")
"""What probes ask for."""


class Quotas:
    """A quota for reads and one for writes; without a text for it, there is none."""

    def __init__(self, reads: str, writes: str) -> None:
        texts = {"reads": reads, "writes": writes}
        self.items: Mapping[str, RateLimitItem] = {
            name: parse(text) for name, text in texts.items() if text
        }
        self.storage: MemoryStorage | None = None

    def take(self, scope: Scope, name: str) -> tuple[bool, dict[str, str]]:
        """Whether one more of `reads` or `writes` is within the quota, and fields that say so."""
        item, client = self.items.get(name), (scope.get("client") or ("",))[0]
        if item is None or not self.counts(name, client) or scope["path"].startswith(FREE):
            return True, {}
        try:
            within, left = self._hit(item, name, client, viewer(scope))
        except Exception:  # a counter is no reason to refuse anybody
            log.exception("quotas")
            return True, {}
        window = item.get_expiry()
        fields = {
            "ratelimit-policy": f'"{name}";q={item.amount};w={window}',
            "ratelimit": f'"{name}";r={left};t={window}',
        }
        return within, fields if within else {**fields, "retry-after": str(window)}

    def counts(self, name: str, client: str) -> bool:
        return name in self.items and _counts(client)

    def _hit(self, item: RateLimitItem, name: str, client: str, key: str) -> tuple[bool, int]:
        """Every counter takes part, also when another is at its end."""
        limiter = SlidingWindowCounterRateLimiter(self._swept())
        counters = [(name, who) for who in _names(client, key)]
        within = [limiter.hit(item, *counter) for counter in counters]
        left = [limiter.get_window_stats(item, *counter).remaining for counter in counters]
        return all(within), min(left)

    def _swept(self) -> MemoryStorage:
        """The counters. By itself the library would look through all of them after each hit."""
        storage = self.storage = self.storage or MemoryStorage()
        if not storage.timer.is_alive():
            sweep = storage._MemoryStorage__expire_events  # type: ignore[attr-defined]  # noqa: SLF001
            storage.timer = Timer(SWEEP_SECONDS, sweep)
            storage.timer.daemon = True
            storage.timer.start()
        return storage


@lru_cache(4096)
def _counts(client: str) -> bool:
    try:
        return not ip_address(client).is_loopback
    except ValueError:
        return False  # a socket of this machine


def _names(client: str, key: str) -> Iterator[str]:
    """By what a client is counted: its network, if it has as many addresses as it likes; its key.

    A key may be made up: it never takes the place of the address.
    """
    address = ip_address(client)
    yield str(ip_network(f"{client}/64", strict=False)) if address.version == 6 else client
    if key:
        yield f"key {key}"
