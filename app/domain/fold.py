"""The fold: what the claims of one commitment amount to, on every day. See `docs/domain.md`.

Knows nothing of how claims arrive, are checked or stored.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Generic, TypeVar

from app.domain.claims import (
    ANNOUNCED,
    DEADLINE,
    DESCRIBED,
    IDENTITY,
    STATE,
    Description,
    Identity,
    Internal,
    Values,
    read,
)
from app.domain.commitments import Commitment, Deadline, Move, Part, Timing
from app.domain.ledger import Claim, Event, counted, paris_day
from app.domain.states import NOT_JUDGED, OPEN, STARTED
from app.domain.timeliness import InForce, Interval, timing, worst
from app.domain.values import Words

T = TypeVar("T")
DAY = timedelta(days=1)
WAS_OPEN = OPEN | {"withdrawn"}


@dataclass(frozen=True, slots=True)
class Daily(Generic[T]):
    """A value from each of these days on, in order of day."""

    days: tuple[date, ...]
    values: tuple[T, ...]

    def on(self, day: date) -> T | None:
        """The value at the end of that day; None before the first."""
        place = bisect_right(self.days, day)
        return self.values[place - 1] if place else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a commitment, or one part of it, stands at the end of a day.

    `known` is the last deadline that was in force, `set_by` the claim that set or withdrew it;
    `bound`: a binding text has spoken, so that only another one moves the deadline;
    `in_force` and `firsts` are the deadlines from each day on; `openings` is when each state that
    means an opening began.
    """

    state: str | None = None
    since: date | None = None
    deadline: Deadline | None = None
    known: Deadline | None = None
    set_by: Claim | None = None
    in_force: tuple[InForce, ...] = ()
    firsts: tuple[InForce, ...] = ()
    moves: tuple[Move, ...] = ()
    bound: bool = False
    openings: tuple[tuple[str, Interval], ...] = ()
    confirmed: bool = False

    @property
    def first(self) -> Deadline | None:
        """The deadline first promised, as refined before any move."""
        return self.firsts[-1].deadline if self.firsts else None

    @property
    def opening(self) -> Interval | None:
        """When it first opened: between the earliest days that its claims allow.

        One that is only bounded says nothing of how early, unless nothing else is known.
        """
        if not self.openings:
            return None
        first = min((first for _, (first, _) in self.openings if first), default=None)
        last = min(last for _, (_, last) in self.openings)
        return (None if first and first > last else first), last

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


@dataclass(frozen=True, slots=True)
class Track:
    """The course of a commitment or of a part, and the days on which it is only vaguely known."""

    standings: Daily[Standing]
    vague: tuple[Interval, ...]

    def on(self, day: date) -> Standing:
        """Where it stood at the end of that day."""
        return self.standings.on(day) or Standing()

    def uncertain(self, day: date) -> bool:
        """Whether the day lies inside a vague date of publication, or of the opening."""
        return any((first is None or first <= day) and day <= last for first, last in self.vague)


def resolve(events: Sequence[Event], binding: Collection[str] = ()) -> tuple[Commitment, ...]:
    """The commitment on every day since its first accepted claim, as spans without gaps.

    `events`: all events of one commitment in order of position; `binding`: the ids of the texts
    that bind. No span at all when no accepted announcement stands.
    """
    claims = counted(events)
    if not any(event.kind == ANNOUNCED for event in claims):
        return ()
    split = first_of_parts(claims)
    whole, parts = _tracks(claims, split, binding)
    split_on = claims[split].counts_from if split is not None else date.max
    described = _descriptions(claims)
    announced = _announced_deadlines(claims, binding)
    titles = _titles(events)
    recorded = _recorded(events)
    begun = claims[0].counts_from
    spans: list[tuple[date, dict[str, Any]]] = []
    for day in _boundaries(claims, [whole, *parts.values()]):
        values = {**_UNSAID, **(described.on(day) or {}), "announced_deadline": announced.on(day)}
        shown = parts if day >= split_on else {}
        values |= _where_it_stands(day, whole, shown, titles, values, begun)
        if not spans or spans[-1][1] != values:
            spans.append((day, values))
    ends = [*(day for day, _ in spans[1:]), None]
    return tuple(
        Commitment(valid_from=day, valid_to=end, **values, **recorded)
        for (day, values), end in zip(spans, ends, strict=True)
    )


_UNSAID = {
    each.name: each.default
    for each in fields(Commitment)
    if each.default is not MISSING and each.name != "valid_to"
}
"""What a record says of what no claim has said: to say it aloud makes no span of its own."""


def on(spans: Sequence[Commitment], day: date) -> Commitment | None:
    """The span that holds on that day; None before the first."""
    return next((span for span in reversed(spans) if span.valid_from <= day), None)


