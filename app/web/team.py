"""The team at the desk: what waits for a validator, keys and members, and what was done."""

import json
from collections import defaultdict
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Response

from app.domain import beside
from app.domain.access import ANNOUNCE, OPERATOR, ROLES, WITHDRAW, Proposal, may
from app.domain.errors import Contradiction, Forbidden, Invalid, Missing, Stale
from app.domain.ledger import PARIS
from app.formats.sentences import Sentences
from app.register.reading import Entry
from app.register.recording import Written
from app.register.teams import MemberPatch, NewKey, NewMember, Refusal, Rotation, TeamPatch, Teams
from app.register.writing import Writing, rehearse
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
    say, titles = Sentences(visit.language, names), dict[str, str]()
    for slug in {proposal.entry for proposal, *_ in rows}:
        with suppress(Missing):
            entry = visit.register.get(slug, actor).commitment
            titles[slug] = say.usual_title(entry).within(visit.language)
    return answer(visit, "waiting", names, rows=rows, titles=titles)


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
    except (Invalid, Contradiction, Forbidden, Missing) as refusal:
        visit.faults.of(refusal)
    return _waiting(visit)


def _accepted(visit: Visit, proposal: Proposal) -> Response:
    """Before and after a proposal; or, once that was seen, what comes of it.

    It is accepted on the version that was shown: what came meanwhile is shown first.
    """
    register, actor = visit.register, visit.actor
    before: Entry | None = None
    if proposal.action != ANNOUNCE:
        before = register.get(proposal.entry, actor)
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

    after = rehearse(register, proposal.entry, actor, act)
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
            if not ((ended := key.ended(now)) and visit.issuer and key.label == visit.issuer.name)
        ],
        members=[member for member in members if not member.removed_at],
        names={member.id: member.name for member in members},
        roles=ROLES if actor.operates else ROLES[: ROLES.index(OPERATOR)],
        four_eyes=actor.four_eyes,
        **{"key": None, **values},
    )


def _do(visit: Visit) -> str | None:
    """What a button of the page does, by its value; a key that it makes is shown once."""
    sent, teams, actor = defaultdict(str, visit.sent), visit.teams, visit.actor
    match sent["do"]:
        case "make":
            asked = {name: sent[name] for name in ("label", "days", "member") if sent[name]}
            new = forms.checked({**asked, "role": sent["role"]}, NewKey)
            return teams.make_key(new, actor)[0]
        case "rotate":
            return teams.rotate_key(sent["public"], Rotation(), actor)[0]
        case "revoke":
            teams.revoke_key(sent["public"], actor)
        case "join":
            body = {"name": sent["name"] or None, "email": sent["email"] or None}
            teams.add_member(forms.checked({**body, "role": sent["most"]}, NewMember), actor)
        case "reach":
            patch = forms.checked({"email": sent["email"] or None}, MemberPatch)
            teams.change_member(sent["member"], patch, actor)
        case "leave":
            teams.change_member(sent["member"], MemberPatch(removed=True), actor)
        case "eyes":
            teams.change_team(TeamPatch(four_eyes=bool(sent["four_eyes"])), actor)
    return None


def _managed(visit: Visit) -> Response:
    """What a manager does."""
    try:
        key = _do(visit)
        return _team(visit, key=key) if key else lead(visit, "team")
    except (Invalid, Missing) as refusal:
        visit.faults.of(refusal, visit.sent)
    return _team(visit)


ACTS: dict[str, str] = beside(__file__)["acts"]
"""What the audit calls the pages of the desk and the operations of the API."""


def _audit(visit: Visit) -> Response:
    """What was done and tried with the keys of an organisation, the newest first."""
    acts = visit.teams.acts(visit.actor, number_in(visit.sent.get("before")) or None)
    return answer(
        visit,
        "audit",
        visit.register.present(),
        acts=acts,
        paris=PARIS,
        names=ACTS,
        refusals=visit.request.app.state.refusals,
    )


page(router, "waiting", signed_in(_waiting), signed_in(_decided))
page(router, "team", signed_in(_team), signed_in(_managed))
page(router, "audit", signed_in(_audit))
