"""An official table against the register: which entry each line is about, and what it amounts to.

What may be appended is `decisions.py`.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from app.domain import decisions
from app.domain.access import ANNOUNCE, CHANGE, Actor, may
from app.domain.claims import Announcement, Change, Source
from app.domain.commitments import Commitment
from app.domain.errors import Invalid, Refusal, Unfit
from app.domain.fold import on, resolve
from app.domain.ledger import Claim, Event, same
from app.domain.periods import Dating, Period, quarter_of
from app.domain.references import Organization, organization_named
from app.domain.states import STARTED, allowed, needed
from app.domain.values import Title, folded

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

_FINDINGS = Path(__file__).with_name("findings.toml")
CODES: Mapping[str, tuple[str, str]] = tomllib.loads(_FINDINGS.read_text("utf-8"))
"""Every code of a finding: whether it stops the import, and what it means."""

UNMET = frozenset({"planned", "in_progress", "suspended"})
"""The states in which a deadline is awaited, so that its absence says something."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of an official table, as read.

    `row` is where it is in the file, `rank` its place in the table. An empty cell says nothing:
    then `dated` is false, or `state` None. `ministry` is the name of one, where there is a column.
    `label` is the state as written.
    """

    row: int
    rank: int
    title: str
    type: str
    announcement: str | None = None
    deadline: Period | None = None
    dated: bool = True
    state: str | None = None
    label: str = ""
    ministry: str | None = None


@dataclass(frozen=True, kw_only=True)
class Known:
    """An entry that the register holds: as it was on the table's day, if it was, and as it is."""

    here: Commitment | None
    newest: Commitment
    earlier: tuple[str, ...] = ()
    """Other titles that it bears, for one that was not there on the day."""

    @property
    def slug(self) -> str:
        """Its permanent name."""
        return self.newest.slug

    @property
    def shown(self) -> Commitment:
        """As it was on the day, else as it is."""
        return self.here or self.newest

    @cached_property
    def keys(self) -> frozenset[str]:
        """What it is sought by: its titles without apostrophes, spaces, accents or case."""
        title = self.shown.described.title
        titles = (title.fr, title.en, *self.earlier)
        return frozenset(folded(each) for each in titles if each)


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
    binding: Collection[str] = ()  # the ids of the texts that bind


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


# Which entry a line is about.


@dataclass
class Pairing:
    """Which line is about which entry, by row; and the lines of which that cannot be decided.

    `repeats` are the lines that have a title once more, with the row of the first that has it.
    """

    known: dict[int, Known] = field(default_factory=dict)
    ambiguous: dict[int, tuple[Known, ...]] = field(default_factory=dict)
    repeats: dict[int, int] = field(default_factory=dict)


Belongs = Callable[[Line, Known], bool]
"""Whether an entry may be what a line is about."""


def pair(
    lines: Sequence[Line], known: Iterable[Known], belongs: Belongs, named: Callable[[str], str]
) -> Pairing:
    """Find the entry of each line by its title; where several bear it, by all that the line says.

    `belongs`: whether an entry is of the ministry that the line names. `named`: the permanent name
    that a title would be given, by which an entry is found whose title has changed since.
    """
    by_title: dict[str, list[Known]] = {}
    by_slug = {entry.slug: entry for entry in known}
    for entry in sorted(by_slug.values(), key=_order):
        for key in entry.keys:
            by_title.setdefault(key, []).append(entry)
    groups: dict[tuple[str, str | None], list[Line]] = {}
    for line in lines:
        groups.setdefault((folded(line.title), line.ministry), []).append(line)
    pairing, taken = Pairing(), set[str]()
    for (key, _), group in groups.items():
        free = (entry for entry in by_title.get(key, ()) if entry.slug not in taken)
        _pair_group(group, [entry for entry in free if belongs(group[0], entry)], pairing)
        taken |= {pairing.known[line.row].slug for line in group if line.row in pairing.known}
    settled = {**pairing.known, **pairing.ambiguous, **pairing.repeats}
    for line in lines:
        same = None if line.row in settled else by_slug.get(named(line.title))
        if same and same.slug not in taken and belongs(line, same):
            pairing.known[line.row] = same
            taken.add(same.slug)
    return pairing


