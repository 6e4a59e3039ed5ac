"""The team at the desk: what waits for a validator, keys and members, and what was done."""

import json
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response

from app.domain.access import ANNOUNCE, OPERATOR, ROLES, WITHDRAW, Key, Proposal, may
from app.domain.errors import Contradiction, Forbidden, Invalid, Missing, Stale, Unfit
from app.domain.ledger import PARIS
from app.formats.sentences import Sentences
from app.register.glances import rehearse
from app.register.reading import Entry
from app.register.recording import Written
from app.register.teams import MemberPatch, NewKey, NewMember, Refusal, Rotation, TeamPatch, Teams
from app.register.writing import Writing
from app.web import forms
from app.web.desk import decides, number_in, preview
from app.web.visits import Visit, answer, lead, page, signed_in

router = APIRouter()


# What waits for a validator.


def _waiting(visit: Visit) -> Response:
    """What an organisation has proposed, and what waits for it."""
    actor, names = visit.actor, visit.register.present(texts=True)
    rows = [
        (proposal, decides(actor, proposal), may(actor, WITHDRAW, proposal))
        for proposal in visit.teams.proposals(actor)
    ]
    titles = {}
    for slug, kind in {(proposal.entry, proposal.kind) for proposal, *_ in rows}:
        with suppress(Missing):
            entry = visit.register.get(slug, actor, kind=kind).commitment
            titles[slug] = Sentences(visit.language, names).usual_title(entry)
    titled = {slug: title.within(visit.language) for slug, title in titles.items()}
    return answer(visit, "waiting", names, rows=rows, titles=titled)


def _decided(visit: Visit) -> Response:
    """Show what a proposal would make of its entry; carry it out, or let it wait no more."""
    number = visit.sent.get("number", "")
    proposal = visit.teams.proposal(number_in(number), visit.actor)
    if visit.sent.get("do") == "edit":
        return lead(visit, "waiting")
    try:
        if visit.sent.get("do") == "decline":
            body = forms.checked({"reason": visit.sent.get("reason") or None}, Refusal)
            visit.teams.decline(proposal.number, body, visit.actor)
            return lead(visit, "waiting")
        return _accepted(visit, proposal)
    except Invalid as refusal:
        visit.faults.of(refusal, {})
    except (Contradiction, Forbidden, Missing) as refusal:
        visit.faults.note("", Unfit(refusal.sentence, **refusal.facts))
    return _waiting(visit)


def _accepted(visit: Visit, proposal: Proposal) -> Response:
    """Before and after a proposal; or, once that was seen, what comes of it.

    It is accepted on the version that was shown: what came meanwhile is shown first.
    """
    register, actor = visit.register, visit.actor
    before: Entry | None = None
    if proposal.action != ANNOUNCE:
        before = register.get(proposal.entry, actor, kind=proposal.kind)
    version = before.commitment.version if before else 0
    shown = visit.sent.get("version") == str(version)
    expected = frozenset({version}) if version else None
    try:
        if visit.sent.get("do") == "publish" and shown:
            written = visit.teams.accept(proposal.number, actor, expected)
            waits = "proposed" if written.proposal else "published"
            return lead(visit, "home", **{waits: written.slug})
    except Stale:
        return _accepted(visit, proposal)

    def act(writing: Writing) -> Written:
        return Teams(writing.database, writing.clock).accept(proposal.number, actor, expected)

    after = rehearse(register, proposal.entry, proposal.kind, actor, act)
    kept = {"number": str(proposal.number), "version": str(version)}
    reason = json.loads(proposal.body).get("reason")
    return preview(visit, before, after, kept=kept, proposal=proposal, reason=reason)


# Keys and members, for managers.


