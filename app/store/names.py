"""Texts, organisations and programmes: kept in the process as long as nobody changes them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import cast

from app.domain import errors
from app.domain.claims import Source
from app.domain.errors import Altered, Unfit
from app.domain.ledger import TEXT, Claim, paris_day, recorded
from app.domain.references import Fact, Facts, Head, Names, Record, claim
from app.domain.values import near
from app.store import events as ledger
from app.store.database import FACTS, LAST, UNDECODABLE, Connection, kept, run, when_done
from app.store.events import left_out
from app.store.tables import HELD

MOST_PAST = 64
"""The names of so many days and positions are kept."""


@dataclass(slots=True)
class _Kept:
    """The facts up to the last one’s position, and what was known at some days and positions."""

    position: int = -1
    facts: Facts = field(default_factory=Facts)
    past: dict[tuple[date | None, int | None], Names] = field(default_factory=dict)


_HEAD_AND_LAST_FACT = """SELECT e.position, e.hash, e.recorded_at,
 (SELECT max(position) FROM events WHERE commitment IS NULL) FROM (SELECT 1 AS n) n LEFT JOIN
 events e ON e.position = (SELECT recording FROM events ORDER BY position DESC LIMIT 1)
"""


def head_and_names(connection: Connection) -> tuple[Head, Names]:
    """The last event, and what claims refer to as it is now."""
    head, last = _head_and_last_fact(connection)
    return head, facts(connection, last).newest


def _head_and_last_fact(connection: Connection) -> tuple[Head, int]:
    """The last event, and the position of the last fact."""
    ((*head, last),) = run(connection, _HEAD_AND_LAST_FACT)
    return ledger.head_of(head), last or 0


def known(connection: Connection, day: date | None, position: int | None) -> Names:
    """What claims refer to, as it was on a day and at a position."""
    every, past = facts(connection), kept(connection, _Kept).past
    if (day, position) not in past:
        if len(past) >= MOST_PAST:
            past.clear()
        past[day, position] = every.known(day, position)
    return past[day, position]


def names(connection: Connection) -> Names:
    """What claims refer to as it is now, with what is about to be recorded."""
    return facts(connection).newest


def binding(connection: Connection) -> frozenset[str]:
    """The ids of the texts that bind."""
    return facts(connection).binding()


def stated_by(connection: Connection, name: str) -> str:
    """The organisation that stated a text."""
    known = (fact.event for fact in facts(connection).facts if fact.subject == (TEXT, name))
    return next(known).recorded_by


def facts(connection: Connection, last: int | None = None) -> Facts:
    """All facts, read anew if some were recorded since. `last`: the position of the last one."""
    if of_transaction := connection.info.get(FACTS):
        return cast(Facts, of_transaction)
    before = kept(connection, _Kept)
    writes = "done" in connection.info  # no transaction that reads has it
    if last is None:
        head, last = _head_and_last_fact(connection)
        if writes:
            connection.info[LAST] = head
    if before.position == last:
        if writes:  # nobody else records anything meanwhile
            connection.info[FACTS] = before.facts
        return before.facts
    try:
        made = _Kept(last, Facts(ledger.facts(connection)))
    except UNDECODABLE as fault:
        left_out("texts, organisations and programmes", fault)
        raise Altered("The names of organisations or texts cannot be read.") from fault
    if writes:  # what is being written may yet be undone
        when_done(connection, partial(_keep, before, made))
    else:
        _keep(before, made)
    return made.facts


def _keep(before: _Kept, made: _Kept) -> None:
    before.position, before.facts, before.past = made.position, made.facts, made.past


def propose(
    connection: Connection, records: Iterable[Record], at: datetime, source: Source | None = None
) -> list[Claim]:
    """The events that state records, or correct known ones: known from now on in this transaction.

    They are to be recorded with what follows.
    """
    claims = list[Claim]()
    for record in records:
        every = facts(connection)
        if made := claim(record, every.newest.like(record), paris_day(at), source):
            if made.kind == TEXT and made.subject in every.newest.hidden:
                made = replace(made, visibility="internal")
            (event,) = recorded((), [made], at)
            event = replace(event, position=HELD)
            connection.info[FACTS] = Facts([*every.facts, Fact(event, HELD)])
            claims.append(made)
    return claims


def published(connection: Connection, cited: Iterable[str | None], at: datetime) -> list[Claim]:
    """The events that state texts once more, for everyone: a public claim cites them now."""
    newest = facts(connection).newest
    again = sorted(newest.hidden.intersection(filter(None, cited)))
    made = (claim(newest.texts[name], None, paris_day(at)) for name in again)
    return [statement for statement in made if statement]


def unknown(kind: str, wanted: Iterable[str], known: Iterable[str]) -> list[tuple[str, Unfit]]:
    """The kind and a refusal for each name that nothing of the kind has."""
    if not (asked := set(wanted)):
        return []
    every = tuple(known)
    absent = sorted(asked.difference(every))
    return [(kind, errors.unknown(kind, name, every, near(name, every))) for name in absent]