def _order(entry: Known) -> tuple[bool, int, str]:
    """What is public first, by rank, as lists have it; names break ties."""
    shown = entry.shown
    return shown.visibility != "public", 10**9 if shown.rank is None else shown.rank, entry.slug


def _pair_group(group: Sequence[Line], candidates: Sequence[Known], pairing: Pairing) -> None:
    """Pair the lines of one title with the entries of that title, the surest first."""
    lines = {line.row: line for line in group}
    for row, first in _repeated(group)[: max(len(group) - len(candidates), 0)]:
        pairing.repeats[row] = first
        del lines[row]
    if len(lines) == len(candidates) == 1:
        pairing.known[next(iter(lines))] = candidates[0]
        return
    for there in (True, False):  # an entry that was not there on the day comes second
        entries = {entry.slug: entry for entry in candidates if (entry.here is not None) == there}
        _pair_surely(lines, entries, pairing)
        if lines and entries:
            pairing.ambiguous |= dict.fromkeys(lines, tuple(entries.values()))
            return
    seen: dict[str, int] = {}
    for line in group:
        first = seen.setdefault(line.type, line.row)
        if line.row in lines and first != line.row:
            pairing.repeats[line.row] = first


def _pair_surely(lines: dict[int, Line], entries: dict[str, Known], pairing: Pairing) -> None:
    """Take away the lines and entries that go together: alike, else alone of a rank or a type."""
    for agree in (_word_for_word, _same):
        for line in list(lines.values()):
            alike = next((entry for entry in entries.values() if agree(line, entry)), None)
            if alike:
                pairing.known[line.row] = alike
                del lines[line.row], entries[alike.slug]
    for names in (("type", "rank"), ("type",), ()):
        for row, entry in _certain(lines, entries, names):
            pairing.known[row] = entry
            del lines[row], entries[entry.slug]


def _repeated(group: Sequence[Line]) -> list[tuple[int, int]]:
    """The rows that say nothing but what a row before them says, each with that row."""
    firsts: dict[Any, int] = {}
    content = attrgetter("type", "announcement", "deadline", "dated", "state")
    rows = [(line.row, firsts.setdefault(content(line), line.row)) for line in group]
    return [(row, first) for row, first in rows if row != first]


def _certain(
    lines: Mapping[int, Line], entries: Mapping[str, Known], names: Sequence[str]
) -> list[tuple[int, Known]]:
    """The pairs that are alike in these, where neither of the two is like another."""
    fitting = {
        row: [
            entry
            for entry in entries.values()
            if all(getattr(line, name) == getattr(entry.shown, name) for name in names)
        ]
        for row, line in lines.items()
    }
    wanted = Counter(entry.slug for fits in fitting.values() for entry in fits)
    sure = ((row, fits[0]) for row, fits in fitting.items() if len(fits) == 1)
    return [(row, entry) for row, entry in sure if wanted[entry.slug] == 1]


def _word_for_word(line: Line, entry: Known) -> bool:
    title = entry.shown.described.title
    spelt = {" ".join(text.split()) for text in (title.fr, title.en) if text}
    return line.title in spelt and _same(line, entry)


def _same(line: Line, entry: Known) -> bool:
    """Whether the line says what the register held on that day, no more and no less."""
    here = entry.here
    if here is None or (line.type, line.announcement) != (here.type, here.announcement):
        return False
    stated = line.state in (None, here.state)
    dated = not line.dated or (line.deadline is None) == (here.deadline is None)
    return stated and dated and not differences(line, here)


def differences(line: Line, here: Commitment | None) -> dict[str, Any]:
    """The deadline and the state of the line, where they differ from what the register had."""
    values: dict[str, Any] = {}
    if line.dated and not (here and _restates(line, here)):
        values["deadline"] = line.deadline
    late = here and line.state == "planned" and here.state in STARTED
    if line.state and line.state != (here and here.state) and not late:
        values["state"] = line.state
    return values


