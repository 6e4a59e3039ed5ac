"""Every operation that takes a key, asked with one of each role: who may what."""

import pytest

from app.domain.access import ROLES
from tests.api import test_openapi as described
from tests.serving import Site

STEWARD = described.STEWARD
LEAST = {
    **dict.fromkeys(("getTeam", "listProposals", "getProposal"), "editor"),
    **dict.fromkeys(("announceOpening", "announceAction", "changeOpening"), "editor"),
    **dict.fromkeys(("changeAction", "stateText", "importTable"), "editor"),
    **dict.fromkeys(("judgeClaim", "correctClaim"), "editor"),  # who proposes it
    **dict.fromkeys(("acceptProposal", "declineProposal"), "validator"),
    **dict.fromkeys(("stateProgramme", "correctProgramme"), "validator"),
    **dict.fromkeys(("changeTeam", "listKeys", "makeKey", "rotateKey"), "manager"),
    **dict.fromkeys(("revokeKey", "listMembers", "addMember", "changeMember"), "manager"),
    "listActs": "manager",
    "correctText": "operator",  # of a text that others rest on
}
"""The least role of the organisation that each operation is about."""
KEYED = [each for each in described.OPERATIONS if {} not in each.described["security"]]


def test_every_operation_that_takes_a_key_has_its_policy():
    assert {str(each) for each in KEYED} == set(LEAST)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_operation_holds_to_its_policy(site: Site, role: str | None):
    manager = site.as_team(STEWARD, "manager")
    team = site.as_team(STEWARD, role) if role else site.http
    stranger = site.as_team("conseil-d-etat", "editor")
    for each in KEYED:
        address = described.placed(each, manager)
        manager.patch("/api/v1/team", json={"four_eyes": False})
        headers = described.conditions(each, site.http)
        bodies = [*each.bodies().values()][:1]
        sent = described.carried(each, bodies[0], headers) if bodies else {}
        status = team.request(each.method, address, **sent).status_code
        if role is None:
            assert status == 401, each
        elif ROLES.index(role) < ROLES.index(LEAST[str(each)]):
            assert status == 403, each
        else:
            assert status in (200, 201, 202, 409), (each, status)
        if "proposals/" in address or "keys/" in address or "members/" in address:
            hidden = stranger.request(each.method, address, **sent).status_code
            assert hidden == 404, each
