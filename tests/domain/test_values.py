"""What a value may be, at every door: the form in which it is kept, and what is refused."""

import unicodedata
from typing import Any, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pyoxigraph import NamedNode
from slugify import slugify

from app.domain import values
from app.domain.errors import Unfit
from app.domain.values import FileType, HvdCategory, Licence, Theme, prose


def kept_as(kind: Any, value: Any) -> Any:
    """The form in which a value of a type is kept."""
    return TypeAdapter(kind).validate_python(value)


def refused(check: Any, value: Any) -> str:
    """Why a check, or a type, does not take a value."""
    if callable(check) and not get_origin(check):
        with pytest.raises(Unfit) as unfit:
            check(value)
        return unfit.value.english
    with pytest.raises(ValidationError) as fault:
        kept_as(check, value)
    return values.refusals(fault.value.errors())[0][1].english


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
def test_what_some_format_cannot_carry_or_what_deceives_is_refused_by_name(letter: str) -> None:
    why = f"U+{ord(letter):04X} cannot be written in every format."
    assert refused(values.line, f"a{letter}b") == why
    assert refused(values.prose, f"a{letter}b") == why


def test_a_letter_that_was_lost_is_refused_by_name() -> None:
    why = "U+FFFD stands where a letter was lost."
    for check in (values.line, values.prose, values.keyword):
        assert refused(check, "D\ufffdcisions") == why
    assert refused(values.address, "https://a.example/d\ufffdcisions") == values.NO_ADDRESS


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u200b", "\u200d", "\u0301", "\xa0"])
def test_a_text_has_something_to_read_in_it(text: str) -> None:
    assert refused(values.line, text) == "A text with something to read in it."


def test_a_text_has_its_length_in_the_form_in_which_it_is_kept() -> None:
    assert values.line("e\u0301" * 300) == "é" * 300
    assert refused(values.line, "é" * 301) == "At most 300 characters."
    assert refused(values.prose, "é" * 10_001) == "At most 10000 characters."


@pytest.mark.parametrize("value", [None, 5, True, [], {}])
def test_what_is_no_text_is_no_text(value: Any) -> None:
    assert refused(values.prose, value) == "A text."
    kinds = (values.Address, Licence, values.MediaType, values.Email, values.Edtf, values.Slug)
    for kind in (*kinds, values.PeriodText, values.Keyword, FileType, values.State):
        assert refused(kind, value)


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


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ÉVRY", "evry"),
        ("Œuvres de cœur", "oeuvres de coeur"),
        ("Ex æquo", "ex aequo"),
        ("Décisions du Conseil d’Etat", "decisions du conseil d etat"),
        ("Décisions du Conseil d'État", "decisions du conseil d etat"),
        ("1re instance – tribunaux", "1re instance tribunaux"),
        ("  CA\u00a0en\u202fmatière\tpénale ", "ca en matiere penale"),
        ("!?", ""),
    ],
)
def test_a_sort_key_has_no_case_no_accent_and_no_punctuation(text: str, key: str) -> None:
    assert values.sort_key(text) == key


