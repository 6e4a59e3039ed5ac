"""Where a commitment, or one part of it, stands: states, deadlines, openings and their verdicts.

Knows claims one after the other, in the order in which they count; `fold.py` puts them there.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from app.domain.claims import ANNOUNCED, DESCRIBED, STATE
from app.domain.commitments import PASSED, TIMELINESS, Deadline, Move, Timing
from app.domain.ledger import Claim, Event, paris_day
from app.domain.periods import Period
from app.domain.states import OPEN, STARTED

DAY = timedelta(days=1)
WAS_OPEN = OPEN | {"withdrawn"}
PROMISED = ("planned", "not_available")
LASTING = OPEN | {"suspended"}
"""In which what is open in part remains so."""
NOT_PROMISED = ("no_deadline", None)
Interval = tuple[date | None, date]
"""First and last day between which something happened; the first is None when only bounded."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A deadline, or none, from a day on; perhaps from `may_begin`, where that is vague."""

    may_begin: date
    begins: date
    deadline: Deadline | None


class Standing(NamedTuple):
    """Where a commitment, or one part of it, stands at the end of a day.

    `known` is the last deadline that was in force, `set_by` the claim that set or withdrew it;
    `bound`: a binding text has spoken, so that only another one moves the deadline;
    `in_force` and `firsts` are the deadlines from each day on; `openings` is when each state that
    means an opening began; `evidence` is the last claim that says where it stands, and `denied` the
    first day of the last publication by which it is not open.
    """

    state: str | None = None
    since: Interval | None = None
    deadline: Deadline | None = None
    known: Deadline | None = None
    set_by: Claim | None = None
    in_force: tuple[InForce, ...] = ()
    firsts: tuple[InForce, ...] = ()
    moves: tuple[Move, ...] = ()
    bound: bool = False
    openings: tuple[tuple[str, Interval], ...] = ()
    evidence: Event | None = None
    denied: date | None = None

    @property
    def first(self) -> Deadline | None:
        """The deadline first promised, as refined before any move."""
        return self.firsts[-1].deadline if self.firsts else None

    @property
    def opening(self) -> Interval | None:
        """When all of it first opened. What is withdrawn was open, but perhaps only in part."""
        known = dict(self.openings)
        whole = {"available"} if "partially_available" in known else {"available", "withdrawn"}
        return earliest([known[state] for state in whole & known.keys()])

    @property
    def opened(self) -> tuple[Interval | None, Interval | None]:
        """When all of it opened, and when some of it did."""
        return self.opening, self.opening_in_part

    @property
    def opening_in_part(self) -> Interval | None:
        """When some of it opened, where that was before all of it did."""
        part, whole = dict(self.openings).get("partially_available"), self.opening
        return None if part and whole and whole[1] <= part[1] else part

    def passed(self, due: Deadline, *, known: bool) -> str:
        """What is true once that day has passed, as far as sources support it; one of PASSED.

        `known`: nothing leaves the day that is asked in doubt.
        """
        if self.opening_in_part and self.state in LASTING:
            return "partly_open"
        proven = due.binding or (self.denied is not None and self.denied > due.period.end)
        return "overdue" if known and proven and self.state != "withdrawn" else "unconfirmed"

    def timing(
        self, deadlines: Sequence[InForce], awaited: Deadline | None, *, known: bool
    ) -> Timing:
        """Its timeliness by such deadlines, of which the last is awaited if it is not open."""
        if self.opening:
            judged = verdict(self.opening, deadlines)
            late = judged.settled == "delivered_late"
            return Timing("delivered_unknown") if late and not known else judged
        if awaited is None:
            return Timing("no_deadline")
        after: Any = {f"{self.passed(awaited, known=known)}_after": awaited.period.end}
        return Timing(None, **after)

    @property
    def slip_days(self) -> int | None:
        """From the last day first promised to the last day in force."""
        if self.deadline is None or self.first is None:
            return None
        return (self.deadline.period.end - self.first.period.end).days

    @property
    def postponements(self) -> int:
        """The moves that went later; a withdrawal is one."""
        return sum(1 for move in self.moves if move.days is None or move.days > 0)


def announces(claim: Claim, binding: Collection[str], *, bound: bool) -> bool:
    """Whether a deadline is announced: in a table, or, once a text binds, by one that does not."""
    unheeded = bound and claim.text not in binding and claim.part is None
    return claim.kind == ANNOUNCED or unheeded


def deadline_of(claim: Claim, binding: Collection[str]) -> Deadline | None:
    """The deadline that a claim states; None when it withdraws it."""
    period = claim.deadline
    return Deadline(period, claim.text, claim.text in binding) if period else None


