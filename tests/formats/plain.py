"""What a ledger amounts to on a day, worked out again by plain means from the public JSON.

A second opinion on `app/domain/fold.py`: it imports nothing of the app, keeps no spans and knows
no index; it asks of each day, from the beginning, what had been said by then.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
OPEN = ("partially_available", "available")
WAS_OPEN = (*OPEN, "withdrawn")
LATE = ("overdue", "partly_open", "unconfirmed")
STARTED = (*WAS_OPEN, "in_progress", "suspended")
Document = dict[str, Any]
Stretch = tuple[date | None, date]


@dataclass(frozen=True)
class Claim:
    """One accepted claim of the public ledger, its dates as days."""

    position: int
    kind: str
    part: str | None
    values: Mapping[str, Any]
    binds: bool
    sourced: bool
    published: Stretch
    decided: Stretch
    recorded: date
    spelt: str

    @property
    def counts_from(self) -> date:
        return min(self.published[1], self.recorded)

    @property
    def happened(self) -> Stretch:
        """Between which days it opened. Only a `state` claim says since when; no withdrawal."""
        last = min(self.decided[1], self.counts_from)
        dated = self.kind == "state" and self.values.get("state") != "withdrawn"
        first = self.decided[0] if dated else None
        return first and min(first, last), last

    @property
    def place(self) -> tuple[date, date, int]:
        """Where it stands among the claims that count."""
        return self.counts_from, self.decided[1], self.position

    @property
    def dated(self) -> bool:
        """Whether it says by when."""
        return self.kind != "state" and "deadline" in self.values


def accepted(ledger: Iterable[Document], binding: Collection[str] = ()) -> list[Claim]:
    """The claims that count, of `GET …/events`, in the order in which they count.

    `binding`: the ids of the texts that bind.
    """
    standing: dict[int, str] = {}
    claims: list[Claim] = []
    for event in ledger:
        if event["kind"] == "judged":
            standing[event["target"]] = event["content"]["standing"]
        elif event["kind"] not in (None, "erased"):
            standing[event["position"]] = event["content"]["standing"]
            claims.append(_claim(event, binding))
    return sorted(
        (claim for claim in claims if standing[claim.position] == "accepted"),
        key=lambda claim: claim.place,
    )


def _claim(event: Document, binding: Collection[str]) -> Claim:
    moment = datetime.strptime(event["recorded_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return Claim(
        position=event["position"],
        kind=event["kind"],
        part=event["part"],
        values=event["values"],
        binds=event["text"] in binding,
        sourced=bool(event["source"]) or event["kind"] == "announced",
        published=stretch(event["published_on"]),
        decided=stretch(event["decided_on"]),
        recorded=moment.astimezone(ZoneInfo("Europe/Paris")).date(),
        spelt=event["published_on"],
    )


def stretch(edtf: str) -> Stretch:
    """First and last day of 2023, 2023-12, 2023-12-18 and ../2023-12-18."""
    bare = edtf.removeprefix("../")
    first = date.fromisoformat(f"{bare}-01-01"[:10])
    last = {4: first.replace(month=12, day=31), 7: _end_of_month(first), 10: first}[len(bare)]
    return (first if bare == edtf else None), last


def _end_of_month(first: date) -> date:
    return (first + 31 * DAY).replace(day=1) - DAY


@dataclass
class Promises:
    """Deadlines one after another, each as JSON: in force, first promised, postponements."""

    current: Document | None = None
    known: Document | None = None
    first: Document | None = None
    bound: bool = False
    moved: bool = False
    postponements: int = 0

    def say(self, period: Document | None, *, binds: bool) -> None:
        """One more statement in the course of a day; once one binds, the others move nothing."""
        if self.bound and not binds:
            return
        self.bound = binds
        before = self.current or self.known
        self.current = _again(before, period) if period and before else period

    def sleep(self, before: Document | None) -> None:
        """The day ends; `before` was in force when it began."""
        if self.current and self.known:
            self.current = _again(self.known, self.current)
        if self.current == before:
            return
        if self.known is None:
            self.first = self.current
        elif self.current and _within(self.current, self.known):
            if not self.moved and self.current != self.known:
                self.first = self.current
        else:
            self.moved = True
            self.postponements += self.current is None or self.current["end"] > self.known["end"]
        self.known = self.current or self.known

    @property
    def slip(self) -> int | None:
        if not self.current or not self.first:
            return None
        return (_last(self.current) - _last(self.first)).days


def promised(claims: Iterable[Claim]) -> Promises:
    """What these claims promise, one day after another."""
    promises = Promises()
    for _, of_day in groupby(claims, key=lambda claim: claim.counts_from):
        before = promises.current
        for claim in of_day:
            if claim.dated:
                period = claim.values["deadline"]
                promises.say(period and {**period, "binding": claim.binds}, binds=claim.binds)
        promises.sleep(before)
    return promises


def _again(known: Document, period: Document) -> Document:
    """What is in force after one more statement: one that contains it leaves it, or binds it."""
    if not _within(known, period):
        return period
    return {**known, "binding": known["binding"] or (period["binding"] and _ends(known, period))}


def _ends(deadline: Document, other: Document) -> bool:
    return bool(deadline["end"] == other["end"])


def _within(inner: Document, outer: Document) -> bool:
    return bool(outer["start"] <= inner["start"] and inner["end"] <= outer["end"])


def _last(period: Document) -> date:
    return date.fromisoformat(period["end"])


@dataclass(frozen=True)
class Plain:
    """Where an entry, or one part of it, stands at the end of a day."""

    state: str
    deadline_end: str | None
    first_end: str | None
    slip_days: int | None
    postponements: int
    opened_on: str | None
    opened_in_part_on: str | None
    evidence: str | None
    uncertain: bool
    late: str | None
    parts: tuple[tuple[str, "Plain"], ...] = ()


def on(claims: Sequence[Claim], day: date, *, rights: str) -> Plain | None:
    """The entry on a day: None before anything is said of it, or without an announcement."""
    if not any(claim.kind == "announced" for claim in claims) or claims[0].counts_from > day:
        return None
    split = next((place for place, claim in enumerate(claims) if claim.part), None)
    if split is None:
        return _alone(claims, day, rights, doubtful(claims, day))
    common, keys = claims[:split], list(dict.fromkeys(c.part for c in claims if c.part))
    courses = {key: [*common, *(c for c in claims[split:] if c.part == key)] for key in keys}
    doubt = any(doubtful(course, day) for course in courses.values())
    if day < claims[split].counts_from:
        return _alone(common, day, rights, doubt)
    parts = {
        key: _alone(course, day, rights, doubtful(course, day)) for key, course in courses.items()
    }
    return _together(common, claims[split].counts_from, courses, parts, day, doubt)


def _alone(claims: Sequence[Claim], day: date, rights: str, doubt: bool) -> Plain:
    known = [claim for claim in claims if claim.counts_from <= day]
    promises, state, (evidence, denied) = promised(known), "", attested(known)
    for claim in known:
        state = _state(state, claim)
    whole, in_part = opened(known)
    late = None
    awaited = not whole and state not in ("abandoned", "not_available") and rights == "public"
    if promises.current and awaited and day > (due := _last(promises.current)):
        proven = promises.current["binding"] or (denied is not None and denied > due)
        late = "overdue" if proven and not doubt and state != "withdrawn" else "unconfirmed"
        if in_part and state in (*OPEN, "suspended"):
            late = "partly_open"
    return Plain(
        state=state or "planned",
        deadline_end=promises.current["end"] if promises.current else None,
        first_end=promises.first["end"] if promises.first else None,
        slip_days=promises.slip,
        postponements=promises.postponements,
        opened_on=spelled(whole),
        opened_in_part_on=spelled(in_part),
        evidence=evidence.spelt if evidence else None,
        uncertain=doubt,
        late=late,
    )


def attested(claims: Iterable[Claim]) -> tuple[Claim | None, date | None]:
    """The last claim that says where the thing stands; the last day that denies an opening."""
    state, bound = "", False
    evidence, denied = None, None
    for claim in (claim for claim in claims if claim.kind != "described"):
        before, wanted, due = state, claim.values.get("state"), claim.values.get("deadline")
        kept = claim.kind == "announced" and wanted in (None, "planned") and before in STARTED
        entered = not kept and bool(wanted or not before)
        heeded = claim.dated and (claim.binds or not bound)
        bound, state = bound or (claim.dated and claim.binds), _state(state, claim)
        promise = heeded or (claim.kind == "announced" and not claim.dated)
        if entered or (promise and state not in OPEN):
            evidence = claim
            old = due is not None and _last(due) < claim.published[1]
            says = (entered and wanted and claim.sourced) or heeded
            if says and not old and state not in OPEN and claim.published[0]:
                denied = max(denied or claim.published[0], claim.published[0])
    return evidence, denied


def opened(claims: Iterable[Claim]) -> tuple[Stretch | None, Stretch | None]:
    """When all of it opened, and when some of it did before."""
    known: dict[str, Stretch] = {}
    for claim in claims:
        state = claim.values.get("state")
        if state in WAS_OPEN:
            known[state] = min(known.get(state, claim.happened), claim.happened, key=_early)
    in_part = known.get("partially_available")
    of_all = ("available",) if in_part else ("available", "withdrawn")
    whole = _earliest([known[state] for state in of_all if state in known])
    return whole, None if in_part and whole and whole[1] <= in_part[1] else in_part


def spelled(stretch: Stretch | None) -> str | None:
    """A stretch as documents spell it."""
    if stretch is None:
        return None
    first, last = stretch
    if first is None or first == last:
        return f"{last}" if first else f"../{last}"
    if first == first.replace(day=1) and last == _end_of_month(first):
        return f"{first:%Y-%m}"
    whole = (first, last) == (last.replace(month=1, day=1), last.replace(month=12, day=31))
    return f"{first:%Y}" if whole else f"{first}/{last}"


def _state(state: str, claim: Claim) -> str:
    if claim.kind == "described":
        return state
    wanted = claim.values.get("state")
    if claim.kind == "announced" and wanted in (None, "planned") and state in STARTED:
        return state
    return str(wanted or state or "planned")


def doubtful(claims: Sequence[Claim], day: date) -> bool:
    """Whether the day lies inside a vague date that a claim leaves open."""
    return any(
        first != last and (first is None or first <= day) and day <= min(last, recorded - DAY)
        for first, last, recorded in _vague(claims)
    )


def _vague(claims: Sequence[Claim]) -> Iterator[tuple[date | None, date, date]]:
    """The days that each claim leaves open. One that opens nothing earlier leaves none of those."""
    for place, claim in enumerate(claims):
        if claim.kind != "described":
            yield claim.published[0], claim.counts_from, claim.recorded
            if opened(claims[: place + 1]) != opened(claims[:place]):
                first, last = claim.happened
                yield first, max(last, claim.counts_from - DAY), claim.recorded


def _early(stretch: Stretch) -> tuple[date, int]:
    """The earlier of two; of two with one last day, the better known."""
    first, last = stretch
    return last, -first.toordinal() if first else 0


def _earliest(stretches: Sequence[Stretch]) -> Stretch | None:
    """Between the earliest days that these allow."""
    if not stretches:
        return None
    first = min((first for first, _ in stretches if first), default=None)
    last = min(last for _, last in stretches)
    return None if first and first > last else first, last


def _together(
    common: Sequence[Claim],
    split: date,
    courses: Mapping[str, Sequence[Claim]],
    parts: Mapping[str, Plain],
    day: date,
    doubt: bool,
) -> Plain:
    """The whole of its parts: the latest deadline, counted on from its own history."""
    promises = promised(claim for claim in common if claim.counts_from < split)
    days = {claim.counts_from for course in courses.values() for claim in course}
    for turn in sorted(turn for turn in days if split <= turn <= day):
        before = promises.current
        promises.current = max(
            (deadline for course in courses.values() if (deadline := _in_force(course, turn))),
            key=lambda deadline: str(deadline["end"]),
            default=None,
        )
        promises.sleep(before)
    known = {
        key: [claim for claim in course if claim.counts_from <= day]
        for key, course in courses.items()
    }
    openings = [opened(course) for course in known.values()]
    in_part = _earliest([stretch for each in openings for stretch in each if stretch])
    wholes = [whole for whole, _ in openings if whole]
    whole = None
    if len(wholes) == len(openings):
        firsts = [first for first, _ in wholes if first]
        whole = max(firsts, default=None), max(last for _, last in wholes)
    if in_part and whole and whole[1] <= in_part[1]:
        in_part = None
    evidence = [claim for course in known.values() if (claim := attested(course)[0])]
    late = {part.late for part in parts.values()}
    return Plain(
        state=_sum([part.state for part in parts.values()]),
        deadline_end=promises.current["end"] if promises.current else None,
        first_end=promises.first["end"] if promises.first else None,
        slip_days=promises.slip,
        postponements=promises.postponements,
        opened_on=spelled(whole),
        opened_in_part_on=spelled(in_part),
        evidence=max(evidence, key=lambda claim: claim.place).spelt if evidence else None,
        uncertain=doubt,
        late=next((word for word in LATE if word in late), None),
        parts=tuple(parts.items()),
    )


def _in_force(claims: Sequence[Claim], day: date) -> Document | None:
    return promised(claim for claim in claims if claim.counts_from <= day).current


def _sum(states: Sequence[str]) -> str:
    if len(set(states)) == 1:
        return states[0]
    if any(state in OPEN for state in states):
        return "partially_available"
    left = [state for state in states if state not in ("abandoned", "withdrawn")]
    if not left:
        return "withdrawn"
    return "in_progress" if "in_progress" in left else "planned"


def stated(document: Document) -> Plain:
    """What a public document says of the same things, of a part too."""
    late = document["timeliness"]
    deadline, first = document["deadline"], document["first_deadline"]
    return Plain(
        state=document["state"],
        deadline_end=deadline and deadline["end"],
        first_end=first and first["end"],
        slip_days=document["slip_days"],
        postponements=document.get("postponements", later(document["moves"])),
        opened_on=document["opened_on"] and document["opened_on"]["label"],
        opened_in_part_on=document["opened_in_part_on"] and document["opened_in_part_on"]["label"],
        evidence=document["evidence"] and document["evidence"]["on"],
        uncertain=document["uncertain"],
        late=late if late in LATE else None,
        parts=tuple((part["key"], stated(part)) for part in document.get("parts", ())),
    )


def later(moves: Iterable[Document]) -> int:
    """How many moves go later, or nowhere."""
    return sum(move["to"] is None or move["to"] > move["from"] for move in moves)
