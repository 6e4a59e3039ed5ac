"""Writing by program, for teams with a key: announce, change, judge."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request, Response

from app.api import forms, schemas
from app.api.deps import ACTIONS, OPENINGS, Expected, Kind, Reads, Slug, Team, Writes, no_parameters
from app.api.entries import in_json, ledger
from app.api.openapi import IF_MATCH, LOCATION, in_path, parameters, writes
from app.api.schemas import JSON
from app.domain.claims import ActionAnnouncement, Announcement, Change, Judgement
from app.domain.search import EVENTS_A_PAGE, Search

MOST_POSITION = 2**53
MERGE_PATCH = "application/merge-patch+json"
REFUSALS = (404, 409, 412, 428)
_POSITION = in_path(
    "position", "The position of a claim in the ledger.", 3, minimum=1, maximum=MOST_POSITION
)

router = APIRouter(prefix="/api/v1", dependencies=[no_parameters])


def _change(kind: Kind, examples: Any) -> None:
    takes = parameters(kind.slug, IF_MATCH)

    @router.patch(
        f"{kind.path}/{{slug}}",
        operation_id=f"change{kind.name.title()}",
        summary=f"Change an {kind.name}",
        tags=[kind.plural],
        **writes(
            kind.schema,
            Change,
            examples,
            *REFUSALS,
            takes=takes,
            types=(MERGE_PATCH, JSON),
        ),
    )
    def change(
        request: Request,
        actor: Team,
        slug: Slug,
        expected: Expected,
        form: Annotated[Change, Body(media_type=MERGE_PATCH)],
        desk: Writes,
        register: Reads,
    ) -> Response:
        """Change one of one’s own organisation, with the claim that says so."""
        desk.change(slug, form, expected, actor, action=kind is ACTIONS)
        return in_json(request, register.get(slug, actor, kind=kind.name, written=True))


def _announce(kind: Kind, form: Any, examples: Any) -> None:
    @router.post(
        kind.path,
        status_code=201,
        operation_id=f"announce{kind.name.title()}",
        summary=f"Announce an {kind.name}",
        tags=[kind.plural],
        **writes(kind.schema, form, examples, 409, headers=LOCATION, status=201),
    )
    def announce(
        request: Request,
        actor: Team,
        body: Annotated[form, Body()],
        desk: Writes,
        register: Reads,
    ) -> Response:
        """Announce one that one’s own organisation publishes or stewards."""
        slug = desk.announce(body, actor)
        entry = register.get(slug, actor, kind=kind.name, written=True)
        response = in_json(request, entry)
        response.status_code = 201
        response.headers["Location"] = entry.context.iri(entry.commitment)
        return response


_change(OPENINGS, forms.CHANGES)
_change(ACTIONS, forms.ACTION_CHANGES)
_announce(OPENINGS, Announcement, forms.ANNOUNCEMENTS)
_announce(ACTIONS, ActionAnnouncement, forms.ACTIONS)


@router.post(
    "/events/{position}/judgement",
    operation_id="judgeClaim",
    summary="Judge a claim",
    tags=["ledger"],
    **writes(
        schemas.EventList,
        Judgement,
        forms.JUDGEMENTS,
        404,
        409,
        takes=parameters(_POSITION),
    ),
)
def judge_claim(
    request: Request,
    actor: Team,
    position: Annotated[int, Path(ge=1, le=MOST_POSITION)],
    form: Annotated[Judgement, Body()],
    desk: Writes,
    register: Reads,
) -> Response:
    """Dispute, retract or accept a claim; the answer is the end of the ledger that it is in."""
    slug, action = desk.judge(position, form, actor)
    kind = ACTIONS if action else OPENINGS
    events = register.events(slug, actor, kind.name)
    asked = Search(page_size=EVENTS_A_PAGE)
    end = replace(asked, page=asked.last_page(len(events.events)))
    return ledger(request, kind, events, end)
