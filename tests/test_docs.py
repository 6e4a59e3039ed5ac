"""The documentation says what the code does: links, names, examples, and a stranger's script."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from app.api.problems import EVERY
from app.domain.access import ROLES
from app.domain.claims import ACCESS_RIGHTS, ANNOUNCEMENTS, STANDINGS, TYPES
from app.domain.commitments import TIMELINESS
from app.domain.ledger import KINDS
from app.domain.search import PARAMETERS
from app.domain.states import STATES
from app.formats.dcat import terms
from app.formats.document import vocabularies
from app.settings import PREFIX, Settings
from app.store.database import ROOT
from tests.seeded import ENTRY, HEAD, PRUD_HOMMES, place
from tests.serving import Site, change, serving, writing

DOCS = ROOT / "docs"
SCRIPT = DOCS / "check_chain.py"
PAGES = [
    path
    for path in sorted(ROOT.rglob("*.md"))
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
]
LOCAL = "http://127.0.0.1:8000"
THE_DAY = date(2026, 11, 23)
ORDER = place(PRUD_HOMMES, "arrete-2025-08-29")
"""On which the examples were written."""

Document = dict[str, Any]


def page(name: str) -> str:
    """The text of a page of the documentation."""
    return (DOCS / name).read_text()


def unnamed(names: Any, text: str) -> list[str]:
    """The names that a text does not hold as code."""
    return [name for name in names if f"`{name}`" not in text]


# Links and names


def anchors(text: str) -> set[str]:
    """What the headings of a page are called in addresses."""
    headings = re.findall(
        r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    )
    plain = (re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        address, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", address):
            continue
        target = (path.parent / address).resolve() if address else path
        exists = target.exists() and ROOT in (target, *target.parents)
        if not exists or (anchor and anchor not in anchors(target.read_text())):
            broken.append(link)
    assert broken == []


def test_no_page_names_a_place_on_one_machine() -> None:
    private = re.compile(r"(?<![\w.])/(work|root|home|Users)/|pypi\.org|pythonhosted")
    assert [path.name for path in PAGES if private.search(path.read_text())] == []


def test_every_kind_of_problem_is_explained() -> None:
    text = page("api.md")
    assert unnamed(EVERY, text) == []
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", text, re.MULTILINE))
    assert rows == {name: str(problem.status) for name, problem in EVERY.items()}


def test_every_parameter_is_explained() -> None:
    assert unnamed(PARAMETERS, page("api.md")) == []


def test_every_setting_is_documented() -> None:
    names = [PREFIX + name.upper() for name in Settings.model_fields]
    assert unnamed(names, page("settings.md")) == []


def test_every_decision_is_listed() -> None:
    listed = (DOCS / "decisions" / "README.md").read_text()
    records = [path.name for path in (DOCS / "decisions").glob("0*.md")]
    assert records
    assert [name for name in records if f"[{name[:4]}]({name})" not in listed] == []


def test_the_glossary_has_the_french_word_for_each_name() -> None:
    text = page("glossary.md")
    names = (*STATES, *TIMELINESS, *KINDS, *ROLES, *TYPES, *ANNOUNCEMENTS, *STANDINGS)
    assert unnamed((*names, *ACCESS_RIGHTS), text) == []
    ours = ("types", "states", "announcements", "timeliness")  # the rest are the EU’s
    labels = [row["label"]["fr"] for name in ours for row in vocabularies()[name]]
    labels += [row["label_action"]["fr"] for row in vocabularies()["states"]]
    assert [label for label in labels if label not in text] == []


def test_the_domain_explains_every_state_timeliness_and_kind_of_event() -> None:
    assert unnamed((*STATES, *TIMELINESS, *KINDS, *STANDINGS), page("domain.md")) == []
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (.+) \|$", page("domain.md"), re.MULTILINE))
    for state in STATES.values():
        assert re.findall(r"`(\w+)`", rows[state.key]) == [*state.may_become], state.key


def test_dcat_is_documented_for_every_state() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+)[^|]*\| `([\w-]+)` \|", page("dcat.md"), re.MULTILINE)
    expected = [(key, row.status or "none", row.keyword) for key, row in terms.STATES.items()]
    assert rows == expected
    assert unnamed(terms.ANNOUNCEMENTS.values(), page("dcat.md")) == []


def test_the_code_map_names_every_module() -> None:
    modules = {path.name for path in (ROOT / "app").rglob("*.py")}
    assert unnamed(sorted(modules), page("architecture.md")) == []


# Examples


def examples(text: str) -> Iterator[tuple[list[str], Document | None]]:
    """Each curl command of a page as words; the last of a block with the answer shown after it."""
    blocks = re.finditer(
        r"^```sh\n(.*?)^```\n(?:\n```json\n(.*?)^```)?", text, re.MULTILINE | re.DOTALL
    )
    for block in blocks:
        lines = block[1].replace("\\\n", " ").replace('"Bearer $KEY"', "'Bearer $KEY'").splitlines()
        commands = [shlex.split(line, comments=True) for line in lines if line.startswith("curl")]
        for number, command in enumerate(commands, start=1):
            shown = block[2] if number == len(commands) else None
            yield command, json.loads(shown) if shown else None


def run(command: list[str], site: Site, key: str) -> httpx.Response:
    """What a curl command does."""
    words = iter(command[1:])
    method, headers, content, address = "GET", {}, None, ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value.replace("$KEY", key)
        elif word == "-d":
            content = next(words).encode()
        elif word == "-sI":
            method = "HEAD"
        elif not word.startswith("-"):
            address = word
    assert address.startswith(LOCAL), address
    return site.http.request(
        method, address.replace(LOCAL, site.base), headers=headers, content=content
    )


def missing(shown: Any, answer: Any, where: str = "") -> list[str]:
    """Where an answer is not what a page shows of it."""
    if isinstance(shown, dict) and isinstance(answer, dict):
        return [
            fault
            for name, value in shown.items()
            for fault in missing(value, answer.get(name), f"{where}.{name}")
        ]
    if isinstance(shown, list) and isinstance(answer, list) and len(shown) == len(answer):
        pairs = enumerate(zip(shown, answer, strict=True))
        return [fault for place, pair in pairs for fault in missing(*pair, f"{where}.{place}")]
    return [] if shown == answer else [f"{where}: {answer!r}, not {shown!r}"]


SHOWING = (
    "README.md",
    "README.fr.md",
    "docs/api.md",
    "docs/dcat.md",
    "docs/harvesters.md",
    "docs/statistics.md",
    "docs/subscribing.md",
)


@pytest.mark.parametrize("name", SHOWING)
def test_the_examples_answer_what_the_page_shows(seeded_database_url: str, name: str) -> None:
    shown_there = list(examples((ROOT / name).read_text()))
    assert shown_there
    with serving(seeded_database_url, today=THE_DAY) as site:
        key = site.key()
        for command, shown in shown_there:
            answer = run(command, site, key)
            expected = (shown or {}).get("status")
            worked = answer.is_success or answer.has_redirect_location
            assert answer.status_code == expected or worked, (command, answer.text)
            if shown:
                document = json.loads(answer.text.replace(site.base, LOCAL))
                assert missing(shown, document) == [], command


def test_every_key_of_a_document_is_defined(seeded_database_url: str) -> None:
    with serving(seeded_database_url) as site:
        entries = [
            site.get("/api/v1/openings/decisions-penal-premiere-instance").json(),
            site.get("/api/v1/actions/justice-2021/A16").json(),
            site.as_team().get(ENTRY).json(),
        ]
    keys = {name for entry in entries for name in entry} | {*entries[0]["parts"][0]}
    assert unnamed(sorted(keys), page("domain.md")) == []


def test_every_address_is_in_the_reference(seeded_database_url: str) -> None:
    with serving(seeded_database_url) as site:
        paths = site.get("/openapi.json").json()["paths"]
    voices = (
        re.sub(r"^(/openings|/actions|/moves)\.(?!json$)\w+$", r"\1.{suffix}", path)
        for path in paths
    )
    assert unnamed([*voices, "/openapi.json"], page("api.md")) == []


def test_the_case_worked_out_is_what_the_register_says(seeded_database_url: str) -> None:
    table = re.findall(
        r"^\| (\d{4}-\d\d-\d\d) \| ([\d-]*) ?\| (\d*) ?\| ([^|]*)\| ([^|]*)\|",
        page("domain.md").split("## A case worked out", 1)[1],
        re.MULTILINE,
    )
    assert len(table) == 11
    with serving(seeded_database_url, today=THE_DAY) as site:
        for day, deadline, slip, *verdicts in table:
            entry = site.get(ENTRY, params={"as_of": day}).json()
            if not deadline:
                assert entry["status"] == 404
                continue
            assert (entry["deadline"]["end"], str(entry["slip_days"])) == (deadline, slip), day
            for verdict, suffix in zip(verdicts, ("", "_first"), strict=True):
                name, days = entry[f"timeliness{suffix}"], entry[f"days_late{suffix}"]
                late = f", {days} day{'s' * (abs(days) > 1)}" if days else ""
                assert verdict.strip() == f"`{name}`{late}", day


# Statistics, as the page defines and shows them

THEN = {"as_of": "2026-10-01"}
IN_CELL = re.compile(r"`([^`]+)`")


def cells(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading of the page, after its head."""
    under = page("statistics.md").split(f"\n{heading}\n", 1)[1]
    lines = [line for line in under.split("\n#", 1)[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def shown(heading: str) -> dict[str, Any]:
    """Each figure of a table with its example."""
    return {
        name: json.loads(value)
        for first, _, last in cells(heading)
        for name, value in zip(IN_CELL.findall(first), IN_CELL.findall(last), strict=True)
    }


def statistics(site: Site, **asked: str) -> Document:
    """What the register says."""
    counted: Document = site.get("/api/v1/statistics", params=asked).json()
    return counted


def test_each_figure_is_defined_with_what_it_is_in_the_seed(seeded_database_url: str) -> None:
    with serving(seeded_database_url, today=THE_DAY) as site:
        whole = statistics(site, **THEN)["overall"]
        asked = {"by": "text", "text": "arrete-2025-08-29"}
        (text,) = statistics(site, **THEN, **asked)["data"]
    assert [*shown("## Each figure")] == [name for name in whole if name not in ("group", "name")]
    assert missing(shown("## Each figure"), whole) == []
    defined = [name for name in text if name not in ("group", "title", "details")]
    assert [*shown("### By text")] == defined
    assert missing(shown("### By text"), text) == []
    assert unnamed({*whole, *text, *whole["slip_days"]}, page("statistics.md")) == []


# The script with which a stranger checks the chain


def check(base: str, *kept: str) -> subprocess.CompletedProcess[str]:
    """The script, in a process that knows nothing of this project."""
    plain = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), base, *kept],
        check=False,
        cwd=ROOT.parent,
        env=plain,
        capture_output=True,
        text=True,
        timeout=60,
    )


