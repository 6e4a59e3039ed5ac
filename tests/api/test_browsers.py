"""What a browser gets that a program does not: pages where something fails, forms with gaps."""

import pytest

from tests.serving import Site

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "fr"}
PRUDHOMMES = "/openings/decisions-conseils-de-prud-hommes"


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/openings/conseils-prudhommes", 404, "Prud’hommes</a>"),
        ("/nowhere", 404, "Rien à cette adresse"),
        ("/?state=plan", 400, "plan"),
        ("/?as_of=2999-01-01", 400, "1er janvier 2999"),
    ],
)
def test_a_refusal_is_a_page_that_helps(site: Site, address: str, status: int, words: str):
    answer = site.get(address, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-language"]) == (status, "fr")
    assert answer.headers["content-type"].startswith("text/html")
    assert words in answer.text
    plain = site.get(address)
    assert plain.headers["content-type"] == "application/problem+json"


def test_the_api_refuses_in_json_whoever_asks(site: Site):
    answer = site.get("/api/v1/openings/nothing", headers=BROWSER)
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_a_form_leaves_empty_or_others_append_is_no_matter(site: Site):
    query = "?q=&state=&as_of=&sort=-slip&utm_source=a&fbclid=b&at_medium=c"
    answer = site.get(f"/{query}", headers=BROWSER)
    assert answer.status_code == 200
    assert "utm_source" not in answer.text + answer.headers["link"]
    assert site.get(f"/api/v1/openings{query}", headers=BROWSER).status_code == 400


def test_a_badge_is_served_with_what_lets_it_be_kept_until_midnight(site: Site):
    answer = site.get(f"{PRUDHOMMES}/badge.svg?lang=en")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert (len(answer.content) < 2048, answer.headers["content-language"]) == (True, "en")
    known = {"If-None-Match": answer.headers["etag"]}
    assert site.get(f"{PRUDHOMMES}/badge.svg?lang=en", headers=known).status_code == 304
    assert site.get(f"{PRUDHOMMES}/badge.svg", headers=known).status_code == 200
    assert site.get("/actions/justice-2021/A01/badge.svg").status_code == 200
    assert site.get("/openings/nothing/badge.svg").status_code == 404


def test_who_promises_is_named_and_shows_what_it_promises(site: Site):
    page = site.get("/organizations/ministere-de-la-justice", headers={"Accept": "text/html"}).text
    assert "<h1>Ministère de la Justice</h1>" in page
    assert "Ce qu’elle promet" in page
    assert 'href="/openings/decisions-conseils-de-prud-hommes"' in page
    assert 'href="/actions/justice-2021/A16"' in page


@pytest.mark.parametrize(
    ("address", "api"),
    [
        ("/texts/arrete-2025-08-29", "/api/v1/texts/arrete-2025-08-29"),
        ("/programmes/justice-2021", "/api/v1/programmes/justice-2021"),
        ("/organizations/cour-de-cassation", None),
    ],
)
def test_a_subject_is_given_in_the_format_asked(site: Site, address: str, api: str | None):
    document = site.get(address)
    assert document.json()["id"] == address.rpartition("/")[2]
    assert document.json() == site.get(f"{address}.json").json()
    assert api is None or document.json() == site.get(api).json()
    page = site.get(address, headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert page.text == site.get(f"{address}.html").text
    assert page.headers["etag"] != document.headers["etag"]
    assert site.get(address, headers={"Accept": "image/png"}).status_code == 406
