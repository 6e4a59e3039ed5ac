"""nginx before the register, as `docs/nginx.conf` has it: nothing is older than it says."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.terminal import free_port
from tests.programs import program
from tests.serving import NO_TLS, Site, change
from tests.test_house import ROOT

LIST, PLACE = "/api/v1/openings", "/api/v1/openings/decisions-conseils-de-prud-hommes"
PATIENCE = 60


@pytest.fixture
def port() -> Iterator[int]:
    with free_port() as port:
        yield port


@pytest.fixture
def front(site: Site, tmp_path: Path, port: int) -> Iterator[httpx.Client]:
    """A client of nginx."""
    nginx = program("nginx", package="nginx-light")
    text = (ROOT / "docs" / "nginx.conf").read_text()
    text = text.replace("/var/cache/nginx", str(tmp_path)).replace("80;", f"127.0.0.1:{port};", 2)
    text = re.sub(
        "server 127.0.0.1:8[0-9:.]+;", f"server {site.base.removeprefix('http://')};", text
    )
    parts = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{name}_temp_path {tmp_path}/{name};" for name in parts)
    (tmp_path / "nginx.conf").write_text(
        f"user root; daemon off; pid {tmp_path}/pid; error_log {tmp_path}/errors; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{text} }}"
    )
    command = [nginx, "-e", str(tmp_path / "errors"), "-c", str(tmp_path / "nginx.conf")]
    base = f"http://127.0.0.1:{port}"
    with (
        subprocess.Popen(command) as process,
        httpx.Client(base_url=base, timeout=PATIENCE, verify=NO_TLS) as client,
    ):
        try:
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    client.get("/health/live")
                    break
                except httpx.TransportError:
                    assert process.poll() is None, (tmp_path / "errors").read_text()
                    assert time.monotonic() < deadline
                    time.sleep(0.02)
            yield client
        finally:
            process.terminate()


def test_what_may_change_is_asked_for_each_time(front: httpx.Client, site: Site) -> None:
    team = site.as_team()
    for turn in range(2):
        changed = change(team, PLACE, description={"fr": f"Tour {turn}"})
        for _ in range(2):
            shown = front.get(PLACE)
            assert shown.json()["description"]["fr"] == f"Tour {turn}"
        again = front.get(PLACE, headers={"If-None-Match": shown.headers["ETag"]})
        assert (again.status_code, changed.status_code) == (304, 200)


def test_what_holds_for_a_while_is_kept_and_each_reader_has_its_own(front: httpx.Client) -> None:
    style = re.search(r'href="[^"]*(/static/[^"]+\.css)"', front.get("/").text)
    assert style
    plain, zipped = {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip"}
    kept = [front.get(style[1], headers=coding) for coding in (plain, zipped, plain, zipped)]
    assert [answer.headers["X-Cache"] for answer in kept] == ["MISS", "MISS", "HIT", "HIT"]
    codings = [answer.headers.get("Content-Encoding", "") for answer in kept]
    assert codings == ["", "gzip", "", "gzip"]
    assert len({answer.content for answer in kept}) == 1


def test_readers_of_other_forms_and_languages_are_not_mixed_up(front: httpx.Client) -> None:
    for _ in range(2):
        for accept, form in (("text/html", "text/html"), ("text/turtle", "text/turtle")):
            place = PLACE.removeprefix("/api/v1")
            shown = front.get(place, headers={"Accept": accept})
            assert shown.headers["Content-Type"].startswith(form)
        for language in ("fr", "en"):
            shown = front.get("/", headers={"Accept": "text/html", "Accept-Language": language})
            assert shown.headers["Content-Language"] == language
