"""A database that someone wrote in by hand: nobody else’s entry is lost over HTTP."""

from rdflib import URIRef
from rdflib.namespace import DCAT
from sqlalchemy import text

from app.store.database import Database
from tests.formats.records import read
from tests.serving import serving

SLUG = "decisions-conseils-de-prud-hommes"
DOORS = (
    *("/", "/?lang=en&sort=title", "/openings.json", "/openings.jsonl", "/openings.csv"),
    *("/api/v1/openings?page_size=100", "/api/v1/changes", "/openings.atom", "/openings.ics"),
    *("/catalog.ttl", "/sitemap.xml", "/sitemap-1.xml", "/metrics", "/health/ready"),
)


def test_one_altered_row_costs_one_entry(seeded_database_url: str) -> None:
    database = Database(seeded_database_url)
    with database.engine.begin() as connection:
        statement = "UPDATE spans SET record = '[]' WHERE slug = :slug"
        connection.execute(text(statement), {"slug": SLUG})
    database.close()
    with serving(seeded_database_url) as site:
        for door in DOORS:
            html = {"Accept": "text/html"} if door[:2] in ("/", "/?") else {}
            assert site.get(door, headers=html).status_code == 200, door
        page = site.get("/api/v1/openings?page_size=100").json()
        assert (len(page["data"]), page["total"]) == (10, 11)
        graph = read(site.get("/catalog.ttl").content, "turtle")
        datasets = set(graph.objects(URIRef(f"{site.base}/catalog"), DCAT.dataset))
        assert len(datasets) == 10
        answer = site.get(f"/api/v1/openings/{SLUG}")
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("/unavailable")
        assert site.get(f"/openings/{SLUG}.html").status_code == 503
        assert site.get(f"/api/v1/openings/{SLUG}/events").status_code == 503
