"""Rules that were once broken: accidents, lateness without a sourced day, and what verify missed.

Each docstring names what went wrong, so that it is not mended away again.
"""

import base64
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.context import Snapshot
from app.domain.decisions import announce, change, erase, oddities
from app.domain.errors import BadQuery, Incomplete, MoveRefused
from app.domain.ledger import Claim, broken, standings
from app.domain.search import Search, cursor, read
from app.domain.values import Title, Words
from tests.domain.histories import (
    PROMISED,
    TODAY,
    announced,
    as_of,
    beginning,
    described,
    due,
    folded,
    judged,
    part,
    sent,
    state,
    timely,
    written,
)

ROADMAP = announced("2021-01-15")
NOW = "2026-11-23"


def changed(history: list[Claim], values: dict[str, Any], **told: Any) -> list[Claim]:
    """The claims that a change amounts to."""
    return list(change(written(history), sent(values, **told), TODAY))


# A. Accidents.


@pytest.mark.parametrize(
    "history",
    [
        [announced("2021-01-15"), state("2021-03-01", "available")],
        [announced("2021-01-15", state="available")],
        [announced("2021-01-15", None), state("2021-03-01", "partially_available")],
        [ROADMAP, state("2021-01-20", "available"), due("2021-02-01", "2022")],
    ],
)
def test_what_opens_without_a_deadline_is_not_judged(history: list[Claim]) -> None:
    """fold._verdict: `ends` has one item more than an empty `in_force`: ValueError from zip.

    Reached by POST /openings {"state": "available"} without a deadline, and by PATCH of an entry
    planned with a reason for no deadline: 500. Fix: first line, `if not in_force: return
    Timing("no_deadline")`.
    """
    assert timely("2021-03-02", history)[0] == "no_deadline"


def test_what_was_withdrawn_may_be_announced() -> None:
    """decisions.announce: needed("planned", "withdrawn") is a KeyError: POST answers 500.

    Fix: `needed(None, state)`, once that gives the needs of the state (below).
    """
    body = beginning({"state": "withdrawn"}, reason="why")
    assert announce("new", body, TODAY).values["state"] == "withdrawn"


# B. Lateness that no sourced day supports.


@pytest.mark.parametrize("decided", ["2023-08-15", "2023-08"])
def test_an_opening_inside_a_vague_date_of_publication_is_not_called_late(decided: str) -> None:
    """fold._verdict: the order that moved the deadline is dated "2023"; it opened in August 2023.

    Nothing says that the deadline of June was still in force: it is called 46 days late. Fix: a
    deadline may be in force from the first day of its publication, and the one before it until
    the last: give `in_force` both, `(may_begin, begins, deadline)`, and include in `verdicts` each
    with `may_begin <= last and first < end`.
    """
    history = [ROADMAP, due("2021-02-01", "2023-06-30"), due("2023", "2025-09-30")]
    history += [state("2023-09-01", "available", decided=decided)]
    assert timely(NOW, history) == ("delivered_unknown", None)


def test_an_opening_in_two_steps_is_not_late_if_the_first_may_have_been_in_time() -> None:
    """fold._earlier: keeps [15 June] and drops [2023], though something may have opened in January.

    An opening is the first day anything is open. Fix: of two intervals that overlap, the earlier
    last day and the earlier first day, unless both tell the same state (then the better known).
    """
    history = [ROADMAP, due("2021-02-01", "2023-05-31")]
    history += [state("2023-06-20", "available", decided="2023-06-15")]
    history += [state("2024-02-01", "partially_available", decided="2023")]
    assert timely(NOW, history) == ("delivered_unknown", None)


def test_what_was_open_and_is_withdrawn_is_not_overdue() -> None:
    """fold._entered: `withdrawn` means "was open, is no more", and no opening is kept for it.

    Told by an import or an announcement: "overdue" since 2023, for what was open. Fix in _entered:
    `if state in OPEN or state == "withdrawn"`, the first day None for `withdrawn`.
    """
    history = [announced("2021-01-15", "2022", "withdrawn")]
    assert timely(NOW, history)[0] in {"delivered_unknown", "delivered_early"}


