"""What is shown on other sites, when an address fails, and the one sheet that is loaded."""

from datetime import date
from xml.etree import ElementTree as ET

import pytest

from app.api.problems import EVERY
from app.web import pages
from tests.web import register
from tests.web.markup import Markup

SVG = "{http://www.w3.org/2000/svg}"


def drawn(slug: str, language: str = "fr", day: date | None = None) -> ET.Element:
    entry, _ = register.entry(slug, day)
    body = pages.badge(entry.commitment, entry.context, language)
    assert len(body) < 2048
    return ET.fromstring(body)


@pytest.mark.parametrize(
    ("slug", "language", "words", "colour"),
    [
        (register.PRUD_HOMMES, "fr", "En retard de 54 jours", "#a5350d"),
        (register.PRUD_HOMMES, "en", "Overdue by 54 days", "#a5350d"),
        ("decisions-conseil-d-etat", "fr", "Ouverte à temps", "#17616e"),
        ("decisions-procedures-criminelles", "en", "Not due yet", "#0b5a69"),
    ],
)
def test_a_badge_says_the_verdict_in_a_language(slug: str, language: str, words: str, colour: str):
    picture = drawn(slug, language)
    texts = [" ".join((node.text or "").split()) for node in picture.iter(f"{SVG}text")]
    assert texts[1] == words
    assert len(texts[0]) <= 34
    (path, _) = picture.iter(f"{SVG}path")
    assert path.get("fill") == colour
    assert picture.get("aria-label", "").startswith(texts[0])


def test_the_calendar_is_one_picture_that_stands_by_itself():
    shown = register.page()
    picture = ET.fromstring(pages.picture(shown, register.overview(shown), "fr"))
    assert (picture.findtext(f"{SVG}title") or "").startswith("Le calendrier des promesses")
    assert (picture.findtext(f"{SVG}desc") or "").startswith("7 ouvertures sur 11 sont faites")
    drawn = [node for node in picture.iter(f"{SVG}svg") if node.get("role") == "img"]
    assert len(drawn) == 1 + len(shown.rows)
    assert {node.get("class") for node in picture.iter()} == {None}
    assert [node for node in picture.iter() if "var(" in str(node.attrib)] == []


def refused(name: str, **around: object) -> Markup:
    problem = EVERY[name]
    given = {"base": register.BASE, "asked": "/openings/conseils<b>", **around}
    return Markup(pages.refusal(problem, "Le détail.", "fr", **given))  # type: ignore[arg-type]


def test_what_is_not_here_leads_to_what_is_near():
    context = register.context()
    near = [entry for entry in register.entries() if entry.slug == register.PRUD_HOMMES]
    read = refused("missing", words=("conseils", "prudhommes"), near=(tuple(near), context))
    assert read.only("h1").text == "Rien à cette adresse"
    assert "Le détail. Vous avez demandé /openings/conseils<b>" in read.text
    (item,) = [node for node in read.all("li") if node.inside("section")]
    assert item.text.endswith("En retard de 54 jours")
    (box,) = [node for node in read.all("input") if node.get("name") == "q"]
    assert box.get("value") == "conseils prudhommes"
    assert [node for node in read.all("link") if node.get("rel") == "canonical"] == []


def test_any_other_refusal_says_why_and_where_to_go_on():
    read = refused("bad-query")
    assert read.only("main").text.startswith("Erreur 400")
    links = [node.get("href") for node in read.all("a") if node.inside("main")]
    assert links == ["/", "/actions", "/docs", "/problems/bad-query"]


def test_the_sheet_is_small_and_nothing_else_is_served():
    sheet, media_type = pages.static("style.css") or (b"", "")
    assert media_type == "text/css; charset=utf-8"
    assert len(sheet) < 24 * 1024
    assert pages.static("../pages.py") is None
