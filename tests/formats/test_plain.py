"""Of any history, public documents say on every day what plain means make of the public ledger.

Claims are recorded on many days, judged and judged again; `plain.py` knows no fold.
"""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.claims import STANDINGS
from app.domain.commitments import Commitment
from app.domain.fold import on, resolve
from app.domain.ledger import Event, standings
from app.formats import document
from tests.conftest import examples
from tests.domain.histories import BINDING, TODAY, judged, moment, written
from tests.domain.test_properties import admissible, histories
from tests.formats import plain
from tests.formats.records import as_of

DAY = timedelta(days=1)


@st.composite
def ledgers(draw: st.DrawFn) -> list[Event]:
    """Any history that a door takes, recorded from its second half on."""
    claims = list(filter(admissible, draw(histories())))
    targets = st.integers(1, len(claims))
    claims += draw(st.lists(st.builds(judged, targets, st.sampled_from(STANDINGS)), max_size=3))
    days = st.lists(st.dates(date(2022, 1, 1), TODAY), min_size=len(claims), max_size=len(claims))
    return written(claims, [moment(f"{day}") for day in sorted(draw(days))])


def turning(spans: tuple[Commitment, ...]) -> set[date]:
    """The days on which something may turn, and those around them."""
    days = {TODAY, *(span.valid_from for span in spans)}
    for timing in (part.timing for span in spans for part in (span, *span.parts)):
        days |= {timing.due, timing.due - 90 * DAY} if timing.due else set()
    return {day + step * DAY for day in days for step in (-1, 0, 1)}


@given(ledgers())
@examples(100, 500)
def test_documents_say_on_every_day_what_plain_means_make_of_the_ledger(events: list[Event]):
    spans, judgements = resolve(events, BINDING), standings(events)
    ledger = [document.event(event, judgements.get(event.position)) for event in events]
    claims = plain.accepted(ledger, BINDING)
    for day in turning(spans):
        entry = on(spans, day)
        shown = document.opening(entry, as_of(day)) if entry else None
        expected = plain.on(claims, day, rights=shown["access_rights"] if shown else "public")
        assert (plain.stated(shown) if shown else None) == expected, day
