"""The desk over HTTP: who is let in, what a form comes to, and what is said where it cannot."""

from typing import Any

import httpx
import pytest

from app.register import Clock
from app.register.teams import Teams
from app.register.writing import CLERK
from app.store.database import Database
from app.web import forms
from tests.formats.files import FORMATS, HEADINGS
from tests.seeded import ANNEXED, PRUD_HOMMES
from tests.serving import Site, change, serving
from tests.web.browser import Team

ADDRESS = f"/api/v1/openings/{PRUD_HOMMES}"
REPORT = f"/equipe/signaler?entry={PRUD_HOMMES}"
OPENED = {"decided_on": "24/11/2026", "landing_page": "https://www.courdecassation.fr/judilibre"}


@pytest.fixture
def team(site: Site) -> Team:
    return Team(site, site.key())


def document(site: Site) -> Any:
    return site.get(ADDRESS).json()


# Who is let in.


def test_a_key_opens_a_session_that_only_the_desk_is_sent(site: Site):
    team = Team(site)
    assert team.get("/equipe").status_code == 401
    team.send(key=site.key())
    cookies = team.answer.headers.get_list("set-cookie")
    assert [cookie.partition("; ")[2] for cookie in cookies] == [
        f"HttpOnly; Max-Age=43200; Path={path}; SameSite=lax" for path in ("/equipe", "/desk")
    ]
    for path, title in (("/equipe", "Mes entrées"), ("/desk", "My entries")):
        answer = team.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert team.page.only("h1").text == title
    assert site.key()[:12] not in str(cookies)


def test_behind_https_a_session_is_sent_by_https_alone(seeded_database_url: str):
    with serving(seeded_database_url, public_url="https://ouvertures.example/registre") as site:
        cookie = Team(site).get("/equipe").headers["set-cookie"]
    assert "; Path=/registre/equipe; SameSite=lax; Secure" in cookie


@pytest.mark.parametrize("key", ["", "ouv_x", "ouv_AAAAAAAA_" + "B" * 43 + "_CCCCCC"])
def test_what_is_no_key_is_said_beside_its_field(site: Site, key: str):
    team = Team(site)
    team.get("/equipe")
    assert team.send(key=key).status_code == 401
    sentence = "Ce n’est pas une clé de ce registre, ou elle est mal recopiée."
    assert team.faults() == {"key": sentence}
    assert len(key) < 4 or key not in team.answer.text


def test_a_session_ends_with_its_key_and_when_it_is_left(site: Site, seeded_database_url: str):
    key = site.key()
    team, other = Team(site, key), Team(site, key)
    team.get("/equipe")
    assert "Votre session est terminée" in team.http.get(team.leave().headers["location"]).text
    assert team.get("/equipe").status_code == 401
    assert other.get("/equipe").status_code == 200
    database = Database(seeded_database_url)
    Teams(database, Clock()).revoke_key(key[4:12], CLERK)
    database.close()
    assert other.get("/equipe").status_code == 401
    assert "Cette clé a été révoquée." in other.page.text


def test_what_was_typed_outlives_the_session(team: Team, site: Site):
    team.get(REPORT)
    typed = {**team.fields(), **OPENED, "note": "Deux lignes"}
    team.http.cookies.clear()
    team.get("/equipe")
    seal = team.fields()["seal"]
    team.answer = team.http.post("/equipe/signaler", data={**typed, "seal": seal})
    assert (team.answer.status_code, team.page.only("h1").text) == (401, "Se connecter")
    team.send(key=site.key())
    assert team.page.only("h1").text == "Signaler une ouverture"
    shown = team.fields()
    assert {name: shown[name] for name in (*OPENED, "note")} == {**OPENED, "note": "Deux lignes"}


def test_a_form_that_is_not_of_the_session_changes_nothing(team: Team, site: Site):
    before = document(site)["version"]
    team.get(REPORT)
    team.send(**OPENED, do="publish", seal="")
    assert "ouverte depuis trop longtemps" in team.page.text
    assert team.fields()["decided_on"] == OPENED["decided_on"]
    assert document(site)["version"] == before


def test_the_desk_takes_forms_and_nothing_else_does(team: Team, site: Site):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert team.http.post("/equipe/signaler", json={"a": "b"}).status_code == 415
    api = site.as_team()
    assert api.post("/api/v1/openings", content=b"a=b", headers=form).status_code == 415
    for content in (b"entry=%ff", b"entry=%00"):
        broken = team.http.post("/equipe/signaler", content=content, headers=form)
        assert (broken.status_code, "ne peut pas être lu" in broken.text) == (422, True)


