"""Short ways to write claims and ledgers, so that a test reads like the history it tells."""

from collections.abc import Iterable, Sequence
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


def claim(kind: str, published: str, values: dict[str, Any], **told: Any) -> Claim:
    """A claim decided on the day it was published, unless told otherwise."""
    decided = told.pop("decided", published)
    return Claim(
        commitment=told.pop("commitment", SLUG),
        kind=kind,
        decided_on=read_dating(decided),
        published_on=read_dating(published),
        values={name: value for name, value in values.items() if value is not UNSAID},
        **told,
    )


def period(text: str | None) -> dict[str, str] | None:
    """A period as a claim carries it."""
    read = parse(text) if text is not None else None
    return to_json(read) if read else None


def announced(
    published: str, deadline: str | None = UNSAID, state: str = UNSAID, **told: Any
) -> Claim:
    """A line of an official table. `values` are those of its identity."""
    said = UNSAID if deadline is UNSAID else period(deadline)
    values = {"type": "dataset", "deadline": said, "state": state, **told.pop("values", {})}
    return claim(ANNOUNCED, published, values, **{"text": "roadmap", **told})


def due(published: str, deadline: str | None, **told: Any) -> Claim:
    """A deadline by a text; None withdraws it."""
    return claim(DEADLINE, published, {"deadline": period(deadline)}, **{"text": "order", **told})


def state(published: str, state: str, **told: Any) -> Claim:
    """A state, entered on the day `decided`."""
    return claim(STATE, published, {"state": state, **told.pop("values", {})}, **told)


def course(text: str) -> list[Claim]:
    """Deadlines and states in short: `2021-02-01 due T3 2021; 2021-10-05 available 2021-09-29`.

    First the day of publication; after a state, the day of its decision if it is another.
    """
    steps = (step.split(maxsplit=2) for step in text.split(";"))
    return [
        due(day, None if rest == ["none"] else rest[0])
        if what == "due"
        else state(day, what, decided=rest[0] if rest else day)
        for day, what, *rest in steps
    ]


def described(published: str, **values: Any) -> Claim:
    """What editors describe."""
    told = {"decided": values.pop("decided", published)}
    return claim(DESCRIBED, published, values, **told)


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


def written(claims: Iterable[Claim], recorded: Sequence[datetime] | datetime = NOW) -> list[Event]:
    """Claims as the register numbers, dates and chains them; all recorded now unless told."""
    events: list[Event] = []
    previous_hash = ledger.NO_HASH
    for position, one in enumerate(claims, start=1):
        at = recorded if isinstance(recorded, datetime) else recorded[position - 1]
        salt = f"{position:032x}"
        digest = ledger.digest(salt, ledger.content(one, at, "clerk"))
        link = ledger.link(previous_hash, position, digest)
        events.append(
            Event(
                position=position,
                commitment=one.commitment,
                kind=one.kind,
                claim=one,
                recorded_at=at,
                recorded_by="clerk",
                salt=salt,
                digest=digest,
                previous_hash=previous_hash,
                hash=link,
            )
        )
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
    return list(resolve(written(claims, recorded)))


def as_of(day: str | date, claims: Iterable[Claim] | Sequence[Event]) -> Commitment:
    """The commitment on a day on which it exists."""
    history = list(claims)
    events = [one for one in history if isinstance(one, Event)]
    found = on(resolve(events or written(c for c in history if isinstance(c, Claim))), _day(day))
    assert found is not None, f"nothing exists on {day}"
    return found


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
    return next(one for one in entry.parts if one.key == key)


def deadlines(entry: Commitment) -> tuple[str | None, str | None, str | None]:
    """The labels of the deadlines announced, in force and first promised."""
    held = (entry.announced_deadline, entry.deadline, entry.first_deadline)
    announced, in_force, first = (one.period.label if one else None for one in held)
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
