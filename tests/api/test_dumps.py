"""Dumps over HTTP: what all pages say, in one file."""

import gzip

import httpx
import pytest
from rdflib import RDF, Graph
from rdflib.compare import isomorphic

from tests.formats.graphs import HYDRA
from tests.formats.records import read
from tests.seeded import ENTRY, HEAD
from tests.serving import Site, change, writing

QUERIES = ("", "?at=60&as_of=2021-10-15&state=planned&state=available")


def dumped(answer: httpx.Response) -> Graph:
    assert answer.status_code == 200, answer.text
    return read(gzip.decompress(answer.content), "nt")


def together(site: Site, query: str) -> Graph:
    """All pages of the catalogue, without the way from one to the next."""
    union, following = Graph(), f"{site.base}/catalog.nt{query}{'&' if query else '?'}page_size=4"
    while following:
        answer = site.http.get(following, follow_redirects=False)
        assert answer.status_code == 200, answer.text
        page = read(answer.content, "nt")
        following = next(map(str, page.objects(None, HYDRA.next)), "")
        union += page
    for view in list(union.subjects(RDF.type, HYDRA.PartialCollectionView)):
        union.remove((view, None, None))
    union.remove((None, HYDRA.view, None))
    return union


@pytest.mark.parametrize("query", QUERIES)
def test_a_dump_says_what_all_its_pages_say_under_any_filters(site: Site, query: str):
    """In each syntax: `tests/formats/test_syntaxes.py`."""
    answer = site.get(f"/catalog.nt.gz{query}", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Disposition"] == 'attachment; filename="catalog.nt.gz"'
    assert isomorphic(dumped(answer), together(site, query))


def test_what_is_erased_is_in_no_dump_not_even_of_before(site: Site):
    assert change(site.as_team(), ENTRY, description={"fr": "Secret."}).is_success
    pinned = f"{site.base}/catalog.nt.gz?at={HEAD + 1}"
    assert "Secret." in gzip.decompress(site.get(pinned).content).decode()
    with writing(site.url) as register:
        register.erase(HEAD + 1, "by law")
    assert "Secret." not in gzip.decompress(site.get(pinned).content).decode()


def test_what_is_no_dump_and_what_dumps_do_not_take_is_refused(site: Site):
    for address in ("/catalog.json.gz", "/catalog.html.gz", "/catalog.docx.gz"):
        assert site.get(address).status_code == 404
    for query in ("page=2", "page_size=4", "cursor=x", "sort=title", "lang=fr", "publisher=x"):
        answer = site.get(f"/catalog.nt.gz?{query}")
        assert answer.status_code == 400, query
        assert answer.headers["Content-Type"] == "application/problem+json"
    allowed = site.http.options("/catalog.nt.gz")
    assert (allowed.status_code, allowed.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
