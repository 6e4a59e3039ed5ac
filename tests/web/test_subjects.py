"""The page of a text and that of an organisation: what they say, and the openings they are of."""

from dataclasses import replace

from app.domain.search import Search
from app.domain.statistics import moves_of
from app.web import pages
from tests.web import register
from tests.web.markup import Markup

ORDER = "arrete-2025-08-29"


def text(language: str = "fr") -> Markup:
    (known,) = [text for text in register.seeded().texts if text.id == ORDER]
    cited = [entry for entry in register.entries() if entry.moves]
    moved = [
        row
        for entry in cited
        for row in moves_of(entry.slug, entry.type, entry.moves, entry.parts)
        if row.move.text == ORDER
    ]
    page = register.page(Search(text=(ORDER,)), tuple(cited[1:]))
    return Markup(pages.text(known, moved, page, language))


def test_a_text_says_what_it_moved_and_where_it_is_read():
    read = text()
    assert read.one("h1").text.startswith("Arrêté du 29 août 2025 modifiant l’arrêté")
    (table,) = read.all("table")
    assert len(table_rows(read)) == 5
    assert "30 septembre 2025 30 septembre 2026 +365 jours" in table.text
    (facts,) = read.named("facts")
    assert "Signé 29 août 2025" in facts.text
    assert [node.get("href")[:8] for node in read.all("a") if node.inside("dl")] == ["https://"]
    assert "sur 3" in read.named("cal")[0].text
    assert read.one("main").text.count("decisions-") == 1, "what is not shown is named by its slug"


def test_a_french_title_says_so_on_an_english_page():
    read = text("en")
    assert read.one("h1").get("lang") == "fr"
    assert "/api/v1/texts/arrete-2025-08-29" in [node.get("href") for node in read.all("a")]


def test_an_organisation_shows_what_it_opens():
    mine = [entry for entry in register.entries() if entry.described.publisher == "conseil-d-etat"]
    page = register.page(Search(publisher=("conseil-d-etat",)), tuple(mine))
    promised = register.page(Search(steward=("conseil-d-etat",)), tuple(mine[:2]))
    read = Markup(pages.organization("conseil-d-etat", page, promised, "fr"))
    assert "Ce qu’elle promet 2 entrées" in read.one("main").text
    assert read.one("h1").text == "Conseil d’État"
    assert "3 ouvertures sur 3 sont faites" in read.text
    assert len(read.named("cal-row")) == 3
    links = [node.get("href") for node in read.all("a")]
    assert "/?publisher=conseil-d-etat#list" in links
    empty = replace(page, entries=(), total=0, facets={})
    without = Markup(pages.organization("conseil-d-etat", empty, empty, "fr"))
    assert read.all("table") == without.named("cal") == without.named("near-list")


def table_rows(read: Markup) -> list[str]:
    return [row.text for row in read.all("tr") if row.inside("tbody")]
