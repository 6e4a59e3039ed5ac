"""What teams have besides the ledger, as rows: keys, members, proposals, and the audit."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from app.domain.access import WAITING, Act, Actor, Key, Member, Person, Proposal, weaker
from app.domain.errors import Contradiction
from app.store.database import run
from app.store.tables import audit, keys, members, proposals, reminders, teams

R = TypeVar("R", Key, Member, Proposal, Act)
_TABLES: dict[type, Table] = {Key: keys, Member: members, Proposal: proposals, Act: audit}
DAYS_OF_ADDRESSES, LONGEST_TARGET = 30, 300
"""How long the audit keeps from where something was asked, and how much of what."""


def _find(
    connection: Connection, kind: type[R], *where: ColumnElement[bool], by: Sequence[str] = ()
) -> list[R]:
    table = _TABLES[kind]
    query = select(*(table.c[row.name] for row in fields(kind))).where(*where)
    rows = connection.execute(query.order_by(*(table.c[name] for name in by))).mappings()
    return [kind(**row) for row in rows]


def find(connection: Connection, kind: type[R], name: str | int | None) -> R | None:
    """The key, member or proposal of that name or number, whatever came of it since."""
    (column,) = _TABLES[kind].primary_key.columns
    return next(iter(_find(connection, kind, column == name)), None)


def add(connection: Connection, row: Key | Member | Proposal) -> None:
    """Keep a new row."""
    connection.execute(insert(_TABLES[type(row)]).values(**asdict(row)))


def replace(
    connection: Connection, row: Key | Member | Proposal, *where: ColumnElement[bool]
) -> bool:
    """Keep what a row is from now on, if it is still as is asked; whether it was."""
    table, values = _TABLES[type(row)], asdict(row)
    (name,) = table.primary_key.columns
    query = update(table).where(name == values[name.name], *where).values(**values)
    return bool(connection.execute(query).rowcount)


# Keys and members.


class Holder(NamedTuple):
    """A key, and what its holder may at most."""

    key: Key
    role: str
    four_eyes: bool

    @property
    def actor(self) -> Actor:
        """Who holds it."""
        key, four_eyes = self.key, self.four_eyes
        whose, ends = key.organization, key.expires_at
        return Actor(whose, self.role, key.public, four_eyes=four_eyes, ends_at=ends)


def find_holder(connection: Connection, public: str) -> Holder | None:
    """Who holds the key with that public part: a member with the weaker of the two roles."""
    row = connection.execute(_HOLDER, {"public": public}).mappings().first()
    if row is None:
        return None
    values = dict(row)
    four_eyes, role = bool(values.pop("four_eyes")), values.pop("of_member")
    return Holder(Key(**values), weaker(role or values["role"], values["role"]), four_eyes)


_HOLDER = (
    select(keys, members.c.role.label("of_member"), teams.c.four_eyes)
    .where(keys.c.public == bindparam("public"))
    .outerjoin(members, members.c.id == keys.c.member)
    .outerjoin(teams, teams.c.organization == keys.c.organization)
)


def find_keys(connection: Connection, organization: str | None = None) -> list[Key]:
    """All keys, or those of an organisation, oldest first."""
    return _find(connection, Key, *_of(keys, organization), by=("created_at", "public"))


def note_use(connection: Connection, public: str, day: date) -> None:
    """Remember the last day of use."""
    query = "UPDATE keys SET last_used_on = :day WHERE public = :public"
    run(connection, query, {"day": day, "public": public})


def find_members(connection: Connection, organization: str | None = None) -> list[Member]:
    """All members, or those of an organisation, oldest first."""
    return _find(connection, Member, *_of(members, organization), by=("added_at", "id"))


def revoke_keys_of(connection: Connection, member: str, at: datetime) -> None:
    """End the keys of a member at once."""
    query = update(keys).where(keys.c.member == member, keys.c.revoked_at.is_(None))
    connection.execute(query.values(revoked_at=at))


def find_people(connection: Connection, person: Person) -> list[tuple[Member, str | None]]:
    """The members that somebody may be, each with the SIRET that their organisation asks for.

    By subject; by address, those to whom no subject is bound yet: of who has signed in here before,
    where a SIRET is asked for. Whoever adds the address elsewhere takes nobody's way in.
    """
    by_address = func.lower(members.c.email) == (person.email or "").lower()
    bound = members.c.subject == person.subject
    before = select(members.c.id).where(bound, members.c.removed_at.is_(None)).correlate(None)
    asked = or_(teams.c.siret.is_not(None), ~before.exists())
    known = or_(bound, and_(members.c.subject.is_(None), by_address, asked))
    query = select(members, teams.c.siret).where(known, members.c.removed_at.is_(None))
    query = query.outerjoin(teams, teams.c.organization == members.c.organization)
    rows = connection.execute(query.order_by(members.c.added_at, members.c.id)).mappings()
    names = [row.name for row in fields(Member)]
    return [(Member(**{name: row[name] for name in names}), row["siret"]) for row in rows]


def bind(connection: Connection, member: str, subject: str | None) -> None:
    """Keep who a member is to an issuer of identities; None: nobody yet."""
    connection.execute(update(members).where(members.c.id == member).values(subject=subject))


def set_team(connection: Connection, organization: str, **values: Any) -> None:
    """Keep what an organisation wants of its team."""
    changed = connection.execute(
        update(teams).where(teams.c.organization == organization).values(**values)
    )
    if not changed.rowcount:
        values = {"organization": organization, "four_eyes": False, **values}
        connection.execute(insert(teams).values(**values))


def _of(table: Table, organization: str | None) -> list[ColumnElement[bool]]:
    return [] if organization is None else [table.c.organization == organization]


# Reminders.


Reminder = tuple[str, str, str, int]
"""Of which entry, by which deadline, to whom, and how many days after it."""
RUN: Reminder = ("", "", "", 0)
"""What stands, among the reminders that went out, for a run that is under way."""


def find_reminders(connection: Connection) -> set[Reminder]:
    """The reminders that went out."""
    query = select(reminders.c.entry, reminders.c.deadline, reminders.c.member, reminders.c.days)
    return {(row[0], row[1], row[2], row[3]) for row in connection.execute(query)}


def note_reminders(connection: Connection, sent: Collection[Reminder], at: datetime) -> None:
    """Keep that reminders went out, and that their run goes on."""
    end_run(connection)
    names = ("entry", "deadline", "member", "days")
    new = {*sent, RUN} - find_reminders(connection)
    values = [{**dict(zip(names, row, strict=True)), "sent_at": at} for row in new]
    connection.execute(insert(reminders), values)


def begin_run(connection: Connection, at: datetime, silent_since: datetime) -> bool:
    """Whether a run may begin: no other is under way that has written since then."""
    end_run(connection, silent_since)
    free = RUN not in find_reminders(connection)
    if free:
        note_reminders(connection, (), at)
    return free


def end_run(connection: Connection, silent_since: datetime | None = None) -> None:
    """No run is under way, at least none that has been silent since then."""
    query = delete(reminders).where(reminders.c.entry == RUN[0])
    if silent_since:
        query = query.where(reminders.c.sent_at < silent_since)
    connection.execute(query)


# Proposals.


def find_proposals(connection: Connection, organization: str | None) -> list[Proposal]:
    """What waits for a validator, of all or of what an organisation sees, oldest first."""
    sides = (proposals.c.proposed_by, proposals.c.awaits)
    seen = [] if organization is None else [or_(*(side == organization for side in sides))]
    return _find(connection, Proposal, proposals.c.state == WAITING, *seen, by=("number",))


def hand_over(connection: Connection, key: str, to: str) -> None:
    """What one key proposed and what waits is of another from now on."""
    waiting = proposals.c.proposed_key == key, proposals.c.state == WAITING
    connection.execute(update(proposals).where(*waiting).values(proposed_key=to))


def decide(connection: Connection, proposal: Proposal) -> None:
    """Keep what became of a proposal. Raises Contradiction where it waits no more."""
    if not replace(connection, proposal, proposals.c.state == WAITING):
        raise Contradiction("This proposal waits no more.")


def next_number(connection: Connection) -> int:
    """The number of the next proposal. One writer at a time asks for it."""
    return (connection.scalar(select(func.max(proposals.c.number))) or 0) + 1


# The audit.


def note(connection: Connection, actor: Actor, at: datetime, outcome: str = "done") -> None:
    """Keep what an actor did, or tried; and forget from where what is older was asked."""
    if (origin := actor.origin) is None:
        return
    values = {"organization": actor.organization or "", "outcome": outcome, **asdict(origin)}
    values |= {"role": actor.role, "key": actor.key, "at": at}
    values["target"] = origin.target[:LONGEST_TARGET]
    run(connection, _NOTED, values)
    old = at - timedelta(days=DAYS_OF_ADDRESSES)
    forgotten = "UPDATE audit SET address = NULL WHERE address IS NOT NULL AND at < :old"
    run(connection, forgotten, {"old": old})


_NOTED = f"""INSERT INTO audit ({", ".join(audit.c.keys())})
 SELECT coalesce(max(number), 0) + 1, :{", :".join(audit.c.keys()[1:])} FROM audit"""


def find_acts(
    connection: Connection, organization: str | None, before: int | None, most: int
) -> list[Act]:
    """What was done and tried, by all or by an organisation, the newest first."""
    earlier = [] if before is None else [audit.c.number < before]
    query = select(audit).where(*_of(audit, organization), *earlier)
    rows = connection.execute(query.order_by(audit.c.number.desc()).limit(most)).mappings()
    return [Act(**row) for row in rows]
