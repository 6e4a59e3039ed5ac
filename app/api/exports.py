"""Whole lists in one answer, streamed: a voice for each way in which readers take them away."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from app.api.deps import Reads, answer, changed, edition, parameters, tag
from app.api.openings import OF_ACTIONS
from app.api.schemas import reads, voices
from app.domain import search as searches
from app.domain.access import PUBLIC
from app.domain.search import OF_LISTS, PAGING
from app.formats import FORMATS, Format
from app.register.reading import Reading

LISTS = {
    "openings": (OF_LISTS, {}),
    "actions": (OF_ACTIONS, {"type": ("action",)}),
}
"""What each list takes, and what it is of."""

router = APIRouter()


def _export(kind: str, form: Format) -> Callable[[Request, Reads], Response]:
    """The route of one list in one voice, with the parameters that this voice takes."""
    of_list, given = LISTS[kind]
    names = (*(name for name in of_list if name not in PAGING), *form.takes)

    @router.get(
        f"/{kind}.{form.suffix}",
        operation_id=f"export{kind.capitalize()}In{form.name.title().replace('_', '')}",
        summary=f"Take all {kind} in {form.suffix}",
        tags=[kind],
        **reads(voices([form]), takes=parameters(*names)),
    )
    def export(request: Request, register: Reads) -> Response:
        """All that is sought, in one answer, as of one day and one position."""
        return _whole(request, form, register, kind, names, **given)

    return export


def _whole(
    request: Request,
    form: Format,
    register: Reading,
    kind: str,
    names: tuple[str, ...],
    **given: object,
) -> Response:
    """A whole list, as the public sees it, of one day and one position from its first to last."""
    pairs = request.query_params.multi_items()
    search, export = searches.read_export(pairs, names=names, given=given)
    walk = register.walk(search, PUBLIC)
    around = walk.around
    file = f"{kind}-{around.day}-p{around.head.position}.{form.suffix}"
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


for _form in FORMATS:
    if _form.whole:
        for _kind in LISTS:
            _export(_kind, _form)