@given(st.text(max_size=400))
def test_a_sort_key_is_words_between_single_spaces_and_of_bounded_length(text: str) -> None:
    key = values.sort_key(text)
    assert len(key) <= 300
    assert all(letter.isalnum() or letter == " " for letter in key)
    assert key == " ".join(key.split()) or len(key) == 300


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
        ("https://FAẞ.example/", "https://xn--fa-hia.example/"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://βόλος.example/", "https://xn--nxasmm1c.example/"),
        ("https://données。example/", "https://xn--donnes-eva.example/"),
        ("https://XN--Donnes-EVA.example/", "https://xn--donnes-eva.example/"),
        ("https://ab--c.example/", "https://ab--c.example/"),
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


NO_ADDRESSES = [
    *("", "data.example", "/openings/x", "//data.example/", "http://", "http:///path", "https:"),
    *("javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "file:///etc/passwd"),
    *("mailto:a@b.example", "ftp://a.example/", "gopher://a.example/", "urn:isbn:1"),
    *("http://a b.example/", "http://a\t.example/", "http://a\u3000b.example/", "http://[::1/"),
    *("http://[::g]/", "http://::1/", "http://[1.2.3.4]/", "http://:80/", "http://.example/"),
    *("http://a..example/", "http://-a.example/", "http://a-.example/", "http://0x7f000001/"),
    *("http://1.2.3/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://2130706433/"),
    *(f"http://{'a' * 64}.example/", f"http://{'a.' * 130}example/", "http://a,b.example/"),
    *("http://a!b.example/", "http://a.exam%70le/", "https://xn--a.fr", "https://a.xn--a/"),
    *("https://☃.example/", "https://é_a.example/", "https://xn--.example/"),
    *(f"http://a.example:{port}/" for port in ("99999", "0", "x")),
    *(f"http://a.example/{rest}" for rest in ("a b", "\nb", "\x00", "\u202egpj.exe", "\ud800")),
    *(f"http://a.example/{rest}" for rest in ("\u200b", "\xa0b", "<x>", '"x"', "{x}", "a|b")),
    *(f"http://a.example/{rest}" for rest in ("a\\b", "a^b", "a`b", "%zz", "%2", "%", "a#b#c")),
]


@pytest.mark.parametrize("address", NO_ADDRESSES)
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


@pytest.mark.parametrize("word", ["hvd", "inspire"])
def test_a_keyword_declares_nothing(word: str) -> None:
    assert "declares" in refused(values.keyword, word)
    assert values.keyword(f"{word} 2") == f"{word}-2"


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
        (FileType, "CSV", "CSV"),
        (FileType, " csv ", "CSV"),
        (FileType, "json_ld", "JSON_LD"),
        (Theme, "just", "JUST"),
        (HvdCategory, "C_A9135398", "c_a9135398"),
        (values.State, "Planned", "planned"),
        (values.MediaType, "Text/CSV", "text/csv"),
        (values.MediaType, "application/vnd.oasis.opendocument.spreadsheet", None),
        (values.MediaType, "application/ld+json", None),
        (Licence, "EUPL-1.2", "https://spdx.org/licenses/EUPL-1.2"),
        (Licence, "mit", "https://spdx.org/licenses/MIT"),
        (Licence, "http://spdx.org/licenses/MIT.html", "https://spdx.org/licenses/MIT"),
        (Licence, "https://www.spdx.org/licenses/0BSD/", "https://spdx.org/licenses/0BSD"),
        (Licence, "https://licence.example/É", "https://licence.example/%C3%89"),
        (values.Email, "open-data@example.org", None),
        (values.Email, "A.b+c@Données.Example", "A.b+c@xn--donnes-eva.example"),
        (values.Edtf, "../2025-09-03", None),
        (values.Edtf, "20/11/2026", "2026-11-20"),
        *((values.AnyYear, day, None) for day in ("1790-11-27", "../1539-08", "0800", "9999")),
        (values.Edtf, "1er septembre 2025", "2025-09-01"),
        (values.Edtf, "septembre 2025", "2025-09"),
        (values.Keyword, "Prud’hommes", "prud-hommes"),
        (values.Size, 2**53, None),
        (values.Size, 0, None),
        (values.Rank, 1, None),
    ],
)
def test_a_code_is_kept_as_its_list_spells_it(check, given_: Any, kept: Any) -> None:
    assert kept_as(check, given_) == (given_ if kept is None else kept)