def test_to_know_the_opening_better_never_brings_lateness_back() -> None:
    """fold._track: only the last known opening leaves doubt.

    Seen open by 3 September 2025, in January it was `unconfirmed`. Then a source says: open since
    15 December 2024, in time. From then on the register says of January 2025: overdue. Fix: see
    the next.
    """
    history = [ROADMAP, due("2021-02-01", "2024-12-31")]
    history += [state("2025-09-03", "available", decided="../2025-09-03")]
    assert timely("2025-01-15", history) == ("unconfirmed", None)
    history += [state("2026-01-10", "available", decided="2024-12-15")]
    assert timely("2025-01-15", history)[0] != "overdue"


def test_no_day_after_an_opening_is_called_late_though_it_was_published_later() -> None:
    """fold._track: open on 21 April, published on 1 June: as of 15 May the answer is overdue.

    The design names vague dates only; but no sourced day supports this lateness, one denies it.
    Fix, of both: the doubt about an opening runs from the first day of its interval to the eve of
    the day its claim counts (instead of to the last day of the interval), for each claim that
    opens: `vague += _vague(event, opening_first, max(opening_last, event.counts_from - DAY))` in
    the loop of _track.
    """
    history = [ROADMAP, due("2021-02-01", "2022-04-30")]
    history += [state("2022-06-01", "available", decided="2022-04-21")]
    assert timely("2022-05-15", history)[0] != "overdue"


def test_an_opening_that_may_be_older_than_its_deadline_is_not_judged_by_it() -> None:
    """fold._verdict: days of the interval before the first deadline count for nothing.

    Early, on time or late only if the whole interval is: on 1 to 14 June nothing was promised. Fix:
    add ("no_deadline", None) to `verdicts` when `first and first < in_force[0][0]`.
    """
    history = [ROADMAP, due("2021-06-15", "2021-05-31")]
    history += [state("2021-07-01", "available", decided="2021-06")]
    assert timely(NOW, history) == ("delivered_unknown", None)


# C. Writing.


@pytest.mark.parametrize(("wanted", "missing"), [("abandoned", "reason"), ("suspended", "reason")])
def test_before_everything_a_state_still_asks_for_what_it_needs(wanted: str, missing: str) -> None:
    """states.needed(None, …) gives nothing; the table asks it of the state, whatever comes before.

    Fix: `if current is None: return STATES[wanted].needs`.
    """
    with pytest.raises(Incomplete) as refused:
        changed([ROADMAP], {"state": wanted}, published_on="2020-01-01")
    assert refused.value.field == missing


@pytest.mark.parametrize("values", [{"state": "planned"}, {"deadline": "2023-05-31"}])
def test_a_new_part_that_keeps_what_the_whole_had_is_declared(values: dict[str, Any]) -> None:
    """decisions._state and _deadline: unlike nothing, so no claim: the part is never there.

    Fix: a part not yet declared always tells; compare only when `_part` found one.
    """
    history = [ROADMAP, due("2021-02-01", "2023-05-31")]
    claims = changed(history, values, part="a", part_title="A", text="order")
    assert [one.key for one in as_of(NOW, [*history, *claims]).parts] == ["a"]


def test_a_new_part_is_checked_against_what_it_inherits() -> None:
    """decisions.change: beside other parts, a new one is checked against the computed whole.

    It inherits `planned`; `in_progress` is allowed. The computed whole is partially available, so
    a reason is asked for. Fix: for a part not in `standing.parts`, stand on the last claim before
    the split (`resolve` of the claims before `first_of_parts`).
    """
    history = [announced("2021-01-15", "2023"), state("2022-01-01", "available", part="a")]
    claims = changed(history, {"state": "in_progress"}, part="c", part_title="C")
    assert [one.values for one in claims] == [{"state": "in_progress"}]


def test_a_change_before_a_later_announcement_is_checked_though_the_first_was_retracted() -> None:
    """decisions._just_before: takes the first announcement, retracted or not; then nothing stands.

    Any move is then allowed. Fix: take the first one that is accepted (`counted(events)`).
    """
    history = [announced("2021-01-01"), announced("2021-02-01"), due("2020-01-01", "2023")]
    history += [judged(1, "retracted")]
    with pytest.raises(MoveRefused):
        changed(history, {"state": "withdrawn"}, published_on="2020-06-01")


