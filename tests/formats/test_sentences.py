"""Records in sentences, in both languages: deadlines, timeliness, claims, and the claims in order.

What descriptions and the history of a deadline say is in `test_dcat.py`, which harvesters read.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.claims import DISPUTED, RETRACTED
from app.domain.commitments import Commitment, Deadline, Move, Timing
from app.domain.ledger import ERASED, Claim, Event, standings
from app.domain.periods import on_day, parse, period_of, read_dating
from app.formats import changes
from app.formats.changes import Entered
from app.formats.sentences import Sentences
from tests.domain.histories import announced, described, due, erased, judged, state
from tests.formats import records
from tests.formats.records import CONTEXT, TODAY, history, plain

FR, EN = Sentences("fr", CONTEXT), Sentences("en", CONTEXT)
BETWEEN = "between 1 January 2023 and 15 February 2023"
LATER = Move(date(2025, 1, 1), date(2026, 1, 2), 366, None, "2024")
EARLIER = Move(date(2026, 1, 2), date(2026, 1, 1), -1, None, "2025")
GONE = Move(date(2026, 1, 1), None, None, None, "2025")
DAY = Deadline(period_of(date(2026, 1, 1)))


@pytest.mark.parametrize(
    ("values", "french"),
    [
        ({}, "T2 2023"),
        (
            {"deadline": DAY, "moves": (LATER, EARLIER), "slip_days": 1188},
            "1er janvier 2026, reportée une fois, avancée une fois, +1 188 jours",
        ),
        (
            {"deadline": DAY, "moves": (EARLIER, EARLIER), "slip_days": -1},
            "1er janvier 2026, avancée 2 fois, \u22121 jour",
        ),
        (
            {"deadline": None, "moves": (LATER, GONE), "slip_days": None},
            "Échéance retirée, reportée 2 fois",
        ),
        ({"deadline": None, "moves": ()}, "Sans échéance"),
    ],
)
def test_a_deadline_is_said_with_its_moves(values: dict[str, Any], french: str):
    entry = replace(records.planned(), **values)
    assert plain(FR.deadline(entry)) == french


@pytest.mark.parametrize(
    ("timing", "french", "of_action"),
    [
        (Timing(None, overdue_after=date(2026, 9, 30)), "En retard de 54 jours", None),
        (Timing(None, overdue_after=date(2026, 11, 22)), "En retard de 1 jour", None),
        (Timing(None, overdue_after=date(2026, 11, 25)), "Échéance proche, dans 2 jours", None),
        (Timing(None, overdue_after=TODAY), "Échéance proche, dernier jour", None),
        (Timing(None, overdue_after=date(2028, 1, 1)), "Échéance à venir", None),
        (
            Timing("delivered_late", 1188),
            "Ouverte avec 1 188 jours de retard",
            "Réalisée avec 1 188 jours de retard",
        ),
        (Timing("delivered_late"), "Ouverte en retard", "Réalisée en retard"),
        (Timing("delivered_early"), "Ouverte en avance", "Réalisée en avance"),
        (Timing("no_deadline"), "Sans échéance", None),
    ],
)
def test_timeliness_says_the_days_that_are_proven(
    timing: Timing, french: str, of_action: str | None
):
    entry = replace(records.planned(), timing=timing, timing_first=Timing("no_deadline"))
    assert plain(FR.timeliness(entry, TODAY)) == french
    assert plain(replace(FR, of_action=True).timeliness(entry, TODAY)) == (of_action or french)
    assert FR.timeliness(entry, TODAY, first=True) == "Sans échéance"


def test_days_that_are_only_the_fewest_proven_are_said_as_such():
    late, opened_on = Timing("delivered_late", 32), read_dating("2026-10")
    entry = replace(records.planned(), timing=late, opened_on=opened_on)
    assert FR.timeliness(entry, TODAY) == "Ouverte avec au moins 32 jours de retard"


def test_what_opened_while_no_deadline_was_set_is_said_so():
    entry = replace(records.planned(), timing=Timing("no_deadline"), opened_on=on_day(TODAY))
    assert FR.timeliness(entry, TODAY) == "Aucune échéance n’était alors fixée"


@pytest.mark.parametrize(
    ("text", "french", "english"),
    [
        ("2023", "2023", "2023"),
        ("1881-07-29", "29 juillet 1881", "29 July 1881"),
        ("0987", "987", "987"),
        ("../9999-12", "au plus tard en décembre 9999", "by December 9999 at the latest"),
        ("2023-12-01", "1er décembre 2023", "1 December 2023"),
        ("../2025-09-03", "au plus tard le 3 septembre 2025", "by 3 September 2025 at the latest"),
        ("../2023-12", "au plus tard en décembre 2023", "by December 2023 at the latest"),
        ("2023-01-01/2023-02-15", "entre le 1er janvier 2023 et le 15 février 2023", BETWEEN),
    ],
)
def test_a_date_is_said_as_far_as_sources_go(text: str, french: str, english: str):
    assert (FR.dating(text), EN.dating(text)) == (french, english)
    assert FR.dating(on_day(date(2021, 10, 1))) == FR.day(date(2021, 10, 1)) == "1er octobre 2021"


@pytest.mark.parametrize(
    ("claim", "french"),
    [
        (announced("2021-09-27", "T2 2023", "planned"), "Annonce : Planifié, échéance T2 2023"),
        (announced("2021-09-27"), "Annonce"),
        (announced("2021-09-27", None), "Annonce : Sans échéance"),
        (due("2026-01-01", "2026-01-02"), "Échéance : 2 janvier 2026 (reportée de 366 jours)"),
        (due("2026-01-01", "2026-01-01"), "Échéance : 1er janvier 2026 (avancée de 1 jour)"),
        (due("2026-01-01", "2027"), "Échéance : 2027"),
        (due("2026-01-01", None), "Échéance retirée"),
        (state("2022-01-01", "available"), "État : Disponible"),
        (described("2022-01-01", keywords=["x"]), "Description : mots-clés"),
    ],
)
def test_a_claim_is_one_line(claim: Claim, french: str):
    moves = [replace(move, text="order", published_on="2026-01-01") for move in (LATER, EARLIER)]
    assert plain(FR.claim(claim, moves)) == french


def test_a_claim_says_everything_that_it_carries_and_where_it_leads():
    values = {
        **records.identity("x", type="dataset"),
        "licence": "https://example.org/licence",
        "landing_page": "https://example.org/",
        "covers": {"from": None, "to": "2022"},
        "contact": {"name": "Le greffe", "url": "https://example.org/greffe"},
        "keywords": ["justice", "droit"],
        "themes": ["JUST"],
        "hvd_categories": ["c_8f0fac04"],
        "access_rights": "non_public",
        "resources": [{"url": "https://example.org/a"}],
        "description": None,
        "budget_status": "secret",
    }
    details = {row.label: (row.value, row.address) for row in FR.details(values)}
    assert {plain(label): plain(value) for label, (value, _) in details.items()} == {
        "Titre": "Décisions n° x",
        "Type": "Données",
        "Qui ouvre": "Cour de cassation",
        "Qui promet": "Ministère de la Justice",
        "Action de la feuille de route": "justice-2021/A16",
        "Annonce": "Nouvelle ouverture",
        "Rang dans le tableau officiel": "6",
        "Description": "valeur retirée",
        "Page d’accès": "https://example.org/",
        "Ressources": "https://example.org/a",
        "Période couverte": "fin : 2022",
        "Accès": "non public",
        "Licence": "https://example.org/licence",
        "Contact": "Le greffe",
        "Mots-clés": "justice, droit",
        "Thèmes": "Justice, système juridique et sécurité publique",
        "Catégories de données de forte valeur": "Company documents and accounts",
    }
    leads = {address for _, address in details.values() if address}
    assert leads == {f"https://example.org/{path}" for path in ("", "a", "licence", "greffe")}


@pytest.mark.parametrize(
    ("covers", "french"),
    [
        ({"from": "1947", "to": None}, "début : 1947"),
        ({"from": "2021-09-30", "to": "2022"}, "30 septembre 2021 – 2022"),
        ({"from": None, "to": None}, "valeur retirée"),
    ],
)
def test_a_period_covered_is_said_as_far_as_it_is_known(covers: dict[str, str | None], french: str):
    assert [plain(row.value) for row in FR.details({"covers": covers})] == [french]


def test_numbers_moments_and_filters_are_words():
    assert (plain(FR.number(1188)), EN.number(1188)) == ("1 188", "1,188")
    assert FR.moment(records.RECORDED) == "20 novembre 2026"
    assert FR.filter("type", "dataset") == "Données"
    assert FR.filter("programme", "unknown") == "unknown"
    described = dict(FR.described(records.with_file().described, ("title",)))
    assert described["Mots-clés"] == "justice, décisions"


def test_a_state_that_ended_on_a_vague_day_did_so_at_the_latest():
    gone = records.opening("x", state("2022-07", "abandoned", reason="no use", text="later"))
    assert FR.state(gone) == "Abandonné le 31 juillet 2022 au plus tard"


def test_what_no_source_attests_has_no_evidence():
    silent = replace(records.planned(), evidence=None)
    assert FR.evidence(silent) is None
    assert "Dernière preuve" not in FR.description(silent)
    assert "Dernière preuve" in FR.description(records.planned())


def test_a_deadline_to_come_is_due_on_a_day_or_in_a_period():
    assert EN.due(period_of(date(2026, 9, 30))) == "Due on 30 September 2026"
    assert EN.due(parse("T4 2026") or DAY.period) == "Due in Q4 2026"


def test_names_are_those_of_the_register_or_the_keys_themselves():
    assert FR.recorder("ouvertures") == "le registre"
    assert EN.recorder("cour") == "Court of Cassation"
    assert FR.text("order") == "Arrêté du 28 avril 2021 (NOR JUST2111743A)"
    assert (FR.name("unknown"), FR.text("unknown")) == ("unknown", "unknown")
    assert (FR.short_text("unknown"), FR.text_address("unknown")) == ("unknown", None)
    assert FR.short_text("order") == "Arrêté du 28 avril 2021"
    assert FR.text_address("order") == f"{records.BASE}/api/v1/texts/order"
    assert FR.text_address("later") == "https://legifrance.example/eli/later"


# The claims of one entry, in order.


def timeline(events: list[Event], as_of: date | None = None) -> list[Entered]:
    entry = records.entry(events, as_of or TODAY)
    return list(changes.timeline(events, standings(events), entry, as_of))


def test_claims_stand_in_the_order_in_which_they_count():
    events = history("x", due("2025-09-03", "2026-09-30"), due("2021-04-29", "2023-06-30"))
    assert [row.event.position for row in timeline(events)] == [3, 1, 2]
    assert [
        plain(FR.claim(claim, row.moves)) for row in timeline(events) if (claim := row.event.claim)
    ] == [
        "Échéance : 30 juin 2023",
        "Annonce : échéance T2 2023",
        "Échéance : 30 septembre 2026 (reportée de 1 188 jours)",
    ]
    early = timeline(events, date(2023, 1, 1))
    assert [row.later for row in early] == [False, False, True]


def test_a_judgement_stands_beside_its_claim_which_then_moves_nothing():
    disputed = replace(due("2025-09-03", "2026-09-30"), standing=DISPUTED)
    events = history("x", due("2025-01-01", "2026-01-01"), disputed, judged(2, "retracted"))
    rows = timeline(events)
    assert [row.standing for row in rows] == ["accepted", RETRACTED, DISPUTED]
    assert [len(row.judgements) for row in rows] == [0, 1, 0]
    assert [row.moves for row in rows] == [(), (), ()]


def hidden(event: Event, **values: Any) -> Event:
    assert event.claim
    return replace(event, claim=replace(event.claim, **values))


@pytest.mark.parametrize(
    "hide",
    [
        erased,
        lambda event: hidden(event, visibility="internal"),
        lambda event: hidden(event, values={"budget_status": "secret"}),
    ],
)
def test_what_is_not_public_has_a_place_and_no_standing(hide: Callable[[Event], Event]):
    erasure = replace(judged(2, "accepted"), kind=ERASED)
    first, second, third = history("x", described("2022-01-01", keywords=["x"]), erasure)
    rows = timeline([first, hide(second), third])
    assert [(row.event.position, row.hidden, row.standing) for row in rows] == [
        (1, False, "accepted"),
        (2, True, None),
    ]
    assert [judgement.position for judgement in rows[1].judgements] == [3]


def test_a_part_has_moves_of_its_own():
    events = history("x", due("2024-12-10", "2027-12-31", part="minor", part_title="Mineures"))
    entry: Commitment = records.entry(events)
    assert timeline(events)[-1].moves == entry.parts[0].moves != ()