# My entries.


def test_what_is_late_comes_first_with_what_may_be_done_about_it(team: Team):
    team.get("/equipe")
    rows = [
        node.text for node in team.page.all("li") if node.inside("ul") and "Corriger" in node.text
    ]
    assert "Prud’hommes" in rows[0]
    assert "En retard" in rows[0]
    assert (
        "1 entrée en retard ; rien n’est attendu dans les 90 jours ; rien n’attend votre"
        in team.page.text
    )
    team.get("/equipe?q=commerce")
    assert "Prud’hommes" not in team.page.only("main").text
    assert "1 entrée ouverte" in team.page.text


# Report an opening.


def test_a_report_is_shown_before_it_is_public(team: Team, site: Site):
    before = document(site)
    team.get(REPORT)
    team.send(**OPENED, do="preview")
    assert team.answer.status_code == 200
    for words in ("Ouverte avec 55 jours de retard", "En retard de", "Page d’accès"):
        assert words in team.page.text
    assert document(site) == before
    team.send(do="publish")
    assert team.answer.status_code == 303
    after = document(site)
    assert (after["state"], after["opened_on"]["label"]) == ("available", "2026-11-24")
    assert after["landing_page"] == OPENED["landing_page"]
    team.get(team.answer.headers["location"])
    assert "C’est publié" in team.page.text
    assert "Ouverte avec 55 jours de retard" in team.page.text


def test_a_report_names_a_new_text_its_source_and_a_day_not_known_exactly(team: Team, site: Site):
    team.get(REPORT)
    new = {"text__title": "Arrêté du 3 novembre 2026", "text__published_on": "10/11/2026"}
    source = {"source__url": "https://www.justice.gouv.fr/annonce"}
    typed = {**new, **source, "text__kind": "order", "decided_on": "octobre 2026"}
    typed["decided_on__by"] = "1"
    team.publish(**typed)
    claim = site.get(f"{ADDRESS}/events?page_size=100").json()["data"][-1]
    assert (claim["decided_on"], claim["text"]) == ("../2026-10", "arrete-du-3-novembre-2026")
    assert claim["source"]["url"] == source["source__url"]
    assert site.get(f"/api/v1/texts/{claim['text']}").json()["binding"] is True


def test_a_part_is_reported_as_open(team: Team, site: Site):
    slug = "decisions-penal-premiere-instance"
    team.get(f"/equipe/signaler?entry={slug}")
    part = team.fields()["part"]
    team.publish(decided_on="02/11/2026")
    parts = site.get(f"/api/v1/openings/{slug}").json()["parts"]
    assert {row["key"]: row["state"] for row in parts}[part] == "available"


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        (
            {"decided_on": ""},
            "decided_on",
            "Dites depuis quand, même de façon approchée : un mois suffit.",
        ),
        (
            {"decided_on": "hier"},
            "decided_on",
            "Indiquez un jour ou un mois, comme 24/11/2026 ou novembre 2026.",
        ),
        ({"decided_on": "31/02/2026"}, "decided_on", "Ce jour n’existe pas dans le calendrier."),
        ({"decided_on": "24/11/2199"}, "decided_on", "24 novembre 2199 : c’est dans l’avenir"),
        ({"landing_page": "notre site"}, "landing_page", "adresse"),
        ({"source__url": "javascript:alert(1)"}, "source.url", "adresse"),
        ({"text__title": "Arrêté", "text__published_on": "42"}, "text.published_on", "Indiquez"),
        ({"text": "arrete-inconnu"}, "text", "arrete-inconnu"),
        ({"note": "x" * 30_000}, "note", "Au plus 10 000 caractères."),
    ],
)
def test_a_refusal_stands_in_french_beside_its_field_and_nothing_typed_is_lost(
    team: Team, site: Site, typed: dict[str, str], field: str, sentence: str
):
    before = document(site)["version"]
    team.get(REPORT)
    sent = {**OPENED, "note": "Une précision", **typed}
    team.send(**sent, do="preview")
    assert team.answer.status_code == 422
    assert sentence in team.faults()[field], team.faults()
    shown = team.fields()
    names = {name.replace("__", "."): value for name, value in sent.items() if name != "text"}
    assert {name: shown[name] for name in names} == names
    assert document(site)["version"] == before


def test_what_the_rules_refuse_is_said_in_the_words_of_people(team: Team):
    team.get("/equipe/signaler?entry=decisions-cour-de-cassation")
    team.send(decided_on="24/11/2026", state="partially_available", do="preview")
    assert team.answer.status_code == 422
    words = team.page.only("main").text
    assert "motif" in words
    assert not {"partially_available", "reason"} & {*words.split()}