def _recorded(events: Sequence[Event]) -> dict[str, Any]:
    visible = [event for event in events if event.claim and event.claim.visibility == "public"]
    return {
        "slug": events[0].commitment,
        "created": events[0].recorded_at,
        "modified": (visible or events)[-1].recorded_at,
        "version": events[-1].position,
    }


def _boundaries(claims: Sequence[Event], courses: Iterable[Track]) -> list[date]:
    """Every day on which a value may begin, from the first claim's on."""
    days = {event.counts_from for event in claims}
    for course in courses:
        for first, last in course.vague:
            days |= {first or min(days), last + DAY}
    existing = claims[0].counts_from
    return sorted(day for day in days if day >= existing)


# What is described: identity holds whatever its date, the rest from its own day on.


def _descriptions(claims: Sequence[Event]) -> Daily[dict[str, Any]]:
    """The identity of the entry and what is described of it, as fields of its record."""
    first = next(event.claim for event in claims if event.claim and event.kind == ANNOUNCED)
    nothing = {"type": "dataset", "described": Description(), "internal": Internal()}
    values = _described(nothing, first, IDENTITY)
    days: list[date] = []
    daily: list[dict[str, Any]] = []
    for day, of_day in groupby(claims, key=lambda event: event.counts_from):
        for event in of_day:
            if event.claim and event.kind != DEADLINE:
                values = _described(values, event.claim)
        days.append(day)
        daily.append(values)
    return Daily(tuple(days), tuple(daily))


def _described(
    values: dict[str, Any], claim: Claim, only: Collection[str] = Values.model_fields
) -> dict[str, Any]:
    """The fields of the record with what a claim says of them: each value is whole and new."""
    content = read(claim.values)
    names = content.model_fields_set.intersection(only)
    changed = {name: getattr(content, name) for name in names & Identity.model_fields.keys()}
    for nested in ("described", "internal"):
        known = values[nested]
        if own := names & type(known).model_fields.keys():
            new = {name: getattr(content, name) for name in own}
            changed[nested] = known.model_copy(update=new)
    return {**values, **changed} if changed else values


def _announced_deadlines(
    claims: Sequence[Event], binding: Collection[str]
) -> Daily[Deadline | None]:
    """The last one announced, from each announcement on."""
    days: list[date] = []
    announced: list[Deadline | None] = []
    bound = False
    for event in claims:
        if event.claim and "deadline" in event.claim.values:
            bound = bound or event.claim.text in binding
            if announces(event.claim, binding, bound=bound):
                days.append(event.counts_from)
                announced.append(deadline_of(event.claim, binding))
    return Daily(tuple(days), tuple(announced))


def announces(claim: Claim, binding: Collection[str], *, bound: bool) -> bool:
    """Whether a deadline is announced: in a table, or, once a text binds, by one that does not."""
    unheeded = bound and claim.text not in binding and claim.part is None
    return claim.kind == ANNOUNCED or unheeded


def deadline_of(claim: Claim, binding: Collection[str]) -> Deadline | None:
    """The deadline that a claim states; None when it withdraws it."""
    period = claim.deadline
    return Deadline(period, claim.text, claim.text in binding) if period else None


# The tracks: states, deadlines and openings, day by day.


def _tracks(
    claims: Sequence[Event], split: int | None, binding: Collection[str]
) -> tuple[Track, dict[str, Track]]:
    """The whole's track and each part's, of claims in the order in which they count.

    Parts share the whole's claims up to the first claim about a part. From then on the whole is
    computed from its parts, and later claims on its own state or deadline do not count.
    """
    if split is None:
        return _track(claims, binding), {}
    common = claims[:split]
    own: dict[str, list[Event]] = {}
    for event in claims[split:]:
        if event.claim and event.claim.part:
            own.setdefault(event.claim.part, []).append(event)
    parts = {key: _track([*common, *later], binding) for key, later in own.items()}
    return _computed(_track(common, binding), parts, claims[split].counts_from), parts


def first_of_parts(claims: Sequence[Event]) -> int | None:
    """The place of the first claim about a part, if there is one."""
    return next((i for i, event in enumerate(claims) if event.claim and event.claim.part), None)


def _track(claims: Sequence[Event], binding: Collection[str]) -> Track:
    standing = Standing()
    days: list[date] = []
    standings: list[Standing] = []
    vague: list[Interval] = []
    for day, of_day in groupby(claims, key=lambda event: event.counts_from):
        before = standing
        for event in of_day:
            if event.kind != DESCRIBED and event.claim:
                opening = standing.opening
                standing = _with(standing, event, event.claim, binding)
                vague += _doubts(event, event.claim, opened=standing.opening != opening)
        standing = _end_of_day(before, standing, day)
        days.append(day)
        standings.append(standing)
    return Track(Daily(tuple(days), tuple(standings)), tuple(vague))


