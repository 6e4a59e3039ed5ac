"""Whole lists in one answer, streamed: a voice for each way in which readers take them away."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import StreamingResponse

from app.api.deps import Reads, answer, changed, edition, parameters, tag
from app.api.openings import OF_ACTIONS
from app.api.schemas import reads, suffix_of, voices
from app.domain import search as searches
from app.domain.access import PUBLIC
from app.domain.errors import Missing
from app.domain.search import OF_EXPORTS, OF_LISTS, PAGING
from app.formats import BY_SUFFIX, FORMATS, Format
from app.register.reading import Reading

WHOLE = tuple(row for row in FORMATS if row.whole)
OF_WHOLE = tuple(name for name in OF_LISTS if name not in PAGING)
OF_WHOLE_ACTIONS = tuple(name for name in OF_ACTIONS if name not in PAGING)

router = APIRouter()


async def written(suffix: str) -> Format:
    """The voice of a suffix, if it tells whole lists."""
    found = BY_SUFFIX.get(suffix)
    if found is None or found.whole is None:
        raise Missing("voice", suffix[:20])
    return found


Written = Annotated[Format, Depends(written)]


@router.get(
    "/openings.{suffix}",  # noqa: FAST003 `written` takes it
    operation_id="exportOpenings",
    summary="Take all openings in the voice of the suffix",
    tags=["openings"],
    **reads(voices(WHOLE), 404, takes=parameters(suffix_of(WHOLE), *OF_WHOLE, *OF_EXPORTS)),
)
def export_openings(request: Request, form: Written, register: Reads) -> Response:
    """All the openings that are sought, in one answer."""
    return _whole(request, form, register, OF_WHOLE)


@router.get(
    "/actions.{suffix}",  # noqa: FAST003 `written` takes it
    operation_id="exportActions",
    summary="Take all actions in the voice of the suffix",
    tags=["actions"],
    **reads(voices(WHOLE), 404, takes=parameters(suffix_of(WHOLE), *OF_WHOLE_ACTIONS, *OF_EXPORTS)),
)
def export_actions(request: Request, form: Written, register: Reads) -> Response:
    """All the actions that are sought, in one answer."""
    return _whole(request, form, register, OF_WHOLE_ACTIONS, type=("action",))


def _whole(
    request: Request, form: Format, register: Reading, names: tuple[str, ...], **given: object
) -> Response:
    """A whole list, as the public sees it, of one day and one position from its first to last."""
    pairs = request.query_params.multi_items()
    search, export = searches.read_export(pairs, names=(*names, *form.takes), given=given)
    walk = register.walk(search, PUBLIC)
    around = walk.around
    name = "actions" if given else "ouvertures"
    file = f"{name}-{around.day}-p{around.head.position}.{form.suffix}"
    head = answer(
        request,
        b"",
        form.media_type,
        tag(around.head.position, around, form.suffix),
        changed(around, around.head.recorded_at),
        {"Content-Disposition": f'attachment; filename="{file}"'},
    )
    del head.headers["Content-Length"]
    if head.status_code == 304 or "head" in request.scope or form.whole is None:
        return head
    told = form.whole(walk.entries, export, edition(request, around))
    return StreamingResponse(told, headers=head.headers)