def earliest(intervals: Sequence[Interval]) -> Interval | None:
    """Between the earliest days that all of these allow.

    One that is only bounded says nothing of how early, unless nothing else is known.
    """
    if not intervals:
        return None
    first = min((first for first, _ in intervals if first), default=None)
    last = min(last for _, last in intervals)
    return (None if first and first > last else first), last


def step(
    standing: Standing, event: Event, binding: Collection[str]
) -> tuple[Standing, list[Interval]]:
    """The standing with one more claim of a day, and the days that this one leaves in doubt."""
    if event.kind == DESCRIBED or event.claim is None:
        return standing, []
    after = _with(standing, event, event.claim, binding)
    opened = after.openings != standing.openings and after.opened != standing.opened
    return after, [*_doubts(event, event.claim, opened=opened)]


def _doubts(event: Event, claim: Claim, *, opened: bool) -> Iterator[Interval]:
    """The days on which a claim leaves doubt; none from the day it was recorded on.

    Those inside a vague date of publication. If it is about an opening, those from the first that
    it may have been to the eve of the day on which the public could know: no sourced day supports
    calling them late, and one denies it.
    """
    published = claim.published_on
    vague = [(published.first, event.counts_from)] if published.vague else []
    if opened:
        first, last = _happened(event, claim)
        eve = event.counts_from - DAY
        vague.append((first, eve if first == last else max(last, eve)))
    known = paris_day(event.recorded_at) - DAY
    for first, last in vague:
        if first is None or first <= min(last, known):
            yield first, min(last, known)


def _with(standing: Standing, event: Event, claim: Claim, binding: Collection[str]) -> Standing:
    """The standing in the course of a day, with one more claim."""
    state, dated = claim.values.get("state"), "deadline" in claim.values and event.kind != STATE
    heeded = dated and (claim.text in binding or not standing.bound)
    if event.kind == ANNOUNCED and state in (None, "planned") and standing.state in STARTED:
        state = None
    elif state is None and standing.state is None:
        state = "planned"
    if state is not None:
        standing = _entered(standing, state, event, claim)
    if heeded:
        standing = _stated(standing, claim, binding)
    bare = event.kind == ANNOUNCED and not dated
    if state is not None or ((heeded or bare) and standing.state not in OPEN):
        standing = _attested(standing, event, claim, stated=state, dated=heeded)
    return standing


def _attested(
    standing: Standing, event: Event, claim: Claim, *, stated: str | None, dated: bool
) -> Standing:
    """With a claim that says where the thing stands: in that state, or not open by its deadline."""
    standing, published, due = standing._replace(evidence=event), claim.published_on, claim.deadline
    # A text named beside a state may be of any day: only what can be read somewhere proves it.
    sourced = claim.source is not None or event.kind == ANNOUNCED
    closed = stated is not None and "state" in claim.values and sourced
    # A plan for a day that had passed already is an old one: it says nothing of that day.
    outdated = due is not None and due.end < published.last
    if outdated or not published.first or standing.state in OPEN or not (closed or dated):
        return standing
    return standing._replace(denied=max(standing.denied or published.first, published.first))


def _entered(standing: Standing, state: str, event: Event, claim: Claim) -> Standing:
    """In that state, since the day it happened if the claim is about that."""
    if state != standing.state:
        standing = standing._replace(state=state, since=_begun(event, claim, state))
    if state in WAS_OPEN:
        known = dict(standing.openings)
        known[state] = _earlier(known.get(state), _happened(event, claim))
        standing = standing._replace(openings=tuple(sorted(known.items())))
    return standing


def _happened(event: Event, claim: Claim) -> Interval:
    """When it opened, of what is withdrawn too: only a `state` claim says since when."""
    last = min(claim.decided_on.last, event.counts_from)
    dated = event.kind == STATE and claim.values.get("state") != "withdrawn"
    first = claim.decided_on.first if dated else None
    return first and min(first, last), last


def _begun(event: Event, claim: Claim, state: str) -> Interval:
    """Since when it is in that state: what is only promised is so since its publication."""
    if event.kind == STATE or state not in PROMISED:
        dating, last = claim.decided_on, min(claim.decided_on.last, event.counts_from)
        first = dating.first if event.kind == STATE else None
    else:
        first, last = claim.published_on.first, event.counts_from
    return first and min(first, last), last