def test_what_a_claim_already_says_is_refused_with_a_link_to_its_correction(team: Team):
    team.get("/equipe/signaler?entry=decisions-cour-de-cassation")
    team.send(decided_on="24/11/2026", do="preview")
    (link,) = [node for node in team.page.all("a") if node.inside("li") and "n°" in node.text]
    team.get(link.get("href"))
    assert team.page.only("h1").text == "Corriger une affirmation"


def test_what_is_wrong_is_listed_on_top_with_the_name_of_its_field(team: Team):
    team.get("/equipe/annoncer")
    team.send(do="preview")
    assert team.page.named("faults")[0].text.endswith(
        "Titre, en français Ce champ est obligatoire."
    )


def test_what_is_wrong_with_a_field_that_the_page_does_not_show_is_listed_too(team: Team):
    team.get("/equipe/annoncer")
    team.send(**NEW, decided_on="x", do="preview")
    assert "Indiquez un jour ou un mois" in team.page.named("faults")[0].text


# Two colleagues.


def test_of_two_colleagues_the_second_sees_both_versions_and_may_go_on(team: Team, site: Site):
    team.get(REPORT)
    team.send(**OPENED, do="preview")
    with site.as_team() as colleague:
        change(colleague, ADDRESS, deadline="2027-03-31", text="arrete-2025-08-29", note="Reporté")
    team.send(do="publish")
    assert team.answer.status_code == 412
    text = team.page.text
    for words in ("Un collègue a modifié cette entrée", "31 mars 2027", "Cour de cassation"):
        assert words in text
    assert document(site)["state"] == "in_progress"
    team.send(do="publish")
    assert team.answer.status_code == 303
    after = document(site)
    assert (after["state"], after["deadline"]["label"]) == ("available", "2027-03-31")


def test_what_a_colleague_changed_meanwhile_stands_where_the_form_says_nothing_else(
    team: Team, site: Site
):
    team.get(f"/equipe/decrire?entry={PRUD_HOMMES}")
    new = [{"url": "https://data.example/new"}]
    with site.as_team() as colleague:
        change(colleague, ADDRESS, resources=new, title={"en": "Labour courts"})
    team.send(keywords="travail", title__fr="Conseils de prud’hommes", do="preview")
    assert team.answer.status_code == 412
    team.send(do="publish")
    after = document(site)
    assert after["title"] == {"fr": "Conseils de prud’hommes", "en": "Labour courts"}
    assert [row["url"] for row in after["resources"]] == ["https://data.example/new"]
    assert after["keywords"] == ["travail"]


# Announce, change a deadline, describe.

NEW = {"title__fr": "Décisions des cours criminelles", "description__fr": "Toutes, depuis 2023."}
ORDER = {
    "text__title": "Arrêté du 20 novembre 2026 relatif à l’ouverture des décisions",
    "text__nor": "JUSB2630001A",
    "text__published_on": "22/11/2026",
    "text__kind": "order",
    "text__url": "https://www.legifrance.gouv.fr/jorf/id/JORFTEXT000050000001",
}


def test_an_opening_is_announced_with_its_text_in_one_form(team: Team, site: Site):
    team.get("/equipe/annoncer")
    assert team.fields()["publisher"] == "cour-de-cassation"
    typed = {"deadline": "30 juin 2027", "keywords": "justice, cours criminelles"}
    team.send(**NEW, **ORDER, **typed, do="preview")
    assert team.answer.status_code == 200, team.faults()
    for words in ("Décisions des cours criminelles", "30 juin 2027", "Arrêté du 20 novembre 2026"):
        assert words in team.page.only("main").text
    slug = "decisions-des-cours-criminelles"
    assert site.get(f"/api/v1/openings/{slug}").status_code == 404
    team.send(do="publish")
    assert team.answer.status_code == 303
    entry = site.get(f"/api/v1/openings/{slug}").json()
    assert (entry["deadline"]["label"], entry["keywords"]) == (
        "30 juin 2027",
        ["justice", "cours-criminelles"],
    )
    text = site.get("/api/v1/texts/arrete-du-20-novembre-2026-relatif-a-l-ouverture-des-decisions")
    assert [text.json()[name] for name in ("nor", "kind", "url", "binding")] == [
        *(ORDER[f"text__{name}"] for name in ("nor", "kind", "url")),
        True,
    ]
    team.get(team.answer.headers["location"])
    assert "Décisions des cours criminelles" in team.page.named("done")[0].text


