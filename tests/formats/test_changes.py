"""What an event changed, in words: each kind of claim, counted or not, in both languages."""

from dataclasses import replace

import pytest

from app.domain.claims import DISPUTED, IDENTITY, Description, Internal, Source
from app.domain.context import Recorded
from app.domain.ledger import Claim, Event
from app.formats import changes
from app.formats.sentences import Sentences
from tests.domain.histories import announced, described, due, erased, judged, moment, state, written
from tests.formats import records
from tests.formats.logs import logged
from tests.formats.records import CONTEXT, history, plain

SUSPENDED = state("2022-01-01", "suspended", reason="no budget")
LATE = due("2025-09-03", "2026-09-30", text="later")
PUT_OFF_FR = "reportée du 30 juin 2023 au 30 septembre 2025"
PUT_OFF_EN = "postponed from 30 June 2023 to 30 September 2025"
DISPUTED_FR = "affirmation contestée, ne compte pas"


def last(*claims: Claim, **values: object) -> Recorded:
    """The last event of an opening that was promised for T2 2023."""
    return logged(history("x", *claims, **values))[0]  # type: ignore[arg-type]


def told(one: Recorded, language: str = "fr") -> str:
    """Its headline, without the name of the opening."""
    return headline(one, language).split(": ", 1)[1]


def headline(one: Recorded, language: str = "fr") -> str:
    return plain(changes.headline(one, Sentences(language, CONTEXT)))


def rows(one: Recorded, language: str = "fr") -> list[tuple[str, str, str]]:
    values = changes.rows(one, Sentences(language, CONTEXT))
    return [(row.label, plain(row.before), plain(row.after)) for row in values]


def facts(one: Recorded, language: str = "fr") -> dict[str, str]:
    known = changes.facts(one, Sentences(language, CONTEXT))
    return {fact.label: plain(fact.value) for fact in known}


@pytest.mark.parametrize(
    ("claims", "french", "english"),
    [
        ([], "annonce (échéance du T2 2023)", "announcement (deadline of Q2 2023)"),
        (
            [announced("2024-01-01", "T4 2027", state="planned")],
            "annonce, échéance reportée du 30 juin 2023 au 31 décembre 2027 (+1 645 jours)",
            "announcement, deadline postponed from 30 June 2023 to 31 December 2027 (+1,645 days)",
        ),
        (
            [announced("2024-01-01", state="available")],
            "annonce (Disponible)",
            "announcement (Available)",
        ),
        (
            [due("2022-01-01", "2024-10")],
            "échéance reportée du 30 juin 2023 au 31 octobre 2024 (+489 jours)",
            "deadline postponed from 30 June 2023 to 31 October 2024 (+489 days)",
        ),
        (
            [due("2022-01-01", "2023-01-01")],
            "échéance avancée du 30 juin 2023 au 1er janvier 2023 (−180 jours)",
            "deadline brought forward from 30 June 2023 to 1 January 2023 (−180 days)",
        ),
        (
            [due("2022-01-01", "2023-04")],
            "échéance précisée à avril 2023 (auparavant T2 2023)",
            "deadline refined to April 2023 (before: Q2 2023)",
        ),
        (
            [due("2022-01-01", "2023-05-01")],
            "échéance précisée au 1er mai 2023 (auparavant T2 2023)",
            "deadline refined to 1 May 2023 (before: Q2 2023)",
        ),
        (
            [due("2022-01-01", "2023")],
            "échéance de 2023 réitérée",
            "deadline of 2023 restated",
        ),
        (
            [due("2022-01-01", None, reason="none")],
            "échéance du 30 juin 2023 retirée",
            "deadline of 30 June 2023 withdrawn",
        ),
        (
            [due("2022-01-01", None, reason="none"), due("2022-01-02", None, reason="none")],
            "échéance retirée",
            "deadline withdrawn",
        ),
        (
            [due("2022-01-01", None, reason="none"), due("2022-01-02", "T2 2023")],
            "échéance fixée au T2 2023",
            "deadline set to Q2 2023",
        ),
        (
            [LATE, due("2023", "2025-09-30", text="order")],
            f"échéance {PUT_OFF_FR} (+823 jours), en vigueur : 30 septembre 2026",
            f"deadline {PUT_OFF_EN} (+823 days), in force: 30 September 2026",
        ),
        (
            [LATE, due("2021-09-01", "2022-10")],
            "échéance d’octobre 2022, en vigueur : 30 septembre 2026",
            "deadline of October 2022, in force: 30 September 2026",
        ),
        (
            [
                due("2022-01-01", None, reason="none"),
                replace(due("2022-02-01", "2024"), standing=DISPUTED),
            ],
            f"échéance de 2024 [{DISPUTED_FR}]",
            "deadline of 2024 [claim disputed, does not count]",
        ),
        (
            [replace(LATE, standing=DISPUTED)],
            f"échéance du 30 septembre 2026, en vigueur : T2 2023 [{DISPUTED_FR}]",
            "deadline of 30 September 2026, in force: Q2 2023 [claim disputed, does not count]",
        ),
        (
            [state("2022-01-01", "available")],
            "passe de « Planifié » à « Disponible »",
            "goes from “Planned” to “Available”",
        ),
        (
            [SUSPENDED, state("2021-12-01", "in_progress")],
            "état « En cours »",
            "state “In progress”",
        ),
        (
            [described("2022-01-01", keywords=["justice"], landing_page="https://data.example/")],
            "description modifiée (page d’accès, mots-clés)",
            "description changed (landing page, keywords)",
        ),
        (
            [described("2022-01-01", keywords=[])],
            "description (mots-clés)",
            "description (keywords)",
        ),
        (
            [LATE, judged(2, "disputed")],
            "affirmation contestée (échéance du 30 septembre 2026)",
            "claim disputed (deadline of 30 September 2026)",
        ),
        (
            [due("2022-01-01", None, reason="none"), judged(2, "retracted")],
            "affirmation rétractée (échéance retirée)",
            "claim retracted (deadline withdrawn)",
        ),
        (
            [replace(SUSPENDED, standing=DISPUTED), judged(2, "accepted")],
            "affirmation acceptée (état « À l’arrêt »)",
            "claim accepted (state “Suspended”)",
        ),
        (
            [described("2022-01-01", keywords=["x"]), judged(2, "retracted")],
            "affirmation rétractée (description)",
            "claim retracted (description)",
        ),
    ],
)
def test_each_event_is_told_by_what_came_of_it(
    claims: list[Claim], french: str, english: str
) -> None:
    assert (told(last(*claims)), told(last(*claims), "en")) == (french, english)


