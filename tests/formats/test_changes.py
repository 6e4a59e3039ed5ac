"""What an event changed, in words: each kind of claim, counted or not, in both languages."""

from dataclasses import replace

import pytest

from app.domain.claims import DISPUTED, IDENTITY, Description, Internal, Source
from app.domain.context import Recorded
from app.domain.ledger import Claim, Event
from app.formats import changes
from app.formats.sentences import Sentences
from tests.domain.histories import announced, described, due, erased, judged, state, written
from tests.formats import records
from tests.formats.logs import logged
from tests.formats.records import CONTEXT, history, plain

SUSPENDED = state("2022-01-01", "suspended", reason="no budget")
LATE = due("2025-09-03", "2026-09-30", text="later")
PUT_OFF_FR = "reportée du 30 juin 2023 au 30 septembre 2025"
DISPUTED_FR = "affirmation contestée, ne compte pas"


def last(*claims: Claim, **values: object) -> Recorded:
    """The last event of an opening that was promised for T2 2023."""
    return logged(history("x", *claims, **values))[0]  # type: ignore[arg-type]


def phrase(recorded: Recorded, language: str = "fr") -> str:
    """Its headline, without the name of the opening."""
    return headline(recorded, language).split(": ", 1)[1]


def headline(recorded: Recorded, language: str = "fr") -> str:
    return plain(changes.headline(recorded, Sentences(language, CONTEXT)))


def rows(recorded: Recorded, language: str = "fr") -> list[tuple[str, str, str]]:
    values = changes.rows(recorded.before, recorded.after, Sentences(language, CONTEXT))
    return [(row.label, plain(row.before), plain(row.after)) for row in values]


def facts(recorded: Recorded, language: str = "fr") -> dict[str, str]:
    known = changes.facts(recorded, Sentences(language, CONTEXT))
    return {fact.label: plain(fact.value) for fact in known}


@pytest.mark.parametrize(
    ("claims", "french"),
    [
        ([], "annonce (échéance du T2 2023)"),
        (
            [announced("2024-01-01", "T4 2027", state="planned")],
            "annonce, échéance reportée du 30 juin 2023 au 31 décembre 2027 (+1 645 jours)",
        ),
        ([announced("2024-01-01", state="available")], "annonce (Disponible)"),
        (
            [due("2022-01-01", "2024-10")],
            "échéance reportée du 30 juin 2023 au 31 octobre 2024 (+489 jours)",
        ),
        (
            [due("2022-01-01", "2023-01-01")],
            "échéance avancée du 30 juin 2023 au 1er janvier 2023 (−180 jours)",
        ),
        ([due("2022-01-01", "2023-04")], "échéance précisée à avril 2023 (auparavant T2 2023)"),
        (
            [due("2022-01-01", "2023-05-01")],
            "échéance précisée au 1er mai 2023 (auparavant T2 2023)",
        ),
        ([due("2022-01-01", "2023")], "échéance de 2023 réitérée"),
        ([due("2022-01-01", None, reason="none")], "échéance du 30 juin 2023 retirée"),
        (
            [due("2022-01-01", None, reason="none"), due("2022-01-02", None, reason="none")],
            "échéance retirée",
        ),
        (
            [due("2022-01-01", None, reason="none"), due("2022-01-02", "T2 2023")],
            "échéance fixée au T2 2023",
        ),
        (
            [LATE, due("2023", "2025-09-30", text="order")],
            f"échéance {PUT_OFF_FR} (+823 jours), en vigueur : 30 septembre 2026",
        ),
        (
            [LATE, due("2021-09-01", "2022-10")],
            "échéance d’octobre 2022, en vigueur : 30 septembre 2026",
        ),
        (
            [
                due("2022-01-01", None, reason="none"),
                replace(due("2022-02-01", "2024"), standing=DISPUTED),
            ],
            f"échéance de 2024 [{DISPUTED_FR}]",
        ),
        (
            [replace(LATE, standing=DISPUTED)],
            f"échéance du 30 septembre 2026, en vigueur : T2 2023 [{DISPUTED_FR}]",
        ),
        ([state("2022-01-01", "available")], "passe de « Planifié » à « Disponible »"),
        ([SUSPENDED, state("2021-12-01", "in_progress")], "état « En cours »"),
        (
            [described("2022-01-01", keywords=["justice"], landing_page="https://data.example/")],
            "description modifiée (page d’accès, mots-clés)",
        ),
        ([described("2022-01-01", keywords=[])], "description (mots-clés)"),
        ([LATE, judged(2, "disputed")], "affirmation contestée (échéance du 30 septembre 2026)"),
        (
            [due("2022-01-01", None, reason="none"), judged(2, "retracted")],
            "affirmation rétractée (échéance retirée)",
        ),
        (
            [replace(SUSPENDED, standing=DISPUTED), judged(2, "accepted")],
            "affirmation acceptée (état « À l’arrêt »)",
        ),
        (
            [described("2022-01-01", keywords=["x"]), judged(2, "retracted")],
            "affirmation rétractée (description)",
        ),
    ],
)
def test_an_event_says_what_came_of_it(claims: list[Claim], french: str) -> None:
    assert phrase(last(*claims)) == french


