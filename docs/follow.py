"""Keep a copy of a register: python3 docs/follow.py ADDRESS FILE [SECONDS]

FILE is an SQLite database: `entries` has today’s document of every opening and action, `head` the
last position. Reads once, or every so many SECONDS, what was recorded since, checks the chain and
writes what changed in one transaction. It may be stopped at any time, and goes on from there. Exit
code 1: the address is out of reach, or is another register than the copy, which stays as it was.
Needs Python only. See docs/api.md.
"""  # noqa: INP001 a script for strangers, in no package

import hashlib
import json
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def sha256(*parts: object) -> str:
    return hashlib.sha256("".join(map(str, parts)).encode()).hexdigest()


def read(path: str) -> tuple[Any, str]:
    """A document and its ETag; None for a document that is not there, or no longer."""
    try:
        with urlopen(sys.argv[1].rstrip("/") + path, timeout=60) as answer:  # noqa: S310 as asked
            return json.load(answer), answer.headers.get("ETag", "")
    except HTTPError as refusal:
        if refusal.code == 400:
            sys.exit("The register holds less than the copy.")
        if refusal.code in (404, 410):
            return None, ""
        raise


def everything() -> Iterator[Any]:
    """Every document, page by page. What changes meanwhile is in the log next time."""
    for kind in ("openings", "actions"):
        path = start = f"/api/v1/{kind}?page_size=100"
        while path:
            page, _ = read(path)
            yield from page["data"]
            path = page["cursor"] and f"{start}&cursor={page['cursor']}"


def documents_of(names: Iterable[str]) -> Iterator[Any]:
    """The documents of these names that still exist."""
    for name in names:
        document = read(f"/api/v1/openings/{name}")[0] or read(f"/api/v1/actions/{name}")[0]
        yield from [document] if document else []


def follow(copy: sqlite3.Connection) -> None:
    """Bring the copy to the head of the log, or leave it unchanged."""
    known = copy.execute("SELECT position, hash, tag FROM head").fetchone()
    position, link, last_tag = known or (0, "0" * 64, "")
    page: Any = {"next": True}
    names = set()
    while page["next"]:
        page, tag = read(f"/api/v1/changes?after={position}&page_size=1000")
        for event in page["data"]:
            position, salt, digest = position + 1, event["salt"], event["digest"]
            digest = sha256(salt, canonical(event["content"])) if salt else digest
            link = sha256(link, position, digest)
            if (event["position"], event["digest"], event["hash"]) != (position, digest, link):
                sys.exit(f"The chain breaks at position {position}.")
            names.add(event["commitment"])
    if page["head"] != {"position": position, "hash": link}:
        sys.exit(f"The chain is another one at position {position}.")
    # Lateness changes at midnight, and organisations are renamed: the ETag then differs behind its
    # first dot. An event that is not public may be about any entry. In both cases, read everything.
    if None in names or tag.partition(".")[2] != last_tag.partition(".")[2]:
        copy.execute("DELETE FROM entries")
        documents = everything()
    else:
        copy.executemany("DELETE FROM entries WHERE id = ?", ((name,) for name in names))
        documents = documents_of(names)
    rows = ((entry["id"], json.dumps(entry, ensure_ascii=False)) for entry in documents)
    copy.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?)", rows)
    copy.execute("DELETE FROM head")
    copy.execute("INSERT INTO head VALUES (?, ?, ?)", (position, link, tag))


if {"-h", "--help"} & {*sys.argv}:
    print(__doc__)  # noqa: T201
    sys.exit()
if len(sys.argv) < 3:
    sys.exit(__doc__)
copy = sqlite3.connect(sys.argv[2])
copy.execute("CREATE TABLE IF NOT EXISTS entries (id PRIMARY KEY, document)")
copy.execute("CREATE TABLE IF NOT EXISTS head (position, hash, tag)")
while True:
    with copy:
        follow(copy)
    print("At {}:{}".format(*copy.execute("SELECT position, hash FROM head").fetchone()))  # noqa: T201
    if len(sys.argv) < 4:
        break
    time.sleep(float(sys.argv[3]))
