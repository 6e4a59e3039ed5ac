"""How words are compared: what is the same word, and what a query asks for."""

import json
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.store.words import FUNCTION_WORDS, LONGEST, STEM, Word, sought, spots, tokens

INFLECTED = [
    ("délictuel", "délictuelle", "délictuels", "délictuelles"),
    ("pénal", "pénale", "pénaux", "pénales"),
    ("cour", "cours"),
    ("tribunal", "tribunaux"),
    ("administratif", "administrative", "administratives", "administration"),
    ("régulation", "régulateur", "régulatrice"),
    ("société", "sociétés"),
    ("première", "premières"),
    ("donnée", "données"),
    ("ouvert", "ouverts", "ouverte", "ouvertes"),
    ("œuvre", "œuvres", "oeuvre", "OEUVRES"),
    ("1re", "1ère", "1ʳᵉ", "1er"),
    ("2e", "2ème", "2ᵉ"),
    ("deadline", "deadlines"),
]
WORDS = st.text(st.characters(categories=["L", "N", "M", "P", "S", "Z"]), max_size=12)
TEXTS = st.lists(WORDS, max_size=8).map(" ".join)


def plain(text: str) -> str:
    """The words of a text as they are compared."""
    return " ".join(spot.word.plain for spot in spots(text))


def finds(query: str, text: str) -> bool:
    """Whether a text says all that a query asks for."""
    return hold([spot.word for spot in spots(text)], query)


