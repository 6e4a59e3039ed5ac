"""What search engines are told: terms that schema.org has, and no promise told as a delivery."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld
from rdflib import RDF, Literal, Namespace, URIRef

from app.domain.claims import Resource
from app.domain.context import OPEN_LICENCE
from app.domain.search import PARAMETERS
from app.domain.states import STATES
from app.domain.values import Title, Words
from app.formats import schemaorg
from tests.entries import covering, redescribed
from tests.formats import records
from tests.formats.records import BASE, CONTEXT, read

SCHEMA = Namespace("https://schema.org/")
THING = {"name", "alternateName", "description", "identifier", "url", "subjectOf"}
WORK = THING | {
    *("conditionsOfAccess", "creativeWorkStatus", "dateCreated", "dateModified", "datePublished"),
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
    "GovernmentOrganization": THING,
    "Organization": THING,
    "Country": THING,
    "SearchAction": THING | {"query-input", "target"},
    "EntryPoint": THING | {"urlTemplate"},
}
"""The properties that schema.org 30.0 has for each type, as far as they are used here."""


def told(entry: Any, language: str = "fr", context: Any = CONTEXT) -> dict[str, Any]:
    return schemaorg.opening(entry, context, language)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document, itself first."""
    if isinstance(value, list):
        for one in value:
            yield from nodes(one)
    elif isinstance(value, dict):
        yield value
        for one in value.values():
            yield from nodes(one)


def classes(node: dict[str, Any]) -> list[str]:
    kind = node.get("@type", [])
    return [kind] if isinstance(kind, str) else kind


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_term_is_one_that_schema_org_has_for_its_type(language: str) -> None:
    entries = [make() for make in records.EVERY]
    documents = [told(entry, language) for entry in entries]
    documents.append(schemaorg.catalogue(entries, CONTEXT, language))
    for node in nodes(documents):
        if set(node) == {"@id"} or "@graph" in node:
            continue
        allowed = set().union(*(TERMS[kind] for kind in classes(node)))
        assert set(node) - {"@context", "@id", "@type"} <= allowed, node


@pytest.mark.parametrize("make", records.EVERY)
def test_an_opening_is_a_dataset_in_its_catalogue(make: Any) -> None:
    entry = make()
    it, graph = URIRef(f"{BASE}/openings/{entry.slug}"), parsed(told(entry))
    assert (it, RDF.type, SCHEMA.Dataset) in graph
    assert (it, SCHEMA.identifier, Literal(entry.slug)) in graph
    assert (it, SCHEMA.includedInDataCatalog, URIRef(f"{BASE}/catalog")) in graph
    (name,) = graph.objects(it, SCHEMA.name)
    assert str(name) == entry.described.title.fr


def parsed(document: dict[str, Any]) -> Any:
    """As a third implementation reads it, with the context of schema.org at hand."""
    assert document["@context"] == "https://schema.org/"
    local = {**document, "@context": {"@vocab": str(SCHEMA)}}
    rows = jsonld.to_rdf(local, {"format": "application/n-quads"})
    return read(rows.encode(), "nt")


def test_a_planned_opening_does_not_pretend_to_be_there() -> None:
    resource = Resource.model_construct(
        url="https://data.example/soon.csv", title=Title.of(fr="Bientôt")
    )
    promised = redescribed(records.moved(), resources=(resource,), licence=None)
    document = told(promised)
    absent = ("distribution", "datePublished", "isAccessibleForFree", "license")
    assert [name for name in absent if name in document] == []
    assert "data.example" not in json.dumps(document)
    assert document["creativeWorkStatus"] == {
        "@type": "DefinedTerm",
        "termCode": "planned",
        "name": "Planifié",
        "inDefinedTermSet": f"{BASE}/api/v1/vocabularies",
    }
    assert document["description"].startswith("[Planifié, échéance 30 septembre 2026] ")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("opened", [None, date(2022, 1, 1)])
