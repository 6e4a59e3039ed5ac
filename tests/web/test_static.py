"""The one sheet: there, of its type, and readable in light and in dark."""

import re

import pytest

from app.web import pages

TEXT = ("ink", "soft", "accent", "late")
SHEET = pages.static("style.css") or (b"", "")
PALETTES = re.findall(r":root\{([^}]*)\}", SHEET[0].decode())


def test_the_sheet_is_served_and_nothing_else():
    assert SHEET[1] == "text/css; charset=utf-8"
    assert len(SHEET[0]) < 24 * 1024
    assert pages.static("../pages.py") is None
    assert pages.static("") is None


def test_the_sheet_loads_nothing():
    assert set(re.findall(r"url\(.|@import|https?:", SHEET[0].decode())) == {"url(#"}


@pytest.mark.parametrize("palette", PALETTES[:2], ids=["light", "dark"])
@pytest.mark.parametrize("paper", ["paper", "card", "tint", "late-tint"])
def test_every_colour_of_text_stands_out(palette: str, paper: str):
    colours = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", palette))
    low = {name for name in TEXT if contrast(colours[name], colours[paper]) < 4.5}
    assert low == set()


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