def test_an_opening_that_names_two_others_waits_or_is_refused_in_words(team: Team):
    team.get("/equipe/annoncer")
    others = {"publisher": "conseil-d-etat", "steward": "ministere-de-la-justice"}
    team.send(**NEW, **others, reason="Rien n’est fixé.", do="preview")
    assert "n’est pas permis" in team.page.named("faults")[0].text
    team.send(publisher="cour-de-cassation", do="preview")
    assert "une fois la validation donnée" in team.page.text
    team.send(do="publish")
    team.get(team.answer.headers["location"])
    assert "Une validation est attendue" in team.page.named("done")[0].text


def test_a_deadline_is_moved_by_a_text_that_the_register_does_not_have(team: Team, site: Site):
    team.get(f"/equipe/echeance?entry={PRUD_HOMMES}")
    team.send(do="preview")
    assert team.faults() == {
        "deadline": "Donnez la nouvelle échéance, ou cochez qu’elle est retirée."
    }
    team.send(deadline="31/03/2027", text="feuille-de-route-2021", do="preview")
    assert "seul un autre texte de cette force la déplace. Celui-ci n’en est" in team.page.text
    team.send(do="edit")
    team.send(deadline="30/09/2026", text="arrete-2024-12-06", do="preview")
    assert "Ce qui vaut aujourd’hui reste" in team.page.text
    team.send(do="edit")
    typed = {"deadline": "31/03/2027", "text": "", **ORDER}
    team.send(**{**typed, "text__kind": "statement"}, do="preview")
    assert "la déplace. Si le vôtre en est un, dites-le sous" in team.page.text
    team.send(do="edit")
    team.send(text__kind="order", do="preview")
    text = team.page.only("main").text
    for words in ("30 septembre 2026", "31 mars 2027", "+182 jours"):
        assert words in text
    team.send(do="publish")
    assert team.answer.status_code == 303, team.page.text
    moved = document(site)["moves"][-1]
    assert (moved["to"], moved["days"], moved["published_on"]) == ("2027-03-31", 182, "2026-11-22")


def test_what_can_be_had_whom_to_write_to_and_keywords_are_changed_in_one_form(
    team: Team, site: Site
):
    with site.as_team() as program:
        known = {"title": {"en": "By program"}, "url": "https://a.example", "bytes": 9}
        change(program, ADDRESS, resources=[known, {"url": "https://b.example"}])
    team.get(f"/equipe/decrire?entry={PRUD_HOMMES}")
    rows = {
        "resources__0__title__fr": "Le fichier",
        "resources__0__format": "csv",
        "resources__1__url": "",
        "resources__2__url": "https://c.example",
    }
    contact = {
        "contact__name": "Service de documentation",
        "contact__email": "doc@courdecassation.fr",
    }
    typed = {**rows, "contact__email": "doc@courdecassation", "keywords": "prud'hommes; travail"}
    team.send(**typed, do="preview")
    faults = team.faults()
    assert (faults.pop("contact.name"), *faults) == ("Ce champ est obligatoire.", "contact.email")
    team.publish(**contact)
    after = document(site)
    assert [(row["url"], row["title"], row["bytes"]) for row in after["resources"]] == [
        ("https://a.example", {"fr": "Le fichier", "en": "By program"}, 9),
        ("https://c.example", {"fr": None, "en": None}, None),
    ]
    assert (after["contact"]["name"], after["keywords"]) == (
        "Service de documentation",
        ["prud-hommes", "travail"],
    )


# Correct.


def claims_of(team: Team) -> list[str]:
    team.get(f"/equipe/affirmations?entry={PRUD_HOMMES}")
    return [node.get("href") for node in team.page.all("a") if "claim=" in node.get("href")]


def test_a_claim_is_corrected_beside_which_it_stands(team: Team, site: Site):
    team.get(REPORT)
    team.publish(**OPENED)
    team.get(claims_of(team)[0])
    assert team.fields()["decided_on"] == "24/11/2026"
    team.send(decided_on="23/11/2026", do="preview")
    assert team.faults() == {"reason": "Une correction dit pourquoi, pour qui lit le registre."}
    team.send(decided_on="23/11/2026", reason="Le jour était faux.", do="preview")
    assert "Ouverte avec 54 jours de retard" in team.page.text
    colleague = Team(site, site.key())
    colleague.get(claims_of(team)[0])
    team.get(claims_of(team)[0])
    team.publish(decided_on="23/11/2026", reason="Le jour était faux.")
    assert document(site)["opened_on"]["label"] == "2026-11-23"
    colleague.send(decided_on="22/11/2026", reason="Un autre jour.", do="preview")
    assert colleague.answer.status_code == 422
    assert "un collègue a corrigé ou rétracté cette affirmation" in colleague.page.text
    assert "Un autre jour." in colleague.page.text


