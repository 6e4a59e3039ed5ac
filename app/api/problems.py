"""Refusals as problem documents (RFC 9457): one table gives each its status, name and title.

A class that has no row here, nor a parent that has one, is an accident: 500, without detail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException

from app.domain import claims, errors, values
from app.domain.commitments import Commitment
from app.domain.search import LANGUAGES
from app.formats import negotiation
from app.formats.document import encode
from app.formats.language import say
from app.formats.report import finding

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem: the last part of its address, its status, what it means, what to do.

    The words are keys of the catalogue: their French is in `app/locale/fr.po`.
    """

    name: str
    status: int
    title: str
    meaning: str
    remedy: str


PROBLEMS: dict[type[errors.Refusal], Problem] = {
    errors.Missing: Problem(
        "missing",
        404,
        "Not here",
        "There is nothing at this address, or nothing that this reader may see.",
        "Check the address; the list of openings leads to all that exist.",
    ),
    errors.Gone: Problem(
        "gone",
        410,
        "Retracted",
        "The entry was retracted whole. Its ledger still answers, with every claim and why it "
        "was retracted.",
        "Read its claims at its address followed by `/events`, and drop it from your copies.",
    ),
    errors.Unauthenticated: Problem(
        "unauthenticated",
        401,
        "No valid key",
        "The request needs a key: `Authorization: Bearer KEY` or `X-API-KEY: KEY`. The detail "
        "says whether it was missing, mistyped, unknown, revoked or ended.",
        "Send your key; if it has ended or was revoked, ask your manager for one.",
    ),
    errors.Forbidden: Problem(
        "forbidden",
        403,
        "Not with this key",
        "The key is valid, and its organisation is neither publisher nor steward of the entry, "
        "or its role is not enough.",
        "Turn to the organisation that publishes or stewards the entry.",
    ),
    errors.BadQuery: Problem(
        "bad-query",
        400,
        "The address cannot be read",
        "A query parameter is unknown, repeated, or has a value that is not taken. `errors` names "
        "each, with the near miss where there is one. Nothing is ever clamped.",
        "Correct the parameter named; the documentation lists those of each address.",
    ),
    errors.Invalid: Problem(
        "invalid",
        422,
        "The content is not valid",
        "A field is unknown, derived, missing or out of bounds. `errors` names each.",
        "Correct the fields named and send it all again: nothing was recorded.",
    ),
    errors.Unimportable: Problem(
        "import-refused",
        422,
        "The table is not imported",
        "Something found in the file stops the import; nothing was recorded. `findings` lists all "
        "that was found, with row, column and code.",
        "Mend what `findings` calls an `error`, and send the file again.",
    ),
    errors.MoveRefused: Problem(
        "move-refused",
        409,
        "This state may not follow",
        "The entry’s state, just before the place of the claim, may not become the one wanted. "
        "`allowed` lists those that it may become.",
        "Choose a state that is allowed, or go through one in between.",
    ),
    errors.WholeHasParts: Problem(
        "whole-has-parts",
        409,
        "Its parts carry it",
        "The entry’s state and deadline are computed from its parts: name one with `part`.",
        "Name one with `part`; `parts` gives the keys.",
    ),
    errors.Taken: Problem(
        "taken", 409, "In use", "The name is in use by another entry.", "Choose another name."
    ),
    errors.Contradiction: Problem(
        "contradiction",
        409,
        "The register holds otherwise",
        "What the register holds does not allow the change; the detail says what.",
        "Read the entry and its claims again, then take up the change anew.",
    ),
    errors.NotAcceptable: Problem(
        "not-acceptable",
        406,
        "No such format",
        "None of the media types asked for is offered here; `offered` lists those that are.",
        "Change `Accept`, or take the address with a suffix, such as `.json`.",
    ),
    errors.Stale: Problem(
        "stale",
        412,
        "It has changed since",
        "The entry was changed after it was read, or the ETag is of an `as_of` answer. Read it "
        "again; nothing was changed.",
        "Read the entry, make the change on what it says now, send its new ETag.",
    ),
    errors.Unconditional: Problem(
        "unconditional",
        428,
        "Which version?",
        "A change names the version it was made on, with `If-Match`, so that no colleague’s change "
        "is ever overwritten unseen.",
        "Read the entry, and send its ETag in `If-Match`.",
    ),
    errors.Unavailable: Problem(
        "unavailable",
        503,
        "The memory cannot answer now",
        "The database is out of reach or busy. Nothing was changed; try again.",
        "Try again after the time that `Retry-After` gives.",
    ),
}

OTHERS: dict[int, Problem] = {
    row.status: row
    for row in (
        Problem(
            "bad-request",
            400,
            "The request cannot be read",
            "It is not well-formed HTTP or JSON: the detail says where.",
            "Correct it at the place named.",
        ),
        PROBLEMS[errors.Missing],
        Problem(
            "method-not-allowed",
            405,
            "Not this method",
            "`Allow` lists those that work.",
            "Use one of those.",
        ),
        Problem(
            "too-large",
            413,
            "Too large",
            "The content is larger than what is taken here.",
            "Send less at a time.",
        ),
        Problem(
            "address-too-long",
            414,
            "The address is too long",
            "The query is longer than 4 KiB or has more than 50 parameters.",
            "Ask in several requests.",
        ),
        Problem(
            "unsupported-media-type",
            415,
            "Not this type of content",
            "A change is sent as application/merge-patch+json or application/json, a table as "
            "CSV, XLSX or ODS.",
            "Give one of these types in `Content-Type`.",
        ),
        Problem(
            "headers-too-large",
            431,
            "The headers are too large",
            "More than 32 KiB, or more than 100 lines.",
            "Send fewer headers.",
        ),
        Problem(
            "accident",
            500,
            "An accident on our side",
            "It was recorded, with the request id given here. Nothing was changed.",
            "Try again later; if it lasts, write to us with that request id.",
        ),
    )
}


