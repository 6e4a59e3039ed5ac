"""The fold: what the claims of one commitment amount to, on every day. See `docs/domain.md`.

`resolve` is the rule. A claim that comes last is also folded onto where those before it ended, so
that a long history is not read again: `verify` and the tests hold that both amount to the same.
Knows nothing of how claims arrive, are checked or stored.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from app.domain.claims import (
    ACCEPTED,
    ANNOUNCED,
    CLAIMS,
    IDENTITY,
    Description,
    Identity,
    Internal,
    Values,
    read,
)
from app.domain.commitments import Commitment, Deadline, Evidence, Part, Timing
from app.domain.ledger import Claim, Event, counted, place
from app.domain.periods import between
from app.domain.standing import (
    DAY,
    Interval,
    Standing,
    announces,
    deadline_of,
    earliest,
    end_of_day,
    step,
    worst,
)
from app.domain.states import NOT_JUDGED, OPEN
from app.domain.values import Words

T = TypeVar("T")
NOTHING_SAID = Standing()


Daily = Sequence[tuple[date, T]]
"""A value from each of these days on, in order of day."""


def _at_end(daily: Daily[T], day: date) -> T | None:
    """The value at the end of that day; None before the first."""
    number = bisect_right(daily, day, key=itemgetter(0))
    return daily[number - 1][1] if number else None


@dataclass(frozen=True, slots=True)
class Track:
    """The course of a commitment or of a part, and the days on which it is only vaguely known.

    `within` is the standing in the course of its last day, `before` that at the end of the day
    before.
    """

    standings: Daily[Standing]
    vague: Collection[Interval] = ()
    before: Standing = NOTHING_SAID
    within: Standing = NOTHING_SAID

    def on(self, day: date) -> Standing:
        """Where it stood at the end of that day."""
        return _at_end(self.standings, day) or NOTHING_SAID

    def uncertain(self, day: date) -> bool:
        """Whether the day lies inside a vague date of publication, or of the opening."""
        return any((first is None or first <= day) and day <= last for first, last in self.vague)


@dataclass(frozen=True, slots=True)
class Last:
    """Where a fold ended: all that is needed to fold a claim which comes last.

    `here` is the place of the last claim, `within` the standing in the course of its day, `before`
    that at the end of the day before, `binding` the ids of the texts that bind. What is described
    is in the newest span.
    """

    here: tuple[date, date, int]
    begun: date
    before: Standing
    within: Standing
    binding: Collection[str]
    doubtful_until: date | None = None

    def precedes(self, day: date, decided: date) -> bool:
        """Whether a claim that counts from that day comes last, and after every doubt."""
        settled = self.doubtful_until is None or self.doubtful_until < day
        return settled and self.here[:2] <= (day, decided)


def resolve(events: Sequence[Event], binding: Collection[str] = ()) -> tuple[Commitment, ...]:
    """The commitment on every day since its first accepted claim, as spans without gaps.

    `events`: all events of one commitment in order of position; `binding`: the ids of the texts
    that bind. No span at all when no accepted announcement stands.
    """
    return fold(events, binding)[0]


def fold(
    events: Sequence[Event], binding: Collection[str]
) -> tuple[tuple[Commitment, ...], Last | None]:
    """The spans, and where the fold ended; None if it has parts, for those are folded whole."""
    claims = counted(events)
    if not any(event.kind == ANNOUNCED for event in claims):
        return (), None
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
        values = {**_UNSAID, **(_at_end(described, day) or {})}
        values["announced_deadline"] = _at_end(announced, day)
        shown = parts if day >= split_on else {}
        values |= where_it_stands(day, whole, shown, titles, values, begun)
        if not spans or spans[-1][1] != values:
            spans.append((day, values))
    ends = [*(day for day, _ in spans[1:]), None]
    entries = tuple(
        Commitment(valid_from=day, valid_to=end, **values, **recorded)
        for (day, values), end in zip(spans, ends, strict=True)
    )
    if titles:
        return entries, None
    doubtful_until = max((last for _, last in whole.vague), default=None)
    here = place(claims[-1])
    return entries, Last(here, begun, whole.before, whole.within, binding, doubtful_until)


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
    visible = [event for event in events if event.public]
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
    contents = {event.position: _content(event.claim) for event in claims if event.claim}
    first = next(event.position for event in claims if event.kind == ANNOUNCED)
    values = {"type": "dataset", "described": Description(), "internal": Internal()}
    if claims[0].position != first:
        values = with_described(values, contents[first], IDENTITY)
    daily: list[tuple[date, dict[str, Any]]] = []
    for day, of_day in groupby(claims, key=lambda event: event.counts_from):
        for event in of_day:
            values = with_described(values, contents[event.position])
        daily.append((day, values))
    return daily


_SILENT = Values()
_UNDESCRIBED = {"state", "deadline"}
_IDENTIFYING = frozenset(Identity.model_fields)
_NESTED = {
    "described": frozenset(Description.model_fields),
    "internal": frozenset(Internal.model_fields),
}


def _content(claim: Claim) -> Values:
    """What a claim describes: most say no more than a state or a deadline, and are not read."""
    return _SILENT if claim.values.keys() <= _UNDESCRIBED else read(claim.values)


def with_described(
    values: dict[str, Any], content: Values, only: Collection[str] = Values.model_fields
) -> dict[str, Any]:
    """The fields of the record with what a claim says of them: each value is whole and new."""
    names = content.model_fields_set.intersection(only)
    changed = {name: getattr(content, name) for name in names & _IDENTIFYING}
    for nested, fields_of in _NESTED.items():
        if own := names & fields_of:
            new = {name: getattr(content, name) for name in own}
            changed[nested] = values[nested].model_copy(update=new)
    return {**values, **changed} if changed else values


def _announced_deadlines(
    claims: Sequence[Event], binding: Collection[str]
) -> Daily[Deadline | None]:
    """The last one announced, from each announcement on."""
    announced: list[tuple[date, Deadline | None]] = []
    bound = False
    for event in claims:
        if event.claim and "deadline" in event.claim.values:
            bound = bound or event.claim.text in binding
            if announces(event.claim, binding, bound=bound):
                announced.append((event.counts_from, deadline_of(event.claim, binding)))
    return announced


# The tracks, day by day.


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
    standing = before = within = NOTHING_SAID
    standings: list[tuple[date, Standing]] = []
    vague: list[Interval] = []
    for day, of_day in groupby(claims, key=lambda event: event.counts_from):
        before = within = standing
        for event in of_day:
            within, doubts = step(within, event, binding)
            vague += doubts
        standing = end_of_day(before, within, day)
        standings.append((day, standing))
    return Track(standings, vague, before, within)


# The whole, computed from its parts.


def _computed(common: Track, parts: Mapping[str, Track], split: date) -> Track:
    standings = [row for row in common.standings if row[0] < split]
    standing = standings[-1][1] if standings else NOTHING_SAID
    days = {day for part in parts.values() for day, _ in part.standings if day >= split}
    for day in sorted(days):
        now = [part.on(day) for part in parts.values()]
        eve = [part.on(day - DAY) for part in parts.values()]
        standing = _summed(standing, now, eve, day)
        standings.append((day, standing))
    return Track(standings, {interval for part in parts.values() for interval in part.vague})


def _summed(
    before: Standing, parts: Sequence[Standing], eve: Sequence[Standing], day: date
) -> Standing:
    """The whole at the end of a day: the latest deadline, open in part with the first, then whole.

    `eve`: where its parts stood the day before.
    """
    beside = list(zip(parts, eve, strict=True))
    begun = [now.since for now, was in beside if now.since and now.state != was.state]
    moved = [now for now, was in beside if now.deadline != was.deadline]
    dated = [part for part in parts if part.deadline]
    latest = max(dated, key=lambda part: part.deadline.period.end, default=parts[0])  # type: ignore[union-attr]
    openings = {"partially_available": earliest([i for part in parts for i in part.opened if i])}
    whole = [part.opening for part in parts if part.opening]
    if len(whole) == len(parts):
        first = max((first for first, _ in whole if first), default=None)
        openings["available"] = first, max(last for _, last in whole)
    after = before._replace(
        state=state_of([part.state or "planned" for part in parts]),
        since=max(begun, key=itemgetter(1), default=(day, day)),
        deadline=latest.deadline,
        set_by=(latest if latest in moved or not moved else moved[-1]).set_by,
        openings=tuple((state, opened) for state, opened in openings.items() if opened),
        evidence=max((p.evidence for p in parts if p.evidence), key=place, default=before.evidence),
    )
    return end_of_day(before, after, day)


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


def where_it_stands(
    day: date,
    whole: Track,
    tracks: Mapping[str, Track],
    titles: Mapping[str, Words],
    values: Mapping[str, Any],
    begun: date,
) -> dict[str, Any]:
    """The computed fields of the record on that day. `begun`: since when what has no date holds."""
    seen, judged = {"public", values["visibility"]}, values["described"].open_to_all
    fields = _course(whole, day, begun, seen, judged=judged)
    parts = tuple(
        Part(key=key, title=titles[key], **_course(track, day, day, seen, judged=judged))
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


def _course(
    track: Track, day: date, begun: date, seen: Collection[str], *, judged: bool
) -> dict[str, Any]:
    """What a whole and its parts have in common on that day.

    `seen`: of which visibility claims are shown.
    """
    standing, uncertain = track.on(day), track.uncertain(day)
    timings = Timing("not_applicable"), Timing("not_applicable")
    if judged and standing.state not in NOT_JUDGED:
        timings = (
            standing.timing(standing.in_force, standing.deadline, known=not uncertain),
            standing.timing(standing.firsts, standing.first, known=not uncertain),
        )
    opened, in_part = (interval and between(*interval) for interval in standing.opened)
    attested = standing.evidence and standing.evidence.claim
    if attested and attested.visibility not in seen:
        attested = None
    return {
        "state": standing.state or "planned",
        "state_since": between(*(standing.since or (begun, begun))),
        "opened_on": opened,
        "opened_in_part_on": in_part,
        "evidence": attested and Evidence(attested.published_on, attested.source, attested.text),
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
    claims = [event.claim for event in events if event.claim]
    keys = {claim.part: claim.part for claim in claims if claim.part}
    titles = {claim.part: claim.part_title for claim in claims if claim.part and claim.part_title}
    return {key: Words.of(title) for key, title in {**keys, **titles}.items()}


# A claim that comes last.

_SAID = (*Identity.model_fields, "described", "internal")
"""The fields of a record that are as claims say them."""


def further(
    entry: Commitment, last: Last, new: Sequence[Event]
) -> tuple[list[Commitment], Last] | None:
    """The entry from each new claim on, and where the fold ends then; None where it cannot go on.

    That is where one does not come last, judges, erases, is about a part, is not accepted, or
    leaves doubt.
    """
    if not new or any(event.claim is None or event.kind not in CLAIMS for event in new):
        return None
    entries: list[Commitment] = []
    for event in sorted(new, key=place):
        claim, here = event.claim, place(event)
        counts = claim and not claim.part and claim.standing == ACCEPTED
        if claim is None or not counts or not last.precedes(*here[:2]):
            return None
        before, within = last.before, last.within
        if here[0] > last.here[0]:
            before = within = end_of_day(before, within, last.here[0])
        within, doubts = step(within, event, last.binding)
        if doubts:
            return None
        last = replace(last, here=here, before=before, within=within)
        entry = _with_last(entry, claim, last)
        entries.append(entry)
    return entries, last


def _with_last(entry: Commitment, claim: Claim, last: Last) -> Commitment:
    """What the newest span amounts to from the day of one more claim on, but for its version."""
    before, day = {name: getattr(entry, name) for name in _SAID}, last.here[0]
    values = with_described(before, _content(claim))
    announced = entry.announced_deadline
    if "deadline" in claim.values and announces(claim, last.binding, bound=last.within.bound):
        announced = deadline_of(claim, last.binding)
    track = Track([(day, end_of_day(last.before, last.within, day))])
    standing = where_it_stands(day, track, {}, {}, values, last.begun)
    return replace(entry, **values, **standing, announced_deadline=announced, valid_from=day)