def test_the_name_of_the_opening_comes_first_in_the_language_that_it_has() -> None:
    one = last(LATE, title={"fr": "Décisions", "en": "Decisions"})
    assert headline(one).startswith("Décisions : échéance reportée")
    assert headline(one, "en").startswith("Decisions: deadline postponed")
    french = last(LATE, title={"fr": "Décisions"})
    assert headline(french, "en").startswith("Décisions: deadline postponed")
    nameless = last(LATE, title={})
    assert headline(nameless, "en").startswith("x: deadline postponed")


def test_what_came_before_the_announcement_bears_the_name_that_is_known_since() -> None:
    claims = [due("2021-04-29", "2023-06-30"), announced("2021-09-27", "T2 2023")]
    events = written([*claims[:1], replace(claims[1], values=records.identity("decisions"))])
    first, *_ = logged(events)[::-1]
    assert (first.before, first.after) == (None, None)
    assert headline(first) == ("Décisions n° decisions : échéance fixée au 30 juin 2023")
    assert rows(first) == []


def test_an_action_is_told_in_the_words_of_actions() -> None:
    one = last(state("2022-01-01", "available"), type="action", section="2", action=None)
    assert told(one) == "passe de « Planifié » à « Réalisé »"
    assert ("État", "Planifié", "Réalisé") in rows(one)


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


EMPTY = {"type": "api", "title": {}, "publisher": "cour", "visibility": "public"}


@pytest.mark.parametrize("name", sorted({*Description.model_fields, *IDENTITY} - {"visibility"}))
def test_every_field_that_is_described_has_its_words(name: str) -> None:
    """And none that is internal: a field that is added gets a word here."""
    one = replace(last(described("2022-01-01", **{name: EMPTY.get(name)})), before=None)
    assert told(one) != "description ()"
    assert told(one, "en") != "description ()"


def test_a_field_that_is_internal_has_none() -> None:
    for name in Internal.model_fields:
        assert told(replace(last(described("2022-01-01", **{name: "x"})), before=None)) == (
            "description ()"
        )


