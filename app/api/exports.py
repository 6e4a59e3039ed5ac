"""Whole lists in one answer, streamed: a voice for each way in which readers take them away."""

from collections.abc import Callable, Iterator

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import StreamingResponse

from app.api.deps import Reads, answer, changed, no_parameters, parameters, tag
from app.api.openings import OF_ACTIONS
from app.api.operations import in_path, reads, voices
from app.api.schemas import JSON
from app.domain import search as searches
from app.domain.access import PUBLIC
from app.domain.context import Context
from app.domain.errors import Missing
from app.domain.search import OF_LISTS, PAGING, Export
from app.formats import CSV, FORMATS, Format, links
from app.formats.columns import TABLES
from app.formats.document import encode
from app.formats.links import Link
from app.register.reading import Reading

LISTS = {
    "openings": (OF_LISTS, {}),
    "actions": (OF_ACTIONS, {"type": ("action",)}),
}
"""What each list takes, and what it is of."""

_NAMED = {"Content-Disposition": {"description": "A name.", "schema": {"type": "string"}}}
_TABLE = in_path("name", "The list.", "openings", enum=list(TABLES))

router = APIRouter()


@router.get(
    "/schemas/{name}.json",
    dependencies=[Depends(no_parameters)],
    operation_id="getTableSchema",
    summary="Read what the columns of a list are",
    tags=["references"],
    **reads({JSON: {"type": "object"}}, 404, takes=parameters(_TABLE), validated=False),
)
async def table_schema(name: str) -> Response:
    """The Table Schema (frictionless) of the CSV of a list, as it is headed by keys."""
    if name not in TABLES:
        raise Missing("schema", name[:20])
    return Response(encode(TABLES[name].schema()), headers={"Content-Type": JSON})


def names_of(kind: str, form: Format) -> tuple[str, ...]:
    """The parameters that a whole list takes in a voice; the annex is a table of openings."""
    of_list = (name for name in LISTS[kind][0] if name not in PAGING)
    return (*of_list, *(name for name in form.takes if kind == "openings" or name != "layout"))


def _export(kind: str, form: Format) -> Callable[[Request, Reads], Response]:
    """The route of one list in one voice, with the parameters that this voice takes."""
    names, given = names_of(kind, form), LISTS[kind][1]

    @router.get(
        f"/{kind}.{form.suffix}",
        operation_id=f"export{kind.capitalize()}In{form.name.title().replace('_', '')}",
        summary=f"Take all {kind} in {form.suffix}",
        tags=[kind],
        **reads(voices([form]), takes=parameters(*names), headers=_NAMED),
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
    around, told = walk.context, walk.context
    file = f"{kind}-{around.day}-p{around.head.position}.{form.suffix}"
    head = answer(
        request,
        b"",
        form.media_type,
        tag(around.head.position, around, form.suffix),
        changed(around, around.head.recorded_at),
        {"Content-Disposition": f'attachment; filename="{file}"'},
        [
            *_described(form, export, told),
            *links.of_list(told.base, pairs, form, of_actions=kind == "actions"),
        ],
    )
    del head.headers["Content-Length"]
    if head.status_code == 304 or "head" in request.scope or form.whole is None:
        return head
    return StreamingResponse(form.whole(walk.entries, export, told), headers=head.headers)


def _described(form: Format, export: Export, told: Context) -> Iterator[Link]:
    """Where the columns are explained, of a CSV that is as its Table Schema says."""
    if form is CSV and export == Export(of=export.of):
        yield Link("describedby", f"{told.base}/schemas/{export.of}.json", JSON)


for _form in FORMATS:
    if _form.whole:
        for _kind in LISTS:
            _export(_kind, _form)
