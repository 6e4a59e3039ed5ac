"""An official table against the register: what each line amounts to, and what is wrong in it.

Which entry a line is about is `matching.py`, what may be appended `decisions.py`.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from app.domain import decisions
from app.domain.access import ANNOUNCE, CHANGE, Actor, may
from app.domain.claims import Announcement, Change, Source
from app.domain.commitments import Commitment
from app.domain.errors import Invalid, Refusal, Unfit
from app.domain.fold import on, resolve
from app.domain.ledger import Claim, Event, same
from app.domain.matching import Known, Line, Pairing, differences, organization_named, pair
from app.domain.periods import Dating
from app.domain.references import Organization
from app.domain.states import STARTED, allowed, needed
from app.domain.values import Title

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

CODES: dict[str, tuple[str, str]] = {
    code: (severity, meaning)
    for code, (severity, meaning) in tomllib.loads(
        Path(__file__).with_name("findings.toml").read_text("utf-8")
    ).items()
}
"""Every code of a finding: whether it stops the import, and what it means."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in a file, and where: rows are counted from 1, as spreadsheets do."""

    code: str
    why: Unfit
    row: int | None = None
    column: str | None = None

    @property
    def severity(self) -> str:
        """`error` stops everything, `warning` nothing."""
        return CODES[self.code][0]


@dataclass(frozen=True, kw_only=True)
class Table:
    """An official table as a file gives it. `rows` counts those with anything in them."""

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    heading_row: int | None = None
    rows: int = 0
    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """How the table was published: when, by which text, where it was read, and by whom."""

    published_on: Dating
    text: str
    source: Source | None = None
    organization: str | None = None


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
        """Whether a finding stops the import."""
        return any(finding.severity == ERROR for finding in self.findings)

    def count(self, kind: str) -> int:
        """How many lines have that outcome."""
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
    """A table beside the register as it was on the day of the table."""

    cases: tuple[Case, ...]
    missing: tuple[Commitment, ...]
    findings: tuple[Finding, ...]


def compare(
    table: Table,
    known: Sequence[Known],
    organizations: Mapping[str, Organization],
    publication: Publication,
    actor: Actor,
    named: Callable[[str], str],
) -> Comparison:
    """Find the entry of each line, and what differs from the register of that day.

    `known`: the openings that the actor may see. `named`: the permanent name made of a title.
    """
    findings: list[Finding] = []
    names = {line.ministry for line in table.lines if line.ministry}
    ministries = {name: organization_named(name, organizations) for name in sorted(names)}
    parents = {row.slug: row.part_of for row in organizations.values()}
    # A ministry that is known is named by its slug from here on.
    lines = [
        replace(line, ministry=ministries.get(line.ministry or "") or line.ministry)
        for line in table.lines
    ]

    def belongs(line: Line, entry: Known) -> bool:
        return not line.ministry or line.ministry in _owners(entry.shown, parents)

    pairing = pair(lines, known, belongs, named)
    cases = list(_cases(lines, pairing, publication, actor, ministries, findings))
    paired = pairing.slugs
    absent = [entry.here for entry in known if entry.here and entry.slug not in paired]
    scope = {slug for slug in ministries.values() if slug}
    if not ministries and publication.organization:
        scope = {publication.organization}
    everyone = not (ministries or publication.organization)
    # An official table is public: what is internal is not missing from it.
    missing = tuple(
        entry
        for entry in absent
        if entry.visibility == "public" and (everyone or scope & _owners(entry, parents))
    )
    return Comparison(cases=tuple(cases), missing=missing, findings=tuple(findings))


def _owners(entry: Commitment, parents: Mapping[str, str | None]) -> set[str]:
    """Whose an entry is: its publisher, its steward, and what they are part of."""
    own = {slug for slug in (entry.described.publisher, entry.steward) if slug}
    return own | {parent for slug in own if (parent := parents.get(slug))}


def _of(line: Line, code: str, sentence: str, column: str = TITLE, **facts: Any) -> Finding:
    return Finding(code, Unfit(sentence, **facts), line.row, column)


