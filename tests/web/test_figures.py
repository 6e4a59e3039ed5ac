"""The figures: what was kept against both deadlines, drawn, with the same in tables."""

from dataclasses import replace
from datetime import date
from typing import Any

from app.domain import statistics
from app.domain.search import Search
from app.register.reading import Figures
from app.web import pages
from tests.entries import figure_of
from tests.web import register
from tests.web.markup import Markup


def counted(search: Search | None = None, **changes: Any) -> Figures:
    """What the register counts, of the openings as they stand on the day that is asked."""
    search = search or Search()
    day = search.as_of or register.TODAY
    entries = register.entries(day)
    moved = [
        row
        for entry in entries
        for row in statistics.moves_of(entry.slug, entry.type, entry.moves, entry.parts)
    ]
    by = {
        name: statistics.of_entries(map(figure_of, entries), name, day)
        for name in ("publisher", "year")
    }
    awaited = [entry for entry in entries if entry.timing.on(day)[0] in ("due_soon", "on_track")]
    context = register.context(search.as_of)
    whole = Figures({**by, "text": statistics.of_texts(moved)}, tuple(awaited), search, context)
    return replace(whole, **changes)


def read(language: str = "fr", search: Search | None = None, **changes: Any) -> Markup:
    return Markup(pages.figures(counted(search, **changes), language))


def test_the_two_shares_stand_side_by_side():
    heading = " ".join(read().only("h1").text.split())
    assert heading == ("5 échéances sur 10 tenues à la date promise ; 5 sur 7 après reports")
    big = [" ".join(node.text.split()) for node in read("en").named("big")]
    assert big == [
        "5 of 10 deadlines kept, of those that can be judged (50%)",
        "5 of 7 deadlines kept, of those that can be judged (71%)",
    ]
    units = [
        node for node in read().all("svg") if node.within and node.within.get("class") == "units"
    ]
    assert len(units) == 22
    assert "Ouverte à temps : 4" in read().text
    assert "Des textes ont déplacé des échéances" in read().text


def test_each_picture_has_a_name_a_table_and_a_csv():
    page = read()
    drawn = [node.get("aria-label") for node in page.all("svg") if node.get("role") == "img"]
    assert "+823 jours" in " ".join(drawn[0].split())
    assert len(drawn) == 3 + 2 + 5
    sections = [node.get("id") for node in page.all("h2")]
    assert sections == ["kept", "text", "publisher", "year", "soon", "counting"]
    assert len(page.all("table")) == 4
    csv = [node.get("href") for node in page.all("a") if node.get("type") == "text/csv"]
    assert [address.partition("by=")[2].partition("&")[0] for address in csv] == [
        *("type", "text", "publisher", "year")
    ]


def test_what_is_due_next_is_named():
    (empty,) = read().named("empty")
    assert empty.text.startswith("Rien d’ici au 30 juin 2027. La prochaine :")
    assert empty.text.endswith("Attendue le 31 décembre 2027")
    due = read(search=Search(as_of=date(2026, 5, 1))).named("near-list")
    assert due[0].text.endswith("Attendue le 30 septembre 2026")
    assert "La prochaine" not in read(awaited=()).text


def test_filters_and_days_are_kept_by_what_the_page_leads_to():
    search = Search(publisher=("conseil-d-etat",), as_of=date(2025, 9, 2))
    page = read(search=search)
    assert "Filtres : Conseil d’État" in page.text
    csv = next(node.get("href") for node in page.all("a") if node.get("type") == "text/csv")
    assert csv.endswith("by=type&spreadsheet=1&publisher=conseil-d-etat&as_of=2025-09-02")
    other = next(node for node in page.all("a") if node.get("hreflang") == "en")
    assert other.get("href").startswith("/figures?publisher=conseil-d-etat&as_of=2025-09-02")


def test_of_many_groups_the_largest_are_drawn():
    whole = counted().by["publisher"]
    rows = tuple(replace(row, entries=n) for row in whole.rows for n in range(1, 10))
    page = read(by={**counted().by, "publisher": replace(whole, rows=rows)})  # type: ignore[arg-type]
    assert "Les 12 plus grandes de 18 sont montrées" in page.text


def test_a_register_without_moves_has_no_days_of_slip():
    none = {**counted().by, "text": statistics.of_texts(())}
    assert "Jours de report, par texte" not in read(by=none).text