def test_values_are_told_before_and_after() -> None:
    one = last(state("2022-07-01", "available", decided="2022-06-30"))
    assert rows(one) == [
        ("État", "Planifié", "Disponible"),
        ("Ouverture", "", "30 juin 2022"),
    ]
    withdrawn = last(due("2022-07-01", None, reason="none"))
    assert rows(withdrawn) == [("Échéance", "T2 2023", ""), ("Décalage", "+0 jour", "")]
    began = last()
    assert rows(began, "en") == [
        ("State", "", "Planned"),
        ("Deadline", "", "Q2 2023"),
        ("First deadline", "", "Q2 2023"),
        ("Slip", "", "+0 days"),
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
    one = last(claim)
    assert facts(one) == {
        "Texte": "Arrêté du 28 avril 2021 (NOR JUST2111743A)",
        "Source": "Un nouveau report (journal.example)",
        "Publié": "au plus tard le 3 septembre 2025",
        "Décidé ou survenu": "29 août 2025",
        "Motif": "faute de moyens",
        "Note": "à vérifier",
        "Événement": f"position 2, empreinte {one.event.hash}",
    }
    leads = {fact.label: fact.address for fact in changes.facts(one, Sentences("en", CONTEXT))}
    assert leads["Source"] == "https://journal.example/1"
    assert leads["Text"] == f"{records.BASE}/api/v1/texts/order"
    assert leads["Event"] == f"{records.BASE}/api/v1/changes?after=1&page_size=1"


@pytest.mark.parametrize(
    ("source", "shown", "leads"),
    [
        (Source.model_construct(title=None, site="journal.example"), "journal.example", None),
        (
            Source.model_construct(title=None, site=None, url="https://a.example/"),
            "https://a.example/",
            "https://a.example/",
        ),
        (
            Source.model_construct(title="Titre", site=None, url="javascript:alert(1)"),
            "Titre",
            None,
        ),
        (Source(), None, None),
    ],
)
def test_a_source_leads_only_to_an_address_of_the_web(
    source: Source, shown: str | None, leads: str | None
) -> None:
    found = {
        fact.label: fact
        for fact in changes.facts(last(replace(LATE, source=source)), Sentences("fr", CONTEXT))
    }
    assert (found["Source"].value if "Source" in found else None) == shown
    assert (found["Source"].address if "Source" in found else None) == leads


def test_a_claim_says_how_it_was_judged_and_why() -> None:
    events = history("x", LATE, judged(2, "retracted"))
    judgement, claim, _ = logged(events)
    assert told(claim).endswith("[affirmation rétractée, ne compte pas]")
    assert facts(claim)["Jugement"] == "affirmation rétractée, ne compte pas : because"
    assert facts(judgement)["Motif"] == "because"
    assert facts(judgement)["Texte"] == "Arrêté du 29 août 2025"
    assert rows(judgement) == [
        ("Échéance", "30 septembre 2026", "T2 2023"),
        ("Décalage", "+1 188 jours", "+0 jour"),
    ]
    silent = [*events[:2], *written_after(replace(judged(2, "accepted"), reason=None), events[:2])]
    assert facts(logged(silent)[1])["Jugement"] == "affirmation acceptée"


def written_after(claim: Claim, events: list[Event]) -> list[Event]:
    claims = [event.claim for event in events if event.claim]
    return written([*claims, replace(claim, commitment="x")])[len(events) :]


def test_what_was_erased_is_told_by_its_place_alone() -> None:
    erasure = replace(judged(2, "accepted"), kind="erased", commitment="x")
    events = history("x", LATE, erasure)
    events[1] = erased(events[1])
    one = logged(events)[0]
    assert told(one) == "contenu de l’événement 2 effacé, comme la loi peut le demander"
    assert told(one, "en") == "content of event 2 erased, as the law may ask"
    assert "Texte" not in facts(one)
    events[2] = replace(events[2], kind="judged")
    assert told(logged(events)[0]) == "affirmation acceptée (2)"


def test_before_and_after_are_as_on_the_day_asked() -> None:
    """On 1 January 2024 the second move was not known, whatever had been recorded."""
    events = history("x", *records.MOVED)
    moves = [told(one) for one in logged(events, moment("2024-01-01").date())]
    assert moves[1] == "échéance reportée du 30 juin 2023 au 30 septembre 2025 (+823 jours)"
    assert "2026" not in " ".join(moves[1:])