def test_only_what_is_open_has_files_and_is_free(state: str, opened: date | None) -> None:
    entry = replace(records.with_file(), state=state, opened_on=opened)
    document = told(entry)
    open_now = state in ("partially_available", "available")
    stays = open_now or (state == "suspended" and opened is not None)
    assert ("distribution" in document) == stays
    assert ("license" in document) == stays
    assert document.get("isAccessibleForFree", False) is open_now
    assert document.get("datePublished") == (opened and "2022-01-01")
    assert document["creativeWorkStatus"]["termCode"] == state


def test_what_is_open_is_told_with_its_files_period_and_licence() -> None:
    document = told(records.with_file(), "en")
    assert document["temporalCoverage"] == "1947/2021-09-30"
    assert document["datePublished"] == "2022-06-30"
    assert document["license"] == OPEN_LICENCE
    assert document["keywords"] == ["justice", "décisions"]
    assert document["subjectOf"] == [{"@type": "WebPage", "url": "https://data.example/"}]
    assert document["publisher"]["name"] == "Court of Cassation"
    assert document["distribution"] == [
        {
            "@type": "DataDownload",
            "@id": records.place(records.with_file(), "distribution"),
            "name": "All decisions",
            "contentUrl": "https://data.example/decisions.csv",
            "encodingFormat": "text/csv",
            "contentSize": "1024 B",
            "license": OPEN_LICENCE,
            "usageInfo": "https://data.example/help",
        }
    ]


def test_an_endpoint_is_told_without_what_is_not_known_of_it() -> None:
    (one,) = told(records.with_api())["distribution"]
    assert (one["contentUrl"], one["usageInfo"]) == (
        "https://api.example/v1",
        "https://api.example/openapi.json",
    )
    assert {"contentSize", "encodingFormat", "name"} & set(one) == set()


def test_a_source_code_is_told_by_its_repository() -> None:
    document = told(records.with_code())
    assert document["@type"] == ["Dataset", "SoftwareSourceCode"]
    assert document["codeRepository"] == ["https://code.example/sources"]
    assert {"distribution", "license", "subjectOf"} & set(document) == set()
    of_data = replace(records.with_code(), type="dataset")
    assert told(of_data)["subjectOf"] == [
        {"@type": "SoftwareSourceCode", "codeRepository": "https://code.example/sources"}
    ]


def test_access_to_some_is_told_in_words_and_is_not_free() -> None:
    entry = redescribed(records.with_file(), access_rights="restricted")
    assert told(entry)["conditionsOfAccess"] == "Accès restreint"
    assert told(entry, "en")["conditionsOfAccess"] == "Restricted access"
    assert "isAccessibleForFree" not in told(entry)
    assert "conditionsOfAccess" not in told(records.with_file())
    said = redescribed(
        entry, access_conditions=Words.of(fr="Aux chercheurs.", en="For researchers.")
    )
    assert told(said)["conditionsOfAccess"] == "Aux chercheurs."
    assert told(said, "en")["conditionsOfAccess"] == "For researchers."


@pytest.mark.parametrize(
    ("start", "end", "coverage"),
    [
        ("1947", None, "1947/.."),
        (None, "2021-09", "../2021-09"),
        ("../2021-09-30", "2022", "../2022"),
        ("../2021", None, None),
        (None, None, None),
        ("hier", "1/0", None),
        ("2021-02-30", "2022", "../2022"),
    ],
)
def test_a_period_is_told_as_far_as_it_is_known(start, end, coverage) -> None:
    entry = redescribed(records.with_file(), covers=covering(start, end))
    assert told(entry).get("temporalCoverage") == coverage


def test_on_a_past_day_nothing_is_dated_after_it() -> None:
    then = records.as_of(date(2022, 1, 2))
    document = told(records.with_file(), context=then)
    assert document["dateModified"] == document["dateCreated"] == "2022-01-01T23:00:00Z"
    assert document["datePublished"] == document["sdDatePublished"] == "2022-01-02"
    catalogue = schemaorg.catalogue([], then, "fr")["@graph"][1]
    assert catalogue["dateModified"] == "2022-01-01T23:00:00Z"


