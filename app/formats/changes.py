"""What recorded events changed, and the claims of one entry in order, in words. Knows no syntax."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.claims import ACCEPTED, ANNOUNCED, CLAIMS, DEADLINE, STATE
from app.domain.commitments import Commitment, Deadline, Move, Part
from app.domain.context import Recorded
from app.domain.ledger import ERASED, JUDGED, Claim, Event, paris_day, place
from app.domain.periods import Period
from app.formats.document import is_public
from app.formats.language import Term
from app.formats.sentences import FIELDS, KINDS, TEXTS, Detail, Sentences, lower, move_of

EVENTS = {**KINDS, JUDGED: "Judgement", ERASED: "Erasure"}
"""The kinds of event."""
STANDINGS: Mapping[str, str] = TEXTS["standings"]
JUDGEMENTS: Mapping[str, str] = TEXTS["judgements"]
VERDICTS = {key: Term(*row) for key, row in TEXTS["verdicts"].items()}
"""What was decided about a claim, in a word, and what that means."""
_BY_MONTH = ("month", "year")
"""The precisions of a period that French calls by its name, without an article."""


@dataclass(frozen=True, slots=True)
class Row:
    """A value that an event changed; empty where there was none, or is none any more."""

    label: str
    before: str
    after: str


def standing(recorded: Recorded) -> str:
    """Whether a claim counts, as last judged; what is no claim is accepted as it is."""
    claim = recorded.judgement.claim if recorded.judgement else recorded.event.claim
    return claim.standing if claim and recorded.event.kind in CLAIMS else ACCEPTED


def about(recorded: Recorded) -> Commitment | None:
    """The entry that an event is about, as well as it is known."""
    return recorded.after or recorded.before or recorded.entry


def address(position: int, base: str) -> str:
    """Where the log has an event, with its place in the chain."""
    return f"{base}/api/v1/changes?after={position - 1}&page_size=1"


def headline(recorded: Recorded, say: Sentences) -> str:
    """The entry, and what came of it: “Conseils… : échéance reportée du … au … (+823 jours)”."""
    change = _Change(recorded, say)
    entry, claim = about(recorded), change.claim
    name = say.title(entry) if entry else recorded.event.commitment
    if claim.part:
        name += f" ({claim.part_title or claim.part})"
    phrase = change.phrase()
    if (counts := standing(recorded)) != ACCEPTED:
        phrase += f" [{say.t(STANDINGS[counts])}]"
    return say.labelled(name, phrase)


class _Change:
    """What an event changed, in phrases of a language."""

    def __init__(self, recorded: Recorded, say: Sentences) -> None:
        assert recorded.event.claim is not None  # noqa: S101 what has no content is not public
        self.recorded, self.claim = recorded, recorded.event.claim
        self.say, self.t = say.of(about(recorded)), say.t
        self.before, self.after = self._part(recorded.before), self._part(recorded.after)

    def _part(self, entry: Commitment | None) -> Commitment | Part | None:
        """The part that the claim is about, else the whole."""
        parts = entry.parts if entry else ()
        return next((part for part in parts if part.key == self.claim.part), entry)

    def phrase(self) -> str:
        """What came of the event."""
        phrases = {ANNOUNCED: self._announced, DEADLINE: self._promised, STATE: self._entered}
        phrases |= {JUDGED: self._judged, ERASED: self._erased}
        return phrases.get(self.recorded.event.kind, self._described)()

    def _announced(self) -> str:
        state = self.claim.values.get("state")
        if self.recorded.before and (move := self._move()):
            return self.t("announcement, {change}", change=self.say.move(move, named=True))
        known = [self.say.state_label(state)] if state else []
        if self.claim.deadline:
            known.append(self._of(self.claim.deadline))
        return self.t("announcement ({values})", values=known) if known else self.t("announcement")

    def _promised(self) -> str:
        """What became of the deadline; where the claim is overtaken already, what is in force."""
        before, after = (side.deadline if side else None for side in (self.before, self.after))
        if move := self._move():
            overtaken = after and after.period.end != move.moved_to
            return self._in_force(self.say.move(move, named=True), after if overtaken else None)
        if after and after != before:
            if before is None:
                return self.t("deadline set {to_end}", to_end=self._to(after.period))
            facts = {"start": self.say.period(before.period), "to_end": self._to(after.period)}
            return self.t("deadline refined {to_end} (before: {start})", **facts)
        if self.claim.deadline is None:
            return self.t("deadline withdrawn")
        return self._without_effect(self.claim.deadline, after)

    def _without_effect(self, period: Period, in_force: Deadline | None) -> str:
        """A deadline that changed none: of no entry yet, in force already, or overtaken."""
        if self.recorded.after is None and standing(self.recorded) == ACCEPTED:
            return self.t("deadline set {to_end}", to_end=self._to(period))
        if in_force and period.contains(in_force.period):
            return self.t("{deadline} restated", deadline=self._of(period))
        return self._in_force(self._of(period), in_force)

    def _entered(self) -> str:
        state = str(self.claim.values.get("state"))
        before, after = (side.state if side else None for side in (self.before, self.after))
        if before is None or after != state or before == after:
            return self._in_state(state)
        labels = {"before": self.say.state_label(before), "after": self.say.state_label(state)}
        return self.t("goes from “{before}” to “{after}”", **labels)

    def _in_state(self, state: str) -> str:
        return self.t("state “{state}”", state=self.say.state_label(state))

    def _described(self) -> str:
        if changed := fields(self.recorded.before, self.recorded.after, self.say):
            return self.t("description changed ({fields})", fields=changed)
        names = _named((name for name in FIELDS if name in self.claim.values), self.say)
        return self.t("description ({fields})", fields=names)

    def _judged(self) -> str:
        """The judgement, with what the claim says that it is about."""
        target = self.recorded.target.claim if self.recorded.target else None
        claim = self._claimed(target) if target else self.claim.target
        return self.t(JUDGEMENTS[self.claim.standing], claim=claim)

    def _claimed(self, claim: Claim) -> str:
        """What a claim says, whatever came of it."""
        if claim.kind == DEADLINE:
            return self._of(claim.deadline) if claim.deadline else self.t("deadline withdrawn")
        if claim.kind == STATE:
            return self._in_state(str(claim.values.get("state")))
        return lower(self.t(EVENTS[claim.kind]))

    def _erased(self) -> str:
        sentence = "content of event {position} erased, as the law may ask"
        return self.t(sentence, position=self.claim.target)

    # Deadlines

    def _move(self) -> Move | None:
        """The move that the claim made, if it made one."""
        known = self.before.moves if self.before else ()
        moves = reversed(self.after.moves if self.after else ())
        return move_of(self.claim, (move for move in moves if move not in known))

    def _in_force(self, phrase: str, deadline: Deadline | None) -> str:
        if deadline is None:
            return phrase
        period = self.say.period(deadline.period)
        return self.t("{change}, in force: {period}", change=phrase, period=period)

    def _of(self, period: Period) -> str:
        """The deadline of a period: French says “du T2 2023”, “de mai 2023”, “d’avril 2023”."""
        spelt, named = self.say.period(period), period.precision in _BY_MONTH
        return self.t(
            "deadline of {period}",
            context="vowel" if named and spelt[0] in "ao" else "month" if named else "",
            period=spelt,
        )

    def _to(self, period: Period) -> str:
        """Until a period: French says “au 30 juin 2023”, “à mai 2023”."""
        return self.t(
            "to {period}",
            context="month" if period.precision in _BY_MONTH else "",
            period=self.say.period(period),
        )


# What stands beside the headline.


def fields(before: Commitment | None, after: Commitment | None, say: Sentences) -> str:
    """What was described otherwise than before, by name; nothing where nothing was before."""
    if before is None or after is None:
        return ""
    return _named((key for key in FIELDS if before.value(key) != after.value(key)), say)


def _named(keys: Iterable[str], say: Sentences) -> str:
    return ", ".join(lower(say.t(FIELDS[key])) for key in keys)


def rows(before: Commitment | None, after: Commitment | None, say: Sentences) -> Iterator[Row]:
    """The values that changed: state, deadlines, slip, opening, and where the parts stand."""
    first, second = _values(before, say), _values(after, say)
    for name, (label, _) in {**first, **second}.items():
        was, now = first.get(name, ("", ""))[1], second.get(name, ("", ""))[1]
        if was != now:
            yield Row(label, was, now)


def _values(entry: Commitment | None, say: Sentences) -> Mapping[str, tuple[str, str]]:
    """What an entry amounts to, each value with its label; of what it has not, nothing."""
    if entry is None:
        return {}
    say, slip = say.of(entry), entry.slip_days
    values = {"state": (say.t("State"), say.state_label(entry.state))}
    for label, deadline in (
        (say.t("Deadline"), entry.deadline),
        (say.t("Next deadline"), entry.next_deadline),
        (say.t("First deadline"), entry.first_deadline),
    ):
        values[label] = (label, say.period(deadline.period) if deadline else "")
    slipped = say.signed_days(slip) if slip else say.t("none")
    values["slip"] = (say.t("Slip"), "" if slip is None else slipped)
    values["opened"] = (say.t("Opening"), say.dating(entry.opened_on or ""))
    in_part = say.dating(entry.opened_in_part_on or "")
    values["opened in part"] = (say.t("Opening in part"), in_part)
    for part in entry.parts:
        values[f"part {part.key}"] = (say.title(part), say.state(part))
    return values


def facts(recorded: Recorded, say: Sentences) -> Iterator[Detail]:
    """What else is known: the judgement, the text, the source, the dates, the place."""
    event, change = recorded.event, _Change(recorded, say)
    claim, base = change.claim, say.context.base
    if changed := fields(recorded.before, recorded.after, say):
        yield Detail(say.t("Changed"), changed)
    counts, why = standing(recorded), recorded.judgement.claim if recorded.judgement else None
    if counts != ACCEPTED or why:
        verdict = say.t(STANDINGS[counts])
        reason = why and why.reason
        yield Detail(say.t("Judgement"), say.labelled(verdict, reason) if reason else verdict)
    target = recorded.target.claim if recorded.target else None
    if text := claim.text or (target.text if target else None):
        yield Detail(say.t("Text"), say.text(text), say.text_address(text))
    yield from _testimony(claim, say)
    if recorded.after and (attested := say.evidence(recorded.after)):
        yield attested
    where = say.t("position {position}, hash {hash}", position=event.position, hash=event.hash)
    yield Detail(say.t("Event"), where, address(event.position, base))


def _testimony(claim: Claim, say: Sentences) -> Iterator[Detail]:
    if claim.source and (named := say.source(claim.source)):
        yield Detail(say.t("Source"), named, claim.source.url)
    yield Detail(say.t("Published"), say.dating(claim.published_on))
    if str(claim.decided_on) != str(claim.published_on):
        yield Detail(say.t("Decided or happened"), say.dating(claim.decided_on))
    if claim.reason:
        yield Detail(say.t("Reason"), claim.reason)
    if claim.note:
        yield Detail(say.t("Note"), claim.note)


# The claims of one entry.


@dataclass(frozen=True, slots=True)
class Entered:
    """A claim in its place among those of its entry, with what was decided about it since."""

    event: Event
    standing: str | None
    judgements: tuple[Event, ...]
    moves: tuple[Move, ...]
    later: bool
    hidden: bool


def timeline(
    events: Sequence[Event], standings: Mapping[int, str], entry: Commitment, as_of: date | None
) -> Iterator[Entered]:
    """Every claim in the order in which they count, with the judgements on each."""
    judgements: dict[int, list[Event]] = {}
    for event in events:
        if event.claim and event.claim.target is not None and _public(event):
            judgements.setdefault(event.claim.target, []).append(event)
    moves = {part.key: part.moves for part in entry.parts}
    for event in sorted(events, key=_place):
        public = _public(event)
        if event.kind not in CLAIMS and (event.kind == ERASED or public):
            continue
        part = event.claim.part if event.claim else None
        standing = standings.get(event.position, ACCEPTED) if public else None
        moved = moves.get(part, entry.moves) if part else entry.moves
        yield Entered(
            event=event,
            standing=standing,
            judgements=tuple(judgements.get(event.position, ())),
            moves=moved if standing == ACCEPTED else (),
            later=public and as_of is not None and event.counts_from > as_of,
            hidden=not public,
        )


def _public(event: Event) -> bool:
    claim = event.claim
    return claim is not None and is_public(claim)


def _place(event: Event) -> tuple[date, date, int]:
    """The place of a claim; of one without content, the day it was recorded."""
    recorded = paris_day(event.recorded_at)
    hidden = not _public(event) or event.kind == JUDGED
    return (recorded, recorded, event.position) if hidden else place(event)