def test_a_title_patched_before_everything_keeps_its_other_language() -> None:
    """decisions._described: where nothing stands yet the patch is merged with nothing.

    Identity holds whatever its date, so there is a title to merge with. Before this change the
    entry has its French title from 2020-06-01 on; after it, none until 2021. Fix: with `standing`
    None, merge with the entry's first span.
    """
    history = [due("2020-06-01", "2023"), announced("2021-01-15", values={"title": {"fr": "T"}})]
    claims = changed(history, {"title": {"en": "E"}}, published_on="2020-01-01")
    assert as_of("2020-06-01", [*history, *claims]).described.title == Title(fr="T", en="E")


def test_to_erase_a_judgement_does_not_undo_it() -> None:
    """decisions.erase takes any position, ledger.standings forgets an erased judgement.

    Its reason names a person; erased, the retracted claim counts again: an accusation comes back.
    Fix: erase refuses what is no claim (`event.kind not in CLAIMS`), or an erased judgement keeps
    `target` and `standing` in columns.
    """
    history = [ROADMAP, due("2021-02-01", "2022"), judged(2, "retracted")]
    events = written(history)
    try:
        erase(events, 3, "because", TODAY)
    except Exception:  # noqa: BLE001 any refusal will do
        return
    left = [*events[:2], replace(events[2], claim=None, salt=None)]
    assert standings(left)[2] == "retracted"


# D. What verify should see.


def test_a_withdrawal_of_the_wholes_deadline_after_its_parts_is_flagged() -> None:
    """decisions._uncounted: `claim.values.get(name)` is None for a withdrawal. Fix: `name in`."""
    history = [announced("2021-01-15", "2023"), due("2022-01-01", "2024", part="a")]
    [flag] = oddities(written([*history, due("2023-01-01", None)]))
    assert "position 3" in flag


@pytest.mark.parametrize("promise", [ROADMAP, announced("2021-01-15", "2022")])
def test_an_odd_move_from_a_state_that_goes_without_saying_is_flagged(promise: Claim) -> None:
    """decisions._odd_moves: an announcement or a deadline without a state means `planned`.

    Fix: `current.setdefault(claim.part, "planned")` for those kinds before `continue`.
    """
    [flag] = oddities(written([promise, state("2022-01-01", "withdrawn")]))
    assert "“planned” may not become “withdrawn”" in flag


def test_a_state_of_the_whole_that_does_not_count_is_not_what_its_parts_come_from() -> None:
    """decisions._odd_moves: a part is compared with a claim on the whole after the split.

    Fix: leave out of `claims` what _uncounted names.
    """
    history = [announced("2021-01-15", "2023", "planned"), due("2022-01-01", "2024", part="a")]
    history += [state("2023-01-01", "available"), state("2024-01-01", "in_progress", part="a")]
    assert not any("may not become" in flag and "position 4" in flag
                   for flag in oddities(written(history)))  # fmt: skip


def test_two_spellings_of_one_deadline_do_not_differ() -> None:
    """decisions._ties: compares the JSON with its label. Fix: compare `claim.deadline`."""
    history = [ROADMAP, due("2021-02-01", "T3 2021"), due("2021-02-01", "2021-Q3")]
    assert oddities(written(history)) == []


def test_content_without_its_salt_is_not_taken_on_trust() -> None:
    """ledger.broken: with the salt dropped, any content passes `verify`.

    Erasing drops content and salt, never one. Fix: `if event.claim:` and
    `not event.salt or event.digest != …`.
    """
    [event] = written([announced("2021-01-15", "T3 2021")])
    forged = replace(event, salt=None, claim=announced("2021-01-15", "T3 2031"))
    assert broken(forged, None) is not None


# E. The record.


def test_an_entry_that_begins_as_described_is_planned_since_one_day() -> None:
    """fold._where_it_stands: `standing.since or day` is the first day of each span.

    Fix: `or claims[0].counts_from`.
    """
    history = [described("2020-01-01", licence="a"), described("2020-06-01", licence="b")]
    spans = folded(*history, ROADMAP)
    assert [span.state_since for span in spans[:2]] == [date(2020, 1, 1)] * 2