def _repeat(line: Line, first: Line) -> Finding:
    alike = replace(line, row=first.row, rank=first.rank, title=first.title, label=first.label)
    if alike == first:
        return _of(line, "repeated-row", "It says what row {row} says.", row=first.row)
    sentence = "It bears the title of row {row}, and differs."
    return _of(line, "contradicting-rows", sentence, row=first.row)


def _cases(
    lines: Sequence[Line],
    pairing: Pairing,
    publication: Publication,
    actor: Actor,
    ministries: Mapping[str, str | None],
    findings: list[Finding],
) -> Iterator[Case]:
    """Each line with its entry; one that may be about several has none, and a finding."""
    rows = {line.row: line for line in lines}
    for line in lines:
        if candidates := pairing.ambiguous.get(line.row):
            slugs = ", ".join(entry.slug for entry in candidates)
            findings.append(_of(line, "ambiguous", "Which is meant: {slugs}?", slugs=slugs))
        elif first := pairing.repeats.get(line.row):
            findings.append(_repeat(line, rows[first]))
            yield Case(line=line, left=True)
        else:
            entry = pairing.known.get(line.row)
            yield _case(line, entry, publication, actor, ministries, findings)


def _case(
    line: Line,
    entry: Known | None,
    publication: Publication,
    actor: Actor,
    ministries: Mapping[str, str | None],
    findings: list[Finding],
) -> Case:
    if line.ministry and ministries.get(line.ministry, "") is None:
        code = "left-to-others"
        sentence = "It is of “{name}”."
        if actor.operates:
            sentence = "The register has no organisation “{name}”: add it, or mend the name."
            code = "unknown-organization"
        findings.append(_of(line, code, sentence, MINISTRY, name=line.ministry))
        return Case(line=line, left=True)
    if entry is None:
        return _new(line, publication, findings)
    values = _values(line) if entry.here is None else differences(line, entry.here)
    findings += _warnings(line, entry.shown, values)
    left = bool(values) and not may(actor, CHANGE, entry.newest)
    if left:
        findings.append(_foreign(line, entry.slug))
    return Case(line=line, known=entry, values=values, left=left)


def _foreign(line: Line, name: str) -> Finding:
    """A table of one's own has no row of others; one that names its ministries does."""
    code, column = ("left-to-others", MINISTRY) if line.ministry else ("not-yours", TITLE)
    return _of(line, code, "“{name}” is of another organisation.", column, name=name)


def _new(line: Line, publication: Publication, findings: list[Finding]) -> Case:
    owner = line.ministry or publication.organization
    if line.ministry == "":
        findings.append(_of(line, "empty-cell", "A new row names its ministry.", MINISTRY))
        owner = None
    elif owner is None:
        sentence = "It is new, and nothing says whose it is: name the organisation of the table."
        findings.append(_of(line, "no-organization", sentence))
    elif line.deadline is None and line.state in (None, "planned"):
        findings.append(_of(line, "no-deadline", "It is promised for no day.", DUE))
    return Case(line=line, owner=owner, values=_values(line), left=owner is None)


def _values(line: Line) -> dict[str, Any]:
    """The deadline and the state of a line."""
    values: dict[str, Any] = {"deadline": line.deadline} if line.dated else {}
    return values | ({"state": line.state} if line.state else {})


def _warnings(line: Line, entry: Commitment, values: Mapping[str, Any]) -> Iterator[Finding]:
    """What a person should know of a line that is about an entry."""
    if line.type != entry.type:
        sentence = "The register holds the type “{type}”, and keeps it."
        yield _of(line, "identity-kept", sentence, TYPE, type=entry.type)
    if line.announcement != entry.announcement:
        kept = entry.announcement or "–"
        sentence = "The register holds “{announcement}”, and keeps it."
        yield _of(line, "identity-kept", sentence, ANNOUNCED_AS, announcement=kept)
    if line.state == "planned" and entry.state in STARTED:
        sentence = "The register holds “{state}”, and a plan does not undo what has begun."
        yield _of(line, "state-kept", sentence, STATE, state=entry.state)
    if "deadline" in values and entry.deadline:
        due = entry.deadline.period
        facts = {"label": due.label, "text": entry.deadline.text or "–"}
        if line.deadline is None:
            sentence = "{label} is in force by {text}; none is announced any more."
            yield _of(line, "deadline-withdrawn", sentence, DUE, **facts)
        elif line.deadline.end < due.start:
            sentence = "{label} is in force by {text}, and {new} is before."
            yield _of(line, "brought-forward", sentence, DUE, **facts, new=line.deadline.label)
    if values and entry.parts:
        parts = ", ".join(part.key for part in entry.parts)
        sentence = "Its parts ({parts}) have their own: what the table says is kept, not counted."
        yield _of(line, "whole-has-parts", sentence, parts=parts)


