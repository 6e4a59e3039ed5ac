"""The words: complete in both languages, used, and in the typography of French."""

import re
from string import Formatter

from app.domain.commitments import DESCRIPTIVE, IDENTITY, INTERNAL
from app.web import pages, sentences
from app.web.words import PLURAL, WORDS, Text, typeset

SOURCES = "\n".join(
    path.read_text()
    for path in pages.FOLDER.rglob("*")
    if path.suffix in (".py", ".html") and path.name != "words.py"
)
BUILT = {
    "claim_": ("announced", "deadline", "state", "described"),
    "standing_": ("accepted", "disputed", "retracted", "disputed_meaning", "retracted_meaning"),
    "access_": ("public", "restricted", "non_public"),
    "confidence_": ("high", "medium"),
    "resource_": ("file", "api", "repository"),
    "sort_": pages.SORTS,
    "timeliness_action_": (
        *("delivered_late", "delivered_unknown", "delivered_on_time", "delivered_early"),
    ),
}
"""Keys that are put together while rendering."""


def texts(text: Text) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def places(text: Text) -> set[str]:
    return {name for one in texts(text) for _, name, _, _ in Formatter().parse(one) if name}


def test_both_languages_have_the_same_keys():
    assert set(WORDS["fr"]) == set(WORDS["en"])


def test_a_key_means_the_same_in_both_languages():
    for key, fr in WORDS["fr"].items():
        en = WORDS["en"][key]
        assert isinstance(fr, tuple) == isinstance(en, tuple), key
        assert places(fr) - {"n"} == places(en) - {"n"}, key
        assert all(one.strip() == one and one for one in (*texts(fr), *texts(en))), key


def test_no_word_is_left_over():
    built = {prefix + key for prefix, keys in BUILT.items() for key in keys}
    quoted = set(re.findall(r"""["'.]([a-z_]+)""", SOURCES))
    assert set(WORDS["fr"]) - built - quoted == set()


def test_french_is_set_in_its_typography():
    told = [one for text in WORDS["fr"].values() for one in texts(text)]
    wrong = re.compile(r"[ \w][;?!]( |$)|[ \w]:( |$)| »|« |'|\.\.\.")
    assert [text for text in told if wrong.search(text)] == []


def test_french_spaces_do_not_break():
    assert typeset("Quoi ? « Rien » : ceci ; cela !") == (
        "Quoi\u202f? «\u00a0Rien\u00a0»\u00a0: ceci\u202f; cela\u202f!"
    )
    assert typeset("https://exemple.fr/a?b=c à 12:30") == "https://exemple.fr/a?b=c à 12:30"


def test_nothing_is_one_in_french_and_several_in_english():
    assert [PLURAL["fr"](count) for count in (0, 1, 2, -1, -2)] == [0, 0, 1, 0, 1]
    assert [PLURAL["en"](count) for count in (0, 1, 2, -1, -2)] == [1, 0, 1, 0, 1]


def test_every_field_of_a_claim_has_a_label():
    fields = (set(DESCRIPTIVE) | set(IDENTITY)) - INTERNAL - {"visibility"}
    assert set(sentences._LABELS) == fields