@pytest.mark.parametrize(
    ("check", "value", "why"),
    [
        (FileType, "CVS", "Did you mean “CSV”?"),
        (FileType, "PARQUET", "leave it out, and give the media type."),
        (Theme, "JUSTICE", "Did you mean “JUST”?"),
        (Theme, "X", "Known: AGRI, ECON,"),
        (HvdCategory, "c_a9135399", "Did you mean “c_a9135398”?"),
        (HvdCategory, "Mobility", "The six: c_a9135398,"),
        (values.State, "planed", "Did you mean “planned”?"),
        (Licence, "EUPL", "Did you mean “EUPL-1.2”?"),
        (Licence, "GPL-3.0", "Did you mean “GPL-3.0-only”?"),
        (Licence, "Ours", "give its address."),
        (Licence, "", "give its address."),
        (Licence, "javascript:alert(1)", values.NO_ADDRESS),
        (values.MediaType, "csv", "A media type such as text/csv"),
        (values.MediaType, "text/csv; charset=utf-8", "without parameters"),
        (values.MediaType, "aplication/json", "A media type such as text/csv"),
        (values.MediaType, "texte/csv", "A media type such as text/csv"),
        (values.MediaType, "text/<csv>", "A media type such as text/csv"),
        (values.MediaType, "text/" + "x" * 101, "A media type such as text/csv"),
        (values.Email, "a@b", "An e-mail address."),
        (values.Email, "a b@example.org", "An e-mail address."),
        (values.Email, "a/b?c@example..org", "An e-mail address."),
        (values.Email, "a@@example.org", "An e-mail address."),
        (values.Email, "é@example.org", "An e-mail address."),
        (values.Email, "a@192.0.2.1", "An e-mail address."),
        (values.Email, "mailto:a@example.org", "An e-mail address."),
        (values.Email, ".a@example.org", "An e-mail address."),
        (values.Edtf, "2023-02-30", "A date: 2023"),
        (values.Edtf, "1899-12-31", "A date of the years 1900 to 2199."),
        (values.AnyYear, "0000", "A date: 2023"),
        (values.Edtf, "hier", "A date: 2023"),
        (values.Edtf, "T3 2021", "A date: 2023"),
        (values.Edtf, "NA", "A date: 2023"),
        (values.PeriodText, "bientôt", "This period cannot be read."),
        (values.Keyword, "x", "A keyword has 2 to 100"),
        (values.Keyword, "hvd", "declares"),
        (values.Size, -1, "At least 0."),
        (values.Size, 2**53 + 1, "At most 9007199254740992."),
        (values.Size, True, "A whole number."),
        (values.Size, 1.0, "A whole number."),
        (values.Size, "12", "A whole number."),
    ],
)
def test_any_other_code_is_refused_with_the_near_miss_or_what_to_do(check, value, why) -> None:
    assert why in refused(check, value)


@given(st.text(max_size=40))
def test_whatever_keyword_is_kept_is_kept_as_it_is(text: str) -> None:
    try:
        kept = values.keyword(text)
    except Unfit:
        return
    assert values.keyword(kept) == kept == slugify(kept)


def test_what_the_register_wrote_is_read_and_not_checked_again() -> None:
    """An older version may have taken what is refused now; no check costs a reader anything."""
    old = TypeAdapter(values.Address).validate_python("gopher://a", context=values.TRUSTED)
    assert old == "gopher://a"
    with pytest.raises(ValidationError):
        TypeAdapter(values.Address).validate_python(5, context=values.TRUSTED)


def test_a_near_miss_costs_the_same_however_long_the_word_is() -> None:
    assert values.near("planed" + " " * 10**6, ["planned", "available"]) == "planned"
    assert values.near("x" * 10**6, ["planned"]) == ""
    assert values.near("TITLE", ["title", "state"]) == "title"


def test_words_are_shown_in_the_language_asked_else_in_the_other() -> None:
    both, french = values.Words(fr="oui", en="yes"), values.Words(fr="oui")
    assert (both.within("en"), both.within("fr"), french.within("en")) == ("yes", "oui", "oui")
    assert (bool(french), bool(values.Words()), values.Words().within("fr")) == (True, False, "")


def test_what_is_much_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(Unfit, match="At most"):
        prose("x" * 200_000)