def announced(
    case: Case, slug: str, publication: Publication, at: datetime, today: date, actor: Actor
) -> tuple[Outcome, Finding | None]:
    """A new entry, by the line that announces it."""
    line = case.line
    body = _body(Announcement, case, publication, None)
    identity = {"announcement": line.announcement, "rank": line.rank, "steward": case.owner}
    opens = {"type": line.type, "title": Title.of(line.title), "publisher": case.owner or ""}
    body = body.model_copy(update=opens | identity)
    try:
        claim = decisions.admit(decisions.announce(slug, body, today), today)
    except Refusal as refusal:
        return Outcome(line=line, kind=LEFT), _refused(line, refusal)
    after = resolve(_recorded((), (claim,), at))[-1]
    if not may(actor, ANNOUNCE, after):
        return Outcome(line=line, kind=LEFT), _foreign(line, line.title)
    return Outcome(line=line, kind=NEW, slug=slug, after=after, claims=(claim,)), None


def restated(
    case: Case, events: Sequence[Event], publication: Publication, at: datetime, today: date
) -> tuple[Outcome, Finding | None]:
    """An entry that is known, by a line that differs from it.

    A claim that the ledger has already, whatever became of it since, is not made again.
    """
    line, known = case.line, case.known
    assert known is not None  # noqa: S101 a case without an entry is announced
    body = _body(Change, case, publication, known.here)
    outcome = Outcome(line=line, kind=UNCHANGED, slug=known.slug)
    try:
        claims = decisions.admit_all(decisions.restate(events, body, today), today)
    except Refusal as refusal:
        column = STATE if "state" in case.values else DUE
        return replace(outcome, kind=LEFT), _refused(line, refusal, column)
    recorded = {same(event.claim) for event in events if event.claim}
    fresh = tuple(claim for claim in claims if same(claim) not in recorded)
    if not fresh:
        return outcome, None
    day = min(publication.published_on.last, today)
    after = on(resolve(_recorded(events, fresh, at)), day)
    changed = replace(outcome, kind=CHANGED, before=known.here, after=after, claims=fresh)
    return changed, None


def _refused(line: Line, refusal: Refusal, column: str = TITLE) -> Finding:
    """A finding for what the rules refuse: by its first reason, where it has several."""
    why = Unfit(refusal.sentence, **refusal.facts)
    if isinstance(refusal, Invalid):
        why = refusal.errors[0][1]
    return Finding("refused", why, line.row, column)


B = TypeVar("B", Announcement, Change)


def _body(kind: type[B], case: Case, publication: Publication, here: Commitment | None) -> B:
    """What a line says, as a request would, and who says so.

    A table gives no reason: where one is asked for, what the table says stands in.
    """
    line = case.line
    values: dict[str, Any] = dict(case.values)
    state, period = values.get("state"), values.get("deadline", here and here.deadline)
    withdrawn = here is not None and "deadline" in values and not period
    reasons = []
    if withdrawn or (not period and (state == "planned" or here is None)):
        reasons.append("Le tableau officiel ne donne pas d’échéance.")
    current = here.state if here else None
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
    return kind.model_construct({*values, *beside}, **values, **beside)


def _recorded(events: Sequence[Event], claims: Sequence[Claim], at: datetime) -> tuple[Event, ...]:
    """The events as they will be once the claims are among them, but for the chain."""
    last = events[-1].position if events else 0
    chain: dict[str, Any] = {
        "salt": None,
        "digest": "",
        "previous_hash": "",
        "hash": "",
        "recorded_by": "",
    }
    return (
        *events,
        *(
            Event(
                position=position,
                commitment=claim.commitment,
                kind=claim.kind,
                claim=claim,
                recorded_at=at,
                **chain,
            )
            for position, claim in enumerate(claims, start=last + 1)
        ),
    )
