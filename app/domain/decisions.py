"""What the register may append: a command and what is known become claims, or a refusal.

Touches nothing: the register appends what is decided here. Knows no rights: that is `access.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from app.domain.commitments import DESCRIPTIVE, IDENTITY, INTERNAL, Commitment, Part, as_json
from app.domain.errors import (
    Contradiction,
    FutureDay,
    Incomplete,
    Missing,
    MoveRefused,
    OutOfRange,
    WholeHasParts,
)
from app.domain.fold import first_of_parts, on, resolve
from app.domain.ledger import (
    ACCEPTED,
    ANNOUNCED,
    CLAIMS,
    DEADLINE,
    DESCRIBED,
    ERASED,
    JUDGED,
    RETRACTED,
    STATE,
    Claim,
    Event,
    Source,
    counted,
    place,
    standings,
)
from app.domain.periods import Dating, by, from_json, on_day
from app.domain.states import STARTED, STATES, allowed, needed

OPENED = ("resources", "landing_page", "covers")
"""What a `state` claim carries when something is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """What stands beside the values of a change: who says so, when, and by which text."""

    part: str | None = None
    part_title: str | None = None
    reason: str | None = None
    text: str | None = None
    source: Source | None = None
    decided_on: Dating | None = None
    published_on: Dating | None = None
    confidence: str = "high"
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """A new commitment. `values` as JSON by field name, `state` and `deadline` among them."""

    slug: str
    values: Mapping[str, Any]
    testimony: Testimony = field(default_factory=Testimony)


@dataclass(frozen=True, slots=True)
class Change:
    """A merge-patch of an entry's values; `deadline` is a period as JSON, or None."""

    values: Mapping[str, Any]
    testimony: Testimony = field(default_factory=Testimony)


@dataclass(frozen=True, slots=True)
class Target:
    """What a change is about, as it stands just before. A new part tells even what it inherits."""

    standing: Commitment | Part | None
    new: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """The new standing of the claim at a position, and why."""

    target: int
    standing: str
    reason: str


def announce(command: Announcement, today: date) -> Claim:
    """The claim that begins a commitment."""
    testimony = command.testimony
    if command.values.get("deadline") and not testimony.text:
        raise Incomplete("text", "A deadline names the text that sets it.")
    state = command.values.get("state", "planned")
    for need in sorted(needed(None, state)):
        if not getattr(testimony, need):
            raise Incomplete(need, f"The state “{state}” asks for a {need}.")
    if state == "planned" and not command.values.get("deadline") and not testimony.reason:
        raise Incomplete("deadline", "What is planned has a deadline, or the reason for none.")
    return _claim(command.slug, ANNOUNCED, command.values, testimony, today)


def change(events: Sequence[Event], command: Change, today: date) -> tuple[Claim, ...]:
    """The claims that a change amounts to; none when it changes nothing.

    Checked against the entry as it stands just before the place that the claim's dates give it.
    """
    slug, testimony = events[0].commitment, command.testimony
    known, here = _just_before(events, testimony, today)
    standing = on(resolve(known), here)
    described = _described(command.values, standing or resolve(events)[0])
    target = _target(known, standing, testimony, here)
    _check_part(events, standing, command)
    claims: list[Claim] = []
    if "deadline" in command.values:
        deadline = _deadline(command.values["deadline"], target, testimony)
        claims += [_claim(slug, DEADLINE, told, testimony, today) for told in deadline]
    if "state" in command.values:
        state = _state(command.values["state"], target, testimony, dated=bool(claims))
        opened = {name: described.pop(name) for name in OPENED if state and name in described}
        claims += [_claim(slug, STATE, {**told, **opened}, testimony, today) for told in state]
    if testimony.part and described:
        why = "A part has a state and a deadline of its own, and nothing else."
        raise Incomplete("part", why)
    public = {name: value for name, value in described.items() if name not in INTERNAL}
    internal = {name: value for name, value in described.items() if name in INTERNAL}
    told = [_claim(slug, DESCRIBED, v, testimony, today) for v in (public, internal) if v]
    return tuple(_as_visible(claim, events) for claim in (*told, *claims))


