"""Periods and datings: every spelling read, every canonical one read back."""

import unicodedata
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.periods import (
    PRECISIONS,
    Dating,
    Period,
    Unreadable,
    from_json,
    on_day,
    parse,
    period_of,
    quarter_of,
    read_dating,
    spell,
    spelled,
    to_json,
)

YEAR_2023 = ("2023-01-01", "2023-12-31", "year")
HALF_2021 = ("2021-07-01", "2021-12-31", "half")
QUARTER_2021 = ("2021-07-01", "2021-09-30", "quarter")
MONTH_2023 = ("2023-12-01", "2023-12-31", "month")
DAY_2023 = ("2023-12-18", "2023-12-18", "day")
JULY_FIRST = ("2024-07-01", "2024-07-01", "day")

READINGS = {
    YEAR_2023: ["2023"],
    HALF_2021: [
        *["21S2", "S2 2021", "2021-S2", "2021S2", "2021 S2", "S2-2021", "S2/2021", "2S 2021"],
        *["H2 2021", "2021-H2", "2H2021", "2e semestre 2021", "2ème semestre de 2021"],
        *["second semestre 2021", "deuxième semestre de l'année 2021", "second half of 2021"],
        *["deuxième semestre de l\u2019année 2021", "2nd half-year 2021", "second half year 2021"],
    ],
    QUARTER_2021: [
        *["T3 2021", "2021-T3", "2021-Q3", "Q3 2021", "21T3", "2021/T3", "3T 2021", "t3 2021"],
        *["3e trimestre 2021", "3ème trimestre 2021", "3ᵉ trimestre 2021", "3 e trimestre 2021"],
        *["troisième trimestre 2021", "3e trim. 2021", "third quarter 2021", "3rd quarter of 2021"],
        *["T3 \u2013 2021", "2021\u2013T3", "2021\u2011Q3", "2021-\nT3"],
        *["T3\n2021", "T3\u00a02021", "T3\u202f2021", "T3 \r\n\t 2021"],
    ],
    ("2022-01-01", "2022-03-31", "quarter"): ["T1 2022", "1er trimestre 2022", "1st quarter 2022"],
    ("2024-10-01", "2024-12-31", "quarter"): ["T4 2024", "quatrième trimestre 2024", "Q4 2024"],
    ("2021-01-01", "2021-06-30", "half"): ["21S1", "1er semestre 2021", "premier semestre 2021"],
    ("2022-01-01", "2022-06-30", "half"): ["22S1", "first half of 2022", "first half 2022"],
    ("2022-07-01", "2022-12-31", "half"): ["22S2"],
    ("2023-07-01", "2023-12-31", "half"): ["23S2"],
    MONTH_2023: [
        *["2023-12", "12/2023", "12.2023", "12-2023", "décembre 2023", "déc. 2023", "déc 2023"],
        *["decembre 2023", "DÉCEMBRE 2023", "De\u0301cembre 2023", "December 2023", "Dec. 2023"],
        *["Dec-2023", "12/\n2023", "  décembre \n 2023\t"],
    ],
    ("2024-02-01", "2024-02-29", "month"): ["2024-02", "févr. 2024", "fév. 2024", "févr.-24"],
    ("2024-07-01", "2024-07-31", "month"): ["juil. 2024", "juill. 2024", "Jul 2024"],
    ("2024-06-01", "2024-06-30", "month"): ["juin 2024", "June 2024", "juin-24", "Jun-24"],
    ("2024-09-01", "2024-09-30", "month"): ["sept. 2024", "Sep 2024"],
    DAY_2023: [
        *["2023-12-18", "18/12/2023", "18.12.2023", "18-12-2023", "18 décembre 2023"],
        *["le 18 déc. 2023", "18 December 2023", "18th December 2023", "December 18, 2023"],
        *["Dec. 18th 2023", "18-Dec-2023", "2023\u201312\u201318"],
    ],
    ("2023-06-30", "2023-06-30", "day"): ["30/06/2023", "30/6/2023", "30 juin 2023"],
    JULY_FIRST: [
        *["1er juillet 2024", "1ᵉʳ juillet 2024", "1 juillet 2024", "1/7/2024", "July 1 2024"]
    ],
    ("2024-02-29", "2024-02-29", "day"): ["2024-02-29"],
    ("1900-01-01", "1900-12-31", "year"): ["1900"],
    ("2199-12-31", "2199-12-31", "day"): ["31/12/2199"],
}

