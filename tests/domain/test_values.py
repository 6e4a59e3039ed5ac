"""What a value may be, at every door: the form in which it is kept, and what is refused."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode
from slugify import slugify

from app.domain import values
from app.domain.commitments import DESCRIPTIVE, IDENTITY
from app.domain.values import Unfit, faults


def refused(check: values.Check, value: Any) -> str:
    """Why a check does not take a value."""
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 the message is the result
        check(value)
    return str(refusal.value)


# Texts.


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Décisions  ", "Décisions"),
        ("e\u0301tat", "état"),
        ("soft\xadhyphen\u200b and \ufeffmark\u2060", "softhyphen and mark"),
        ("👩🏽‍⚖️ rend la justice", "👩🏽‍⚖️ rend la justice"),
        ("\u200fעברית", "\u200fעברית"),
        ("« guillemets » – tiret", "« guillemets » – tiret"),
        ("\ufffd", "\ufffd"),
    ],
)
def test_a_line_is_kept_in_composed_letters_without_what_copying_leaves(text, kept) -> None:
    assert values.line(text) == kept


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_prose_has_one_kind_of_line_break_and_a_line_has_none(breaks: str) -> None:
    assert values.prose(f"a{breaks}b") == "a\nb"
    assert refused(values.line, f"a{breaks}b") == "One line, without tabs."
    assert refused(values.line, "a\tb") == "One line, without tabs."
    assert values.prose("a\tb") == "a\tb"


@pytest.mark.parametrize(
    "letter",
    [
        *("\x00", "\x07", "\x1b", "\x7f", "\x9f", "\ud800", "\udfff", "\ue000", "\uf0b7"),
        *("\u202a", "\u202e", "\u2066", "\u2069", "\ufdd0", "\ufff9", "\ufffe", "\uffff"),
        *("\U0001ffff", "\U000f0000", "\U0010ffff"),
    ],
)
def test_what_some_voice_cannot_carry_or_what_deceives_is_refused_by_name(letter: str) -> None:
    why = f"U+{ord(letter):04X} cannot be written in every voice."
    assert refused(values.line, f"a{letter}b") == why
    assert refused(values.prose, f"a{letter}b") == why


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u200b", "\u200d", "\u0301", "\xa0"])
def test_a_text_has_something_to_read_in_it(text: str) -> None:
    assert refused(values.line, text) == "A text with something to read in it."


def test_a_text_has_its_length_in_the_form_in_which_it_is_kept() -> None:
    assert values.line("e\u0301" * 300) == "é" * 300
    assert refused(values.line, "é" * 301) == "At most 300 characters."
    assert refused(values.prose, "é" * 10_001) == "At most 10000 characters."


@pytest.mark.parametrize("value", [None, 5, True, [], {}, b"text"])
def test_what_is_no_text_is_no_text(value: Any) -> None:
    assert refused(values.prose, value) == "A text."
    written: tuple[values.Check, ...] = (values.address, values.licence, values.media_type)
    for check in (*written, values.email, values.edtf, values.spelling, values.slug):
        assert refused(check, value)
    for check in (values.keyword, values.file_type, values.state):
        assert refused(check, value)


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_whatever_is_kept_of_a_text_can_be_written_and_is_kept_as_it_is(text: str) -> None:
    try:
        kept = values.prose(text)
    except ValueError:
        return
    assert values.prose(kept) == kept
    assert kept.encode()
    assert unicodedata.is_normalized("NFC", kept)
    assert not any(unicodedata.category(letter) == "Cc" for letter in kept if letter not in "\n\t")


# Addresses.


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("https://data.example/a?b=c&d=%20#e", "https://data.example/a?b=c&d=%20#e"),
        (" https://data.example ", "https://data.example"),
        ("HTTPS://DATA.Example:8443/Path", "https://data.example:8443/Path"),
        ("http://data.example:/", "http://data.example/"),
        ("http://data.example./a", "http://data.example/a"),
        ("https://données.example/é", "https://xn--donnes-eva.example/%C3%A9"),
        ("https://xn--donnes-eva.example/", "https://xn--donnes-eva.example/"),
        ("https://a.example/?x[]=1&y=é", "https://a.example/?x%5B%5D=1&y=%C3%A9"),
        ("https://a.example/e\u0301", "https://a.example/e%CC%81"),
        ("https://a.example/it's(ok);v=1,2!*", "https://a.example/it's(ok);v=1,2!*"),
        ("https://a_b.example/", "https://a_b.example/"),
        ("http://9.9.9.9/x", "http://9.9.9.9/x"),
        ("http://[2620:FE:0::FE]:8080/x", "http://[2620:fe::fe]:8080/x"),
        ("http://A.example.:8000/", "http://a.example:8000/"),
        ("https://a.example/#é", "https://a.example/#%C3%A9"),
        ("https://a.example?q", "https://a.example?q"),
    ],
)
def test_an_address_is_kept_in_ascii(given_: str, kept: str) -> None:
    assert values.address(given_) == kept
    assert values.address(kept) == kept
    assert NamedNode(kept).value == kept


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "data.example",
            "/openings/x",
            "//data.example/",
            "http://",
            "http:///path",
            "https:",
        ),
        *("javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "file:///etc/passwd"),
        *("mailto:a@b.example", "ftp://a.example/", "gopher://a.example/", "urn:isbn:1"),
        *(
            "http://a b.example/",
            "http://a.example/a b",
            "http://a.example/\nb",
            "http://a\t.example/",
        ),
        *("http://a.example/\x00", "http://a.example/\u202egpj.exe", "http://a.example/\ud800"),
        *("http://a.example/\u200b", "http://a.example/\xa0b", "http://a\u3000b.example/"),
        *("http://a.example/<x>", 'http://a.example/"x"', "http://a.example/{x}"),
        *("http://a.example/a|b", "http://a.example/a\\b", "http://a.example/a^b"),
        *(
            "http://a.example/a`b",
            "http://a.example/%zz",
            "http://a.example/%2",
            "http://a.example/%",
        ),
        *(
            "http://a.example/a#b#c",
            "http://[::1/",
            "http://[::g]/",
            "http://::1/",
            "http://[1.2.3.4]/",
        ),
        *("http://a.example:99999/", "http://a.example:0/", "http://a.example:x/", "http://:80/"),
        *("http://a..example/", "http://.example/", "http://-a.example/", "http://a-.example/"),
        *("http://1.2.3/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://0x7f000001/"),
        *("http://2130706433/", f"http://{'a' * 64}.example/", f"http://{'a.' * 130}example/"),
        *("http://a!b.example/", "http://a.exam%70le/", "http://a,b.example/"),
    ],
)
def test_any_other_address_is_refused(address: str) -> None:
    assert refused(values.address, address) == values.NO_ADDRESS


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8000", "intranet", "serveur.local", "a.localhost", "a.internal"),
        *("nas.home.arpa", "127.0.0.1", "10.0.0.1:8080", "192.168.1.1", "169.254.169.254"),
        *("192.0.2.1", "0.0.0.0", "224.0.0.1", "[::1]", "[fe80::1]:80", "[fd00::1]"),
        *("[::ffff:10.0.0.1]", "Intranet.", "SERVEUR.LOCAL."),
    ],
)
def test_an_address_is_one_that_anyone_can_reach(host: str) -> None:
    assert refused(values.address, f"https://{host}/") == values.NOT_PUBLIC


def test_each_resource_of_an_opening_has_an_address_of_its_own() -> None:
    one, other = {"url": "https://a.example/"}, {"url": "https://A.example/", "kind": "api"}
    with pytest.raises(values.Unfit) as refusal:
        values.resources([one, {"url": "https://b.example/"}, other])
    why = "Another resource of the same opening has this address."
    assert refusal.value.faults == (("2.url", why),)


@pytest.mark.parametrize("word", ["hvd", "inspire"])
def test_a_keyword_declares_nothing(word: str) -> None:
    assert "declares" in refused(values.keyword, word)
    assert values.keyword(f"{word} 2") == f"{word} 2"


@pytest.mark.parametrize("user", ["me@", "me:secret@", ":secret@", "@", "données@"])
def test_an_address_has_no_name_and_no_password(user: str) -> None:
    why = refused(values.address, f"https://{user}data.example/")
    assert why == "An address without a name or password before its host."


def test_an_address_is_of_a_decent_length_in_the_form_in_which_it_is_kept() -> None:
    assert values.address("https://a.example/" + "x" * 1_982)
    assert refused(values.address, "https://a.example/" + "x" * 1_983) == values.NO_ADDRESS
    long = refused(values.address, "https://a.example/" + "é" * 400)
    assert long == "An address of at most 2000 characters."


@given(st.text(max_size=30) | st.from_regex(r"https?://[^/]{1,20}/.{0,20}", fullmatch=True))
def test_whatever_address_is_kept_every_graph_can_hold(text: str) -> None:
    try:
        kept = values.address(text)
    except ValueError:
        return
    assert kept.isascii()
    assert NamedNode(kept).value == kept
    assert values.address(kept) == kept


# Codes.


@pytest.mark.parametrize(
    ("check", "given_", "kept"),
    [
        (values.file_type, "CSV", "CSV"),
        (values.file_type, " csv ", "CSV"),
        (values.file_type, "json_ld", "JSON_LD"),
        (values.theme, "just", "JUST"),
        (values.hvd_category, "C_A9135398", "c_a9135398"),
        (values.state, "Planned", "planned"),
        (values.media_type, "Text/CSV", "text/csv"),
        (values.media_type, "application/vnd.oasis.opendocument.spreadsheet", None),
        (values.media_type, "application/ld+json", None),
        (values.licence, "EUPL-1.2", "https://spdx.org/licenses/EUPL-1.2"),
        (values.licence, "mit", "https://spdx.org/licenses/MIT"),
        (values.licence, "http://spdx.org/licenses/MIT.html", "https://spdx.org/licenses/MIT"),
        (values.licence, "https://www.spdx.org/licenses/0BSD/", "https://spdx.org/licenses/0BSD"),
        (values.licence, "https://licence.example/É", "https://licence.example/%C3%89"),
        (values.email, "open-data@example.org", None),
        (values.email, "A.b+c@Données.Example", "A.b+c@xn--donnes-eva.example"),
        (values.edtf, "../2025-09-03", None),
        (values.keyword, "prud-hommes 2.0", None),
        (values.size, 2**53, None),
        (values.size, 0, None),
        (values.rank, 1, None),
    ],
)
def test_a_code_is_kept_as_its_list_spells_it(check, given_: Any, kept: Any) -> None:
    assert check(given_) == (given_ if kept is None else kept)


@pytest.mark.parametrize(
    ("check", "value", "why"),
    [
        (values.file_type, "CVS", "Did you mean “CSV”?"),
        (values.file_type, "PARQUET", "Leave it out, and give the media type."),
        (values.theme, "JUSTICE", "Did you mean “JUST”?"),
        (values.theme, "X", "Known: AGRI, ECON,"),
        (values.hvd_category, "c_a9135399", "Did you mean “c_a9135398”?"),
        (values.hvd_category, "Mobility", "The six: c_a9135398,"),
        (values.state, "planed", "Did you mean “planned”?"),
        (values.licence, "EUPL", "Did you mean “EUPL-1.2”?"),
        (values.licence, "GPL-3.0", "Did you mean “GPL-3.0-only”?"),
        (values.licence, "Ours", "Give its address."),
        (values.licence, "", "Give its address."),
        (values.licence, "javascript:alert(1)", values.NO_ADDRESS),
        (values.media_type, "csv", "A media type such as text/csv"),
        (values.media_type, "text/csv; charset=utf-8", "without parameters"),
        (values.media_type, "aplication/json", "Did you mean “application”?"),
        (values.media_type, "texte/csv", "Did you mean “text”?"),
        (values.media_type, "text/<csv>", "A media type such as text/csv"),
        (values.media_type, "text/" + "x" * 101, "A media type such as text/csv"),
        (values.email, "a@b", "An e-mail address."),
        (values.email, "a b@example.org", "An e-mail address."),
        (values.email, "a/b?c@example..org", "An e-mail address."),
        (values.email, "a@@example.org", "An e-mail address."),
        (values.email, "é@example.org", "An e-mail address."),
        (values.email, "a@192.0.2.1", "An e-mail address."),
        (values.email, "mailto:a@example.org", "An e-mail address."),
        (values.email, ".a@example.org", "An e-mail address."),
        (values.edtf, "2023-02-30", "A date in EDTF"),
        (values.edtf, "hier", "A date in EDTF"),
        (values.spelling, "bientôt", "This period cannot be read."),
        (values.keyword, "Prud’hommes", "A keyword has 2 to 100"),
        (values.keyword, "x", "A keyword has 2 to 100"),
        (values.keyword, "a" * 101, "A keyword has 2 to 100"),
        (values.size, -1, "A whole number from 0"),
        (values.size, 2**53 + 1, "A whole number from 0"),
        (values.size, True, "A whole number from 0"),
        (values.size, 1.0, "A whole number from 0"),
        (values.size, "12", "A whole number from 0"),
    ],
)
def test_any_other_code_is_refused_with_the_near_miss_or_what_to_do(check, value, why) -> None:
    assert why in refused(check, value)


@given(st.text(max_size=40))
def test_whatever_is_slugged_is_a_keyword_or_refused(text: str) -> None:
    slug = slugify(text, max_length=100)
    if len(slug) > 1:
        assert values.keyword(slug) == slug
    else:
        assert refused(values.keyword, slug)


# Values with parts.


def test_every_field_of_a_claim_has_its_check() -> None:
    assert set(values.CHECKS) == {*DESCRIPTIVE, *IDENTITY, "state", "deadline"}


def test_everything_that_is_wrong_is_told_at_once_and_where() -> None:
    told = {
        "title": {"fr": "", "de": "Entscheidungen"},
        "resources": [{"url": "https://a.example/"}, {"kind": "fil", "format": "CVS"}],
        "keywords": ["x", "bon mot"],
        "contact": {"email": "a@b"},
        "colour": "blue",
        "covers": {"from": "2022", "to": "2020"},
        "licence": 5,
        "rank": True,
    }
    with pytest.raises(Unfit) as refusal:
        values.fit(told)
    assert sorted(where for where, _ in faults(refusal.value)) == [
        "colour",
        "contact.email",
        "contact.name",
        "covers",
        "keywords.0",
        "licence",
        "rank",
        "resources.1.format",
        "resources.1.kind",
        "resources.1.url",
        "title.de",
        "title.fr",
    ]
    assert "title.fr: A text with something to read in it." in str(refusal.value)
    assert faults(refusal.value, "here")[0][0].startswith("here.")


def test_what_is_kept_is_kept_as_it_is() -> None:
    told: dict[str, Any] = {
        "type": "API",
        "title": {"fr": " Décisions ", "en": None},
        "description": {"fr": "Une\r\nautre"},
        "publisher": "cour",
        "resources": [{"url": "https://é.example/", "format": "csv", "bytes": 3}],
        "covers": {"from": "2020", "to": None},
        "keywords": ["justice", "justice", "droit"],
        "themes": ["just", "JUST"],
        "deadline": {
            "label": "T3 2021",
            "start": "2021-07-01",
            "end": "2021-09-30",
            "precision": "quarter",
        },
        "contact": None,
    }
    kept = values.fit(told)
    assert kept["type"] == "api"
    assert kept["title"] == {"fr": "Décisions", "en": None}
    assert kept["description"] == {"fr": "Une\nautre"}
    assert kept["resources"] == [{"url": "https://xn--9ca.example/", "format": "CSV", "bytes": 3}]
    assert (kept["keywords"], kept["themes"]) == (["justice", "droit"], ["JUST"])
    assert values.fit(json.loads(json.dumps(kept))) == kept


@pytest.mark.parametrize(
    "value",
    [
        None,
        "T3 2021",
        {},
        {"label": "NA"},
        {"label": "T3 2021", "start": "2021-07-01", "end": "2021-09-30", "precision": "year"},
        {"label": "T3 2021", "start": "2021-07-01", "end": "2021-12-31", "precision": "quarter"},
        {"label": "bientôt", "start": "2021-07-01", "end": "2021-09-30", "precision": "quarter"},
    ],
)
def test_a_period_says_the_same_in_words_and_in_days(value: Any) -> None:
    assert refused(values.period, value)


@pytest.mark.parametrize(
    ("covers", "fit"),
    [
        ({"from": "2020", "to": "2020"}, True),
        ({"from": "2020-06", "to": "2020"}, True),
        ({"from": "../2022", "to": "2020"}, True),
        ({"to": "2020"}, True),
        ({}, True),
        ({"from": "2021", "to": "2020"}, False),
        ({"from": "2020-12-31", "to": "2020-12-30"}, False),
    ],
)
def test_a_period_covered_does_not_end_before_it_begins(covers: Any, fit: bool) -> None:
    if fit:
        assert values.covers(covers) == covers
    else:
        assert refused(values.covers, covers) == "It ends before it begins."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", {}),
        ("title", {"fr": None}),
        ("title", None),
        ("title", "Décisions"),
        ("resources", "https://a.example/"),
        ("resources", [{}]),
        ("resources", [{"url": "https://a.example/"}] * 101),
        ("keywords", ["mot"] * 51),
        ("keywords", {"fr": "mot"}),
        ("themes", ["JUST"] * 21),
        ("publisher", None),
        ("publisher", "Cour de cassation"),
        ("visibility", "secret"),
        ("type", "dream"),
    ],
)
def test_a_value_of_another_kind_is_refused(name: str, value: Any) -> None:
    assert refused(values.CHECKS[name], value)
