"""Refusals as problem documents (RFC 9457): `problems.toml` gives each its name, status and words.

A class that has no row here, nor a parent that has one, is an accident: 500, without detail.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog
from fastapi import Request, Response
from pydantic import ValidationError

from app.domain import beside, claims, errors, values
from app.domain.commitments import Commitment
from app.domain.search import LANGUAGES
from app.formats import HTML
from app.formats.document import encode, finding
from app.formats.language import preferred, say

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 100
"""Of what is wrong with a content, so much is said at once."""
log = structlog.get_logger("ouvertures")
_WORD = re.compile(r"[^\W_]{2,}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem: the last part of its address, its status, what it means, what to do."""

    name: str
    status: int
    title: str
    meaning: str
    remedy: str


_ROWS = beside(__file__)
_REFUSALS = {name: row.pop("refusal", None) for name, row in _ROWS.items()}
EVERY = {name: Problem(name, **row) for name, row in _ROWS.items()}
PROBLEMS: dict[type[errors.Refusal], Problem] = {
    getattr(errors, kind): EVERY[name] for name, kind in _REFUSALS.items() if kind
}
OTHERS = {row.status: row for row in EVERY.values() if not _REFUSALS[row.name] or row.status == 404}
"""What HTTP itself refuses, by status; 404, which is `Missing` too, where there is no route."""


def problem_of(refusal: errors.Refusal) -> Problem:
    """The row of a refusal: its own, or its nearest parent’s."""
    for kind in type(refusal).__mro__:
        if kind in PROBLEMS:
            return PROBLEMS[kind]
    return OTHERS[500]


def reads_pages(request: Request) -> bool:
    """Whether a person is at the other end, with a browser, and not in the API."""
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and not request.scope["path"].startswith("/api/")


def language(request: Request) -> str:
    """The language of a problem document: `lang` or `Accept-Language`, English for programs."""
    # Not `request.url`: the gate refuses queries that are no UTF-8, and says so in a language too.
    asked = dict(parse_qsl(request.scope["query_string"].decode("latin-1"))).get("lang")
    accept = request.headers.get("accept-language")
    usual = LANGUAGES[0] if reads_pages(request) else "en"
    return asked if asked in LANGUAGES else preferred(accept, usual)


def answer(
    request: Request,
    problem: Problem,
    detail: str,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document: type, title, status, detail, instance, then what it has besides.

    Title and meaning are put into the reader’s language; `detail` is in it already. To a browser
    it is a page that helps on.
    """
    reads = language(request)
    request.scope.setdefault("state", {})["problem"] = problem.name
    around = {**(headers or {}), "Content-Language": reads, "Vary": "Accept, Accept-Language"}
    if reads_pages(request):
        body = _page(request, problem, detail, reads)
        return Response(body, problem.status, around, HTML.media_type)
    document = {
        "type": f"{request.app.state.site.base}/problems/{problem.name}",
        "title": say(reads, problem.title),
        "status": problem.status,
        "detail": detail or say(reads, problem.meaning),
        "instance": f"{urlsplit(request.app.state.site.base).path}{request.scope['path']}",
        **(facts or {}),
    }
    return Response(encode(document), problem.status, around, MEDIA_TYPE)


def _page(request: Request, problem: Problem, detail: str, language: str) -> bytes:
    """What is wrong and what to do; of what is not here, also what was perhaps meant."""
    state, near, words = request.app.state, None, ()
    if problem.status == 404:
        words = tuple(_WORD.findall(unquote(request.scope["path"]).rpartition("/")[2]))[:8]
        with suppress(errors.Refusal):
            near = state.reading.near(words)
    asked = request.scope["path"]
    return bytes(
        state.pages.refusal(
            problem, detail, language, base=state.site.base, asked=asked, words=words, near=near
        )
    )


def answer_refusal(request: Request, refusal: errors.Refusal) -> Response:
    problem, reads = problem_of(refusal), language(request)
    if problem.status == 503:
        log.warning("unavailable", refusal=str(refusal), cause=str(refusal.__cause__ or ""))
    detail = "" if problem.status == 500 else _detail(refusal, reads)
    headers = HEADERS.get(problem.status)
    facts = _facts(refusal, reads)
    if isinstance(refusal, errors.Restates):
        address = f"{request.app.state.site.base}/api/v1/events/{facts['position']}/correction"
        facts = {"position": facts["position"], "correction": address}
    return answer(request, problem, detail, facts, headers)


def invalid(fault: ValidationError) -> errors.Invalid:
    """What a content that is not of the form’s shape is refused with."""
    shown = fault.errors()[:MOST_ERRORS]
    wrong = values.refusals(shown, claims.Change.model_fields)
    return errors.Invalid(
        *(
            (where, (error["type"] == "extra_forbidden" and _derived(where)) or why)
            for error, (where, why) in zip(shown, wrong, strict=True)
        )
    )


HEADERS = {401: {"WWW-Authenticate": 'Bearer realm="ouvertures"'}, 503: {"Retry-After": "5"}}
"""What refusals of these statuses carry besides."""

_WITH_FACTS = (
    *(errors.MoveRefused, errors.WholeHasParts, errors.NotAcceptable, errors.Stale),
    errors.Restates,
)
"""The refusals whose facts are in the document too, each under its name."""


def _facts(refusal: errors.Refusal, language: str) -> dict[str, Any]:
    if isinstance(refusal, errors.Unimportable):
        return {"findings": [finding(row, language) for row in refusal.findings]}
    if isinstance(refusal, errors.Invalid):
        return {"errors": _faults(refusal, language)}
    return refusal.facts if isinstance(refusal, _WITH_FACTS) else {}


def _detail(refusal: errors.Refusal, language: str) -> str:
    """The refusal in a sentence; of what is invalid, a sentence a fault."""
    faults = _faults(refusal, language) if isinstance(refusal, errors.Invalid) else ()
    if not faults:
        return say(language, refusal.sentence, **refusal.facts)
    return " ".join(
        say(language, "{field}: {message}", **row) if row["field"] else row["message"]
        for row in faults
    )


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


DATED = ("opened_on", "opened_in_part_on", "state_since")
"""The derived days: that of a claim is its `decided_on`."""


def _derived(field: str) -> errors.Unfit | None:
    if field not in DERIVED:
        return None
    if field in DATED:
        sentence = "This is derived from the claims: say when it happened in “decided_on”."
        return errors.Unfit(sentence)
    return errors.Unfit("This is derived from the claims; it cannot be set.")
