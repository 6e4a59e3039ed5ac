"""Every page in a real browser: its accessibility, its width, its weight, and what it loads."""

import gzip
import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Reader
from tests.web.markup import OPENING, PAGES, addressed

STANDARDS = (
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
    *("best-practice", "RGAAv4"),
)
MOST_BYTES = 60 * 1024
OPTIONS = {"runOnly": {"type": "tag", "values": [*STANDARDS]}, "resultTypes": ["violations"]}
RULES = f"axe.run({json.dumps(OPTIONS)})"


def broken(page: Page) -> dict[str, Any]:
    """What breaks a rule on the page that is shown, narrow and wide, by day and by night.

    And how wide it is, where that is wider than the window. Narrow by night in English, by day in
    French: in both languages, a page is seen in every way, and in each of them in half of them.
    """
    page.evaluate(Axe().axe_script)
    wrong: dict[str, Any] = {}
    english = page.evaluate("document.documentElement.lang") == "en"
    themes = ("dark", "light") if english else ("light", "dark")
    for theme, width in zip(themes, (320, 1280), strict=True):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        for row in page.evaluate(RULES)["violations"]:
            wrong[f"{row['id']} {theme} {width}"] = row["nodes"][0]["html"][:200]
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong |= {f"wide {width}": wide} if wide > width else {}
    return wrong


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_page_breaks_a_rule_of_accessibility_scrolls_sideways_or_weighs_much(
    reader: Reader, language: str
):
    for name, path in PAGES.items():
        reader.asked.clear()
        with reader.looking(language=language) as page:
            page.goto(addressed(path, language))
            assert broken(page) == {}, name
        assert {url for url in reader.asked if not url.startswith(reader.site.base)} == set()
        check_weight(reader)


def check_weight(reader: Reader):
    """What a browser asked for is little, and less as it is sent."""
    as_browsers = {"Accept": "text/html,*/*;q=0.8"}
    loaded = [reader.site.get(url, headers=as_browsers).content for url in {*reader.asked}]
    assert sum(map(len, loaded)) < MOST_BYTES, reader.asked
    assert len(gzip.compress(b"".join(loaded))) < 20 * 1024, reader.asked


@pytest.mark.parametrize("width", [320, 1280])
def test_the_first_screen_says_what_came_what_is_late_and_by_which_text(reader: Reader, width: int):
    with reader.looking(width) as page:
        page.set_viewport_size({"width": width, "height": 640 if width == 320 else 900})
        page.goto("/?lang=fr")
        for words in ("7 ouvertures sur 11", "en retard de", "Arrêté du 29 août 2025"):
            box = page.get_by_text(words).first.bounding_box()
            assert box
            assert box["y"] + box["height"] <= page.viewport_size["height"], words  # type: ignore[index]


def test_a_reader_with_a_keyboard_finds_the_late_one_and_the_way_back(reader: Reader):
    with reader.looking() as page:
        page.goto("/?lang=fr")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        for _ in range(12):
            page.keyboard.press("Tab")
            if "hot" in page.evaluate("document.activeElement.className"):
                break
        page.keyboard.press("Enter")
        page.wait_for_url("**timeliness=overdue**")
        rows = page.locator("table.entries tbody tr")
        assert rows.count() == 1
        rows.locator("a").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{OPENING}**")
        assert page.locator(".verdict.late").count() == 1
        page.locator(".claims summary").first.focus()
        page.keyboard.press("Enter")
        assert page.locator(".claims details[open]").count() == 1


def test_targets_are_large_enough_for_a_finger(reader: Reader):
    small = """[...document.querySelectorAll('nav a, .tabs a, button, select, input, summary')]
        .filter(node => node.offsetParent && node.type !== 'hidden')
        .map(node => [node.textContent.trim().slice(0, 30), node.getBoundingClientRect()])
        .filter(([, box]) => box.height < 24).map(([name, box]) => name + ' ' + box.height)"""
    with reader.looking(320) as page:
        for path in ("/", OPENING):
            page.goto(path)
            assert page.evaluate(small) == []
