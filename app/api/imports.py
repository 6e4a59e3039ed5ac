"""The official table by program, for teams: rehearsed, then carried out in one transaction."""

from email.message import Message
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from app.api import deps, openapi
from app.api.middleware import Intake
from app.api.openapi import JSON
from app.domain import values
from app.domain.comparison import HEADINGS
from app.domain.errors import BadQuery, Unfit, unknown
from app.formats.cells import CSV, ODS, XLSX
from app.formats.language import preferred
from app.formats.sheets import MOST_BYTES
from app.formats.table import Sheet, csv
from app.register.importing import ImportForm, Importing, Submission

PATH = "/api/v1/imports"
MEDIA_TYPES = {form: values.MEDIA_TYPES[form.upper()] for form in (CSV, XLSX, ODS)}
ALSO_SENT = (  # for a table, by Windows, browsers and programs: a file says itself what it is
    *("application/vnd.ms-excel", "application/vnd.ms-excel.sheet.macroenabled.12"),
    *("application/csv", "text/tab-separated-values", "text/comma-separated-values", "text/plain"),
    *("application/octet-stream", "application/x-zip-compressed", "application/zip"),
)
INTAKE = Intake(MOST_BYTES, (*MEDIA_TYPES.values(), *ALSO_SENT))

router = APIRouter()


_SAYS = ("Nouvelle ouverture", "T2 2023", "Planifié")
_LINE = ("Décisions de justice des Conseils de prud’hommes", "Données", *_SAYS)
TABLE = b"".join(csv(Sheet("", HEADINGS, iter([_LINE]), newline="\n"))).decode()
"""A table to send, as CSV."""


# What is asked.


def read(pairs: list[tuple[str, str]]) -> ImportForm:
    """What the address says. Raises BadQuery with every fault at once."""
    names = tuple(ImportForm.model_fields)
    given = [name for name, _ in pairs]
    errors = [
        (name, unknown("parameter", name, names, values.near(name, names)))
        for name in given
        if name not in names
    ]
    twice = "This parameter is given twice; it takes one value."
    errors += [(name, Unfit(twice)) for name in names if given.count(name) > 1]
    try:
        form = ImportForm.model_validate({name: value for name, value in pairs if name in names})
    except ValidationError as fault:
        errors += values.refusals(fault.errors(), names)
    if errors:
        raise BadQuery(*errors)
    return form


def handed_in(request: Request) -> Submission:
    """A table, of whoever has a key."""
    actor, form = deps.team(request), deps.query(read)(request)
    declared = Message()
    declared["Content-Type"] = request.headers.get("content-type", "")
    language = preferred(request.headers.get("accept-language"), "en")
    content, charset = request.scope["content"], declared.get_content_charset()
    return Submission(form, content, actor, actor.organization, charset, language)


_IN_QUERY = tuple(
    {
        "name": name,
        "in": "query",
        "required": field.is_required(),
        "description": field.description,
        "schema": {"type": "boolean" if field.annotation is bool else "string"},
        "example": openapi.EXAMPLES["importTable"][name],
    }
    for name, field in ImportForm.model_fields.items()
)
_FILES: dict[str, dict[str, Any]] = {
    media: {"schema": {"type": "string", **({} if form == CSV else {"format": "binary"})}}
    for form, media in MEDIA_TYPES.items()
}
_FILES[MEDIA_TYPES[CSV]]["examples"] = {
    "a-row-of-the-annex": {"summary": "a row of the annex", "value": TABLE}
}
_REPORT = openapi.content({JSON: "ImportReport"})
_ANSWERS = {
    200: {"description": "What would be done; or that all was held already.", **_REPORT},
    201: {"description": "Done.", **_REPORT},
}


def import_table(
    table: Annotated[Submission, handed_in], desk: Annotated[Importing, deps.state("importing")]
) -> Response:
    """Compare the official table with the register, and append what is new: all, or nothing."""
    body, recorded = desk.hand_in(table)
    status = 201 if recorded else 200
    headers = {"Cache-Control": "no-store", "Content-Language": table.language}
    return Response(body, status, headers, JSON)


router.add_api_route(
    PATH,
    deps.served(import_table, writes=True),
    methods=["POST"],
    operation_id="importTable",
    summary="Import the official table",
    tags=["ledger"],
    **openapi.operation(
        _ANSWERS,
        (400, 401, 403, 413, 415, 422, 503),
        {
            "security": openapi.OF_KEYS,
            "parameters": _IN_QUERY,
            "requestBody": {"required": True, "content": _FILES},
        },
    ),
)
