"""The public JSON documents."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.claims import TYPES
from app.domain.commitments import TIMELINESS
from app.domain.comparison import Finding, Outcome, Publication, Report, Table
from app.domain.context import Recorded
from app.domain.errors import MoveRefused, Unfit
from app.domain.ledger import NO_HASH, Event, canonical
from app.domain.matching import Line
from app.domain.periods import read_dating
from app.domain.references import BEFORE, Text
from app.domain.rows import entry_of, row_of
from app.domain.states import STATES
from app.domain.statistics import Moved, moves_of
from app.domain.values import HVD_CATEGORIES, THEMES
from app.formats import BY_SUFFIX, FORMATS, document
from app.formats.document import correction, encode
from tests.domain.histories import described, due, erased, judged, state, written
from tests.entries import redescribed
from tests.formats import records
from tests.formats.records import BASE, CONTEXT, COURT, MOVED, TODAY, entry, history

_KEYS = """
    id iri type programme rank announcement steward publisher action
    title short_title description jurisdiction landing_page resources covers
    access_rights access_conditions licence contact keywords themes hvd_categories
    state state_label state_since opened_on opened_in_part_on evidence
    announced_deadline deadline first_deadline next_deadline postponements uncertain slip_days
    moves timeliness days_late timeliness_first days_late_first parts
    created modified version links
"""
_EVENT_KEYS = """
    position hash previous_hash digest salt commitment subject kind part values reason decided_on
    published_on text source confidence standing note target recorded_at recorded_by content
