"""The calendar of deadlines, read back by a second implementation."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import vobject
from hypothesis import given

from app.domain.commitments import Commitment
from app.domain.context import Snapshot
from app.domain.ledger import Event
from app.domain.references import Organization
from app.domain.rows import EntryRow, row_of
from app.domain.search import Export
from app.domain.values import Title, Words
from app.formats import CALENDAR, feeds
from tests.domain.histories import due, judged, moment, state, written
from tests.entries import redescribed
from tests.formats import records
from tests.formats.records import BASE, CONTEXT, entry, golden, history, plain, texts


def calendar(
    *entries: Commitment, context: Any = CONTEXT, lang: str = "fr", alarm: tuple[int, ...] = ()
) -> bytes:
    """The bytes of these entries."""
    of = "actions" if any(entry.type == "action" for entry in entries) else "openings"
    return b"".join(feeds.calendar(entries, Export(of=of, lang=lang, alarm=alarm), context))


def read(body: bytes) -> list[Any]:
    """The events as a second implementation reads them."""
    check_form(body)
    return list(getattr(parsed(body), "vevent_list", []))


def parsed(body: bytes) -> Any:
    unfolded = body.replace(b"\r\n ", b"").decode()
    return vobject.readOne(plain(unfolded))


def check_form(body: bytes) -> None:
    """RFC 5545, 3.1: lines of at most 75 octets that end in CRLF, and nothing that is no text."""
    assert body.endswith(b"\r\nEND:VCALENDAR\r\n")
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", b"".join(lines))
    names = [line.partition(b":")[0] for line in lines if line[:1] not in (b" ", b"")]
    assert [name for name in names if not re.fullmatch(rb"[A-Z-]+(;[A-Z]+=[^;:]+)*", name)] == []


def only(*entries: Commitment, **asked: Any) -> Any:
    """The event of the only deadline."""
    (event,) = [e for e in read(calendar(*entries, **asked)) if ":" not in e.uid.value]
    return event


def openings(entry: Commitment) -> list[tuple[str, str, str, str]]:
    """Name, day, status and what follows the title, of each event of an opening."""
    return [
        (
            event.uid.value.partition("@")[0],
            str(event.dtstart.value),
            event.status.value,
            event.summary.value.rpartition(" : ")[2],
        )
        for event in read(calendar(entry))
        if ":" in event.uid.value
    ]


def test_one_opening_has_a_golden_file() -> None:
    made = feeds.calendar_of(records.moved(), Export(alarm=(7, 30)), CONTEXT)
    assert made == golden("opening.ics", made)


def test_a_calendar_has_the_name_of_what_it_holds() -> None:
    entry = redescribed(records.divided(), title=Words.of(fr="Décisions", en="Decisions, all"))
    named = {
        feeds.calendar_of(entry, Export(lang=lang), CONTEXT): name
        for lang, name in (("fr", "Décisions"), ("en", "Decisions, all"))
    }
    for of, lang, name in (
        ("openings", "fr", "Ouvertures : échéances"),
        ("actions", "fr", "Actions de la feuille de route : échéances"),
        ("openings", "en", "Openings: deadlines"),
        ("actions", "en", "Actions of the roadmap: deadlines"),
    ):
        named[b"".join(feeds.calendar([entry], Export(of=of, lang=lang), CONTEXT))] = name
    for body, name in named.items():
        assert len(read(body)) == 2
        assert parsed(body).x_wr_calname.value == name


def not_available() -> Commitment:
    """Asked for, and no more promised."""
    return records.opening("x", state("2022-07-01", "not_available"))


@pytest.mark.parametrize(
    ("make", "outcome", "status"),
    [
        (records.planned, "échéance", "TENTATIVE"),
        (records.moved, "échéance", "CONFIRMED"),
        (records.with_file, "échéance, ouverte avec 275 jours d’avance", "CONFIRMED"),
        (records.in_part, "échéance, partiellement disponible", "TENTATIVE"),
        (records.suspended, "échéance, à l’arrêt", "TENTATIVE"),
        (records.abandoned, "échéance, abandonné", "CANCELLED"),
        (records.withdrawn, "échéance, retiré", "CONFIRMED"),
        (not_available, "échéance, non disponible", "CANCELLED"),
    ],
)
def test_the_summary_has_the_title_then_what_came_of_the_deadline(
    make: Any, outcome: str, status: str
) -> None:
    event, entry = only(make()), make()
    title = entry.described.title.within("fr")
    assert (event.summary.value, event.status.value) == (f"{title} : {outcome}", status)


def test_a_short_title_stands_for_the_title_where_there_is_one() -> None:
    entry = redescribed(records.planned(), short_title=Title.of(fr="Prud’hommes"))
    assert only(entry).summary.value == only(entry, lang="en").summary.value.replace(
        ": deadline", " : échéance"
    )
    assert only(entry).summary.value == "Prud’hommes : échéance"
    assert parsed(feeds.calendar_of(entry, Export(), CONTEXT)).x_wr_calname.value != "Prud’hommes"


def vaguely() -> Commitment:
    """Open in part in a month, and all of it by a day."""
    part = state("2023-12", "partially_available")
    return records.opening("x", part, state("2025-09-03", "available", decided="../2025-09-03"))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (records.planned, []),
        (records.with_file, [("with-file:opened", "2022-06-30", "CONFIRMED", "✓ ouvert")]),
        (
            vaguely,
            [
                (
                    *("x:opened-in-part", "2023-12-31", "TENTATIVE"),
                    "✓ ouvert en partie, décembre 2023",
                ),
                (
                    *("x:opened", "2025-09-03", "TENTATIVE"),
                    "✓ ouvert, au plus tard le 3 septembre 2025",
                ),
            ],
        ),
    ],
)
def test_an_opening_is_an_event_on_its_own_day_or_on_the_last_that_it_may_be(
    make: Any, expected: list[tuple[str, str, str, str]]
) -> None:
    assert openings(make()) == expected


def test_an_action_is_done_in_its_own_words() -> None:
    done = records.opening(
        "justice-2021/A16", state("2022-01-01", "available"), type="action", action=None
    )
    event = only(done)
    assert event.summary.value.endswith(" : échéance, réalisée avec 455 jours d’avance")
    assert openings(done) == [("justice-2021/A16:opened", "2022-01-01", "CONFIRMED", "✓ réalisé")]
    assert "Réalisé depuis le 1er janvier 2022." in event.description.value
    assert "Qui en a la charge : Cour de cassation." in event.description.value
    assert event.url.value == f"{BASE}/actions/justice-2021/A16"
    assert only(done, lang="en").summary.value.endswith(": deadline, done 455 days early")


def test_a_part_without_a_deadline_or_a_title_is_no_trouble() -> None:
    whole = records.divided()
    minor, major = whole.parts
    bare = replace(
        whole, parts=(replace(minor, deadline=None), replace(major, title=Words(), evidence=None))
    )
    assert only(bare).summary.value == "Décisions n° divided (major) : échéance"


def test_no_part_has_the_name_of_another_entry() -> None:
    parts = due("2024-12-10", "2027-12-31", part="b", part_title="B")
    events = read(calendar(records.opening("a", parts), records.opening("a-b")))
    assert len({event.uid.value for event in events}) == 2


@pytest.mark.parametrize("make", [records.undated, records.not_available])
def test_what_has_no_deadline_is_no_event(make: Any) -> None:
    assert read(calendar(make())) == []


def test_a_calendar_without_events_is_whole() -> None:
    """A calendar must have a component: its time zone is one."""
    made = parsed(calendar())
    assert made.vtimezone.tzid.value == "Europe/Paris"
    assert made.x_wr_calname.value == made.contents["name"][0].value == "Ouvertures : échéances"
    assert made.contents["refresh-interval"][0].params == {"VALUE": ["DURATION"]}
    assert made.x_published_ttl.value == made.contents["refresh-interval"][0].value == "PT12H"
    assert b"METHOD" not in calendar()
    paris = made.vtimezone.tzinfo
    assert paris.utcoffset(moment("2026-07-01").replace(tzinfo=None)) == timedelta(hours=2)
    assert paris.utcoffset(moment("2026-12-01").replace(tzinfo=None)) == timedelta(hours=1)


def test_an_alarm_sounds_before_what_is_awaited_and_nothing_else() -> None:
    event = only(records.moved(), alarm=(7, 30, 0))
    triggers = [alarm.trigger.value for alarm in event.valarm_list]
    assert triggers == [-timedelta(days=30), -timedelta(days=7), timedelta()]
    assert {alarm.action.value for alarm in event.valarm_list} == {"DISPLAY"}
    assert {alarm.description.value for alarm in event.valarm_list} == {event.summary.value}
    for make in (records.with_file, records.abandoned, records.withdrawn):
        assert "valarm" not in only(make(), alarm=(7,)).contents


def test_the_sequence_only_grows_whatever_is_recorded() -> None:
    """It must not go down when a claim that moved a deadline is retracted."""
    events = history("x", *records.MOVED, judged(4, "retracted"), judged(3, "retracted"))
    made = [only(entry(events[:length])) for length in range(1, len(events) + 1)]
    numbers = [int(event.sequence.value) for event in made]
    days = [event.dtstart.value.isoformat() for event in made]
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert days == [
        *("2023-06-30", "2023-06-30", "2025-09-30"),
        *("2026-09-30", "2025-09-30", "2023-06-30"),
    ]


def test_times_are_those_of_recordings() -> None:
    claims = (due("2021-04-29", "2023-06-30"), records.history("x")[0].claim)
    recorded = [moment("2026-11-20"), moment("2026-11-21")]
    events: list[Event] = written((claim for claim in claims if claim), recorded)
    event = only(entry([replace(event, commitment="x") for event in events]))
    assert event.created.value == recorded[0]
    assert event.dtstamp.value == event.last_modified.value == recorded[1]


def test_the_bytes_do_not_depend_on_the_day() -> None:
    later = replace(CONTEXT, snapshot=Snapshot(date(2030, 1, 1), 57))
    entries = records.every().entries
    assert calendar(*entries) == calendar(*entries, context=later)


@given(texts(), texts(), texts())
def test_whatever_is_said_is_read_back(title: str, part: str, name: str) -> None:
    whole = records.divided()
    hostile = replace(
        redescribed(whole, title=Words.of(fr=title)),
        parts=tuple(replace(half, title=Words.of(fr=part)) for half in whole.parts),
    )
    context = replace(CONTEXT, organizations={"cour": Organization("cour", Title.of(fr=name))})
    for event in read(calendar(hostile, context=context)):
        name = f"{title} ({part})"
        assert event.summary.value == plain(f"{name} : échéance")
        assert event.categories.value[0] == "Planifié"


def test_the_calendar_is_written_an_entry_at_a_time() -> None:
    taken: list[str] = []

    def walked() -> Iterable[EntryRow]:
        for make in (records.planned, records.moved):
            taken.append(make.__name__)
            yield row_of(make())

    assert CALENDAR.whole is not None
    pieces = CALENDAR.whole(walked(), Export(), CONTEXT)
    assert next(pieces).startswith(b"BEGIN:VCALENDAR")
    assert taken == []
    assert b"planned" in next(pieces)
    assert taken == ["planned"]