def test_what_an_announcement_describes_holds_from_its_day_on() -> None:
    """fold._descriptions: all that the first announcement tells holds from before it.

    Only identity does: type, title, announcement, publisher, steward, action, rank (and section,
    visibility). Fix: begin with those of `_told(first)`.
    """
    values = {"description": {"fr": "Texte"}, "keywords": ["justice"]}
    entry = as_of("2020-06-01", [due("2020-06-01", "2022"), announced("2021-01-15", values=values)])
    assert (entry.described.description, entry.described.keywords) == (Words(), ())


def test_the_whole_is_in_its_state_since_the_part_that_put_it_there() -> None:
    """fold._summed: `max` of the parts' days, here that of the part still in progress.

    Fix: when the state changes, `max` of `since` over the parts whose own state changed that day.
    """
    history = [announced("2021-01-15", "2023")]
    history += [state("2021-02-01", "in_progress", part="a"), due("2021-02-01", "2023", part="b")]
    history += [state("2022-02-01", "in_progress", part="b")]
    history += [state("2022-09-01", "available", decided="2022-01-01", part="a")]
    entry = as_of("2022-10-01", history)
    assert entry.state_since == entry.opened_on == date(2022, 1, 1)


def test_a_part_keeps_its_title_when_the_claim_that_told_it_is_judged_away() -> None:
    """fold._titles: reads accepted claims; later claims of the part need no title.

    Fix: read the titles of all claims (`events`), accepted or not.
    """
    history = [announced("2021-01-15", "2023"), due("2022-01-01", "2024", part="a", part_title="A")]
    history += [due("2022-06-01", "2025", part="a"), judged(2, "disputed")]
    assert part(as_of(NOW, history), "a").title == Words(fr="A")


# F. Searching.


def test_the_registers_own_cursor_is_taken_back() -> None:
    """search.PARAMETERS["cursor"] is read by _name: at most 200 characters.

    Sorted by title, an entry with a title of about 110 letters gives a longer one: the walk ends
    in a 400. Fix: its own bound, 4096.
    """
    search = Search(sort="title")
    place = cursor(
        search,
        ("decisions de justice " * 14, "decisions-penal-premiere-instance"),
        Snapshot(date(2026, 11, 25), 84),
    )
    assert read([("sort", "title"), ("cursor", place)]).after is not None


def test_a_cursor_with_half_a_letter_is_refused() -> None:
    r"""search._text: lets "\ud800" pass; no database can be asked for it. Fix: `value.encode()`."""
    told = base64.urlsafe_b64encode(json.dumps(["rank", 1, "\ud800"]).encode()).decode()
    with pytest.raises(BadQuery):
        read([("cursor", told)])


@pytest.mark.parametrize(
    ("name", "value"),
    [("as_of", "2021-W41-5"), ("modified_since", "2021-W41-5"), ("modified_since", "2021W41T12")],
)
def test_a_day_is_written_as_the_schema_says(name: str, value: str) -> None:
    """search._day and _moment: Python 3.11 reads ISO weeks too. Fix: a pattern before reading."""
    with pytest.raises(BadQuery):
        read([(name, value)])


REOPENED = state("2023-06-20", "available", decided="2023-06-15")


@pytest.mark.parametrize(
    "before",
    [
        state("2023-01-02", "withdrawn", decided="2023-01-01"),
        state("2023-01-02", "partially_available", decided="../2023-01-01"),
    ],
)
def test_what_was_open_by_an_earlier_day_is_not_late_by_a_later_one(before: Claim) -> None:
    """fold.Standing.opening: first of one opening, last of another: from 15 June to 1 January.

    Something was open by 1 January, since when is not known; it is called 166 days late from 15
    June. Fix: an opening only bounded, by a day before every known first day, leaves the first
    unknown: `last = min(...)`, `first = min(firsts, default=None)`, and
    `None if first and first > last else first`.
    """
    history = [ROADMAP, due("2021-02-01", "2022-12-31"), before, REOPENED]
    assert timely(TODAY, history) == ("delivered_unknown", None)