def problem_of(refusal: errors.Refusal) -> Problem:
    """The row of a refusal: its own, or its nearest parent’s."""
    for kind in type(refusal).__mro__:
        if kind in PROBLEMS:
            return PROBLEMS[kind]
    return OTHERS[500]


def every_problem() -> dict[str, Problem]:
    """All kinds by name."""
    return {row.name: row for row in (*OTHERS.values(), *PROBLEMS.values())}


def language(request: Request) -> str:
    """The language of a problem document: `lang` or `Accept-Language`, English for programs."""
    # Not `request.url`: the gate refuses queries that are no UTF-8, and says so in a language too.
    asked = dict(parse_qsl(request.scope["query_string"].decode("latin-1"))).get("lang")
    accept = request.headers.get("accept-language")
    return asked if asked in LANGUAGES else negotiation.language(accept, "en")


def answer(
    request: Request,
    problem: Problem,
    detail: str,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document: type, title, status, detail, instance, then what it has besides.

    Title and meaning are put into the reader’s language; `detail` is in it already.
    """
    reads = language(request)
    document = {
        "type": f"{request.app.state.site.base}/problems/{problem.name}",
        "title": say(reads, problem.title),
        "status": problem.status,
        "detail": detail or say(reads, problem.meaning),
        "instance": request.scope["path"],
        **(facts or {}),
    }
    headers = {**(headers or {}), "Content-Language": reads, "Vary": "Accept-Language"}
    return Response(encode(document), problem.status, headers, MEDIA_TYPE)


def answer_refusal(request: Request, refusal: errors.Refusal) -> Response:
    """What a refusal answers."""
    problem, reads = problem_of(refusal), language(request)
    detail = "" if problem.status == 500 else _detail(refusal, reads)
    headers = HEADERS.get(problem.status)
    return answer(request, problem, detail, _facts(refusal, reads), headers)


def answer_validation(request: Request, fault: RequestValidationError) -> Response:
    """What a body that is not of the form’s shape answers."""
    wrong = values.refusals(fault.errors(), claims.Change.model_fields, skip=1)
    refusal = errors.Invalid(*((where, _derived(where) or why) for where, why in wrong))
    return answer_refusal(request, refusal)


def answer_http(request: Request, fault: StarletteHTTPException) -> Response:
    """What the router refuses: no such address, no such method."""
    problem = OTHERS.get(fault.status_code, OTHERS[400])
    detail = "" if fault.status_code in OTHERS else str(fault.detail)
    headers = dict(fault.headers or {})
    if problem.status == 405:
        headers["Allow"] = ", ".join(request.app.state.methods(request.url.path))
    return answer(request, problem, detail, None, headers)


HEADERS = {401: {"WWW-Authenticate": 'Bearer realm="ouvertures"'}, 503: {"Retry-After": "5"}}
"""What refusals of these statuses carry besides."""

HANDLERS: dict[int | type[Exception], Any] = {
    errors.Refusal: answer_refusal,
    RequestValidationError: answer_validation,
    StarletteHTTPException: answer_http,
}


_FACTS: Mapping[type[errors.Refusal], Mapping[str, str]] = {
    errors.MoveRefused: {"current": "current", "wanted": "wanted", "allowed": "allowed"},
    errors.WholeHasParts: {"parts": "parts"},
    errors.NotAcceptable: {"offered": "offered"},
    errors.Stale: {"current_version": "current"},
}
"""What documents have of a refusal besides, by the name that it has there."""


def _facts(refusal: errors.Refusal, language: str) -> dict[str, Any]:
    if isinstance(refusal, errors.Unimportable):
        return {"findings": [finding(row) for row in refusal.report.findings]}
    if isinstance(refusal, errors.Invalid):
        return {"errors": _faults(refusal, language)}
    names = _FACTS.get(type(refusal), {})
    return {name: getattr(refusal, attribute) for name, attribute in names.items()}


def _detail(refusal: errors.Refusal, language: str) -> str:
    """The refusal in a sentence; of what is invalid, a sentence a fault."""
    faults = _faults(refusal, language) if isinstance(refusal, errors.Invalid) else ()
    if not faults:
        return say(language, refusal.sentence, **refusal.facts)
    rows = (row.values() for row in faults)
    return "; ".join(f"{field}: {message}" if field else message for field, message in rows)


def _faults(refusal: errors.Invalid, language: str) -> list[dict[str, str]]:
    return [
        {"field": where, "message": say(language, why.sentence, **why.facts)}
        for where, why in refusal.errors
    ]


DERIVED = (
    {column.name for column in fields(Commitment)}
    | {"id", "iri", "state_label", "timeliness", "days_late", "links"}
    | {"timeliness_first", "days_late_first"}
) - claims.Change.model_fields.keys()
"""What readers see and nobody sets."""


def _derived(field: str) -> errors.Unfit | None:
    if field not in DERIVED:
        return None
    return errors.Unfit("This is derived from the claims; it cannot be set.")
