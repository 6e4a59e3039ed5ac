"""Writing use cases: announce, change, judge, absorb, verify and rebuild.

Each decides by the pure rules, then appends, in one transaction that ends before the answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeVar

from app.domain import decisions, values
from app.domain.access import (
    ADD,
    AMEND,
    ANNOUNCE,
    CHANGE,
    CORRECT,
    JUDGE,
    PROPOSE,
    READ,
    Actor,
    may,
    waits_for,
)
from app.domain.claims import (
    CLAIMS,
    ActionAnnouncement,
    Announcement,
    Change,
    Judgement,
    NewProgramme,
    NewText,
    ProgrammePatch,
    Testimony,
    TextPatch,
    named_from_to,
)
from app.domain.commitments import Commitment
from app.domain.errors import Forbidden, Incomplete, Invalid, Missing, NotItsText, Taken, Unfit
from app.domain.fold import resolve
from app.domain.ledger import Claim, Event, paris_day, same
from app.domain.references import (
    THE_REGISTER,
    Head,
    Organization,
    Programme,
    Record,
    Text,
    check_dates,
    checked,
    corrected,
    made_of,
    record_of,
    text_of,
)
from app.domain.values import Title
from app.register import Clock
from app.register.log import Finding, check, cuts
from app.register.reading import Entry, Reading
from app.register.recording import (
    Work,
    Written,
    awaited,
    begin_recording,
    check_references,
    check_version,
    free_name,
    only_programme,
    other_ministry,
)
from app.store import events as ledger
from app.store import lookup, names, spans, words
from app.store.database import Connection, Database, lasting
from app.store.spans import Standing, Watch

CLERK = Actor(THE_REGISTER, "operator")


@dataclass(frozen=True, slots=True)
class Writing:
    """What may be changed in the register.

    `clerk`: who acts where nobody is named. `rehearses`: what would wait is seen as done.
    """

    database: Database
    clock: Clock
    clerk: Actor = CLERK
    rehearses: bool = False

    def announce(self, body: Announcement | ActionAnnouncement, actor: Actor) -> Written:
        """Begin a commitment, or propose to. Raises Taken, Forbidden, Incomplete, FutureDay."""
        at, asked = self.clock.now(), body
        with self.database.writing() as connection:
            body, facts = _stated(connection, body, actor, at)
            programme = body.programme or only_programme(connection)
            body = _within(body.model_copy(update={"programme": programme}), programme)
            body = _as_published(connection, body)
            name = _named(body, programme)
            awaits = _asked(connection, body, actor, programme, name)
            asked = asked.model_copy(update={"programme": programme})
            slug = free_name(connection, name, actor)
            actor = replace(actor, carries=actor.carries and replace(actor.carries, entry=slug))
            claim = decisions.announce(slug, body, paris_day(at))
            check_references(connection, [claim], actor)
            work = Work(connection, actor, at, slug)
            if awaits and not self.rehearses:
                return work.propose(ANNOUNCE, awaits, asked)
            return work.append([claim], {}, facts)

    def change(self, slug: str, body: Change, expected: frozenset[int], actor: Actor) -> Written:
        """Change an entry that is still at a version expected, or propose to.

        Raises Missing, Forbidden, Stale and whatever the rules refuse.
        """
        at, asked = self.clock.now(), body
        if not body.model_fields_set - Testimony.model_fields.keys() - {"part"}:
            raise Invalid(("", Unfit("Nothing is changed: name a field.")))
        with self.database.writing() as connection:
            # First: the entry is folded by it, if it binds.
            body, facts = _stated(connection, body, actor, at)
            standing, entry = _entry(connection, slug, actor, CHANGE)
            check_version(entry.version, expected)
            body = _within(body, entry.programme)
            if decisions.says_again(entry, body):
                body = _as_published(connection, body)
            claims = _decided(connection, standing, body, paris_day(at))
            check_references(connection, claims, actor)
            awaits = awaited(connection, actor, CHANGE, entry, claims, at)
            work = Work(connection, actor, at, slug)
            if awaits and claims and not self.rehearses:
                return work.propose(CHANGE, awaits, asked, expected=expected)
            return work.append(claims, {slug: standing}, facts)

    def judge(
        self, position: int, body: Judgement, actor: Actor, expected: frozenset[int] | None = None
    ) -> Written:
        """Give a claim another standing, or propose to.

        Raises Missing, Forbidden, Contradiction; Stale for another version than expected.
        """
        at = self.clock.now()
        with self.database.writing() as connection:
            slug, entry = _judged(connection, position, actor, JUDGE)
            ((_, events, recordings),) = ledger.histories(connection, [slug])
            version = check_version(events[-1].position, expected)
            positions = {position}
            if body.together:
                own = [e for e in events if recordings[e.position] == recordings[position]]
                positions |= {event.position for event in own if event.kind in CLAIMS}
            claims = decisions.judge(events, positions, body, paris_day(at))
            awaits = awaited(connection, actor, JUDGE, entry, claims, at)
            work = Work(connection, actor, at, slug)
            if awaits and claims and not self.rehearses:
                return work.propose(JUDGE, awaits, body, position=position, expected=version)
            return work.append(claims)

    def correct(
        self, position: int, body: Change, actor: Actor, expected: frozenset[int] | None = None
    ) -> Written:
        """Retract a claim, and record what it should have said; or propose to.

        Raises Missing, Forbidden, Contradiction and whatever the rules refuse; Stale for another
        version than expected.
        """
        at, asked = self.clock.now(), body
        with self.database.writing() as connection:
            # First: the entry is folded by it, if it binds.
            body, facts = _stated(connection, body, actor, at)
            slug, entry = _judged(connection, position, actor, CORRECT)
            body = _within(body, entry.programme)
            events, binding = ledger.events(connection, slug), names.binding(connection)
            version = check_version(events[-1].position, expected)
            claims = decisions.correct(events, position, body, paris_day(at), binding)
            check_references(connection, claims, actor)
            awaits = awaited(connection, actor, CORRECT, entry, claims, at)
            work = Work(connection, actor, at, slug)
            if awaits and claims and not self.rehearses:
                return work.propose(CORRECT, awaits, asked, position=position, expected=version)
            return work.append(claims, facts=facts)

    def erase(self, target: int, reason: str) -> str:
        """Drop the content of a claim, as the law may ask; the chain remains. Its entry’s slug."""
        at = self.clock.now()
        try:
            reason = values.prose(reason)
        except Unfit as fault:
            raise Invalid(("reason", fault)) from fault
        with self.database.writing() as connection:
            slug = _entry_of(connection, target)
            events = ledger.events(connection, slug)
            claim = decisions.erase(events, target, reason, paris_day(at))
            spans.append(connection, [claim], begin_recording(connection, self.clerk, at))
        return slug

    def add_organization(self, organization: Organization) -> None:
        """Add an organisation. Raises Taken, or Missing for what it would be part of."""
        organization, at = checked(organization), self.clock.now()
        with self.database.writing() as connection:
            known = names.names(connection).organizations
            if organization.slug in known:
                raise Taken(name=organization.slug)
            if organization.part_of and organization.part_of not in known:
                raise Missing("organization", organization.part_of)
            self._state(connection, [organization], at)

    def rename_organization(self, slug: str, name: Title) -> Organization:
        """Give an organisation another name; its slug stays for ever. Raises Missing."""
        at = self.clock.now()
        with self.database.writing() as connection:
            known = names.names(connection).organizations
            if slug not in known:
                raise Missing("organization", slug)
            kept = known[slug].name
            name = Title(fr=name.fr or kept.fr, en=name.en or kept.en)
            renamed = checked(replace(known[slug], name=name))
            self._state(connection, [renamed], at)
        return renamed

    def state(self, body: NewText | NewProgramme, actor: Actor) -> str:
        """State a text or a programme; its id, which its title may give.

        Raises Taken, Forbidden, and Invalid for what it names and is not there.
        """
        at = self.clock.now()
        record = record_of(body, paris_day(at))
        with self.database.writing() as connection:
            own = actor.organization
            if isinstance(record, Programme):  # whose plan it is
                allowed = may(actor, AMEND, {record.ministry})
            else:  # whoever promises an entry
                allowed = may(actor, ADD, {own} if lookup.stewards(connection, own) else set())
            if not allowed:
                raise Forbidden("add", record.id)
            if isinstance(record, Text):
                record = _unlike(connection, record, actor)
            elif names.names(connection).like(record):
                raise Taken(name=record.id)
            else:
                _check_named(connection, record)
            self._state(connection, [record], at, actor)
        return record.id

    def correct_text(self, name: str, body: TextPatch, actor: Actor) -> None:
        """Correct what is known of a text. Raises Missing, Forbidden, Invalid.

        The entries that cite it are derived anew where it binds from now on, or no longer does.
        """
        at = self.clock.now()
        with self.database.writing() as connection:
            known = lookup.texts(connection, names.names(connection), actor).get(name)
            if known is None:
                raise Missing("text", name)
            text = corrected(known, body)
            check_dates(text, paris_day(at))
            binds_others = text.binding != known.binding and lookup.rests_on(
                connection, name, actor.organization
            )
            whose = set() if binds_others else {names.stated_by(connection, name)}
            if not may(actor, AMEND, whose):
                raise NotItsText("correct", name)
            self._state(connection, [text], at, actor)

    def correct_programme(self, name: str, body: ProgrammePatch, actor: Actor) -> None:
        """Correct what is known of a programme. Raises Missing, Forbidden, Invalid."""
        at = self.clock.now()
        with self.database.writing() as connection:
            known = names.names(connection).programmes.get(name)
            if known is None:
                raise Missing("programme", name)
            if not may(actor, AMEND, {known.ministry}):
                raise Forbidden("correct", name)
            programme = corrected(known, body)
            if programme.ministry != known.ministry and not actor.operates:
                raise Forbidden("correct", name)  # another ministry would answer for its promises
            _check_named(connection, programme)
            self._state(connection, [programme], at, actor)

    def _state(
        self,
        connection: Connection,
        records: Iterable[Record],
        at: datetime,
        actor: Actor | None = None,
    ) -> None:
        facts = names.propose(connection, records, at)
        spans.append(connection, facts, begin_recording(connection, actor or self.clerk, at), {})

    @lasting()
    def absorb(self, claims: Iterable[Claim], *facts: Iterable[Record]) -> int:
        """Append the claims that the ledger does not hold yet, all or none; how many.

        A claim is held when one with all the same fields is: absorbing twice changes nothing.
        What comes is held to what a form is. Raises Invalid with all that is wrong.
        """
        at = self.clock.now()
        claims = decisions.admit_all(claims, paris_day(at))
        records: list[Record] = [checked(record) for some in facts for record in some]
        with self.database.writing() as connection:
            known = names.names(connection)
            unknown = [record for record in records if not known.like(record)]
            stated = names.propose(connection, unknown, at)
            slugs = dict.fromkeys(claim.commitment for claim in claims)
            ledgers = {slug: events for slug, events, _ in ledger.histories(connection, slugs)}
            fresh = list(_fresh(ledgers, claims))
            check_references(connection, fresh, self.clerk)
            before = {slug: spans.unfolded(events) for slug, events in ledgers.items()}
            by = begin_recording(connection, self.clerk, at)
            cited = (claim.text for claim in fresh if claim.visibility == "public")
            stated += names.published(connection, cited, at)
            spans.append(connection, [*stated, *fresh], by, before)
            new = dict.fromkeys(claim.commitment for claim in fresh)
            amounting = spans.amounting(connection, new)
            for slug in new:
                if slug not in amounting:
                    raise Incomplete(slug, "Its claims have no announcement.")
            return len(fresh)

    @lasting()
    def rebuild(self, watch: Watch | None = None) -> int:
        """Derive every row anew from the ledger; how many commitments."""
        with self.database.writing() as connection:
            return spans.rebuild(connection, watch=watch)

    @lasting()
    def verify(self, kept: Iterable[Head] = ()) -> list[Finding]:
        """Recheck the chain, and refold every commitment: all faults and flags.

        `kept`: heads that somebody kept, which the chain must still have.
        """
        with self.database.reading() as connection:
            findings = [*check(connection), *cuts(connection, kept)]
        if not any(finding.fault for finding in findings):
            with self.database.reading() as connection:
                if not words.is_sound(connection):
                    what = "it is not what entries say"
                    findings.append(Finding(True, "the index of words", what))
        return findings

    def head(self) -> Head:
        """The last event."""
        with self.database.reading() as connection:
            return ledger.head(connection)

    def organizations(self) -> list[Organization]:
        """Every organisation."""
        with self.database.reading() as connection:
            return list(names.names(connection).organizations.values())


B = TypeVar("B", bound=Testimony)


def _stated(connection: Connection, body: B, actor: Actor, at: datetime) -> tuple[B, list[Claim]]:
    """The body with the id of its text, and the event that states that text, if it is a new one.

    The same one twice is one. Raises Taken where another text has its id.
    """
    if not isinstance(body.text, NewText):
        return body, []
    text = text_of(body.text, paris_day(at), "text.")
    known = names.names(connection).texts.get(text.id)
    facts = list[Claim]()
    if known is None or replace(known, corrected_at=None) != text:
        sentence = "The text “{name}” is held with other facts: name it by its id."
        text = _unlike(connection, text, actor, sentence)
        facts = names.propose(connection, [text], at)
    return body.model_copy(update={"text": text.id}), facts


def _unlike(connection: Connection, text: Text, actor: Actor, sentence: str = "") -> Text:
    """The text; with a number where one has its id that the actor may not see. Raises Taken."""
    known, free, number = names.names(connection), text.id, 1
    visible = lookup.texts(connection, known, actor)
    while free in known.texts:
        if free in visible and not actor.carries:
            raise Taken(sentence, name=text.id)
        number += 1
        free = f"{text.id}-{number}"
    return replace(text, id=free)


def _as_published(connection: Connection, body: B) -> B:
    """The body dated by its text, where nothing else says when the public could know."""
    text = names.names(connection).texts.get(str(body.text))
    dated = {"published_on", "decided_on"} & body.model_fields_set
    if dated or body.source or text is None or text.published_on is None:
        return body
    return body.model_copy(update={"published_on": text.published_on})


def _within(body: B, programme: str) -> B:
    """The body with the whole name of its action. Raises Invalid for one of another programme."""
    if not (action := getattr(body, "action", None)):
        return body
    home, _, code = action.rpartition("/")
    if home not in ("", programme):
        raise Invalid(
            ("action", Unfit("It is an action of another programme than {name}.", name=programme))
        )
    return body.model_copy(update={"action": f"{programme}/{code}"})


def _check_named(connection: Connection, programme: Programme) -> None:
    """A programme has a title and a period, and what it names must exist. Raises Invalid."""
    known, text = names.names(connection), [programme.text] if programme.text else []
    refusals = [
        *named_from_to(programme.title, programme.start, programme.end, "end"),
        *names.unknown("ministry", [programme.ministry], known.organizations),
        *names.unknown("text", text, known.texts.keys() - known.hidden),
    ]
    if refusals:
        raise Invalid(*refusals)


def _asked(
    connection: Connection,
    body: Announcement | ActionAnnouncement,
    actor: Actor,
    programme: str,
    name: str,
) -> str | None:
    """The organisation that has to accept a new entry, if any: the other one that it names.

    Else the ministry whose plan it is in, where who is named takes no part in it: nobody promises
    in the place of others. Raises Forbidden.
    """
    sides = (body.publisher, body.steward)
    awaits = waits_for(actor, ANNOUNCE, sides, name, *sides)
    ministry = other_ministry(connection, programme, {*sides, *actor.speaks_for})
    if ministry and awaits and awaits != actor.organization:
        raise Forbidden(ANNOUNCE, programme)
    return awaits or waits_for(actor, ANNOUNCE, sides, name, ministry)


def _named(body: Announcement | ActionAnnouncement, programme: str) -> str:
    """The permanent name of a new entry: that of an action is within its programme."""
    if isinstance(body, ActionAnnouncement):
        return f"{programme}/{body.code}"
    return body.id or made_of("title", body.title.fr or body.title.en or "")


def _entry_of(connection: Connection, position: int) -> str:
    """The slug of the entry that a claim is about. Raises Missing where there is no claim."""
    event = ledger.events_at(connection, [position]).get(position)
    if event is None or not event.commitment:
        raise Missing("claim", str(position))
    return event.commitment


def _judged(
    connection: Connection, position: int, actor: Actor, action: str
) -> tuple[str, Commitment]:
    """The entry to judge by its claim. Of a hidden one, not even the claim is there."""
    slug = _entry_of(connection, position)
    try:
        return slug, _entry(connection, slug, actor, action)[1]
    except Missing:
        raise Missing("claim", str(position)) from None


def _entry(
    connection: Connection, slug: str, actor: Actor, action: str
) -> tuple[Standing, Commitment]:
    """The entry to write, as its newest span has it. Missing for whoever may not even see it.

    To be judged, one that judgements have taken away is there as it was without them.
    """
    standing = spans.standing(connection, slug)
    entry = standing and standing.entry
    if standing and not entry and action != CHANGE:
        events = standing.events or ledger.events(connection, slug)
        entry = next(reversed(resolve([e for e in events if e.kind in CLAIMS])), None)
    if not standing or not entry or not may(actor, READ, entry):
        raise Missing("entry", slug)
    if not may(actor, PROPOSE, entry):
        raise Forbidden(action, slug)
    return standing, entry


def _decided(
    connection: Connection, standing: Standing, body: Change, today: date
) -> tuple[Claim, ...]:
    """What a change amounts to. Where it comes last, the ledger need not be read for it."""
    published, decided = decisions.dates(body, today)
    here = min(published.last, today), decided.last
    part, last = body.part, standing.last
    if last and part is None and standing.entry and last.precedes(*here):
        claims = decisions.change_last(standing.entry, body, today, hidden=standing.hidden)
        if not decisions.restates(body, claims):
            return claims
    events = standing.events or ledger.events(connection, standing.slug)
    return decisions.change(events, body, today, names.binding(connection))


def _fresh(ledgers: Mapping[str, Sequence[Event]], claims: Iterable[Claim]) -> Iterator[Claim]:
    """The claims that these ledgers do not hold, each once."""
    known: dict[str, set[Claim]] = {}
    for claim in claims:
        slug = claim.commitment
        if slug not in known:
            known[slug] = {same(event.claim) for event in ledgers.get(slug, ()) if event.claim}
        if (content := same(claim)) not in known[slug]:
            known[slug].add(content)
            yield claim


# What a change would make of an entry: the use case itself, carried out and taken back.


class _TakenBack(Exception):  # noqa: N818 it is how a rehearsal ends
    """Undoes the transaction of a rehearsal."""


def rehearse(
    register: Reading, slug: str | None, actor: Actor, act: Callable[[Writing], Written]
) -> Entry:
    """The entry as an act of writing would leave it; without a name, the one that it begins.

    Raises what the act would raise.
    """
    seen: list[Entry] = []

    @contextmanager
    def writing() -> Iterator[Connection]:
        with register.database.writing() as connection:
            yield connection
            position = ledger.head(connection).position
            name = slug or ledger.events_at(connection, [position])[position].commitment
            within: Any = SimpleNamespace(reading=partial(nullcontext, connection))
            reading = Reading(within, register.clock, register.site)
            seen.append(reading.get(name, actor, written=position))
            raise _TakenBack

    stage: Any = SimpleNamespace(writing=writing, reading=register.database.reading)
    with suppress(_TakenBack):
        act(Writing(stage, register.clock, rehearses=True))
    return seen[0]
