"""The page of a text and that of an organisation: what they say, and the openings they are of."""

from dataclasses import replace

from app.domain.references import Programme
from app.domain.search import Search
from app.domain.statistics import moves_of
from app.domain.values import Title
from app.register.reading import Programmes
from app.store.totals import Tally
from app.web import pages
from tests.web import register
from tests.web.markup import Markup

ORDER = "arrete-2025-08-29"


def text(language: str = "fr", times: int = 1) -> Markup:
    (known,) = [text for text in register.seeded().texts if text.id == ORDER]
    cited = [entry for entry in register.entries() if entry.moves]
    moved = [
        row
        for entry in cited
        for row in moves_of(entry.slug, entry.type, entry.moves, entry.parts)
        if row.move.text == ORDER
    ]
    page = register.page(Search(text=(ORDER,)), tuple(cited[1:]))
    return Markup(pages.text(known, moved * times, page, language))


def test_a_text_says_what_it_moved_and_where_it_is_read():
    read = text()
    assert read.only("h1").text.startswith("Arrêté du 29 août 2025 modifiant l’arrêté")
    (table,) = read.all("table")
    assert len(table_rows(read)) == 5
    assert "30 septembre 2025 30 septembre 2026 +365 jours" in table.text
    (facts,) = read.named("facts")
    assert "Signé 29 août 2025" in facts.text
    assert [node.get("href")[:8] for node in read.all("a") if node.inside("dl")] == ["https://"]
    assert "sur 3" in read.named("cal")[0].text
    assert read.only("main").text.count("decisions-") == 1, "what is not shown is named by its slug"


def test_of_a_text_that_moved_much_the_first_moves_are_shown_and_all_are_counted():
    read = text(times=10)
    assert len(table_rows(read)) == 30
    assert "Les 30 premières sur 50 ; le JSON ci-dessous les a toutes." in read.text


def test_a_french_title_says_so_on_an_english_page():
    read = text("en")
    assert read.only("h1").get("lang") == "fr"
    assert "/api/v1/texts/arrete-2025-08-29" in [node.get("href") for node in read.all("a")]


def programme(plan: Programme, language: str = "fr") -> Markup:
    search = Search(programme=(plan.id,))
    openings, actions = register.page(search), register.entries(actions=True)
    shown = register.page(replace(search, type=("action",)), actions)
    overview = register.overview(openings)
    return Markup(pages.programme(plan, overview, openings, shown, language))


def test_a_programme_shows_what_came_of_it_its_actions_and_its_official_table():
    (plan,) = register.seeded().programmes
    read = programme(plan)
    assert read.only("h1").text.startswith("Feuille de route de la donnée du ministère")
    assert "7 ouvertures sur 11 sont faites ; 1 est en retard de" in read.only("main").text
    (facts,) = read.named("facts")
    assert "Ministère Ministère de la Justice Période 2021 – 2024 Texte Feuille" in facts.text
    links = [node.get("href") for node in read.all("a")]
    assert "/openings.csv?programme=justice-2021&layout=official&as_of=2021-09-27" in links
    assert "/?programme=justice-2021&state=available#list" in links
    assert "Ses actions 34 entrées A01 " in read.only("main").text
    assert len(read.named("cal-row")) == 11
    bare = programme(Programme("plan", Title(fr="Plan"), "justice"), "en")
    assert bare.only("h1").get("lang") == "fr"
    assert "Official table CSV" in bare.named("facts")[0].text


def test_the_programmes_are_listed_with_what_came_of_each():
    (plan,) = register.seeded().programmes
    tallies = [Tally(11, {"state": {"available": 7}}), Tally(0, {})]
    known = Programmes(((plan, tallies[0], tallies[1]),), register.context())
    read = Markup(pages.programmes(known, "fr"))
    assert (
        "du ministère de la Justice 2021-2024 Ministère de la Justice · 7 ouvertures" in read.text
    )
    assert "/programmes/justice-2021" in [node.get("href") for node in read.all("a")]


def test_an_organisation_shows_what_it_opens():
    mine = [entry for entry in register.entries() if entry.described.publisher == "conseil-d-etat"]
    page = register.page(Search(publisher=("conseil-d-etat",)), tuple(mine))
    promised = register.page(Search(steward=("conseil-d-etat",)), tuple(mine[:2]))
    read = Markup(pages.organization("conseil-d-etat", page, promised, "fr"))
    assert "Ce qu’elle promet 2 entrées" in read.only("main").text
    assert read.only("h1").text == "Conseil d’État"
    assert "3 ouvertures sur 3 sont faites" in read.text
    assert len(read.named("cal-row")) == 3
    links = [node.get("href") for node in read.all("a")]
    assert "/?publisher=conseil-d-etat#list" in links
    empty = replace(page, rows=(), total=0, facets={})
    without = Markup(pages.organization("conseil-d-etat", empty, empty, "fr"))
    assert read.all("table") == without.named("cal") == without.named("near-list")


def table_rows(read: Markup) -> list[str]:
    return [row.text for row in read.all("tr") if row.inside("tbody")]