def test_the_name_of_the_opening_comes_first_in_the_language_that_it_has() -> None:
    change = last(LATE, title={"fr": "Décisions", "en": "Decisions"})
    assert headline(change).startswith("Décisions : échéance reportée")
    assert headline(change, "en").startswith("Decisions: deadline postponed")
    french = last(LATE, title={"fr": "Décisions"})
    assert headline(french, "en").startswith("Décisions: deadline postponed")


def test_what_came_before_the_announcement_bears_the_name_that_is_known_since() -> None:
    claims = [due("2021-04-29", "2023-06-30"), announced("2021-09-27", "T2 2023")]
    events = written([*claims[:1], replace(claims[1], values=records.identity("decisions"))])
    first, *_ = logged(events)[::-1]
    assert (first.before, first.after) == (None, None)
    assert headline(first) == ("Décisions n° decisions : échéance fixée au 30 juin 2023")
    assert rows(first) == []


def test_an_action_is_told_in_the_words_of_actions() -> None:
    change = last(state("2022-01-01", "available"), type="action", section="2", action=None)
    assert phrase(change) == "passe de « Planifié » à « Réalisé »"
    assert ("État", "Planifié", "Réalisé") in rows(change)


def test_a_part_is_named_and_its_move_is_its_own() -> None:
    events = history(
        "divided",
        due("2024-12-10", "2027-12-31", part="minor", part_title="Contraventions", text="later"),
        due("2024-12-10", "2028-12-31", part="major", part_title="Délits", text="later"),
    )
    major, minor, _ = logged(events)
    assert headline(minor) == (
        "Décisions n° divided (Contraventions) : "
        "échéance reportée du 30 juin 2023 au 31 décembre 2027 (+1 645 jours)"
    )
    assert headline(major) == (
        "Décisions n° divided (Délits) : "
        "échéance reportée du 30 juin 2023 au 31 décembre 2028 (+2 011 jours)"
    )
    assert rows(major, "en") == [
        ("Deadline", "31 December 2027", "31 December 2028"),
        ("Slip", "+1,645 days", "+2,011 days"),
        ("Délits", "", "Planned, due 31 December 2028"),
    ]
    bare = replace(due("2024-12-10", "2027-12-31"), part="minor")
    assert "(minor)" in headline(last(bare))


EMPTY = {
    "type": "api",
    "programme": "plan",
    "title": {},
    "publisher": "cour",
    "visibility": "public",
}


@pytest.mark.parametrize("name", sorted({*Description.model_fields, *IDENTITY} - {"visibility"}))
def test_every_field_that_is_described_has_its_words(name: str) -> None:
    """And none that is internal: a field that is added gets a word here."""
    change = replace(last(described("2022-01-01", **{name: EMPTY.get(name)})), before=None)
    assert phrase(change) != "description ()"
    assert phrase(change, "en") != "description ()"


