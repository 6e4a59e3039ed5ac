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
    concerned,
    digest_of,
    may,
    public_part,
    spell_key,
    waits_for,
)
from app.domain.claims import Description
from app.domain.commitments import Commitment
from app.domain.errors import Forbidden
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
    proposed_key="e5F6g7H8",
    awaits=OTHER,
    proposed_at=ENTRY.created,
)
INTERNAL = replace(ENTRY, visibility="internal")
PROPOSES = {"read", "propose"}
RECORDS = PROPOSES | {"announce", "change", "add", "import"}
JUDGES = RECORDS | {"correct", "judge", "amend", "decide", "withdraw"}
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


def test_who_holds_a_key_may_rotate_it_and_withdraw_what_it_proposed() -> None:
    assert may(Actor(OWN, "editor", "e5F6g7H8"), "withdraw", PROPOSAL)
    assert not may(Actor(OWN, "editor", "another1"), "withdraw", PROPOSAL)
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
    actor = Actor(OTHER, "validator", carries=PROPOSAL)
    assert rights(actor, ENTRY) == JUDGES
    assert waits_for(actor, "announce", {OWN}, "x", OWN, OTHER) is None
    assert waits_for(actor, "change", ENTRY, "x", "cnil") == "cnil"
    with pytest.raises(Forbidden):
        waits_for(actor, "change", ENTRY, "x", "cnil", "ministere-de-la-justice")


def test_whoever_gets_or_loses_an_entry_on_any_day_is_concerned() -> None:
    theirs = replace(ENTRY, described=Description(publisher=OTHER))
    later = replace(theirs, valid_from=date(2022, 1, 1))
    assert concerned([ENTRY], [ENTRY, later]) == {OWN, OTHER}
    assert concerned([ENTRY, later], [theirs]) == {OWN, OTHER}  # the past alone
    assert concerned([ENTRY], [replace(ENTRY, valid_from=date(2020, 1, 1))]) == set()
    assert concerned([ENTRY], [replace(ENTRY, steward=None)]) == {ENTRY.steward, None}
    assert concerned([], [theirs]) == {OTHER, ENTRY.steward, None}
    assert concerned([theirs], []) == set()


@pytest.mark.parametrize(
    ("role", "four_eyes", "action", "named", "expected"),
    [
        ("validator", True, "change", (), None),
        ("validator", True, "change", (None, OWN, OTHER), OTHER),
        ("editor", False, "change", (OWN, OTHER), OTHER),
        ("editor", False, "change", (), None),
        ("editor", False, "correct", (), OWN),
        ("editor", False, "judge", (OTHER,), OWN),
        ("editor", True, "change", (OTHER,), OWN),
        ("operator", False, "change", (OTHER,), None),
    ],
)
def test_what_one_may_not_do_alone_waits_for_a_validator(
    role: str, four_eyes: bool, action: str, named: tuple[str | None, ...], expected: str | None
) -> None:
    actor = Actor(OWN, role, four_eyes=four_eyes)
    assert waits_for(actor, action, ENTRY, "decisions", *named) == expected
    if role != "operator":
        with pytest.raises(Forbidden, match=f"This key may not {action} “decisions”."):
            waits_for(replace(actor, organization=OTHER), action, ENTRY, "decisions", *named)


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
        *("", "\0", "ouv_", SPELT.upper(), SPELT.lower()),
        *(SPELT[:-1], f"{SPELT}0", f"{SPELT}\n", f" {SPELT}"),
    ],
)
def test_what_has_not_the_form_of_a_key_is_no_key(text: str) -> None:
    assert public_part(text) is None
