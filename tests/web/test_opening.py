"""One entry: the promise, where it stands, and every claim in order, judged ones too."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.claims import ANNOUNCED, DESCRIBED, STATE, Contact, Resource, Source
from app.domain.ledger import ERASED, JUDGED, Claim, Event
from app.domain.periods import read_dating
from app.domain.values import Title, Words
from app.web import pages
from tests.entries import covering
from tests.seeded import FACTS, place, places
from tests.web import register
from tests.web.markup import Element, Markup

ORDER = place(register.PRUD_HOMMES, "arrete-2025-08-29") - FACTS
IRI = f"{register.BASE}/openings/{register.PRUD_HOMMES}"
WHO = {"type": "dataset", "title": {"fr": "Titre"}, "publisher": "cour-de-cassation"}


def shown(
    slug: str = register.PRUD_HOMMES,
    language: str = "fr",
    as_of: date | None = None,
    **changes: Any,
) -> Markup:
    entry = register.entry(slug, as_of, **changes)
    return Markup(pages.opening(*entry, language))


def shown_of(events: Sequence[Event], language: str = "fr", **changes: Any) -> Markup:
    entry = register.of_events(tuple(events), **changes)
    return Markup(pages.opening(*entry, language))


def claim(kind: str, day: str, **values: Any) -> Claim:
    dated = read_dating(day)
    return Claim(commitment="x", kind=kind, decided_on=dated, published_on=dated, **values)


def values_of(read: Markup, label: str) -> list[str]:
    """The values of a label in the lists of a page, in order."""
    pairs = [element for element in read.all("div") if element.within and element.inside("dl")]
    texts = [pair.text for pair in pairs]
    return [text.removeprefix(f"{label} ") for text in texts if text.startswith(f"{label} ")]


def claims(read: Markup) -> list[Element]:
    return [node for node in read.all("li") if node.get("id").startswith("position-")]


@pytest.mark.parametrize(
    ("slug", "label", "value"),
    [
        (register.PRUD_HOMMES, "Qui ouvre", "Cour de cassation"),
        (register.PRUD_HOMMES, "Qui promet", "Ministère de la Justice"),
        (
            *(register.PRUD_HOMMES, "Action de la feuille de route"),
            "justice-2021/A16 (autres ouvertures de cette action)",
        ),
        (register.PRUD_HOMMES, "Première échéance", "30 juin 2023 Arrêté du 28 avril 2021"),
        (
            *(register.PRUD_HOMMES, "Échéance en vigueur"),
            "30 septembre 2026 reportée 2 fois, +1 188 jours",
        ),
        (
            *(register.PRUD_HOMMES, "Ouverte depuis"),
            "Pas encore Par rapport à la première échéance : en retard de 1 242 jours",
        ),
        ("decisions-tribunaux-de-commerce", "Ouverture", "au plus tard le 3 septembre 2025"),
        (
            *("decisions-tribunaux-de-commerce", "État"),
            "Disponible, depuis le 3 septembre 2025 au plus tard",
        ),
        ("decisions-conseil-d-etat", "Ouverture", "30 septembre 2021"),
        (
            *("decisions-cour-de-cassation", "Page d’accès"),
            "https://www.courdecassation.fr/acces-rapide-judilibre",
        ),
        ("decisions-cour-de-cassation", "Période couverte", "début : 1947"),
    ],
)
def test_a_page_gives_a_value_beside_its_label(slug: str, label: str, value: str):
    assert value in values_of(shown(slug), label)


def test_an_entry_is_cited_and_corrected_by_its_name():
    read = shown()
    assert read.only("h1").text == "Décisions de justice des Conseils de prud’hommes"
    assert (
        f"état au 23 novembre 2026, version {places(register.PRUD_HOMMES)[0] - FACTS}." in read.text
    )
    assert "Ouvertures, registre public des promesses d’ouverture, «" in read.text
    (link, *_) = [node.get("href") for node in read.all("a") if "subject" in node.get("href")]
    assert link.endswith(register.PRUD_HOMMES)
    lasting = f"{IRI}?as_of=2026-11-23&at={register.head().position}"
    assert lasting in [node.text for node in read.named("copy")]
    assert IRI in [node.get("href") for node in read.all("a")]


def test_the_verdict_comes_first_with_its_deadline_and_the_text():
    (verdict,) = shown().named("verdict")
    assert verdict.text.startswith(
        "En retard de 54 jours Échéance : 30 septembre 2026 (Arrêté du 29 août 2025). "
    )
    (evidence,) = [node for node in shown().all("a") if "judilibre-search" in node.text][:1]
    assert evidence.text.startswith("14 août 2026, ")
    titles = [node.get("title") for node in shown().all("a")]
    assert any(title.endswith("(NOR JUST2111743A)") for title in titles)
    (announced,) = values_of(shown(), "Échéance annoncée")
    assert announced.startswith("T2 2023 (Feuille de route")


def test_the_deadline_is_drawn_to_scale_a_text_a_line():
    steps = [node for node in shown().named("bar") if node.get("role") == "img"]
    names = [" ".join(node.get("aria-label").split()) for node in steps]
    assert names == [
        "30 juin 2023",
        "Reportée du 30 juin 2023 au 30 septembre 2025 (+823 jours)",
        "Reportée du 30 septembre 2025 au 30 septembre 2026 (+365 jours)",
        "En retard de 54 jours",
    ]
    opened = shown("decisions-cour-de-cassation").named("bar")
    last = [node for node in opened if node.get("role")][-1]
    assert " ".join(last.get("aria-label").split()) == "Ouverte avec 1 jour de retard"


def test_every_move_with_its_text_and_its_date():
    (table,) = shown().all("table")
    assert table.text.endswith(
        "30 juin 2023 30 septembre 2025 +823 jours Arrêté modificatif de 2023 juillet "
        "2023 30 septembre 2025 30 septembre 2026 +365 jours Arrêté du 29 août 2025 "
        "3 septembre 2025"
    )


def test_the_timeline_holds_every_claim_in_order():
    headings = [node.text for node in shown().all("h3") if node.inside("li")]
    assert headings == [
        "Échéance : 30 juin 2023",
        "Annonce : Planifié, échéance T2 2023",
        "Échéance : 30 septembre 2025 (reportée de 823 jours)",
        "Échéance : 30 septembre 2026 (reportée de 365 jours)",
        "État : En cours",
    ]
    last = claims(shown())[-2].text
    assert "3 septembre 2025" in last
    assert "Arrêté du 29 août 2025" in last
    assert "(actu-juridique.fr)" in last
    assert "Décidé ou survenu 29 août 2025" in last
    assert "Confiance élevée" in last
    assert f"Enregistré le 23 novembre 2026, par le registre, position {ORDER}" in last


def test_a_disputed_claim_is_shown_and_does_not_count():
    (disputed,) = shown("decisions-cour-de-cassation").named("disputed")
    assert "Échéance : 30 décembre 2021" in disputed.text
    assert "Contestée (montrée, mais ne compte pas)" in disputed.text
    assert "une source contre trois" in disputed.text


def test_a_retracted_claim_is_struck_out_with_the_reason():
    events = register.chained(
        [
            claim(ANNOUNCED, "2021-09-27", values={**WHO, "state": "planned"}),
            claim(STATE, "2022-01-01", values={"state": "available"}),
            claim(JUDGED, "2026-11-23", target=2, standing="retracted", reason="Une méprise."),
        ]
    )
    read = shown_of(events)
    (retracted,) = read.named("retracted")
    assert read.only("del").text == "État : Disponible"
    assert "Rétractée (barrée, ne compte pas)" in retracted.text
    assert "Rétractée le 23 novembre 2026 par le registre : Une méprise." in retracted.text
    assert "Aucune ouverture n’est enregistrée à ce jour." in read.text
    assert len(claims(read)) == 2


def test_what_is_not_public_shows_its_place_only():
    secret = "à ne pas dire"
    events = register.chained(
        [
            claim(ANNOUNCED, "2021-09-27", values=WHO),
            claim(DESCRIBED, "2022-01-01", values={"budget_status": secret}),
            claim(DESCRIBED, "2022-01-02", visibility="internal", note=secret),
            claim(STATE, "2022-01-03", values={"state": "in_progress"}, note=secret),
            claim(ERASED, "2026-11-23", target=4, reason="Demande légale."),
            claim(JUDGED, "2026-11-23", target=3, standing="accepted", visibility="internal"),
        ]
    )
    erased = (*events[:3], replace(events[3], claim=None, salt=None), *events[4:])
    read = shown_of(erased)
    assert secret not in read.text
    hidden = [node.text for node in read.named("hidden")]
    assert len(hidden) == 4
    assert all(text.startswith("Contenu non public") for text in hidden)
    assert f"Empreinte {events[1].digest}" in hidden[0]
    assert "Effacée le 23 novembre 2026 par le registre : Demande légale." in " ".join(hidden)


def test_the_past_marks_what_was_not_known_yet():
    read = shown(as_of=date(2023, 7, 1))
    later = [node.text for node in read.named("later")]
    assert len(later) == 3
    assert all("Encore inconnue le 1er juillet 2023" in text for text in later)
    assert "Jour incertain : les sources ne datent pas assez précisément" in read.text
    assert "30 juin 2023" in values_of(read, "Échéance")


def test_parts_have_their_own_deadlines_and_moves():
    read = shown("decisions-penal-premiere-instance")
    captions = [node.text for node in read.all("caption")]
    assert captions == [
        "Reports et avancées : Procédures délictuelles",
        "Reports et avancées : Procédures contraventionnelles",
        "Un texte a donné à chaque partie ses propres dates",
    ]
    text = read.text
    assert "délictuelles Planifié 31 décembre 2027, reportée 2 fois, +1 095 jours" in text
    assert "Échéance : 31 décembre 2028 (reportée de 366 jours) Arrêté du 29" in text
    assert "3 septembre 2025 · Procédures contraventionnelles Échéance" in text
    assert values_of(read, "Prochaine échéance") == ["31 décembre 2027 (Arrêté du 29 août 2025)"]


def test_resources_are_shown_with_what_is_known_of_them():
    read = shown(
        state="available",
        description=Words.of(fr="Une description."),
        keywords=("justice", "droit"),
        access_rights="restricted",
        covers=covering("2021-09-30", "2022"),
        licence="https://example.org/licence",
        contact=Contact.model_construct(name="Le greffe", email="greffe@example.org"),
        resources=(
            Resource(
                url="https://example.org/a.csv",
                title=Title.of(fr="Le fichier"),
                download_url="https://example.org/b.csv",
                format="CSV",
                bytes=1234567,
                licence="https://example.org/l",
                documentation="https://example.org/d",
            ),
            Resource(url="https://example.org/api", kind="api"),
        ),
    )
    text = read.text
    assert "Le fichier (fichier, CSV, 1 234 567 octets) · téléchargement · documentation" in text
    assert "https://example.org/api (API)" in text
    assert "mailto:greffe@example.org" in [node.get("href") for node in read.all("a")]
    assert values_of(read, "Période couverte") == ["30 septembre 2021 – 2022"]
    assert values_of(read, "Mots-clés") == ["justice, droit"]
    assert values_of(read, "Accès") == ["restreint"]


def test_what_is_open_nobody_knows_where_says_so():
    read = shown(
        state="available",
        contact=Contact.model_construct(name="Le greffe"),
        covers=covering(None, "2022"),
    )
    assert "Ouvert ; l’adresse n’est pas enregistrée." in read.text
    assert values_of(read, "Contact") == ["Le greffe"]
    assert values_of(read, "Période couverte") == ["fin : 2022"]


def test_an_action_leads_to_its_openings_and_is_offered_in_fewer_formats():
    read = shown("justice-2021/A16")
    assert values_of(read, "Qui en a la charge")[0] == "Ministère de la Justice"
    links = [node.get("href") for node in read.all("a")]
    assert "/?action=justice-2021%2FA16" in links
    assert "/catalog.html" in links
    assert "/actions/justice-2021/A16.json" in links
    assert "/actions/justice-2021/A16.ttl" not in links
    assert "/api/v1/actions/justice-2021/A16/events" in links
    assert "Ce qui est ouvert" not in read.text


def test_an_action_is_told_by_its_openings():
    entry = register.entry("justice-2021/A16")
    read = Markup(pages.opening(*entry, "fr", openings=register.page()))
    (drawn,) = read.named("cal")
    assert "Ses ouvertures 7 ouvertures sur 11 sont faites" in drawn.text
    assert len(read.named("cal-row")) == 11
    assert read.named("stairs") == []


def test_hostile_words_are_only_words():
    hostile = "<img src=x onerror=alert(1)>\"'"
    events = register.chained(
        [
            claim(
                ANNOUNCED,
                "2021",
                values={**WHO, "title": {"fr": hostile}, "publisher": hostile},
                part_title=hostile,
                reason=hostile,
                note=hostile,
                text=hostile,
                source=Source(title=hostile, site=hostile),
            )
        ]
    )
    read = shown_of(events)
    assert read.all("img") == []
    assert json.loads(read.only("script").text)["name"] == hostile
    assert read.only("h1").text == hostile