def restate(events: Sequence[Event], command: Change, today: date) -> tuple[Claim, ...]:
    """The claims by which an official table says something else of an entry than was held.

    The deadline is announced anew, and so is the last one announced; identity, which the fold
    reads from the first announcement, is repeated only by what comes before it. The state began
    by that day at the latest. Of a whole with parts, both are kept and do not count.
    """
    slug, testimony, told = events[0].commitment, command.testimony, dict(command.values)
    known, here = _just_before(events, testimony, today)
    standing = on(resolve(known), here)
    claims: list[Claim] = []
    if standing is None or "deadline" in told:
        own = {"deadline"} if standing else {"deadline", "state"}
        said = {name: told.pop(name) for name in sorted(own & told.keys())}
        identity = _identity(events, standing, testimony, today)
        claims.append(_claim(slug, ANNOUNCED, {**identity, **said}, testimony, today))
    if standing and "state" in told:
        by_then = replace(testimony, decided_on=by(dates(testimony, today)[0]))
        said = {"state": told["state"]}
        if not standing.parts:
            _state(told["state"], Target(standing), by_then, dated=bool(claims))
        claims.append(_claim(slug, STATE, said, by_then, today))
    return tuple(_as_visible(claim, events) for claim in claims)


def _identity(
    events: Sequence[Event], standing: Commitment | None, testimony: Testimony, today: date
) -> dict[str, Any]:
    """What an announcement says of who and what, if it is the first; nothing, if one was before."""
    published, decided = dates(testimony, today)
    here = (min(published.last, today), decided.last)
    if any(event.kind == ANNOUNCED and place(event)[:2] <= here for event in counted(events)):
        return {}
    entry = standing or resolve(events)[0]
    held = {name: as_json(getattr(entry, name)) for name in IDENTITY}
    return {name: value for name, value in held.items() if value is not None}


def judge(events: Sequence[Event], command: Judgement, today: date) -> Claim | None:
    """The judgement as a claim; None when the claim has that standing already."""
    target = next((e for e in events if e.position == command.target), None)
    if target is None or target.claim is None:
        raise Missing("claim", str(command.target))
    if target.kind not in CLAIMS:
        raise Contradiction(f"Position {command.target} is not a claim: it cannot be judged.")
    standing = standings(events)
    if standing[command.target] == command.standing:
        return None
    if target.kind == ANNOUNCED and command.standing != ACCEPTED:
        _check_announcement_may_go(events, standing, target)
    return Claim(
        commitment=target.commitment,
        kind=JUDGED,
        decided_on=on_day(today),
        published_on=on_day(today),
        reason=command.reason,
        standing=command.standing,
        target=command.target,
        visibility=target.claim.visibility,
    )


def erase(events: Sequence[Event], target: int, reason: str, today: date) -> Claim:
    """The claim by which an operator erases the content of another, as the law may ask."""
    event = next((one for one in events if one.position == target), None)
    if event is None or event.claim is None:
        raise Missing("claim", str(target))
    if event.kind not in CLAIMS:
        raise Contradiction(f"Position {target} is not a claim: what it says must stay known.")
    if event.kind == ANNOUNCED:
        _check_announcement_may_go(events, standings(events), event)
    return Claim(
        commitment=event.commitment,
        kind=ERASED,
        decided_on=on_day(today),
        published_on=on_day(today),
        reason=reason,
        target=target,
        visibility=event.claim.visibility,
    )


def _check_announcement_may_go(
    events: Sequence[Event], standing: Mapping[int, str], target: Event
) -> None:
    """The only accepted announcement goes last: without it, other claims are about nothing."""
    others = [e for e in events if e.position != target.position and e.position in standing]
    announced = any(
        e.claim and "type" in e.claim.values and standing[e.position] == ACCEPTED
        for e in others
        if e.kind == ANNOUNCED  # one that says only by when is no ground to stand on
    )
    if not announced and any(standing[e.position] != RETRACTED for e in others):
        raise Contradiction("Other claims stand on this announcement: judge them first.")


