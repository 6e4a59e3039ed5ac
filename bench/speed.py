"""How fast readers are answered: `make bench`, beside nginx, datasette and ckanext-dcat.

One register is built once and kept under `bench/.cache`. Each figure is the median of rounds in
which all take their turn; CPU is that of the serving processes. What is not installed is said:
nginx and wrk are Debian’s `nginx-light` and `wrk`; `python3 -m venv bench/.cache/rivals` and its
`pip install datasette ckanext-dcat 'ckan[requirements]'` bring the others. It writes
docs/performance.md.
"""

import argparse
import os
import platform
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import register

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(__file__).resolve().parent / ".cache"
RIVALS = CACHE / "rivals" / "bin" / "python"
TICKS = os.sysconf("SC_CLK_TCK")
LIST, ENTRY, TURTLE, HOME = (
    "/api/v1/openings",
    "/api/v1/openings/ouverture-00007",
    "/openings/ouverture-00007.ttl",
    "/?lang=fr",
)
KEPT = {"list of 20": LIST, "one entry": ENTRY, "Turtle of one": TURTLE, "home page": HOME}
PAGES = {
    "home page": HOME,
    "figures": "/chiffres?lang=fr",
    "what changed": "/changements?lang=fr",
    "a programme": "/programmes/justice-2021.html?lang=fr",
    "an organisation": "/organizations/cour-de-cassation.html?lang=fr",
    "a text": "/texts/arrete-2025-08-29.html?lang=fr",
}
ASKED = 20
"""How often each is asked, each time by another address, so that none is kept."""
RARE = "wombat"
"""A word that two openings have."""


@dataclass
class Server:
    """A server that runs, with its children."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu(self) -> float:
        """Seconds of CPU so far, those of children that live included."""
        return sum(_cpu(pid) for pid in self.pids())

    def pids(self) -> list[int]:
        """The process and its children."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def memory(self) -> float:
        """MiB that its largest process has in memory."""
        kib = [_status(pid, "VmRSS") for pid in self.pids()]
        return max(kib) / 1024


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _status(pid: int, name: str) -> int:
    match = re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) if match else 0


def a_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return int(holder.getsockname()[1])


