"""Finding in SQL against a second reading of the rules, in plain Python."""

from collections import Counter
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.domain.access import PUBLIC
from app.domain.commitments import Commitment
from app.domain.context import Snapshot
from app.domain.fold import on
from app.domain.search import ORDERS, Search, read
from app.register import Clock
from app.register.reading import Reading
from app.register.writing import Writing
from app.store import events as ledger
from app.store import totals
from app.store.database import Database
from tests import openings
from tests.conftest import examples
from tests.openings import SITE
from tests.rows import slugs, spans
from tests.statements import asked

DAYS = st.dates(date(2021, 1, 1), date(2029, 12, 31))


@pytest.fixture
def register(seeded_database_url: str):
    database = Database(seeded_database_url)
    yield Reading(database, Clock(), SITE)
    database.close()


def all_spans(database: Database) -> list[tuple[Commitment, ...]]:
    with database.reading() as connection:
        return [spans(connection, slug) for slug in slugs(connection)]


@given(day=DAYS)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(10, 100).max_examples,
)
def test_timeliness_in_sql_is_timeliness_in_the_rules(register, day: date) -> None:
    entries = [entry for spans in all_spans(register.database) if (entry := on(spans, day))]
    expected = Counter(one.timing.on(day)[0] for one in entries if one.type != "action")
    with register.database.reading() as connection:
        seen = Snapshot(day, ledger.head(connection).position)
        total, facets = totals.tally(connection, Search(), seen, PUBLIC)
        for name, count in expected.items():
            search = Search(timeliness=(name,))
            assert totals.tally(connection, search, seen, PUBLIC).total == count
    assert facets["timeliness"] == expected
    assert total == sum(expected.values())


@pytest.mark.parametrize("name", ORDERS)
def test_what_cannot_be_read_ends_no_walk_and_is_met_once(register, monkeypatch, name) -> None:
    """The rows of entries side by side are gone: the others are still all met."""
    whole = [one.slug for one in register.find(read([("sort", name)]), PUBLIC).entries]
    gone = set(whole[:2] + whole[5:7] + whole[-1:])
    with register.database.engine.begin() as connection:
        for slug in gone:
            spoil = text("UPDATE spans SET record = '[]' WHERE slug = :slug")
            connection.execute(spoil, {"slug": slug})
    left = [slug for slug in whole if slug not in gone]
    monkeypatch.setattr("app.register.reading.A_BATCH", 2)
    asked, met = [("sort", name), ("page_size", "2")], []
    assert [one.slug for one in register.walk(read(asked[:1]), PUBLIC).entries] == left
    page = register.find(read(asked), PUBLIC)
    while page.cursor:
        met += [one.slug for one in page.entries]
        page = register.find(read([*asked, ("cursor", page.cursor)]), PUBLIC)
    assert [*met, *(one.slug for one in page.entries)] == left


def test_a_page_names_all_publishers_that_it_counts(register) -> None:
    page = register.find(Search(page_size=1), PUBLIC)
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
    ],
)
def test_filters_leave_what_they_say(register, asked, slugs) -> None:
    page = register.find(read(asked), PUBLIC)
    assert {entry.slug for entry in page.entries} == slugs
    assert page.total == len(slugs)


def test_a_facet_counts_under_all_filters_but_its_own(register) -> None:
    page = register.find(read([("state", "planned"), ("publisher", "conseil-d-etat")]), PUBLIC)
    assert page.total == 0
    assert page.facets["state"] == {"available": 3}
    assert page.facets["publisher"] == {"cour-de-cassation": 3}


def test_a_frozen_day_moves_lateness_and_nothing_else(register) -> None:
    due, slug = date(2026, 9, 30), "decisions-conseils-de-prud-hommes"
    before, after = (
        Reading(register.database, Clock(day), SITE).get(slug, PUBLIC)
        for day in (due, due + timedelta(days=1))
    )
    assert before.commitment == after.commitment
    assert before.commitment.timing.on(before.context.day) == ("due_soon", 0)
    assert after.commitment.timing.on(after.context.day) == ("overdue", 1)


@pytest.fixture
def large(seeded_database_url: str):
    """A register large enough that engines have a choice, and a reader of it."""
    database = Database(seeded_database_url)
    Writing(database, Clock()).absorb(openings.claims(300))
    yield Reading(database, Clock(), SITE)
    database.close()


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
        for statement in (one for one in statements if "OFFSET" in one[0]):
            steps = "\n".join(plan(large.database, statement))
            assert name in steps, steps
            assert steps.count("TEMP B-TREE") <= 1  # of the page


def test_a_list_of_the_past_is_read_in_an_index(large) -> None:
    indexes = {"rank": "past_rank", "slug": "of", "modified": "today_modified"}
    for order in (*ORDERS, "slug") if large.database.sqlite else ():
        with asked() as statements:
            assert large.find(Search(sort=order, as_of=date(2023, 1, 1)), PUBLIC).entries
        (statement,) = (one for one in statements if "OFFSET" in one[0])
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
