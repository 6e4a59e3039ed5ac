"""Passages: texts in pieces, and what is left of long ones."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.domain.search import AROUND, CUT, SOME, WHOLE, Passage, Piece, excerpt, marked

LONG = "Le calendrier de l’ouverture. " * 20


@st.composite
def texts_with_matches(draw, alphabet: str = "ab é…\n", most: int = 600):
    text = draw(st.text(alphabet, min_size=1, max_size=most))
    places = st.integers(0, len(text) - 1)
    matches = draw(st.lists(st.tuples(places, st.integers(1, 30)), max_size=8))
    return text, [(start, min(len(text), start + length)) for start, length in matches]


def flat(passage: Passage) -> str:
    return "".join(f"[{piece.text}]" if piece.match else piece.text for piece in passage)


def test_a_text_is_told_in_pieces() -> None:
    text = "Cours d’appel"
    assert marked(text, [(0, 5)]) == (Piece("Cours", match=True), Piece(" d’appel", match=False))
    assert marked(text, []) == (Piece(text, match=False),)
    assert marked("", []) == ()


def test_matches_that_overlap_are_one() -> None:
    assert flat(marked("prud’hommes", [(5, 11), (0, 11), (0, 4)])) == "[prud’hommes]"
    assert flat(marked("ab", [(1, 2), (0, 1)])) == "[ab]"


def test_a_short_text_is_told_whole() -> None:
    text = "x" * WHOLE
    assert flat(excerpt(text, [(0, 1)])) == f"[x]{text[1:]}"


def test_a_long_text_is_cut_between_words_around_its_matches() -> None:
    at = LONG.index("calendrier", 300)
    assert flat(excerpt(LONG, [(at, at + 10)])) == (
        "… de l’ouverture. Le calendrier de l’ouverture. Le [calendrier] de l’ouverture. "
        "Le calendrier de l’ouverture. Le …"
    )


def test_a_match_at_either_end_is_not_cut_there() -> None:
    first, last = flat(excerpt(LONG, [(0, 2)])), flat(excerpt(LONG, [(len(LONG) - 2, len(LONG))]))
    assert first.startswith("[Le] calendrier")
    assert first.endswith(f" {CUT}")
    assert last.startswith(f"{CUT} ")
    assert last.endswith("[. ]")


def test_what_is_left_out_between_two_matches_is_shown() -> None:
    passage = excerpt(LONG, [(0, 2), (500, 502)])
    assert flat(passage).count(f" {CUT} ") == 1
    assert [piece.match for piece in passage] == [True, False, True, False]


def test_of_many_matches_some_are_shown() -> None:
    text = ("mot " + "x " * 200) * 10
    matches = [(at, at + 3) for at in range(0, len(text), 404)]
    assert len(matches) == 10
    assert flat(excerpt(text, matches)).count("[mot]") == SOME


def test_a_text_without_spaces_is_cut_where_it_must_be() -> None:
    assert flat(excerpt("x" * 1000, [(500, 501)])) == f"{CUT} {'x' * AROUND}[x]{'x' * AROUND} {CUT}"


@given(texts_with_matches())
def test_a_passage_is_the_text_and_every_match_is_marked(drawn) -> None:
    text, matches = drawn
    pieces = marked(text, matches)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
    assert all(piece.match != other.match for piece, other in pairwise(pieces))
    letters = [piece.match for piece in pieces for _ in piece.text]
    assert letters == [any(a <= n < b for a, b in matches) for n in range(len(text))]


@given(texts_with_matches())
def test_an_excerpt_is_short_and_shows_the_first_match(drawn) -> None:
    text, matches = drawn
    passage = excerpt(text, matches)
    assert sum(len(piece.text) for piece in passage) <= max(WHOLE, SOME * (2 * AROUND + 30 * 8 + 4))
    if matches:
        start, stop = min(matches)
        shown = [piece.text for piece in passage if piece.match]
        assert shown[0].startswith(text[start:stop])
    assert (
        "".join(flat(passage)).replace("[", "").replace("]", "").split(CUT)[0].strip("\n ") in text
    )