@pytest.mark.parametrize(
    "again",
    [
        announced("2025-01-31", "T3 2021", "available"),
        state("2025-12-31", "available", decided="2024"),
    ],
)
def test_what_is_found_open_again_leaves_no_doubt_about_days_that_are_known(again: Claim) -> None:
    """fold._track: every claim of an open state leaves doubt, and not only one that tells more.

    Open since 15 August 2021, and the next roadmap says "Disponible" (as it will): every day
    since 2021 is `uncertain`. Fix: only where `standing.opening` differs before and after _with.
    """
    history = [*PROMISED, state("2021-08-15", "available"), again]
    days = ("2021-05-01", "2021-08-15", "2023-01-01", "2024-06-01")
    assert [as_of(day, history).uncertain for day in days] == [False] * 4


def test_what_was_open_on_an_unknown_day_before_its_withdrawal_was_not_overdue() -> None:
    """fold._track: OPEN, where _entered says WAS_OPEN.

    Withdrawn in June 2023, so open before, and its opening kept as "by that day": in May it was
    "overdue" all the same. Fix: `in WAS_OPEN`, with the first day None for `withdrawn` in
    _happened rather than in _entered.
    """
    history = [*PROMISED, state("2023-06-01", "withdrawn")]
    assert timely("2023-05-01", history)[0] != "overdue"


def test_a_deadline_promised_again_is_not_in_force_before_that() -> None:
    """fold._stated: restates without `set_by`; _end_of_day dates it by the withdrawal.

    Withdrawn in January 2022, opened in June, promised again (the same) in 2023: no deadline was
    in force in June. Fix in _stated: `set_by=standing.set_by if standing.deadline else claim`.
    """
    history = [ROADMAP, due("2021-02-01", "2022-04-30"), due("2022-01-01", None)]
    history += [due("2023-03-01", "T2 2022")]
    history += [state("2023-04-01", "available", decided="2022-06-01")]
    assert timely(TODAY, history) == ("no_deadline", None)


def test_a_move_of_the_whole_has_the_text_that_moved_it() -> None:
    """fold._summed: the text of the part that is now the latest, not of the part that moved.

    Fix: `set_by` of the parts whose deadline changed that day, if `latest` is none of them.
    """
    history = [announced("2021-01-15", "2023")]
    history += [due("2022-01-01", "2028", part="a"), due("2022-01-01", "2027", part="b")]
    history += [due("2023-01-01", "2026", part="a", text="order-3")]
    assert as_of(TODAY, history).moves[-1].text == "order-3"


def test_the_eve_of_its_publication_is_not_called_late_if_it_was_open() -> None:
    """fold._vague: `first != last` leaves out a doubt of one day.

    Open on 1 October, published on the 2nd: by decision 0010 the 1st is in doubt ("from the first
    day that it may have been to the eve"), as it is when published on the 3rd. Fix: for an
    opening, ask `first is None or first < event.counts_from` instead.
    """
    history = [*PROMISED, state("2021-10-02", "available", decided="2021-10-01")]
    assert timely("2021-10-01", history) == ("unconfirmed", None)


def test_a_past_day_in_doubt_is_not_called_late_by_a_deadline_that_may_have_moved() -> None:
    """fold._timings: doubt keeps `overdue` away, and not `delivered_late`.

    The order of "2023" may have come before it opened in August: from 31 December on the verdict
    is `delivered_unknown`, but asked today as of October it is 46 days late. Fix: on an uncertain
    day, `delivered_late` is `delivered_unknown`, its days null.
    """
    history = [ROADMAP, due("2021-02-01", "2023-06-30"), due("2023", "2025-09-30")]
    history += [state("2023-09-01", "available", decided="2023-08-15")]
    assert timely("2023-10-01", history) == ("delivered_unknown", None)


def test_a_past_day_is_not_called_late_where_a_later_source_knows_an_earlier_opening() -> None:
    """As above: open in part since 15 August, in time, which was published in February 2022.

    As of January 2022 it is `uncertain`, and 15 days late by the opening known by then.
    """
    history = [*PROMISED, state("2021-11-01", "available", decided="2021-10-15")]
    history += [state("2022-02-01", "partially_available", decided="2021-08-15")]
    assert timely("2022-01-15", history) == ("delivered_unknown", None)
