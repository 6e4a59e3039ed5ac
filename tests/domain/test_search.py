"""Searches: what a query may say, and what is said of one that it may not."""

import base64
import json
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.claims import ANNOUNCEMENTS, OPENING_TYPES
from app.domain.commitments import TIMELINESS
from app.domain.context import Snapshot
from app.domain.errors import BadQuery
from app.domain.periods import parse
from app.domain.search import (
    FACETS,
    LANGUAGES,
    OF_EXPORTS,
    OF_LISTS,
    OF_STATISTICS,
    ORDERS,
    PARAMETERS,
    Export,
    Search,
    cursor,
    names_of_export,
    read,
    read_events,
    read_export,
    read_feed,
    read_statistics,
    read_stretch,
)
from app.domain.states import STATES
from app.domain.values import sort_key

HERE = Snapshot(date(2026, 11, 25), 84)
SEEN = (2, "2026-11-25", 84, "openings")

Pairs = list[tuple[str, str]]


def faults(*pairs: tuple[str, str], **address: Any) -> list[tuple[str, str]]:
    """What is wrong with a query: where, and what."""
    with pytest.raises(BadQuery) as refused:
        read(pairs, **address)
    return [(where, why.english) for where, why in refused.value.errors]


def places(query: str) -> list[str]:
    """The parameters in which something is wrong."""
    return [where for where, _ in faults(*parse_qsl(query, keep_blank_values=True))]


