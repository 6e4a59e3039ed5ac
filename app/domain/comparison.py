"""An official table against the register: what each of its lines amounts to.

Which entry a line is about is `matching.py`, what may be appended `decisions.py`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain
from typing import Any, TypeVar

from app.domain import beside, decisions
from app.domain.access import ANNOUNCE, CHANGE, Actor, may
from app.domain.claims import ANNOUNCED, DEADLINE, Announcement, Change, Source
from app.domain.claims import STATE as CLAIMED_STATE
from app.domain.commitments import Commitment
from app.domain.errors import Invalid, Refusal, Unfit
from app.domain.fold import on, resolve
from app.domain.ledger import Claim, Event, counted, recorded, same
from app.domain.matching import UNMET, Known, Line, Nearest, Pairing, differences, exact, pair
from app.domain.periods import Dating, by
from app.domain.references import Organization, organization_named
from app.domain.states import STARTED, allowed, needed
from app.domain.values import Title

FAR, MOST_FAULTS = 20, 1_000
"""How many years away a deadline is doubted, and how many faults of a table are listed."""
NEW, CHANGED, UNCHANGED, LEFT = "new", "changed", "unchanged", "left"
OUTCOMES = (NEW, CHANGED, UNCHANGED, LEFT)

ERROR, WARNING = "error", "warning"
TITLE = "Données, API, Codes sources concernés"
TYPE = "Données, API ou code source"
ANNOUNCED_AS = "Type d'annonce (nouvelles ouverture, poursuite d'une ouverture)"
DUE = "Échéance annoncée par les ministères"
STATE = "Etat d'avancement"
MINISTRY = "Ministère"
HEADINGS = (TITLE, TYPE, ANNOUNCED_AS, DUE, STATE)
"""The five headings of the annex, to the letter."""

_ROWS = beside(__file__, "findings.toml")
CODES: Mapping[str, tuple[str, str]] = {code: (row[0], row[1]) for code, row in _ROWS.items()}
"""Every code of a finding: whether it stops the import, and what it means."""
SENTENCES: Mapping[str, str] = {code: "".join(row[2:]) for code, row in _ROWS.items()}
"""What is said of each, where nothing closer is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in a file, and where: rows are counted from 1, as spreadsheets do."""

    code: str
    why: Unfit
    row: int | None = None
    column: str | None = None

    @classmethod
    def of(
        cls,
        code: str,
        row: int | None = None,
        column: str | None = None,
        *,
        sentence: str = "",
        **facts: Any,
    ) -> "Finding":
        """One in the words of its code, or in closer ones."""
        return cls(code, Unfit(sentence or SENTENCES[code], **facts), row, column)

    @property
    def severity(self) -> str:
        """`error` stops everything, `warning` nothing."""
        return CODES[self.code][0]


def listed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings by row; where very many are errors, the first of these."""
    ordered = sorted(findings, key=lambda finding: finding.row or 0)
    errors = [each for each in ordered if each.severity == ERROR]
    if not errors or len(ordered) <= MOST_FAULTS:
        return tuple(ordered)
    more = Finding.of("too-many-faults", most=MOST_FAULTS)
    if len(errors) > MOST_FAULTS and errors[0].code != more.code:
        errors.insert(0, more)
    return tuple(errors[: MOST_FAULTS + 1])