def hold(words: list[Word], query: str) -> bool:
    """Whether words are all that a query asks for, in one of the ways that will do."""
    asked = sought(query)
    return bool(asked) and all(
        any(all(any(term.met_by(word) for word in words) for term in way) for way in ways)
        for ways in asked
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Décisions de JUSTICE", "decisions de justice"),
        ("Conseil d’État, conseil d'Etat", "conseil d etat conseil d etat"),
        ("contraventionnelle/délictuelle", "contraventionnelle delictuelle"),
        ("Œuvre, ex æquo, Straße, Ångström, Łódź", "oeuvre ex aequo strasse angstrom lodz"),
        ("e\u0301te\u0301 dé\u00adlit", "ete delit"),
        ("２０２１ ٢٠٢١ 1ʳᵉ m² ①", "2021 2021 1re m2 1"),
        ("a\u00a0b\u202fc\u200bd\u2028e", "a b c d e"),
        ("\U0001f5c2 ??? « » – …", ""),
        ("prud’hommes", "prud hommes prudhommes"),
        ("open-data, C.N.I.L.", "open data opendata c n i l cnil"),
        ("agent·e·s publi·que", "agent e s agentes publi que publique"),
        ("l’open-data jusqu’alors", "l open data opendata jusqu alors"),
        ("aujourd’hui", "aujourd hui aujourdhui"),
        ("fin. Début", "fin debut"),
    ],
)
def test_words_are_told_apart_and_folded(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize("forms", INFLECTED, ids=lambda forms: forms[0])
def test_every_form_of_a_word_finds_every_other_whole_or_unaccented(forms) -> None:
    for text in forms:
        for query in forms:
            bare = "".join(
                c for c in unicodedata.normalize("NFD", query) if not unicodedata.combining(c)
            )
            assert finds(f"{query} ", text)
            assert finds(query.upper(), text.lower())
            assert finds(bare, text)


@pytest.mark.parametrize("forms", INFLECTED, ids=lambda forms: forms[0])
def test_on_the_way_to_another_form_the_match_is_never_lost(forms) -> None:
    lost = [
        (text, typed)
        for text in forms
        for query in forms
        for typed in accumulate(query)
        if not finds(typed, text)
    ]
    assert lost == []


@given(TEXTS, st.data())
@example("1re Œuvre pénale", None)
def test_typing_more_letters_of_a_word_never_loses_the_text_that_holds_it(text, data) -> None:
    words = list(spots(text))
    if data is not None and words:
        words = [data.draw(st.sampled_from(words))]
    for spot in words:
        for typed in accumulate(text[spot.start : spot.end]):
            assert not plain(typed) or finds(typed, text), typed
        assert finds(text[spot.start : spot.end] + " ", text)
        for typed in accumulate(spot.word.plain):
            assert finds(typed, text), typed


@given(TEXTS)
def test_a_text_is_found_by_itself(text: str) -> None:
    assert finds(text, text) == finds(f"{text} ", text) == bool(plain(text))


@given(st.text())
@example("\ufe70")
def test_folding_twice_is_folding_once_and_the_engines_have_nothing_to_do(text: str) -> None:
    for spot in spots(text):
        assert 0 <= spot.start < spot.end <= len(text)
        assert spot.word.plain == plain(spot.word.plain)
        assert 0 < len(spot.word.plain) <= LONGEST
        for token in (spot.word.plain, *spot.word.stems):
            assert token.removeprefix(STEM).isalnum()
            assert token == token.lower()
            assert len(token.encode()) < 2000


@given(TEXTS)
def test_composed_and_decomposed_texts_are_found_by_the_same(text: str) -> None:
    forms = [tokens([unicodedata.normalize(form, text)]) for form in ("NFC", "NFD")]
    assert forms[0] == forms[1]


def test_the_last_word_may_be_unfinished_unless_a_space_follows() -> None:
    assert finds("comm", "Tribunaux de commerce")
    assert not finds("comm ", "Tribunaux de commerce")
    assert not finds("comm tribunaux", "Tribunaux de commerce")
    assert finds("commerce tribu", "Tribunaux de commerce")


def test_ordinals_are_one_however_they_are_written() -> None:
    for query in ("2nd", "2nde degré", "2ème", "2e"):
        assert finds(query, "Juridictions du 2ᵉ degré"), query
    assert not finds("2e ", "Juridictions du 12e degré, 2 degrés")


def test_every_word_is_asked_for() -> None:
    assert not finds("tribunaux commerce criminel", "Tribunaux de commerce")


def test_words_tied_to_one_another_are_found_apart_and_as_one() -> None:
    for text in ("Conseils de prud’hommes", "conseils de prud'hommes"):
        for query in ("prud’hommes", "prud'homme ", "prudhommes", "PRUDHOMM", "prud hommes"):
            assert finds(query, text), query
    assert finds("prud’hommes", "Prudhommes")
    assert finds("open-data", "opendata")
    assert finds("opendata", "open data, open-data")
    assert not finds("open-data", "open")
    assert not finds("lappel", "l’appel")


def test_an_elided_word_is_not_asked_for() -> None:
    for query in ("l'appel", "L’APPEL", "d'appel", "qu’appel", "jusqu'à l'appel"):
        assert finds(query, "Cours d’appel"), query
    assert not finds("l'", "Cours d’appel")
    assert finds("d'", "Cours d’appel")


def test_function_words_are_not_asked_for_unless_nothing_else_is() -> None:
    assert finds("la cour de la cassation du", "Cour, cassation")
    assert finds("the courts of appeal", "Court appeal")
    assert finds("de la", "Décisions de la Cour")
    assert finds("de la", "Laboratoire")
    assert not finds("de la ", "Laboratoire")
    assert not finds("sous-traitance", "traitance")


def test_function_words_are_folded() -> None:
    assert {word for word in FUNCTION_WORDS if plain(word) != word} == set()


@pytest.mark.parametrize("query", ["", " ", "???", "\U0001f5c2", "«»", "\0", "\u0301", "\ud800"])
def test_a_query_without_a_word_asks_for_nothing(query: str) -> None:
    assert sought(query) == ()


def test_the_same_word_twice_is_asked_for_once() -> None:
    assert len(sought("cour cour COUR cour ")) == 1


def test_a_word_counts_as_far_as_it_is_held() -> None:
    assert finds("x" * 5000, "x" * 101)
    assert not finds("x" * 101, "x" * 99)


def test_words_are_stemmed_alike_by_many_at_once() -> None:
    texts = [f"mot{n}elles régulat{n}ions pénaux{n}" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        stems = list(pool.map(lambda text: tokens([text]), texts * 3))
    assert stems == [tokens([text]) for text in texts * 3]
    assert json.dumps(sorted(tokens(["pénaux"]))) == '["=penal", "penaux"]'
