"""A claim that comes last, folded onto where the claims before it ended: they are not read again.

`fold.resolve` is the rule; this is how a long history is not folded from its beginning each time.
`verify` and the tests hold that both amount to the same.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.domain.claims import ACCEPTED, ANNOUNCED, CLAIMS, DEADLINE, Identity
from app.domain.commitments import Commitment
from app.domain.fold import Daily, Track, where_it_stands, with_described
from app.domain.ledger import Event, counted, place
from app.domain.standing import Standing, announces, deadline_of, end_of_day, step

_SAID = (*Identity.model_fields, "described", "internal")
"""The fields of a record that are as claims say them."""


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


@dataclass(frozen=True, slots=True)
class Step:
    """The entry from a day on, by one more claim; and what the next one needs."""

    event: Event
    last: Last

    @property
    def day(self) -> date:
        """From when the claim counts."""
        return self.last.here[0]

    def applied(self, entry: Commitment) -> Commitment:
        """What the newest span amounts to from that day on."""
        claim, last = self.event.claim, self.last
        assert claim is not None  # noqa: S101 `further` leaves erased events out
        before = {name: getattr(entry, name) for name in _SAID}
        values = with_described(before, claim) if self.event.kind != DEADLINE else before
        announced = entry.announced_deadline
        bound = last.within.bound
        if "deadline" in claim.values and announces(claim, last.binding, bound=bound):
            announced = deadline_of(claim, last.binding)
        closed = end_of_day(last.before, last.within, self.day)
        track = Track(Daily((self.day,), (closed,)), ())
        public = claim.visibility == "public"
        return replace(
            entry,
            **values,
            **where_it_stands(self.day, track, {}, {}, values, last.begun),
            announced_deadline=announced,
            valid_from=self.day,
            version=self.event.position,
            modified=self.event.recorded_at if public else entry.modified,
        )


def begin(events: Sequence[Event], binding: Collection[str] = ()) -> Last | None:
    """Where the fold of a whole history ends; None of one with parts, which is always folded whole.

    None too where no accepted announcement stands.
    """
    claims = counted(events)
    if not any(event.kind == ANNOUNCED for event in claims):
        return None
    if any(event.claim and event.claim.part for event in events):
        return None
    before = within = Standing()
    day, vague = claims[0].counts_from, list[date]()
    for event in claims:
        if event.counts_from != day:
            before = within = end_of_day(before, within, day)
            day = event.counts_from
        within, doubts = step(within, event, binding)
        vague += [last for _, last in doubts]
    doubtful_until = max(vague, default=None)
    here, begun = place(claims[-1]), claims[0].counts_from
    return Last(here, begun, before, within, binding, doubtful_until)


def further(last: Last, new: Sequence[Event]) -> list[Step] | None:
    """Each new claim folded onto the last standing; None where one cannot be.

    One that does not come last, judges, erases, is about a part, is not accepted, or leaves doubt.
    """
    steps: list[Step] = []
    if any(event.claim is None or event.kind not in CLAIMS for event in new):
        return None
    for event in sorted(new, key=place):
        claim = event.claim
        if claim is None or claim.part or claim.standing != ACCEPTED:
            return None
        here = place(event)
        if not last.precedes(here[0], here[1]):
            return None
        before, within = last.before, last.within
        if here[0] > last.here[0]:
            before = within = end_of_day(before, within, last.here[0])
        within, doubts = step(within, event, last.binding)
        if doubts:
            return None
        last = replace(last, here=here, before=before, within=within)
        steps.append(Step(event, last))
    return steps