SPELT = [
    (YEAR_2023, "2023", "2023"),
    (HALF_2021, "S2 2021", "H2 2021"),
    (QUARTER_2021, "T3 2021", "Q3 2021"),
    (MONTH_2023, "décembre 2023", "December 2023"),
    (DAY_2023, "18 décembre 2023", "18 December 2023"),
    (JULY_FIRST, "1er juillet 2024", "1 July 2024"),
]

days = st.dates(date(1000, 1, 1))
languages = st.sampled_from(["fr", "en"])
spaces = st.text(" \t\n\r\u00a0\u2009\u202f\u2028", min_size=1, max_size=4)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    day, precision = draw(days), draw(st.sampled_from(PRECISIONS))
    by_precision = {
        "day": period_of(day),
        "month": spelled(f"{day:%Y-%m}"),
        "quarter": quarter_of(day),
        "half": spelled(f"{day.year}-S{(day.month + 5) // 6}"),
        "year": spelled(f"{day.year}"),
    }
    period = by_precision[precision]
    assert period is not None
    assert period.contains(period_of(day))
    return period


@st.composite
def manglings(draw: st.DrawFn) -> tuple[Period, str]:
    """A period, and one of its spellings after careless typing or typesetting."""
    period = draw(periods())
    text = spell(period, draw(languages))
    text = draw(st.sampled_from([text, text.upper(), text.title(), text.swapcase()]))
    text = draw(st.sampled_from([text, unaccented(text), unicodedata.normalize("NFD", text)]))
    pieces = [piece + draw(spaces) for piece in text.split(" ")]
    return period, draw(spaces) + "".join(pieces)


def unaccented(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def drawn(start: str, end: str, precision: str, label: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end), precision, label)


@pytest.mark.parametrize(
    ("text", "expected"),
    [(text, expected) for expected, texts in READINGS.items() for text in texts],
)
def test_a_period_is_read_in_every_spelling(text: str, expected: tuple[str, str, str]):
    assert parse(text) == drawn(*expected, label=text)


@pytest.mark.parametrize(
    "text", ["NA", "N/A", "n.a.", "n/a", " na\n", "Sans objet", "Non applicable"]
)
def test_a_deadline_may_say_that_there_is_none(text: str):
    assert parse(text) is None


@pytest.mark.parametrize("number", range(1, 13))
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_month_may_be_cut_to_any_length_that_leaves_one_meaning(number: int, language: str):
    month = parse(f"2024-{number:02}")
    name = spell(month, language).removesuffix(" 2024")
    for length in range(3, len(name) + 1):
        if name[:length] != "jui":
            assert parse(f"{name[:length]}. 2024") == month


@pytest.mark.parametrize(
    "text",
    [
        *["", " \n\u00a0", "-", "bientôt", "fin 2023", "courant 2023", "2021/2022", "T3-T4 2021"],
        *["1899", "2200", "T3 1800", "30/06/23", "décembre 23", "T3 21", "21Q3", "21 S2", "99"],
        *["T5 2021", "T0 2021", "T32021", "S36 2021", "2023-1", "3/2023", "20231218", "2023/12/18"],
        *["jui. 2023", "ma 2023", "brumaire 2023", "30/06-2023", "2e juillet 2024", "2023-12-1"],
        *["\uff12\uff10\uff12\uff13", "T\u00b3 2021", "\u0662\u0660\u0662\u0663", "T\u2462 2021"],
        *["2\u0336023", "2023\u0301", "T3\x0c2021", "T3\x1f2021", "T3\x002021", "T3\u200b2021"],
        *["2023-12-18T00:00:00", "../2025-09-03", "lundi 18 décembre 2023"],
    ],
)
def test_a_text_that_names_no_period_is_refused(text: str):
    with pytest.raises(Unreadable, match="write a period") as refusal:
        parse(text)
    assert refusal.value.text == text


@pytest.mark.parametrize(
    "text",
    [
        *["31/02/2023", "2023-02-29", "29 février 2023", "00/01/2023", "06/30/2023"],
        "31 June 2023",
        *["2023-13", "13/2023", "2023-00", "S3 2021", "2021-H4", "3e semestre 2021", "21S4"],
    ],
)
def test_a_day_that_the_calendar_lacks_is_refused(text: str):
    with pytest.raises(Unreadable, match="the calendar has no such day or period"):
        parse(text)


def test_a_label_is_kept_verbatim_has_at_most_a_hundred_characters_and_tells_no_periods_apart():
    as_read, as_spelt = parse("\n 3e  TRIMESTRE\u00a02021 "), parse("T3 2021")
    assert as_read is not None
    assert as_read.label == "3e  TRIMESTRE\u00a02021"
    assert (as_read, hash(as_read)) == (as_spelt, hash(as_spelt))
    longest = "T3" + " " * 94 + "2021"
    assert parse(f" {longest} ") == as_spelt
    with pytest.raises(Unreadable, match="in at most 100 characters"):
        parse(longest.replace("3", "3 "))