def _claim(
    slug: str, kind: str, values: Mapping[str, Any], testimony: Testimony, today: date
) -> Claim:
    published, decided = dates(testimony, today)
    about_part = kind in (DEADLINE, STATE)
    return Claim(
        commitment=slug,
        kind=kind,
        values=values,
        part=testimony.part if about_part else None,
        part_title=testimony.part_title if about_part else None,
        reason=testimony.reason,
        text=testimony.text,
        source=testimony.source,
        decided_on=decided,
        published_on=published,
        confidence=testimony.confidence,
        note=testimony.note,
        visibility="internal" if INTERNAL & values.keys() else values.get("visibility", "public"),
    )


def _as_visible(claim: Claim, events: Sequence[Event]) -> Claim:
    """Whatever is said of an internal entry is internal."""
    hidden = any(
        event.claim and event.claim.values.get("visibility") == "internal" for event in events
    )
    return replace(claim, visibility="internal") if hidden else claim


def dates(testimony: Testimony | Claim, today: date) -> tuple[Dating, Dating]:
    """(published, decided) of a claim made today. A future day is refused, never clamped."""
    published = testimony.published_on or on_day(today)
    decided = testimony.decided_on or published
    for name, dating in (("published_on", published), ("decided_on", decided)):
        if (dating.first or dating.last) > today:
            raise FutureDay(name, str(dating), today.isoformat())
    if (decided.first or decided.last) > published.last:
        raise OutOfRange((("decided_on", "Decided after it was published."),))
    return published, decided


def _just_before(
    events: Sequence[Event], testimony: Testimony, today: date
) -> tuple[list[Event], date]:
    """The events before the place of a claim with these dates, and the day it counts from.

    Identity holds whatever its date, so the first accepted announcement is always among them.
    """
    published, decided = dates(testimony, today)
    here = (min(published.last, today), decided.last)
    announced = next((event for event in counted(events) if event.kind == ANNOUNCED), None)
    known = [
        event
        for event in events
        if event.kind not in CLAIMS
        or event is announced
        or (event.claim is not None and place(event)[:2] <= here)
    ]
    return known, here[0]


def _check_part(events: Sequence[Event], standing: Commitment | None, command: Change) -> None:
    """Parts carry state and deadline; one that nothing was said of yet comes with its title."""
    part, title = command.testimony.part, command.testimony.part_title
    if part is None and standing and standing.parts and {"state", "deadline"} & {*command.values}:
        raise WholeHasParts(tuple(one.key for one in standing.parts))
    declared = {None, *(event.claim.part for event in events if event.claim)}
    if part not in declared and not title:
        raise Incomplete("part", f"“{part}” is a new part: give its title too.")


def _target(
    known: Sequence[Event], standing: Commitment | None, testimony: Testimony, here: date
) -> Target:
    """What a change is about, as it stands: the whole, a part, or what a new part inherits."""
    parts = {part.key: part for part in standing.parts} if standing else {}
    if testimony.part is None or testimony.part in parts:
        return Target(parts.get(testimony.part or "", standing))
    claims = counted(known)
    split = first_of_parts(claims)
    later = {event.position for event in (claims[split:] if split is not None else ())}
    common = [event for event in known if event.position not in later]
    return Target(on(resolve(common), here), new=True)


def _deadline(
    value: Mapping[str, str] | None, target: Target, testimony: Testimony
) -> list[dict[str, Any]]:
    """What a `deadline` claim says; nothing when that is in force already by the same text."""
    held = target.standing.deadline if target.standing else None
    if not target.new:
        same_text = held is not None and testimony.text in (None, held.text)
        if (value is None and held is None) or (
            value and held and same_text and from_json(value) == held.period
        ):
            return []
    if not testimony.text:
        raise Incomplete("text", "A deadline names the text that sets it.")
    if value is None and not testimony.reason:
        raise Incomplete("reason", "A deadline is withdrawn for a reason.")
    return [{"deadline": value}]