@contextmanager
def started(command: list[str], port: int, path: str = "/", **environment: str) -> Iterator[Server]:
    """A server until the block ends, once it answers."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("OUVERTURES")}
    process = subprocess.Popen(  # noqa: S603
        command,
        cwd=ROOT,
        env={**env, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        server = Server(process, port)
        deadline = time.monotonic() + 120
        while True:
            try:
                Client(port).get(path)
                break
            except OSError:
                assert process.poll() is None, command
                assert time.monotonic() < deadline, command
                time.sleep(0.02)
        yield server
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def ours(path: Path, workers: int = 1, **settings: str) -> Iterator[Server]:
    """The register in a file."""
    port = a_port()
    given = {f"OUVERTURES_{name.upper()}": value for name, value in settings.items()}
    given |= {"OUVERTURES_DATABASE_URL": f"sqlite:///{path}", "OUVERTURES_LOG_FORMAT": "json"}
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    command += ["--workers", str(workers)]
    with started(command, port, "/health/live", **given) as server:
        yield server


@contextmanager
def nginx(folder: Path, bodies: dict[str, bytes]) -> Iterator[Server]:
    """Files with the same bytes."""
    port, files = a_port(), folder / "nginx"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir(parents=True)
    places = []
    for number, body in enumerate(bodies.values()):
        (files / f"{number}.json").write_bytes(body)
    for number, address in enumerate(bodies):
        place = address.partition("?")[0]
        places.append(f"location = {place} {{ try_files /{number}.json =404; }}")
    who = "user root;" if os.geteuid() == 0 else ""
    configuration = f"""{who} daemon off; worker_processes 1; pid {files}/pid; error_log /dev/null;
        events {{}} http {{ access_log off; sendfile on; keepalive_requests 1000000;
        client_body_temp_path {files}; proxy_temp_path {files}; fastcgi_temp_path {files};
        uwsgi_temp_path {files}; scgi_temp_path {files};
        server {{ listen 127.0.0.1:{port}; root {files}; {" ".join(places)} }} }}"""
    (files / "nginx.conf").write_text(configuration)
    with started([shutil.which("nginx") or "", "-c", str(files / "nginx.conf")], port) as server:
        yield server


@contextmanager
def datasette(path: Path) -> Iterator[Server]:
    """The openings in a table, with indexes on what is asked for, served by datasette."""
    file = path.with_name("datasette.db")
    if not file.exists():
        with sqlite3.connect(path) as source, sqlite3.connect(file) as made:
            query = """SELECT slug, rank, state, publisher, steward, deadline, record FROM spans
                WHERE ends_at = 9223372036854775807 AND valid_to = '9999-12-31'"""
            made.execute("""CREATE TABLE openings (slug TEXT PRIMARY KEY, rank INT, state TEXT,
                publisher TEXT, steward TEXT, deadline TEXT, record TEXT)""")
            made.executemany("INSERT INTO openings VALUES (?,?,?,?,?,?,?)", source.execute(query))
            for column in ("rank", "state", "publisher"):
                made.execute(f"CREATE INDEX by_{column} ON openings ({column})")
            made.execute("CREATE VIRTUAL TABLE words USING fts5(record, content=openings)")
            made.execute("INSERT INTO words (rowid, record) SELECT rowid, record FROM openings")
    port = a_port()
    command = [str(RIVALS), "-m", "datasette", str(file), "--port", str(port)]
    for setting in ("suggest_facets", "allow_facet", "allow_csv_stream"):
        command += ["--setting", setting, "0"]
    with started(command, port) as server:
        yield server


class Client:
    """A connection that is kept, and counts nothing but answers."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 300)
        self.file = self.socket.makefile("rb")

    def ask(self, path: str, headers: str = "") -> tuple[int, dict[str, str]]:
        """Ask; the status and the headers."""
        text = f"GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n"
        self.socket.sendall(text.encode())
        line = self.file.readline()
        if not line:
            raise ConnectionResetError
        fields = {}
        while (row := self.file.readline()) not in (b"\r\n", b""):
            name, _, value = row.decode("latin-1").partition(":")
            fields[name.lower()] = value.strip()
        return int(line.split()[1]), fields

    def pieces(self, status: int, fields: dict[str, str]) -> Iterator[bytes]:
        """The body, as it comes."""
        if "content-length" in fields:
            yield self.file.read(int(fields["content-length"]))
        elif fields.get("transfer-encoding") == "chunked":
            while size := int(self.file.readline(), 16):
                yield self.file.read(size)
                self.file.readline()
            self.file.readline()
        elif status != 304:
            yield self.file.read()

    def get(self, path: str, headers: str = "") -> tuple[int, dict[str, str], bytes]:
        """Ask, and read all."""
        status, fields = self.ask(path, headers)
        return status, fields, b"".join(self.pieces(status, fields))


def cpu(server: Server, path: str, headers: str = "", seconds: float = 1.0) -> float:
    """Microseconds of CPU a request, over about so many seconds of it."""
    client, asked, answered = Client(server.port), path, 0
    for _ in range(3):
        status, *_ = client.get(asked, headers)
        assert status in (200, 304), (path, status)
    before = server.cpu()
    deadline = time.monotonic() + 60
    while server.cpu() - before < seconds and time.monotonic() < deadline:
        for _ in range(20):
            client.get(asked, headers)
        answered += 20
    return (server.cpu() - before) / answered * 1e6


