"""Search in words over HTTP: the same on every list, page and format."""

from tests.conftest import engine_name  # noqa: F401 each runs on both engines
from tests.serving import Site, change

APPEAL = [
    "decisions-cours-administratives-d-appel",
    "decisions-cours-d-appel-civil",
    "decisions-cours-d-appel-penal",
]


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["id"] for entry in answer.json()["data"]]


def test_words_are_sought_on_every_list(site: Site):
    for prefix, suffix in (("/api/v1", ""), ("", ""), ("", ".json")):
        for kind, query, wanted in (
            ("openings", "l'appel", APPEAL),
            ("actions", "cartographier les données", ["A02", "A15"]),
        ):
            assert ids(site.get(f"{prefix}/{kind}{suffix}", params={"q": query})) == wanted


def test_each_entry_shows_where_it_holds_the_words(site: Site):
    answer = site.get("/api/v1/openings", params={"q": "prudhomm"}).json()
    (entry,) = answer["data"]
    assert entry["highlights"] == {
        "title": {
            "fr": [
                {"text": "Décisions de justice des Conseils de ", "match": False},
                {"text": "prud’hommes", "match": True},
            ],
            "en": None,
        },
        "description": {"fr": None, "en": None},
        "keywords": [],
    }
    assert answer["total"] == 1
    assert answer["facets"]["state"] == {"in_progress": 1}


def test_pages_and_cursors_keep_the_words(site: Site):
    answer = site.get("/api/v1/openings", params={"q": "décisions d'appel", "page_size": 1})
    assert ids(answer) == APPEAL[:1]
    following = answer.json()["next_page"]
    assert "q=d%C3%A9cisions+d%27appel" in following
    assert ids(site.get(following)) == APPEAL[1:2]
    params = {"q": "décisions d'appel", "page_size": 1, "cursor": answer.json()["cursor"]}
    assert ids(site.get("/api/v1/openings", params=params)) == APPEAL[1:2]


def test_a_change_is_found_at_once_and_the_past_keeps_its_words(site: Site):
    team = site.as_team()
    address = "/api/v1/openings/decisions-conseils-de-prud-hommes"
    answer = change(team, address, description={"fr": "<b>licenciement</b>"})
    assert answer.status_code == 200, answer.text
    found = site.get("/api/v1/openings", params={"q": "LICENCIEMENTS"}).json()["data"]
    assert found[0]["highlights"]["description"]["fr"] == [
        {"text": "<b>", "match": False},
        {"text": "licenciement", "match": True},
        {"text": "</b>", "match": False},
    ]
    before = {"q": "licenciement", "at": answer.json()["version"] - 1}
    assert ids(site.get("/api/v1/openings", params=before)) == []
    page = site.get("/", params={"q": "licenciement"}, headers={"Accept": "text/html"}).text
    assert "&lt;b&gt;<mark>licenciement</mark>&lt;/b&gt;" in page
