"""Searches: what a query may say, and what is said of one that it may not."""

import base64
import json
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
from app.domain.values import near, sort_key

HERE = Snapshot(date(2026, 11, 25), 84)
SEEN = (2, "2026-11-25", 84, "openings")

Pairs = list[tuple[str, str]]


def faults(*pairs: tuple[str, str], **told: Any) -> list[tuple[str, str]]:
    """What is wrong with a query: where, and what."""
    with pytest.raises(BadQuery) as refused:
        read(pairs, **told)
    return [(where, why.english) for where, why in refused.value.errors]


def asked(pairs: Pairs) -> tuple[Search | None, list[tuple[str, str]]]:
    """The search that a query asks for, or what is wrong with it."""
    try:
        return read(pairs), []
    except BadQuery as refused:
        return None, [(where, why.english) for where, why in refused.errors]


def test_without_a_word_a_search_is_the_first_page_of_openings_by_rank() -> None:
    search = read([])
    assert search == Search()
    assert (search.type, search.order) == (("dataset", "api", "source_code"), ("rank", False))
    assert (search.page, search.page_size, search.lang) == (1, 20, "fr")


READINGS: list[tuple[str, dict[str, Any]]] = [
    ("type=api", {"type": ("api",)}),
    ("type=api&type=dataset", {"type": ("api", "dataset")}),
    ("type=api&type=api", {"type": ("api",)}),
    ("announcement=continued", {"announcement": ("continued",)}),
    ("state=planned&state=available", {"state": ("planned", "available")}),
    ("publisher=cour-de-cassation", {"publisher": ("cour-de-cassation",)}),
    ("action=A16", {"action": ("A16",)}),
    ("text=arrete-2023", {"text": ("arrete-2023",)}),
    ("timeliness=overdue", {"timeliness": ("overdue",)}),
    ("due_after=2024-Q4", {"due_after": parse("2024-Q4")}),
    ("due_before=2026-12-31", {"due_before": parse("2026-12-31")}),
    (
        "due_after=2024&due_before=2024-T1",
        {"due_after": parse("2024"), "due_before": parse("T1 2024")},
    ),
    ("modified_since=2026-11-23", {"modified_since": datetime(2026, 11, 23, tzinfo=UTC)}),
    (
        "modified_since=2026-11-23T12:00:00Z",
        {"modified_since": datetime(2026, 11, 23, 12, tzinfo=UTC)},
    ),
    (
        "modified_since=2026-11-23T01:30:00%2B02:00",
        {"modified_since": datetime(2026, 11, 22, 23, 30, tzinfo=UTC)},
    ),
    ("as_of=2021-10-15", {"as_of": date(2021, 10, 15)}),
    ("as_of=1900-01-01", {"as_of": date(1900, 1, 1)}),
    ("sort=-slip", {"sort": "-slip"}),
    ("page=3&page_size=100", {"page": 3, "page_size": 100}),
    ("page=1000000&page_size=1", {"page": 1_000_000, "page_size": 1}),
    ("lang=en", {"lang": "en"}),
]


@pytest.mark.parametrize(("query", "expected"), READINGS)
def test_a_query_is_read(query: str, expected: dict[str, Any]) -> None:
    search = read(parse_qsl(query))
    assert search == Search(**expected)
    assert search.modified_since is None or search.modified_since.tzinfo is UTC


