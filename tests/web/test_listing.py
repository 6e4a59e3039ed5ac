"""The list: every opening with its state, its deadline and its moves, in words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.domain.commitments import Timing
from app.domain.periods import parse
from app.domain.references import Head
from app.domain.search import Bilingual, Highlights, Search, marked
from app.domain.values import Title, Words
from app.formats import FORMATS, JSON
from app.formats.sentences import Sentences
from app.web import charts, rendering
from tests.entries import altered, redescribed
from tests.web import register
from tests.web.markup import Element, Markup


def listed(language: str = "fr", search: Search | None = None, **changes: object) -> Markup:
    search = search or Search()
    entries = register.entries(search.as_of or register.TODAY)
    if changes:
        entries = tuple(altered(entry, **changes) for entry in entries)
    page = register.page(search, entries)
    return Markup(register.listing(page, language))


def rows(read: Markup) -> list[str]:
    return [row.text for row in read.all("tr") if row.within and row.within.tag == "tbody"]


def row_of(read: Markup, title: str) -> str:
    (row,) = [text for text in rows(read) if title in text]
    return row


def titles(read: Markup) -> list[Element]:
    """The links of a list to what it lists."""
    return [node for node in read.all("a") if node.inside("tbody") and node.inside("th")]


def query(link: Element) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(link.get("href")).query)


def test_parts_show_the_first_one_awaited():
    row = row_of(listed(), "1re instance en matière pénale")
    assert "31 décembre 2028 reportée 2 fois, +1 461 jours" in row
    assert "première partie attendue : 31 décembre 2027" in row


def test_the_news_is_a_sentence_and_each_figure_leads_to_the_list_that_it_counts():
    heading = listed().only("h1")
    assert heading.text == (
        "7 ouvertures sur 11 sont faites ; 1 est en retard de 54 jours ; "
        "4 ont été reportées, de 1 210 jours en moyenne."
    )
    links = [query(node) for node in listed().all("a") if node.inside("h1")]
    wanted = [("state", "available")], [("timeliness", "overdue")], [("sort", "-slip")]
    assert links == list(wanted)
    (first,) = listed().named("first")
    assert first.text.endswith(
        "Prud’hommes · Attendue le 30 septembre 2026 (Arrêté du 29 août 2025)"
    )


def test_the_calendar_has_the_late_ones_first_and_says_what_it_shows():
    read = listed()
    groups = [node.text for node in read.all("h3")]
    assert groups == ["En retard · 1", "À venir · 3", "Ouvertes · 7"]
    drawings = [node.get("aria-label") for node in read.all("svg") if node.get("role") == "img"]
    assert drawings[0].startswith("En retard de 54 jours. Première échéance")
    assert len(drawings) == 11
    titles = [node.text for node in read.all("title") if node.inside("svg")]
    assert "30 septembre 2026 (+365 jours), Arrêté du 29 août 2025" in titles
    assert "au plus tard le 3 septembre 2025" in " ".join(titles)


def test_an_entry_is_shown_with_the_names_that_its_texts_have_now():
    page = register.page()
    assert "Arrêté du 29 août 2025" in row_of(Markup(register.listing(page)), "Prud’hommes")
    text = replace(page.context.texts["arrete-2025-08-29"], title="Arrêté corrigé", signed_on=None)
    texts = {**page.context.texts, text.id: text}
    renamed = replace(page, context=replace(page.context, texts=texts))
    assert "Arrêté corrigé" in row_of(Markup(register.listing(renamed)), "Prud’hommes")


def test_a_quick_choice_keeps_the_other_filters_and_the_order():
    search = Search(
        type=("dataset",),
        state=("planned",),
        publisher=("cour-de-cassation",),
        timeliness=("overdue",),
        due_after=parse("T3 2026"),
        modified_since=datetime(2026, 1, 1, tzinfo=UTC),
        sort="-deadline",
        page_size=100,
    )
    links = [node for node in listed(search=search).all("a") if node.text == "À venir 3"]
    assert query(links[0]) == [
        ("type", "dataset"),
        ("state", "planned"),
        ("publisher", "cour-de-cassation"),
        ("due_after", "T3 2026"),
        ("modified_since", "2026-01-01T00:00:00Z"),
        ("sort", "-deadline"),
        ("page_size", "100"),
        ("timeliness", "on_track"),
    ]


def test_links_keep_a_filter_of_one_number(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rendering, "FILTERS", ("page_size",))
    assert rendering.filters(Search(page_size=7)) == [("page_size", "7")]


def test_filters_are_shown_in_words_and_can_be_taken_off():
    search = Search(
        type=("api",),
        announcement=("new",),
        state=("planned",),
        publisher=("cour-de-cassation",),
        timeliness=("overdue",),
        action=("justice-2021/A16",),
    )
    read = listed(search=search)
    (filtered,) = read.named("filtered")
    words = "API · Nouvelle ouverture · Planifié · Cour de cassation"
    assert words in filtered.text
    assert "action = justice-2021/A16" in filtered.text
    chosen = {node.get("value") for node in read.all("option") if "selected" in node.attributes}
    assert chosen == {"api", "new", "planned", "cour-de-cassation", "justice-2021/A16", "rank"}
    assert read.all("title")[0].text.startswith("API · Nouvelle ouverture · Planifié")


def test_the_past_is_shown_as_past_and_kept_by_the_links():
    day = date(2025, 9, 2)
    read = listed(search=Search(as_of=day))
    assert "Voici ce que le public pouvait savoir le 2 septembre 2025." in read.text
    assert "30 septembre 2025 reportée une fois, +823 jours" in row_of(read, "prud’hommes")
    assert all(query(node) == [("as_of", "2025-09-02")] for node in titles(read))
    (back,) = [node for node in read.all("a") if node.text == "Revenir à aujourd’hui"]
    assert back.get("href") == "/"
    assert any(node.get("content") == "noindex, follow" for node in read.all("meta"))


def test_a_frozen_day_and_an_uncertain_one_are_said():
    uncertain = listed(search=Search(as_of=date(2023, 7, 1)))
    ending = "Échéance passée, sans confirmation Jour incertain"
    assert row_of(uncertain, "prud’hommes").endswith(ending)
    assert "aucun retard n’est affirmé" in uncertain.text
    read = Markup(register.listing(register.page(frozen=True)))
    assert "Essai. La date est fixée au 23 novembre 2026" in read.text
    assert "Essai." not in listed().text


def test_pages_are_turned_and_keep_what_was_asked():
    search = Search(page=2, page_size=4, state=("planned", "available"))
    read = listed(search=search)
    links = {node.get("rel"): query(node) for node in read.all("a") if node.inside("nav")}
    kept = [("state", "planned"), ("state", "available"), ("page_size", "4")]
    assert links["prev"] == kept
    assert links["next"] == [*kept, ("page", "3")]
    assert "11 entrées · page 2 sur 3" in read.text
    last = listed(search=replace(search, page=3))
    assert [node.get("rel") for node in last.all("a") if node.get("rel") in ("prev", "next")] == [
        "prev"
    ]
    before = [query(node) for node in last.all("a") if node.get("rel") == "prev"]
    assert before == [[*kept, ("page", "2")]]


def test_a_cursor_leads_on_and_never_back():
    search = Search(after=(3, "x"), page_size=4)
    page = replace(register.page(search), cursor="abc")
    read = Markup(register.listing(page))
    turned = [query(node) for node in read.all("a") if node.get("rel")]
    assert [("page_size", "4"), ("cursor", "abc")] in turned
    assert " · page" not in read.text
    ended = Markup(register.listing(replace(page, cursor=None)))
    assert "Page suivante" not in ended.text


def test_the_language_that_was_chosen_is_kept_and_no_other():
    chosen = Markup(register.listing(register.page(), "en", chosen=True))
    assert all(query(node) == [("lang", "en")] for node in titles(chosen))
    kept = [node.get("value") for node in chosen.all("input") if node.get("name") == "lang"]
    assert kept == ["en"]
    usual = Markup(register.listing(register.page(), "en"))
    assert all(query(node) == [] for node in titles(usual))


def test_a_title_in_french_says_so_on_an_english_page():
    def languages(read: Markup) -> set[str]:
        spans = [node for node in read.all("span") if node.inside("th") and node.inside("a")]
        return {node.get("lang") for node in spans}

    assert languages(listed("en")) == {"fr"}
    both, english = Words.of(fr="Décisions", en="Decisions"), Words.of(fr=None, en="Decisions")
    assert languages(listed("en", title=both, short_title=Title())) == set()
    assert languages(listed("fr", title=english, short_title=Title())) == {"en"}


def test_there_is_a_box_for_words_that_keeps_what_was_asked():
    search = Search(q="l’appel ", state=("planned",), sort="title", as_of=date(2026, 1, 1))
    read = listed(search=search)
    (box,) = [node for node in read.all("input") if node.get("type") == "search"]
    (form,) = [node for node in read.all("form") if node.get("role") == "search"]
    assert (box.get("name"), box.get("value")) == ("q", "l’appel ")
    assert [node.text for node in read.all("label") if node.get("for") == box.get("id")] == [
        "Chercher"
    ]
    assert form.get("action") == "/#list"
    sent = {node.get("name"): node.get("value") for node in read.all("input")}
    assert sent == {"q": "l’appel ", "as_of": "2026-01-01"}
    assert "Filtres : Planifié · « l’appel »" in read.text
    english = listed("en", search=search)
    assert "“l’appel”" in english.text


def sought(**highlights: object) -> Markup:
    """The list of one entry, as its words were found."""
    entry = redescribed(
        register.entries()[0],
        title=Words.of(fr="Décisions du Conseil", en="Council decisions"),
        description=Words.of(fr="Un texte.", en="A text."),
        short_title=Title(),
    )
    page = register.page(Search(q="x"), (entry,))
    marks = {entry.slug: Highlights(**highlights)}  # type: ignore[arg-type]
    return Markup(register.listing(replace(page, highlights=marks)))


def test_what_was_found_beside_the_title_is_shown_in_its_language():
    read = sought(
        title=Bilingual(en=marked("Council decisions", [(0, 7)])),
        description=Bilingual(en=marked("A text.", [(2, 6)])),
        keywords=(marked("mot-clé", [(0, 7)]),),
    )
    assert [node.text for node in read.all("mark")] == ["Council", "text", "mot-clé"]
    spans = [node.get("lang") for node in read.all("span") if node.inside("th")]
    assert spans == ["en", "en"]
    (link,) = titles(read)
    assert link.text == "Décisions du Conseil"


def test_marks_hold_text_and_no_markup():
    hostile = "<img src=x onerror=alert(1)>"
    read = sought(keywords=(marked(hostile, [(1, 4)]),))
    assert [node.text for node in read.all("mark")] == ["img"]
    assert read.all("img") == []
    assert {node.get("type") for node in read.all("script")} <= {"application/ld+json"}
    assert hostile in read.text


def test_every_format_of_lists_and_of_the_catalogue_is_linked_by_itself():
    for of_actions, read in ((False, listed()), (True, listed_actions())):
        name = "actions" if of_actions else "openings"
        wanted = {f"/{name}.{row.suffix}" for row in FORMATS if row is JSON or row.whole or row.log}
        if not of_actions:
            wanted |= {f"/catalog.{row.suffix}" for row in FORMATS if row.page}
        heads = [node for node in read.all("link") if node.get("rel") == "alternate"]
        assert {node.get("href") for node in heads if node.get("type")} == wanted
        linked = {node.get("href"): node.get("type") for node in read.all("a")}
        types = {node.get("href"): node.get("type") for node in heads if node.get("type")}
        asked = {"csv": "&spreadsheet=1", "xlsx": "", "ods": ""}
        for suffix, more in asked.items():
            types[f"/{name}.{suffix}?labels=fr{more}"] = types.pop(f"/{name}.{suffix}")
        assert types.items() <= linked.items()
        assert ("/catalog.ttl.gz" in linked) is not of_actions


def listed_actions(**changes: Any) -> Markup:
    entries = tuple(replace(entry, **changes) for entry in register.entries(actions=True))
    page = register.page(Search(type=("action",)), entries)
    return Markup(register.listing(page))


def test_actions_have_a_list_of_their_own_and_are_done_not_opened():
    read = listed_actions()
    assert read.only("h1").text.startswith("Aucune action sur 34 n’est confirmée ; ")
    assert "Échéance passée, sans confirmation" in read.text
    links = [link.get("href") for link in read.all("a") if link.inside("tbody")]
    assert "/actions/justice-2021/A16" in links
    done = listed_actions(state="available", timing=Timing("delivered_late", 2))
    assert rows(done)[0].endswith("Réalisée avec 2 jours de retard")


def test_the_answer_says_its_day_and_its_place_in_the_chain():
    footer = listed().only("footer").text
    head = register.head()
    assert "Jour de la réponse : 23 novembre 2026." in footer
    assert f"position {head.position}, empreinte {head.hash}" in footer


def test_an_empty_register_says_so():
    context = replace(register.context(), head=Head(0, "0" * 64))
    read = Markup(register.listing(replace(register.page(listed=()), context=context)))
    assert "Le registre est encore vide." in read.text
    assert "Aucune entrée ne correspond à ces critères." in read.text
    assert read.all("table") == []


def test_a_list_can_be_subscribed_to_under_its_filters_and_of_no_day():
    search = Search(
        publisher=("cour-de-cassation",), as_of=date(2025, 9, 2), sort="-slip", page_size=5
    )
    for tag in ("link", "a"):
        links = {node.get("type"): node for node in listed("en", search).all(tag)}
        for kind, path in (("application/atom+xml", "atom"), ("text/calendar", "ics")):
            assert urlsplit(links[kind].get("href")).path == f"/openings.{path}"
            assert query(links[kind]) == [("publisher", "cour-de-cassation"), ("lang", "en")]
    french = {node.get("type"): node.get("href") for node in listed().all("a")}
    assert french["text/calendar"] == "/openings.ics"


def test_a_register_under_a_path_links_within_it():
    context = replace(register.context(), base="https://example.org/registre")
    read = Markup(register.listing(replace(register.page(), context=context)))
    rooted = [node.get("href") for node in read.all("a", "link")]
    outside = [
        node for node in rooted if node.startswith("/") and not node.startswith("/registre/")
    ]
    assert outside == []


def test_hostile_words_are_only_words():
    hostile = "<script>alert('x')</script>\"'&"
    entry = redescribed(register.entries()[0], title=Words.of(fr=hostile))
    body = register.listing(register.page(listed=(entry,)))
    read = Markup(body)
    assert len(read.all("script")) == body.count(b"<script") == 1
    assert hostile in read.text


def test_names_at_the_right_edge_of_a_scale_stay_within_it():
    axis = charts.Scale(date(2020, 1, 1), date(2026, 12, 1))
    say = Sentences("fr", register.context())
    drawn = charts.frame(axis, date(2026, 11, 1), say)["labels"]
    assert 'class="now-label to"' in drawn
    assert 'class="odd" x="86.' in drawn
    assert 'class="now-label"' in charts.frame(axis, date(2022, 11, 1), say)["labels"]