def test_without_a_word_a_search_is_the_first_page_of_openings_by_rank() -> None:
    search = read([])
    assert search == Search()
    assert (search.type, search.order) == (("dataset", "api", "source_code"), ("rank", False))
    assert (search.page, search.page_size, search.lang) == (1, 20, "fr")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=api", {"type": ("api",)}),
        ("type=api&type=dataset&type=api", {"type": ("api", "dataset")}),
        ("announcement=continued", {"announcement": ("continued",)}),
        ("state=planned&state=available", {"state": ("planned", "available")}),
        ("publisher=cour-de-cassation", {"publisher": ("cour-de-cassation",)}),
        ("action=justice-2021/A16", {"action": ("justice-2021/A16",)}),
        ("text=arrete-2023", {"text": ("arrete-2023",)}),
        ("timeliness=overdue", {"timeliness": ("overdue",)}),
        ("due_after=2024-Q4", {"due_after": parse("2024-Q4")}),
        ("due_before=2026-12-31", {"due_before": parse("2026-12-31")}),
        (
            "due_after=2024&due_before=2024-T1",
            {"due_after": parse("2024"), "due_before": parse("T1 2024")},
        ),
        ("as_of=2021-10-15", {"as_of": date(2021, 10, 15)}),
        ("as_of=1900-01-01", {"as_of": date(1900, 1, 1)}),
        ("sort=-slip", {"sort": "-slip"}),
        ("page=3&page_size=100", {"page": 3, "page_size": 100}),
        ("page=1000000&page_size=1", {"page": 1_000_000, "page_size": 1}),
        ("lang=en", {"lang": "en"}),
        ("q=cour ", {"q": "cour "}),
        ("q=  ", {}),
    ],
)
def test_a_query_is_read(query: str, expected: dict[str, Any]) -> None:
    assert read(parse_qsl(query)) == Search(**expected)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("2026-11-23T12:00:00Z", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-11-23T01:30:00+02:00", datetime(2026, 11, 22, 23, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_utc(text: str, moment: datetime) -> None:
    since = read([("modified_since", text)]).modified_since
    assert (since, since and since.tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    ("name", "hint", "values"),
    [
        ("type", "Known: dataset, api, source_code.", ["action"]),
        ("type", "Did you mean “dataset”?", ["datasets"]),
        ("type", "There is no type", [""]),
        ("announcement", "Known: new, continued.", ["old"]),
        ("state", "Did you mean “available”?", ["aviable"]),
        ("state", "There is no state", ["late"]),
        ("timeliness", "There is no timeliness", ["delivered"]),
        ("timeliness", "Did you mean “overdue”?", ["Overdu"]),
        ("publisher", "1 to 200 characters", ["", "x" * 201]),
        ("due_after", "A day or a period", ["soon", "NA"]),
        ("due_before", "A day or a period", ["2024-13"]),
        ("modified_since", "A day, or a time", ["yesterday", "2026-11-23T12:00:00"]),
        ("modified_since", "A day, or a time", ["0001-01-01T00:00:00+23:59", "2021-W41-5"]),
        ("modified_since", "A day, or a time", ["2021W41T12", "20261123T120000Z"]),
        ("as_of", "A day, such as", ["", "2021-1-1", "20211015", "2021-02-30", "2021-W41-5"]),
        ("as_of", "A day, such as", ["2021-10-15T00:00", "٢٠٢١-10-15"]),
        ("as_of", "from 1900-01-01 on", ["1899-12-31"]),
        ("sort", "Did you mean “rank”?", ["ranks"]),
        ("sort", "There is no order", ["--rank"]),
        ("page", "from 1 to 1000000", ["0", "1000001", "-1", "1.0", "١", "9" * 5000]),
        ("page_size", "from 1 to 100", ["101", "0", "all"]),
        ("lang", "Known: fr, en.", ["de"]),
        ("cursor", "not a cursor of this list", [""]),
        ("q", "At most 2000 characters.", ["x" * 2001]),
        ("tipe", "Did you mean “type”?", ["x"]),
        ("Publisher", "Did you mean “publisher”?", ["x"]),
        ("pagesize", "Did you mean “page_size”?", ["x"]),
        ("asof", "Did you mean “as_of”?", ["x"]),
        ("zzz", f"Known: {', '.join(OF_LISTS)}.", ["x"]),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_never_clamped(
    name: str, hint: str, values: list[str]
) -> None:
    for value in values:
        [(where, what)] = faults((name, value))
        assert where == name
        assert hint in what
        assert len(what) < 400


def test_an_address_takes_the_parameters_that_it_names_and_asks_for_what_it_is() -> None:
    names = ("as_of", "lang")
    assert read([("lang", "en")], names=names).lang == "en"
    [(where, what)] = faults(("page", "2"), names=names)
    assert (where, "Known: as_of, lang." in what) == ("page", True)
    address: dict[str, Any] = {"type": ("action",), "page_size": 100}
    search = read([("page", "2")], names=("page",), given=address)
    assert (search.type, search.page, search.page_size) == (("action",), 2, 100)
    assert read([("page_size", "5")], given=address).page_size == 5


@pytest.mark.parametrize("name", [name for name in OF_LISTS if not PARAMETERS[name].repeatable])
def test_a_parameter_with_one_value_is_not_given_twice(name: str) -> None:
    texts = "due_after=2024&due_before=2024&modified_since=2024-01-01&at=84&as_of=2021-10-15"
    values = dict(parse_qsl(f"{texts}&sort=title&page=2&page_size=2&lang=en"))
    value = values.get(name) or cursor(Search(), (1, "a"), HERE)
    assert read([(name, value)]) != Search()
    [(where, what)] = faults((name, value), (name, value))
    assert (where, "twice" in what) == (name, True)


def test_filters_take_fifty_values_and_nothing_else_takes_several() -> None:
    repeatable = {name for name, row in PARAMETERS.items() if row.repeatable}
    assert repeatable == {*FACETS, "text", "steward", "columns", "alarm"}
    many = [("publisher", f"court-{number}") for number in range(51)]
    assert len(read(many[:50]).publisher) == 50
    assert faults(*many) == [("publisher", "At most 50 values.")]


def test_every_fault_is_named_at_once() -> None:
    query = "tipe=api&state=late&page=0&page_size=5&page_size=6&due_after=2025&due_before=2024"
    assert places(query) == ["tipe", "state", "page", "page_size", "due_after"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", (0, 100)), ("after=57", (57, 100)), (f"after={2**53}&page_size=1000", (2**53, 1000))],
)
def test_a_stretch_of_the_log_is_read(query: str, expected: tuple[int, int]) -> None:
    assert read_stretch(parse_qsl(query)) == expected


@pytest.mark.parametrize(
    "query", ["after=-1", f"after={2**53 + 1}", "page_size=0", "page_size=1001", "page=1"]
)
def test_a_stretch_that_cannot_be_is_refused(query: str) -> None:
    with pytest.raises(BadQuery) as refused:
        read_stretch(parse_qsl(query))
    assert [where for where, _ in refused.value.errors] == [query.partition("=")[0]]


def test_each_parameter_says_what_it_means_and_every_value_that_it_names_is_read() -> None:
    words = {"type": OPENING_TYPES, "announcement": ANNOUNCEMENTS, "state": tuple(STATES)}
    words |= {"timeliness": TIMELINESS, "lang": LANGUAGES}
    words["sort"] = tuple(sign + name for name in ORDERS for sign in ("", "-"))
    for name, row in PARAMETERS.items():
        assert (row.name, row.meaning[-1]) == (name, ".")
        assert row.schema["type"] in {"string", "integer"}
        assert name not in words or tuple(row.schema["enum"]) == words[name]
        for value in words.get(name, ()):
            assert read([(name, value)])


def test_what_is_asked_of_exports_feeds_statistics_and_ledgers_is_read() -> None:
    names = names_of_export("actions", ("lang", "layout", "alarm"))
    assert set(names) >= {"state", "alarm"}
    assert not {"layout", "page", "type"} & set(names)
    query = parse_qsl("state=planned&alarm=7&alarm=1&lang=en")
    search, export = read_export(query, names=names, given={"type": ("action",)})
    assert (search.type, search.state) == (("action",), ("planned",))
    assert export == Export(of="actions", lang="en", alarm=(7, 1))
    assert read_export([], names=OF_LISTS)[1] == Export()
    assert read_feed(parse_qsl("before=9&text=a"), names=OF_LISTS) == (Search(text=("a",)), 9)
    query = parse_qsl("type=action&by=year&spreadsheet=1")
    counted = (Search(type=("action",)), "year", Export(spreadsheet=True))
    assert read_statistics(query, (*OF_STATISTICS, "spreadsheet")) == counted
    assert read_statistics([]) == (Search(), "publisher", Export())
    assert read_events(parse_qsl("at=3&page=2")) == Search(at=3, page=2, page_size=100)


def test_a_layout_with_columns_of_its_own_takes_no_others() -> None:
    names = (*OF_LISTS, *OF_EXPORTS)
    for layout in ("official", "union"):
        with pytest.raises(BadQuery) as refusal:
            read_export(parse_qsl(f"layout={layout}&columns=title"), names=names)
        assert [field for field, _ in refusal.value.errors] == ["columns"]
    assert read_export(parse_qsl("layout=plain&columns=title"), names=names)[1].columns == (
        "title",
    )


def test_a_list_has_a_last_page() -> None:
    assert [Search(page_size=20).last_page(total) for total in (0, 20, 21)] == [1, 1, 2]


# Cursors.

PLACES: dict[str, st.SearchStrategy[Any]] = {
    "rank": st.integers(-(2**53), 2**53),
    "slip": st.integers(-(2**53), 2**53),
    "deadline": st.dates(),
    "title": st.text("abcdefghijklmnopqrstuvwxyz ", max_size=60),
    "state": st.sampled_from(sorted(STATES)),
    "publisher": st.text("abcdefghijklmnopqrstuvwxyz-", max_size=30),
    "modified": st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
}


@pytest.mark.parametrize("order", ORDERS)
@given(data=st.data(), sign=st.sampled_from(["", "-"]), slug=st.text("abc-", max_size=30))
def test_a_cursor_goes_on_behind_the_entry_it_was_made_for(
    order: str, data: st.DataObject, sign: str, slug: str
) -> None:
    value = data.draw(st.none() | PLACES[order])
    search = Search(sort=sign + order)
    place = cursor(search, (value.isoformat() if isinstance(value, date) else value, slug), HERE)
    resumed = read([("sort", search.sort), ("cursor", place)])
    assert (resumed.after, resumed.page) == ((value, slug), 2)
    assert (resumed.as_of, resumed.at) == (HERE.day, HERE.position)


def test_a_cursor_is_of_its_list_and_order_and_goes_on_in_the_state_that_it_began_in() -> None:
    place = cursor(Search(), (3, "decisions"), HERE)
    for other in ("page=2", "at=5", "as_of=2021-10-15", "sort=-rank", "sort=title"):
        assert places(f"{other}&cursor={place}") == ["cursor"]
    assert places(f"cursor={cursor(Search(type=('action',)), (3, 'justice-2021/A16'), HERE)}") == [
        "cursor"
    ]
    long = cursor(Search(sort="title"), (sort_key("décisions " * 60), "d" * 100), HERE)
    assert read([("sort", "title"), ("cursor", long)]).after is not None


def spelled(content: object) -> str:
    """What a stranger may put in a cursor."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


ODD = [
    *[None, 1, "rank", [], {}, ["rank"], ["rank", 1], ["rank", 1, 2], ["rank", 1, "a", "b"]],
    *[["rank", "1", "a"], ["rank", True, "a"], ["rank", 1.5, "a"], ["rank", 2**53 + 1, "a"]],
    *[["rank", [], "a"], ["rank", {}, "a"], ["rank", 1, None], ["rank", 1, "a\0"], [[], 1, "a"]],
    *[[{}, 1, "a"], ["slip", 1, "a"], ["rank", float("nan"), "a"], ["rank", float("inf"), "a"]],
]
ODD_VALUES: dict[str, list[Any]] = {
    "deadline": ["soon", "", 20211015, "2021-13-01", ["2021-10-15"]],
    "title": [1, "a\0", ["a"], True, "\udfff"],
    "modified": ["soon", 1, "2026-11-23T12:00:00", "9999-12-31T23:59-14"],
}


@pytest.mark.parametrize(
    ("sort", "content"),
    [
        *(("rank", content) for content in ODD),
        *(("rank", [*content, *SEEN]) for content in ODD if isinstance(content, list)),
        *((sort, [sort, value, "a", *SEEN]) for sort in ODD_VALUES for value in ODD_VALUES[sort]),
        ("title", ["title", "a", "\ud800", *SEEN]),
    ],
)
def test_a_cursor_that_no_list_made_is_refused(sort: str, content: object) -> None:
    assert places(f"sort={sort}&cursor={spelled(content)}") == ["cursor"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
hostile = st.one_of(
    st.text(min_size=1, max_size=200),
    st.binary(min_size=1, max_size=100).map(
        lambda octets: base64.urlsafe_b64encode(octets).decode()
    ),
    json_values.map(spelled),
    st.tuples(st.sampled_from([*ORDERS, "-rank"]), json_values, json_values).map(spelled),
)
queries = st.lists(st.tuples(st.sampled_from([*PARAMETERS, "zzz", ""]), st.text(max_size=40)))
resumed = st.builds(
    lambda sort, text: [("sort", sort), ("cursor", text)], st.sampled_from(sorted(ORDERS)), hostile
)


@given(queries | resumed)
@example([("cursor", "[" * 200)])
@example([("cursor", base64.urlsafe_b64encode(b"[" * 140).decode())])
@example([("cursor", base64.urlsafe_b64encode(b"9" * 140).decode())])
@example([("cursor", "é" * 10)])
@example([("cursor", "=")])
@example([("cursor", "A")])
def test_any_query_is_a_search_or_a_refusal_and_never_an_accident(pairs: Pairs) -> None:
    with suppress(BadQuery):
        search = read(pairs)
        assert search.after is None or isinstance(search.after[1], str)
