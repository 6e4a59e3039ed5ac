"""The one sheet: there, of its type, and nothing else is loaded. Its contrast: `tests/browser`."""

from app.web import pages

SHEET = pages.static("style.css") or (b"", "")


def test_the_sheet_is_served_and_nothing_else():
    assert SHEET[1] == "text/css; charset=utf-8"
    assert len(SHEET[0]) < 24 * 1024
    assert pages.static("../pages.py") is None
    assert pages.static("") is None
