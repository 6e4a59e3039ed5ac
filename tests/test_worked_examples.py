"""The worked examples of the documentation, made on a copy of the code, which then answers."""

import csv
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from app.store.database import ROOT
from tests.cli.terminal import Served, environment, free_port, started
from tests.seeded import ENTRY, HEAD
from tests.serving import change, client, new_key

PAGE = (ROOT / "docs" / "worked-examples.md").read_text()
LOCALE = "app/locale/fr.po"
PENAL = "/api/v1/openings/decisions-penal-premiere-instance"
STEP = re.compile(
    r"^(?:In `([^`]+)`, (before|after|in the place of) `([^`]+)`|"
    r"(A new file), `([^`]+)`|(At the end) of `([^`]+)`):\n\n```\w+\n(.*?)^```",
    re.MULTILINE | re.DOTALL,
)
Asked = Callable[[Served, httpx.Client], None]


def touched(heading: str) -> tuple[int, bool]:
    """What the table says that an example touches: so many files of code, and the French words."""
    (row,) = re.findall(
        rf"^\| \[{heading.lower()}\]\([^)]*\) \| (\d) \| (.*)\|", PAGE, re.MULTILINE
    )
    return int(row[0]), "French" in row[1]


def make(heading: str, tree: Path) -> set[str]:
    """Make an example in a copy of the code; the files that it touches."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    files = set()
    for match in STEP.finditer(section):
        name, how, line, new, new_name, _, end_name, block = match.groups()
        file = tree / (name or new_name or end_name)
        files.add(str(file.relative_to(tree)))
        text = "" if new else file.read_text()
        if how:
            assert text.count(line) == 1, f"{file}: {line}"
            start = text.index(line)
            stop = text.index("\n", start + len(line)) + 1
            kept = {"before": (start, start), "after": (stop, stop)}
            first, rest = kept.get(how, (start, stop))
            text = text[:first] + block + text[rest:]
        else:
            text += block
        file.write_text(text)
    return files


@contextmanager
def answering(tree: Path, url: str) -> Iterator[Served]:
    """The copy, started."""
    with free_port() as port:
        command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
        with started(command, f"http://127.0.0.1:{port}", environment(url, {}), tree) as server:
            server.await_status(200)
            yield server


def of_field(site: Served, team: httpx.Client) -> None:
    wrong = change(team, PENAL, frequency="montly")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "frequency"
    assert "monthly" in wrong.text
    assert change(team, PENAL, frequency="Monthly").json()["frequency"] == "monthly"
    assert site.get(PENAL).json()["frequency"] == "monthly"
    schemas = site.get("/openapi.json").json()["components"]["schemas"]
    having = {
        name for name, schema in schemas.items() if "frequency" in str(schema.get("properties"))
    }
    assert {"Opening", "Change"} <= having
    rows = {row["id"]: row for row in csv.DictReader(site.get("/openings.csv").text.splitlines())}
    assert rows["decisions-penal-premiere-instance"]["frequency"] == "monthly"
    assert "Fréquence de mise à jour" in site.get("/openings.csv?labels=fr").text.splitlines()[0]
    fields = {field["name"]: field for field in site.get("/schemas/openings.json").json()["fields"]}
    assert fields["frequency"]["titles"]["fr"] == "Fréquence de mise à jour"
    last = site.get(f"/api/v1/changes?after={HEAD}").json()["data"][-1]
    assert last["after"]["frequency"] == "monthly"
    for language, label in (("fr", "Fréquence de mise à jour"), ("en", "Update frequency")):
        page = site.get(f"/openings/decisions-penal-premiere-instance.html?lang={language}").text
        assert page.count(f"<dt>{label}</dt>") == 2, "among its rows, and in its timeline"


def of_filter(site: Served, _: httpx.Client) -> None:
    every = site.get("/api/v1/openings?page_size=100").json()["data"]
    answer = site.get("/api/v1/openings?rank=1&rank=3").json()
    listed = [entry for entry in every if entry["rank"] in (1, 3)]
    assert (answer["data"], answer["total"]) == (listed, 2)
    page = site.get("/?lang=en&page_size=1&rank=1&rank=3").text
    turned = re.findall(r'href="([^"]*[?;]page=2[^"]*)"', page)
    assert turned
    assert all("rank=1&amp;rank=3" in link for link in turned)
    assert "Did you mean “rank”?" in site.get("/api/v1/openings?ranks=1").text
    assert "rank" in site.get("/openapi.json").json()["components"]["parameters"]


def of_format(site: Served, _: httpx.Client) -> None:
    address = "/openings/decisions-penal-premiere-instance"
    text = site.get(f"{address}.txt")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert text.text.endswith(f"planned, {site.base}{address}\n")
    assert site.get(address, headers={"Accept": "text/plain"}).text == text.text
    assert f"{address}.txt" in site.get(f"{address}.html").text
    assert f"{address}.txt" in site.get(f"{address}.json").headers["Link"]
    assert "text/plain" in site.get(address, headers={"Accept": "image/png"}).text


def of_state(site: Served, team: httpx.Client) -> None:
    answer = change(team, "/api/v1/openings/decisions-cours-d-appel-penal", state="on_request")
    assert answer.status_code == 200, answer.text
    assert site.get("/api/v1/openings?state=on_request").json()["total"] == 1
    for language, label in (("fr", "Sur demande"), ("en", "On request")):
        headers = {"Accept": "text/html"}
        assert label in site.get(f"/?lang={language}&state=on_request", headers=headers).text
    assert "ouverture-sur-demande" in site.get("/catalog.ttl?state=on_request").text


def of_refusal(site: Served, team: httpx.Client) -> None:
    address = ENTRY
    given_up = {"state": "abandoned", "reason": "Décidé.", "text": "arrete-2025-08-29"}
    assert change(team, address, **given_up).status_code == 200
    for language, begins in (("fr", "« decisions"), ("en", "“decisions")):
        tag = site.get(address).headers["ETag"]
        headers = {"If-Match": tag, "Accept-Language": language}
        answer = team.patch(address, json={"keywords": ["droit"]}, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (
            409,
            f"{site.base}/problems/abandoned",
        )
        assert answer.json()["detail"].replace("\u00a0", " ").startswith(begins)
    assert site.get("/problems/abandoned").status_code == 200


def of_endpoint(site: Served, _: httpx.Client) -> None:
    deadline = site.get(ENTRY).json()["deadline"]
    assert site.get(f"{ENTRY}/deadline").json() == deadline
    assert site.get(f"{ENTRY}/deadline?lang=fr").status_code == 400
    assert "/api/v1/openings/{slug}/deadline" in site.get("/openapi.json").json()["paths"]


EXAMPLES: dict[str, Asked] = {
    "A described field": of_field,
    "A filter": of_filter,
    "An output format": of_format,
    "A state": of_state,
    "A refusal": of_refusal,
    "An endpoint": of_endpoint,
}


def test_examples_work_as_they_are_written_and_touch_what_the_page_says(
    tmp_path: Path, sqlite: Any
) -> None:
    left_out = shutil.ignore_patterns("__pycache__")
    for name in ("app", "migrations", "seed"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    shutil.copyfile(ROOT / "alembic.ini", tmp_path / "alembic.ini")
    for heading in EXAMPLES:
        files = make(heading, tmp_path)
        assert (len(files - {LOCALE}), LOCALE in files) == touched(heading)
    for url in sqlite.copy("seeded"):
        with answering(tmp_path, url) as site, client(site.base, new_key(url)) as team:
            for asked in EXAMPLES.values():
                asked(site, team)
