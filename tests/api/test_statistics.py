"""Statistics over HTTP: of which entries, of which day, and by whom they are seen.

That they tell each day as lists do is in `tests/journeys/test_one_story.py`.
"""

import csv
from io import StringIO
from typing import Any

from tests.seeded import HEAD, PRUD_HOMMES
from tests.serving import Site, change

STATISTICS = "/api/v1/statistics"
PENAL = "decisions-penal-premiere-instance"
APPEALS = "decisions-cours-d-appel-penal"
Document = dict[str, Any]


def counted(site: Site, by: str = "publisher", **asked: Any) -> Document:
    """Statistics, as JSON."""
    answer = site.get(STATISTICS, params={"by": by, **asked})
    assert answer.status_code == 200, answer.text
    document: Document = answer.json()
    return document


def overall(site: Site, **asked: Any) -> Document:
    """All of them together."""
    document: Document = counted(site, **asked)["overall"]
    return document


# By text.


def test_all_that_one_text_moved_is_one_request_away(site: Site):
    row = counted(site, "text", text="arrete-2025-08-29")["data"][0]
    text = site.get(row["details"]).json()
    assert (text["id"], text["title"]) == (row["group"], row["title"])
    assert [(m["commitment"], m["part"], m["from"], m["to"], m["days"]) for m in text["moved"]] == [
        (PRUD_HOMMES, None, "2025-09-30", "2026-09-30", 365),
        (APPEALS, None, "2025-12-31", "2028-12-31", 1096),
        (PENAL, "delictuel", "2026-12-31", "2027-12-31", 365),
        (PENAL, "contraventionnel", "2027-12-31", "2028-12-31", 366),
        ("decisions-procedures-criminelles", None, "2025-12-31", "2028-12-31", 1096),
    ]
    assert len(text["moved"]) == row["moves"]
    assert text in site.get("/api/v1/texts").json()["data"]


def test_a_text_is_shown_as_of_a_day_and_at_a_position(site: Site):
    address = "/api/v1/texts/arrete-2025-08-29"
    for asked, many in ({"as_of": "2025-09-02"}, 0), ({"as_of": "2025-09-03"}, 5):
        answer = site.get(address, params=asked)
        assert len(answer.json()["moved"]) == many, asked
        assert answer.headers["ETag"].startswith('"p')
    assert site.get(address, params={"at": 0}).status_code == 404


def test_what_an_action_was_moved_by_is_shown_with_the_text(site: Site):
    team = site.as_team("ministere-de-la-justice")
    counts = {"title": "Arrêté d’exemple", "published_on": "2026-11-01"}
    answer = change(team, "/api/v1/actions/justice-2021/A01", deadline="2027", text=counts)
    assert answer.status_code == 200, answer.text
    (moved,) = site.get("/api/v1/texts/arrete-d-exemple").json()["moved"]
    assert (moved["commitment"], moved["days"]) == ("justice-2021/A01", 2191)
    assert moved["iri"] == f"{site.base}/actions/justice-2021/A01"
    assert counted(site, "text", text="arrete-d-exemple")["data"] == []
    (row,) = counted(site, "text", text="arrete-d-exemple", type="action")["data"]
    assert (row["moves"], row["days"]["entry"]) == (1, "justice-2021/A01")


# What is written, and who asks.


def test_a_change_is_counted_at_once_and_the_past_stays(site: Site):
    team = site.as_team()
    before = overall(site)
    order = {"title": "Arrêté d’exemple", "published_on": "2026-11-01", "binding": True}
    address = f"/api/v1/openings/{PRUD_HOMMES}"
    assert change(team, address, deadline="2027-09-30", text=order).status_code == 200
    after = overall(site)
    assert after["moves"] == before["moves"] + 1
    assert after["slip_days"]["longest"] == 1553
    assert counted(site, "text")["data"][0]["group"] == "arrete-2023"
    assert counted(site, "text")["overall"]["moves"] == 9
    assert overall(site, at=HEAD) == before


def test_what_the_public_may_not_see_is_in_none_of_its_figures(site: Site):
    team = site.as_team()
    counts = {"title": {"fr": "Secret"}, "publisher": "cour-de-cassation", "visibility": "internal"}
    asked = {**counts, "deadline": "2027", "text": "feuille-de-route-2021"}
    assert team.post("/api/v1/openings", json=asked).status_code == 201
    assert overall(site)["entries"] == 11
    assert team.get(STATISTICS).json()["overall"]["entries"] == 12
    other = site.as_team("conseil-d-etat")
    assert other.get(STATISTICS).json()["overall"]["entries"] == 11
    assert overall(site)["entries"] == 11


# How it is asked and answered.


def test_a_spreadsheet_may_be_asked_for_where_csv_is_sure(site: Site):
    asked = {"by": "text", "spreadsheet": "1"}
    body = site.get(f"{STATISTICS}.csv", params=asked).content
    lines = csv.DictReader(StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";")
    assert [line["days_median"] for line in lines] == ["823", "912,5", "366", "776,5"]
    assert site.get(STATISTICS, params=asked).status_code == 400
