"""The official table as claims: rehearsed, or carried out in one transaction. Nothing by halves."""

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from threading import BoundedSemaphore, Thread
from time import sleep
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.domain import comparison
from app.domain.access import CHANGE, CORRECT, IMPORT, Actor, may
from app.domain.claims import Source, Testimony
from app.domain.comparison import Alike, Case, Finding, Judged, Outcome, Publication, Report, Table
from app.domain.decisions import dates
from app.domain.errors import BadQuery, Forbidden, Refusal, Unavailable, Unfit, Unimportable
from app.domain.ledger import paris_day
from app.domain.matching import Known
from app.domain.periods import read_dating
from app.domain.references import Head, Organization, Programme, Record, Text, checked
from app.domain.values import Address, Edtf, Line, Slug, Title, permanent_name
from app.formats import official
from app.formats.document import encode, import_report
from app.formats.sheets import turn
from app.register import Clock
from app.register.recording import (
    awaited,
    begin_recording,
    check_references,
    numbered,
    only_programme,
    other_ministry,
)
from app.store import events as ledger
from app.store import lookup, names, spans
from app.store.database import A_BATCH, ROOT, Connection, Database, lasting
from app.store.spans import Watch as Watch  # noqa: PLC0414 named by the terminal

UNNAMED = "ouverture"
"""The name of an entry whose title has no letter that an address could have."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of an import: the table, as it was published, and by whom.

    `records` are its text, programme and organisation, if the register may not hold them yet.
    """

    table: Table
    publication: Publication
    actor: Actor
    records: tuple[Record, ...] = ()