def test_a_field_that_is_internal_has_none() -> None:
    for name in Internal.model_fields:
        assert phrase(replace(last(described("2022-01-01", **{name: "x"})), before=None)) == (
            "description ()"
        )


def test_values_are_told_before_and_after() -> None:
    change = last(state("2022-07-01", "available", decided="2022-06-30"))
    assert rows(change) == [("État", "Planifié", "Disponible"), ("Ouverture", "", "30 juin 2022")]
    withdrawn = last(due("2022-07-01", None, reason="none"))
    assert rows(withdrawn) == [("Échéance", "T2 2023", ""), ("Décalage", "aucun", "")]
    began = last()
    assert rows(began, "en") == [
        ("State", "", "Planned"),
        ("Deadline", "", "Q2 2023"),
        ("First deadline", "", "Q2 2023"),
        ("Slip", "", "none"),
    ]


def test_what_a_text_says_is_told_with_its_title_its_source_and_its_dates() -> None:
    claim = replace(
        due("../2025-09-03", "2026-09-30", decided="2025-08-29", text="order"),
        source=Source(
            title="Un nouveau report", site="journal.example", url="https://journal.example/1"
        ),
        reason="faute de moyens",
        note="à vérifier",
    )
    change = last(claim)
    assert facts(change) == {
        "Texte": "Arrêté du 28 avril 2021 (NOR JUST2111743A)",
        "Source": "Un nouveau report (journal.example)",
        "Dernière preuve": "au plus tard le 3 septembre 2025, Un nouveau report (journal.example)",
        "Publié": "au plus tard le 3 septembre 2025",
        "Décidé ou survenu": "29 août 2025",
        "Motif": "faute de moyens",
        "Note": "à vérifier",
        "Événement": f"position 2, empreinte {change.event.hash}",
    }
    leads = {fact.label: fact.address for fact in changes.facts(change, Sentences("en", CONTEXT))}
    assert leads["Source"] == "https://journal.example/1"
    assert leads["Text"] == f"{records.BASE}/api/v1/texts/order"
    assert leads["Event"] == f"{records.BASE}/api/v1/changes?after=1&page_size=1"


def test_a_claim_says_how_it_was_judged_and_why() -> None:
    events = history("x", LATE, judged(2, "retracted"))
    judgement, claim, _ = logged(events)
    assert phrase(claim).endswith("[affirmation rétractée, ne compte pas]")
    assert facts(claim)["Jugement"] == "affirmation rétractée, ne compte pas : because"
    assert facts(judgement)["Motif"] == "because"
    assert facts(judgement)["Texte"] == "Arrêté du 29 août 2025"
    assert rows(judgement) == [
        ("Échéance", "30 septembre 2026", "T2 2023"),
        ("Décalage", "+1 188 jours", "aucun"),
    ]
    silent = [*events[:2], *written_after(replace(judged(2, "accepted"), reason=None), events[:2])]
    assert facts(logged(silent)[1])["Jugement"] == "affirmation acceptée"


def written_after(claim: Claim, events: list[Event]) -> list[Event]:
    claims = [event.claim for event in events if event.claim]
    return written([*claims, replace(claim, commitment="x")])[len(events) :]


def test_what_was_erased_has_its_place_alone() -> None:
    erasure = replace(judged(2, "accepted"), kind="erased", commitment="x")
    events = history("x", LATE, judged(2, "accepted"), erasure)
    events[1] = erased(events[1])
    change, judgement, _ = logged(events)
    assert phrase(change) == "contenu de l’événement 2 effacé, comme la loi peut le demander"
    assert phrase(change, "en") == "content of event 2 erased, as the law may ask"
    assert "Texte" not in facts(change)
    assert phrase(judgement) == "affirmation acceptée (2)"
