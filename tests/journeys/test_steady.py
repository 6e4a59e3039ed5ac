"""A harvest that takes long sees one state of the register, whatever is written meanwhile."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
from rdflib.namespace import DCAT, DCTERMS, RDF

from tests.formats.graphs import HYDRA
from tests.formats.records import read
from tests.serving import Site, change

FIRST = "decisions-civil-premiere-instance"
LAST = "decisions-tribunaux-de-commerce"
NEW = "decisions-tribunaux-paritaires"
Datasets = dict[str, tuple[str, str]]


def datasets(answer: httpx.Response) -> tuple[Datasets, str | None]:
    """The description and the last change of each dataset of a page, and the next page."""
    assert answer.status_code == 200, answer.text
    graph = read(answer.content, "turtle")
    described = {
        str(graph.value(dataset, DCTERMS.identifier)): (
            min(map(str, graph.objects(dataset, DCTERMS.description))),
            str(graph.value(dataset, DCTERMS.modified)),
        )
        for dataset in graph.subjects(RDF.type, DCAT.Dataset)
    }
    following = next(iter(graph.objects(None, HYDRA.next)), None)
    return described, str(following) if following else None


def harvest(site: Site, meanwhile: Callable[[int], object], size: int = 3) -> Datasets:
    """The whole catalogue, a page after the other, with something done after each."""
    harvested: Datasets = {}
    following: str | None = f"/catalog.ttl?page_size={size}"
    number = 0
    while following:
        page, following = datasets(site.get(following))
        assert page.keys().isdisjoint(harvested)
        harvested |= page
        meanwhile(number)
        number += 1
    return harvested


def test_a_harvest_among_writers_sees_what_was_there_when_it_began(site: Site) -> None:
    before = harvest(site, lambda _: None)
    court = site.as_team()

    def write(number: int) -> None:
        for slug in (FIRST, LAST):
            address = f"/api/v1/openings/{slug}"
            text = {"fr": f"Changé pendant la page {number}."}
            assert change(court, address, description=text).status_code == 200
        if number == 0:
            body = {"id": NEW, "title": {"fr": "Baux ruraux"}, "publisher": "cour-de-cassation"}
            answer = court.post("/api/v1/openings", json={**body, "reason": "À dater."})
            assert answer.status_code == 201

    assert harvest(site, write) == before
    after = harvest(site, lambda _: None)
    assert after.keys() - before.keys() == {NEW}
    assert "Changé pendant la page 3." in after[LAST][0]


def test_page_links_name_the_day_and_the_position(site: Site) -> None:
    position = site.get("/api/v1/openings").json()["register"]["position"]
    for address in ("/api/v1/openings?page_size=4", "/openings.json?page_size=4&publisher=x"):
        body = site.get(address.replace("publisher=x", "publisher=cour-de-cassation")).json()
        asked = parse_qs(urlsplit(body["next_page"]).query)
        assert asked["at"] == [str(position)]
        assert asked["as_of"] == [body["register"]["as_of"]]
        assert asked["page_size"] == ["4"]
    _, following = datasets(site.get("/catalog.ttl?page_size=4"))
    assert parse_qs(urlsplit(str(following)).query)["at"] == [str(position)]


def test_a_list_that_fits_on_a_page_names_neither(site: Site) -> None:
    assert "at=" not in site.get("/catalog.ttl").text
    assert "as_of=" not in site.get("/catalog.ttl").text


def test_a_position_answers_for_ever_and_one_to_come_is_refused(site: Site) -> None:
    head = site.get("/api/v1/openings").json()["register"]["position"]
    address = f"/api/v1/openings/{LAST}"
    before = site.get(address, params={"at": head}).json()
    answer = change(site.as_team(), address, title={"fr": "Tribunaux de commerce"})
    assert answer.status_code == 200
    after = site.get(address, params={"at": head})
    assert after.json() == before
    assert after.headers["ETag"].startswith('"p')
    assert site.get(address).json()["title"]["fr"] == "Tribunaux de commerce"
    ledger = site.get(f"{address}/events", params={"at": head}).json()
    assert max(event["position"] for event in ledger["data"]) <= head
    refused = site.get("/api/v1/openings", params={"at": head + 2})
    assert refused.status_code == 400
    assert f"The last position is {head + 1}." in refused.text
    assert site.get("/api/v1/openings?at=0").json()["total"] == 0
    assert site.get(address, params={"at": 0}).status_code == 404