REFUSED: list[tuple[str, str, str]] = [
    ("type", "action", "Known: dataset, api, source_code."),
    ("type", "datasets", "Did you mean “dataset”?"),
    ("type", "", "There is no type"),
    ("announcement", "old", "Known: new, continued."),
    ("state", "aviable", "Did you mean “available”?"),
    ("state", "late", "There is no state"),
    ("timeliness", "delivered", "There is no timeliness"),
    ("timeliness", "Overdu", "Did you mean “overdue”?"),
    ("publisher", "", "1 to 200 characters"),
    ("publisher", "x" * 201, "1 to 200 characters"),
    ("due_after", "soon", "A day or a period"),
    ("due_after", "NA", "A day or a period"),
    ("due_before", "2024-13", "A day or a period"),
    ("modified_since", "yesterday", "A day, or a time"),
    ("modified_since", "2026-11-23T12:00:00", "A day, or a time"),
    ("modified_since", "0001-01-01T00:00:00+23:59", "A day, or a time"),
    ("as_of", "2021-1-1", "A day, such as"),
    ("as_of", "20211015", "A day, such as"),
    ("as_of", "2021-02-30", "A day, such as"),
    ("as_of", "2021-10-15T00:00", "A day, such as"),
    ("as_of", "", "A day, such as"),
    ("as_of", "1899-12-31", "from 1900-01-01 on"),
    ("as_of", "2021-W41-5", "A day, such as"),
    ("as_of", "٢٠٢١-10-15", "A day, such as"),
    ("modified_since", "2021-W41-5", "A day, or a time"),
    ("modified_since", "2021W41T12", "A day, or a time"),
    ("modified_since", "20261123T120000Z", "A day, or a time"),
    ("sort", "ranks", "Did you mean “rank”?"),
    ("sort", "--rank", "There is no order"),
    ("page", "0", "from 1 to 1000000"),
    ("page", "1000001", "from 1 to 1000000"),
    ("page", "-1", "from 1 to 1000000"),
    ("page", "1.0", "from 1 to 1000000"),
    ("page", "١", "from 1 to 1000000"),
    ("page", "9" * 5000, "from 1 to 1000000"),
    ("page_size", "101", "from 1 to 100"),
    ("page_size", "0", "from 1 to 100"),
    ("page_size", "all", "from 1 to 100"),
    ("lang", "de", "Known: fr, en."),
    ("cursor", "", "not a cursor of this list"),
]


@pytest.mark.parametrize(("name", "value", "hint"), REFUSED)
def test_a_value_that_cannot_be_is_refused_by_name_and_never_clamped(
    name: str, value: str, hint: str
) -> None:
    [(where, what)] = faults((name, value))
    assert where == name
    assert hint in what
    assert len(what) < 400


@pytest.mark.parametrize(
    ("name", "meant"),
    [("tipe", "type"), ("Publisher", "publisher"), ("pagesize", "page_size"), ("asof", "as_of")],
)
def test_an_unknown_parameter_is_refused_with_its_near_miss(name: str, meant: str) -> None:
    [(where, what)] = faults((name, "x"))
    assert where == name
    assert f"Did you mean “{meant}”?" in what


def test_an_unknown_parameter_like_no_other_is_refused_with_those_there_are() -> None:
    [(_, what)] = faults(("zzz", "x"))
    assert all(name in what for name in OF_LISTS)


def test_an_address_takes_the_parameters_that_it_names_and_no_other() -> None:
    names = ("as_of", "lang")
    assert read([("lang", "en")], names=names).lang == "en"
    [(where, what)] = faults(("page", "2"), names=names)
    assert where == "page"
    assert "Known: as_of, lang." in what


@pytest.mark.parametrize("name", [name for name in OF_LISTS if not PARAMETERS[name].repeatable])
def test_a_parameter_with_one_value_is_not_given_twice(name: str) -> None:
    texts = "due_after=2024&due_before=2024&modified_since=2024-01-01&at=84&as_of=2021-10-15"
    values = dict(parse_qsl(f"{texts}&sort=title&page=2&page_size=2&lang=en"))
    value = values.get(name) or cursor(Search(), (1, "a"), HERE)
    assert read([(name, value)]) != Search()
    [(where, what)] = faults((name, value), (name, value))
    assert where == name
    assert "twice" in what


def test_repeatable_parameters_take_fifty_values_and_no_more() -> None:
    many = [("publisher", f"court-{number}") for number in range(51)]
    assert len(read(many[:50]).publisher) == 50
    [(where, what)] = faults(*many)
    assert (where, what) == ("publisher", "At most 50 values.")


def test_filters_are_repeatable_and_nothing_else_is() -> None:
    repeatable = {name for name, row in PARAMETERS.items() if row.repeatable}
    assert repeatable == {*FACETS, "text", "alarm"}


def test_what_contradicts_itself_is_refused() -> None:
    place = cursor(Search(), (3, "decisions"), HERE)
    [(where, what)] = faults(("page", "2"), ("cursor", place))
    assert (where, "page" in what) == ("cursor", True)
    [(where, _)] = faults(("due_after", "2025"), ("due_before", "2024"))
    assert where == "due_after"


