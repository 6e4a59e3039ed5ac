"""How often an address, and a key, may ask: counted in memory, and told in `RateLimit` fields.

429 is the client’s doing, 503 ours. Whoever asks from this machine is not counted.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from threading import Timer

import structlog
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope

from app.api.representations import viewer

SWEEP_SECONDS = 60
"""How often counters are thrown away that count nothing any more."""
FREE = ("/health/", "/metrics")
"""What probes ask for."""

log = structlog.get_logger("ouvertures")


class Quotas:
    """A quota for reads and one for writes; without a text for it, there is none."""

    def __init__(self, reads: str, writes: str) -> None:
        texts = {"reads": reads, "writes": writes}
        self.items: Mapping[str, RateLimitItem] = {
            name: parse(text) for name, text in texts.items() if text
        }
        self.storage: MemoryStorage | None = None

    def take(self, scope: Scope, name: str) -> tuple[bool, dict[str, str]]:
        """Whether one more of `reads` or `writes` is within the quota, and what is told of it."""
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
