"""Debian’s Chromium, found by its path: no browser is downloaded."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.programs import program
from tests.serving import Site


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = program(*names, package="chromium", path=os.environ.get("CHROMIUM"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


def follow(target: Locator) -> None:
    """Clicks it and waits for the page it leads to, which a click alone does not."""
    with target.page.expect_navigation():
        target.click()


class Reader:
    """Who looks at the pages of a site, and what the browser asked for meanwhile."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser, self.site = browser, site
        self.asked: list[str] = []

    @contextmanager
    def looking(
        self, width: int = 1280, language: str = "fr", *, scripts: bool = True
    ) -> Iterator[Page]:
        """A window of that width, whose browser prefers that language."""
        around = self.browser.new_context(
            viewport={"width": width, "height": 900},
            locale={"fr": "fr-FR", "en": "en-GB"}[language],
            base_url=self.site.base,
            java_script_enabled=scripts,
        )
        page = around.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        yield page
        around.close()


@pytest.fixture
def reader(chromium: Browser, site: Site) -> Reader:
    return Reader(chromium, site)
