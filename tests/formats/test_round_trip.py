"""What is exported in the official layout and imported on its day changes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.domain import comparison
from app.domain.access import Actor
from app.domain.claims import ANNOUNCED, ANNOUNCEMENTS, OPENING_TYPES
from app.domain.commitments import Commitment
from app.domain.comparison import Publication
from app.domain.fold import on, resolve
from app.domain.ledger import Claim
from app.domain.matching import Known
from app.domain.periods import read_dating
from app.formats import official, table
from app.formats.table import Sheet
from tests.conftest import examples
from tests.domain.histories import written
from tests.domain.test_properties import days, histories
from tests.formats.files import as_csv

TITLES = (
    *("Décisions de la cour", "DECISIONS DE LA COUR", "Décisions – de l’a cour", "=somme(A1)"),
    *('Les "œuvres", d’art', "1ʳᵉ instance", "Données", "NA", "'x", "a;b", "???", "–", "2023"),
    "Données, API, Codes sources concernés",
)
LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn", "Cf", "Zl", "Zp"))
titles = st.sampled_from(TITLES) | st.text(LETTERS, min_size=1, max_size=60).filter(str.strip)
"""Few enough that several entries bear one title, or nearly."""


def written_plainly(sheet: Sheet) -> bytes:
    return b"".join(table.csv(sheet))


def for_spreadsheets(sheet: Sheet) -> bytes:
    return b"".join(table.csv(sheet, spreadsheet=True))


def by_others(write: Callable[[Sequence[Sequence[object]]], bytes]) -> Callable[[Sheet], bytes]:
    return lambda sheet: write([sheet.header, *sheet.rows])


WRITERS = (written_plainly, for_spreadsheets, by_others(as_csv))


@st.composite
def registers(draw: st.DrawFn) -> list[tuple[Commitment, ...]]:
    """Some openings, each with any history and any title."""
    register = []
    for number in range(draw(st.integers(1, 6))):
        identity = {
            "title": {"fr": draw(titles)},
            "type": draw(st.sampled_from(OPENING_TYPES)),
            "publisher": draw(st.sampled_from(["a", "b"])),
        }
        if announcement := draw(st.sampled_from([None, *ANNOUNCEMENTS])):
            identity["announcement"] = announcement
        if rank := draw(st.sampled_from([None, 1, 2, 3])):
            identity["rank"] = rank
        history = [identified(claim, identity) for claim in draw(histories())]
        spans = resolve(written(replace(claim, commitment=f"entry-{number}") for claim in history))
        register.append(spans)
    return register


def identified(claim: Claim, identity: dict[str, object]) -> Claim:
    if claim.kind != ANNOUNCED:
        return claim
    return replace(claim, values={**claim.values, **identity})


def exported(register: Sequence[tuple[Commitment, ...]], day: date) -> list[Commitment]:
    """The entries of a day in the order of lists: by rank, then by name."""
    entries = [entry for spans in register if (entry := on(spans, day))]
    return sorted(entries, key=lambda entry: (entry.rank is None, entry.rank or 0, entry.slug))


def changes(register: Sequence[tuple[Commitment, ...]], day: date, body: bytes) -> list[object]:
    """All that an import of the file on that day would do, or find wrong."""
    read = official.read(body)
    known = [Known(on_that_day=on(spans, day), newest=spans[-1]) for spans in register]
    publication = Publication(published_on=read_dating(day.isoformat()), text="table")
    compared = comparison.compare(read, known, {}, publication, Actor(role="operator"))
    wrong = [row for row in (*read.findings, *compared.findings) if row.severity == "error"]
    cases = [case for case in compared.cases if case.values or case.left or case.known is None]
    return [*wrong, *cases, *compared.missing]


@given(registers(), days, st.sampled_from(WRITERS))
@examples(25, 300)
def test_what_is_exported_and_imported_on_its_day_changes_nothing(register, day, write) -> None:
    body = write(official.sheet(exported(register, day)))
    assert changes(register, day, body) == []
