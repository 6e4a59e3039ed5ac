"""Short ways to write claims and ledgers, so that a test reads like a history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from app.domain import ledger
from app.domain.claims import ANNOUNCED, DEADLINE, DESCRIBED, STATE, Announcement, Change
from app.domain.commitments import Commitment, Part
from app.domain.fold import on, resolve
from app.domain.ledger import JUDGED, Claim, Event
from app.domain.periods import parse, read_dating, to_json
from app.domain.values import TRUSTED

SLUG = "decisions"
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNSAID: Any = object()
"""A value that a claim does not carry, where None is one that it does."""
BINDING = frozenset({"order", "order-2", "order-3", "arrete-2021", "arrete-2023", "arrete-2024"})
"""The text of `due` binds; that of `announced` does not, nor does a `statement`."""


def claim(kind: str, published: str, values: dict[str, Any], **beside: Any) -> Claim:
    """A claim decided on the day it was published, unless `beside` says otherwise."""
    decided = beside.pop("decided", published)
    return Claim(
        commitment=beside.pop("commitment", SLUG),
        kind=kind,
        decided_on=read_dating(decided),
        published_on=read_dating(published),
        values={name: value for name, value in values.items() if value is not UNSAID},
        **beside,
    )


def period(text: str | None) -> dict[str, str] | None:
    """A period as a claim carries it."""
    read = parse(text) if text is not None else None
    return to_json(read) if read else None


def announced(
    published: str, deadline: str | None = UNSAID, state: str = UNSAID, **beside: Any
) -> Claim:
    """A line of an official table. `values` are those of its identity."""
    due_by = UNSAID if deadline is UNSAID else period(deadline)
    values = {"type": "dataset", "deadline": due_by, "state": state, **beside.pop("values", {})}
    return claim(ANNOUNCED, published, values, **{"text": "roadmap", **beside})


def due(published: str, deadline: str | None, **beside: Any) -> Claim:
    """A deadline by a text; None withdraws it."""
    return claim(DEADLINE, published, {"deadline": period(deadline)}, **{"text": "order", **beside})


def state(published: str, state: str, **beside: Any) -> Claim:
    """A state, entered on the day `decided`."""
    return claim(STATE, published, {"state": state, **beside.pop("values", {})}, **beside)


def course(text: str) -> list[Claim]:
    """A history in short: `2021-01-15 roadmap planned 2022; 2022-02-01 due T3 2022`.

    First the day of publication; after a state the day of its decision, if it is another; after
    `roadmap` the state, or `-`, and the deadline, if it has one. A text that is `due` binds, a
    `statement` does not.
    """
    return [_step(*step.split(maxsplit=2)) for step in text.split(";")]


def _step(day: str, what: str, rest: str = "") -> Claim:
    if what in ("due", "statement"):
        text = "order" if what == "due" else what
        return due(day, None if rest == "none" else rest, text=text)
    if what == "roadmap":
        status, _, deadline = rest.partition(" ")
        return announced(day, deadline or UNSAID, UNSAID if status in ("", "-") else status)
    return state(day, what, decided=rest or day)


def table(text: str) -> list[str]:
    """The rows of a table of histories: one that ends with a semicolon goes on in the next line."""
    rows = text.strip().replace(";\n", "; ").splitlines()
    return [row for row in rows if not row.startswith("#")]


def described(published: str, **values: Any) -> Claim:
    """What editors describe."""
    decided = values.pop("decided", published)
    return claim(DESCRIBED, published, values, decided=decided)


def judged(target: int, standing: str, published: str = "2026-11-23") -> Claim:
    """A judgement of the claim at a position."""
    return claim(JUDGED, published, {}, target=target, standing=standing, reason="because")


def sent(values: dict[str, Any], **beside: Any) -> Change:
    """A change as a request sends it, its values unchecked."""
    part, title = beside.pop("part", None), beside.pop("part_title", None)
    named = {"key": part, "title": title} if title else part
    body = {**values, **beside, **({"part": named} if named else {})}
    return Change.model_validate(body, context=TRUSTED)


def beginning(values: dict[str, Any], **beside: Any) -> Announcement:
    """An announcement as a request sends it, its values unchecked."""
    body = {"title": {"fr": "Décisions"}, "publisher": "cour", **values, **beside}
    return Announcement.model_validate(body, context=TRUSTED)


def digest(salt: str, content: Mapping[str, Any]) -> str:
    """What seals a content."""
    return ledger.sealed(salt, ledger.canonical(content))


def broken(event: Event, previous: Event | None) -> str | None:
    """What is wrong with an event’s place in the chain."""
    claim, by = event.claim, (event.recorded_at, event.recorded_by)
    content = ledger.canonical(ledger.content(claim, *by)) if claim else ""
    return ledger.broken(event, previous, content)


def written(
    claims: Iterable[Claim], recorded: Sequence[datetime] | datetime = NOW, by: str = "clerk"
) -> list[Event]:
    """Claims as the register numbers, dates and chains them; all recorded now by default."""
    events: list[Event] = []
    previous_hash = ledger.NO_HASH
    for position, claim in enumerate(claims, start=1):
        at = recorded if isinstance(recorded, datetime) else recorded[position - 1]
        salt = f"{position:032x}"
        sealed = digest(salt, ledger.content(claim, at, by))
        link = ledger.link(previous_hash, position, sealed)
        about: Any = {"position": position, "commitment": claim.commitment, "kind": claim.kind}
        recording: Any = {"claim": claim, "recorded_at": at, "recorded_by": by, "salt": salt}
        chain: Any = {"digest": sealed, "previous_hash": previous_hash, "hash": link}
        events.append(Event(**about, **recording, **chain))
        previous_hash = link
    return events


def erased(event: Event) -> Event:
    """The event once its content and salt have been dropped by law."""
    return replace(event, claim=None, salt=None)


def moment(day: str) -> datetime:
    """Noon of a day, as a time of recording."""
    return datetime.fromisoformat(f"{day}T12:00:00+00:00")


def folded(*claims: Claim, recorded: Sequence[datetime] | datetime = NOW) -> list[Commitment]:
    """The spans that these claims amount to."""
    return list(resolve(written(claims, recorded), BINDING))


def as_of(day: str | date, claims: Iterable[Claim] | Sequence[Event]) -> Commitment:
    """The commitment on a day on which it exists."""
    history = list(claims)
    events = [event for event in history if isinstance(event, Event)]
    events = events or written(c for c in history if isinstance(c, Claim))
    entry = on(resolve(events, BINDING), _day(day))
    assert entry is not None, f"nothing exists on {day}"
    return entry


def timely(day: str | date, claims: Iterable[Claim] | Sequence[Event]) -> tuple[str, int | None]:
    """(timeliness, days late) on a day, against the deadline in force on that day."""
    return as_of(day, claims).timing.on(_day(day))


def timely_first(
    day: str | date, claims: Iterable[Claim] | Sequence[Event]
) -> tuple[str, int | None]:
    """(timeliness, days late) on a day, against the first deadline."""
    return as_of(day, claims).timing_first.on(_day(day))


def part(entry: Commitment, key: str) -> Part:
    """One part of an entry."""
    return next(each for each in entry.parts if each.key == key)


def deadlines(entry: Commitment) -> tuple[str | None, str | None, str | None]:
    """The labels of the deadlines announced, in force and first promised."""
    three = (entry.announced_deadline, entry.deadline, entry.first_deadline)
    announced, in_force, first = (each.period.label if each else None for each in three)
    return announced, in_force, first


def _day(day: str | date) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)


ROADMAP = announced("2021-01-15")
"""Promised, without a date."""

PROMISED = [ROADMAP, due("2021-02-01", "T3 2021")]
"""Promised for a quarter."""

SPLIT = [
    announced("2021-09-27", "T4 2024"),
    due("2024-12-06", "2026-12-31", part="delictuel", part_title="Délits"),
    due("2024-12-06", "2027-12-31", part="contraventionnel", part_title="Contraventions"),
]
"""One promise that a text of December 2024 split in two."""
