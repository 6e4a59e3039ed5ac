"""Takes the pictures of docs/gallery: `make gallery`. Look at them, and mend what is ugly."""  # noqa: INP001 a page among pages, not a package

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.browser.conftest import program
from tests.conftest import fill, migrate
from tests.serving import serving

FOLDER = Path(__file__).resolve().parent / "gallery"
OPENING = "/openings/decisions-conseils-de-prud-hommes"
PICTURES = (
    ("home", "/", 1280, "light", "fr-FR"),
    ("home-phone", "/", 320, "light", "fr-FR"),
    ("opening", OPENING, 1280, "light", "fr-FR"),
    ("opening-dark", OPENING, 1280, "dark", "en-GB"),
    ("figures", "/figures", 1280, "light", "en-GB"),
    ("desk", "/equipe", 1280, "light", "fr-FR"),
)
"""The name of each, what it shows, how wide, in which theme and language."""


def main() -> None:
    """Serve the seed, and look at it."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        url = f"sqlite:///{folder}/register.db"
        migrate(url)
        fill(url)
        browser = playwright.chromium.launch(executable_path=program())
        with serving(url) as site:
            for name, path, width, theme, locale in PICTURES:
                around = browser.new_context(
                    viewport={"width": width, "height": 900 if width > 600 else 640},
                    color_scheme="dark" if theme == "dark" else "light",
                    locale=locale,
                )
                page = around.new_page()
                page.goto(site.base + path)
                if name == "desk":
                    page.fill("#key", site.key())
                    page.click("form.fields button")
                    page.wait_for_selector(".todo")
                page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=75)
                around.close()
        browser.close()


if __name__ == "__main__":
    main()
