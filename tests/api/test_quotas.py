"""Quotas by address and by key: what is told, what is refused, and who is not counted."""

from typing import Any

import httpx
import pytest

from app.api.protocol import Quotas
from tests.serving import Site, serving

LIST = "/api/v1/openings"
ONE, OTHER = "203.0.113.7", "203.0.113.8"


def asked(site: Site, client: str, address: str = LIST, **headers: str) -> httpx.Response:
    """As a proxy on this machine passes it on."""
    return site.get(address, headers={"X-Forwarded-For": client, **headers})


def test_an_address_has_a_quota_and_others_theirs(seeded_database_url: str):
    with serving(seeded_database_url, quota_reads="3/minute") as site:
        for left in (2, 1, 0):
            answer = asked(site, ONE)
            assert answer.status_code == 200
            assert answer.headers["RateLimit-Policy"] == '"reads";q=3;w=60'
            assert answer.headers["RateLimit"] == f'"reads";r={left};t=60'
        refused = asked(site, ONE)
        assert refused.status_code == 429
        assert refused.json()["type"].endswith("/problems/too-many")
        assert refused.headers["Retry-After"] == "60"
        assert refused.headers["RateLimit"].startswith('"reads";r=0')
        assert asked(site, ONE, "/health/ready").status_code == 200
        assert asked(site, OTHER).status_code == 200
        local = site.get(LIST)
        assert (local.status_code, "RateLimit" in local.headers) == (200, False)


def test_a_key_is_counted_wherever_it_is_and_takes_the_place_of_no_address(
    seeded_database_url: str,
):
    with serving(seeded_database_url, quota_reads="2/minute") as site:
        keys = [site.key() for _ in range(3)]
        assert [
            asked(site, f"203.0.113.{n}", **{"X-API-KEY": keys[0]}).status_code for n in range(3)
        ] == [200, 200, 429]
        given = [
            asked(site, "198.51.100.1", **{"X-API-KEY": key}).status_code for key in keys[1:] * 2
        ]
        assert given == [200, 200, 429, 429]


def test_a_network_of_one_client_is_one_client(seeded_database_url: str):
    with serving(seeded_database_url, quota_reads="1/minute", quota_writes="") as site:
        answers = [asked(site, f"2001:db8::{number}").status_code for number in range(1, 3)]
        assert answers == [200, 429]
        write = site.http.post(LIST, json={}, headers={"X-Forwarded-For": "2001:db8::1"})
        assert write.status_code == 401


def test_nobody_is_refused_because_the_counter_fails(monkeypatch: pytest.MonkeyPatch):
    quotas = Quotas("1/minute", "")
    monkeypatch.setattr(quotas, "_hit", lambda *_: 1 / 0)
    scope: dict[str, Any] = {"client": (ONE, 1), "path": "/", "headers": []}
    assert [quotas.take(scope, "reads") for _ in range(3)] == [(True, {})] * 3


def test_writes_have_a_quota_of_their_own(seeded_database_url: str):
    with serving(seeded_database_url, quota_writes="1/minute") as site:
        headers = {"X-Forwarded-For": ONE}
        assert [site.http.post(LIST, json={}, headers=headers).status_code for _ in range(2)] == [
            401,
            429,
        ]
        assert asked(site, ONE).status_code == 200
