"""Search in words: the same entries on both engines, and those that plain Python finds."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.domain.access import PUBLIC
from app.domain.claims import ANNOUNCED, DEADLINE, DESCRIBED
from app.domain.commitments import Commitment
from app.domain.ledger import Claim
from app.domain.periods import read_dating
from app.domain.search import Search, read
from app.domain.values import permanent_name
from app.register import seed
from app.register.reading import Page, Reading
from app.register.writing import Writing
from app.store import events as ledger
from app.store.database import Database
from app.store.words import Word, meant, phrases, spots
from tests import serving
from tests.conftest import examples
from tests.store.test_spelling import hold

ALL = list(range(1, 12))
PRUD_HOMMES = "decisions-conseils-de-prud-hommes"
FOUND: dict[str, list[int]] = {
    # words as the rules compare them: `test_spelling` has more
    "délictuelles ": [8, 11],
    "delictuell": [8, 11],
    "tribunal commercial ": [],
    "1ʳᵉ INSTANCES": [8, 9],
    "e\u0301tat": [1],
    "cours d'appel": [3, 4, 11],
    "prudhomm": [6],
    "cour\u00a0de\u202fcass": [2],
    # what people type instead
    "CA": [2, 3, 4, 11],
    "CA ": [3, 4, 11],
    "CPH": [6],
    "prud’homales": [6],
    "TJ": [9],
    "Judilibre": [2, 4, 6, 7, 9],
    # the titles of the texts that gave it a deadline, in whole words
    "arrêté décembre 2024": [8, 10, 11],
    "arrêté décembre 20": [],
    # nothing but function words, or no word
    "": ALL,
    " \t ": ALL,
    "de la": [2],
    "le la les du et": [1, 4, 8, 11],
    "???": [],
    "\U0001f5c2": [],
    "\U0001f5c2 cour": [2, 3, 4, 11],
    # what engines would read as orders: more is tried below
    "cour NOT appel": [],
    "words:cour": [],
    "cour'; DROP TABLE wordings; --": [],
    # many words
    "cour " * 200: [2, 3, 4, 11],
    " ".join(f"mot{n}" for n in range(200)): [],
    "cour " + "x" * 1900: [],
    "cour " + "\ufdfa" * 200: [],
}

WORDS = (
    *("décisions", "Cours", "d’appel", "prud'hommes", "JuriCA", "1re", "pénale", "l’open-data"),
    *("delictuel", "Tribunaux", "état", "de", "la", "C.N.I.L.", "cnil", "agent·e·s", "œuvre"),
    *(
        "OEUVRES",
        "Ⅻ",
        "２０２１",
        "2021",
        "ΣΊΣΥΦΟΣ",
        "σίσυφος",
        "ßtraße",
        "日本",
        "e\u0301te\u0301",
    ),
    *("=cour", '"', "*", "AND", "NEAR(", "\\", "%", ":", "-x", "'", "\0", "\U0001f5c2", "x" * 120),
)
QUERIES = st.one_of(
    st.text(max_size=20),
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
    st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=5).map("".join),
    st.tuples(st.sampled_from(WORDS), st.integers(1, 8)).map(lambda pair: pair[0][: pair[1]]),
)


def claim(slug: str, kind: str = ANNOUNCED, published: str = "2026-01-10", **values: Any) -> Claim:
    if kind == ANNOUNCED:
        values = {
            "type": "dataset",
            "publisher": "cour-de-cassation",
            "steward": "ministere-de-la-justice",
            "state": "planned",
            **values,
        }
    when = read_dating(published)
    visibility = str(values.pop("visibility", "public"))
    if visibility != "public":
        values["visibility"] = visibility
    return Claim(
        commitment=slug,
        kind=kind,
        values=values,
        decided_on=when,
        published_on=when,
        visibility=visibility,
    )


def slugs(page: Page) -> list[str]:
    return [entry.slug for entry in page.entries]


def find(reading: Reading, q: str, **asked: Any) -> list[str]:
    return slugs(reading.find(Search(q=q, **{"page_size": 100, **asked}), PUBLIC))


def words_of(entry: Commitment) -> list[Word]:
    """All words that an entry says."""
    return [spot.word for text in phrases(entry.described) for spot in spots(text)]


CONTENT = seed.read()
TITLES = {text.id: text.title for text in CONTENT.texts}
MOVED = {(row.commitment, row.text) for row in CONTENT.claims if row.kind == DEADLINE}


def moved(entry: Commitment, query: str) -> bool:
    """The second reading of what moves an entry: every whole word in the title of one text."""
    titles = (TITLES[name] for slug, name in MOVED if name and slug == entry.slug)
    words = [frozenset().union(*(spot.word.stems for spot in spots(title))) for title in titles]
    asked = meant(query)
    return bool(asked) and any(all(term.stems & stems for term in asked) for stems in words)


def test_queries_find_what_they_should(reading: Reading) -> None:
    ranks = {}
    for query in FOUND:
        page = reading.find(read([("q", query)]), PUBLIC)
        ranks[query] = [entry.rank for entry in page.entries]
        assert page.total == len(ranks[query]), query
    assert {query: own for query, own in ranks.items() if own != FOUND[query]} == {}


@pytest.fixture
def varied(writing: Writing, reading: Reading) -> tuple[Reading, list[Commitment]]:
    """A register of odd words, and all that is in it."""
    for number, word in enumerate(WORDS):
        if "\0" not in word:
            title = {"fr": f"{word} {WORDS[number - 1]}".replace("\0", ""), "en": f"The {word}s"}
            described = {"fr": f"{word}/{word.upper()}"}
            slug, keywords = f"entry-{number}", [permanent_name(f"mot {word}", 90), "mot-cle"]
            more = claim(slug, DESCRIBED, description=described, keywords=keywords)
            writing.absorb([claim(slug, title=title), more])
    page = reading.find(Search(page_size=100), PUBLIC)
    assert page.total == len(page.entries) > 40
    return reading, list(page.entries)


@given(query=QUERIES)
@example("x" * 5000)
@example("\ud800")
@example("é" * 3 + "\u0301" * 3000)
@example(" ".join(map(str, range(600))))
@example(" ".join(chr(0x4E00 + n) for n in range(1000)))
@example("-".join(chr(0x4E00 + n) for n in range(1000)))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(25, 300).max_examples,
)
def test_whatever_is_asked_the_engines_find_what_python_finds(varied, query: str) -> None:
    reading, entries = varied
    page = reading.find(Search(q=query, page_size=100), PUBLIC)
    expected = [
        entry.slug
        for entry in entries
        if not query or hold(words_of(entry), query) or moved(entry, query)
    ]
    assert slugs(page) == expected
    assert page.total == len(expected)
    assert set(page.highlights) == (set(expected) if query else set())


def test_words_narrow_what_other_filters_leave_and_facets_count_under_them(reading) -> None:
    asked = [("q", "cours"), ("state", "available"), ("publisher", "conseil-d-etat")]
    page = reading.find(read(asked), PUBLIC)
    assert slugs(page) == ["decisions-cours-administratives-d-appel"]
    assert page.facets["publisher"] == {"conseil-d-etat": 1, "cour-de-cassation": 2}
    assert page.facets["state"] == {"available": 1}
    assert page.facets["timeliness"] == {"delivered_on_time": 1}


def test_what_is_found_keeps_the_order_of_the_list_and_is_paged(reading) -> None:
    every = [entry.rank for entry in reading.find(read([("q", "justice")]), PUBLIC).entries]
    assert every == ALL
    walked: list[str] = []
    place: list[tuple[str, str]] = []
    while True:
        asked = [("q", "justice matière"), ("sort", "-title"), ("page_size", "2"), *place]
        page = reading.find(read(asked), PUBLIC)
        assert page.total == 4
        walked += slugs(page)
        if page.cursor is None:
            break
        place = [("cursor", page.cursor)]
    whole = read([("q", "matière"), ("sort", "-title")])
    assert walked == slugs(reading.find(whole, PUBLIC))
    assert [entry.slug for entry in reading.walk(whole, PUBLIC).entries] == walked


def test_words_are_those_of_the_day_and_of_the_position(writing, reading) -> None:
    with reading.database.reading() as connection:
        before = ledger.head(connection).position
    writing.absorb(
        [
            claim(PRUD_HOMMES, DESCRIBED, "2024-03-01", title={"fr": "Contentieux du travail"}),
            claim(PRUD_HOMMES, DESCRIBED, "2025-03-01", keywords=["salaries"]),
        ]
    )
    assert find(reading, "décisions prud'hommes") == []
    assert find(reading, "contentieux travail salarié") == [PRUD_HOMMES]
    assert find(reading, "décisions prud'hommes", as_of=date(2024, 2, 29)) == [PRUD_HOMMES]
    assert find(reading, "contentieux", as_of=date(2024, 2, 29)) == []
    assert find(reading, "contentieux", as_of=date(2024, 3, 1)) == [PRUD_HOMMES]
    assert find(reading, "salariés", as_of=date(2025, 2, 28)) == []
    assert find(reading, "décisions prud'hommes", at=before) == [PRUD_HOMMES]
    assert find(reading, "contentieux", at=before) == []
    # what was recorded together is found together
    assert find(reading, "contentieux", at=before + 1) == [PRUD_HOMMES]
    assert find(reading, "salariés", at=before + 1) == [PRUD_HOMMES]
    assert writing.verify() == []


def test_every_text_of_an_entry_is_searched(writing, reading) -> None:
    writing.absorb(
        [
            claim("notaires", title={"fr": "Actes", "en": "Deeds of notaries"}),
            claim(
                "notaires",
                DESCRIBED,
                description={"fr": "Ventes d’immeubles", "en": "Sales of buildings"},
                keywords=["publicite-fonciere"],
            ),
        ]
    )
    for query in ("acte", "deed", "ventes immeuble", "building", "actes sales publicité foncier"):
        assert find(reading, query) == ["notaires"], query


def test_highlights_show_the_words_where_they_stand(writing, reading) -> None:
    long = "Le calendrier fixe des dates. " * 20 + "Voici les œuvres. " + "Rien de plus. " * 30
    writing.absorb(
        [
            claim("oeuvre", title={"fr": "L’Œuvre d’art, prud’hommes", "en": "Works"}),
            claim("oeuvre", DESCRIBED, description={"fr": long}, keywords=["art", "oeuvres-d-art"]),
        ]
    )
    marks = reading.find(Search(q="prudhommes oeuvr"), PUBLIC).highlights["oeuvre"]

    def spelt(passage) -> str:
        return "".join(f"[{part.text}]" if part.match else part.text for part in passage)

    assert marks.title.fr is not None
    assert spelt(marks.title.fr) == "L’[Œuvre] d’art, [prud’hommes]"
    assert marks.title.en is None
    assert marks.description.fr is not None
    assert "[œuvres]" in spelt(marks.description.fr)
    assert spelt(marks.description.fr).startswith("… ")
    assert len(spelt(marks.description.fr)) < 160
    assert marks.description.en is None
    assert [*map(spelt, marks.keywords)] == ["[oeuvres-d-art]"]


def rows(database: Database) -> set[tuple[str, frozenset[str]]]:
    with database.reading() as connection:
        stored = connection.execute(text("SELECT slug, CAST(words AS TEXT) FROM wordings"))
        return {(slug, frozenset(words.replace("'", "").split())) for slug, words in stored}


def test_rows_that_say_the_same_share_their_words(writing, database) -> None:
    with database.reading() as connection:
        spans = connection.scalar(text("SELECT count(*) FROM spans"))
    assert spans > 45
    assert len(rows(database)) == 45
    writing.absorb([claim(PRUD_HOMMES, DESCRIBED, title={"fr": "Autre"})])
    assert len(rows(database)) == 46


def spoil(database: Database, statement: str) -> None:
    with database.writing() as connection:
        connection.execute(text(statement))


def test_verify_finds_words_that_nobody_says(writing) -> None:
    spoil(writing.database, "INSERT INTO wordings VALUES (9999, 'x', 'mot', '{}')")
    (fault,) = writing.verify()
    assert fault.where == "the index of words"


def test_the_index_of_sqlite_that_is_not_what_the_rows_say_is_found_and_mended(sqlite) -> None:
    for url in sqlite.copy("seeded"):
        with serving.writing(url) as register:
            spoil(
                register.database, "INSERT INTO wordings_index (rowid, words) VALUES (3, 'fantome')"
            )
            (fault,) = register.verify()
            assert fault.where == "the index of words"
            register.rebuild()
            assert register.verify() == []


def test_what_is_erased_is_not_found_and_not_kept(writing, reading) -> None:
    writing.absorb([claim(PRUD_HOMMES, DESCRIBED, description={"fr": "Nominatif"})])
    with writing.database.reading() as connection:
        position = ledger.head(connection).position
    assert find(reading, "nominatif") == [PRUD_HOMMES]
    writing.erase(position, "Décision de justice")
    assert find(reading, "nominatif") == find(reading, "nominatif", at=position) == []
    assert all("nominatif" not in words for _, words in rows(writing.database))
    assert writing.verify() == []
    if writing.database.sqlite:
        with writing.database.reading() as connection:
            blocks = connection.execute(text("SELECT block FROM wordings_index_data")).scalars()
            assert [block for block in blocks if b"nominatif" in block] == []