def _doubts(event: Event, claim: Claim, *, opened: bool) -> Iterator[Interval]:
    """The days on which a claim leaves doubt; none from the day it was recorded on.

    Those inside a vague date of publication. If it is about an opening, those from the first that
    it may have been to the eve of the day on which the public could know: no sourced day supports
    calling them late, and one denies it.
    """
    vague = [(claim.published_on.first, event.counts_from)]
    if opened:
        first, last = _happened(event, claim)
        eve = event.counts_from - DAY
        vague.append((first, eve if first == last else max(last, eve)))
    known = paris_day(event.recorded_at) - DAY
    for place, (first, last) in enumerate(vague):
        precise = place == 0 and first == last
        if not precise and (first is None or first <= min(last, known)):
            yield first, min(last, known)


def _with(standing: Standing, event: Event, claim: Claim, binding: Collection[str]) -> Standing:
    """The standing in the course of a day, with one more claim."""
    if event.kind in (STATE, DEADLINE):
        standing = replace(standing, confirmed=True)
    state = claim.values.get("state")
    if event.kind == ANNOUNCED and state in (None, "planned") and standing.state in STARTED:
        state = None
    elif state is None and standing.state is None:
        state = "planned"
    if state is not None:
        standing = _entered(standing, state, event, claim)
    if event.kind != STATE and "deadline" in claim.values:
        standing = _stated(standing, claim, binding)
    return standing


def _entered(standing: Standing, state: str, event: Event, claim: Claim) -> Standing:
    """In that state, since the day it happened if the claim is about that."""
    first, last = _happened(event, claim)
    if state != standing.state:
        since = last if event.kind == STATE else event.counts_from
        standing = replace(standing, state=state, since=since)
    if state in WAS_OPEN:
        known = dict(standing.openings)
        known[state] = _earlier(known.get(state), (first, last))
        standing = replace(standing, openings=tuple(sorted(known.items())))
    return standing


def _happened(event: Event, claim: Claim) -> Interval:
    """When a state began, or of `withdrawn` what was open: only a `state` claim says since when."""
    last = min(claim.decided_on.last, event.counts_from)
    dated = event.kind == STATE and claim.values.get("state") != "withdrawn"
    first = claim.decided_on.first if dated else None
    return first and min(first, last), last


def _earlier(known: Interval | None, other: Interval) -> Interval:
    """The earlier of two datings of an event; of two with the same last day, the better known."""
    if known is None or other[1] < known[1]:
        return other
    if other[1] == known[1] and other[0] and (known[0] is None or other[0] > known[0]):
        return other
    return known


def _stated(standing: Standing, claim: Claim, binding: Collection[str]) -> Standing:
    """With the deadline that a claim states, which restates that in force if it contains it.

    Once a text that binds has spoken, only another one is heeded.
    """
    binds = claim.text in binding
    if standing.bound and not binds:
        return standing
    deadline, known = deadline_of(claim, binding), standing.deadline or standing.known
    set_by: Claim | None = claim
    if deadline and known and deadline.period.contains(known.period):
        set_by = standing.set_by if standing.deadline else claim
        deadline = _restated(known, deadline)
    return replace(standing, deadline=deadline, set_by=set_by, bound=binds)


def _restated(known: Deadline, again: Deadline) -> Deadline:
    """A deadline stated again by one that contains it. A text that binds by its last day binds it.

    By a later last day it does not: nothing binding says that the first of the two was the last.
    """
    binds = again.binding and not known.binding and again.period.end == known.period.end
    return replace(known, text=again.text, binding=True) if binds else known