def _earlier(known: Interval | None, other: Interval) -> Interval:
    """The earlier of two datings of an event; of two with the same last day, the better known."""
    if known is None or other[1] < known[1]:
        return other
    if other[1] == known[1] and other[0] and (known[0] is None or other[0] > known[0]):
        return other
    return known


def _stated(standing: Standing, claim: Claim, binding: Collection[str]) -> Standing:
    """With the deadline that a claim states, which restates that in force if it contains it."""
    deadline, known = deadline_of(claim, binding), standing.deadline or standing.known
    set_by: Claim | None = claim
    if deadline and known and deadline.period.contains(known.period):
        set_by = standing.set_by if standing.deadline else claim
        deadline = _restated(known, deadline)
    return standing._replace(deadline=deadline, set_by=set_by, bound=claim.text in binding)


def _restated(known: Deadline, again: Deadline) -> Deadline:
    """A deadline stated again by one that contains it. A text that binds by its last day binds it.

    By a later last day it does not: nothing binding says that the first of the two was the last.
    """
    binds = again.binding and not known.binding and again.period.end == known.period.end
    return replace(known, text=again.text, binding=True) if binds else known


def end_of_day(before: Standing, after: Standing, day: date) -> Standing:
    """Close a day: states begin, and deadlines move, by what the day's last claims left."""
    if after.state == before.state:
        after = after._replace(since=before.since)
    known, deadline = before.known, after.deadline
    if deadline and known and deadline.period.contains(known.period):
        deadline = _restated(known, deadline)
    if deadline == before.deadline:
        return after._replace(deadline=deadline, set_by=before.set_by)
    firsts, moves = before.firsts, before.moves
    published = after.set_by.published_on.first if after.set_by else day
    now = InForce(min(published or date.min, day), day, deadline)
    if deadline and (known is None or (known.period.contains(deadline.period) and not moves)):
        firsts = (*firsts, now)
    elif known and deadline != known and not (deadline and known.period.contains(deadline.period)):
        moves = (*moves, _move(known, deadline, after.set_by))
    return after._replace(
        deadline=deadline,
        known=deadline or known,
        firsts=firsts,
        moves=moves,
        in_force=(*before.in_force, now),
    )


def _move(known: Deadline, to: Deadline | None, claim: Claim | None) -> Move:
    return Move(
        moved_from=known.period.end,
        moved_to=to.period.end if to else None,
        days=(to.period.end - known.period.end).days if to else None,
        text=claim.text if claim else None,
        published_on=str(claim.published_on) if claim else "",
    )


# Verdicts, as far as they do not depend on the day that is asked.


def verdict(opening: Interval, in_force: Sequence[InForce]) -> Timing:
    """Timeliness of what opened then, by the deadline in force on that day: no later one counts.

    Where several may have been in force on it, only by what they all say.
    """
    first, last = opening
    verdicts: set[tuple[str, int | None]] = set()
    ends = [*(row.begins for row in in_force[1:]), date.max]
    for row, end in zip(in_force, ends, strict=False):
        if row.may_begin <= last and (first is None or first < end):
            period = row.deadline and row.deadline.period
            verdicts.add(_compared(opening, period) if period else NOT_PROMISED)
    if not verdicts or (first and first < in_force[0].may_begin):
        verdicts.add(NOT_PROMISED)
    names = {name for name, _ in verdicts}
    if len(names) > 1:
        return Timing("delivered_unknown")
    return min((Timing(*verdict) for verdict in verdicts), key=lambda each: abs(each.days or 0))


def _compared(opening: Interval, period: Period) -> tuple[str, int | None]:
    """A verdict only if the whole interval of the opening has it, with the days late.

    Of a vague day as few as are proven, below 0 where it lies before the period.
    """
    first, last = opening
    if last < period.start:
        return "delivered_early", (last - period.start).days
    if first and first > period.end:
        return "delivered_late", (first - period.end).days
    if first and first >= period.start and last <= period.end:
        return "delivered_on_time", 0
    return "delivered_unknown", None


def worst(timings: Sequence[Timing]) -> Timing:
    """The timeliness of a whole: the worst of its parts’, on whatever day it is asked."""
    settled = [timing for timing in timings if timing.settled]
    worst = min((t.settled for t in settled if t.settled), key=TIMELINESS.index, default=None)
    days = [timing.days for timing in settled if timing.settled == worst]
    awaited = [timing.awaited for timing in timings]
    after: dict[str, Any] = {
        f"{name}_after": min((days[name] for days in awaited if name in days), default=None)
        for name in PASSED
    }
    return Timing(worst, max((d for d in days if d is not None), default=None), **after)