def test_every_fault_is_named_at_once() -> None:
    query = "tipe=api&state=late&page=0&page_size=5&page_size=6&due_after=2025&due_before=2024"
    named = [where for where, _ in faults(*parse_qsl(query))]
    assert named == ["tipe", "state", "page", "page_size", "due_after"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (0, 100)),
        ("after=57", (57, 100)),
        ("after=0&page_size=1000", (0, 1000)),
        (f"after={2**53}&page_size=1", (2**53, 1)),
    ],
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


def test_an_address_asks_for_what_it_is_unless_the_reader_says_otherwise() -> None:
    given_by_it: dict[str, Any] = {"type": ("action",), "page_size": 100}
    assert read([("sort", "-deadline")]).order == ("deadline", True)
    search = read([("page", "2")], names=("page",), given=given_by_it)
    assert (search.type, search.page, search.page_size) == (("action",), 2, 100)
    assert read([("page_size", "5")], given=given_by_it).page_size == 5


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_says_what_it_means_and_its_schema(name: str) -> None:
    row = PARAMETERS[name]
    assert row.name == name
    assert row.meaning.endswith(".")
    assert row.schema["type"] in {"string", "integer"}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("type", OPENING_TYPES),
        ("announcement", ANNOUNCEMENTS),
        ("state", STATES),
        ("timeliness", TIMELINESS),
        ("lang", LANGUAGES),
        ("sort", [sign + name for name in ORDERS for sign in ("", "-")]),
    ],
)
def test_every_value_of_a_schema_is_read(name: str, values: list[str]) -> None:
    assert list(PARAMETERS[name].schema["enum"]) == list(values)
    for value in values:
        assert read([(name, value)]) is not None


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


def test_words_to_look_for_are_kept_as_typed_and_a_list_has_a_last_page() -> None:
    assert (read([("q", "cour ")]).q, read([("q", "  ")]).q) == ("cour ", "")
    assert [where for where, _ in faults(("q", "x" * 2001))] == ["q"]
    assert [Search(page_size=20).last_page(total) for total in (0, 20, 21)] == [1, 1, 2]


def test_a_cursor_goes_on_in_the_state_of_the_register_that_it_began_in() -> None:
    place = cursor(Search(), (3, "decisions"), HERE)
    assert [where for where, _ in faults(("at", "5"), ("cursor", place))] == ["cursor"]
    assert [where for where, _ in faults(("as_of", "2021-10-15"), ("cursor", place))] == ["cursor"]


PLACES: dict[str, st.SearchStrategy[Any]] = {
    "rank": st.integers(-(2**53), 2**53),
    "slip": st.integers(-(2**53), 2**53),
    "deadline": st.dates(),
    "title": st.text("abcdefghijklmnopqrstuvwxyz ", max_size=60),
    "state": st.sampled_from(sorted(STATES)),
    "publisher": st.text("abcdefghijklmnopqrstuvwxyz-", max_size=30),
    "modified": st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
}


def test_every_order_has_a_place_to_go_on_from() -> None:
    assert PLACES.keys() == ORDERS.keys()


@pytest.mark.parametrize("order", PLACES)
@given(data=st.data(), sign=st.sampled_from(["", "-"]), slug=st.text("abc-", max_size=30))
def test_a_cursor_goes_on_behind_the_entry_it_was_made_for(
    order: str, data: st.DataObject, sign: str, slug: str
) -> None:
    value = data.draw(st.none() | PLACES[order])
    told = value.isoformat() if isinstance(value, date) else value
    search = Search(sort=sign + order)
    place = cursor(search, (told, slug), HERE)
    found = read([("sort", search.sort), ("cursor", place)])
    assert (found.after, found.page) == ((value, slug), 2)
    assert (found.as_of, found.at) == (HERE.day, HERE.position)


def test_a_cursor_belongs_to_its_list() -> None:
    place = cursor(Search(type=("action",)), (1, "a"), HERE)
    assert [where for where, _ in faults(("cursor", place))] == ["cursor"]


def test_a_cursor_belongs_to_its_order() -> None:
    place = cursor(Search(sort="title"), ("a", "b"), HERE)
    assert [where for where, _ in faults(("sort", "-title"), ("cursor", place))] == ["cursor"]


