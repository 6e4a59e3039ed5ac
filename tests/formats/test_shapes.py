"""What the SHACL of DCAT-AP 3.0.1, and of its annex on high-value datasets, says of our DCAT."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pyshacl
import pytest
from rdflib import DCTERMS, RDF, SH, Graph, URIRef
from rdflib.namespace import DCAT, FOAF
from rdflib.term import Node

from tests import openings
from tests.domain.histories import written
from tests.formats import records
from tests.formats.graphs import DCATAP, feed, graph_of

FOLDER = Path(__file__).parent.parent / "dcat-ap"
DOCS = Path(__file__).parent.parent.parent / "docs" / "dcat.md"
DECISIVE = ("shapes", "range")
VOCABULARIES = "mdr-vocabularies.shape"
HVD = "hvd-SHACL"
Results = Counter[tuple[str, str]]

OF_VOCABULARIES = {
    ("Warning", "dcat:theme"): "of high value: udata reads its category there, beside a theme",
    ("Warning", "dct:publisher"): "no publisher of ours is a body of the EU",
    ("Warning", "dct:type"): "the EU has no type for a plain dataset, a service or a software",
}
RECOMMENDED = {
    ("Warning", "dcat:distribution"): "what is not open has none, and no placeholder for one",
    ("Warning", "dct:temporal"): "the period covered is not known",
    ("Warning", "dct:description"): "of a distribution: its title says it",
    ("Warning", "dct:format"): "editors do not say it, or it is an API or a repository",
    ("Warning", "dct:license"): "of a repository whose licence nobody gave: none is made up",
    ("Warning", "dct:type"): "of a licence that is not ours: what kind it is, is not known",
    ("Warning", "dct:issued"): "of the catalogue: each record says since when it is listed",
    ("Warning", "dct:conformsTo"): "of an API: which standard it follows is not asked",
    ("Warning", "dcat:startDate"): "of a period: when it begins is not known",
    ("Warning", "dcat:endDate"): "of a period: when it ends is not known, or it goes on",
    ("Warning", "adms:status"): "of a record: nobody reads it",
    ("Warning", "dcat:bbox"): "of France, whose address says it",
    ("Warning", "dcat:centroid"): "of France, whose address says it",
}
"""Every warning that is left, with the reason for it. There is no violation."""


def shapes(*names: str) -> Graph:
    graph = Graph()
    for name in names:
        graph.parse(FOLDER / "shapes" / f"{name}.ttl")
    return graph


def with_vocabularies(data: Graph) -> Graph:
    """The graph, and the controlled vocabularies that it points at."""
    for file in (FOLDER / "vocabularies").glob("*.ttl"):
        data.parse(file)
    return data


def results(data: Graph, *names: str) -> Results:
    """How often each (severity, property) is found, of top-level results only."""
    conforms, report, text = pyshacl.validate(
        data, shacl_graph=shapes(*names), inference="none", do_owl_imports=False
    )
    assert isinstance(report, Graph), text
    counted = Counter(
        (
            str(report.value(result, SH.resultSeverity)).rpartition("#")[2],
            report.qname(str(report.value(result, SH.resultPath))),
        )
        for result in report.objects(None, SH.result)
    )
    assert conforms == (not counted)
    return counted


def of_high_value(data: Graph) -> Graph:
    """Of a graph, the high-value datasets, and all that leads to or from them."""
    flagged = {s for s in data.subjects(DCATAP.hvdCategory) if (s, RDF.type, DCAT.Dataset) in data}
    kept = Graph()
    wanted: list[Node] = [*flagged]
    for name in (DCAT.servesDataset, FOAF.primaryTopic):
        wanted += [s for dataset in flagged for s in data.subjects(name, dataset)]
    while wanted:
        subject = wanted.pop()
        if (subject, None, None) not in kept:
            for triple in data.triples((subject, None, None)):
                kept.add(triple)
                wanted.append(triple[2])
    return kept


def test_a_page_with_every_kind_of_opening_has_no_violation() -> None:
    assert results(feed(), *DECISIVE) == {}


@pytest.mark.long
def test_openings_of_every_state_type_and_option_have_no_violation() -> None:
    claims = list(openings.claims(len(openings.KINDS) * 2))
    entries = [
        records.entry(written(of_one))
        for _, of_one in groupby(claims, lambda claim: claim.commitment)
    ]
    data = feed(records.page(*entries))
    assert results(data, *DECISIVE) == {}
    assert set(results(data, "shapes_recommended")) <= set(RECOMMENDED)
    assert results(of_high_value(data), HVD) == {}


def test_the_shapes_would_find_a_violation() -> None:
    data = feed()
    data.remove((None, DCTERMS.title, None))
    data.remove((None, FOAF.name, None))
    assert {"dct:title", "foaf:name"} <= names(results(data, *DECISIVE))


def test_recommendations_are_warnings_and_all_of_them_known() -> None:
    assert set(results(feed(), "shapes_recommended")) <= set(RECOMMENDED)


def test_the_controlled_vocabularies_are_used_where_one_has_the_word() -> None:
    assert set(results(with_vocabularies(feed()), VOCABULARIES)) == set(OF_VOCABULARIES)


def test_a_code_that_the_eu_does_not_have_would_be_found() -> None:
    data = feed()
    (format_, *_) = data.subjects(DCTERMS.format)
    data.set((format_, DCTERMS.format, URIRef("http://example.org/CVS")))
    assert ("Violation", "dct:format") in results(with_vocabularies(data), VOCABULARIES)


# The annex on high-value datasets.


def test_what_is_of_high_value_is_so_by_the_annex_whatever_the_reader_infers() -> None:
    data = graph_of(records.of_high_value())
    assert results(data, HVD) == {}
    assert results(data, *DECISIVE) == {}
    assert set(of_high_value(data)) == set(data)
    assert results(of_high_value(feed()), HVD) == {}


@pytest.mark.parametrize("missing", [DCATAP.hvdCategory, DCAT.contactPoint])
def test_the_annex_would_find_what_is_missing(missing: URIRef) -> None:
    data = graph_of(records.of_high_value())
    data.remove((None, missing, None))
    (name,) = names(results(data, HVD))
    assert missing.endswith(name.partition(":")[2])


# What the documentation says of it.


def listed(heading: str) -> set[str]:
    """The properties named under a heading of the documentation."""
    text = DOCS.read_text().partition(heading)[2].partition("\n## ")[0]
    return set(re.findall(r"`([a-z]+:\w+)`", text))


def names(rows: Iterable[tuple[str, str]]) -> set[str]:
    return {name for _, name in rows}


def test_every_warning_is_explained_in_the_documentation_and_no_other() -> None:
    assert listed("## What validators warn of") == names(RECOMMENDED) | names(OF_VOCABULARIES)