def test_a_refusal_quotes_the_text_on_one_short_line():
    assert Unreadable("T9\n2021", "no").english == "“T9 2021” cannot be read: no."
    assert Unreadable("9" * 500, "no").english == f"“{'9' * 100}…” cannot be read: no."


@pytest.mark.parametrize(("bounds", "french", "english"), SPELT)
def test_a_period_is_spelt_in_words(bounds: tuple[str, str, str], french: str, english: str):
    period = drawn(*bounds, label="as read")
    assert (spell(period), spell(period, "fr"), spell(period, "en")) == (french, french, english)
    assert spell(None) == spell(None, "en") == "NA"


@given(periods(), languages)
def test_what_is_spelt_or_written_as_json_is_read_back(period: Period, language: str):
    assert spelled(spell(period, language)) == period
    back = from_json(to_json(period))
    assert (back, back.label) == (period, period.label)


@given(manglings())
def test_a_spelling_survives_case_spaces_and_missing_accents(mangled: tuple[Period, str]):
    period, text = mangled
    assert spelled(text) == period


@given(st.text() | st.text("0123456789/-. TSQHtsqhrdéeijûun,N\n", max_size=20) | manglings())
@example("\ud800")
def test_any_text_is_read_or_refused_as_unreadable(text: str | tuple[Period, str]):
    text = text if isinstance(text, str) else text[1][:-3]
    try:
        period = parse(text)
    except Unreadable:
        return
    assert period is None or (period.label, parse(spell(period))) == (text.strip(), period)


@given(periods(), periods())
def test_two_periods_lie_one_inside_the_other_or_apart(first: Period, other: Period):
    assert first.contains(first)
    apart = first.end < other.start or other.end < first.start
    assert apart != (first.contains(other) or other.contains(first))
    if first.contains(other) and first != other:
        assert not other.contains(first)


@given(days)
def test_a_day_is_a_period_and_is_in_its_quarter(day: date):
    whole, quarter = period_of(day), quarter_of(day)
    assert whole == Period(day, day, "day", "")
    assert (whole.label, spelled(whole.label)) == (day.isoformat(), whole)
    assert quarter.contains(whole)
    assert (spelled(quarter.label), quarter.label) == (quarter, spell(quarter))


def test_a_period_is_written_as_the_public_document_shows_it():
    document = {"start": "2023-04-01", "end": "2023-06-30", "precision": "quarter"}
    assert to_json(drawn(**document, label="T2 2023")) == {"label": "T2 2023", **document}


@pytest.mark.parametrize(
    ("text", "first", "last", "vague"),
    [
        ("2023", date(2023, 1, 1), date(2023, 12, 31), True),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), True),
        ("2023-12-18", date(2023, 12, 18), date(2023, 12, 18), False),
        ("../2025-09-03", None, date(2025, 9, 3), True),
        ("../2025-09", None, date(2025, 9, 30), True),
        ("../2025", None, date(2025, 12, 31), True),
    ],
)
def test_a_dating_goes_as_far_as_its_source(text: str, first: date | None, last: date, vague: bool):
    dating = read_dating(text)
    assert dating == Dating(text, first, last)
    assert dating.vague is vague


@given(days, st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d"]), st.sampled_from(["", "../"]))
def test_a_dating_is_read_back_from_its_own_text(day: date, form: str, by: str):
    dating = read_dating(f"{by}{day:{form}}")
    assert read_dating(str(dating)) == dating
    assert on_day(day) == read_dating(day.isoformat())
    assert (dating.first or day) <= day <= dating.last


@pytest.mark.parametrize(
    "text",
    [
        *["", "NA", " 2023", "2023\n", "2023-1", "2023-12-1", "20231218", "18/12/2023", "T3 2021"],
        *["2023/2024", "2023/..", "..", "../", ".. /2023", "2023~", "2023?", "899", "12023"],
        *["\uff12\uff10\uff12\uff13", "2023\u201312", "2023-12-18T00:00"],
    ],
)
def test_a_dating_outside_the_four_forms_is_refused(text: str):
    with pytest.raises(Unreadable, match="write a date") as refusal:
        read_dating(text)
    assert refusal.value.text == text


@pytest.mark.parametrize("text", ["2023-02-29", "2023-13", "../2023-00", "../2025-09-31"])
def test_a_dating_that_the_calendar_lacks_is_refused(text: str):
    with pytest.raises(Unreadable, match="the calendar has no such day or period"):
        read_dating(text)