@contextmanager
def relayed(base: str, alter: Callable[[Document], None], limit: int = 1000) -> Iterator[str]:
    """The log of a register behind another address, in short pages, and not quite the same."""

    class Relay(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            after = re.search(r"after=(\d+)", self.path)
            query = {"after": after[1] if after else "0", "page_size": str(limit)}
            page = httpx.get(f"{base}/api/v1/changes", params=query, trust_env=False).json()
            alter(page)
            body = json.dumps(page).replace(base, here).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Relay) as server:
        here = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()


def test_a_stranger_checks_the_chain(seeded_database_url: str) -> None:
    with serving(seeded_database_url) as site:
        before = check(site.base).stdout.split()[-1]
        team = site.as_team()
        assert change(team, ENTRY, state="partially_available", note="été 🌞").is_success
        assert change(team, ENTRY, budget_status="unknown").is_success
        with writing(seeded_database_url) as register:
            register.erase(HEAD + 1, "an example")
        head = site.get("/health/ready").json()
        whole = check(site.base, before)
        with relayed(site.base, lambda _: None, limit=10) as other:
            in_pages = check(other, before)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert whole.stdout == (
        f"{HEAD + 3} events hold together, 2 of them hidden. "
        f"Head {head['position']}:{head['hash']}\n"
    )
    assert (in_pages.returncode, in_pages.stdout) == (0, whole.stdout)