def _end_of_day(before: Standing, after: Standing, day: date) -> Standing:
    """Close a day: states begin, and deadlines move, by what the day's last claims left."""
    if after.state == before.state:
        after = replace(after, since=before.since)
    known, deadline = before.known, after.deadline
    if deadline and known and deadline.period.contains(known.period):
        deadline = _restated(known, deadline)
    if deadline == before.deadline:
        return replace(after, deadline=deadline, set_by=before.set_by)
    firsts, moves = before.firsts, before.moves
    published = after.set_by.published_on.first if after.set_by else day
    now = InForce(min(published or date.min, day), day, deadline)
    if deadline and (known is None or (known.period.contains(deadline.period) and not moves)):
        firsts = (*firsts, now)
    elif known and deadline != known and not (deadline and known.period.contains(deadline.period)):
        moves = (*moves, _move(known, deadline, after.set_by))
    return replace(
        after,
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


# The whole, computed from its parts.


def _computed(common: Track, parts: Mapping[str, Track], split: date) -> Track:
    days = [day for day in common.standings.days if day < split]
    standings = list(common.standings.values[: len(days)])
    standing = standings[-1] if standings else Standing()
    for day in sorted({day for part in parts.values() for day in part.standings.days}):
        if day >= split:
            now = [part.on(day) for part in parts.values()]
            eve = [part.on(day - DAY) for part in parts.values()]
            standing = _summed(standing, now, eve, day)
            days.append(day)
            standings.append(standing)
    vague = {interval for part in parts.values() for interval in part.vague}
    return Track(Daily(tuple(days), tuple(standings)), tuple(vague))


def _summed(
    before: Standing, parts: Sequence[Standing], eve: Sequence[Standing], day: date
) -> Standing:
    """The whole at the end of a day: the latest deadline, the earliest opening.

    `eve`: where its parts stood the day before.
    """
    begun = [now.since for now, was in zip(parts, eve, strict=True) if now.state != was.state]
    moved = [now for now, was in zip(parts, eve, strict=True) if now.deadline != was.deadline]
    dated = [part for part in parts if part.deadline]
    latest = max(dated, key=lambda part: part.deadline.period.end, default=parts[0])  # type: ignore[union-attr]
    openings: dict[str, Interval] = {}
    for state, opened in (opening for part in parts for opening in part.openings):
        openings[state] = _earlier(openings.get(state), opened)
    after = replace(
        before,
        state=state_of([part.state or "planned" for part in parts]),
        since=max((since for since in begun if since), default=day),
        deadline=latest.deadline,
        set_by=(latest if latest in moved or not moved else moved[-1]).set_by,
        openings=tuple(sorted(openings.items())),
        confirmed=any(part.confirmed for part in parts),
    )
    return _end_of_day(before, after, day)


def state_of(parts: Sequence[str]) -> str:
    """The state of a whole, from the states of its parts."""
    if len(set(parts)) == 1:
        return parts[0]
    if OPEN & set(parts):
        return "partially_available"
    left = set(parts) - {"abandoned", "withdrawn"}
    if not left:
        return "withdrawn"
    return "in_progress" if "in_progress" in left else "planned"


def _where_it_stands(
    day: date,
    whole: Track,
    tracks: Mapping[str, Track],
    titles: Mapping[str, Words],
    values: Mapping[str, Any],
    begun: date,
) -> dict[str, Any]:
    """The computed fields of the record on that day. `begun`: since when what has no date holds."""
    judged = values["described"].open_to_all
    action = values["type"] == "action"
    fields = _course(whole, day, begun, judged=judged, action=action)
    parts = tuple(
        Part(key=key, title=titles[key], **_course(track, day, day, judged=judged, action=action))
        for key, track in tracks.items()
    )
    if parts:
        fields["timing"] = worst([part.timing for part in parts])
        fields["timing_first"] = worst([part.timing_first for part in parts])
    awaited = [part.deadline for part in parts if part.timing.due and part.deadline]
    return {
        **fields,
        "next_deadline": min(awaited, key=lambda deadline: deadline.period.end, default=None),
        "postponements": whole.on(day).postponements,
        "parts": parts,
    }


def _course(track: Track, day: date, begun: date, *, judged: bool, action: bool) -> dict[str, Any]:
    """What a whole and its parts have in common on that day."""
    standing, uncertain = track.on(day), track.uncertain(day)
    timings = Timing("not_applicable"), Timing("not_applicable")
    if judged and standing.state not in NOT_JUDGED:
        known = not uncertain and (standing.confirmed or not action)
        timings = (
            timing(standing.opening, standing.in_force, standing.deadline, known=known),
            timing(standing.opening, standing.firsts, standing.first, known=known),
        )
    return {
        "state": standing.state or "planned",
        "state_since": standing.since or begun,
        "opened_on": standing.opening and standing.opening[1],
        "deadline": standing.deadline,
        "first_deadline": standing.first,
        "moves": standing.moves,
        "slip_days": standing.slip_days,
        "timing": timings[0],
        "timing_first": timings[1],
        "uncertain": uncertain,
    }


def _titles(events: Sequence[Event]) -> dict[str, Words]:
    """What each part is called, whatever became of the claim that named it."""
    titles: dict[str, Words] = {}
    for event in events:
        if event.claim and event.claim.part:
            known = titles.get(event.claim.part)
            if known is None or event.claim.part_title:
                title = event.claim.part_title or event.claim.part
                titles[event.claim.part] = Words.of(title)
    return titles
