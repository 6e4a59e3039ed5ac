"""Stepping over midnight at the end of a deadline turns lateness, ETag and lists: nothing else."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from tests.serving import Site, serving

LATENESS = {"timeliness", "days_late", "timeliness_first", "days_late_first", "uncertain"}
RECORDED = re.compile(r'"[0-9TZ:-]+"\^\^xsd:dateTime')
"""Feeds tell no time to come: on a day before it, what was recorded is told as of that day."""
PUBLIC = "https://ouvertures.example"
PRUDHOMMES, CRIMINAL = "decisions-conseils-de-prud-hommes", "decisions-penal-premiere-instance"


def timeless(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what turns with the day."""
    kept = {name: value for name, value in document.items() if name not in LATENESS}
    return {**kept, "parts": [timeless(part) for part in document.get("parts", ())]}


def told(site: Site) -> dict[str, Any]:
    """What a reader may hold: every opening, lists, the catalogue and the log."""
    answer = site.get("/api/v1/openings?page_size=100")
    listed = answer.json()
    return {
        "entries": {entry["id"]: entry for entry in listed["data"]},
        "register": listed["register"],
        "facets": listed["facets"],
        "etags": {
            slug: site.get(f"/api/v1/openings/{slug}").headers["ETag"]
            for slug in (PRUDHOMMES, CRIMINAL)
        },
        "overdue": [e["id"] for e in site.get("/openings.json?timeliness=overdue").json()["data"]],
        "turtle": RECORDED.sub("", site.get("/catalog.ttl").text),
        "log": site.get("/api/v1/changes?limit=1000").text,
        "today": site.get("/").headers["Ouvertures-Today"],
    }


@pytest.mark.parametrize(
    ("eve", "slug", "before", "after"),
    [
        (date(2026, 9, 30), PRUDHOMMES, ("due_soon", 0), ("overdue", 1)),
        (date(2027, 12, 31), CRIMINAL, ("due_soon", 0), ("overdue", 1)),
        (date(2027, 10, 1), CRIMINAL, ("on_track", 0), ("due_soon", 0)),
    ],
)
def test_midnight_turns_lateness_and_nothing_else(
    seeded_database_url: str,
    eve: date,
    slug: str,
    before: tuple[str, int],
    after: tuple[str, int],
) -> None:
    seen = []
    for day in (eve, eve + timedelta(days=1)):
        with serving(seeded_database_url, today=day, public_url=PUBLIC) as site:
            seen.append(told(site))
    first, second = seen
    entries = first["entries"], second["entries"]
    assert [(e[slug]["timeliness"], e[slug]["days_late"]) for e in entries] == [before, after]
    assert (slug in first["overdue"]) == (before[0] == "overdue")
    assert (slug in second["overdue"]) == (after[0] == "overdue")
    assert {k: timeless(e) for k, e in first["entries"].items()} == {
        k: timeless(e) for k, e in second["entries"].items()
    }
    for one in seen:
        counted: dict[str, int] = {}
        for entry in one["entries"].values():
            counted[entry["timeliness"]] = counted.get(entry["timeliness"], 0) + 1
        assert one["facets"].pop("timeliness") == counted
    assert first["facets"] == second["facets"]
    assert first["turtle"] == second["turtle"]
    assert first["log"] == second["log"]
    for name in ("position", "hash"):
        assert first["register"][name] == second["register"][name]
    days = [f"{eve + timedelta(days=n):%Y%m%d}" for n in (0, 1)]
    for known in (PRUDHOMMES, CRIMINAL):
        tags = [one["etags"][known] for one in seen]
        assert [tag.split(".")[1] for tag in tags] == days
        assert tags[0].split(".")[0] == tags[1].split(".")[0]
    assert [one["today"] for one in seen] == [
        eve.isoformat(),
        (eve + timedelta(days=1)).isoformat(),
    ]
