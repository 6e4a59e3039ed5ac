"""What the register may append: a command and what is known become claims, or a refusal.

Touches nothing: the register appends what is decided here. Knows no rights: that is `access.py`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from app.domain import claims as bodies
from app.domain import errors, ledger, states
from app.domain.claims import ANNOUNCED, CLAIMS, DEADLINE, DESCRIBED, STATE, Change, Testimony
from app.domain.commitments import Commitment, Part
from app.domain.errors import Incomplete, Invalid, Unfit, Word
from app.domain.fold import first_of_parts, on, resolve
from app.domain.ledger import Claim, Event, counted, place
from app.domain.periods import Dating, Period, by, on_day, parse, read_dating, to_json

ALWAYS = ("type", "programme")
OF_PARTS = {"state", "deadline"}
"""What parts carry in the place of the whole."""


class Target(NamedTuple):
    """What a change is about, as it stands just before. A new part says even what it inherits."""

    standing: Commitment | Part | None
    new: bool = False


def announce(slug: str, body: bodies.Promise, today: date) -> Claim:
    """The claim that begins a commitment. `text` of the body is an id. Raises Invalid."""
    if wrong := [*bodies.faults(bodies.merge(bodies.Description(), body))]:
        raise Invalid(*wrong)
    promised = _promised(body)
    if promised and not body.text:
        raise Incomplete("text", "A deadline names the text that sets it.")
    _enters(body.state, Target(None), body, dated=bool(promised))
    values = {"type": "action", **_begun(body)}
    if "state" in body.model_fields_set:
        values["state"] = body.state
    if promised:
        values["deadline"] = promised
    return _claim(slug, ANNOUNCED, values, body, today)


def _period(body: bodies.Promise | Change) -> Period | None:
    """The deadline that a body says; None when it withdraws it."""
    return parse(body.deadline) if body.deadline else None


def _promised(body: bodies.Promise | Change) -> dict[str, str] | None:
    """The same as JSON."""
    period = _period(body)
    return to_json(period) if period else None


def _begun(body: bodies.Promise) -> dict[str, Any]:
    """What an announcement says that is not as by default, as JSON; and what it always says."""
    fields = bodies.Values.model_fields
    names = fields.keys() & type(body).model_fields.keys() - OF_PARTS
    values = {name: getattr(body, name) for name in names}
    usual = {name: None if name in ALWAYS else fields[name].default for name in names}
    only = {name for name, value in values.items() if value not in (None, usual[name])}
    return bodies.written(bodies.Values.model_construct(only, **values))


def change(
    events: Sequence[Event], body: Change, today: date, binding: Collection[str] = ()
) -> tuple[Claim, ...]:
    """The claims that a change amounts to; none when it changes nothing.

    `text` of the body is an id; `binding`: the ids of texts that bind. Checked against the entry
    as it stands just before the place that the claim's dates give it; what holds of the whole is
    checked once the body is merged.
    """
    known, here, standing = _just_before(events, body, today, binding)
    target = _target(known, standing, body, here, binding)
    _check_part(events, standing, body)
    claims = _changes(standing or resolve(events, binding)[0], target, body, today)
    if restates(body, claims):
        if facts := _recorded_otherwise(known, body, today):
            raise errors.Restates(**facts)
        if {"state", "source"} <= body.model_fields_set:
            evidence = _claim(events[0].commitment, STATE, {"state": body.state}, body, today)
            recorded = {ledger.same(event.claim) for event in known if event.claim}
            claims += [evidence] if ledger.same(evidence) not in recorded else []
    return tuple(_as_visible(claim, events) for claim in claims)


def says_again(entry: Commitment, body: Change) -> bool:
    """Whether a body says the state or the deadline that an entry has, and so is evidence of it."""
    period = _period(body)
    again = period and entry.deadline and period.contains(entry.deadline.period)
    return bool(again or ("state" in body.model_fields_set and body.state == entry.state))


def restates(body: Change, claims: Iterable[Claim]) -> bool:
    """Whether a body says a state or a deadline, with facts, and no claim comes of that."""
    named = body.model_fields_set
    made = {claim.kind for claim in claims}
    beside = {"decided_on", "source"} if made else {"decided_on", "published_on", "text", "source"}
    return bool(OF_PARTS & named and beside & named) and not made & {STATE, DEADLINE}


def _recorded_otherwise(known: Sequence[Event], body: Change, today: date) -> dict[str, Any] | None:
    """The last claim that says the same, if it does with another day or text.

    A state that a source says again, without the day on which it began, contradicts none: it is
    evidence that things stand as they did.
    """
    part = body.part_key
    wanted = {"state": body.state, "deadline": _period(body)}
    attested = {"state", "source"} <= body.model_fields_set
    dated = body.decided_on or (body.published_on and not attested)
    decided = dates(body, today)[1] if dated else None
    about = [event for event in counted(known) if event.claim and event.claim.part in (None, part)]
    for name in sorted(OF_PARTS & body.model_fields_set):
        for position, claim in _contents(reversed(about)):
            value = claim.deadline if name == "deadline" else claim.values.get(name)
            if name in claim.values and value == wanted[name]:
                other_day = decided and str(decided) != str(claim.decided_on)
                if other_day or body.text not in (None, claim.text):
                    return {"what": Word(name), "position": position}
                break
    return None


def change_last(entry: Commitment, body: Change, today: date, *, hidden: bool) -> tuple[Claim, ...]:
    """The same for a change that comes after all that is known of an entry without parts.

    `entry` is its newest span; `hidden`: some claim said that it is internal.
    """
    claims = _changes(entry, Target(entry), body, today)
    return tuple(replace(claim, visibility="internal") if hidden else claim for claim in claims)


_BESIDE = frozenset((*Testimony.model_fields, "part"))
"""What a change says of itself, and not of its entry."""


def _changes(before: Commitment, target: Target, body: Change, today: date) -> list[Claim]:
    """The claims that a body amounts to, beside what is described before and what it is about."""
    slug = before.slug
    if body.model_fields_set and body.model_fields_set <= _BESIDE:
        name = min(body.model_fields_set)
        sentence = "It goes beside something else: name a state, a deadline or what is described."
        raise Incomplete(name, sentence)
    described, internal = _changed(before.described, body), _changed(before.internal, body)
    if body.part and (described or internal):
        raise Incomplete("part", "A part has a state and a deadline of its own, and nothing else.")
    claims: list[Claim] = []
    if "deadline" in body.model_fields_set and _sets(_period(body), target, body):
        claims.append(_claim(slug, DEADLINE, {"deadline": _promised(body)}, body, today))
    if "state" in body.model_fields_set and _enters(body.state, target, body, dated=bool(claims)):
        opened = {name: described.pop(name) for name in bodies.OPENED if name in described}
        claims.append(_claim(slug, STATE, {"state": body.state, **opened}, body, today))
    own = [_claim(slug, DESCRIBED, v, body, today) for v in (described, internal) if v]
    return [*own, *claims]


def _changed(known: bodies.Description | bodies.Internal, body: Change) -> dict[str, Any]:
    """The described values that a body really changes, as JSON.

    Raises Invalid for what does not hold of the whole any more, by the fields that the body names.
    """
    whole = bodies.merge(known, body)
    faults = bodies.faults(whole) if isinstance(whole, bodies.Description) else ()
    if wrong := [each for each in faults if each[0].partition(".")[0] in body.model_fields_set]:
        raise Invalid(*wrong)
    return bodies.written(whole, bodies.differing(known, whole))


def restate(
    events: Sequence[Event],
    body: Change,
    today: date,
    binding: Collection[str] = (),
    standing: Commitment | None = None,
) -> tuple[Claim, ...]:
    """The claims by which an official table says something else of an entry than the register.

    The deadline is announced anew, and so is the last one announced; identity, which the fold
    reads from the first announcement, is repeated only by what comes before it. The state began
    by that day at the latest. Of a whole with parts, both are kept and do not count. `standing`:
    the entry on that day, where it is known.
    """
    slug, named = events[0].commitment, body.model_fields_set
    if standing is None:
        *_, standing = _just_before(events, body, today, binding)
    values: dict[str, Any] = {}
    if "deadline" in named:
        values["deadline"] = _promised(body)
    if "state" in named and standing is None:
        values["state"] = body.state
    claims: list[Claim] = []
    if standing is None or values:
        identity = _identity(events, standing, body, today)
        claims.append(_claim(slug, ANNOUNCED, {**identity, **values}, body, today))
    if standing and "state" in named:
        by_then = str(by(dates(body, today)[0]))
        dated = body.model_copy(update={"decided_on": by_then})
        if not standing.parts:
            _enters(body.state, Target(standing), dated, dated=bool(claims))
        claims.append(_claim(slug, STATE, {"state": body.state}, dated, today))
    return tuple(_as_visible(claim, events) for claim in claims)


def _identity(
    events: Sequence[Event], standing: Commitment | None, body: Testimony, today: date
) -> dict[str, Any]:
    """What an announcement says of who and what, if it is the first; nothing, if one was before."""
    published, decided = dates(body, today)
    here = (min(published.last, today), decided.last)
    if any(event.kind == ANNOUNCED and place(event)[:2] <= here for event in counted(events)):
        return {}
    entry = standing or resolve(events)[0]
    own = {name: getattr(entry, name) for name in bodies.Identity.model_fields}
    described = entry.described.model_dump(
        mode="json", include={*bodies.IDENTITY}, exclude_defaults=True
    )
    return {name: value for name, value in {**own, **described}.items() if value is not None}


def judge(
    events: Sequence[Event], positions: Collection[int], body: bodies.Judgement, today: date
) -> list[Claim]:
    """The judgements of the claims at some positions; of those that have that standing, none."""
    standing = ledger.standings(events)
    targets = [_judgeable(events, position) for position in sorted(positions)]
    targets = [target for target in targets if standing[target.position] != body.standing]
    standing |= dict.fromkeys(positions, body.standing)
    for target in targets:
        if target.kind == ANNOUNCED and body.standing != bodies.ACCEPTED:
            _check_announcement_may_go(events, standing, target)
    return [_about(each, ledger.JUDGED, body.reason, today, body.standing) for each in targets]


def correct(
    events: Sequence[Event], position: int, body: Change, today: date, binding: Collection[str] = ()
) -> tuple[Claim, ...]:
    """The claims that correct one: the judgement that retracts it, and what it should have said.

    What the body does not name is taken over. None when nothing differs.
    """
    target = _judgeable(events, position)
    standing = ledger.standings(events)[position]
    if target.claim is None or standing == bodies.RETRACTED:
        sentence = "The claim at position {position} is retracted already."
        raise errors.Contradiction(sentence, position=position)
    claim, named = replace(target.claim, standing=standing), body.model_fields_set
    if "part" in named and body.part_key != claim.part:
        raise Incomplete("part", "A correction is about what its claim is about.")
    corrected = _corrected(claim, body, today)
    if ledger.same(corrected) == ledger.same(claim):
        return ()
    if not body.reason:
        raise Incomplete("reason", "A correction says why, for the readers of the ledger.")
    dated = {"decided_on", "published_on"} if claim.kind == STATE else set[str]()
    if "state" in corrected.values and named & {"state", *dated}:
        others = [event for event in events if event.position != position]
        then = {name: str(getattr(corrected, name)) for name in ("decided_on", "published_on")}
        *_, entry = _just_before(others, Testimony(**then), today, binding)
        parts = {part.key: part for part in entry.parts} if entry else {}
        about = Target(parts.get(claim.part or "", entry))
        _enters(corrected.values["state"], about, corrected, dated=True)
    retraction = _about(target, ledger.JUDGED, body.reason, today, bodies.RETRACTED)
    return retraction, _as_visible(corrected, events)


def _corrected(claim: Claim, body: Change, today: date) -> Claim:
    """A claim with what a body says otherwise. Raises Invalid by the fields of the body."""
    named = body.model_fields_set
    content = bodies.merge(bodies.read(claim.values), body)
    if "deadline" in named:
        content = content.model_copy(update={"deadline": _promised(body)})
    kept = named & {"text", "source", "note", "confidence"}
    beside: dict[str, Any] = {name: getattr(body, name) for name in kept}
    dated = {"decided_on": body.decided_on, "published_on": body.published_on}
    beside |= {name: read_dating(text) for name, text in dated.items() if text}
    whole = replace(claim, values=bodies.written(content), **beside)
    if any(whole.values.get(name) != claim.values.get(name) for name in OF_PARTS):
        whole = replace(whole, reason=claim.reason or body.reason)
    try:
        return admit(whole, today)
    except Invalid as refusal:
        wrong = ((where.removeprefix("values."), why) for where, why in refusal.errors)
        raise Invalid(*wrong) from None


def erase(events: Sequence[Event], target: int, reason: str, today: date) -> Claim:
    """The claim by which an operator erases the content of another, as the law may ask."""
    sentence = "Position {position} is not a claim: what it says must stay known."
    event = _judgeable(events, target, sentence)
    if event.kind == ANNOUNCED:
        _check_announcement_may_go(events, ledger.standings(events), event)
    return _about(event, ledger.ERASED, reason, today)


def _judgeable(events: Sequence[Event], position: int, why: str = "") -> Event:
    """The claim at a position. Raises Missing, or Contradiction for what is no claim, and why."""
    event = next((event for event in events if event.position == position), None)
    if event is None or event.claim is None:
        raise errors.Missing("claim", str(position))
    if event.kind not in CLAIMS:
        sentence = "Position {position} is not a claim: it cannot be judged."
        raise errors.Contradiction(why or sentence, position=position)
    return event


def _about(
    event: Event, kind: str, reason: str, today: date, standing: str = bodies.ACCEPTED
) -> Claim:
    """A judgement or an erasure of a claim, made today."""
    return Claim(
        commitment=event.commitment,
        kind=kind,
        decided_on=on_day(today),
        published_on=on_day(today),
        reason=reason,
        standing=standing,
        target=event.position,
        visibility=event.claim.visibility if event.claim else "public",
    )


def _check_announcement_may_go(
    events: Sequence[Event], standing: Mapping[int, str], target: Event
) -> None:
    """The only accepted announcement goes last: without it, other claims are about nothing."""
    others = [e for e in events if e.position != target.position and e.position in standing]
    announced = any(
        e.claim and "type" in e.claim.values and standing[e.position] == bodies.ACCEPTED
        for e in others  # an announcement that says only by when is no ground to stand on
    )
    if not announced and any(standing[e.position] != bodies.RETRACTED for e in others):
        raise errors.Contradiction("Other claims stand on this announcement: judge them first.")


def _claim(slug: str, kind: str, values: Mapping[str, Any], body: Testimony, today: date) -> Claim:
    published, decided = dates(body, today)
    about = body if isinstance(body, Change) and kind in (DEADLINE, STATE) else None
    part = about and about.part
    internal = bodies.Internal.model_fields.keys() & values.keys()
    return Claim(
        commitment=slug,
        kind=kind,
        values=values,
        part=about.part_key if about else None,
        part_title=part.title if isinstance(part, bodies.NewPart) else None,
        reason=body.reason,
        text=body.text if isinstance(body.text, str) else None,
        source=body.source,
        decided_on=decided,
        published_on=published,
        confidence=body.confidence,
        note=body.note,
        visibility="internal" if internal else values.get("visibility", "public"),
    )


def _as_visible(claim: Claim, events: Sequence[Event]) -> Claim:
    """Whatever is said of an internal entry is internal."""
    return replace(claim, visibility="internal") if ledger.hide(events) else claim


def dates(body: Testimony, today: date) -> tuple[Dating, Dating]:
    """(published, decided) of a claim made today. A future day is refused, never clamped."""
    published = read_dating(body.published_on) if body.published_on else on_day(today)
    decided = read_dating(body.decided_on) if body.decided_on else published
    for name, dating in (("published_on", published), ("decided_on", decided)):
        if (dating.first or dating.last) > today:
            raise errors.FutureDay(name, dating.day or str(dating), today)
    if (decided.first or decided.last) > published.last:
        raise Invalid(("decided_on", Unfit("Decided after it was published.")))
    return published, decided


def _just_before(
    events: Sequence[Event], body: Testimony, today: date, binding: Collection[str]
) -> tuple[list[Event], date, Commitment | None]:
    """The events before the place of a claim with these dates, its day, and the entry on it.

    Identity holds whatever its date, so the first accepted announcement is always among them.
    """
    published, decided = dates(body, today)
    here = (min(published.last, today), decided.last)
    announced = next((event for event in counted(events) if event.kind == ANNOUNCED), None)
    known = [
        event
        for event in events
        if event.kind not in CLAIMS
        or event is announced
        or (event.claim is not None and place(event)[:2] <= here)
    ]
    return known, here[0], on(resolve(known, binding), here[0])


def _check_part(events: Sequence[Event], standing: Commitment | None, body: Change) -> None:
    """Parts carry state and deadline; one that nothing was said of yet comes with its title."""
    part = body.part_key
    if part is None and standing and standing.parts and OF_PARTS & body.model_fields_set:
        raise errors.WholeHasParts(parts=tuple(each.key for each in standing.parts))
    declared = {None, *(event.claim.part for event in events if event.claim)}
    if part not in declared and not isinstance(body.part, bodies.NewPart):
        raise Incomplete("part", "“{part}” is a new part: give its title too.", part=part)


def _target(
    known: Sequence[Event],
    standing: Commitment | None,
    body: Change,
    here: date,
    binding: Collection[str],
) -> Target:
    """What a change is about, as it stands: the whole, a part, or what a new part inherits."""
    parts = {part.key: part for part in standing.parts} if standing else {}
    if body.part is None or body.part_key in parts:
        return Target(parts.get(body.part_key or "", standing))
    claims = counted(known)
    split = first_of_parts(claims)
    later = {event.position for event in (claims[split:] if split is not None else ())}
    common = [event for event in known if event.position not in later]
    return Target(on(resolve(common, binding), here), new=True)


def _sets(period: Period | None, target: Target, body: Testimony) -> bool:
    """Whether a deadline is claimed: not one that is in force already by the same text."""
    in_force = target.standing.deadline if target.standing else None
    same_text = in_force is None or body.text in (None, in_force.text)
    if period == (in_force and in_force.period) and same_text and not target.new:
        return False
    if not body.text:
        raise Incomplete("text", "A deadline names the text that sets it.")
    if period is None and not body.reason:
        raise Incomplete("reason", "A deadline is withdrawn for a reason.")
    return True


def _enters(wanted: str, target: Target, body: Testimony | Claim, *, dated: bool) -> bool:
    """Whether a state is claimed: not the one that it is in. `dated`: with a deadline."""
    standing = target.standing
    current = standing.state if standing else None
    if wanted == current and not target.new:
        return False
    if current and not states.allowed(current, wanted):
        may_become = tuple(states.STATES[current].may_become)
        raise errors.MoveRefused(current=current, wanted=wanted, allowed=may_become)
    for need in sorted(states.needed(current, wanted)):
        if not getattr(body, need):
            facts = {"current": current, "wanted": wanted, "need": errors.Word(need)}
            if current is None:
                raise Incomplete(need, "The state “{wanted}” asks for a {need}.", **facts)
            raise Incomplete(need, "From “{current}” to “{wanted}” asks for a {need}.", **facts)
    promised = dated or (standing is not None and standing.deadline is not None)
    if wanted == "planned" and not promised and not body.reason:
        raise Incomplete("deadline", "What is planned has a deadline, or the reason for none.")
    return True


def admit(claim: Claim, today: date) -> Claim:
    """A claim of a file, in the form in which it is kept. Raises Invalid with all that is wrong."""
    if claim.kind not in CLAIMS or claim.target is not None:
        raise Invalid(("", Unfit("A claim is taken whole, and no judgement.")))
    checked = bodies.admitted(ledger.stated(claim))
    dates(checked, today)
    return ledger.read_claim(bodies.written(checked))


def admit_all(claims: Iterable[Claim], today: date) -> list[Claim]:
    """Claims of a file as they are kept. Raises Invalid with all that is wrong in any, by name."""
    kept: list[Claim] = []
    wrong: list[tuple[str, Unfit]] = []
    for claim in claims:
        try:
            kept.append(admit(claim, today))
        except Invalid as refusal:
            name = claim.commitment[:60]
            wrong += ((f"{name}.{where}" if where else name, why) for where, why in refusal.errors)
    if wrong:
        raise Invalid(*wrong)
    return kept


def oddities(events: Sequence[Event]) -> list[str]:
    """What a person should look at in an accepted history, in words. Nothing of it is a fault."""
    claims = counted(events)
    return [*_ties(claims), *_odd_moves(claims), *_uncounted(claims)]


def _ties(claims: Sequence[Event]) -> Iterator[str]:
    """Claims that say different things, and that only their order of arrival separates."""
    for _, tied in groupby(claims, key=lambda event: place(event)[:2]):
        firsts: dict[tuple[str | None, str], tuple[int, Any]] = {}
        for position, claim in _contents(tied):
            values = {"state": claim.values.get("state"), "deadline": claim.deadline}
            for name in values.keys() & claim.values.keys():
                about = claim.part, name
                first, value = firsts.setdefault(about, (position, values[name]))
                if value != values[name]:
                    yield (
                        f"positions {first} and {position} differ on the {name}, and only "
                        "their order of arrival separates them: dispute one"
                    )


def _contents(events: Iterable[Event]) -> Iterator[tuple[int, Claim]]:
    yield from ((event.position, event.claim) for event in events if event.claim)


def _odd_moves(claims: Sequence[Event]) -> Iterator[str]:
    """Moves outside the table, among the claims that count."""
    current: dict[str | None, str] = {}
    ineffective = {position for position, _ in _without_effect(claims)}
    for position, claim in _contents(claims):
        if position in ineffective or claim.kind == DESCRIBED:
            continue
        before = current.get(claim.part, current.get(None))
        wanted = claim.values.get("state", before or "planned")
        if claim.kind == ANNOUNCED and wanted == "planned" and before in states.STARTED:
            continue
        if wanted not in states.STATES:
            yield f"position {position}: there is no state “{wanted}”"
        elif before and not states.allowed(before, wanted):
            yield f"position {position}: “{before}” may not become “{wanted}”"
        current[claim.part] = wanted


def _without_effect(claims: Sequence[Event]) -> list[tuple[int, Claim]]:
    """Claims on the whole’s own state or deadline, after parts have taken it over."""
    split = first_of_parts(claims)
    later = _contents(claims[split:] if split is not None else ())
    return [row for row in later if row[1].part is None and OF_PARTS & row[1].values.keys()]


def _uncounted(claims: Sequence[Event]) -> Iterator[str]:
    for position, claim in _without_effect(claims):
        names = " and ".join(sorted(OF_PARTS & claim.values.keys()))
        yield (
            f"position {position} says the whole’s {names}; parts carry it "
            "since a claim before it, so it does not count"
        )
