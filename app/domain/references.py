"""What claims refer to, texts, organisations and programmes, and the events that state them.

The first event of a subject says all that is known; each later one corrects what it names. Knows
nothing of entries.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from operator import itemgetter
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.domain import beside, claims, values
from app.domain.claims import FIRST, TextKind
from app.domain.errors import FutureDay, Invalid, Unfit
from app.domain.ledger import ORGANIZATION, PROGRAMME, TEXT, Claim, Event
from app.domain.periods import on_day, read_dating

THE_REGISTER = "ouvertures"
"""Who records what comes with the register itself, or from its operator’s command line."""


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


Record = Organization | Text | Programme
R = TypeVar("R", bound=Record)
_RECORDS: dict[str, type[Any]] = {TEXT: Text, ORGANIZATION: Organization, PROGRAMME: Programme}
_KINDS = {record: kind for kind, record in _RECORDS.items()}
_ADAPTERS = {record: TypeAdapter[Any](record) for record in _KINDS}


def _name(record: Record) -> str:
    return record.slug if isinstance(record, Organization) else record.id


def _record(kind: str, name: str, stated: Mapping[str, Any], **of_event: Any) -> Any:
    """The record of what is stated of a subject. What only a newer version knows is left alone."""
    known = {}
    for each in fields(record := _RECORDS[kind]):
        value = stated.get(each.name)
        if value is None:
            continue
        if each.type is values.Title:
            value = values.Title.of(**value)
        known[each.name] = tuple(value) if isinstance(value, list) else value
    return record(name, **known, **of_event)


BEFORE: Programme = _record(PROGRAMME, FIRST, beside(__file__))
"""What is known of the first programme where nobody has stated it."""


def checked(record: R) -> R:
    """The record in the form in which it is kept. Raises Invalid with all that is wrong in it."""
    given = asdict(record)
    try:
        kept: R = _ADAPTERS[type(record)].validate_python(given)
    except ValidationError as fault:
        wrong = values.refusals(fault.errors(), given)
        raise Invalid(*((f"{_name(record)[:60]}.{where}", why) for where, why in wrong)) from None
    return kept


def check_dates(text: Text, today: date, within: str = "") -> None:
    """A text is signed, then published, and neither in days to come. Raises Invalid."""
    days = {"signed_on": text.signed_on, "published_on": text.published_on}
    known = {name: read_dating(day) for name, day in days.items() if day}
    for name, dating in known.items():
        if (dating.first or dating.last) > today:
            raise FutureDay(f"{within}{name}", dating.day or str(dating), today)
    if len(known) > 1 and known["published_on"].last < (known["signed_on"].first or date.min):
        raise Invalid((f"{within}published_on", Unfit("Published before it was signed.")))


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


# Records of the bodies of requests.


def made_of(field: str, title: str, longest: int = values.SLUG) -> str:
    """The permanent name that a title gives. Raises Invalid where it has no letter or digit."""
    if not (name := values.permanent_name(title, longest)):
        why = Unfit("It needs a letter or a digit, for its address is made of them.")
        raise Invalid((field, why))
    return name


def text_of(body: claims.NewText, today: date, within: str = "") -> Text:
    """The text that a body states; `within`: where in the body it is. Raises Invalid."""
    text = Text(made_of(f"{within}title", body.title, 80), **body.model_dump())
    check_dates(text, today, within)
    return text


def record_of(body: claims.NewText | claims.NewProgramme, today: date) -> Text | Programme:
    """The text or the programme that a body states. Raises Invalid."""
    if isinstance(body, claims.NewText):
        return text_of(body, today)
    known = {name: getattr(body, name) for name in claims.ProgrammePatch.model_fields}
    name = body.id or made_of("title", body.title.fr or body.title.en or "", 80)
    return Programme(name, **known)


def corrected(known: R, body: claims.TextPatch | claims.ProgrammePatch) -> R:
    """What is known, with what a patch names. Raises Invalid, also where it names nothing."""
    named = {field: getattr(body, field) for field in body.model_fields_set}
    if not named:
        raise Invalid(("", Unfit("Nothing is changed: name a field.")))
    if isinstance(title := named.get("title"), values.Title) and isinstance(known, Programme):
        named["title"] = claims.merge(known.title, title)
    return replace(known, **named)


# Records as events.


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of the register: its position, its hash, and when it was recorded."""

    position: int
    hash: str
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """An event about a subject, and the recording that it came with."""

    event: Event
    recording: int

    @property
    def subject(self) -> tuple[str, str]:
        """What it is about: the kind and the name."""
        return self.event.kind, self.event.subject or ""

    @property
    def values(self) -> Mapping[str, Any]:
        return self.event.claim.values if self.event.claim else {}

    @property
    def was_known(self) -> bool:
        """Whether it held before it was recorded: it is only known to be so by a day."""
        return bool(self.event.claim and self.event.claim.published_on.first is None)


