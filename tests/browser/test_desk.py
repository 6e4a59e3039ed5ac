"""The desk in a real browser, without scripts: by keyboard alone, and by the rules of access."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Reader, follow
from tests.browser.test_pages import MOST_BYTES, broken
from tests.formats.files import HEADINGS, as_xlsx
from tests.seeded import ANNEXED, PRUD_HOMMES
from tests.serving import change

ADDRESS = f"/api/v1/openings/{PRUD_HOMMES}"
STEWARD = "ministere-de-la-justice"
PATHS = {
    "fr": ("/equipe", "/equipe/signaler", "/equipe/affirmations", "/equipe/importer"),
    "en": ("/desk", "/desk/report", "/desk/claims", "/desk/import"),
}
FORMS = {
    "fr": ("/equipe/annoncer", "/equipe/echeance", "/equipe/decrire"),
    "en": ("/desk/announce", "/desk/deadline", "/desk/describe"),
}

MANAGED = {
    "fr": ("/equipe/attente", "/equipe/gestion", "/equipe/journal"),
    "en": ("/desk/waiting", "/desk/team", "/desk/audit"),
}


class Hands:
    """Who works with the keyboard alone."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, name: str) -> None:
        """Tab on until a field or a button of that name has the focus."""
        target = self.page.get_by_label(name, exact=True).or_(
            self.page.get_by_role("button", name=name, exact=True)
        )
        target = target.or_(self.page.get_by_role("link", name=name)).first
        for _ in range(90):
            self.page.keyboard.press("Tab")
            if target.evaluate("node => node === document.activeElement"):
                return
        raise AssertionError(f"{name} is not reached by the keyboard")

    def type(self, name: str, text: str) -> None:
        self.reach(name)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def press(self, name: str) -> None:
        self.reach(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    @property
    def title(self) -> str:
        return self.page.locator("h1").inner_text()


@contextmanager
def at_the_desk(
    reader: Reader, organization: str = "cour-de-cassation", language: str = "fr", **looks: object
) -> Iterator[Page]:
    """A window in which somebody has signed in."""
    with reader.looking(language=language, **looks) as page:  # type: ignore[arg-type]
        page.goto(PATHS[language][0])
        page.locator("#key").fill(reader.site.key(organization, "manager"))
        follow(page.locator("form.fields button"))
        yield page


def test_an_opening_is_reported_then_corrected_by_keyboard_alone(reader: Reader):
    with at_the_desk(reader, scripts=False) as page:
        hands = Hands(page)
        assert hands.title == "Mes entrées"
        hands.press("Signaler l’ouverture")
        hands.press("Voir avant et après")
        assert page.locator(".fault").inner_text().startswith("Dites depuis quand")
        hands.type("Jour ou mois", "24/11/2026")
        hands.type("À quelle adresse ? (facultatif)", "https://www.courdecassation.fr/judilibre")
        hands.press("Voir avant et après")
        assert "Ouverte avec 55 jours de retard" in page.locator(".after").inner_text()
        hands.press("Publier")
        assert "C’est publié" in page.locator(".done").inner_text()

        page.goto(f"/equipe/affirmations?entry={PRUD_HOMMES}")
        hands.press("Corriger celle-ci")
        hands.type("Jour ou mois", "23/11/2026")
        hands.type("Pourquoi cette correction ?", "Le jour était faux.")
        hands.press("Voir avant et après")
        hands.press("Publier")
    document = reader.site.get(ADDRESS).json()
    assert (document["state"], document["opened_on"]["label"]) == ("available", "2026-11-23")


def test_of_two_colleagues_the_second_sees_what_came_and_goes_on(reader: Reader):
    with at_the_desk(reader) as page:
        page.goto(f"/equipe/signaler?entry={PRUD_HOMMES}")
        page.locator("#decided_on").fill("24/11/2026")
        follow(page.get_by_role("button", name="Voir avant et après"))
        with reader.site.as_team() as colleague:
            change(colleague, ADDRESS, deadline="2027-03-31", text="arrete-2025-08-29")
        follow(page.get_by_role("button", name="Publier"))
        assert "31 mars 2027" in page.locator(".faults").inner_text()
        assert page.evaluate("document.activeElement.className") == "faults"
        assert broken(page) == {}
        follow(page.get_by_role("button", name="Publier ma version"))
        assert page.locator(".done").count() == 1


def test_a_table_is_imported(reader: Reader):
    rows = list(ANNEXED)
    rows[5] = (*rows[5][:3], "T4 2023", rows[5][4])
    file = {"name": "annexe.xlsx", "mimeType": "", "buffer": as_xlsx([HEADINGS, *rows])}
    with at_the_desk(reader, STEWARD) as page:
        page.goto("/equipe/importer")
        page.set_input_files("#upload", file)  # type: ignore[arg-type]
        page.locator("#published_on").fill("02/11/2021")
        page.select_option("#text", "feuille-de-route-2021")
        follow(page.get_by_role("button", name="Comparer avec le registre"))
        assert page.locator("tbody b").all_inner_texts() == ["Entrée modifiée"]
        assert broken(page) == {}
        follow(page.get_by_role("button", name="Importer ce tableau"))
        assert "Le tableau est importé" in page.locator(".done").inner_text()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_page_of_the_desk_breaks_a_rule_of_accessibility_or_scrolls_sideways(
    reader: Reader, language: str
):
    home, report, claims, table = PATHS[language]
    faults = {}
    with reader.looking(language=language) as page:
        page.goto(home)
        faults["enter"] = broken(page)
    with at_the_desk(reader, language=language) as page:
        announce, *changing = FORMS[language]
        about = [f"{path}?entry={PRUD_HOMMES}" for path in (report, claims, *changing)]
        for path in (home, announce, *about, table, *MANAGED[language]):
            page.goto(path)
            faults[path] = broken(page)
            assert len(page.content().encode()) < MOST_BYTES
        page.goto(f"{claims}?entry={PRUD_HOMMES}")
        follow(page.locator(".claims-list a").last)
        follow(page.locator("button[value=preview]"))
        faults["correct"] = broken(page)
        page.goto(f"{report}?entry={PRUD_HOMMES}")
        follow(page.locator("button[value=preview]"))
        faults["refused"] = broken(page)
        page.locator("#decided_on").fill("2026-11-24")
        follow(page.locator("button[value=preview]"))
        faults["preview"] = broken(page)
    assert {name: fault for name, fault in faults.items() if fault} == {}
    assert {url for url in reader.asked if not url.startswith(reader.site.base)} == set()
