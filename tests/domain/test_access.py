"""Who may do what: the whole matrix. The form of keys."""

import hashlib
import re
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import (
    LETTERS,
    PUBLIC,
    PUBLIC_LENGTH,
    ROLES,
    SECRET_LENGTH,
    Actor,
    digest_of,
    may,
    may_correct,
    may_state,
    public_part,
    spell_key,
)
from app.domain.claims import Description
from app.domain.commitments import Commitment
from app.domain.periods import on_day

ENTRY = Commitment(
    slug="decisions",
    type="dataset",
    described=Description(publisher="cour-de-cassation"),
    steward="ministere-de-la-justice",
    state="planned",
    state_since=on_day(date(2021, 4, 29)),
    valid_from=date(2021, 4, 29),
    created=datetime(2026, 11, 23, tzinfo=UTC),
    modified=datetime(2026, 11, 23, tzinfo=UTC),
    version=1,
)
TEAMS = ROLES[:3]
WRITING = {"read", "change", "judge", "announce"}


def rights(actor: Actor, entry: Commitment | None) -> set[str]:
    """What an actor may do to an entry."""
    return {action for action in WRITING if may(actor, action, entry)}


@pytest.mark.parametrize(
    ("actor", "public", "internal"),
    [
        (PUBLIC, {"read"}, set()),
        *((Actor("cour-de-cassation", role), WRITING, WRITING) for role in TEAMS),
        *((Actor("ministere-de-la-justice", role), WRITING, WRITING) for role in TEAMS),
        *((Actor("conseil-d-etat", role), {"read"}, set()) for role in TEAMS),
        # A role that does not exist writes nothing, and reads what is its organisation’s.
        *(
            (Actor("cour-de-cassation", role), {"read"}, {"read"})
            for role in (None, "", "Operator")
        ),
        *((Actor(name, "operator"), WRITING, WRITING) for name in ("conseil-d-etat", None)),
    ],
)
def test_publisher_and_steward_write_their_entry_and_others_read_what_is_public(
    actor: Actor, public: set[str], internal: set[str]
) -> None:
    assert rights(actor, None) == (WRITING if actor.operates else {"read"})
    assert rights(actor, ENTRY) == public
    assert rights(actor, replace(ENTRY, visibility="internal")) == internal


@pytest.mark.parametrize("role", TEAMS)
def test_an_entry_without_a_steward_is_not_that_of_an_actor_without_an_organisation(
    role: str,
) -> None:
    assert rights(Actor(None, role), replace(ENTRY, steward=None, visibility="internal")) == set()


@pytest.mark.parametrize(
    ("actor", "alone", "others"),
    [
        (PUBLIC, False, False),
        (Actor("cour-de-cassation", "editor"), True, False),
        (Actor("cour-de-cassation", None), False, False),
        (Actor("conseil-d-etat", "manager"), False, False),
        (Actor("conseil-d-etat", "operator"), True, True),
    ],
)
def test_a_text_is_corrected_by_who_stated_it(actor: Actor, alone: bool, others: bool) -> None:
    assert may_state(actor, stewards=False) == actor.operates
    assert may_state(actor, stewards=True) == (actor.role is not None)
    for binds_others, allowed in ((False, alone), (True, others)):
        assert may_correct(actor, "cour-de-cassation", binds_others=binds_others) == allowed


# Keys.

publics = st.text(LETTERS, min_size=PUBLIC_LENGTH, max_size=PUBLIC_LENGTH)
secrets = st.text(LETTERS, min_size=SECRET_LENGTH, max_size=SECRET_LENGTH)
KEY = spell_key("A" * PUBLIC_LENGTH, "b" * SECRET_LENGTH)


@given(publics, secrets)
def test_the_public_part_is_read_back_and_the_check_is_the_crc_32_of_what_is_before(
    public: str, secret: str
) -> None:
    key = spell_key(public, secret)
    assert re.fullmatch(r"ouv_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", key)
    assert public_part(key) == public
    stem, check = key.rsplit("_", 1)
    value = 0
    for letter in check:
        value = value * 62 + LETTERS.index(letter)
    assert value == zlib.crc32(stem.encode())


@given(publics, secrets, st.data())
def test_a_key_mistyped_by_one_letter_or_with_two_exchanged_is_no_key(
    public: str, secret: str, data: st.DataObject
) -> None:
    key = spell_key(public, secret)
    place = data.draw(st.integers(0, len(key) - 2))
    letter = data.draw(st.sampled_from(LETTERS + "_-é ").filter(lambda other: other != key[place]))
    assert public_part(key[:place] + letter + key[place + 1 :]) is None
    exchanged = key[:place] + key[place + 1] + key[place] + key[place + 2 :]
    assert public_part(exchanged) == (public if exchanged == key else None)


def test_the_register_keeps_the_sha_256_of_a_key() -> None:
    assert digest_of(KEY) == hashlib.sha256(KEY.encode("ascii")).hexdigest()


@pytest.mark.parametrize(
    "text", ["", "ouv_", KEY[:-1], KEY + "0", KEY + "\n", " " + KEY, KEY.upper(), KEY.lower(), "\0"]
)
def test_what_has_not_the_form_of_a_key_is_no_key(text: str) -> None:
    assert public_part(text) is None