def altered(position: int, *path: str, value: Any = "0" * 64) -> Callable[[Document], None]:
    """Puts another value at a path of an event, in a page that holds all."""

    def alter(page: Document) -> None:
        event = page["data"][position - 1]
        assert event["position"] == position
        for name in path[:-1]:
            event = event[name]
        event[path[-1]] = value

    return alter


def hidden(page: Document) -> None:
    page["data"][ORDER - 1].update(salt=None, content=None, digest="0" * 64)


def cut(*places: int | None) -> Callable[[Document], None]:
    def alter(page: Document) -> None:
        del page["data"][slice(*places)]

    return alter


@pytest.mark.parametrize(
    ("alter", "fault"),
    [
        (altered(40, "content", "source", value={"title": "x"}), "breaks at position 40."),
        (altered(ORDER, "digest"), f"breaks at position {ORDER}."),
        (cut(ORDER - 1, ORDER), f"breaks at position {ORDER}."),
        (hidden, f"breaks at position {ORDER}."),
        (cut(ORDER - 1, None), f"Not in the chain: {HEAD}:"),
    ],
    ids=["source", "digest", "left out", "hidden", "end left out"],
)
def test_a_stranger_finds_what_was_altered(
    sqlite: Any, alter: Callable[[Document], None], fault: str
) -> None:
    for url in sqlite.copy("seeded"):
        with serving(url) as site, relayed(site.base, alter) as other:
            checked = check(other)
    assert checked.returncode == 1
    assert fault in checked.stderr


def test_the_script_says_how_it_is_used() -> None:
    usage = check("--help")
    assert (usage.returncode, usage.stderr) == (0, "")
    assert usage.stdout.startswith("Check the chain of a register: python3 docs/check_chain.py")


def test_the_script_is_short_and_needs_nothing() -> None:
    tree = ast.parse(SCRIPT.read_text())
    # As `ast` writes it again, a statement a line: without comments and blank lines.
    tree.body = tree.body[1:]
    lines = [line for line in ast.unparse(tree).splitlines() if line]
    assert len(lines) <= 22
    imported = {
        name.name.split(".")[0] if isinstance(node, ast.Import) else str(node.module).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert imported <= {*sys.stdlib_module_names}