def _team(visit: Visit, **values: Any) -> Response:
    """The keys and the members of an organisation. Raises Forbidden."""
    actor, teams = visit.actor, visit.teams
    organization = actor.organization or ""
    keys = [key for key in teams.every_key(actor) if key.organization == organization]
    members = [row for row in teams.every_member(actor) if row.organization == organization]
    now = teams.clock.now()
    return answer(
        visit,
        "team",
        visit.register.present(),
        keys=[
            (key, ended)
            for key in reversed(keys)
            if not ((ended := _ended(key, now)) and visit.issuer and key.label == visit.issuer.name)
        ],
        members=[member for member in members if not member.removed_at],
        names={member.id: member.name for member in members},
        roles=ROLES if actor.operates else ROLES[: ROLES.index(OPERATOR)],
        four_eyes=actor.four_eyes,
        **{"key": None, **values},
    )


def _ended(key: Key, now: Any) -> bool:
    return key.revoked_at is not None or key.expires_at <= now


def _made(visit: Visit) -> str:
    """A key that is new."""
    sent = visit.sent
    body: dict[str, Any] = {"role": sent.get("role"), "label": sent.get("label") or None}
    if days := sent.get("days"):
        body["days"] = int(days) if days.isdecimal() and len(days) < 5 else days
    if member := sent.get("member"):
        body["member"] = member
    return visit.teams.make_key(forms.checked(body, NewKey), visit.actor)[0]


def _rotated(visit: Visit) -> str:
    """A key that follows another."""
    return visit.teams.rotate_key(visit.sent.get("public", ""), Rotation(), visit.actor)[0]


def _revoked(visit: Visit) -> None:
    """A key ends at once."""
    visit.teams.revoke_key(visit.sent.get("public", ""), visit.actor)


def _joined(visit: Visit) -> None:
    """Somebody joins."""
    body = {name: visit.sent.get(name) or None for name in ("name", "email")}
    new = forms.checked({**body, "role": visit.sent.get("most", "")}, NewMember)
    visit.teams.add_member(new, visit.actor)


def _reached(visit: Visit) -> None:
    """A member is written to at another address, or no more."""
    patch = forms.checked({"email": visit.sent.get("email") or None}, MemberPatch)
    visit.teams.change_member(visit.sent.get("member", ""), patch, visit.actor)


def _left(visit: Visit) -> None:
    """A member leaves."""
    visit.teams.change_member(visit.sent.get("member", ""), MemberPatch(removed=True), visit.actor)


def _eyes(visit: Visit) -> None:
    """A validator has to accept what editors do from now on, or no more."""
    visit.teams.change_team(TeamPatch(four_eyes=bool(visit.sent.get("four_eyes"))), visit.actor)


DOING: dict[str, Callable[[Visit], str | None]] = {
    "make": _made,
    "rotate": _rotated,
    "revoke": _revoked,
    "join": _joined,
    "reach": _reached,
    "leave": _left,
    "eyes": _eyes,
}
"""What a button of the page does, by its value; it may give a key, which is shown once."""


def _managed(visit: Visit) -> Response:
    """What a manager does."""
    try:
        act = DOING.get(visit.sent.get("do", ""))
        key = act(visit) if act else None
        return _team(visit, key=key) if key else lead(visit, "team")
    except Invalid as refusal:
        visit.faults.of(refusal, visit.sent)
    except Missing as refusal:
        visit.faults.note("", Unfit(refusal.sentence, **refusal.facts))
    return _team(visit)


ACTS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["acts"]
"""What the audit calls the pages of the desk and the operations of the API."""


def _audit(visit: Visit) -> Response:
    """What was done and tried with the keys of an organisation, the newest first."""
    acts = visit.teams.acts(visit.actor, number_in(visit.sent.get("before")) or None)
    return answer(visit, "audit", visit.register.present(), acts=acts, paris=PARIS, names=ACTS)


page(router, "waiting", signed_in(_waiting), signed_in(_decided))
page(router, "team", signed_in(_team), signed_in(_managed))
page(router, "audit", signed_in(_audit))