@dataclass(frozen=True, slots=True)
class Names:
    """All that is known of what claims refer to, by name; texts are oldest first.

    `hidden`: the ids of texts that no public claim has cited yet.
    """

    organizations: Mapping[str, Organization] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)
    programmes: Mapping[str, Programme] = field(default_factory=lambda: {FIRST: BEFORE})
    hidden: frozenset[str] = frozenset()

    def like(self, record: Record) -> Record | None:
        """What is known of the subject of a record."""
        kinds: dict[type[Any], Mapping[str, Record]] = {
            Text: self.texts,
            Organization: self.organizations,
            Programme: self.programmes,
        }
        known = kinds[type(record)].get(_name(record))
        return None if known is BEFORE else known


def stated(record: Record) -> dict[str, Any]:
    """What a record says besides its name, as JSON."""
    _, *known, _corrected_at = ((each.name, getattr(record, each.name)) for each in fields(record))
    return {
        name: claims.written(value) if isinstance(value, values.Title) else value
        for name, value in known
        if value not in (None, ())
    }


def claim(
    record: Record, known: Record | None, today: date, source: claims.Source | None = None
) -> Claim | None:
    """The event that states a record, or corrects the known one; None where all is the same."""
    now, before = stated(record), stated(known) if known else {}
    differing = {
        name: now.get(name) for name in {**before, **now} if now.get(name) != before.get(name)
    }
    if known and not differing:
        return None
    day = on_day(today)
    return Claim(
        kind=_KINDS[type(record)],
        subject=_name(record),
        values=differing,
        decided_on=day,
        published_on=day,
        source=source,
    )


class Facts:
    """All facts of a register, in order of position."""

    def __init__(self, facts: Sequence[Fact] = ()) -> None:
        self.facts = facts
        self.newest = self.known(None, None)
        self._turns: dict[str, list[int]] = {}
        self._bindings = list(self._binding())

    def known(self, day: date | None, position: int | None) -> Names:
        """What was known at a position, organisations by the names of a day; None is the last."""
        subjects: dict[tuple[str, str], list[Fact]] = {}
        for fact in self.facts:
            first = fact.subject not in subjects
            recorded = position is None or fact.recording <= position or (first and fact.was_known)
            dated = fact.event.kind == ORGANIZATION and not first
            if recorded and not (dated and day and fact.event.counts_from > day):
                subjects.setdefault(fact.subject, []).append(fact)
        kinds: dict[str, dict[str, Any]] = {kind: {} for kind in _RECORDS}
        for (kind, name), facts in sorted(subjects.items()):
            if kind == ORGANIZATION:
                facts[1:] = sorted(facts[1:], key=lambda fact: fact.event.counts_from)
            kinds[kind][name] = _of_facts(kind, name, facts)
        texts = sorted(kinds[TEXT].values(), key=lambda text: (text.signed_on or "", text.id))
        return Names(
            kinds[ORGANIZATION],
            {text.id: text for text in texts},
            {FIRST: BEFORE, **kinds[PROGRAMME]},
            frozenset(name for (kind, name), facts in subjects.items() if _hide(kind, facts)),
        )

    def _binding(self) -> Iterator[tuple[int, frozenset[str]]]:
        """The recordings since which other texts bind, and which."""
        binds: set[str] = set()
        seen: set[str] = set()
        yield 0, frozenset()
        for fact in self.facts:
            kind, name = fact.subject
            if kind != TEXT:
                continue
            at = 0 if fact.was_known and name not in seen else fact.recording
            seen.add(name)
            binding = bool(fact.values.get("binding", name in binds))
            if binding != (name in binds):
                binds ^= {name}
                self._turns.setdefault(name, []).append(at)
                yield at, frozenset(binds)

    def binding(self, position: int | None = None) -> frozenset[str]:
        """The ids of the texts that bind, at a position."""
        if position is None:
            return self._bindings[-1][1]
        return self._bindings[bisect_right(self._bindings, position, key=itemgetter(0)) - 1][1]

    def turns(self, texts: Iterable[str]) -> set[int]:
        """The recordings since which one of these texts binds, or binds no more."""
        return {at for text in texts for at in self._turns.get(text, ())}


def _hide(kind: str, facts: Iterable[Fact]) -> bool:
    """Whether a subject is a text of which everything that was said is internal."""
    contents = (fact.event.claim for fact in facts)
    return kind == TEXT and all(claim and claim.visibility == "internal" for claim in contents)


def _of_facts(kind: str, name: str, facts: Iterable[Fact]) -> Any:
    """A subject by its facts, the later ones correcting the earlier."""
    stated: dict[str, Any] = {}
    corrected_at = None
    for fact in facts:
        corrected_at = (fact.event.recorded_at, fact.event.position) if stated else None
        for key, value in fact.values.items():
            both = isinstance(value, dict) and isinstance(stated.get(key), dict)
            stated[key] = {**stated[key], **value} if both else value
    return _record(kind, name, stated, corrected_at=corrected_at)
