"""Facts that claims refer to, texts, organisations and programmes, as the events that state them.

The first event of a subject says all that is known; each later one corrects what it names. Knows
nothing of entries.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

from app.domain import claims, references
from app.domain.errors import Invalid, Unfit
from app.domain.ledger import ORGANIZATION, PROGRAMME, TEXT, Claim, Event
from app.domain.periods import on_day
from app.domain.references import Organization, Programme, R, Record, Text
from app.domain.values import SLUG, Title, permanent_name

_RECORDS: dict[str, type[Any]] = {TEXT: Text, ORGANIZATION: Organization, PROGRAMME: Programme}
_KINDS = {record: kind for kind, record in _RECORDS.items()}
_TITLED = {ORGANIZATION: "name", PROGRAMME: "title"}
"""The value of each kind that is in two languages."""


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
    programmes: Mapping[str, Programme] = field(
        default_factory=lambda: {references.FIRST: references.BEFORE}
    )
    hidden: frozenset[str] = frozenset()

    def like(self, record: Record) -> Record | None:
        """What is known of the subject of a record."""
        kinds: dict[type[Any], Mapping[str, Any]] = {
            Text: self.texts,
            Organization: self.organizations,
            Programme: self.programmes,
        }
        known: Record | None = kinds[type(record)].get(getattr(record, fields(record)[0].name))
        return None if known is references.BEFORE else known


def stated(record: Record) -> dict[str, Any]:
    """What a record says besides its name, as JSON."""
    values = {each.name: getattr(record, each.name) for each in fields(record)[1:]}
    values.pop("corrected_at")
    return {
        name: claims.written(value) if isinstance(value, Title) else value
        for name, value in values.items()
        if value not in (None, ())
    }


def claim(
    record: Record, known: Record | None, today: date, source: claims.Source | None = None
) -> Claim | None:
    """The event that states a record, or corrects the known one; None where all is the same."""
    values = stated(record)
    if known:
        before = stated(known)
        values = {name: values.get(name) for name in {*before, *values}}
        values = {name: value for name, value in values.items() if value != before.get(name)}
        if not values:
            return None
    day = on_day(today)
    return Claim(
        kind=_KINDS[type(record)],
        subject=getattr(record, fields(record)[0].name),
        values=values,
        decided_on=day,
        published_on=day,
        source=source,
    )


def made_of(field: str, title: str, longest: int = SLUG) -> str:
    """The permanent name that a title gives. Raises Invalid where it has no letter or digit."""
    if not (name := permanent_name(title, longest)):
        why = Unfit("It needs a letter or a digit, for its address is made of them.")
        raise Invalid((field, why))
    return name


def text_of(body: claims.NewText, today: date, within: str = "") -> Text:
    """The text that a body states; `within`: where in the body it is. Raises Invalid."""
    text = Text(made_of(f"{within}title", body.title, 80), **body.model_dump())
    references.check_dates(text, today, within)
    return text


def record_of(body: claims.NewText | claims.NewProgramme, today: date) -> Text | Programme:
    """The text or the programme that a body states. Raises Invalid."""
    if isinstance(body, claims.NewText):
        return text_of(body, today)
    values = {name: getattr(body, name) for name in claims.ProgrammePatch.model_fields}
    name = body.id or made_of("title", body.title.fr or body.title.en or "", 80)
    return references.checked(Programme(name, **values))


def corrected(known: R, body: claims.TextPatch | claims.ProgrammePatch) -> R:
    """What is known, with what a patch names. Raises Invalid, also where it names nothing."""
    values = {field: getattr(body, field) for field in body.model_fields_set}
    if not values:
        raise Invalid(("", Unfit("Nothing is changed: name a field.")))
    if isinstance(title := values.get("title"), Title) and isinstance(known, Programme):
        values["title"] = claims.merge(known.title, title)
    return references.checked(replace(known, **values))


class Facts:
    """All facts of a register, in order of position."""

    def __init__(self, facts: Sequence[Fact] = ()) -> None:
        self.facts = facts
        self.newest = self.known(None, None)
        self._turns: dict[str, list[int]] = {}
        self._bindings = list(self._binding())

    def known(self, day: date | None, position: int | None) -> Names:
        """What was known at a position, organisations by the names of a day; None is the last."""
        records: dict[tuple[str, str], list[Fact]] = {}
        for fact in self.facts:
            first = fact.subject not in records
            recorded = position is None or fact.recording <= position or (first and fact.was_known)
            dated = fact.event.kind == ORGANIZATION and not first
            if recorded and not (dated and day and fact.event.counts_from > day):
                records.setdefault(fact.subject, []).append(fact)
        kinds: dict[str, dict[str, Any]] = {kind: {} for kind in _RECORDS}
        for (kind, name), some in sorted(records.items()):
            if kind == ORGANIZATION:
                some[1:] = sorted(some[1:], key=lambda fact: fact.event.counts_from)
            kinds[kind][name] = _record(kind, name, some)
        texts = sorted(kinds[TEXT].values(), key=lambda text: (text.signed_on or "", text.id))
        programmes = {references.FIRST: references.BEFORE, **kinds[PROGRAMME]}
        internal = (name for (kind, name), some in records.items() if kind == TEXT and _hide(some))
        return Names(
            kinds[ORGANIZATION], {text.id: text for text in texts}, programmes, frozenset(internal)
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
        return self._bindings[bisect_right(self._bindings, position, key=_place) - 1][1]

    def turns(self, texts: Iterable[str]) -> set[int]:
        """The recordings since which one of these texts binds, or binds no more."""
        return {at for text in texts for at in self._turns.get(text, ())}


def _place(bound: tuple[int, frozenset[str]]) -> int:
    return bound[0]


def _hide(facts: Iterable[Fact]) -> bool:
    """Whether everything that was said of a subject is internal."""
    contents = (fact.event.claim for fact in facts)
    return all(claim is not None and claim.visibility == "internal" for claim in contents)


def _record(kind: str, name: str, facts: Iterable[Fact]) -> Any:
    """A subject by its facts, the later ones correcting the earlier."""
    values: dict[str, Any] = {}
    corrected = None
    for fact in facts:
        corrected = (fact.event.recorded_at, fact.event.position) if values else None
        for key, value in fact.values.items():
            both = isinstance(value, dict) and isinstance(values.get(key), dict)
            values[key] = {**values[key], **value} if both else value
    record = _RECORDS[kind]
    known = {each.name for each in fields(record)}
    values = {key: value for key, value in values.items() if key in known and value is not None}
    if "annexes" in values:
        values["annexes"] = tuple(values["annexes"])
    if titled := _TITLED.get(kind):
        values[titled] = Title.of(**values[titled])
    return record(name, **values, corrected_at=corrected)
