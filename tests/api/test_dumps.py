"""Dumps over HTTP: what all pages say, in one file, with a checksum that holds."""

import base64
import gc
import gzip
import hashlib
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from rdflib import RDF, Graph
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT

from app.domain.errors import Unavailable
from app.domain.search import Search
from app.register import Clock
from app.register.dumps import MOST_KEPT, MOST_WAITING, Dumps
from app.register.reading import Reading
from app.register.writing import Writing
from app.store.database import Database
from tests.formats.graphs import HYDRA
from tests.formats.records import read
from tests.journeys.test_harvest import SYNTAXES, pages
from tests.openings import SITE
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
    return read(gzip.decompress(answer.content), SYNTAXES[suffix][0])


def together(site: Site, suffix: str, query: str) -> Graph:
    """All pages of the catalogue, without the way from one to the next."""
    address = f"/catalog.{suffix}{query}{'&' if query else '?'}page_size=4"
    union = Graph()
    for page in pages(site, address, *SYNTAXES[suffix]):
        union += page
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


def test_a_dump_is_a_file_that_says_what_it_is(site: Site) -> None:
    for suffix in SYNTAXES:
        check_file(site, suffix)


def check_file(site: Site, suffix: str) -> None:
    address = f"/catalog.{suffix}.gz"
    answer = site.get(address, headers={"Accept-Encoding": "gzip"})
    told = answer.headers
    assert told["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in told
    assert told["Content-Length"] == str(len(answer.content))
    assert told["Content-Disposition"] == f'attachment; filename="catalog.{suffix}.gz"'
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert told["Repr-Digest"] == f"sha-256=:{digest}:"
    assert told["ETag"].startswith('"v84.')
    head = site.http.head(address)
    unlike = ("date", "x-request-id")
    assert {k: v for k, v in head.headers.items() if k not in unlike} == {
        k: v for k, v in told.items() if k not in unlike
    }
    assert head.content == b""
    assert site.get(address).content == answer.content
    for held in ({"If-None-Match": told["ETag"]}, {"If-Modified-Since": told["Last-Modified"]}):
        again = site.get(address, headers=held)
        assert (again.status_code, again.content) == (304, b"")


def test_its_checksum_is_one_that_sha256sum_takes(site: Site, tmp_path: Path) -> None:
    for suffix, end in product(SYNTAXES, ("gz", "gz.sha256")):
        body = site.get(f"/catalog.{suffix}.{end}?publisher=conseil-d-etat").content
        (tmp_path / f"catalog.{suffix}.{end}").write_bytes(body)
    command = ["sha256sum", "--check", "--strict", *(f"catalog.{s}.gz.sha256" for s in SYNTAXES)]
    told = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert told.returncode == 0
    assert told.stdout == "".join(f"catalog.{suffix}.gz: OK\n" for suffix in SYNTAXES)


def test_the_index_names_every_dump_at_an_address_that_does_not_change(site: Site) -> None:
    index = site.get("/dumps.json").json()
    assert index["total"] == len(index["data"]) == 4
    assert index["register"] == site.get("/api/v1/openings").json()["register"]
    assert change(site.as_team(), PRUDHOMMES, description={"fr": "Changé."}).is_success
    for row in index["data"]:
        body = site.get(row["url"]).content
        assert hashlib.sha256(body).hexdigest() == row["sha256"]
        assert len(body) == row["bytes"]
        assert site.get(row["checksum_url"]).text.startswith(f"{row['sha256']}  catalog.")
        assert "Changé.".encode() not in gzip.decompress(body)
        assert row["set_apart"] == []
        assert (row["compression"], row["media_type"]) in {
            ("application/gzip", media_type) for _, media_type in SYNTAXES.values()
        }
    later = site.get("/dumps.json").json()
    assert [row["sha256"] for row in later["data"]] != [row["sha256"] for row in index["data"]]
    held = site.get("/dumps.json").headers["ETag"]
    assert site.get("/dumps.json", headers={"If-None-Match": held}).status_code == 304


def test_a_change_is_in_the_next_dump(site: Site) -> None:
    before = site.get("/catalog.nt.gz")
    assert change(site.as_team(), PRUDHOMMES, description={"fr": "Changé."}).is_success
    after = site.get("/catalog.nt.gz", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    told = gzip.decompress(after.content).decode()
    assert "Changé." in told
    assert "Changé." not in gzip.decompress(before.content).decode()


def test_what_is_erased_is_in_no_dump_not_even_of_before(site: Site) -> None:
    assert change(site.as_team(), PRUDHOMMES, description={"fr": "Secret."}).is_success
    pinned = site.get("/dumps.json").json()["data"][3]["url"]
    assert "Secret." in gzip.decompress(site.get(pinned).content).decode()
    database = Database(site.url)
    Writing(database, Clock()).erase(85, "by law")
    database.close()
    assert "Secret." not in gzip.decompress(site.get(pinned).content).decode()


def test_an_internal_opening_is_in_no_dump(site: Site) -> None:
    announced = {"title": {"fr": "Interne"}, "publisher": "cour-de-cassation", "reason": "X"}
    team = site.as_team()
    made = team.post("/api/v1/openings", json={**announced, "visibility": "internal"})
    assert made.status_code == 201
    answer = team.get("/catalog.ttl.gz")
    assert "Interne" not in gzip.decompress(answer.content).decode()


def test_what_is_no_dump_and_what_dumps_do_not_take_is_refused(site: Site) -> None:
    for address in ("/catalog.json.gz", "/catalog.html.gz", "/catalog.docx.gz.sha256"):
        assert site.get(address).status_code == 404
    for query in ("page=2", "page_size=4", "cursor=x", "sort=title", "lang=fr", "publisher=x"):
        for address in ("/catalog.nt.gz", "/catalog.nt.gz.sha256", "/dumps.json"):
            answer = site.get(f"{address}?{query}")
            assert answer.status_code == 400, (address, query)
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


# The shelf itself.


@pytest.fixture
def register(seeded_database_url: str) -> Iterator[Reading]:
    database = Database(seeded_database_url)
    yield Reading(database, Clock(), SITE)
    database.close()


def empty(_: Any, __: Any, file: IO[bytes]) -> tuple[str, ...]:
    file.write(b"x")
    return ()


def test_a_dump_is_made_once_and_few_are_kept(register: Reading) -> None:
    dumps, sought = Dumps(register), Search(sort="slug")
    first = dumps.get(dumps.seek(sought), "nt", empty)
    assert dumps.get(dumps.seek(sought), "nt", empty) is first
    for number in range(MOST_KEPT):
        dumps.get(dumps.seek(sought), f"other-{number}", empty)
    assert len(dumps.kept) == MOST_KEPT
    assert dumps.get(dumps.seek(sought), "nt", empty) is not first
    assert b"".join(first.read()) == b"x"


def test_a_file_is_closed_with_its_last_reader(register: Reading) -> None:
    dumps = Dumps(register)
    dump = dumps.get(dumps.seek(Search()), "nt", empty)
    file, reader = dump.file, dump.read()
    del dump, dumps
    gc.collect()
    assert not file.closed
    assert next(reader) == b"x"
    del reader
    gc.collect()
    assert file.closed


def test_a_dump_that_fails_leaves_nothing_and_the_next_is_made(register: Reading) -> None:
    dumps, files = Dumps(register), []

    def failing(_: Any, __: Any, file: IO[bytes]) -> tuple[str, ...]:
        files.append(file)
        raise OSError(28, "No space left on device")

    with pytest.raises(Unavailable, match="no room"):
        dumps.get(dumps.seek(Search()), "nt", failing)
    assert [file.closed for file in files] == [True]
    assert dumps.get(dumps.seek(Search()), "nt", empty).size == 1


def test_who_waits_too_long_and_who_comes_on_top_are_turned_away(register: Reading) -> None:
    dumps = Dumps(register, patience=0.5)
    begun, done = threading.Event(), threading.Event()

    def slow(entries: Any, around: Any, file: IO[bytes]) -> tuple[str, ...]:
        begun.set()
        assert done.wait(20)
        return empty(entries, around, file)

    def ask(number: int) -> str:
        try:
            dumps.get(dumps.seek(Search()), f"nt-{number}", slow if number == 0 else empty)
        except Unavailable:
            return "turned away"
        return "made"

    with ThreadPoolExecutor(MOST_WAITING + 1) as readers:
        first = readers.submit(ask, 0)
        assert begun.wait(20)
        others = list(readers.map(ask, range(1, MOST_WAITING + 2)))
        done.set()
        assert first.result() == "made"
    assert others == ["turned away"] * (MOST_WAITING + 1)
    assert ask(99) == "made"
