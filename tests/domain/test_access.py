"""Who may do what: the whole matrix. The form of keys."""

import hashlib
import re
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import (
    LEAST,
    LETTERS,
    PUBLIC,
    PUBLIC_LENGTH,
    SECRET_LENGTH,
    Actor,
    Key,
    Proposal,
    consent,
    digest_of,
    may,
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
OWN, OTHER = "cour-de-cassation", "conseil-d-etat"
KEY = Key(
    public="a1B2c3D4",
    digest="",
    organization=OWN,
    role="editor",
    created_at=ENTRY.created,
    expires_at=ENTRY.created,
)
PROPOSAL = Proposal(
    number=1,
    action="change",
    kind="opening",
    entry="decisions",
    body="{}",
    proposed_by=OWN,
    proposed_key=None,
    awaits=OTHER,
    proposed_at=ENTRY.created,
)
INTERNAL = replace(ENTRY, visibility="internal")
PROPOSES = {"read", "propose", "withdraw"}
RECORDS = PROPOSES | {"announce", "change", "add", "import"}
JUDGES = RECORDS | {"correct", "judge", "amend", "decide"}
MANAGES = JUDGES | {"manage", "rotate"}
RIGHTS = {
    None: {"read"},
    "": {"read"},
    "Operator": {"read"},
    "editor": RECORDS,
    "validator": JUDGES,
    "manager": MANAGES,
    "operator": MANAGES,
}
"""What a role may do to what is its organisation’s; one that does not exist reads that."""
WITH_FOUR_EYES = {**RIGHTS, "editor": PROPOSES}


def rights(actor: Actor, thing: Any = None) -> set[str]:
    """What an actor may do to a thing."""
    return {action for action in ("read", "nothing", *LEAST) if may(actor, action, thing)}


@pytest.mark.parametrize("four_eyes", [False, True])
@pytest.mark.parametrize("role", RIGHTS)
def test_a_role_may_what_it_may_to_what_is_its_organisations_and_nothing_else(
    role: str | None, four_eyes: bool
) -> None:
    own = (WITH_FOUR_EYES if four_eyes else RIGHTS)[role]
    other = MANAGES if role == "operator" else set()
    for organization, whole in ((OWN, own), ("ministere-de-la-justice", own), (OTHER, other)):
        actor = Actor(organization, role, four_eyes=four_eyes)
        assert rights(actor, ENTRY) == whole | {"read"}
        assert rights(actor, INTERNAL) == whole
        assert rights(actor, {"ministere-de-la-justice", OWN}) == whole
        assert rights(actor) == (MANAGES if role == "operator" else {"read"})
    for organization, whole in ((OWN, own), (OTHER, other)):
        assert rights(Actor(organization, role, four_eyes=four_eyes), KEY) == whole


def test_the_public_reads_what_is_public() -> None:
    for thing in (INTERNAL, KEY, PROPOSAL, {None}, set(), replace(INTERNAL, steward=None)):
        assert rights(PUBLIC, thing) == set()
    assert rights(PUBLIC, ENTRY) == rights(PUBLIC) == {"read"}


def test_who_holds_a_key_may_rotate_it() -> None:
    assert may(Actor(OWN, "editor", KEY.public), "rotate", KEY)
    assert not may(Actor(OWN, "editor", "another1"), "rotate", KEY)
    assert not may(Actor(OTHER, "editor", KEY.public), "rotate", KEY)


@pytest.mark.parametrize(
    ("organization", "role", "allowed"),
    [
        (OWN, "validator", {"read", "withdraw"}),
        (OTHER, "editor", {"read"}),
        (OTHER, "validator", {"read", "decide"}),
        ("ministere-de-la-justice", "manager", set()),
    ],
)
def test_a_proposal_is_decided_by_who_it_awaits_and_seen_by_the_two(
    organization: str, role: str, allowed: set[str]
) -> None:
    actions = {"read", "decide", "withdraw"}
    assert rights(Actor(organization, role), PROPOSAL) & actions == allowed


def test_who_carries_out_a_proposal_speaks_for_who_made_it_too() -> None:
    actor = Actor(OTHER, "validator", consenting=OWN)
    assert rights(actor, ENTRY) == JUDGES
    assert consent(actor, None, replace(ENTRY, steward=OTHER), OWN) is None


@pytest.mark.parametrize(
    ("before", "publisher", "steward", "ministry", "expected"),
    [
        (None, OWN, None, None, None),
        (None, OWN, OWN, OWN, None),
        (None, OWN, OTHER, None, OTHER),
        (None, OTHER, OWN, None, OTHER),
        (None, OWN, None, OTHER, OTHER),
        (OWN, OWN, OTHER, None, None),
        (OWN, OTHER, OWN, None, OTHER),
        (OTHER, OWN, OWN, None, OTHER),
    ],
)
def test_to_name_another_organisation_or_to_hand_over_takes_its_consent(
    before: str | None, publisher: str, steward: str, ministry: str | None, expected: str | None
) -> None:
    def published_by(name: str) -> Commitment:
        return replace(ENTRY, described=Description(publisher=name), steward=steward)

    known = published_by(before) if before else None
    assert consent(Actor(OWN, "editor"), known, published_by(publisher), ministry) == expected
    assert consent(Actor(None, "operator"), known, published_by(publisher), ministry) is None


# Keys.

publics = st.text(LETTERS, min_size=PUBLIC_LENGTH, max_size=PUBLIC_LENGTH)
secrets = st.text(LETTERS, min_size=SECRET_LENGTH, max_size=SECRET_LENGTH)
SPELT = spell_key("A" * PUBLIC_LENGTH, "b" * SECRET_LENGTH)


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
    assert digest_of(SPELT) == hashlib.sha256(SPELT.encode("ascii")).hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ouv_",
        SPELT[:-1],
        SPELT + "0",
        SPELT + "\n",
        " " + SPELT,
        SPELT.upper(),
        SPELT.lower(),
        "\0",
    ],
)
def test_what_has_not_the_form_of_a_key_is_no_key(text: str) -> None:
    assert public_part(text) is None
