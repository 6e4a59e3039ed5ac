"""Keep a copy of a register: python3 docs/follow.py ADDRESS FILE [SECONDS]

FILE is an SQLite database: in `entries` the document of every opening and action as it is read
today, in `head` how far the copy goes. Asks ADDRESS once, or every so many SECONDS, what was
recorded since, checks the chain as it goes, and takes what changed in one transaction. Stop it
when you like, or start it from a timer: it goes on from there. Exit code 1: the address is out of
reach, or this is not the register that was copied; the copy stays as it was.
It needs Python, and nothing of this project. See docs/api.md.
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
    """A document and its tag; no document where none is (any more)."""
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
    """Every document, by pages. What changes meanwhile is in the log, and taken next time."""
    for kind in ("openings", "actions"):
        path = start = f"/api/v1/{kind}?page_size=100"
        while path:
            page, _ = read(path)
            yield from page["data"]
            path = page["cursor"] and f"{start}&cursor={page['cursor']}"


def those(names: Iterable[str]) -> Iterator[Any]:
    """The documents of these names that are there still."""
    for name in names:
        found = read(f"/api/v1/openings/{name}")[0] or read(f"/api/v1/actions/{name}")[0]
        yield from [found] if found else []


def follow(copy: sqlite3.Connection) -> None:
    """Bring the copy to the head of the log, or leave it as it is."""
    known = copy.execute("SELECT position, hash, tag FROM head").fetchone()
    position, link, held = known or (0, "0" * 64, "")
    page: Any = {"next": True}
    names = set()
    while page["next"]:
        page, tag = read(f"/api/v1/changes?after={position}&page_size=1000")
        for one in page["data"]:
            position, salt, digest = position + 1, one["salt"], one["digest"]
            digest = sha256(salt, canonical(one["content"])) if salt else digest
            link = sha256(link, position, digest)
            if (one["position"], one["digest"], one["hash"]) != (position, digest, link):
                sys.exit(f"The chain breaks at position {position}.")
            names.add(one["commitment"])
    if page["head"] != {"position": position, "hash": link}:
        sys.exit(f"The chain is another one at position {position}.")
    # Lateness turns at midnight, and organisations get other names: the tag says so behind its
    # first dot. An event that is not public may be about any entry. Then all is taken again.
    if None in names or tag.partition(".")[2] != held.partition(".")[2]:
        copy.execute("DELETE FROM entries")
        documents = everything()
    else:
        copy.executemany("DELETE FROM entries WHERE id = ?", ((name,) for name in names))
        documents = those(names)
    rows = ((one["id"], json.dumps(one, ensure_ascii=False)) for one in documents)
    copy.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?)", rows)
    copy.execute("DELETE FROM head")
    copy.execute("INSERT INTO head VALUES (?, ?, ?)", (position, link, tag))


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
