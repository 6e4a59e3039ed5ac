"""What statistics hold, as components of the OpenAPI document: see `schemas.py`."""

from typing import Any, Union

from app.api.schemas import Address, Register, Words
from app.api.shapes import component, keys, list_of, one_of, told
from app.domain.commitments import TIMELINESS
from app.domain.statistics import BY

Share = component(
    "Share",
    "So many of so many.",
    {
        "numerator": int,
        "denominator": int,
        "value": told(float | None, "The quotient; null where the denominator is 0."),
    },
)

Days = component(
    "Days",
    "How days are spread over entries.",
    {
        "count": told(int, "Over how many."),
        "sum": int,
        "median": float | None,
        "mean": float | None,
        "longest": int | None,
        "longest_count": told(int, "How many have the longest."),
        "entry": told(str | None, "Which: of several, the first by name. Null if it is not > 0."),
    },
)

MovedDays = component(
    "MovedDays",
    "How days are spread over moves; earlier days count below 0.",
    {**keys(Days), "part": told(str | None, "The part of the entry, if it is one of its parts.")},
)

Verdicts = component(
    "Verdicts", "How many entries have each timeliness.", dict.fromkeys(TIMELINESS, int)
)


def _against(suffix: str, deadline: str) -> dict[str, Any]:
    return {
        f"timeliness{suffix}": told(Verdicts, f"Against {deadline}."),
        f"opened_on_time{suffix}": told(int, "Early or on time."),
        f"on_time_rate{suffix}": told(Share, "Of those opened with a verdict, or overdue."),
        f"days_late{suffix}": told(Days, "Of those opened late, or overdue."),
    }


Figures = component(
    "Figures",
    "A group of entries in figures. An entry with parts counts once, by the whole.",
    {
        "group": told(str | None, "Its key; null for those that have none, and for all."),
        "name": Words,
        "entries": int,
        "uncertain": told(int, "On which the day leaves doubt."),
        "restricted": told(int, "Of the `not_applicable` ones, those that are not public."),
        **_against("", "the deadline in force"),
        **_against("_first", "the deadline first promised"),
        "postponed": told(int, "Whose deadline was put off at least once."),
        "postponed_rate": told(Share, "Of those that are judged and were ever given a deadline."),
        "moves": told(int, "Moves of their deadlines."),
        "postponements": told(int, "Of these, those that went later; a withdrawal is one."),
        "slip_days": told(Days, "From the last day first promised to the last one in force."),
        "slip_days_postponed": told(Days, "The same, of those put off."),
    },
)

TextFigures = component(
    "TextFigures",
    "What a text moved, in figures.",
    {
        "group": told(str | None, "The id of the text; null for moves without, and for all."),
        "title": str | None,
        "entries": told(int, "Entries that it moved, whole or in part."),
        "parts": told(int, "Parts that it moved apart from their whole."),
        "moves": int,
        "later": int,
        "earlier": int,
        "withdrawn": int,
        "days": MovedDays,
        "details": told(Address | None, "Where each of its moves is told."),
    },
)


def _counted(name: str, meaning: str, by: tuple[str, ...], row: Any) -> Any:
    overall = told(row, "All of them together.")
    keys = {"by": one_of(by), "data": list_of(row), "overall": overall, "register": Register}
    return component(name, meaning, keys)


Statistics = _counted("Statistics", "Entries in figures, by group.", BY[:3], Figures)
TextStatistics = _counted("TextStatistics", "Moves in figures, by text.", BY[3:], TextFigures)

COMPONENTS: Any = Union[Statistics, TextStatistics]  # noqa: UP007 a value, for FastAPI to read
EITHER = {
    "oneOf": [
        {"$ref": f"#/components/schemas/{one.__name__}"} for one in (Statistics, TextStatistics)
    ]
}