def load(server: Server, path: str, headers: str = "", connections: int = 16) -> dict[str, float]:
    """Requests a second, and p50 and p99 in ms, under load."""
    command = ["wrk", "-t1", f"-c{connections}", "-d3", "--latency"]
    command += ["-H", headers.strip()] if headers else []
    text = subprocess.run(  # noqa: S603
        [*command, f"http://127.0.0.1:{server.port}{path}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    latency = {
        f"p{share}": float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
        for share, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)\b", text)
    }
    assert rate, text
    return {"rate": float(rate[1]), **latency}


def interleaved(acts: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of each, over rounds in which all take their turn."""
    values: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            values[name].append(act())
    return {name: statistics.median(row) for name, row in values.items()}


Row = tuple[str, str, str]
"""What was measured, the figure, and the target."""
GZIP = "Accept-Encoding: gzip\r\n"


def of_kept(path: Path, rounds: int, missing: list[str]) -> Iterator[Row]:
    """What is kept, beside nginx with the same bytes."""
    with ExitStack() as end:
        site = end.enter_context(ours(path))
        client = Client(site.port)
        bodies = {address: client.get(address)[2] for address in KEPT.values()}
        tags = {address: client.get(address)[1]["etag"] for address in KEPT.values()}
        rival = None
        if shutil.which("nginx"):
            rival = end.enter_context(nginx(path.parent, bodies))
            etags = {a: Client(rival.port).get(a)[1]["etag"] for a in bodies}
        for name, address in KEPT.items():
            acts: dict[str, Callable[[], float]] = {"kept": lambda a=address: cpu(site, a)}
            known = f"If-None-Match: {tags[address]}\r\n"
            acts["304"] = lambda a=address, k=known: cpu(site, a, k)
            if rival:
                acts["nginx"] = lambda a=address: cpu(rival, a)
            spent = interleaved(acts, rounds)
            beside = f", nginx {spent['nginx']:.0f}" if rival else ""
            yield (
                f"{name}, kept · 304, CPU µs",
                f"{spent['kept']:.0f} · {spent['304']:.0f}{beside}",
                "",
            )
            if not (rival and shutil.which("wrk")):
                continue
            theirs = f"If-None-Match: {etags[address]}"
            waits: list[dict[str, float]] = []

            def under_load(address: str = address, waits: list[dict[str, float]] = waits) -> float:
                waits.append(load(site, address))
                return waits[-1]["rate"]

            rates = interleaved(
                {
                    "kept": under_load,
                    "304": lambda a=address, k=known: load(site, a, k)["rate"],
                    "nginx": lambda a=address: load(rival, a)["rate"],
                    "nginx 304": lambda a=address, k=theirs: load(rival, a, k)["rate"],
                },
                rounds,
            )
            ratios = (
                f"{rates['kept'] / rates['nginx']:.2f} · {rates['304'] / rates['nginx 304']:.2f}"
            )
            figures = f"{rates['kept']:,.0f} · {rates['304']:,.0f} a second"
            yield (
                f"{name}, kept · 304, requests/s of nginx",
                f"{ratios} ({figures})",
                "≥ .30 · ≥ .38",
            )
            half, most = (statistics.median(row[p] for row in waits) for p in ("p50", "p99"))
            yield f"{name}, kept, 16 at once: p50 · p99", f"{half:.1f} · {most:.1f} ms", ""
    missing += [program for program in ("nginx", "wrk") if not shutil.which(program)]


def of_misses(path: Path, small: Path, rounds: int, missing: list[str]) -> Iterator[Row]:
    """What is made anew, beside datasette over the same openings."""
    rare = "contraventionnelle"
    pages = {"list": LIST, "entry": ENTRY, "rare word": f"{LIST}?q={rare}", "Turtle": TURTLE}
    pages |= {"home page": HOME, "as_of": f"{LIST}?as_of=2025-06-01", "at": f"{LIST}?at=2000"}
    pages |= {"page 2": f"{LIST}?page=2", "by title": f"{LIST}?sort=title"}
    table = "/datasette/openings"
    rivals = {
        "list": f"{table}.json?_sort=rank&_size=20&_nocount=1&_nofacet=1&_nosuggest=1",
        "entry": f"{table}/ouverture-00007.json",
        "rare word": f"{table}.json?_search={rare}&_size=20&_nocount=1&_nofacet=1&_nosuggest=1",
    }
    targets = {"list": "≥ 6", "entry": "≥ 4", "rare word": "≥ 3"}
    with ExitStack() as end:
        site = end.enter_context(ours(path, cache_mib="0"))
        less = end.enter_context(ours(small, cache_mib="0"))
        other = end.enter_context(datasette(path)) if RIVALS.exists() else None
        acts: dict[str, Callable[[], float]] = {}
        for name, address in pages.items():
            acts[name] = lambda a=address: cpu(site, a)
            if other and name in rivals:
                acts[f"datasette {name}"] = lambda a=rivals[name]: cpu(other, a)
            if name in ("list", "entry", "page 2", "by title"):
                acts[f"small {name}"] = lambda a=address: cpu(less, a)
        spent = interleaved(acts, rounds)
    for name in pages:
        figure, target = f"{spent[name] / 1000:.1f} ms", ""
        if (theirs := spent.get(f"datasette {name}")) is not None:
            figure = f"{theirs / spent[name]:.2f} ({figure}, datasette {theirs / 1000:.1f} ms)"
            yield f"uncached {name}, CPU × datasette", figure, targets[name]
        else:
            target = {"home page": "≤ 3 ms"}.get(name, "")
            yield f"uncached {name}, CPU", figure, target
    for name in ("list", "entry", "page 2", "by title"):
        ratio = f"{spent[name] / spent[f'small {name}']:.2f}"
        yield f"growth from 1,000 openings, {name}", ratio, "≤ 1.2"
    for name in ("as_of", "at"):
        yield f"{name} / today", f"{spent[name] / spent['list']:.2f}", "≤ 1.5"
    if other is None:
        missing.append("datasette")


def of_harvest(path: Path) -> Iterator[Row]:
    """The whole catalogue in pages, compressed, as a harvester follows it."""
    with ours(path) as site:
        client, address, pages = Client(site.port), "/catalog.ttl", 0
        before, memory, began = site.cpu(), site.memory(), time.monotonic()
        while address:
            status, fields, _ = client.get(address, GZIP)
            assert status == 200, address
            pages += 1
            match = re.search(r'<http://[^/]+([^>]+)>; rel="next"', fields["link"])
            address = match[1] if match else ""
        spent, grown = site.cpu() - before, site.memory() - memory
    figure = f"{spent:.1f} s CPU, {time.monotonic() - began:.0f} s, +{grown:.0f} MiB"
    yield f"harvest in {pages} pages over HTTP, gzip", figure, "≤ 6 s CPU at 100k"


def of_exports(path: Path, rows: int) -> Iterator[Row]:
    """Whole lists, and how long others wait meanwhile."""
    targets = {"csv": "≥ 20,000", "jsonl": "≥ 30,000", "xlsx": "≥ 5,000", "ods": "≥ 5,000"}
    with ours(path, cache_mib="0") as site:
        alone = _p99(site, 3.0)
        for suffix, target in targets.items():
            before, memory, address = site.cpu(), site.memory(), f"/openings.{suffix}"
            first, size = _taken(site, address)
            speed = f"{rows / (site.cpu() - before):,.0f} rows/CPU s"
            figure = f"{speed}, first byte {first:.1f} s, {size / 2**20:.0f} MiB"
            grown = f"memory +{site.memory() - memory:.0f} MiB"
            yield f"export {suffix}", f"{figure}, {grown}", f"{target}; ≤ 2 s"
            _, during = _beside(site, partial(_taken, site, address))
            yield f"a small read’s p99 during {suffix} / alone", f"{during / alone:.1f}", "≤ 2"


def of_others(path: Path) -> Iterator[Row]:
    """How long small reads wait beside statistics, and beside other processes at work."""
    copy = path.with_name("imported.db")
    shutil.copy(path, copy)
    table = ROOT / "seed" / "justice-2021" / "annexe-4-openings.csv"
    known = ("--text", "annexe", "--text-title", "Annexe", "--organization", "conseil-d-etat")
    with ours(copy, cache_mib="0") as site:
        alone = _p99(site, 3.0)
        acts: dict[str, Callable[[], object]] = {
            "statistics": lambda: _taken(site, "/api/v1/statistics?by=publisher&q=essai"),
            "verify": lambda: _at_work(copy, "verify"),
            "an import": lambda: _at_work(
                copy, "import", str(table), "--published-on", "2021-09-27", *known
            ),
        }
        for name, act in acts.items():
            _, during = _beside(site, act)
            yield f"a small read’s p99 during {name} / alone", f"{during / alone:.1f}", "≤ 2"


def _at_work(path: Path, *command: str) -> None:
    """A command on the register in a file, for a quarter of a minute at most."""
    env = {**os.environ, "OUVERTURES_DATABASE_URL": f"sqlite:///{path}"}
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "app", *command],
            check=False,
            cwd=ROOT,
            env=env,
            timeout=15,
            capture_output=True,
        )


def _taken(site: Server, address: str) -> tuple[float, int]:
    """Seconds to the first byte of an answer, and how many bytes it has."""
    client, began, first, size = Client(site.port), time.monotonic(), 0.0, 0
    status, fields = client.ask(address)
    assert status == 200, address
    for piece in client.pieces(status, fields):
        first = first or time.monotonic() - began
        size += len(piece)
    return first, size


def _beside(site: Server, act: Callable[[], T]) -> tuple[T, float]:
    """What an act gives, and the p99 of small reads meanwhile."""
    during: list[float] = []
    done = threading.Event()
    reader = threading.Thread(target=lambda: during.append(_p99(site, None, done)))
    reader.start()
    given = act()
    done.set()
    reader.join()
    return given, during[0]


def _p99(site: Server, seconds: float | None, done: threading.Event | None = None) -> float:
    """Milliseconds of small reads at the 99th percentile."""
    client, spent, began = Client(site.port), list[float](), time.monotonic()
    while not (done.is_set() if done else time.monotonic() - began > (seconds or 0)):
        asked = time.perf_counter()
        client.get(ENTRY)
        spent.append((time.perf_counter() - asked) * 1000)
        time.sleep(0.005)
    return sorted(spent)[int(len(spent) * 0.99)]


def of_start(path: Path) -> Iterator[Row]:
    """From nothing to the first answer, and what a worker takes."""
    spent, memory = [], []
    for _ in range(3):
        with ours(path) as site:
            Client(site.port).get(LIST)
            spent.append(site.cpu())
            memory.append(site.memory())
    figure = f"{min(spent):.1f} s CPU · {statistics.median(memory):.0f} MiB"
    yield "cold start to the first list · memory", figure, "≤ 1.5 s CPU · ≤ 100 MB"


def of_workers(path: Path, rounds: int) -> Iterator[Row]:
    """Two workers on two cores. The load takes its part of both."""
    if not shutil.which("wrk"):
        return
    for name, size in (("kept", "32"), ("uncached", "0")):
        with ours(path, cache_mib=size) as single, ours(path, 2, cache_mib=size) as double:
            rates = interleaved(
                {
                    "1": lambda: load(single, ENTRY)["rate"],
                    "2": lambda: load(double, ENTRY)["rate"],
                },
                rounds,
            )
        yield f"two workers / one, {name}", f"{rates['2'] / rates['1']:.2f}", "≥ 1.7"


def of_weight(path: Path, openings: int) -> Iterator[Row]:
    """What pages cost uncached and weigh, compressed and not, of the seed and of many openings."""
    seed = path.with_name("seed.db")
    url = f"sqlite:///{seed}"
    register.migrate(url)
    env = {**os.environ, "OUVERTURES_DATABASE_URL": url}
    subprocess.run([sys.executable, "-m", "app", "seed"], check=True, cwd=ROOT, env=env)
    for holds, file in (("the seed", seed), (f"{openings:,} openings", path)):
        with ours(file) as site:
            client = Client(site.port)
            for name, page in PAGES.items():
                zipped, plain = (len(client.get(page, each)[2]) / 1024 for each in (GZIP, ""))
                before = site.cpu()
                for number in range(ASKED):
                    client.get(f"{page}&utm_n={number}", GZIP)
                spent = (site.cpu() - before) / ASKED * 1000
                weight = f"{zipped:.0f} KiB ({plain:.0f} as it is)"
                yield f"{name} of {holds}, uncached, gzip", f"{spent:.0f} ms, {weight}", "≤ 60 KB"


def of_dcat(path: Path, missing: list[str]) -> Iterator[Row]:
    """A page of 100 datasets in Turtle, beside what ckanext-dcat’s serialiser alone takes."""
    with ours(path, cache_mib="0") as site:
        own = cpu(site, "/catalog.ttl?page_size=100") / 1000
    figure = f"{own:.1f} ms"
    if RIVALS.exists():
        command = [str(RIVALS), "bench/rival_dcat.py"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
        if done.returncode == 0:
            theirs = float(done.stdout) * 1000
            figure = f"{theirs / own:.0f} ({figure}, ckanext-dcat {theirs:.0f} ms)"
        else:
            missing.append(f"ckanext-dcat ({done.stderr.strip().splitlines()[-1]})")
    yield "DCAT page of 100 × ckanext-dcat, Turtle", figure, "≥ 100"


def main() -> None:
    """Measure, print, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--openings", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="names of parts, such as kept,misses")
    asked = parser.parse_args()
    folder = CACHE / "speed"
    folder.mkdir(parents=True, exist_ok=True)
    path, small = folder / f"{asked.openings}.db", folder / "1000.db"
    register.build(path, asked.openings)
    register.build(small, 1000)
    for file in (path, small):
        register.migrate(f"sqlite:///{file}")
    missing: list[str] = []
    parts: dict[str, Callable[[], Iterator[Row]]] = {
        "kept": lambda: of_kept(path, asked.rounds, missing),
        "misses": lambda: of_misses(path, small, asked.rounds, missing),
        "start": lambda: of_start(path),
        "dcat": lambda: of_dcat(path, missing),
        "exports": lambda: of_exports(path, asked.openings),
        "others": lambda: of_others(path),
        "harvest": lambda: of_harvest(path),
        "workers": lambda: of_workers(path, asked.rounds),
        "weight": lambda: of_weight(path, asked.openings),
    }
    rows: list[Row] = []
    for name, part in parts.items():
        if not asked.only or name in asked.only.split(","):
            for row in part():
                rows.append(row)
                print(" | ".join(row), flush=True)
    if not asked.only:
        report(rows, missing, asked.openings)


def report(rows: list[Row], missing: list[str], openings: int) -> None:
    """docs/performance.md: the part that is measured; what is written around it stays."""
    file, mark = ROOT / "docs" / "performance.md", "<!-- measured -->\n"
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores ({platform.machine()})"
    lines = [
        f"{openings:,} openings on SQLite, {machine}, {time.strftime('%d %B %Y')}.",
        f"Not installed, so not measured: {', '.join(missing)}." if missing else "",
        "| | measured | target |\n| --- | --- | --- |\n"
        + "\n".join(f"| {' | '.join(r)} |" for r in rows),
    ]
    before, _, _ = file.read_text().partition(mark)
    file.write_text(f"{before}{mark}\n" + "\n\n".join(filter(None, lines)) + "\n")


if __name__ == "__main__":
    main()