"""
KEYS, EVENT_KEYS = _KEYS.split(), _EVENT_KEYS.split()
CHAIN = ("position", "hash", "previous_hash", "digest")


@pytest.mark.parametrize("make", records.EVERY)
def test_an_entry_is_the_same_read_from_its_row(make):
    row = row_of(make())
    assert entry_of(row) == make()
    assert json.loads(document.spelt(row, CONTEXT)) == document.opening(make(), CONTEXT)
    holders = (make(), *make().parts)
    assert row.cited >= {move.text for holder in holders for move in holder.moves if move.text}


@pytest.mark.parametrize("make", records.EVERY)
def test_every_key_is_always_present(make):
    assert sorted(document.opening(make(), CONTEXT)) == sorted(KEYS)


def test_lateness_is_that_of_the_day_asked():
    on_time = records.as_of(date(2026, 9, 30))
    shown = document.opening(records.moved(), on_time)
    assert (shown["timeliness"], shown["days_late"]) == ("due_soon", 0)
    assert document.register(on_time)["as_of"] == "2026-09-30"
    assert shown["links"]["turtle"] == f"{BASE}/openings/moved.ttl?as_of=2026-09-30"
    assert shown["links"]["self"] == f"{BASE}/api/v1/openings/moved?as_of=2026-09-30"
    assert shown["links"]["cite"] == f"{BASE}/openings/moved?as_of=2026-09-30&at=57"
    assert shown["links"]["events"] == f"{BASE}/api/v1/openings/moved/events"


def test_an_action_has_a_section_its_own_words_and_no_dcat():
    action = records.opening(
        "justice-2021/A16", state("2022-01-01", "available"), type="action", section="2.2"
    )
    shown = document.opening(action, CONTEXT)
    assert set(shown) == {*KEYS, "section", "openings"}
    assert shown["iri"] == f"{BASE}/actions/justice-2021/A16"
    assert shown["section"] == "2.2"
    assert shown["state_label"] == {"fr": "Réalisé", "en": "Available"}
    assert list(shown["links"]) == ["self", "events", "html", "calendar", "atom", "cite", "correct"]
    assert shown["links"]["self"] == f"{BASE}/api/v1/actions/justice-2021/A16"


def test_every_format_has_its_link():
    links = document.opening(records.planned(), CONTEXT)["links"]
    suffixes = {address.rpartition(".")[2] for name, address in links.items() if name in NAMES}
    assert suffixes | {"json"} == {row.suffix for row in BY_SUFFIX.values() if row.name in NAMES}
    assert set(links) == {"self", "events", "cite", "correct", *(NAMES - {"json"})}


NAMES = {row.name for row in FORMATS if row.entry} | {"html", "calendar", "atom"}


def test_nothing_internal_leaves_unless_asked():
    secret = redescribed(records.planned(), budget_status="tenu", steering_unit="SG")
    assert not {"budget_status", "steering_unit"} & set(document.opening(secret, CONTEXT))
    shown = document.opening(secret, CONTEXT, internal=True)
    assert (shown["budget_status"], shown["steering_unit"]) == ("tenu", "SG")


def test_an_organisation_that_is_unknown_goes_by_its_slug():
    stray = replace(redescribed(records.planned(), publisher="nobody"), steward=None)
    shown = document.opening(stray, CONTEXT)
    assert shown["publisher"] == {"id": "nobody", "name": {"fr": "nobody", "en": None}}
    assert shown["steward"] is None
    assert document.organization(COURT)["part_of"] == "ministere"


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("a@b.example", "mailto:a@b.example?subject=Ouvertures%20%3A%20x"),
        ("mailto:a@b.example", "mailto:a@b.example?subject=Ouvertures%20%3A%20x"),
        ("mailto:a@b.example?subject=y", "mailto:a@b.example?subject=y"),
        ("https://b.example/errors", "https://b.example/errors"),
        ("", None),
        ("javascript:alert(1)", None),
    ],
)
def test_where_to_report_an_error(contact: str, link: str | None):
    assert correction(contact, "x") == link


def test_json_is_compact_utf8_and_survives_a_lone_surrogate():
    assert encode({"é": [1, None]}) == '{"é":[1,null]}'.encode()
    assert json.loads(encode("a\ud800b")) == "a\ud800b"


# The ledger.


def test_an_event_shows_what_a_stranger_needs_to_check_the_chain():
    previous = NO_HASH
    for event in history("moved", *MOVED):
        shown = document.event(event, "accepted")
        assert list(shown) == EVENT_KEYS
        covered = (shown["salt"] + canonical(shown["content"])).encode()
        assert shown["digest"] == hashlib.sha256(covered).hexdigest()
        chained = f"{previous}{shown['position']}{shown['digest']}".encode()
        assert shown["hash"] == hashlib.sha256(chained).hexdigest()
        previous = shown["hash"]


def test_an_event_is_shown_with_the_present_standing_of_its_claim():
    claims = [due("2021-04-29", "2023-06-30", note="a note"), judged(1, "disputed", "2022-01-01")]
    first, judgement = written(claims)
    shown = document.event(first, "disputed")
    assert (shown["standing"], shown["note"], shown["text"]) == ("disputed", "a note", "order")
    assert shown["content"]["standing"] == "accepted"
    judged_so = document.event(judgement, None)
    assert (judged_so["standing"], judged_so["target"]) == ("disputed", 1)
    assert judged_so["source"] is None


def _hidden() -> list[Event]:
    public = described("2022-01-01", title={"fr": "x"})
    internal = replace(public, visibility="internal")
    careless = described("2022-01-01", budget_status="tenu")
    first, second, third = written([public, internal, careless])
    return [erased(first), second, third]


@pytest.mark.parametrize("event", _hidden(), ids=["erased", "internal", "internal field"])
def test_of_a_hidden_event_only_its_place_in_the_chain(event: Event):
    shown = document.event(event, "accepted")
    assert list(shown) == EVENT_KEYS
    assert {name for name, value in shown.items() if value is not None} == set(CHAIN)


def test_a_change_has_the_values_before_and_after():
    events = history("moved", *MOVED)
    change = Recorded(events[-1], entry(events[:-1]), entry(events), public=True)
    shown = document.change(change, CONTEXT)
    assert list(shown) == [*EVENT_KEYS, "title", "before", "after"]
    assert shown["before"]["deadline"]["end"] == "2025-09-30"
    assert shown["after"]["deadline"]["end"] == "2026-09-30"
    assert (shown["before"]["slip_days"], shown["after"]["slip_days"]) == (823, 1188)
    assert shown["title"] == {"fr": "Décisions n° moved", "en": None}
    assert not {"version", "links", "title", "state"} & set(shown["after"])


def test_what_begins_an_entry_has_nothing_before_and_what_takes_it_away_nothing_after():
    events = history("moved")
    began = document.change(Recorded(events[0], None, entry(events), public=True), CONTEXT)
    assert began["before"] is None
    assert began["after"]["title"] == {"fr": "Décisions n° moved", "en": None}
    ended = document.change(Recorded(events[0], entry(events), None, public=True), CONTEXT)
    assert ended["after"] is None
    assert ended["before"]["state"] == "planned"


def test_of_a_change_that_is_not_public_only_its_place_in_the_chain():
    events = history("moved")
    change = Recorded(events[0], entry(events), entry(events), public=False)
    shown = document.change(change, CONTEXT)
    assert {name for name, value in shown.items() if value is not None} == set(CHAIN)
    gone = document.change(Recorded(erased(events[0]), None, entry(events), public=True), CONTEXT)
    assert gone["after"] is None


# Imports.


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "Nothing follows the headings."), ("fr", "Rien ne suit les intitulés des colonnes.")],
)
def test_the_report_of_an_import_is_in_the_language_of_its_reader(language: str, message: str):
    finding = Finding("no-rows", Unfit("Nothing follows the headings."), 2)
    line = Line(row=2, rank=1, title="Décisions", type="dataset")
    before, after = records.planned(), records.moved()
    outcome = Outcome(line=line, kind="changed", slug="moved", before=before, after=after)
    report = Report(
        table=Table(format="csv", rows=1),
        publication=Publication(published_on=read_dating("2021-09-27"), text="roadmap"),
        day=TODAY,
        outcomes=(outcome,),
        missing=(records.with_file(),),
        findings=(finding,),
    )
    made = document.import_report(report, CONTEXT.head, language, rehearsed=True)
    assert made["findings"][0]["message"] == message
    assert (made["counts"]["changed"], made["counts"]["warnings"]) == (1, 1)
    assert made["rows"][0]["before"]["deadline"]["label"] == "T2 2023"
    assert made["rows"][0]["after"]["postponements"] == 2
    assert made["missing"][0]["id"] == "with-file"
    assert made["register"] == {"position": 57, "hash": "ab" * 32}


def test_a_finding_names_terms_by_their_labels():
    terms: dict[str, Any] = {"current": "planned", "wanted": "withdrawn", "allowed": ("available",)}
    refused = Finding.of("refused", 2, sentence=MoveRefused.sentence, **terms)
    english, french = (document.finding(refused, each)["message"] for each in ("en", "fr"))
    assert english == "“Planned” may not become “Withdrawn”; it may become: Available."
    assert french.endswith("peut devenir\u00a0: Disponible.")
    due = Finding.of("unlikely-deadline", 2, label="1900-01-02", day=date(2026, 11, 27))
    assert "2 janvier 1900" in document.finding(due, "fr")["message"]


# What entries refer to.


def moved_by(text: str) -> list[Moved]:
    """What a text moved, of two openings."""
    entries = [records.moved(), records.divided()]
    moves = (m for e in entries for m in moves_of(e.slug, e.type, e.moves, e.parts))
    return [moved for moved in moves if moved.move.text == text]


def test_a_text_has_what_it_moved():
    shown = document.text(records.LATER, moved_by("later"), CONTEXT)
    assert list(shown)[-5:] == ["kind", "eli", "url", "binding", "moved"]
    assert (shown["title"], shown["published_on"]) == ("Arrêté du 29 août 2025", "2025-09-03")
    assert [(m["commitment"], m["part"], m["days"]) for m in shown["moved"]] == [
        ("moved", None, 365),
        ("divided", "minor", 1645),
        ("divided", "major", 2011),
    ]
    assert document.text(Text("other", "Autre"), [], CONTEXT)["moved"] == []


def test_vocabularies_name_every_word_that_documents_use():
    shown = document.vocabularies()
    keys = {name: [row["key"] for row in rows] for name, rows in shown.items()}
    assert keys == {
        "types": list(TYPES),
        "states": list(STATES),
        "announcements": ["new", "continued"],
        "timeliness": list(TIMELINESS),
        "themes": list(THEMES),
        "hvd_categories": list(HVD_CATEGORIES),
    }
    for name in ("types", "states", "announcements", "timeliness"):
        for row in shown[name]:
            assert all(row["label"].values())
            assert all(row["meaning"].values())
    assert all(all(row["label"].values()) for row in shown["themes"])
    assert all(row["label"]["en"] for row in shown["hvd_categories"])
    six = [row["key"] for row in shown["hvd_categories"] if row["top"] == row["key"]]
    assert len(six) == 6
    assert {row["top"] for row in shown["hvd_categories"]} == set(six)
    available = next(row for row in shown["states"] if row["key"] == "available")
    assert available["label"]["fr"] == "Disponible"
    assert available["label_action"]["fr"] == "Réalisé"


def test_a_programme_says_how_much_is_open_and_where_its_entries_are():
    context = records.as_of(date(2021, 10, 15))
    made = document.programme(BEFORE, {"available": 2, "planned": 9}, {}, context)
    assert (made["id"], made["start"], made["annexes"]) == (BEFORE.id, "2021", ["Annexe 4"])
    assert made["openings"] == {"total": 11, "open": 2, "open_in_part": 0}
    assert made["links"]["self"] == f"{BASE}/api/v1/programmes/{BEFORE.id}?as_of=2021-10-15"
    own = f"?programme={BEFORE.id}"
    assert made["links"]["atom"] == f"{BASE}/openings.atom{own}&as_of=2021-10-15"
    annex = f"{BASE}/openings.csv{own}&layout=official&as_of="
    assert made["links"]["annex"] == f"{annex}2021-10-15"
    text = Text("plan", "Un plan", published_on="2021-09-27")
    stated = replace(BEFORE, text="plan")
    made = document.programme(stated, {}, {}, replace(context, texts={"plan": text}))
    assert made["links"]["annex"] == f"{annex}2021-09-27"


def test_moves_are_those_of_a_text_where_one_is_asked_for():
    entry = records.moved()
    every = [move["text"] for move in document.moves(entry, CONTEXT)]
    for text in every:
        asked = [move["text"] for move in document.moves(entry, CONTEXT, (text,))]
        assert asked == [each for each in every if each == text]
    assert list(document.moves(entry, CONTEXT, ("nowhere",))) == []
