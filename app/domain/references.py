"""What commitments refer to: organisations, texts and programmes; and the head of the ledger."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.domain import beside, values
from app.domain.errors import FutureDay, Invalid, Unfit
from app.domain.periods import read_dating

THE_REGISTER = "ouvertures"
"""Who records what comes with the register itself, or from its operator’s command line."""

_FIRST = beside(__file__)
FIRST: str = _FIRST["id"]
"""The programme of all that was announced before there were programmes, and names none."""

TEXT_KINDS = ("law", "decree", "order", "roadmap", "table", "statement")
TextKind = Annotated[str, values.word(*TEXT_KINDS)]


@dataclass(frozen=True, slots=True)
class Organization:
    """Who promises, and who opens. `part_of` is the slug of the one it belongs to.

    `corrected_at` is when what is known of it last changed, and at which position of the ledger:
    answers that show it changed then.
    """

    slug: values.Slug
    name: values.Title
    part_of: values.Slug | None = None
    corrected_at: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A legal or official text. Dates are EDTF, as far as sources go.

    One that binds (a law, a decree, an order) sets deadlines that only another one moves. `eli` and
    `url` are its European identifier, and where it is read.
    """

    id: values.Slug
    title: values.Line
    nor: values.Nor | None = None
    signed_on: values.AnyYear | None = None
    published_on: values.AnyYear | None = None
    kind: TextKind | None = None
    eli: values.Address | None = None
    url: values.Address | None = None
    binding: bool = False
    corrected_at: tuple[datetime, int] | None = None


def check_dates(text: Text, today: date, within: str = "") -> None:
    """A text is signed, then published, and neither in days to come. Raises Invalid."""
    days = {"signed_on": text.signed_on, "published_on": text.published_on}
    known = {name: read_dating(day) for name, day in days.items() if day}
    for name, dating in known.items():
        if (dating.first or dating.last) > today:
            raise FutureDay(f"{within}{name}", dating.day or str(dating), today)
    if len(known) > 1 and known["published_on"].last < (known["signed_on"].first or date.min):
        raise Invalid((f"{within}published_on", Unfit("Published before it was signed.")))


@dataclass(frozen=True, slots=True)
class Programme:
    """A plan that was published: who promises by it, for which years, and which text holds it.

    `annexes` are what the text calls its tables of promises.
    """

    id: values.Slug
    title: values.Title
    ministry: values.Slug
    start: values.Edtf | None = None
    end: values.Edtf | None = None
    text: values.Slug | None = None
    annexes: tuple[values.Line, ...] = ()
    corrected_at: tuple[datetime, int] | None = None


_TITLE, _ANNEXES = values.Title.of(*_FIRST["title"]), tuple(_FIRST["annexes"])
BEFORE = Programme(**{**_FIRST, "title": _TITLE, "annexes": _ANNEXES})
"""What is known of the first programme where nobody has stated it."""

Record = Organization | Text | Programme
R = TypeVar("R", bound=Record)


def checked(record: R) -> R:
    """The record in the form in which it is kept. Raises Invalid with all that is wrong in it."""
    fields = asdict(record)
    try:
        kept: R = _ADAPTERS[type(record)].validate_python(fields)
    except ValidationError as fault:
        name = str(next(iter(fields.values())))[:60]
        wrong = values.refusals(fault.errors(), fields)
        raise Invalid(*((f"{name}.{where}", why) for where, why in wrong)) from None
    return kept


_ADAPTERS: dict[type, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind) for kind in (Organization, Text, Programme)
}


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of the register: its position, its hash, and when it was recorded."""

    position: int
    hash: str
    recorded_at: datetime | None = None


def organization_named(name: str, known: Mapping[str, Organization]) -> str | None:
    """The organisation of that name, in French or English, by its slug, or short: “Justice”."""
    wanted, bare = values.folded(name), _short(name)
    rows = known.values()
    exact = [
        row.slug
        for row in rows
        if wanted in {values.folded(text) for text in (row.slug, row.name.fr, row.name.en) if text}
    ]
    short = [row.slug for row in rows if bare and bare == _short(row.name.fr or "")]
    slugs = exact or short
    return slugs[0] if len(slugs) == 1 else None


def _short(name: str) -> str:
    """The name of a ministry without that word: “la Justice” and “Justice” are one."""
    words = [each for each in values.sort_key(name).split() if each not in _ARTICLES]
    return "".join(words[1:] if words[:1] in (["ministere"], ["ministeres"]) else words)


_ARTICLES = {"de", "du", "des", "d", "la", "le", "les", "l"}
