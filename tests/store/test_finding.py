"""Finding in SQL against a second reading of the rules, in plain Python."""

from collections import Counter
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.domain.access import PUBLIC
from app.domain.context import Snapshot
from app.domain.fold import on
from app.domain.search import ORDERS, Search, read
from app.register.reading import Reading
from app.register.writing import Writing
from app.store import events as ledger
from app.store import records, totals
from app.store.database import Database
from tests import openings
from tests.conftest import examples
from tests.statements import asked

DAYS = st.dates(date(2021, 1, 1), date(2029, 12, 31))


@given(day=DAYS)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(10, 100).max_examples,
)
def test_timeliness_in_sql_is_timeliness_in_the_rules(reading, day: date) -> None:
    with reading.database.reading() as connection:
        last = ledger.head(connection).position
        slugs = [slug for slug, *_ in ledger.histories(connection)]
        courses = [records.spans_of(connection, slug, last) for slug in slugs]
    entries = [entry for spans in courses if (entry := on(spans, day))]
    expected = Counter(entry.timing.on(day)[0] for entry in entries if entry.type != "action")
    with reading.database.reading() as connection:
        seen = Snapshot(day, last)
        total, facets = totals.tally(connection, Search(), seen, PUBLIC)
        for name, count in expected.items():
            search = Search(timeliness=(name,))
            assert totals.tally(connection, search, seen, PUBLIC).total == count
    assert facets["timeliness"] == expected
    assert total == sum(expected.values())


@pytest.mark.parametrize("name", ORDERS)
def test_what_cannot_be_read_ends_no_walk_and_is_met_once(reading, monkeypatch, name) -> None:
    """The rows of entries side by side are gone: the others are still all met."""
    whole = [entry.slug for entry in reading.find(read([("sort", name)]), PUBLIC).entries]
    gone = set(whole[:2] + whole[5:7] + whole[-1:])
    with reading.database.engine.begin() as connection:
        for slug in gone:
            spoil = text("UPDATE spans SET record = '[]' WHERE slug = :slug")
            connection.execute(spoil, {"slug": slug})
    left = [slug for slug in whole if slug not in gone]
    monkeypatch.setattr("app.register.reading.A_BATCH", 2)
    asked, met = [("sort", name), ("page_size", "2")], []
    assert [entry.slug for entry in reading.walk(read(asked[:1]), PUBLIC).entries] == left
    page = reading.find(read(asked), PUBLIC)
    while page.cursor:
        met += [entry.slug for entry in page.entries]
        page = reading.find(read([*asked, ("cursor", page.cursor)]), PUBLIC)
    assert [*met, *(entry.slug for entry in page.entries)] == left


def test_a_page_names_all_publishers_that_it_counts(reading) -> None:
    page = reading.find(Search(page_size=1), PUBLIC)
    assert len(page.facets["publisher"]) > 1
    assert page.facets["publisher"].keys() <= page.context.organizations.keys()


@pytest.mark.parametrize(
    ("asked", "slugs"),
    [
        ([("timeliness", "overdue")], {"decisions-conseils-de-prud-hommes"}),
        (
            [("due_after", "2024-Q4"), ("due_before", "2025-T3")],
            {"decisions-tribunaux-de-commerce", "decisions-civil-premiere-instance"},
        ),
        # With parts, the latest: one of them is due a year before.
        ([("due_after", "2027"), ("due_before", "2027")], set()),
        (
            [("text", "arrete-2024-12-06"), ("publisher", "cour-de-cassation")],
            {
                "decisions-procedures-criminelles",
                "decisions-penal-premiere-instance",
                "decisions-cours-d-appel-penal",
            },
        ),
        ([("state", "planned"), ("as_of", "2021-04-29"), ("announcement", "continued")], set()),
        ([("steward", "conseil-d-etat")], set()),
    ],
)
def test_filters_leave_what_they_say(reading, asked, slugs) -> None:
    page = reading.find(read(asked), PUBLIC)
    assert {entry.slug for entry in page.entries} == slugs
    assert page.total == len(slugs)


def test_a_facet_counts_under_all_filters_but_its_own(reading) -> None:
    page = reading.find(read([("state", "planned"), ("publisher", "conseil-d-etat")]), PUBLIC)
    assert page.total == 0
    assert page.facets["state"] == {"available": 3}
    assert page.facets["publisher"] == {"cour-de-cassation": 3}


@pytest.fixture
def large(writing: Writing, reading: Reading) -> Reading:
    """A reader of a register large enough that engines have a choice."""
    writing.absorb(openings.claims(300))
    return reading


def plan(database: Database, statement: tuple[str, Any]) -> list[str]:
    """How the engine finds what is asked, where it cannot do without an index."""
    explain = "EXPLAIN QUERY PLAN" if database.sqlite else "EXPLAIN"
    with database.engine.connect() as connection:
        if not database.sqlite:
            for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
                connection.exec_driver_sql(f"SET enable_{way} = off")
        rows = connection.exec_driver_sql(f"{explain} {statement[0]}", statement[1]).all()
    return [str(row[-1]) for row in rows]


def test_a_list_of_today_is_read_in_the_order_of_its_index(large) -> None:
    """The ids in the index alone, either way; nothing is sorted but the page."""
    for order, sign, page in product((*ORDERS, "slug"), ("", "-"), (1, 3)):
        with asked() as statements:
            assert large.find(Search(sort=sign + order, page=page), PUBLIC).entries
        column = {"title": "title_fr", "deadline": "awaited"}.get(order, order)
        name = f"ix_spans_today_{column}"
        for statement in (row for row in statements if "OFFSET" in row[0]):
            steps = "\n".join(plan(large.database, statement))
            assert name in steps, steps
            assert steps.count("TEMP B-TREE") <= 1  # of the page


def test_a_list_of_the_past_is_read_in_an_index(large) -> None:
    indexes = {"rank": "past_rank", "slug": "of", "modified": "today_modified"}
    for order in (*ORDERS, "slug") if large.database.sqlite else ():
        with asked() as statements:
            assert large.find(Search(sort=order, as_of=date(2023, 1, 1)), PUBLIC).entries
        (statement,) = (row for row in statements if "OFFSET" in row[0])
        steps = "\n".join(plan(large.database, statement))
        assert f"ix_spans_{indexes.get(order, 'past')}" in steps, steps


def test_the_longest_overdue_is_found_among_the_overdue(large) -> None:
    """Others may come before it in the order, however many: their rows are not walked through."""
    snapshot = large.find(Search(), PUBLIC).context.snapshot
    with asked() as statements:
        assert large.overview(snapshot, of_actions=False).longest
    (statement,) = (text for text, _ in statements if "OFFSET" in text)
    assert "s.slug IN" in statement or "s.slug = ANY" in statement


def test_an_entry_and_a_list_take_few_statements(large) -> None:
    for act, most in (
        (lambda: large.get("ouverture-00007", PUBLIC), 2),
        (lambda: large.find(Search(), PUBLIC), 3),
        (lambda: large.find(read([("q", "décisions"), ("sort", "-title")]), PUBLIC), 3),
    ):
        act()
        with asked() as statements:
            act()
        assert len(statements) <= most, statements
