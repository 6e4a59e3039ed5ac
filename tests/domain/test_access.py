"""Who may do what: the whole matrix."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.domain.access import ACTIONS, PUBLIC, ROLES, Actor, may
from app.domain.claims import Description
from app.domain.commitments import Commitment

ENTRY = Commitment(
    slug="decisions",
    type="dataset",
    described=Description(publisher="cour-de-cassation"),
    steward="ministere-de-la-justice",
    state="planned",
    state_since=date(2021, 4, 29),
    valid_from=date(2021, 4, 29),
    created=datetime(2026, 11, 23, tzinfo=UTC),
    modified=datetime(2026, 11, 23, tzinfo=UTC),
    version=1,
)
ENTRIES = {
    "no entry": None,
    "a public entry": ENTRY,
    "an internal entry": replace(ENTRY, visibility="internal"),
}
TEAMS = ROLES[:3]
WRITING = {"read", "change", "judge", "announce"}


def rights(actor: Actor, entry: str) -> set[str]:
    """What an actor may do to an entry."""
    return {action for action in ACTIONS if may(actor, action, ENTRIES[entry])}


READS: tuple[set[str], set[str]] = ({"read"}, set())


@pytest.mark.parametrize(
    ("actor", "public", "internal"),
    [
        (PUBLIC, *READS),
        *((Actor("cour-de-cassation", role), WRITING, WRITING) for role in TEAMS),
        *((Actor("ministere-de-la-justice", role), WRITING, WRITING) for role in TEAMS),
        *((Actor("conseil-d-etat", role), *READS) for role in TEAMS),
        # A role that does not exist writes nothing, and reads what is its organisation’s.
        *(
            (Actor("cour-de-cassation", role), {"read"}, {"read"})
            for role in (None, "", "Operator")
        ),
    ],
)
def test_publisher_and_steward_write_their_entry_and_others_read_what_is_public(
    actor: Actor, public: set[str], internal: set[str]
) -> None:
    assert not actor.operates
    assert rights(actor, "no entry") == {"read"}
    assert rights(actor, "a public entry") == public
    assert rights(actor, "an internal entry") == internal


@pytest.mark.parametrize("organization", ["conseil-d-etat", "cour-de-cassation", None])
@pytest.mark.parametrize("entry", ENTRIES)
def test_an_operator_may_do_everything_everywhere(entry: str, organization: str | None) -> None:
    actor = Actor(organization, "operator")
    assert actor.operates
    assert rights(actor, entry) == set(ACTIONS) == {*WRITING, "operate"}


@pytest.mark.parametrize("role", TEAMS)
def test_an_entry_without_a_steward_is_not_that_of_an_actor_without_an_organisation(
    role: str,
) -> None:
    orphan = replace(ENTRY, steward=None, visibility="internal")
    assert not any(may(Actor(None, role), action, orphan) for action in ACTIONS)


@pytest.mark.parametrize("actor", [PUBLIC, Actor("cour-de-cassation", "operator")])
@pytest.mark.parametrize("action", ["", "READ", "delete"])
def test_an_action_that_does_not_exist_is_allowed_to_nobody(actor: Actor, action: str) -> None:
    assert not may(actor, action, ENTRY)
