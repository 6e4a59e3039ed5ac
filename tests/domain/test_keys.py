"""The form of keys."""

import hashlib
import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.keys import (
    CHECK_LENGTH,
    LETTERS,
    PUBLIC_LENGTH,
    SECRET_LENGTH,
    digest,
    public_part,
    spell,
)

publics = st.text(LETTERS, min_size=PUBLIC_LENGTH, max_size=PUBLIC_LENGTH)
secrets = st.text(LETTERS, min_size=SECRET_LENGTH, max_size=SECRET_LENGTH)
KEY = spell("A" * PUBLIC_LENGTH, "b" * SECRET_LENGTH)


def test_a_key_is_written_in_base_62() -> None:
    assert len(LETTERS) == len(set(LETTERS)) == 62
    assert (PUBLIC_LENGTH, SECRET_LENGTH, CHECK_LENGTH) == (8, 43, 6)
    assert 62**SECRET_LENGTH > 2**256
    assert 62**CHECK_LENGTH > 2**32


@given(publics, secrets)
def test_the_public_part_of_a_key_is_read_back(public: str, secret: str) -> None:
    key = spell(public, secret)
    assert re.fullmatch(r"ouv_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", key)
    assert public_part(key) == public


@given(publics, secrets)
def test_the_check_is_the_crc_32_of_what_stands_before_it(public: str, secret: str) -> None:
    stem, check = spell(public, secret).rsplit("_", 1)
    value = 0
    for letter in check:
        value = value * 62 + LETTERS.index(letter)
    assert value == zlib.crc32(stem.encode())


@given(publics, secrets, st.data())
def test_a_key_mistyped_by_one_letter_is_no_key(
    public: str, secret: str, data: st.DataObject
) -> None:
    key = spell(public, secret)
    place = data.draw(st.integers(0, len(key) - 1))
    letter = data.draw(st.sampled_from(LETTERS + "_-é ").filter(lambda one: one != key[place]))
    assert public_part(key[:place] + letter + key[place + 1 :]) is None


@given(publics, secrets, st.data())
def test_a_key_with_two_neighbours_exchanged_is_no_key(
    public: str, secret: str, data: st.DataObject
) -> None:
    key = spell(public, secret)
    place = data.draw(st.integers(0, len(key) - 2))
    exchanged = key[:place] + key[place + 1] + key[place] + key[place + 2 :]
    assert public_part(exchanged) == (public if exchanged == key else None)


@pytest.mark.parametrize(
    "text", ["", "ouv_", KEY[:-1], KEY + "0", KEY + "\n", " " + KEY, KEY.upper(), KEY.lower(), "\0"]
)
def test_what_has_not_the_form_of_a_key_is_no_key(text: str) -> None:
    assert public_part(text) is None


@given(st.text())
def test_any_text_is_a_key_or_not_and_never_an_accident(text: str) -> None:
    assert public_part(text) is None


def test_the_register_keeps_the_sha_256_of_a_key() -> None:
    assert digest(KEY) == hashlib.sha256(KEY.encode("ascii")).hexdigest()