def _restates(line: Line, here: Commitment) -> bool:
    """Whether the deadline is the one announced before or in force, in any of its spellings.

    None says nothing of what is open, or given up.
    """
    if line.deadline is None:
        awaited = line.state is None or line.state in UNMET
        return here.deadline is None or here.first_opened is not None or not awaited
    known = [due.period for due in (here.announced_deadline, here.deadline) if due]
    quarter = quarter_of(here.deadline.period.end) if here.deadline else None
    return line.deadline == quarter or line.deadline in known


# What a line amounts to.


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
    names = {line.ministry for line in table.lines if line.ministry}
    ministries = {name: organization_named(name, organizations) for name in names}
    parents = {row.slug: row.part_of for row in organizations.values()}
    # A ministry that is known is named by its slug from here on.
    lines = [
        replace(line, ministry=ministries.get(line.ministry or "") or line.ministry)
        for line in table.lines
    ]

    def belongs(line: Line, entry: Known) -> bool:
        return not line.ministry or line.ministry in _owners(entry.shown, parents)

    pairing = pair(lines, known, belongs, named)
    cases = _Cases(publication, actor, ministries)
    paired = {entry.slug for entry in chain(pairing.known.values(), *pairing.ambiguous.values())}
    scope = set(ministries.values()) if ministries else {publication.organization}
    everyone = not (ministries or publication.organization)
    return Comparison(
        cases=tuple(cases.of(lines, pairing)),
        # An official table is public: what is internal is not missing from it.
        missing=tuple(
            entry.here
            for entry in known
            if entry.here and entry.slug not in paired and entry.here.visibility == "public"
            if everyone or scope & _owners(entry.here, parents)
        ),
        findings=tuple(cases.findings),
    )


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
    findings: list[Finding] = field(default_factory=list)

    def note(self, line: Line, code: str, sentence: str, column: str = TITLE, **facts: Any) -> None:
        self.findings.append(Finding(code, Unfit(sentence, **facts), line.row, column))

    def of(self, lines: Sequence[Line], pairing: Pairing) -> Iterator[Case]:
        """Each line with its entry; one that may be about several has none, and a finding."""
        rows = {line.row: line for line in lines}
        for line in lines:
            if candidates := pairing.ambiguous.get(line.row):
                slugs = ", ".join(entry.slug for entry in candidates)
                self.note(line, "ambiguous", "Which is meant: {slugs}?", slugs=slugs)
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
            self.note(line, "repeated-row", "It says what row {row} says.", row=first.row)
        else:
            sentence = "It bears the title of row {row}, and differs."
            self.note(line, "contradicting-rows", sentence, row=first.row)

    def stray(self, line: Line, name: str) -> None:
        if self.actor.operates:
            sentence = "The register has no organisation “{name}”: add it, or mend the name."
            self.note(line, "unknown-organization", sentence, MINISTRY, name=name)
        else:
            self.note(line, "left-to-others", "It is of “{name}”.", MINISTRY, name=name)

    def known(self, line: Line, entry: Known) -> Case:
        values = differences(line, entry.here)
        self.warn(line, entry.shown, values)
        left = bool(values) and not may(self.actor, CHANGE, entry.newest)
        if left:
            self.findings.append(_foreign(line, entry.slug))
        return Case(line=line, known=entry, values=values, left=left)

    def new(self, line: Line) -> Case:
        owner = None if line.ministry == "" else line.ministry or self.publication.organization
        if line.ministry == "":
            self.note(line, "empty-cell", "A new row names its ministry.", MINISTRY)
        elif owner is None:
            sentence = (
                "It is new, and nothing says whose it is: name the organisation of the table."
            )
            self.note(line, "no-organization", sentence)
        elif line.deadline is None and line.state in (None, "planned"):
            self.note(line, "no-deadline", "It is promised for no day.", DUE)
        return Case(line=line, owner=owner, values=differences(line, None), left=owner is None)

    def warn(self, line: Line, entry: Commitment, values: Mapping[str, Any]) -> None:
        """What a person should know of a line that is about an entry."""
        if line.type != entry.type:
            sentence = "The register holds the type “{type}”, and keeps it."
            self.note(line, "identity-kept", sentence, TYPE, type=entry.type)
        if line.announcement != entry.announcement:
            facts = {"announcement": entry.announcement or "–"}
            sentence = "The register holds “{announcement}”, and keeps it."
            self.note(line, "identity-kept", sentence, ANNOUNCED_AS, **facts)
        if line.state == "planned" and entry.state in STARTED:
            sentence = "The register holds “{state}”, and a plan does not undo what has begun."
            self.note(line, "state-kept", sentence, STATE, state=entry.state)
        if "deadline" in values and entry.deadline:
            due, new = entry.deadline.period, line.deadline.label if line.deadline else "–"
            facts = {"label": due.label, "text": entry.deadline.text or "–", "new": new}
            if entry.deadline.binding and self.publication.text not in self.publication.binding:
                sentence = "{label} is in force by {text}, which binds: “{new}” moves nothing."
                self.note(line, "moves-nothing", sentence, DUE, **facts)
            elif line.deadline is None:
                sentence = "{label} is in force by {text}; none is announced any more."
                self.note(line, "deadline-withdrawn", sentence, DUE, **facts)
            elif line.deadline.end < due.start:
                sentence = "{label} is in force by {text}, and {new} is before."
                self.note(line, "brought-forward", sentence, DUE, **facts)
        if values and (parts := ", ".join(part.key for part in entry.parts)):
            sentence = (
                "Its parts ({parts}) have their own: what the table says is kept, not counted."
            )
            self.note(line, "whole-has-parts", sentence, parts=parts)