@dataclass(frozen=True, kw_only=True)
class Table:
    """An official table as a file gives it. `rows` counts those with anything in them.

    `unread`: the ministry that is named in each row of which a cell cannot be read.
    """

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    heading_row: int | None = None
    rows: int = 0
    lines: tuple[Line, ...] = ()
    unread: Mapping[int, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """How the table was published: when, by which text, where it was read, and by whom.

    `ministry` is that of its programme; `corrects`: whether claims that it says again by another
    day or text are corrected.
    """

    published_on: Dating
    text: str
    programme: str | None = None
    ministry: str | None = None
    source: Source | None = None
    organization: str | None = None
    corrects: bool = False
    binding: Collection[str] = ()  # the ids of the texts that bind
    titles: Mapping[str, str] = field(default_factory=dict)  # of texts, by id


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of one line: the entry before and after, on the table's day, and the claims."""

    line: Line
    kind: str
    slug: str | None = None
    before: Commitment | None = None
    after: Commitment | None = None
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """What an import does, or would do. The table is compared with the register of `day`."""

    table: Table
    publication: Publication
    day: date
    outcomes: tuple[Outcome, ...]
    missing: tuple[Commitment, ...]
    findings: tuple[Finding, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All that is to be appended, in the order of the rows."""
        return tuple(claim for outcome in self.outcomes for claim in outcome.claims)

    @property
    def refused(self) -> bool:
        return any(finding.severity == ERROR for finding in self.findings)

    def count(self, kind: str) -> int:
        return sum(1 for outcome in self.outcomes if outcome.kind == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A line with its entry, if there is one, and the values by which it differs from it."""

    line: Line
    known: Known | None = None
    owner: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    left: bool = False


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A table beside the register as it was on the day of the table.

    `foreign` are the rows of ministries that are not the actor's, or that nobody knows.
    """

    cases: tuple[Case, ...]
    missing: tuple[Commitment, ...]
    findings: tuple[Finding, ...]
    foreign: Collection[int] = ()

    def judged(self, finding: Finding) -> Finding:
        """The finding; of a foreign row, a warning at most: its ministry imports it."""
        if finding.row not in self.foreign or finding.severity == WARNING:
            return finding
        return replace(finding, code="left-to-others")


# What a line amounts to.


def compare(
    table: Table,
    known: Sequence[Known],
    organizations: Mapping[str, Organization],
    publication: Publication,
    actor: Actor,
) -> Comparison:
    """Find the entry of each line, and what differs from the register of that day.

    `known`: the openings that the actor may see.
    """
    named_in = {**{line.row: line.ministry or "" for line in table.lines}, **table.unread}
    names = {name for name in named_in.values() if name}
    ministries = {name: organization_named(name, organizations) for name in names}
    parents = {row.slug: row.part_of for row in organizations.values()}
    # A ministry that is known is named by its slug from here on.
    slugs = {name: slug or name for name, slug in ministries.items()}
    lines = [
        replace(line, ministry=slugs[line.ministry]) if line.ministry else line
        for line in table.lines
    ]

    def belongs(line: Line, entry: Known) -> bool:
        return not line.ministry or line.ministry in _owners(entry.shown, parents)

    own = {actor.organization, parents.get(actor.organization or "")} - {None}
    strange = {slug for slug in ministries.values() if not (actor.operates or slug in own)} | {None}
    pairing = pair(lines, known, belongs)
    scope = set(ministries.values()) if ministries else {publication.organization} - {None}
    absent = _absent(known, pairing)
    missing = tuple(entry for entry in absent if not scope or scope & _owners(entry, parents))
    cases = _Cases(publication, actor, ministries, Nearest(missing))
    return Comparison(
        cases=tuple(cases.of(lines, pairing)),
        missing=missing,
        findings=tuple(cases.findings),
        foreign={row for row, name in named_in.items() if ministries.get(name, "") in strange},
    )


def _absent(known: Iterable[Known], pairing: Pairing) -> list[Commitment]:
    """The entries that no line is about. What is internal is not missing from a public table."""
    paired = {entry.slug for entry in chain(pairing.known.values(), *pairing.ambiguous.values())}
    then = (entry.on_that_day for entry in known if entry.slug not in paired)
    return [entry for entry in then if entry and entry.visibility == "public"]


def _owners(entry: Commitment, parents: Mapping[str, str | None]) -> set[str | None]:
    """Whose an entry is: its publisher, its steward, and what they are part of."""
    own = {entry.described.publisher, entry.steward}
    return (own | {parents.get(slug or "") for slug in own}) - {None}


@dataclass(frozen=True)
class _Cases:
    """Makes a case of each line, and keeps what is found on the way."""

    publication: Publication
    actor: Actor
    ministries: Mapping[str, str | None]
    nearest: Nearest
    findings: list[Finding] = field(default_factory=list)

    def note(self, line: Line, code: str, column: str = TITLE, **facts: Any) -> None:
        self.findings.append(Finding.of(code, line.row, column, **facts))

    def of(self, lines: Sequence[Line], pairing: Pairing) -> Iterator[Case]:
        """Each line with its entry; one that may be about several has none, and a finding."""
        rows = {line.row: line for line in lines}
        for line in lines:
            if candidates := pairing.ambiguous.get(line.row):
                slugs = ", ".join(entry.slug for entry in candidates)
                self.note(line, "ambiguous", slugs=slugs)
                yield Case(line=line, left=True)
            elif first := pairing.repeats.get(line.row):
                self.repeat(line, rows[first])
                yield Case(line=line, left=True)
            elif line.ministry and self.ministries.get(line.ministry, "") is None:
                self.stray(line, line.ministry)
                yield Case(line=line, left=True)
            elif entry := pairing.known.get(line.row):
                yield self.known(line, entry)
            else:
                yield self.new(line)

    def repeat(self, line: Line, first: Line) -> None:
        alike = replace(line, row=first.row, rank=first.rank, title=first.title, label=first.label)
        if alike == first:
            self.note(line, "repeated-row", first=first.row)
        else:
            self.note(line, "contradicting-rows", first=first.row)

    def stray(self, line: Line, name: str) -> None:
        code = "unknown-organization" if self.actor.operates else "left-to-others"
        self.note(line, code, MINISTRY, name=name)

    def known(self, line: Line, entry: Known) -> Case:
        values = differences(line, entry.on_that_day)
        if exact(line.title) not in map(exact, entry.titles):
            sentence = "The register holds the title “{title}”, and keeps it."
            self.note(line, "identity-kept", sentence=sentence, title=entry.titles[0])
        self.warn(line, entry.shown, values)
        self.doubt(line, values)
        left = bool(values) and not may(self.actor, CHANGE, entry.newest)
        if left:
            self.findings.append(_foreign(line, entry.slug))
        return Case(line=line, known=entry, values=values, left=left)

    def new(self, line: Line) -> Case:
        owner = None if line.ministry == "" else line.ministry or self.publication.organization
        if line.ministry and self.publication.ministry not in (None, line.ministry):
            owner = None
            name = next(name for name, slug in self.ministries.items() if slug == line.ministry)
            sentence = "It is of “{name}”, and so of another programme."
            self.note(line, "left-to-others", MINISTRY, sentence=sentence, name=name)
        elif line.ministry == "":
            self.note(line, "empty-cell", MINISTRY, sentence="A new row names its ministry.")
        elif owner is None:
            self.note(line, "no-organization")
        elif line.deadline is None and line.state in (None, "planned"):
            self.note(line, "no-deadline", DUE)
        if near := self.nearest.to(line.title):
            self.note(line, "near-title", title=near.described.title.within("fr"), slug=near.slug)
        values = differences(line, None)
        self.doubt(line, values)
        return Case(line=line, owner=owner, values=values, left=owner is None)

    def doubt(self, line: Line, values: Mapping[str, Any]) -> None:
        """A deadline that was over when it was announced, or is many years away."""
        due, published = values.get("deadline"), self.publication.published_on
        if due is None:
            return
        over = due.end < (published.first or published.last) and line.state in (None, *UNMET)
        if over or abs(due.end.year - published.last.year) > FAR:
            day = published.day or published.text
            self.note(line, "unlikely-deadline", DUE, label=due.label, day=day)

    def warn(self, line: Line, entry: Commitment, values: Mapping[str, Any]) -> None:
        """What a person should know of a line that is about an entry."""
        if line.type != entry.type:
            sentence = "The register holds the type “{type}”, and keeps it."
            self.note(line, "identity-kept", TYPE, sentence=sentence, type=entry.type)
        if line.announcement != entry.announcement:
            facts = {"announcement": entry.announcement or "–"}
            sentence = "The register holds “{announcement}”, and keeps it."
            self.note(line, "identity-kept", ANNOUNCED_AS, sentence=sentence, **facts)
        if line.state == "planned" and entry.state in STARTED:
            self.note(line, "state-kept", STATE, state=entry.state)
        if "deadline" in values and entry.deadline:
            due, new = entry.deadline.period, line.deadline.label if line.deadline else "–"
            text = entry.deadline.text or "–"
            named = self.publication.titles.get(text, text)
            facts = {"label": due.label, "text": named, "new": new}
            if entry.deadline.binding and self.publication.text not in self.publication.binding:
                self.note(line, "moves-nothing", DUE, **facts)
            elif line.deadline is None:
                self.note(line, "deadline-withdrawn", DUE, **facts)
            elif line.deadline.end < due.start:
                self.note(line, "brought-forward", DUE, **facts)
        if values and (parts := ", ".join(part.key for part in entry.parts)):
            self.note(line, "whole-has-parts", parts=parts)


def _foreign(line: Line, name: str) -> Finding:
    """A table of one's own has no row of others; one that names its ministries does."""
    code, column = ("left-to-others", MINISTRY) if line.ministry else ("not-yours", TITLE)
    return Finding.of(code, line.row, column, sentence=SENTENCES["not-yours"], name=name)


Judged = tuple[Outcome, tuple[Finding, ...]]
Alike = dict[tuple[Line, str | None], tuple[Claim, Commitment]]
"""What was announced by a line, by all that it says but its title and rank."""


def announced(
    case: Case,
    slug: str,
    publication: Publication,
    at: datetime,
    today: date,
    actor: Actor,
    alike: Alike,
) -> Judged:
    """A new entry, by the line that announces it; one like another is not decided anew."""
    line = case.line
    content = replace(line, row=0, rank=0, title=""), case.owner
    if content not in alike:
        claim = _announcement(case, slug, publication, today)
        alike[content] = claim, resolve(recorded((), (claim,), at))[-1]
    claim, after = alike[content]
    if not may(actor, ANNOUNCE, after):
        return Outcome(line=line, kind=LEFT), (_foreign(line, line.title),)
    values = {**claim.values, "title": {"fr": line.title}, "rank": line.rank}
    described = after.described.model_copy(update={"title": Title.of(line.title)})
    after = replace(after, slug=slug, rank=line.rank, described=described)
    claim = replace(claim, commitment=slug, values=values)
    return Outcome(line=line, kind=NEW, slug=slug, after=after, claims=(claim,)), ()


def _announcement(case: Case, slug: str, publication: Publication, today: date) -> Claim:
    line = case.line
    body = _body(Announcement, case, publication, None)
    identity = {"announcement": line.announcement, "rank": line.rank, "steward": case.owner}
    identity["programme"] = publication.programme
    opens = {"type": line.type, "title": Title.of(line.title), "publisher": case.owner or ""}
    body = body.model_copy(update=opens | identity)
    return decisions.admit(decisions.announce(slug, body, today), today)


def restated(
    case: Case, events: Sequence[Event], publication: Publication, at: datetime, today: date
) -> Judged:
    """An entry that is known, by its line: what is corrected, then what the line says besides.

    A claim that the ledger has already, whatever became of it since, is not made again.
    """
    line, known, binding = case.line, case.known, publication.binding
    assert known is not None  # noqa: S101 a case without an entry is announced
    outcome = Outcome(line=line, kind=UNCHANGED, slug=known.slug)
    day = min(publication.published_on.last, today)
    again = _otherwise(line, events, publication)
    sentence = "The claim at position {position}, by another day or text, is corrected."
    closer = sentence if publication.corrects else ""
    findings = tuple(
        Finding.of("restates", line.row, TITLE, sentence=closer, position=event.position)
        for event in again
    )
    values, entry, corrections = case.values, known.on_that_day, list[Claim]()
    try:
        for event in again if publication.corrects else ():
            correction = _correction(event, publication)
            corrections += decisions.correct(events, event.position, correction, today, binding)
        if corrections:
            events = recorded(events, corrections, at)
            entry = on(resolve(events, binding), day)
            values = differences(line, entry)
        body = _body(Change, replace(case, values=values), publication, entry)
        claims = decisions.restate(events, body, today, binding, entry) if values else ()
    except Refusal as refusal:
        column = STATE if "state" in values else DUE
        return replace(outcome, kind=LEFT), (_refused(line, refusal, column),)
    known_claims = {same(event.claim) for event in events if event.claim}
    fresh = tuple(claim for claim in claims if same(claim) not in known_claims)
    if not (appended := (*corrections, *fresh)):
        return outcome, findings
    after = on(resolve(recorded(events, fresh, at), binding), day)
    outcome = replace(outcome, kind=CHANGED, before=known.on_that_day, after=after, claims=appended)
    return outcome, findings


def _otherwise(line: Line, events: Sequence[Event], publication: Publication) -> list[Event]:
    """The claims that say what a line says by another day of its text, or another text of its day.

    One by another text of another day is another source, which says the same.
    """
    again = []
    for event in counted(events):
        claim = event.claim
        if claim and claim.part is None and event.kind in (ANNOUNCED, DEADLINE, CLAIMED_STATE):
            says_state = line.state is not None and claim.values.get("state") == line.state
            says_day = line.dated and "deadline" in claim.values and claim.deadline == line.deadline
            same_day = str(claim.published_on) == str(publication.published_on)
            if (says_state or says_day) and same_day != (claim.text == publication.text):
                again.append(event)
    return again


def _correction(event: Event, publication: Publication) -> Change:
    """What a claim should have said: the day and text of the table that says it again."""
    claim, published = event.claim, publication.published_on
    assert claim is not None  # noqa: S101 only what is known is said again
    before = claim.published_on
    dated = {str(before): str(published), str(by(before)): str(by(published))}
    values: dict[str, Any] = {
        "published_on": str(published),
        "text": publication.text,
        "reason": "Le tableau officiel le redit avec une autre date ou un autre texte.",
        **({"source": publication.source} if publication.source else {}),
    }
    decided = str(claim.decided_on)
    if decided in dated:
        values["decided_on"] = dated[decided]
    return Change.model_construct({*values}, **values)


def _refused(line: Line, refusal: Refusal, column: str) -> Finding:
    """A finding for what the rules refuse: by its first reason, where it has several."""
    why: Any = refusal.errors[0][1] if isinstance(refusal, Invalid) else refusal
    return Finding.of("refused", line.row, column, sentence=why.sentence, **why.facts)


B = TypeVar("B", Announcement, Change)
_BLANK: Mapping[Any, Any] = {
    Announcement: Announcement.model_construct(set(), title=Title(), publisher=""),
    Change: Change.model_construct(set()),
}


def _body(kind: type[B], case: Case, publication: Publication, entry: Commitment | None) -> B:
    """What a line says, as a request would, and who says so.

    A table gives no reason: where one is asked for, what the table says stands in.
    """
    line = case.line
    values: dict[str, Any] = dict(case.values)
    state, period = values.get("state"), values.get("deadline", entry and entry.deadline)
    withdrawn = entry is not None and "deadline" in values and not period
    reasons = []
    if withdrawn or (not period and (state == "planned" or entry is None)):
        reasons.append("Le tableau officiel ne donne pas d’échéance.")
    current = entry.state if entry else None
    if state and state != current and allowed(current, state) and needed(current, state):
        reasons.append(f"Le tableau officiel porte « {line.label} », sans autre motif.")
    if values.get("deadline"):
        values["deadline"] = values["deadline"].label
    beside: dict[str, Any] = {
        "published_on": str(publication.published_on),
        "text": publication.text,
        "source": publication.source,
        "reason": " ".join(reasons) or None,
        "note": f"État lu : « {line.label} »." if state else None,
    }
    # A copy of one that says nothing: defaults would be copied deeply for each line.
    blank: B = _BLANK[kind]
    return blank.model_copy(update=values | beside)
