"""Writing by program, for teams with a key: announce, change, judge."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Request, Response

from app.api import schemas
from app.api.deps import Expected, Reads, Slug, Team, Writes, no_parameters, parameters
from app.api.forms import (
    ACTION_CHANGES,
    ACTIONS,
    ANNOUNCEMENTS,
    CHANGES,
    JUDGEMENTS,
    ActionForm,
    AnnouncementForm,
    ChangeForm,
    JudgementForm,
    read_action,
    read_announcement,
    read_change,
)
from app.api.openings import ledger, one
from app.api.operations import ACTION_SLUG, IF_MATCH, LOCATION, OPENING_SLUG, in_path, writes
from app.api.schemas import JSON
from app.domain.access import Actor
from app.domain.decisions import Announcement, Judgement
from app.domain.references import Text
from app.register.reading import ACTION, ENTRY, Reading
from app.register.writing import Writing

MOST_POSITION = 2**53
MERGE_PATCH = "application/merge-patch+json"
REFUSALS = (404, 409, 412, 428)
_POSITION = in_path(
    "position", "The position of a claim in the ledger.", 3, minimum=1, maximum=MOST_POSITION
)

router = APIRouter(prefix="/api/v1", dependencies=[Depends(no_parameters)])
Changes = Annotated[ChangeForm, Body(media_type=MERGE_PATCH)]


@router.patch(
    "/openings/{slug}",
    operation_id="changeOpening",
    summary="Change an opening",
    tags=["openings"],
    **writes(
        schemas.Opening,
        ChangeForm,
        CHANGES,
        *REFUSALS,
        takes=parameters(OPENING_SLUG, IF_MATCH),
        media_types=(MERGE_PATCH, JSON),
    ),
)
def change_opening(
    request: Request,
    actor: Team,
    slug: Slug,
    expected: Expected,
    form: Changes,
    desk: Writes,
    register: Reads,
) -> Response:
    """Change an opening of one’s own organisation, with the claim that says so."""
    desk.change(slug, *read_change(form), expected, actor)
    return one(request, register.get(slug, actor, kind=ENTRY, written=True))


@router.patch(
    "/actions/{slug}",
    operation_id="changeAction",
    summary="Change an action",
    tags=["actions"],
    **writes(
        schemas.Action,
        ChangeForm,
        ACTION_CHANGES,
        *REFUSALS,
        takes=parameters(ACTION_SLUG, IF_MATCH),
        media_types=(MERGE_PATCH, JSON),
    ),
)
def change_action(
    request: Request,
    actor: Team,
    slug: Slug,
    expected: Expected,
    form: Changes,
    desk: Writes,
    register: Reads,
) -> Response:
    """Change an action of one’s own organisation, with the claim that says so."""
    desk.change(slug, *read_change(form), expected, actor, action=True)
    return one(request, register.get(slug, actor, kind=ACTION, written=True))


@router.post(
    "/openings",
    status_code=201,
    operation_id="announceOpening",
    summary="Announce an opening",
    tags=["openings"],
    **writes(schemas.Opening, AnnouncementForm, ANNOUNCEMENTS, 409, headers=LOCATION, status=201),
)
def announce_opening(
    request: Request,
    actor: Team,
    form: Annotated[AnnouncementForm, Body()],
    desk: Writes,
    register: Reads,
) -> Response:
    """Announce an opening that one’s own organisation publishes or stewards."""
    return _announced(request, actor, read_announcement(form), desk, register)


@router.post(
    "/actions",
    status_code=201,
    operation_id="announceAction",
    summary="Announce an action",
    tags=["actions"],
    **writes(schemas.Action, ActionForm, ACTIONS, 409, headers=LOCATION, status=201),
)
def announce_action(
    request: Request,
    actor: Team,
    form: Annotated[ActionForm, Body()],
    desk: Writes,
    register: Reads,
) -> Response:
    """Announce an action of the roadmap."""
    return _announced(request, actor, read_action(form), desk, register)


@router.post(
    "/events/{position}/judgement",
    operation_id="judgeClaim",
    summary="Judge a claim",
    tags=["ledger"],
    **writes(schemas.EventList, JudgementForm, JUDGEMENTS, 404, 409, takes=parameters(_POSITION)),
)
def judge_claim(
    request: Request,
    actor: Team,
    position: Annotated[int, Path(ge=1, le=MOST_POSITION)],
    form: Annotated[JudgementForm, Body()],
    desk: Writes,
    register: Reads,
) -> Response:
    """Dispute, retract or accept a claim; the answer is the ledger that it belongs to."""
    slug, action = desk.judge(Judgement(position, form.standing, form.reason), actor)
    return ledger(request, register.events(slug, actor, ACTION if action else ENTRY))


def _announced(
    request: Request,
    actor: Actor,
    command: tuple[Announcement, Text | None],
    desk: Writing,
    register: Reading,
) -> Response:
    announcement, text = command
    slug = desk.announce(announcement, text, actor)
    action = announcement.values["type"] == "action"
    kind = ACTION if action else ENTRY
    response = one(request, register.get(slug, actor, kind=kind, written=True))
    response.status_code = 201
    base = request.app.state.site.base
    response.headers["Location"] = f"{base}/{'actions' if action else 'openings'}/{slug}"
    return response
