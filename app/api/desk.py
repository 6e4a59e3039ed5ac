"""Writing by program, for teams with a key: announce, change, judge."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Response

from app.api.deps import Expected, Reads, Slug, Team, Writes, no_parameters
from app.api.forms import (
    AnnouncementForm,
    ChangeForm,
    JudgementForm,
    read_announcement,
    read_change,
)
from app.api.openings import one
from app.domain.decisions import Judgement
from app.register.reading import ACTION, ENTRY

MERGE_PATCH = "application/merge-patch+json"

router = APIRouter(prefix="/api/v1", dependencies=[Depends(no_parameters)])
Changes = Annotated[ChangeForm, Body(media_type=MERGE_PATCH)]


@router.patch("/openings/{slug}")
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
    return one(request, register.get(slug, actor, None, ENTRY))


@router.patch("/actions/{slug}")
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
    return one(request, register.get(slug, actor, None, ACTION))
