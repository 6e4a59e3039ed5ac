"""Dumps over HTTP: what all pages say, in one file, with a checksum that holds."""

import gzip
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from rdflib import RDF, Graph
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT

from app.register import Clock
from app.register.writing import Writing
from app.store.database import Database
from tests.formats.graphs import HYDRA
from tests.formats.records import read
from tests.formats.test_syntaxes import SYNTAXES
from tests.journeys.test_rules import walk
from tests.serving import Site, change

PRUDHOMMES = "/api/v1/openings/decisions-conseils-de-prud-hommes"
QUERIES = (
    "",
    "?publisher=conseil-d-etat",
    "?as_of=2021-10-15",
    "?at=60",
    "?at=60&as_of=2021-10-15&state=planned&state=available",
    "?modified_since=2199-01-01",
)


def dumped(answer: httpx.Response, suffix: str) -> Graph:
    assert answer.status_code == 200, answer.text
    return read(gzip.decompress(answer.content), SYNTAXES[suffix])


def together(site: Site, suffix: str, query: str) -> Graph:
    """All pages of the catalogue, without the way from one to the next."""
    address = f"{site.base}/catalog.{suffix}{query}{'&' if query else '?'}page_size=4"
    union = Graph()
    for page in walk(site, address):
        union += page.graph
    for view in list(union.subjects(RDF.type, HYDRA.PartialCollectionView)):
        union.remove((view, None, None))
    union.remove((None, HYDRA.view, None))
    return union


def test_a_dump_says_what_all_its_pages_say_under_any_filters(site: Site) -> None:
    for suffix in SYNTAXES:
        for query in QUERIES if suffix == "nt" else QUERIES[:1]:
            answer = site.get(f"/catalog.{suffix}.gz{query}")
            whole = together(site, suffix, query)
            assert isomorphic(dumped(answer, suffix), whole), (suffix, query)


@pytest.mark.parametrize("suffix", SYNTAXES)
def test_a_dump_is_a_file_that_says_what_it_is(site: Site, suffix: str) -> None:
    address = f"/catalog.{suffix}.gz"
    answer, head = site.get(address, headers={"Accept-Encoding": "gzip"}), site.http.head(address)
    assert answer.headers["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in answer.headers
    name = answer.headers["Content-Disposition"]
    assert name == f'attachment; filename="catalog.{suffix}.gz"'
    assert answer.headers["ETag"].startswith('"v84.')
    unlike = ("date", "x-request-id", "transfer-encoding")
    first, second = (
        {name: value for name, value in response.headers.items() if name not in unlike}
        for response in (answer, head)
    )
    assert (first, head.content) == (second, b"")
    for name, condition in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")):
        again = site.get(address, headers={condition: answer.headers[name]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_change_is_in_the_next_dump(site: Site) -> None:
    before = site.get("/catalog.nt.gz")
    assert change(site.as_team(), PRUDHOMMES, description={"fr": "Changé."}).is_success
    after = site.get("/catalog.nt.gz", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "Changé." in gzip.decompress(after.content).decode()
    assert "Changé." not in gzip.decompress(before.content).decode()


def test_what_is_erased_is_in_no_dump_not_even_of_before(site: Site) -> None:
    assert change(site.as_team(), PRUDHOMMES, description={"fr": "Secret."}).is_success
    pinned = f"{site.base}/catalog.nt.gz?at=85"
    assert "Secret." in gzip.decompress(site.get(pinned).content).decode()
    database = Database(site.url)
    Writing(database, Clock()).erase(85, "by law")
    database.close()
    assert "Secret." not in gzip.decompress(site.get(pinned).content).decode()


def test_an_internal_opening_is_in_no_dump(site: Site) -> None:
    team = site.as_team()
    body = {"title": {"fr": "Interne"}, "publisher": "cour-de-cassation", "reason": "X"}
    made = team.post("/api/v1/openings", json={**body, "visibility": "internal"})
    assert made.status_code == 201
    assert b"Interne" not in gzip.decompress(team.get("/catalog.ttl.gz").content)


def test_what_is_no_dump_and_what_dumps_do_not_take_is_refused(site: Site) -> None:
    for address in ("/catalog.json.gz", "/catalog.html.gz", "/catalog.docx.gz"):
        assert site.get(address).status_code == 404
    for query in ("page=2", "page_size=4", "cursor=x", "sort=title", "lang=fr", "publisher=x"):
        answer = site.get(f"/catalog.nt.gz?{query}")
        assert answer.status_code == 400, query
        assert answer.headers["Content-Type"] == "application/problem+json"
    allowed = site.http.options("/catalog.nt.gz")
    assert (allowed.status_code, allowed.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")


def test_many_readers_at_once_take_the_same_bytes(site: Site) -> None:
    def take(_: int) -> bytes:
        return httpx.get(f"{site.base}/catalog.rdf.gz", trust_env=False).content

    with ThreadPoolExecutor(4) as readers:
        bodies = set(readers.map(take, range(12)))
    assert len(bodies) == 1
    assert len(list(dumped(site.get("/catalog.rdf.gz"), "rdf").objects(None, DCAT.dataset))) == 11