def spelled(content: object) -> str:
    """What a stranger may put in a cursor."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


ODD = [
    *[None, 1, "rank", [], {}, ["rank"], ["rank", 1], ["rank", 1, 2], ["rank", 1, "a", "b"]],
    *[["rank", "1", "a"], ["rank", True, "a"], ["rank", 1.5, "a"], ["rank", 2**53 + 1, "a"]],
    *[["rank", [], "a"], ["rank", {}, "a"], ["rank", 1, None], ["rank", 1, "a\0"], [[], 1, "a"]],
    *[[{}, 1, "a"], ["slip", 1, "a"], ["rank", float("nan"), "a"], ["rank", float("inf"), "a"]],
]


@pytest.mark.parametrize(
    ("sort", "content"),
    [
        *(("rank", content) for content in ODD),
        *(("rank", [*content, *SEEN]) for content in ODD if isinstance(content, list)),
        *(
            ("deadline", ["deadline", value, "a", *SEEN])
            for value in ("soon", "", 20211015, "2021-13-01", ["2021-10-15"])
        ),
        *(("title", ["title", value, "a", *SEEN]) for value in (1, "a\0", ["a"], True, "\udfff")),
        ("title", ["title", "a", "\ud800", *SEEN]),
        *(
            ("modified", ["modified", value, "a", *SEEN])
            for value in ("soon", 1, "2026-11-23T12:00:00", "9999-12-31T23:59-14")
        ),
    ],
)
def test_a_cursor_that_no_list_made_is_refused(sort: str, content: object) -> None:
    wrong = faults(("sort", sort), ("cursor", spelled(content)))
    assert [where for where, _ in wrong] == ["cursor"]


def test_the_longest_title_makes_a_cursor_that_is_taken_back() -> None:
    search = Search(sort="title")
    place = cursor(search, (sort_key("décisions " * 60), "d" * 100), HERE)
    assert read([("sort", "title"), ("cursor", place)]).after is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
hostile = st.one_of(
    st.text(min_size=1, max_size=200),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/", min_size=1),
    st.binary(min_size=1, max_size=100).map(lambda told: base64.urlsafe_b64encode(told).decode()),
    json_values.map(spelled),
    st.tuples(st.sampled_from([*ORDERS, "-rank"]), json_values, json_values).map(spelled),
)


@given(sort=st.sampled_from(sorted(ORDERS)), text=hostile)
@example("rank", "[" * 200)
@example("rank", base64.urlsafe_b64encode(b"[" * 140).decode())
@example("rank", base64.urlsafe_b64encode(b"9" * 140).decode())
@example("rank", "é" * 10)
@example("rank", "=")
@example("rank", "A")
def test_a_hostile_cursor_is_refused_and_never_an_accident(sort: str, text: str) -> None:
    search, found = asked([("sort", sort), ("cursor", text)])
    if search is None:
        assert {where for where, _ in found} == {"cursor"}
    else:
        assert search.after is not None
        assert isinstance(search.after[1], str)


@given(st.lists(st.tuples(st.sampled_from([*PARAMETERS, "zzz", ""]), st.text(max_size=40))))
def test_any_query_is_a_search_or_a_refusal_and_never_an_accident(pairs: Pairs) -> None:
    search, found = asked(pairs)
    assert (search is None) is bool(found)
    assert all(what for _, what in found)


def test_the_near_miss_is_the_name_most_like_it_or_none() -> None:
    assert near("TITLE", ORDERS) == "title"
    assert near("deadlin", ORDERS) == "deadline"
    assert near("xyz", ORDERS) == ""


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Évry", "evry"),
        ("ÉVRY", "evry"),
        ("Œuvres de cœur", "oeuvres de coeur"),
        ("Ex æquo", "ex aequo"),
        ("Décisions du Conseil d’Etat", "decisions du conseil d etat"),
        ("Décisions du Conseil d'État", "decisions du conseil d etat"),
        ("1re instance – tribunaux", "1re instance tribunaux"),
        ("  CA\u00a0en\u202fmatière\tpénale ", "ca en matiere penale"),
        ("e\u0301", "e"),
        ("!?", ""),
        ("", ""),
    ],
)
def test_a_sort_key_has_no_case_no_accent_and_no_punctuation(text: str, key: str) -> None:
    assert sort_key(text) == key


@given(st.text(max_size=400))
def test_a_sort_key_is_words_between_single_spaces_and_of_bounded_length(text: str) -> None:
    key = sort_key(text)
    assert len(key) <= 300
    assert all(letter.isalnum() or letter == " " for letter in key)
    assert "  " not in key
    assert key == key.lstrip()
