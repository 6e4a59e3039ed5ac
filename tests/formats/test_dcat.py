"""Openings as DCAT-AP: the mapping."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from rdflib import RDF, RDFS, SKOS, XSD, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF
from rdflib.term import BNode
from slugify import slugify

from app.domain.claims import Contact, Resource
from app.domain.codes import HVD_CATEGORIES
from app.domain.commitments import Commitment
from app.domain.context import OPEN_LICENCE
from app.domain.states import STATES
from app.domain.values import Title, Words
from app.formats import dcat
from app.formats.concepts import CC_BY, HVD_KEYWORDS
from app.formats.document import category_label, label
from tests.domain.histories import due, state
from tests.entries import covering, redescribed
from tests.formats import records
from tests.formats.graphs import (
    ADMS,
    CATALOG,
    DCATAP,
    ELI,
    EU,
    HVD,
    HYDRA,
    SCHEMA,
    VCARD,
    feed,
    it,
    value,
    words,
)
from tests.formats.records import BASE, CONTEXT, every, page, read, told


def test_a_planned_opening_is_a_dataset_without_a_distribution() -> None:
    graph = told(records.planned())
    this = it("planned")
    assert set(graph.objects(this, RDF.type)) == {DCAT.Dataset, DCAT.Resource}
    assert list(graph.objects(this, DCAT.distribution)) == []
    assert list(graph.objects(this, DCTERMS.issued)) == []
    assert value(graph, this, DCTERMS.available) == Literal("2023-06-30", datatype=XSD.date)
    assert value(graph, this, DCTERMS.type) == DCTYPE_DATASET
    assert words(graph, DCTYPE_DATASET, SKOS.prefLabel) == "Jeu de données"
    assert value(graph, this, DCAT.theme) == EU["data-theme/JUST"]
    assert value(graph, this, DCTERMS.language) == EU["language/FRA"]
    assert value(graph, this, DCTERMS.spatial) == EU["country/FRA"]
    assert value(graph, this, DCTERMS.accessRights) == EU["access-right/PUBLIC"]
    assert value(graph, this, DCTERMS.created) == Literal(records.RECORDED)
    assert value(graph, this, DCTERMS.modified) == Literal(records.RECORDED)


DCTYPE_DATASET = URIRef("http://purl.org/dc/dcmitype/Dataset")


@pytest.mark.parametrize(
    ("make", "status", "keyword"),
    [
        (records.planned, "DEVELOP", "ouverture-planifiee"),
        (records.in_part, "DEVELOP", "ouverture-partielle"),
        (records.with_file, "COMPLETED", "ouverture-realisee"),
        (records.suspended, "DEVELOP", "ouverture-suspendue"),
        (records.suspended_once_open, "WITHDRAWN", "ouverture-suspendue"),
        (records.abandoned, "WITHDRAWN", "ouverture-abandonnee"),
        (records.withdrawn, "WITHDRAWN", "ouverture-retiree"),
        (records.not_available, None, "ouverture-demandee"),
    ],
)
def test_a_state_is_a_status_of_the_eu_one_of_ours_and_a_keyword(make, status, keyword) -> None:
    entry = make()
    graph, this = told(entry), it(entry.slug)
    ours = URIRef(f"{BASE}/catalog#state-{entry.state}")
    eu = {EU[f"dataset-status/{status}"]} if status else set()
    assert set(graph.objects(this, ADMS.status)) == eu | {ours}
    assert words(graph, ours, SKOS.prefLabel) == label(entry.state).fr
    assert (this, DCAT.keyword, Literal(keyword, lang="fr")) in graph


def test_every_state_and_every_type_has_its_row() -> None:
    assert set(dcat.STATES) == set(STATES)
    assert set(dcat.TYPES) == {"dataset", "api", "source_code"}


def test_a_state_and_a_type_of_another_version_are_told_as_far_as_they_can_be() -> None:
    entry = replace(
        redescribed(records.planned(), access_rights="odd"),
        state="dreamt",
        type="dream",
        announcement=None,
    )
    graph = told(entry)
    assert words(graph, it("planned"), DCTERMS.description).startswith("[dreamt] ")
    assert list(graph.objects(it("planned"), DCAT.keyword)) == []
    assert list(graph.objects(it("planned"), DCTERMS.type)) == []
    assert list(graph.objects(it("planned"), DCTERMS.accessRights)) == []


@pytest.mark.parametrize(
    ("make", "description"),
    [
        (
            records.planned,
            (
                "[Planifié, échéance T2 2023] Décisions n° planned. "
                "Échéance fixée par : Feuille de route 2021-2024."
            ),
        ),
        (
            records.moved,
            (
                "[Planifié, échéance 30 septembre 2026] Décisions n° moved. "
                "Échéance fixée par : Arrêté du 29 août 2025."
            ),
        ),
        (records.with_file, "[Disponible depuis le 30 juin 2022] Les décisions."),
        (
            records.in_part,
            (
                "[Partiellement disponible depuis le 31 décembre 2023, échéance T4 2026] "
                "Décisions n° in-part. Échéance fixée par : Feuille de route 2021-2024."
            ),
        ),
        (
            records.divided,
            (
                "[Planifié, échéance 31 décembre 2028] Décisions n° divided. "
                "Échéance fixée par : Arrêté du 29 août 2025. "
                "Parties : Contraventions : Planifié, échéance 31 décembre 2027 ; "
                "Délits : Planifié, échéance 31 décembre 2028."
            ),
        ),
        (
            records.undated,
            (
                "[Planifié, sans échéance] Décisions n° undated. "
                "Échéance retirée par : Arrêté du 29 août 2025."
            ),
        ),
        (
            records.abandoned,
            (
                "[Abandonné le 1er juillet 2022] Décisions n° abandoned. "
                "Échéance fixée par : Feuille de route 2021-2024."
            ),
        ),
        (records.not_available, "[Non disponible] Décisions n° not-available."),
        (
            records.withdrawn,
            (
                "[Retiré le 1er janvier 2023] Décisions n° withdrawn. "
                "Échéance fixée par : Feuille de route 2021-2024."
            ),
        ),
        (
            records.suspended,
            (
                "[À l’arrêt depuis le 1er juillet 2022, échéance T2 2023] Décisions n° suspended. "
                "Échéance fixée par : Feuille de route 2021-2024."
            ),
        ),
        (
            records.restricted,
            (
                "[Planifié, échéance T2 2023] Décisions n° restricted. "
                "Échéance fixée par : Feuille de route 2021-2024. "
                "Accès restreint : Aux avocats, par l’article L. 111-13."
            ),
        ),
    ],
)
def test_the_description_opens_with_the_state_in_words(make, description: str) -> None:
    entry = make()
    graph, this = told(entry), it(entry.slug)
    assert words(graph, this, DCTERMS.description).replace("\u00a0", " ") == description


def test_english_is_told_where_the_entry_has_english_of_its_own() -> None:
    graph = told(records.with_file())
    english = words(graph, it("with-file"), DCTERMS.description, "en")
    assert english == "[Available since 30 June 2022] The decisions."
    french_only = told(records.planned())
    assert not [v for v in french_only.objects(it("planned")) if getattr(v, "language", "") == "en"]


def test_a_deadline_history_is_told_in_words_with_a_link_to_the_log() -> None:
    graph = told(records.moved())
    history = value(graph, it("moved"), DCTERMS.provenance)
    assert value(graph, history, RDF.type) == DCTERMS.ProvenanceStatement
    assert words(graph, history, RDFS.label) == (
        "Première échéance : 30 juin 2023 (Arrêté du 28 avril 2021). "
        "Reportée du 30 juin 2023 au 30 septembre 2025 (+823 jours) (unknown-text). "
        "Reportée du 30 septembre 2025 au 30 septembre 2026 (+365 jours) (Arrêté du 29 août 2025). "
        "Décalage total : +1 188 jours."
    )
    log = f"{BASE}/api/v1/openings/moved/events"
    assert value(graph, history, RDFS.seeAlso) == URIRef(log)
    assert list(told(records.planned()).objects(None, DCTERMS.provenance)) == []


def test_a_deadline_may_be_brought_forward_or_withdrawn() -> None:
    title = {"fr": "Décisions", "en": "Decisions"}
    forward = records.opening(
        "forward", due("2022-01-01", "2023-06-29", text=None), title=title, deadline="2023-06-30"
    )
    graph = told(forward)
    history = value(graph, it("forward"), DCTERMS.provenance)
    assert words(graph, history, DCTERMS.description, "en") == (
        "First deadline: 30 June 2023 (Feuille de route 2021-2024). "
        "Brought forward from 30 June 2023 to 29 June 2023 (−1 day). Slip in all: −1 day."
    )
    graph = told(records.undated())
    history = value(graph, it("undated"), DCTERMS.provenance)
    assert words(graph, history, RDFS.label) == (
        "Première échéance : T2 2023 (Feuille de route 2021-2024). "
        "Échéance du 30 juin 2023 retirée (Arrêté du 29 août 2025)."
    )
    orphan = replace(records.undated(), first_deadline=None)
    label = words(told(orphan), history, RDFS.label)
    assert label == "Échéance du 30 juin 2023 retirée (Arrêté du 29 août 2025)."


def test_who_took_a_deadline_away_may_be_unknown() -> None:
    entry = records.undated()
    silent = replace(entry, moves=tuple(replace(move, text=None) for move in entry.moves))
    description = words(told(silent), it("undated"), DCTERMS.description)
    assert description == "[Planifié, sans échéance] Décisions n° undated."


@pytest.mark.parametrize(
    ("make", "available", "issued"),
    [
        (records.planned, "2023-06-30", None),
        (records.with_file, "2022-06-30", "2022-06-30"),
        (records.in_part, "2023-12-31", "2023-12-31"),
        (records.withdrawn, "2022-01-01", "2022-01-01"),
        (records.abandoned, None, None),
        (records.undated, None, None),
    ],
)
def test_the_day_it_is_or_was_to_be_had(make, available, issued) -> None:
    entry = make()
    graph = told(entry)
    days = [
        [str(one) for one in graph.objects(it(entry.slug), name)]
        for name in (DCTERMS.available, DCTERMS.issued)
    ]
    assert days == [[one] if one else [] for one in (available, issued)]


def test_what_was_open_in_part_is_available_from_the_day_that_all_of_it_is() -> None:
    entry = records.opening(
        "slow",
        state("2023-12", "partially_available"),
        state("2025-09-30", "available"),
    )
    graph = told(entry)
    assert value(graph, it("slow"), DCTERMS.issued) == Literal(date(2023, 12, 31))
    assert value(graph, it("slow"), DCTERMS.available) == Literal(date(2025, 9, 30))


def test_a_file_is_a_distribution() -> None:
    graph = told(records.with_file())
    file = value(graph, it("with-file"), DCAT.distribution)
    assert words(graph, file, DCTERMS.title) == "Toutes les décisions"
    assert words(graph, file, DCTERMS.title, "en") == "All decisions"
    assert value(graph, file, DCAT.accessURL) == URIRef("https://data.example/decisions")
    assert value(graph, file, DCAT.downloadURL) == URIRef("https://data.example/decisions.csv")
    assert value(graph, file, DCTERMS.format) == EU["file-type/CSV"]
    assert value(graph, EU["file-type/CSV"], RDFS.label) == Literal("csv")
    media = URIRef("https://www.iana.org/assignments/media-types/text/csv")
    assert value(graph, file, DCAT.mediaType) == media
    assert value(graph, media, RDFS.label) == Literal("text/csv")
    size = Literal("1024", datatype=XSD.nonNegativeInteger)
    assert value(graph, file, DCAT.byteSize) == size
    assert list(graph.objects(file, ADMS.status)) == []
    assert value(graph, file, DCATAP.availability) == EU["planned-availability/STABLE"]
    assert value(graph, file, FOAF.page) == URIRef("https://data.example/help")


@pytest.mark.parametrize(
    ("format_", "media_type", "told_"),
    [
        ("RDF_TURTLE", None, ("RDF_TURTLE", "ttl", "text/turtle")),
        (None, "application/json", ("JSON", "json", "application/json")),
        ("WMS_SRVC", None, ("WMS_SRVC", "wms", None)),
        (None, "application/vnd.apache.parquet", (None, None, "application/vnd.apache.parquet")),
        ("CSV", "application/gzip", ("CSV", "csv", "application/gzip")),
        (None, None, (None, None, None)),
    ],
)
def test_a_format_and_a_media_type_stand_for_each_other(format_, media_type, told_) -> None:
    """CKAN shows a format by its media type, udata by its label alone."""
    file = Resource.model_construct(
        url="https://data.example/x", format=format_, media_type=media_type
    )
    graph = told(redescribed(records.with_file(), resources=(file,)))
    formats = [str(one).rpartition("/")[2] for one in graph.objects(None, DCTERMS.format)]
    labels = [str(graph.value(one, RDFS.label)) for one in graph.objects(None, DCTERMS.format)]
    media = [str(one).partition("media-types/")[2] for one in graph.objects(None, DCAT.mediaType)]
    assert (formats, labels, media) == tuple([one] if one else [] for one in told_)


@pytest.mark.parametrize(
    "iri",
    [
        *("http://intranet/x", "http://localhost/x", "http://10.0.0.1/x", "http://srv.local/x"),
        *(
            "https://a.xn--p1ai/",
            "https://a.example:8/",
            "https://A.example/",
            "https://a.example#b",
        ),
        *("javascript:alert(1)", "https://me:secret@a.example/"),
    ],
)
def test_an_address_that_a_harvester_refuses_costs_itself_alone(iri: str) -> None:
    """Udata drops a whole dataset, or service, for one of its addresses."""
    odd = (
        records.with_api()
        .described.resources[0]
        .model_copy(update={"documentation": iri, "licence": iri})
    )
    entry = redescribed(
        records.with_api(),
        resources=(
            odd,
            Resource.model_construct(url=iri),
            Resource.model_construct(url=iri, kind="api"),
        ),
        landing_page=iri,
        licence=iri,
        contact=Contact.model_construct(name="Bureau", url=iri),
    )
    graph = told(entry)
    assert URIRef(iri) not in {*graph.objects(), *graph.subjects()}
    assert len(list(graph.subjects(RDF.type, DCAT.Distribution))) == 1
    assert len(list(graph.subjects(RDF.type, DCAT.DataService))) == 1
    assert value(graph, it("with-api"), DCAT.landingPage) == URIRef(f"{it('with-api')}.html")


def test_an_api_is_a_dataset_a_distribution_and_a_service() -> None:
    graph = told(records.with_api())
    this, service = it("with-api"), URIRef(records.place(records.with_api(), "service"))
    assert value(graph, this, DCTERMS.type) == URIRef("http://purl.org/dc/dcmitype/Service")
    distribution = value(graph, this, DCAT.distribution)
    assert value(graph, distribution, DCAT.accessURL) == URIRef("https://api.example/v1")
    assert value(graph, service, DCAT.endpointURL) == URIRef("https://api.example/v1")
    description = URIRef("https://api.example/openapi.json")
    assert value(graph, service, DCAT.endpointDescription) == description
    assert value(graph, service, DCTERMS.publisher) == value(graph, this, DCTERMS.publisher)


@pytest.mark.parametrize("state", ["planned", "in_progress", "not_available", "suspended"])
def test_an_api_that_does_not_answer_yet_is_nothing_to_be_had_whatever_its_place(
    state: str,
) -> None:
    for resources in ((), records.with_api().described.resources):
        entry = replace(
            redescribed(records.with_api(), resources=resources), state=state, opened_on=None
        )
        graph = feed(page(entry))
        assert list(graph.subjects(RDF.type, DCAT.DataService)) == []
        assert list(graph.objects(CATALOG, DCAT.service)) == []
        assert list(graph.objects(it("with-api"), DCAT.distribution)) == []


def test_a_service_says_where_it_is_explained() -> None:
    service = URIRef(records.place(records.with_api(), "service"))
    graph = told(records.with_api())
    assert value(graph, service, FOAF.page) == URIRef("https://api.example/openapi.json")
    bare = redescribed(
        records.with_api(),
        resources=(Resource.model_construct(url="https://api.example", kind="api"),),
    )
    graph, service = told(bare), URIRef(records.place(bare, "service"))
    assert value(graph, service, FOAF.page) == URIRef(f"{it('with-api')}.html")
    assert list(graph.objects(service, DCAT.endpointDescription)) == []


def test_what_stands_still_is_published_only_if_it_had_been_open() -> None:
    resources = records.with_file().described.resources
    for entry, published in ((records.suspended(), False), (records.suspended_once_open(), True)):
        graph = told(redescribed(entry, resources=resources))
        assert bool(list(graph.objects(it(entry.slug), DCAT.distribution))) is published


# What is open by the regulation on high-value datasets.


def test_what_is_of_high_value_says_so_everywhere_that_the_annex_asks() -> None:
    graph = told(records.of_high_value())
    this, service = (
        it("of-high-value"),
        URIRef(records.place(records.of_high_value(), "service", 2)),
    )
    categories = {HVD["c_8f0fac04"], HVD["c_a9135398"]}
    law = URIRef("http://data.europa.eu/eli/reg_impl/2023/138/oj")
    for thing in (this, service):
        assert set(graph.objects(thing, DCATAP.hvdCategory)) == categories
        assert HVD["c_a9135398"] in set(graph.objects(thing, DCAT.theme))
        assert HVD["c_8f0fac04"] not in set(graph.objects(thing, DCAT.theme))
        assert value(graph, thing, DCATAP.applicableLegislation) == law
    for distribution in graph.objects(this, DCAT.distribution):
        assert value(graph, distribution, DCATAP.applicableLegislation) == law
        assert list(graph.objects(distribution, DCATAP.hvdCategory)) == []
    assert (law, RDF.type, ELI.LegalResource) in graph
    six, within = HVD["c_a9135398"], HVD["c_8f0fac04"]
    assert words(graph, six, SKOS.prefLabel) == "Entreprises et propriété d’entreprises"
    assert words(graph, within, SKOS.prefLabel, "en") == "Company documents and accounts"


def test_udata_and_ckan_know_a_high_value_dataset_by_keywords() -> None:
    """Udata makes tags of them, slugged; by `hvd` it gives its badge, by the other the category."""
    told_ = {str(one) for one in told(records.of_high_value()).objects(None, DCAT.keyword)}
    assert told_ == {
        *("ouverture-realisee", "nouvelle-ouverture", "entreprises"),
        *("hvd", "entreprises-et-propriete-dentreprises"),
    }
    six = {category.top for category in HVD_CATEGORIES.values()}
    for code in six:
        label = (category_label(code).fr or "").replace("’", "")
        assert HVD_KEYWORDS[code] == ("hvd", slugify(label))


def test_what_is_not_of_high_value_does_not_say_so() -> None:
    graph = told(redescribed(records.with_api(), hvd_categories=("c_0", "JUST")))
    assert list(graph.subject_objects(DCATAP.hvdCategory)) == []
    assert list(graph.subject_objects(DCATAP.applicableLegislation)) == []
    assert "hvd" not in {str(one) for one in graph.objects(None, DCAT.keyword)}


# Themes, access, licences.


@pytest.mark.parametrize(
    ("themes", "expected"),
    [((), {"JUST"}), (("GOVE", "REGI"), {"GOVE", "REGI"}), (("LAW",), {"JUST"})],
)
def test_themes_are_those_of_the_eu_and_justice_where_none_is_known(themes, expected) -> None:
    graph = told(redescribed(records.with_api(), themes=themes))
    for thing in (it("with-api"), URIRef(records.place(records.with_api(), "service"))):
        found = set(graph.objects(thing, DCAT.theme))
        assert found == {EU[f"data-theme/{code}"] for code in expected}
        for theme in found:
            assert words(graph, theme, SKOS.prefLabel)
            assert words(graph, theme, SKOS.prefLabel, "en")


def test_what_restricts_access_is_told_in_words_of_the_dataset_and_of_what_can_be_had() -> None:
    conditions = Words.of(fr="Aux avocats", en="For lawyers")
    entry = redescribed(
        records.with_api(), access_rights="restricted", access_conditions=conditions
    )
    graph = told(entry)
    statement = value(graph, it("with-api"), DCTERMS.rights)
    assert (statement, RDF.type, DCTERMS.RightsStatement) in graph
    assert words(graph, statement, RDFS.label) == "Aux avocats"
    assert words(graph, statement, RDFS.label, "en") == "For lawyers"
    for thing in (*graph.objects(None, DCAT.distribution), *graph.subjects(DCAT.servesDataset)):
        assert value(graph, thing, DCTERMS.rights) == statement
    assert list(told(records.with_api()).subject_objects(DCTERMS.rights)) == []


@pytest.mark.parametrize(
    ("rights", "conditions", "end"),
    [
        ("public", Words(), ""),
        ("restricted", Words(), " Accès restreint."),
        ("non_public", Words(), " Accès non public."),
        ("restricted", Words.of(fr="Aux avocats."), " Accès restreint : Aux avocats."),
        ("public", Words.of(fr="Après inscription"), " Accès : Après inscription."),
        ("odd", Words(), ""),
    ],
)
def test_the_description_ends_with_who_may_have_it(rights: str, conditions, end: str) -> None:
    plain = words(told(records.planned()), it("planned"), DCTERMS.description)
    entry = redescribed(records.planned(), access_rights=rights, access_conditions=conditions)
    assert words(told(entry), it("planned"), DCTERMS.description) == plain + end


@pytest.mark.parametrize(
    ("rights", "keyword"),
    [("restricted", "acces-restreint"), ("non_public", "acces-non-public"), ("public", None)],
)
def test_a_keyword_says_that_not_everyone_may_have_it(rights: str, keyword: str | None) -> None:
    """Udata shows every dataset as open."""
    found = told(redescribed(records.planned(), access_rights=rights)).objects(None, DCAT.keyword)
    assert {str(one) for one in found if str(one).startswith("acces-")} == {keyword} - {None}


def test_no_keyword_declares_what_a_field_declares() -> None:
    entry = redescribed(records.planned(), keywords=("hvd", "inspire", "justice"))
    found = {str(one) for one in told(entry).objects(None, DCAT.keyword)}
    assert found & {"hvd", "inspire", "justice"} == {"justice"}


def test_what_looks_like_a_tag_in_a_description_is_none() -> None:
    """Udata would take the description for HTML, and drop what seems to be a tag."""
    entry = redescribed(records.planned(), description=Words.of(fr="Si a <b et 1 < 2 </i> <!-- x"))
    assert "Si a < b et 1 < 2 < /i> < !-- x" in words(
        told(entry), it("planned"), DCTERMS.description
    )


@pytest.mark.parametrize(
    ("named", "recognised"),
    [
        ("https://spdx.org/licenses/etalab-2.0", OPEN_LICENCE),
        ("https://www.data.gouv.fr/pages/legal/licences/etalab-2.0", OPEN_LICENCE),
        ("https://spdx.org/licenses/CC-BY-4.0", CC_BY),
        ("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0", CC_BY),
        ("https://spdx.org/licenses/MIT", "https://spdx.org/licenses/MIT"),
    ],
)
def test_the_licence_of_an_opening_is_that_of_the_dataset_as_it_is_recognised(
    named: str, recognised: str
) -> None:
    graph = told(
        redescribed(
            records.with_file(),
            licence=named,
            resources=(Resource.model_construct(url="https://a.eu/"),),
        )
    )
    file = value(graph, it("with-file"), DCAT.distribution)
    for thing in (it("with-file"), file):
        assert value(graph, thing, DCTERMS.license) == URIRef(recognised)
    assert list(told(records.planned()).objects(it("planned"), DCTERMS.license)) == []


def test_a_source_code_has_the_licences_of_its_repositories_in_schema_org_too() -> None:
    graph = told(records.with_code())
    assert value(graph, it("with-code"), SCHEMA.license) == URIRef("https://spdx.org/licenses/MIT")
    bare = redescribed(
        records.with_code(),
        resources=(Resource.model_construct(url="https://code.example", kind="repository"),),
        licence="https://spdx.org/licenses/EUPL-1.2",
    )
    assert value(told(bare), it("with-code"), SCHEMA.license) == URIRef(
        bare.described.licence or ""
    )
    ahead = replace(redescribed(bare, resources=()), state="planned")
    assert value(told(ahead), it("with-code"), SCHEMA.license) == URIRef(
        bare.described.licence or ""
    )
    unknown = redescribed(bare, licence=None)
    assert list(told(unknown).objects(None, SCHEMA.license)) == []
    assert list(told(records.with_file()).objects(None, SCHEMA.license)) == []


def test_a_file_type_that_the_eu_does_not_have_is_left_out() -> None:
    resource = Resource.model_construct(
        url="https://a.example", format="PARQUET", media_type="application/x"
    )
    graph = told(redescribed(records.with_file(), resources=(resource,)))
    assert list(graph.subject_objects(DCTERMS.format)) == []
    assert len(list(graph.subject_objects(DCAT.mediaType))) == 1


def test_a_record_has_a_title_an_identifier_and_a_profile() -> None:
    graph = told(records.planned())
    record = URIRef(f"{it('planned')}#record")
    assert value(graph, record, DCTERMS.identifier) == Literal("planned#record")
    assert words(graph, record, DCTERMS.title) == "Décisions n° planned"
    profile = value(graph, record, DCTERMS.conformsTo)
    assert profile == URIRef("https://semiceu.github.io/DCAT-AP/releases/3.0.1")
    assert (profile, RDF.type, DCTERMS.Standard) in graph


def test_an_authority_without_a_name_is_told_by_its_slug() -> None:
    nameless = replace(records.COURT, name=Title.of("\x00"))
    context = replace(CONTEXT, organizations={"cour": nameless})
    graph = told(records.planned(), context)
    agent = value(graph, it("planned"), DCTERMS.publisher)
    assert value(graph, agent, FOAF.name) == Literal("cour")


def test_a_source_code_is_told_in_schema_org_too() -> None:
    graph = told(records.with_code())
    this = it("with-code")
    assert set(graph.objects(this, RDF.type)) == {
        DCAT.Dataset,
        DCAT.Resource,
        SCHEMA.SoftwareSourceCode,
    }
    assert value(graph, this, SCHEMA.codeRepository) == URIRef("https://code.example/sources")
    assert value(graph, this, DCTERMS.type) == URIRef("http://purl.org/dc/dcmitype/Software")


def test_what_is_announced_with_its_place_is_not_to_be_had_there_yet() -> None:
    ahead = redescribed(
        records.planned(), resources=(Resource.model_construct(url="https://data.example/soon"),)
    )
    graph = told(ahead)
    assert list(graph.objects(None, DCAT.distribution)) == []
    assert URIRef("https://data.example/soon") not in set(graph.objects())


@pytest.mark.parametrize("make", [records.abandoned, records.withdrawn])
def test_what_is_abandoned_or_withdrawn_stays_without_its_distributions(make) -> None:
    entry = redescribed(make(), resources=records.with_file().described.resources)
    graph = told(entry)
    assert (it(entry.slug), RDF.type, DCAT.Dataset) in graph
    assert list(graph.objects(None, DCAT.distribution)) == []


def test_a_publisher_is_an_agent_with_its_names() -> None:
    graph = told(records.planned())
    agent = value(graph, it("planned"), DCTERMS.publisher)
    assert agent == URIRef(f"{BASE}/catalog#publisher-cour")
    assert value(graph, agent, RDF.type) == FOAF.Agent
    assert words(graph, agent, FOAF.name) == "Cour de cassation"
    assert words(graph, agent, FOAF.name, "en") == "Court of Cassation"


def test_without_a_publisher_the_steward_stands_and_without_both_nobody() -> None:
    stewarded = told(redescribed(records.planned(), publisher=""))
    agent = value(stewarded, it("planned"), DCTERMS.publisher)
    assert words(stewarded, agent, FOAF.name) == "Ministère de la Justice"
    orphan = told(replace(redescribed(records.planned(), publisher=""), steward=None))
    assert list(orphan.objects(it("planned"), DCTERMS.publisher)) == []
    stray = told(redescribed(records.planned(), publisher="nobody knows"))
    agent = value(stray, it("planned"), DCTERMS.publisher)
    assert agent == URIRef(f"{BASE}/catalog#publisher-nobody%20knows")
    assert words(stray, agent, FOAF.name) == "nobody knows"


def test_a_contact_is_that_of_the_entry_or_of_the_register() -> None:
    graph = told(records.with_file())
    contact = value(graph, it("with-file"), DCAT.contactPoint)
    assert value(graph, contact, RDF.type) == VCARD.Kind
    assert value(graph, contact, VCARD.fn) == Literal("Service")
    assert value(graph, contact, VCARD.hasEmail) == URIRef("mailto:service@data.example")
    graph = told(records.planned())
    contact = value(graph, it("planned"), DCAT.contactPoint)
    assert contact == URIRef(f"{BASE}/catalog#contact")
    assert value(graph, contact, VCARD.hasEmail) == URIRef("mailto:registre@ouvertures.example")
    by_page = told(records.planned(), replace(CONTEXT, contact="https://errors.example/"))
    assert value(by_page, contact, VCARD.hasURL) == URIRef("https://errors.example/")


def test_a_contact_named_only_is_not_given_the_register_s_mail() -> None:
    graph = told(
        redescribed(
            records.planned(),
            contact=Contact.model_construct(name="Service", email="no mail", url="javascript:x"),
        )
    )
    contact = value(graph, it("planned"), DCAT.contactPoint)
    assert set(graph.predicates(contact)) == {RDF.type, VCARD.fn, VCARD.hasURL}


def test_the_landing_page_is_the_thing_s_own_or_else_ours() -> None:
    graph = told(records.with_file())
    assert value(graph, it("with-file"), DCAT.landingPage) == URIRef("https://data.example/")
    assert value(graph, it("with-file"), FOAF.page) == URIRef(f"{it('with-file')}.html")
    graph = told(redescribed(records.planned(), landing_page="javascript:alert(1)"))
    assert value(graph, it("planned"), DCAT.landingPage) == URIRef(f"{it('planned')}.html")


def test_access_may_be_restricted() -> None:
    graph = told(records.restricted())
    rights = value(graph, it("restricted"), DCTERMS.accessRights)
    assert rights == EU["access-right/RESTRICTED"]
    assert words(graph, rights, RDFS.label) == "Accès restreint"


def test_the_period_covered_has_days_and_no_address_that_udata_would_fetch() -> None:
    graph = told(records.with_file())
    period = value(graph, it("with-file"), DCTERMS.temporal)
    assert isinstance(period, BNode)
    assert value(graph, period, DCAT.startDate) == Literal(date(1947, 1, 1))
    assert value(graph, period, DCAT.endDate) == Literal(date(2021, 9, 30))


@pytest.mark.parametrize(
    ("covers", "start", "end"),
    [
        (covering("2020", None), ["2020-01-01"], []),
        (covering(None, "2020-02"), [], ["2020-02-29"]),
        (covering("../2020", "../2021"), [], ["2021-12-31"]),
    ],
)
def test_a_period_is_told_as_far_as_it_is_known(covers, start, end) -> None:
    graph = told(redescribed(records.planned(), covers=covers))
    period = value(graph, it("planned"), DCTERMS.temporal)
    days = [[str(one) for one in graph.objects(period, n)] for n in (DCAT.startDate, DCAT.endDate)]
    assert days == [start, end]


def test_a_period_that_cannot_be_read_is_left_out() -> None:
    graph = told(redescribed(records.planned(), covers=covering("jadis", "1066")))
    assert list(graph.objects(None, DCTERMS.temporal)) == []


def test_each_entry_has_its_record() -> None:
    graph = feed()
    for entry in every().entries:
        record = URIRef(f"{it(entry.slug)}#record")
        assert value(graph, record, FOAF.primaryTopic) == it(entry.slug)
        assert value(graph, record, DCTERMS.issued) == Literal(records.RECORDED)
        assert (CATALOG, DCAT.record, record) in graph


def test_the_catalogue_says_what_it_is() -> None:
    graph = feed()
    assert set(graph.objects(CATALOG, RDF.type)) == {DCAT.Catalog, HYDRA.Collection}
    assert words(graph, CATALOG, DCTERMS.title).startswith("Ouvertures")
    assert words(graph, CATALOG, DCTERMS.description, "en").startswith("The datasets, APIs")
    assert value(graph, CATALOG, DCAT.themeTaxonomy) == EU["data-theme"]
    assert value(graph, CATALOG, DCTERMS.language) == EU["language/FRA"]
    assert value(graph, CATALOG, DCTERMS.modified) == Literal(records.RECORDED)
    assert value(graph, CATALOG, FOAF.homepage) == URIRef(f"{BASE}/")
    publisher = value(graph, CATALOG, DCTERMS.publisher)
    assert words(graph, publisher, FOAF.name) == "Ouvertures"


def test_an_empty_register_has_no_day_of_change() -> None:
    empty = replace(CONTEXT, head=replace(CONTEXT.head, recorded_at=None))
    graph = read(dcat.turtle(dcat.catalogue(page(), empty)))
    assert list(graph.objects(CATALOG, DCTERMS.modified)) == []
    assert value(graph, CATALOG, HYDRA.totalItems) == Literal(0)


def test_nothing_internal_is_told() -> None:
    secret = redescribed(records.planned(), budget_status="TENU", steering_unit="BUREAU")
    body = dcat.ntriples(dcat.opening(secret, CONTEXT)).decode()
    assert "TENU" not in body
    assert "BUREAU" not in body


def test_an_entry_that_cannot_be_told_keeps_its_name_and_costs_nobody_else() -> None:
    broken = replace(records.planned(), slug="a\ud800")
    odd = replace(redescribed(records.planned(), covers=None), slug="odd")
    entries: list[Commitment] = [records.moved(), broken, odd, records.action(), records.with_api()]
    graph = dcat.catalogue(page(*entries), CONTEXT)
    assert graph.set_apart == ("a\ud800", "odd", "A16")
    feed = read(dcat.turtle(graph))
    assert set(feed.objects(CATALOG, DCAT.dataset)) == {it("moved"), it("odd"), it("with-api")}
    assert words(feed, it("odd"), DCTERMS.title) == "odd"
    assert words(feed, it("odd"), DCTERMS.description) == dcat.NOT_TOLD.fr
    assert value(feed, it("odd"), DCTERMS.identifier) == Literal("odd")
    assert value(feed, it("odd"), DCTERMS.publisher) == value(feed, it("moved"), DCTERMS.publisher)


def test_an_action_has_no_dcat() -> None:
    with pytest.raises(ValueError, match="no DCAT"):
        dcat.opening(records.action(), CONTEXT)


def test_one_opening_says_of_itself_what_the_catalogue_says() -> None:
    whole = set(feed())
    for entry in every().entries:
        one = told(entry)
        named = {triple for triple in one if not any(isinstance(t, BNode) for t in triple)}
        assert named <= whole


def test_no_blank_node_but_the_periods() -> None:
    graph = feed()
    blank = Counter(graph.predicates(None, node) for node in set(graph.objects()))
    assert blank
    for subject, name, pointed in graph:
        if isinstance(pointed, BNode):
            assert name == DCTERMS.temporal, subject


def test_as_of_a_day_everything_is_of_that_day() -> None:
    events = records.history("moved", *records.MOVED)
    day = date(2025, 9, 2)
    entry = records.entry(events, day)
    graph = told(entry, records.as_of(day))
    assert value(graph, it("moved"), DCTERMS.available) == Literal(date(2025, 9, 30))
    assert words(graph, it("moved"), DCTERMS.description).startswith(
        "[Planifié, échéance 30 septembre 2025]"
    )
    assert value(graph, it("moved"), DCTERMS.modified) == Literal(
        datetime(2025, 9, 1, 22, tzinfo=UTC)
    )


def test_a_title_that_ends_with_a_stop_gets_no_other() -> None:
    entry = redescribed(records.planned(), title=Words.of(fr="Quoi ?"))
    description = words(told(entry), it("planned"), DCTERMS.description)
    assert "] Quoi ? Échéance" in description
