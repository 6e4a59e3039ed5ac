"""Finding in SQL against a second reading of the rules, in plain Python."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from app.domain.access import PUBLIC
from app.domain.commitments import Commitment
from app.domain.context import Snapshot
from app.domain.fold import on
from app.domain.search import ORDERS, Search, read, sort_key
from app.register import Clock
from app.register.reading import Reading
from app.register.writing import Writing
from app.store import commitments
from app.store.database import Database
from tests import openings
from tests.conftest import examples
from tests.openings import SITE

DAYS = st.dates(date(2021, 1, 1), date(2029, 12, 31))


@pytest.fixture
def register(seeded_database_url: str):
    database = Database(seeded_database_url)
    yield Reading(database, Clock(), SITE)
    database.close()


def all_spans(database: Database) -> list[tuple[Commitment, ...]]:
    with database.reading() as connection:
        return [commitments.spans(connection, slug) for slug in commitments.slugs(connection)]


@given(day=DAYS)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(10, 100).max_examples,
)
def test_timeliness_in_sql_is_timeliness_in_the_rules(register, day: date) -> None:
    entries = [entry for spans in all_spans(register.database) if (entry := on(spans, day))]
    expected = Counter(one.timing.on(day)[0] for one in entries if one.type != "action")
    with register.database.reading() as connection:
        seen = Snapshot(day, commitments.head(connection).position)
        total, facets = commitments.tally(connection, Search(), seen, PUBLIC)
        for name, count in expected.items():
            search = Search(timeliness=(name,))
            assert commitments.tally(connection, search, seen, PUBLIC)[0] == count
    assert facets["timeliness"] == expected
    assert total == sum(expected.values())


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_walk_by_cursor_meets_every_entry_once_in_the_order_asked(register, name, sign) -> None:
    walked: list[str] = []
    place: list[tuple[str, str]] = []
    for _ in range(10):
        asked = [("sort", sign + name), ("page_size", "3"), *place]
        page = register.find(read(asked), PUBLIC)
        walked += [entry.slug for entry in page.entries]
        if page.cursor is None:
            break
        place = [("cursor", page.cursor)]
    whole = register.find(read([("sort", sign + name)]), PUBLIC).entries
    assert walked == [entry.slug for entry in whole]
    assert len(set(walked)) == 11


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_walk_of_batches_is_the_list_in_the_order_asked(
    register, monkeypatch, name, sign
) -> None:
    monkeypatch.setattr("app.register.reading.A_BATCH", 2)
    walked = register.walk(read([("sort", sign + name)]), PUBLIC).entries
    whole = register.find(read([("sort", sign + name)]), PUBLIC).entries
    assert [entry.slug for entry in walked] == [entry.slug for entry in whole]


def test_unknown_values_come_last_whichever_way_the_order_runs(register) -> None:
    actions = {"type": ("action",)}
    for sort in ("deadline", "-deadline"):
        page = register.find(read([("sort", sort), ("page_size", "100")], given=actions), PUBLIC)
        assert page.entries[-1].slug == "A29"


def test_accents_do_not_send_a_title_behind_all_others() -> None:
    assert sorted(["Zut", "Évry", "ŒUVRE", "abc"], key=sort_key) == ["abc", "Évry", "ŒUVRE", "Zut"]


@pytest.mark.parametrize(
    ("asked", "slugs"),
    [
        ([("timeliness", "overdue")], {"decisions-conseils-de-prud-hommes"}),
        (
            [("due_after", "2024-Q4"), ("due_before", "2025-T3")],
            {
                "decisions-tribunaux-de-commerce",
                "decisions-civil-premiere-instance",
            },
        ),
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
    assert page.facets["publisher"] == {"cour-de-cassation": 4}


def test_nothing_is_there_before_the_first_claim(register) -> None:
    assert register.find(Search(as_of=date(2021, 4, 28)), PUBLIC).total == 0
    assert register.find(Search(as_of=date(2021, 4, 29)), PUBLIC).total == 11


def test_a_frozen_day_moves_lateness_and_nothing_else(register) -> None:
    due, slug = date(2026, 9, 30), "decisions-conseils-de-prud-hommes"
    before, after = (
        Reading(register.database, Clock(day), SITE).get(slug, PUBLIC)
        for day in (due, due + timedelta(days=1))
    )
    assert before.commitment == after.commitment
    assert before.commitment.timing.on(before.context.day) == ("due_soon", 0)
    assert after.commitment.timing.on(after.context.day) == ("overdue", 1)


@pytest.mark.parametrize(
    ("search", "index"),
    [
        (Search(sort="slug"), "today_slug"),
        (Search(sort="rank"), "today_rank"),
        (Search(sort="deadline"), "today_deadline"),
        (Search(sort="slug", publisher=("conseil-d-etat",)), "today_feed"),
        (Search(sort="rank", as_of=date(2022, 1, 1)), "history_rank"),
    ],
)
def test_sqlite_reads_a_list_in_the_order_of_its_index(sqlite, search, index) -> None:
    """Without statistics it would read all that was for what holds today."""
    asked: list[Any] = []
    for url in sqlite.copy("seeded"):
        database = Database(url)
        Writing(database, Clock()).absorb(openings.claims(300))
        event.listen(database.engine, "before_cursor_execute", lambda *a: asked.append(a[2:4]))
        assert Reading(database, Clock(), SITE).find(search, PUBLIC).entries
        (found,) = (one for one in asked if "FROM commitments" in one[0] and "OFFSET" in one[0])
        with database.engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {found[0]}", found[1]).all()
        database.close()
        (step,) = (row[3] for row in plan)
        assert f"USING INDEX ix_commitments_{index}" in step
