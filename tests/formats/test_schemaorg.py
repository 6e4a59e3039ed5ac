"""What search engines are given: terms that schema.org has, and no promise that seems delivered."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld
from rdflib import RDF, Literal, Namespace, URIRef

from app.domain.context import OPEN_LICENCE
from app.domain.periods import Dating, on_day
from app.domain.search import PARAMETERS
from app.domain.states import STATES
from app.domain.values import Words
from app.formats import schemaorg
from tests.entries import covering, redescribed
from tests.formats import records
from tests.formats.records import BASE, CONTEXT, golden, read

SCHEMA = Namespace("https://schema.org/")
THING = {"name", "alternateName", "description", "identifier", "url", "subjectOf"}
WORK = THING | {
    *(
        "archivedAt",
        "author",
        "conditionsOfAccess",
        "creativeWorkStatus",
        "dateCreated",
        "dateModified",
        "datePublished",
    ),
    *("encodingFormat", "inLanguage", "isAccessibleForFree", "keywords", "license", "publisher"),
    *("sdDatePublished", "sdLicense", "sdPublisher", "spatialCoverage", "temporalCoverage"),
    "usageInfo",
}
TERMS: dict[str, set[str]] = {
    "Dataset": WORK | {"distribution", "includedInDataCatalog"},
    "SoftwareSourceCode": WORK | {"codeRepository"},
    "DataCatalog": WORK | {"dataset"},
    "DataDownload": WORK | {"contentSize", "contentUrl"},
    "WebSite": WORK | {"potentialAction"},
    "WebPage": WORK,
    "DefinedTerm": THING | {"inDefinedTermSet", "termCode"},
    **dict.fromkeys(("GovernmentOrganization", "Organization", "Country"), THING),
    "SearchAction": THING | {"query-input", "target"},
    "EntryPoint": THING | {"urlTemplate"},
}
"""The properties that schema.org 30.0 has for each type, as far as they are used here."""


def document(entry: Any, language: str = "fr", context: Any = CONTEXT) -> dict[str, Any]:
    return schemaorg.opening(entry, context, language)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document, itself first."""
    if isinstance(value, dict):
        yield value
    for inner in value if isinstance(value, list) else [*getattr(value, "values", list)()]:
        yield from nodes(inner)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_term_is_one_that_schema_org_has_for_its_type(language: str) -> None:
    entries = [make() for make in records.EVERY]
    documents = [document(entry, language) for entry in entries]
    for node in nodes([*documents, schemaorg.catalogue(entries, CONTEXT, language)]):
        if set(node) != {"@id"} and "@graph" not in node:
            kind = node["@type"]
            kinds = [kind] if isinstance(kind, str) else kind
            allowed = set().union(*(TERMS[each] for each in kinds))
            assert set(node) - {"@context", "@id", "@type"} <= allowed, node


@pytest.mark.parametrize("make", records.EVERY)
def test_an_opening_is_a_dataset_in_its_catalogue_to_a_third_implementation(make: Any) -> None:
    entry = make()
    it = URIRef(f"{BASE}/openings/{entry.slug}")
    assert document(entry)["@context"] == "https://schema.org/"
    local = {**document(entry), "@context": {"@vocab": str(SCHEMA)}}
    graph = read(jsonld.to_rdf(local, {"format": "application/n-quads"}).encode(), "nt")
    assert (it, RDF.type, SCHEMA.Dataset) in graph
    assert (it, SCHEMA.identifier, Literal(entry.slug)) in graph
    assert (it, SCHEMA.includedInDataCatalog, URIRef(f"{BASE}/catalog")) in graph
    assert [str(name) for name in graph.objects(it, SCHEMA.name)] == [entry.described.title.fr]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("opened", [None, on_day(date(2022, 1, 1))])
def test_only_what_is_open_has_files_and_is_free(state: str, opened: Dating | None) -> None:
    shown = document(
        replace(records.with_file(), state=state, opened_on=opened, opened_in_part_on=None)
    )
    open_now = state in ("partially_available", "available")
    stays = open_now or (state == "suspended" and opened is not None)
    assert ("distribution" in shown) == ("license" in shown) == stays
    assert ("data.example/decisions" in json.dumps(shown)) == stays
    assert shown.get("isAccessibleForFree", False) is open_now
    assert shown.get("datePublished") == (opened and "2022-01-01")
    assert shown["creativeWorkStatus"]["termCode"] == state


