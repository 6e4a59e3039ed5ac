"""The codes of others, against the lists that they are taken from."""

import re
from pathlib import Path

from packaging.licenses import canonicalize_license_expression
from rdflib import SKOS, Graph

from app.domain.values import FILE_TYPES, GOVERNMENT, HVD_CATEGORIES, JUSTICE, LICENCES, THEMES
from app.formats.document import category_label
from app.formats.language import say

LISTS = Path(__file__).parent.parent / "dcat-ap" / "vocabularies"


def listed(name: str) -> dict[str, dict[str, str]]:
    """The labels of each code of a list, by language."""
    graph = Graph().parse(LISTS / f"{name}.ttl")
    return {
        str(code): {
            label.language or "": str(label)  # type: ignore[attr-defined]
            for label in graph.objects(concept, SKOS.prefLabel)
        }
        for concept, code in graph.subject_objects(SKOS.notation)
    }


def test_themes_are_those_of_the_eu_in_both_languages() -> None:
    labels = {code: {"fr": say("fr", label), "en": label} for code, label in THEMES.items()}
    assert labels == listed("data-theme")
    assert {JUSTICE, GOVERNMENT} <= THEMES.keys()


def test_categories_of_high_value_are_those_of_the_eu() -> None:
    labels = {code: {"en": category.label} for code, category in HVD_CATEGORIES.items()}
    assert labels == listed("hvd-category")


def test_the_six_categories_are_in_both_languages_and_every_other_is_of_one() -> None:
    six = {code for code, category in HVD_CATEGORIES.items() if category.top == code}
    assert {code for code in HVD_CATEGORIES if category_label(code).fr} == six
    assert len(six) == 6
    assert {category.top for category in HVD_CATEGORIES.values()} == six


def test_file_types_are_those_of_the_eu() -> None:
    assert set(listed("file-type")) == FILE_TYPES


def test_licences_are_spelled_as_spdx_does() -> None:
    assert {canonicalize_license_expression(licence) for licence in LICENCES} == LICENCES
    assert all(re.fullmatch(r"[A-Za-z0-9.+-]+", licence) for licence in LICENCES)
