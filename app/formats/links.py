"""What an answer leads to: its other voices and what is around it, as headers and sets tell it.

RFC 8288 and RFC 9264. A row of `FORMATS` brings its links everywhere. Knows addresses, no HTTP.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from app.domain.commitments import Commitment
from app.domain.context import OPEN_LICENCE, Context
from app.domain.search import OF_EXPORTS, PAGING
from app.formats import FORMATS, HTML, JSON, OF_ENTRY, TURTLE, Format, dumps
from app.formats.document import Document
from app.formats.entry import published
from app.formats.rdf import safe_iri

BEGINNINGS = ("openings", "actions", "changes", "statistics")
NEIGHBOURS = ("first", "prev", "next", "last")
MOST_BYTES = 3000
"""What proxies hold of a header by default, less what an answer says besides."""

_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_SAFE = ":/?#[]@!$&'()*+,;=%~"
_JSON, _PAGE = "application/json", "text/html"
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Link:
    """Where something leads: how it is related, its absolute address, and what is there."""

    rel: str
    address: str
    media_type: str | None = None

    @property
    def target(self) -> str:
        """The address in ASCII, as a header carries it."""
        return quote(self.address, safe=_SAFE)

    @property
    def type(self) -> str | None:
        """The media type, without parameters; None when it is not one."""
        bare = (self.media_type or "").partition(";")[0]
        return bare if _MEDIA_TYPE.fullmatch(bare) else None


def everywhere(base: str) -> Iterator[Link]:
    """What holds for every answer: what its words mean, its licence, and how to ask."""
    yield Link("describedby", f"{base}/api/v1/vocabularies", _JSON)
    yield Link("license", OPEN_LICENCE)
    yield Link("service-desc", f"{base}/openapi.json", _JSON)
    yield Link("service-doc", f"{base}/docs", _PAGE)


def of_entry(
    commitment: Commitment, context: Context, voice: Format, language: str | None = None
) -> Iterator[Link]:
    """Around an entry: its permanent address, its other voices, its list, and what is open."""
    it, seen = context.iri(commitment), context.seen_from
    spoken = f"{'&' if seen else '?'}lang={language}" if language else ""
    yield Link("canonical", f"{it}{seen}{spoken}")
    of_action = commitment.type == "action"
    for row in OF_ENTRY:
        if row != voice and (row.of_actions or not of_action):
            yield Link("alternate", f"{it}.{row.suffix}{seen}", row.media_type)
    listed = f"{context.base}/{'actions' if of_action else 'openings'}{seen}"
    yield Link("collection", listed)
    yield Link("up", listed)
    for resource in commitment.described.resources if published(commitment) else ():
        if address := safe_iri(resource.download_url) or safe_iri(resource.url):
            yield Link("item", address, resource.media_type)


def of_list(base: str, query: Pairs, voice: Format, *, of_actions: bool) -> Iterator[Link]:
    """Around a list: the same list in its other voices, and the catalogue of its openings."""
    address = f"{base}/{'actions' if of_actions else 'openings'}"
    sought = [pair for pair in query if pair[0] not in OF_EXPORTS]
    for row in FORMATS:
        if row == voice:
            continue
        if row is HTML:
            yield Link("alternate", _asked(address, sought), row.media_type)
        elif row is JSON:
            yield Link("alternate", _asked(f"{address}.{row.suffix}", sought), row.media_type)
        elif row.whole:
            asked = [pair for pair in query if takes(row, pair[0])]
            yield Link("alternate", _asked(f"{address}.{row.suffix}", asked), row.media_type)
        elif row.log:
            asked = [pair for pair in sought if pair[0] not in ("sort", *PAGING)]
            yield Link("alternate", _asked(f"{address}.{row.suffix}", asked), row.media_type)
    if not of_actions:
        named = [pair for pair in sought if pair[0] not in ("sort", "lang", *PAGING)]
        yield from _catalogue(base, named, None)
    if of_actions or voice is not HTML:
        yield Link("up", f"{base}/")


def takes(row: Format, name: str) -> bool:
    """Whether a whole list in this format takes a parameter that lists take."""
    return name in row.takes or name not in (*OF_EXPORTS, *PAGING)


def of_catalogue(base: str, query: Pairs, voice: Format | None) -> Iterator[Link]:
    """Around the catalogue: its other syntaxes, the whole in one file, the APIs."""
    yield from _catalogue(base, query, voice)
    yield Link("api-catalog", f"{base}/.well-known/api-catalog", "application/linkset+json")
    yield Link("up", f"{base}/")


def of_statistics(base: str, query: Pairs, *, in_csv: bool) -> Iterator[Link]:
    """Around figures: the same in the other voice."""
    address = f"{base}/api/v1/statistics"
    other = (address, _JSON) if in_csv else (f"{address}.csv", "text/csv")
    sought = [pair for pair in query if pair[0] not in OF_EXPORTS]
    yield Link("alternate", _asked(other[0], sought), other[1])


def _catalogue(base: str, query: Pairs, voice: Format | None) -> Iterator[Link]:
    for row in FORMATS:
        if row.many and row != voice:
            yield Link("alternate", _asked(f"{base}/catalog.{row.suffix}", query), row.media_type)
    dumped = [pair for pair in query if pair[0] not in PAGING]
    whole = f"{base}/catalog.{(voice or TURTLE).suffix}.gz"
    yield Link("related", _asked(whole, dumped), dumps.MEDIA_TYPE)


def _asked(address: str, query: Pairs) -> str:
    return f"{address}?{urlencode(query)}" if query else address


def apis(base: str) -> Document:
    """The catalogue of the APIs (RFC 9727): where each begins, and what tells of it."""
    begins = [f"{base}/api/v1/{name}" for name in BEGINNINGS]
    begins.append(f"{base}/catalog")
    around = [*everywhere(base), Link("status", f"{base}/health/ready", _JSON)]
    items = [Link("item", address) for address in begins]
    itself = f"{base}/.well-known/api-catalog"
    return linkset({itself: items, **dict.fromkeys(begins, around)})


def header(links: Iterable[Link]) -> str:
    """The value of a `Link` header. What would make it too large is left out, but the way on."""
    told: list[str] = []
    size = 0
    for link in links:
        one = f'<{link.target}>; rel="{link.rel}"' + (f'; type="{link.type}"' if link.type else "")
        if link.rel in NEIGHBOURS or size + len(one) <= MOST_BYTES:
            told.append(one)
            size += len(one) + 2
    return ", ".join(told)


def linkset(contexts: Mapping[str, Iterable[Link]]) -> Document:
    """Links by what they lead from."""
    told = []
    for anchor, links in contexts.items():
        one_context: Document = {"anchor": anchor}
        for link in links:
            target = {"href": link.target, **({"type": link.type} if link.type else {})}
            one_context.setdefault(link.rel, []).append(target)
        told.append(one_context)
    return {"linkset": told}
