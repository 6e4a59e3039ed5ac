"""Dumps of a small and of a large catalogue: does memory stay flat, and what does an opening cost?

`python bench/dumps.py --openings 1000 100000` writes each dump of so many openings to a file, in
a process of its own, whose peak of memory it prints.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from reading import claims

from app.domain.commitments import Commitment
from app.domain.fold import on, resolve
from app.formats import FORMATS
from tests.web.register import chained, context

DUMPED = {row.suffix: row for row in FORMATS if row.dump}
TODAY = date(2026, 11, 23)
KINDS = 97


def openings(count: int) -> Iterator[Commitment]:
    """So many openings as they stand, of as many kinds as were folded, none of which is held."""
    kinds = [on(resolve(chained(claims(number))), TODAY) for number in range(KINDS)]
    for number in range(count):
        kind = kinds[number % KINDS]
        assert kind is not None
        yield replace(kind, slug=f"ouverture-{number:07}")


def measure(suffix: str, count: int) -> None:
    """One dump, and what it took, as a line for the process that asked."""
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        assert DUMPED[suffix].dump(openings(count), context(), file) == ()
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        packed = file.tell()
        file.seek(0)
        with gzip.open(file) as unpacked:
            told = sum(len(piece) for piece in iter(lambda: unpacked.read(1 << 20), b""))
    print(json.dumps({"seconds": seconds, "peak": peak, "packed": packed, "unpacked": told}))


def main() -> None:
    """Each size and each syntax, in turn; or one, in the process that was made for it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--openings", type=int, nargs="+", default=[1_000, 20_000])
    options.add_argument("--one", nargs=2, metavar=("SUFFIX", "COUNT"), help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.one:
        measure(asked.one[0], int(asked.one[1]))
        return
    for count in asked.openings:
        for suffix in DUMPED:
            command = [sys.executable, __file__, "--one", suffix, str(count)]
            told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603
            each = told["seconds"] / count
            print(
                f"{count:8}  {suffix:6}  {told['peak']:5.0f} MB at most  {told['seconds']:7.1f} s  "
                f"{each * 1e6:5.0f} µs an opening  {told['packed'] / 1e6:7.2f} MB packed  "
                f"{told['unpacked'] / 1e6:7.1f} MB unpacked",
                flush=True,
            )


if __name__ == "__main__":
    main()
