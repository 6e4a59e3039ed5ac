"""A harvest as harvesters do it: every page, every syntax, no redirect, over a real socket."""

import httpx
import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, RDF

from tests.formats.records import read
from tests.formats.test_shapes import results
from tests.serving import Site, change

HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
SYNTAXES = {
    "ttl": ("turtle", "text/turtle; charset=utf-8"),
    "jsonld": ("json-ld", "application/ld+json"),
    "rdf": ("xml", "application/rdf+xml"),
    "nt": ("nt", "application/n-triples"),
}
PENAL = "/api/v1/openings/decisions-penal-premiere-instance"


def pages(site: Site, address: str, form: str, media_type: str) -> list[rdflib.Graph]:
    """Every page, from the first, by `hydra:next`."""
    found: list[rdflib.Graph] = []
    following: str | None = address
    while following:
        answer = site.get(following)
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
        graph = read(answer.content, form)
        found.append(graph)
        (view,) = graph.subjects(RDF.type, HYDRA.PartialCollectionView)
        following = next((str(one) for one in graph.objects(view, HYDRA.next)), None)
        assert len(found) < 20
    return found


def datasets(graphs: list[rdflib.Graph]) -> list[str]:
    return sorted(
        str(graph.value(one, DCTERMS.identifier))
        for graph in graphs
        for one in graph.subjects(RDF.type, DCAT.Dataset)
    )


@pytest.mark.parametrize("suffix", SYNTAXES)
def test_a_harvest_meets_every_dataset_once(site: Site, suffix: str) -> None:
    form, media_type = SYNTAXES[suffix]
    found = pages(site, f"/catalog.{suffix}?page_size=4", form, media_type)
    assert len(found) == 3
    slugs = datasets(found)
    assert len(slugs) == len(set(slugs)) == 11
    totals = {str(o) for graph in found for o in graph.objects(None, HYDRA.totalItems)}
    assert totals == {str(site.get("/api/v1/openings").json()["total"])}


def test_all_four_syntaxes_say_the_same(site: Site) -> None:
    for address in ("/catalog", "/openings/decisions-penal-premiere-instance"):
        graphs = []
        for suffix, (form, media_type) in SYNTAXES.items():
            answer = site.get(f"{address}.{suffix}")
            assert answer.headers["content-type"] == media_type
            text = answer.text.replace(f"catalog.{suffix}?", "catalog.x?")
            graphs.append(read(text.encode(), form))
            named = site.get(address, headers={"Accept": media_type.split(";")[0]})
            assert named.headers["content-type"] == media_type
            assert named.text.replace(f"catalog.{suffix}?", "catalog.x?") == text
        assert all(isomorphic(graphs[0], graph) for graph in graphs[1:])


def test_whoever_asks_for_anything_is_given_turtle_without_a_redirect(site: Site) -> None:
    for accept in (None, "*/*", "text/html, */*;q=0.1"):
        headers = {"Accept": accept} if accept else {}
        request = httpx.Request("GET", f"{site.base}/catalog", headers=headers)
        answer = site.http.send(request, follow_redirects=False)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    assert site.http.head("/catalog.ttl").status_code == 200
    refused = site.get("/catalog", headers={"Accept": "image/png"})
    assert refused.status_code == 406
    assert "text/turtle; charset=utf-8" in refused.json()["offered"]


def test_every_page_is_valid_by_shacl(site: Site) -> None:
    for graph in pages(site, "/catalog.ttl?page_size=6", *SYNTAXES["ttl"]):
        assert results(graph, "shapes", "range") == {}


def test_a_page_after_the_last_is_an_error_and_never_empty(site: Site) -> None:
    for address in ("/catalog.ttl?page=2", "/catalog.rdf?page_size=4&page=4"):
        answer = site.get(address)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_harvest_by_publisher_and_of_what_changed(site: Site) -> None:
    graph = pages(site, "/catalog.ttl?publisher=conseil-d-etat", *SYNTAXES["ttl"])
    assert len(datasets(graph)) == 3
    since = "2199-01-01T00:00:00Z"
    none = pages(site, f"/catalog.ttl?modified_since={since}", *SYNTAXES["ttl"])
    assert datasets(none) == []
    assert change(site.as_team(), PENAL, description={"fr": "Deux parties."}).status_code == 200
    assert "Deux parties." in site.get("/catalog.ttl").text


def test_the_catalogue_of_a_past_day_is_of_that_day(site: Site) -> None:
    (graph,) = pages(site, "/catalog.ttl?as_of=2021-10-15", *SYNTAXES["ttl"])
    open_then = [str(s) for s in graph.subjects(DCTERMS.issued) if "#" not in str(s)]
    assert sorted(one.rsplit("/", 1)[1] for one in open_then) == [
        "decisions-conseil-d-etat",
        "decisions-cour-de-cassation",
    ]