def test_what_is_unsafe_or_unnamed_is_left_out() -> None:
    entry = replace(
        redescribed(
            records.with_file(),
            publisher="",
            landing_page="javascript:alert(1)",
            licence="javascript:alert(1)",
            title=Words.of(fr="\x00"),
            keywords=("\x01", "bon"),
            resources=(
                Resource.model_construct(url="javascript:alert(1)"),
                Resource.model_construct(
                    url="https://data.example/x", download_url="data:,x", licence="nul"
                ),
            ),
        ),
        steward=None,
    )
    document = told(entry)
    assert "javascript" not in json.dumps(document)
    assert "publisher" not in document
    assert (document["name"], document["keywords"]) == ("with-file", ["bon"])
    (one,) = document["distribution"]
    assert (one["contentUrl"], one["license"]) == ("https://data.example/x", OPEN_LICENCE)


def test_a_licence_of_its_own_is_kept_and_a_steward_stands_in() -> None:
    named = "https://licence.example/1"
    entry = replace(
        redescribed(records.with_file(), licence=named, publisher=""), steward="ministere"
    )
    assert told(entry)["license"] == named
    assert told(entry)["publisher"] == {
        "@type": "GovernmentOrganization",
        "@id": f"{BASE}/catalog#publisher-ministere",
        "name": "Ministère de la Justice",
    }


def test_a_description_has_a_length_that_search_engines_take() -> None:
    short = replace(
        redescribed(records.planned(), title=Words.of(fr="x"), description=Words.of(fr="y")),
        deadline=None,
    )
    for language in ("fr", "en"):
        assert 50 <= len(told(short, language)["description"]) <= 5000
    long = redescribed(records.planned(), description=Words.of(fr="mot " * 5000))
    assert len(told(long)["description"]) == 5000
    assert told(long)["description"].endswith("…")


def test_the_site_and_the_catalogue_are_told_with_the_openings_of_the_page() -> None:
    entries = [records.planned(), records.moved()]
    site, catalogue = schemaorg.catalogue(entries, CONTEXT, "en")["@graph"]
    assert (site["@type"], site["url"]) == ("WebSite", f"{BASE}/")
    assert ("potentialAction" in site) == ("q" in PARAMETERS)
    assert catalogue["@type"] == "DataCatalog"
    assert catalogue["@id"] == told(entries[0])["includedInDataCatalog"]["@id"]
    assert catalogue["dataset"] == [
        {"@id": f"{BASE}/openings/planned"},
        {"@id": f"{BASE}/openings/moved"},
    ]
    assert catalogue["license"] == OPEN_LICENCE
    assert catalogue["dateModified"] == "2026-11-20T09:00:00Z"
    empty = replace(CONTEXT, head=replace(CONTEXT.head, recorded_at=None))
    assert "dateModified" not in schemaorg.catalogue([], empty, "fr")["@graph"][1]


def test_a_search_is_offered_where_lists_take_words() -> None:
    offered = schemaorg.search(CONTEXT, ("q",))
    assert offered
    assert offered["target"]["urlTemplate"] == f"{BASE}/?q={{search_term_string}}"
    assert schemaorg.search(CONTEXT, ("page",)) is None


HOSTILE = ("</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u2028\u2029", "&lt;")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_can_end_its_block(text: str) -> None:
    entry = redescribed(records.planned(), title=Words.of(fr=text), keywords=(text,))
    block = schemaorg.block(told(entry))
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(block) == told(entry)


@given(st.text(alphabet=st.characters()))
def test_a_block_holds_any_text_and_is_read_back_whole(text: str) -> None:
    block = schemaorg.block({"name": text})
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(block) == {"name": text}
    block.encode()


def test_a_moment_to_come_is_told_as_the_beginning_of_the_day_asked() -> None:
    before = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)
    assert CONTEXT.by_then(before) == before
    after = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert CONTEXT.by_then(after) == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