def _state(
    wanted: str, target: Target, testimony: Testimony, *, dated: bool
) -> list[dict[str, Any]]:
    """What a `state` claim says; nothing when that is the state already."""
    standing = target.standing
    current = standing.state if standing else None
    if wanted == current and not target.new:
        return []
    if current and not allowed(current, wanted):
        raise MoveRefused(current, wanted, tuple(STATES[current].may_become))
    for need in sorted(needed(current, wanted)):
        if not getattr(testimony, need):
            raise Incomplete(need, f"From “{current}” to “{wanted}” asks for a {need}.")
    promised = dated or (standing is not None and standing.deadline is not None)
    if wanted == "planned" and not promised and not testimony.reason:
        raise Incomplete("deadline", "What is planned has a deadline, or the reason for none.")
    return [{"state": wanted}]


def _described(values: Mapping[str, Any], standing: Commitment | None) -> dict[str, Any]:
    """The descriptive values that really change, merged as RFC 7396 says."""
    told: dict[str, Any] = {}
    for name in values.keys() & DESCRIPTIVE.keys():
        value, held = values[name], getattr(standing, name, None)
        if isinstance(value, Mapping) and is_dataclass(held):
            value = {**as_json(held), **value}
        if name == "title" and not DESCRIPTIVE[name](value):
            raise Incomplete("title", "An entry keeps a title, in French or in English.")
        if standing is None or DESCRIPTIVE[name](value) != held:
            told[name] = value
    return dict(sorted(told.items()))


def oddities(events: Sequence[Event]) -> list[str]:
    """What a person should look at in an accepted history, in words. Nothing of it is a fault."""
    claims = counted(events)
    return [*_ties(claims), *_odd_moves(claims), *_uncounted(claims)]


def _ties(claims: Sequence[Event]) -> Iterator[str]:
    """Claims that say different things, and that only their order of arrival separates."""
    for _, tied in groupby(claims, key=lambda event: place(event)[:2]):
        told: dict[tuple[str | None, str], tuple[int, Any]] = {}
        for event, claim in ((event, event.claim) for event in tied):
            if claim is None:
                continue
            said = {"state": claim.values.get("state"), "deadline": claim.deadline}
            for name in said.keys() & claim.values.keys():
                first, value = told.setdefault((claim.part, name), (event.position, said[name]))
                if value != said[name]:
                    yield (
                        f"positions {first} and {event.position} differ on the {name}, and only "
                        "their order of arrival separates them: dispute one"
                    )


def _odd_moves(claims: Sequence[Event]) -> Iterator[str]:
    """Moves outside the table, among the claims that count."""
    current: dict[str | None, str] = {}
    for event in [event for event in claims if event not in _without_effect(claims)]:
        claim = event.claim
        if claim is None or event.kind == DESCRIBED:
            continue
        before = current.get(claim.part, current.get(None))
        wanted = claim.values.get("state", before or "planned")
        if event.kind == ANNOUNCED and wanted == "planned" and before in STARTED:
            continue
        if wanted not in STATES:
            yield f"position {event.position}: there is no state “{wanted}”"
        elif before and not allowed(before, wanted):
            yield f"position {event.position}: “{before}” may not become “{wanted}”"
        current[claim.part] = wanted


def _without_effect(claims: Sequence[Event]) -> list[Event]:
    """Claims on the whole’s own state or deadline, after parts have taken it over."""
    split = first_of_parts(claims)
    later = claims[split:] if split is not None else ()
    told = {"state", "deadline"}
    return [e for e in later if e.claim and e.claim.part is None and told & e.claim.values.keys()]


def _uncounted(claims: Sequence[Event]) -> Iterator[str]:
    for event in _without_effect(claims):
        said = sorted({"state", "deadline"} & (event.claim.values.keys() if event.claim else set()))
        yield (
            f"position {event.position} tells the whole’s {' and '.join(said)}; parts carry it "
            "since a claim before it, so it does not count"
        )