def _foreign(line: Line, name: str) -> Finding:
    """A table of one's own has no row of others; one that names its ministries does."""
    code, column = ("left-to-others", MINISTRY) if line.ministry else ("not-yours", TITLE)
    why = Unfit("“{name}” is of another organisation.", name=name)
    return Finding(code, why, line.row, column)


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
    line, known, binding = case.line, case.known, publication.binding
    assert known is not None  # noqa: S101 a case without an entry is announced
    body = _body(Change, case, publication, known.here)
    outcome = Outcome(line=line, kind=UNCHANGED, slug=known.slug)
    try:
        claims = decisions.admit_all(decisions.restate(events, body, today, binding), today)
    except Refusal as refusal:
        column = STATE if "state" in case.values else DUE
        return replace(outcome, kind=LEFT), _refused(line, refusal, column)
    recorded = {same(event.claim) for event in events if event.claim}
    fresh = tuple(claim for claim in claims if same(claim) not in recorded)
    if not fresh:
        return outcome, None
    day = min(publication.published_on.last, today)
    after = on(resolve(_recorded(events, fresh, at), binding), day)
    return replace(outcome, kind=CHANGED, before=known.here, after=after, claims=fresh), None


def _refused(line: Line, refusal: Refusal, column: str = TITLE) -> Finding:
    """A finding for what the rules refuse: by its first reason, where it has several."""
    whole = Unfit(refusal.sentence, **refusal.facts)
    why = refusal.errors[0][1] if isinstance(refusal, Invalid) else whole
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


def _recorded(events: Sequence[Event], claims: Sequence[Claim], at: datetime) -> list[Event]:
    """The events as they will be once the claims are among them, but for the chain."""
    chain: dict[str, Any] = dict.fromkeys(("recorded_by", "digest", "previous_hash", "hash"), "")
    recorded = list(events)
    for position, claim in enumerate(claims, start=events[-1].position + 1 if events else 1):
        about: Any = {"commitment": claim.commitment, "kind": claim.kind, "claim": claim}
        recorded.append(Event(position=position, recorded_at=at, salt=None, **about, **chain))
    return recorded
