"""What holds of the fold for any history, besides what `tests/formats/test_plain.py` compares."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.commitments import TIMELINESS, Commitment, Part
from app.domain.fold import fold, further, on, resolve
from app.domain.ledger import Claim, counted
from app.domain.states import STATES
from tests.domain.histories import (
    BINDING,
    UNSAID,
    announced,
    described,
    due,
    judged,
    state,
    written,
)

BEGINNING = date(2021, 1, 1)
days = st.integers(0, 64).map(lambda number: BEGINNING + timedelta(days=17 * number))
"""Few enough that claims meet on one day, and deadlines contain each other."""

datings = st.one_of(
    days.map(date.isoformat),
    days.map(date.isoformat),
    days.map(lambda day: day.isoformat()[:7]),
    days.map(lambda day: f"../{day}"),
    st.sampled_from(["2021", "2022", "2023"]),
)
precise = days.map(date.isoformat)
periods = st.one_of(
    days.map(date.isoformat),
    days.map(lambda day: day.isoformat()[:7]),
    days.map(lambda day: f"T{(day.month + 2) // 3} {day.year}"),
    st.sampled_from(["2021", "S1 2022", "S2 2022", "2022", "2023"]),
)
deadlines = st.none() | periods
texts = st.sampled_from(["order", "roadmap"])
parts = st.sampled_from([None, None, "a", "b"])
states = st.sampled_from([*["available"] * 3, *sorted(STATES)])


def claims(
    about: st.SearchStrategy[str | None] = parts,
    published: st.SearchStrategy[str] = datings,
    decided: st.SearchStrategy[str | None] = datings,
    deadline: st.SearchStrategy[str | None] = deadlines,
    announcing: st.SearchStrategy[str] = states,
) -> st.SearchStrategy[Claim]:
    """Any claim but a judgement; decided on the day it was published where `decided` is None."""
    return st.one_of(
        st.builds(
            lambda p, d, k, n, t: due(p, d, decided=n or p, part=k, text=t),
            *(published, deadline, about, decided, texts),
        ),
        st.builds(
            lambda p, s, k, n: state(p, s, decided=n or p, part=k),
            *(published, states, about, decided),
        ),
        st.builds(
            lambda p, d, s, n: announced(p, d, s, decided=n or p),
            *(published, st.just(UNSAID) | deadline, st.just(UNSAID) | announcing, decided),
        ),
        st.builds(
            lambda p, rights: described(p, access_rights=rights),
            *(published, st.sampled_from(["public", "public", "restricted"])),
        ),
    )


any_claim = claims()

BEGUN = [due("2020-06-01", "2022", text="roadmap"), announced("2020-12-01", "2022")]
"""A promise that stands before everything else."""


def histories(sort: st.SearchStrategy[Claim] = any_claim) -> st.SearchStrategy[list[Claim]]:
    """Any history of a promise, all of it recorded on one day."""
    return st.lists(sort, max_size=8).map(lambda more: [*BEGUN, *more])


def admissible(claim: Claim) -> bool:
    """Whether a door takes it: nothing is decided after it was published."""
    decided, published = claim.decided_on, claim.published_on
    return not (decided and published) or (decided.first or decided.last) <= published.last


whole_only = claims(about=st.none())
moving = claims(about=st.none(), published=precise, deadline=precise)
"""Claims whose deadlines are days: none is refined, none is withdrawn."""


def each(entry: Commitment) -> list[Commitment | Part]:
    """The whole and its parts."""
    return [entry, *entry.parts]


def shown(history: Sequence[Claim], day: date) -> Commitment:
    """The entry on a day on which it exists."""
    entry = on(resolve(written(history), BINDING), day)
    assert entry is not None
    return entry


@given(histories())
def test_spans_have_no_gap_and_no_overlap_and_neighbours_differ(history: list[Claim]) -> None:
    spans = resolve(written(history), BINDING)
    assert spans[0].valid_from == counted(written(history))[0].counts_from
    assert spans[-1].valid_to is None
    for span, other in pairwise(spans):
        assert span.valid_to == other.valid_from > span.valid_from
        assert replace(span, valid_from=BEGINNING, valid_to=None) != replace(
            other, valid_from=BEGINNING, valid_to=None
        )


@given(histories(moving))
def test_moves_add_up_to_the_slip_where_nothing_was_refined_or_withdrawn(
    history: list[Claim],
) -> None:
    begun = [due("2020-06-01", "2022-06-30"), announced("2020-12-01")]
    for span in resolve(written([*begun, *history[2:]]), BINDING):
        assert sum(move.days or 0 for move in span.moves) == span.slip_days
        assert span.postponements == sum((move.days or 0) > 0 for move in span.moves)


DAYS_LATE: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("on_track", "due_soon", "delivered_on_time"), lambda late: late == 0),
    "delivered_early": lambda late: late < 0,
    **dict.fromkeys(("overdue", "delivered_late"), lambda late: late > 0),
}


@given(histories(), days, st.integers(0, 800))
def test_no_day_is_called_late_without_proof(history: list[Claim], day: date, after: int) -> None:
    day += timedelta(days=after)
    for record in each(shown(history, day)):
        name, late = record.timing.on(day)
        assert name in TIMELINESS
        assert DAYS_LATE[name](late) if name in DAYS_LATE else late is None


@given(histories(), days, st.integers(0, 800))
def test_timeliness_grows_worse_by_the_passing_of_days_alone_on_the_days_it_awaits(
    history: list[Claim], day: date, after: int
) -> None:
    timing = shown(history, day).timing
    before, later = timing.on(day), timing.on(day + timedelta(days=after))
    assert TIMELINESS.index(later[0]) <= TIMELINESS.index(before[0])
    if timing.due is None:
        assert later == before


@given(histories())
def test_the_state_holds_since_no_later_than_the_span_begins(history: list[Claim]) -> None:
    for span in resolve(written(history), BINDING):
        for record in each(span):
            assert record.state in STATES
            for dated in (record.state_since, record.opened_on, record.opened_in_part_on):
                assert dated is None or dated.last <= span.valid_from


@given(histories(whole_only), st.lists(whole_only, min_size=1, max_size=2))
@example([], [due("2023-01-01", "2024"), state("2024-01-01", "available")])
@example([], [announced("2023-01-01", "2024"), described("2023-01-01", access_rights="public")])
@example([], [judged(1, "disputed")])
@example([], [due("2023-01-01", "2024", standing="disputed")])
def test_what_comes_last_is_folded_onto_what_was(history: list[Claim], new: list[Claim]) -> None:
    events = written([*(history or BEGUN), *new])
    spans, last = fold(events[: -len(new)], BINDING)
    assert last is not None
    if later := further(spans[-1], last, events[-len(new) :]):
        entries, again = later
        whole, end = fold(events, BINDING)
        newest = entries[-1]
        beside: dict[str, Any] = {"valid_from": newest.valid_from, "version": newest.version}
        assert again == end
        assert newest == replace(whole[-1], **beside, modified=newest.modified)