class ImportForm(BaseModel):
    """What is said of a table that is handed in."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    published_on: Edtf = Field(description="When the table was published, in EDTF.")
    text: Slug = Field(description="The id of the text that the table belongs to.")
    text_title: Line | None = Field(
        None, description="The title of that text, if the register does not hold it yet."
    )
    programme: Slug | None = Field(
        None, description="The id of the programme; may be left out where there is only one."
    )
    programme_title: Line | None = Field(
        None, description="The title of the programme, if the register does not hold it yet."
    )
    source_title: Line | None = Field(None, description="What the table is called where it was.")
    source_url: Address | None = Field(None, description="Where the table was read.")
    correct: bool = Field(
        False, description="True: correct the claims that say the same by another day or text."
    )
    dry_run: bool = Field(False, description="True: report what would be done, and do nothing.")


@dataclass(frozen=True, slots=True)
class Submission:
    """A table as it is handed in, whose it is if it does not say so, and its report’s language.

    `charset`: that of a CSV, where its sender names it; `named`: the organisation’s name, if the
    register may not hold it yet.
    """

    form: ImportForm
    file: bytes
    actor: Actor
    organization: str | None
    charset: str | None = None
    language: str = "en"
    named: str | None = None

    def order(self) -> Order:
        """The order to import it, once it is read. Raises BadQuery, Unimportable, Invalid."""
        form, organization = self.form, self.organization
        title, url = form.source_title, form.source_url
        publication = Publication(
            published_on=read_dating(form.published_on),
            text=form.text,
            programme=form.programme,
            source=Source(title=title, url=url) if title or url else None,
            organization=organization,
            corrects=form.correct,
        )
        records: list[Record] = []
        if self.named and organization:
            records.append(Organization(organization, Title.of(self.named)))
        if form.text_title:
            records.append(Text(form.text, form.text_title, published_on=form.published_on))
        if form.programme_title:
            if not (form.programme and organization):
                sentence = (
                    "A new programme has an id and a ministry: the organisation of the table."
                )
                raise BadQuery(("programme_title", Unfit(sentence)))
            called = Title.of(form.programme_title)
            records.append(Programme(form.programme, called, organization, text=form.text))
        table = official.read(self.file, self.charset)
        return Order(table, publication, self.actor, tuple(map(checked, records)))


LONG = 64 * 1024
"""How many bytes are read and compared in a process of its own, so that no reader waits."""
_TURNS = BoundedSemaphore(2)
_PROGRAM = "from app.register.importing import main; main()"


def _rehearsed_elsewhere(database: Database, clock: Clock, table: Submission) -> bytes | None:
    """The report of a rehearsal as JSON; None if the table is refused before it is compared.

    Raises Unimportable, Unavailable.
    """
    url = database.url.render_as_string(hide_password=False)
    with turn(_TURNS):
        ended = subprocess.run(  # noqa: S603 our own program, and no word of the reader’s
            [sys.executable, "-c", _PROGRAM],
            input=pickle.dumps((url, clock, table)),
            capture_output=True,
            check=False,
            cwd=ROOT,
        )
    if ended.returncode:  # whatever ended that process would end this one too
        raise Unavailable("The table could not be compared. Nothing was changed.")
    made: bytes | tuple[Finding, ...] | None = pickle.loads(ended.stdout)  # noqa: S301 our own
    if isinstance(made, tuple):
        raise Unimportable(made)
    return made


def _leave_with(server: int) -> None:
    """End this process soon after the one that started it, which nobody waits for any more."""
    while os.getppid() == server:
        sleep(0.5)
    os._exit(1)


def main() -> None:
    """The process that rehearses: a table on its input, what comes of it on its output."""
    os.nice(10)
    gc.disable()  # what a report is made of lasts until its end
    Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    url, clock, table = pickle.load(sys.stdin.buffer)  # noqa: S301 our own
    database = Database(url)
    made: bytes | Sequence[Finding] | None
    try:
        report, head = Importing(database, clock).rehearse(table.order())
        made = encode(import_report(report, head, table.language, rehearsed=True))
    except Unimportable as refusal:
        made = refusal.findings
    except Refusal:
        made = None
    pickle.dump(made, sys.stdout.buffer)


@dataclass(frozen=True, slots=True)
class Importing:
    """What a table may do to the register."""

    database: Database
    clock: Clock

    def hand_in(self, table: Submission) -> tuple[bytes, int]:
        """The report of a table as JSON, and how many claims were recorded: none in a rehearsal.

        Raises what `carry_out` raises.
        """
        rehearsed = table.form.dry_run
        long = rehearsed and len(table.file) > LONG
        if long and (body := _rehearsed_elsewhere(self.database, self.clock, table)):
            return body, 0
        order = table.order()
        report, head = self.rehearse(order) if rehearsed else self.carry_out(order)
        body = encode(import_report(report, head, table.language, rehearsed=rehearsed))
        return body, 0 if rehearsed else len(report.claims)

    def rehearse(self, order: Order, watch: Watch | None = None) -> tuple[Report, Head]:
        """What the import would do, and what it would raise; the head. Writes nothing."""
        at = self.clock.now()
        with self.database.reading() as connection:
            new = list(_new(connection, order))
            return _report(connection, order, new, at, watch), ledger.head(connection)

    @lasting()
    def carry_out(self, order: Order, watch: Watch | None = None) -> tuple[Report, Head]:
        """Append what the table says and the register did not hold: all of it, or nothing.

        With the head after it. Raises BadQuery, FutureDay, and Unimportable with all that was
        found.
        """
        needed = (IMPORT, CORRECT) if order.publication.corrects else (IMPORT,)
        if not all(may(order.actor, each, {order.actor.organization}) for each in needed):
            raise Forbidden(needed[-1], order.publication.text)
        with self.database.writing() as connection:
            at = self.clock.now()
            new = list(_new(connection, order))
            facts = names.propose(connection, new, at)
            report = _report(connection, order, new, at, None)
            check_references(connection, report.claims, order.actor)
            by = begin_recording(connection, order.actor, at)
            facts += names.published(connection, (claim.text for claim in report.claims), at)
            added = [*facts, *report.claims] if report.claims else []
            spans.append(connection, added, by, watch=watch)
            return report, ledger.head(connection)


def _new(connection: Connection, order: Order) -> Iterator[Record]:
    """What the register does not hold yet of what the table rests on. Raises BadQuery."""
    known, publication = names.names(connection), order.publication
    texts = lookup.texts(connection, known, order.actor)
    stated = {type(record) for record in order.records}
    for kind, of, name, named in (
        ("organization", Organization, publication.organization, known.organizations),
        ("text", Text, publication.text, texts),
        ("programme", Programme, publication.programme, known.programmes),
    ):
        if name and of not in stated and (refusals := names.unknown(kind, [name], named)):
            raise BadQuery(*refusals)
    for record in order.records:
        before = known.like(record)
        if before is None:
            yield record
        elif isinstance(record, Text) and record.id not in texts:
            raise BadQuery(("text", Unfit("“{name}” is in use already.", name=record.id)))
        elif not isinstance(record, Organization) and (title := _title(before)) != _title(record):
            why = Unfit("“{name}” is held with the title “{title}”.", name=record.id, title=title)
            field = "text_title" if isinstance(record, Text) else "programme_title"
            raise BadQuery((field, why))


def _title(record: Any) -> str:
    """The title of a text, or that of a programme in French."""
    return record.title if isinstance(record, Text) else record.title.within("fr")


def _report(
    connection: Connection, order: Order, new: Iterable[Record], at: datetime, watch: Watch | None
) -> Report:
    """What the table amounts to. Raises Unimportable with all that was found, if any stops it.

    `new`: what it rests on and the register does not hold yet.
    """
    new, known = list(new), names.names(connection).organizations
    organizations = {**known, **{row.slug: row for row in new if isinstance(row, Organization)}}
    publication = _publication(connection, order.publication, new)
    today, order = paris_day(at), replace(order, publication=publication)
    published, _ = dates(Testimony(published_on=str(publication.published_on)), today)
    day, actor = min(published.last, today), order.actor
    entries = list(_known(connection, day, actor, str(publication.programme)))
    compared = comparison.compare(order.table, entries, organizations, publication, actor)
    judged = list(_judged(connection, compared.cases, order, at, watch))
    findings = [*order.table.findings, *compared.findings]
    findings += [finding for _, some in judged for finding in some]
    findings = [compared.judged(finding) for finding in findings]
    report = Report(
        table=order.table,
        publication=publication,
        day=day,
        outcomes=tuple(outcome for outcome, _ in judged),
        missing=compared.missing,
        findings=comparison.listed(findings),
    )
    if report.refused:
        raise Unimportable(report.findings)
    programme, begins = str(publication.programme), report.count(comparison.NEW) > 0
    if begins and not actor.operates and other_ministry(connection, programme, actor.speaks_for):
        raise Forbidden("announce", programme)  # nobody promises in the plan of others
    return report


def _publication(
    connection: Connection, publication: Publication, new: Iterable[Record]
) -> Publication:
    """The publication with what the register knows of it: its programme, whose, what binds."""
    programme = publication.programme or only_programme(connection)
    plans = dict(names.names(connection).programmes)
    plans |= {row.id: row for row in new if isinstance(row, Programme)}
    binding, ministry = names.binding(connection), plans[programme].ministry
    titles = {text.id: text.title for text in names.names(connection).texts.values()}
    publication = replace(publication, binding=binding, titles=titles)
    return replace(publication, programme=programme, ministry=ministry)


def _known(connection: Connection, day: date, actor: Actor, programme: str) -> Iterator[Known]:
    """The openings of a programme that the actor may see: as on that day, and as they are."""
    entries = lookup.openings_from(connection, day, actor, programme)
    for _, rows in groupby(entries, key=lambda entry: entry.slug):
        spans = list(rows)
        first, newest = spans[0], spans[-1]
        if first.valid_from <= day:
            yield Known(on_that_day=first, newest=newest)
        else:
            titles = (span.described.title for span in spans)
            borne = {text for title in titles for text in (title.fr, title.en) if text}
            yield Known(on_that_day=None, newest=newest, earlier=tuple(sorted(borne)))


def _judged(
    connection: Connection, cases: Sequence[Case], order: Order, at: datetime, watch: Watch | None
) -> Iterator[Judged]:
    """What becomes of each case; the ledgers that it takes are read some at a time."""
    publication, actor, today = order.publication, order.actor, paris_day(at)
    names = _names(connection, [case for case in cases if case.known is None and not case.left])
    alike: Alike = {}
    for begin in range(0, len(cases), A_BATCH):
        some = cases[begin : begin + A_BATCH]
        known = (case.known for case in some if case.known and not case.left)
        own = [entry.slug for entry in known if may(actor, CHANGE, entry.newest)]
        ledgers = {slug: events for slug, events, _ in ledger.histories(connection, own)}
        for case in some:
            line, slug = case.line, case.known.slug if case.known else None
            if case.left:
                yield Outcome(line=line, kind=comparison.LEFT, slug=slug), ()
            elif slug in ledgers:
                judged = comparison.restated(case, ledgers[slug], publication, at, today)
                yield _consented(connection, case, judged, order, at)
            elif slug:
                yield Outcome(line=line, kind=comparison.UNCHANGED, slug=slug), ()
            elif name := names[line.row]:
                yield comparison.announced(case, name, publication, at, today, actor, alike)
            else:
                retracted = Finding.of("retracted", line.row, comparison.TITLE)
                yield Outcome(line=line, kind=comparison.LEFT), (retracted,)
        if watch:
            watch(begin + len(some), len(cases))


def _consented(
    connection: Connection, case: Case, judged: Judged, order: Order, at: datetime
) -> Judged:
    """What becomes of a case, unless a correction gives the entry to others or takes it from them.

    They consent to a correction of the claim by itself: a table asks nobody.
    """
    outcome, findings = judged
    if not (order.publication.corrects and case.known and outcome.claims):
        return judged
    with suppress(Forbidden):
        entry, claims = case.known.newest, outcome.claims
        if awaited(connection, order.actor, CORRECT, entry, claims, at) is None:
            return judged
    sentence = (
        "Corrected, the entry would pass to another organisation, or from one, on some days: "
        "correct its claim by itself, so that they can accept it."
    )
    why = Finding.of("not-yours", case.line.row, comparison.TITLE, sentence=sentence)
    return Outcome(line=case.line, kind=comparison.LEFT, slug=outcome.slug), (*findings, why)


def _names(connection: Connection, cases: Sequence[Case]) -> dict[int, str | None]:
    """A permanent name for each new entry, by row; None where one was retracted whole."""
    wanted = {case.line.row: permanent_name(case.line.title) or UNNAMED for case in cases}
    taken = ledger.taken(connection, wanted.values())
    gone = {name for name in taken if _was_retracted(connection, name)}
    given: set[str] = set()
    numbers = dict.fromkeys(wanted.values(), 1)
    names: dict[int, str | None] = {}
    for row, name in wanted.items():
        names[row] = None if name in gone else name
        while names[row] and (names[row] in taken or names[row] in given):
            numbers[name] += 1
            names[row] = numbered(name, numbers[name])
            taken |= ledger.taken(connection, [str(names[row])])
        given.add(str(names[row]))
    return names


def _was_retracted(connection: Connection, slug: str) -> bool:
    """Whether a public entry was there, of which no accepted claim stands."""
    events = ledger.events(connection, slug)
    public = any(event.claim and event.claim.visibility == "public" for event in events)
    return public and not spans.amounting(connection, [slug])
