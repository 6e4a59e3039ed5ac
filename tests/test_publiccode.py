"""`publiccode.yml` holds to its standard (0.5), and says of the project what the project says."""

from typing import Any

import pytest
import yaml

from app.domain.search import LANGUAGES
from app.store.database import ROOT
from tests.test_house import PROJECT

TEXT = (ROOT / "publiccode.yml").read_text()
CODE: dict[str, Any] = yaml.safe_load(TEXT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_describes_itself_in_each_language_at_the_length_that_is_wanted(language: str):
    described = CODE["description"][language]
    assert 0 < len(described["shortDescription"]) <= 150
    assert "\n" not in described["shortDescription"]
    assert 150 <= len(described["longDescription"]) <= 10_000
    assert len(described["features"]) >= 5


def test_its_summary_is_that_of_the_readme():
    readme = (ROOT / "README.md").read_text()
    for described in CODE["description"].values():
        assert described["shortDescription"] in readme


def test_its_licence_languages_and_python_are_those_of_the_project():
    assert CODE["legal"] == {"license": PROJECT["project"]["license"]}
    assert CODE["localisation"] == {
        "localisationReady": True,
        "availableLanguages": list(LANGUAGES),
    }
    (python,) = (row for row in CODE["dependsOn"]["open"] if row["name"] == "Python")
    assert f">={python['versionMin']}" == PROJECT["project"]["requires-python"]


def test_it_names_nobody_and_no_place_that_does_not_exist():
    """Contacts are to be persons, and a repository is to be one: there is none to name yet."""
    assert CODE["maintenance"] == {"type": "none"}
    assert ".example/" in CODE["url"]
