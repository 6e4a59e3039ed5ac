"""The ledger: what a digest covers, the chain over it, and the order in which claims count."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.domain.claims import STANDINGS, Source
from app.domain.ledger import (
    ERASED,
    KINDS,
    NO_HASH,
    Claim,
    canonical,
    cited,
    content,
    counted,
    link,
    paris_day,
    paris_midnight,
    place,
    read_claim,
    same,
    standings,
)
from app.domain.periods import read_dating
from tests.domain.histories import (
    NOW,
    announced,
    broken,
    claim,
    digest,
    due,
    erased,
    judged,
    moment,
    written,
)

letters = st.text(st.characters(codec="utf-8"), max_size=15)
line = letters.filter(bool)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | letters,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdef_"), inner),
    max_leaves=6,
)
datings = st.one_of(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat),
    st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(lambda day: f"../{day}"),
    st.integers(1900, 2199).map(str),
    st.just("2023-12"),
).map(read_dating)
sources = st.builds(Source.model_construct, title=line, site=st.none() | line, url=st.none() | line)
claims = st.builds(
    Claim,
    commitment=line,
    subject=st.none() | line,
    kind=st.sampled_from(KINDS),
    decided_on=datings,
    published_on=datings,
    values=st.dictionaries(st.text("abcdef_", min_size=1), values, max_size=3),
    part=st.none() | line,
    part_title=st.none() | line,
    reason=st.none() | line,
    text=st.none() | line,
    source=st.none() | sources,
    confidence=st.sampled_from(["high", "medium"]),
    standing=st.sampled_from(STANDINGS),
    note=st.none() | line,
    target=st.none() | st.integers(1, 2**53 - 1),
    visibility=st.sampled_from(["public", "internal"]),
)
moments = st.integers(1_600_000_000, 4_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))

HISTORY = [
    due("2021-04-29", "2021-09-30"),
    announced("2021-09-27", "T3 2021"),
    judged(1, "disputed"),
]


def strangers_hash(previous_hash: str, position: int, salt: str, shown: dict[str, Any]) -> str:
    """The chain as `docs` tell a stranger to check it, without a line of ours."""
    digest = hashlib.sha256(salt.encode() + rfc8785.dumps(shown)).hexdigest()
    return hashlib.sha256((previous_hash + str(position) + digest).encode()).hexdigest()


@given(st.lists(st.tuples(claims, moments, line), min_size=1, max_size=4))
def test_a_stranger_recomputes_the_chain(recorded: list[tuple[Claim, datetime, str]]) -> None:
    ours = theirs = NO_HASH
    for position, (made, at, by) in enumerate(recorded, start=1):
        shown = json.loads(json.dumps(content(made, at, by)))
        salt = f"{position:032x}"
        ours = link(ours, position, digest(salt, content(made, at, by)))
        theirs = strangers_hash(theirs, position, salt, shown)
        assert ours == theirs


def test_a_digest_is_what_it_was_on_the_first_day() -> None:
    """The digest cannot change later: these figures are those of an outside computation."""
    shown = content(HISTORY[0], NOW, "clerk")
    assert shown == {
        "commitment": "decisions",
        "kind": "deadline",
        "values": {
            "deadline": {
                "label": "2021-09-30",
                "start": "2021-09-30",
                "end": "2021-09-30",
                "precision": "day",
            }
        },
        "decided_on": "2021-04-29",
        "published_on": "2021-04-29",
        "text": "order",
        "confidence": "high",
        "standing": "accepted",
        "visibility": "public",
        "recorded_at": "2026-11-23T12:00:00Z",
        "recorded_by": "clerk",
    }
    canonical_json = (
        '{"commitment":"decisions","confidence":"high","decided_on":"2021-04-29","kind":"deadline",'
        '"published_on":"2021-04-29","recorded_at":"2026-11-23T12:00:00Z","recorded_by":"clerk",'
        '"standing":"accepted","text":"order","values":{"deadline":{"end":"2021-09-30","label":'
        '"2021-09-30","precision":"day","start":"2021-09-30"}},"visibility":"public"}'
    )
    assert digest("salt", shown) == hashlib.sha256(f"salt{canonical_json}".encode()).hexdigest()


@given(values)
def test_canonical_json_is_that_of_rfc_8785(value: object) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(claims, moments, line)
def test_a_claim_is_read_back_from_its_content(claim: Claim, at: datetime, by: str) -> None:
    back = read_claim(json.loads(json.dumps(content(claim, at, by))))
    assert back == claim
    assert same(back) == same(claim)


def test_a_source_that_says_nothing_is_no_source() -> None:
    for source in (None, Source()):
        recorded = content(replace(HISTORY[0], source=source), NOW, "clerk")
        assert "source" not in recorded
        assert read_claim(recorded).source is None


@pytest.mark.parametrize(
    "change",
    [
        *({"commitment": "other"}, {"kind": "state"}, {"values": {}}),
        *({"decided_on": read_dating("2021-04-28")}, {"published_on": read_dating("2021-04")}),
        *({"part": "a"}, {"part_title": "A"}, {"reason": "why"}, {"text": None}, {"note": "so"}),
        *({"source": Source(site="justice.fr")}, {"confidence": "medium"}, {"target": 1}),
        *({"standing": "disputed"}, {"visibility": "internal"}),
    ],
)
def test_claims_that_differ_in_one_field_are_not_the_same(change: dict[str, Any]) -> None:
    claim, other = HISTORY[0], replace(HISTORY[0], **change)
    assert same(other) != same(claim)
    digests = {digest("salt", content(each, NOW, "clerk")) for each in (claim, other)}
    assert len(digests) == 2


def test_what_is_of_the_first_programme_is_the_same_as_before_there_were_any() -> None:
    old = replace(announced("2021-09-27", values={"action": "A16"}), commitment="A01")
    named = {**old.values, "programme": "justice-2021", "action": "justice-2021/A16"}
    assert same(old) == same(replace(old, commitment="justice-2021/A01", values=named))
    other = {**old.values, "programme": "culture-2021", "action": "culture-2021/A16"}
    assert same(old) != same(replace(old, commitment="culture-2021/A01", values=other))


def test_the_label_of_a_period_is_part_of_what_a_claim_says() -> None:
    first, other = due("2021-04-29", "T3 2021"), due("2021-04-29", "2021-Q3")
    assert first.deadline == other.deadline
    assert same(first) != same(other)


# The chain.


def test_what_was_erased_cites_nothing_and_is_read_by_nobody() -> None:
    first, second, _ = written(HISTORY)
    assert cited([first, second, erased(first)]) == {"order", "roadmap"}
    assert [event.public for event in (first, erased(first))] == [True, False]


def test_an_unbroken_chain_has_nothing_wrong_though_events_were_erased_by_law() -> None:
    first, second, third = written(HISTORY)
    assert [broken(first, None), broken(second, first), broken(third, second)] == [None] * 3
    assert broken(erased(first), None) is None
    assert broken(erased(second), erased(first)) is None
    assert broken(third, erased(second)) is None


def test_a_missing_event_is_named_by_its_position() -> None:
    first, second, third = written(HISTORY)
    assert broken(second, None) == "position 1 is missing"
    assert broken(third, first) == "position 2 is missing"
    assert broken(first, first) == "position 2 is missing"


@pytest.mark.parametrize(
    ("altered", "fault"),
    [
        ({"previous_hash": "f" * 64}, "its previous hash is not the hash of the event before it"),
        ({"hash": "f" * 64}, "its hash does not follow from its digest"),
        ({"digest": "f" * 64}, "its hash does not follow from its digest"),
        ({"salt": "f" * 32}, "its content does not have its digest"),
        ({"recorded_by": "someone"}, "its content does not have its digest"),
        ({"recorded_at": moment("2026-11-24")}, "its content does not have its digest"),
        ({"claim": announced("2021-09-27", "T4 2021")}, "its content does not have its digest"),
        ({"claim": None, "salt": None, "digest": "0" * 64}, "its hash does not follow from its"),
    ],
)
def test_each_way_of_rewriting_an_event_is_seen(altered: dict[str, Any], fault: str) -> None:
    first, second, _ = written(HISTORY)
    assert (broken(replace(second, **altered), first) or "").startswith(fault)


def test_an_event_rewritten_with_its_own_hash_breaks_the_chain_at_the_next() -> None:
    first, second, third = written(HISTORY)
    forged = written([HISTORY[0], announced("2021-09-27", "T4 2021")])[1]
    assert broken(forged, first) is None
    assert broken(third, forged) == "its previous hash is not the hash of the event before it"
    assert broken(third, second) is None


def test_content_without_its_salt_is_not_taken_on_trust() -> None:
    """Erasing drops content and salt, never one of them."""
    [event] = written([announced("2021-01-15", "T3 2021")])
    for forged in (event, replace(event, claim=announced("2021-01-15", "T3 2031"))):
        assert broken(replace(forged, salt=None), None) == "its content does not have its digest"


# Standings.


@pytest.mark.parametrize(
    ("more", "standing", "counting"),
    [
        ([], {1: "accepted", 2: "accepted"}, [1, 2]),
        ([due("2021-10-01", "2022", standing="disputed")], {3: "disputed"}, [1, 2]),
        # The last judgement counts, and has no standing of its own.
        ([judged(1, "disputed")], {1: "disputed"}, [2]),
        ([judged(1, "disputed"), judged(1, "retracted")], {1: "retracted"}, [2]),
        ([judged(1, "retracted"), judged(1, "accepted")], {1: "accepted"}, [1, 2]),
        # Nor has an erasure.
        ([claim(ERASED, "2026-11-23", {}, target=1)], {}, [1, 2]),
    ],
)
def test_a_claim_stands_and_counts_as_it_came_until_it_is_judged(
    more: list[Claim], standing: dict[int, str], counting: list[int]
) -> None:
    events = written([*HISTORY[:2], *more])
    assert standings(events) == {1: "accepted", 2: "accepted", **standing}
    assert [event.position for event in counted(events)] == counting


def test_what_was_erased_has_no_standing_does_not_count_and_judges_no_more() -> None:
    first, second, judgement = written(HISTORY)
    assert standings([erased(first), second]) == {2: "accepted"}
    assert counted([erased(first), second]) == [second]
    assert standings([first, second, erased(judgement)]) == {1: "accepted", 2: "accepted"}


# When claims count, and in which order.


@pytest.mark.parametrize(
    ("published", "recorded", "day"),
    [
        ("2023-12-19", "2026-11-23T12:00:00Z", "2023-12-19"),
        ("2023-12", "2026-11-23T12:00:00Z", "2023-12-31"),
        ("2023", "2026-11-23T12:00:00Z", "2023-12-31"),
        ("../2025-09-03", "2026-11-23T12:00:00Z", "2025-09-03"),
        ("2026-11", "2026-11-23T12:00:00Z", "2026-11-23"),
        ("2026", "2026-11-23T12:00:00Z", "2026-11-23"),
        ("2026-11-23", "2026-11-23T12:00:00Z", "2026-11-23"),
        # The day is Paris’s: an hour ahead in winter, two in summer.
        ("2026-11", "2026-11-22T23:30:00Z", "2026-11-23"),
        ("2026-11", "2026-11-22T22:59:59Z", "2026-11-22"),
        ("2026-07", "2026-07-13T22:00:00Z", "2026-07-14"),
    ],
)
def test_a_claim_counts_from_the_last_day_of_its_publication_or_when_recorded_if_earlier(
    published: str, recorded: str, day: str
) -> None:
    [event] = written([announced(published)], datetime.fromisoformat(recorded))
    assert event.counts_from == date.fromisoformat(day)


def test_claims_count_by_day_then_by_decision_then_by_position() -> None:
    claims = [
        due("2023-12-19", "2026", decided="2023-12-18"),
        due("2023-12-19", "2025", decided="2023-12"),
        due("2023-12-19", "2024", decided="2023-12-17"),
        due("2023-12-18", "2023", decided="2023-12-18"),
        due("2023-12-19", "2027", decided="../2023-12-18"),
        announced("2021-09-27"),
        due("2023", "2028"),
    ]
    assert [event.position for event in counted(written(claims))] == [6, 4, 3, 1, 5, 2, 7]


def test_the_day_is_capped_before_the_order_is_made() -> None:
    """Recorded on the 10th, a claim of "November" stands before one published on the 12th."""
    recorded = [moment("2021-09-27"), moment("2026-11-23"), moment("2026-11-10")]
    claims = [announced("2021-09-27"), due("2026-11-12", "2028"), due("2026-11", "2027")]
    events = written(claims, recorded)
    assert [event.position for event in counted(events)] == [1, 3, 2]
    assert place(events[2]) == (date(2026, 11, 10), date(2026, 11, 30), 3)


# Clocks.


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-11-23"])
def test_the_day_in_paris_begins_at_midnight_in_paris(day: str) -> None:
    midnight = paris_midnight(date.fromisoformat(day))
    assert paris_day(midnight) == date.fromisoformat(day)
    assert paris_day(midnight.astimezone(UTC) - timedelta(seconds=1)) < date.fromisoformat(day)
