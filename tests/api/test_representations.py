"""Tags, codings and viewers: over every address that the description of the API has."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import httpx
import pytest

from app.api.cache import takes_gzip
from tests.api.test_protocol import connected
from tests.documented import resolved
from tests.serving import Site, serving

LIST = "/api/v1/openings"


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        *(
            (text, True)
            for text in ("gzip", "GZIP", "x-gzip", "*", "br, gzip;q=0.1", "gzip ; q=1.0")
        ),
        ("gzip, identity", True),
        *((text, False) for text in ("", "gzip;q=0", "GZIP;Q=0.000", "notgzip", "identity", "br")),
        *((text, False) for text in ("*;q=0", "gzip;q=0, *", "gzip;q=0.5, identity")),
    ],
)
def test_gzip_is_sent_to_whoever_takes_it(accepted: str, taken: bool):
    assert takes_gzip(accepted) is taken


def addresses(site: Site) -> Iterator[str]:
    """Every address that all may read, with an example in the place of each parameter."""
    for path, item in resolved(site.get("/openapi.json").json())["paths"].items():
        if {} in item.get("get", {}).get("security", ()):
            places = [row for row in item["get"].get("parameters", ()) if row["in"] == "path"]
            names = {row["name"]: _example(row) for row in places}
            yield path.format(**names)


def _example(row: dict[str, Any]) -> Any:
    return row.get("example") or row["schema"]["enum"][0]


def asked(client: httpx.Client, address: str, **headers: str) -> httpx.Response:
    return client.get(address, headers=headers)


def test_bytes_that_differ_have_tags_that_differ(site: Site):
    clients = [site.http, site.as_team()]
    tagged = 0
    for address in addresses(site):
        bodies: dict[str, bytes] = {}
        for client in clients:
            for coding in ("gzip", "identity")[: 2 if client is site.http else 1]:
                answer = client.build_request("GET", address, headers={"Accept-Encoding": coding})
                got = client.send(answer, stream=True)
                raw = b"".join(got.iter_raw())
                got.close()
                if got.status_code != 200 or "etag" not in got.headers:
                    continue
                tagged += 1
                tag, private = got.headers["etag"], client is not site.http
                assert bodies.setdefault(tag, raw) == raw, address
                assert got.headers["cache-control"].count("private") == private
                again = asked(client, address, **{"Accept-Encoding": coding, "If-None-Match": tag})
                assert again.status_code == 304, address
                for name in ("etag", "vary", "cache-control", "last-modified"):
                    assert again.headers.get(name) == got.headers.get(name), (address, name)
        assert len(bodies) in (0, 2, 3)
    assert tagged > 100


def test_what_another_may_see_is_no_answer_to_a_condition(site: Site):
    team = site.as_team()
    public = site.get(LIST)
    tag, day = public.headers["etag"], public.headers["last-modified"]
    for conditions in ({"If-None-Match": tag}, {"If-Modified-Since": day}):
        assert asked(site.http, LIST, **conditions).status_code == 304
        assert asked(team, LIST, **conditions).status_code == 200
    own = asked(team, LIST).headers["etag"]
    assert asked(site.http, LIST, **{"If-None-Match": own}).status_code == 200
    assert asked(team, LIST, **{"If-None-Match": f'"x", {own}'}).status_code == 304


def test_a_tag_that_a_proxy_has_marked_earns_its_304(site: Site):
    bare = asked(site.http, LIST, **{"Accept-Encoding": "identity"}).headers["etag"]
    marked = bare[:-1] + '-gzip"'
    answer = asked(site.http, LIST, **{"Accept-Encoding": "gzip", "If-None-Match": marked})
    assert (answer.status_code, answer.headers["etag"]) == (304, marked)


@pytest.mark.parametrize(
    "day",
    [
        "Thu, 01 Jan 99999999999 00:00:00 GMT",
        "Thu, 01 Jan 0000 00:00:00 GMT",
        "Thu, 99 Jan 2026 00:00:00 GMT",
        "Thu, 01 Jan 2026 00:00:00 +9999999999",
        "Thu, 01 Jan 2026 99:99:99 -0000",
        "2026-01-01",
        "-1",
    ],
)
def test_a_day_that_is_none_is_ignored(site: Site, day: str):
    assert asked(site.http, LIST, **{"If-Modified-Since": day}).status_code == 200


def test_white_space_around_a_field_is_no_part_of_it(site: Site):
    key, spaces = site.key(), (" {} ", "\t{}", "{}\t ", "{}")
    fields = (("X-API-KEY", key), ("Authorization", f"Bearer {key}"))
    for around, (name, value) in product(spaces, fields):
        with connected(site) as client:
            field = f"{name}:{around.format(value)}\r\n"
            client.sendall(f"GET {LIST} HTTP/1.1\r\nHost: x\r\n{field}\r\n".encode())
            assert client.recv(99).startswith(b"HTTP/1.1 200")


def test_what_others_append_to_links_is_ignored_outside_the_api(site: Site):
    for address in ("/", "/openings.csv", "/catalog.nt", "/docs", "/openapi.json"):
        assert asked(site.http, f"{address}?fbclid=y").status_code == 200, address
    assert asked(site.http, "/nowhere?fbclid=y").status_code == 404
    assert asked(site.http, f"{LIST}?fbclid=y").status_code == 400
    for name in ("utm_source", "gclid", "msclkid", "mc_cid", "mtm_campaign"):
        assert asked(site.http, f"/?{name}=y").status_code == 200, name


def test_the_description_and_problems_have_the_prefix_of_the_address(seeded_database_url):
    with serving(seeded_database_url, public_url="https://x.example/registre") as site:
        assert site.get("/openapi.json").json()["servers"] == [
            {"url": "https://x.example/registre"}
        ]
        assert site.get("/api/v1/nowhere").json()["instance"] == "/registre/api/v1/nowhere"