def test_an_announcement_and_a_deadline_are_corrected_by_their_own_fields(team: Team, site: Site):
    for address in claims_of(team):
        team.get(address)
        if "short_title.fr" in team.fields():
            break
    team.publish(short_title__fr="Prud’hommes, tous", reason="Plus clair.")
    assert document(site)["short_title"]["fr"] == "Prud’hommes, tous"
    team.get(next(each for each in claims_of(team) if each.endswith("claim=82")))
    assert team.fields()["deadline"] == "30/09/2025"
    team.send(deadline="1er juin 2027", reason="Le jour était faux.", do="preview")
    assert "l’historique de l’entrée change" in team.page.text
    team.send(do="publish")
    assert (team.answer.status_code, document(site)["postponements"]) == (303, 1)


def test_what_is_not_its_own_is_not_there_to_be_changed(team: Team):
    others = "decisions-conseil-d-etat"
    assert team.get(f"/equipe/signaler?entry={others}").status_code == 403
    assert team.get("/equipe/signaler?entry=rien").status_code == 404
    assert team.get(f"/equipe/corriger?entry={PRUD_HOMMES}&claim=1").status_code == 404


# Hand in a table.

ANNEX = {"published_on": "02/11/2021", "text": "feuille-de-route-2021"}


def test_a_table_is_compared_then_the_same_one_is_imported(site: Site):
    steward = Team(site, site.key("ministere-de-la-justice"))
    rows = list(ANNEXED)
    rows[5] = (*rows[5][:3], "T4 2023", "En cours d’ouverture")
    file = FORMATS["xlsx"]([HEADINGS, *rows, ("Une API", "API", *rows[5][2:3], "NA", "Planifié")])
    steward.get("/equipe/importer")
    steward.send(file, **ANNEX, do="preview")
    assert steward.answer.status_code == 200, steward.page.text
    text = steward.page.text
    assert "Nouvelles : 1 ; modifiées : 1 ; inchangées : 10 ; laissées de côté : 0." in text
    assert "En cours, échéance annoncée : T4 2023" in text
    position = site.get("/health/ready").json()["position"]
    steward.send(do="publish")
    assert steward.answer.status_code == 303, steward.page.text
    steward.get(steward.answer.headers["location"])
    recorded = site.get("/health/ready").json()["position"] - position
    assert f"Affirmations enregistrées : {recorded}." in steward.page.text
    assert document(site)["announced_deadline"]["label"] == "T4 2023"


def test_what_stops_a_table_is_shown_by_its_own_rows_and_the_file_need_not_be_chosen_again(
    site: Site,
):
    steward = Team(site, site.key("ministere-de-la-justice"))
    rows = list(ANNEXED)
    rows[5] = (*rows[5][:3], "bientôt", rows[5][4])
    steward.get("/equipe/importer")
    steward.send(b"", **ANNEX)
    assert steward.faults() == {"upload": "Choisissez le fichier du tableau."}
    steward.send(FORMATS["csv"]([HEADINGS, *rows]), **{**ANNEX, "published_on": ""})
    assert steward.faults() == {"published_on": "Ce champ est obligatoire."}
    steward.send(published_on="02/11/2021")
    assert steward.answer.status_code == 422
    row = steward.page.all("tr")[1].text
    assert row.startswith("7 Échéance annoncée par les ministères À corriger")
    assert "« bientôt »" in row


def test_a_form_with_a_file_is_read_as_it_was_written_and_no_form_within_it() -> None:
    file = ("é.csv", b"a;b\r\n--x\r\n\x00\xff")
    written = httpx.Request("POST", "http://x", data={"note": "é"}, files={"upload": file})
    media_type, body = written.headers["content-type"], written.read()
    read = forms.parts(media_type, body)
    assert (read["note"], forms.unpacked(read["file"])) == ("é", file[1])
    nested = b"".join(
        b"--%d\r\nContent-Type: multipart/a; boundary=%d\r\n\r\n" % (level, level + 1)
        for level in range(900)
    )
    for given, content in (
        ("multipart/form-data; boundary=0", nested),
        ("multipart/form-data", body),
        (media_type, body[:-9]),
        (media_type, body.replace(b"note", b"note" * 2_000)),
        ("multipart/form-data; boundary=0", b"--0\r\n\r\n\r\n" * 500 + b"--0--"),
    ):
        with pytest.raises(ValueError, match=r"\S"):
            forms.parts(given, content)
