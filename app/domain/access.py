"""Who may do what: one pure question, `may`, and one scope of what an actor sees."""

from dataclasses import dataclass

from app.domain.commitments import Commitment

ROLES = ("editor", "validator", "manager", "operator")
"""Each may what those before it may, within its organisation; an operator everywhere."""

READ, CHANGE, JUDGE, ANNOUNCE, OPERATE = "read", "change", "judge", "announce", "operate"
ACTIONS = (READ, CHANGE, JUDGE, ANNOUNCE, OPERATE)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. The public has neither organisation nor role. `key` is a key's public part."""

    organization: str | None = None
    role: str | None = None
    key: str | None = None

    @property
    def operates(self) -> bool:
        """Whether the actor is an operator of the register."""
        return self.role == "operator"


PUBLIC = Actor()


def may(actor: Actor, action: str, commitment: Commitment | None = None) -> bool:
    """Whether the actor may do this, to that entry if there is one. No by default.

    Publisher and steward may both write an entry. `announce` is asked of the entry to be.
    """
    if action not in ACTIONS:
        return False
    if actor.operates:
        return True
    if action == READ:
        return commitment is None or commitment.visibility == "public" or _own(actor, commitment)
    if action == OPERATE or actor.role not in ROLES:
        return False
    return commitment is not None and _own(actor, commitment)


def _own(actor: Actor, commitment: Commitment) -> bool:
    return actor.organization is not None and actor.organization in (
        commitment.described.publisher,
        commitment.steward,
    )