def test_what_is_open_has_a_golden_file() -> None:
    shown = [document(make(), "en") for make in (records.with_file, records.with_api)]
    made = json.dumps(shown, indent=1, ensure_ascii=False).encode()
    assert made == golden("schemaorg.json", made)


def test_a_source_code_is_known_by_its_repository() -> None:
    shown = document(records.with_code())
    assert shown["@type"] == ["Dataset", "SoftwareSourceCode"]
    assert shown["codeRepository"] == ["https://code.example/sources"]
    assert {"distribution", "license", "subjectOf"} & set(shown) == set()
    of_data = document(replace(records.with_code(), type="dataset"))
    assert of_data["subjectOf"] == [
        {"@type": "SoftwareSourceCode", "codeRepository": "https://code.example/sources"}
    ]


def test_access_to_some_is_said_in_words_and_is_not_free() -> None:
    entry = redescribed(records.with_file(), access_rights="restricted")
    assert document(entry)["conditionsOfAccess"] == "Accès restreint"
    assert document(entry, "en")["conditionsOfAccess"] == "Restricted access"
    assert "isAccessibleForFree" not in document(entry)
    own = redescribed(entry, access_conditions=Words.of("Aux chercheurs.", "For researchers."))
    assert document(own)["conditionsOfAccess"] == "Aux chercheurs."
    assert document(own, "en")["conditionsOfAccess"] == "For researchers."


@pytest.mark.parametrize(
    ("start", "end", "coverage"),
    [
        ("1947", None, "1947/.."),
        (None, "2021-09", "../2021-09"),
        ("../2021-09-30", "2022", "../2022"),
        ("../2021", None, None),
        (None, None, None),
    ],
)
def test_a_period_is_given_as_far_as_it_is_known(start, end, coverage) -> None:
    entry = redescribed(records.with_file(), covers=covering(start, end))
    assert document(entry).get("temporalCoverage") == coverage


def test_on_a_past_day_nothing_is_dated_after_it() -> None:
    then = records.as_of(date(2022, 1, 2))
    shown = document(records.with_file(), context=then)
    assert shown["dateModified"] == shown["dateCreated"] == "2022-01-01T23:00:00Z"
    assert shown["datePublished"] == shown["sdDatePublished"] == "2022-01-02"
    catalogue = schemaorg.catalogue([], then, "fr")["@graph"][1]
    assert catalogue["dateModified"] == "2022-01-01T23:00:00Z"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_description_has_a_length_that_search_engines_take(language: str) -> None:
    short = redescribed(records.not_available(), description=Words.of(fr="y"))
    assert 50 <= len(document(short, language)["description"]) <= 5000
    long = redescribed(records.planned(), description=Words.of(fr="mot " * 5000))
    assert len(document(long, language)["description"]) == 5000
    assert document(long, language)["description"].endswith("…")


def test_the_site_and_the_catalogue_have_the_openings_of_the_page() -> None:
    entries = [records.planned(), records.moved()]
    site, catalogue = schemaorg.catalogue(entries, CONTEXT, "en")["@graph"]
    assert (site["@type"], site["url"]) == ("WebSite", f"{BASE}/")
    assert ("potentialAction" in site) == ("q" in PARAMETERS)
    assert catalogue["@type"] == "DataCatalog"
    assert catalogue["@id"] == document(entries[0])["includedInDataCatalog"]["@id"]
    iris = [f"{BASE}/openings/{slug}" for slug in ("planned", "moved")]
    assert catalogue["dataset"] == [{"@id": iri} for iri in iris]
    assert catalogue["license"] == OPEN_LICENCE
    assert catalogue["dateModified"] == "2026-11-20T09:00:00Z"
    empty = replace(CONTEXT, head=replace(CONTEXT.head, recorded_at=None))
    assert "dateModified" not in schemaorg.catalogue([], empty, "fr")["@graph"][1]


@given(st.text(alphabet=st.characters()) | st.sampled_from(["</script>", "<!--", "\u2028&lt;"]))
def test_no_text_can_end_its_block_and_each_is_read_back_whole(text: str) -> None:
    block = schemaorg.block({"name": text})
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(block) == {"name": text}
    block.encode()
