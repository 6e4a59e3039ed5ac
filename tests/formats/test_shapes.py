"""What the SHACL of DCAT-AP 3.0.1 says of a page with every kind of opening."""

from collections import Counter
from pathlib import Path

import pyshacl
import pytest
from rdflib import DCTERMS, SH, Graph
from rdflib.namespace import FOAF

from app.formats import dcat
from tests.formats import records
from tests.formats.records import EDITION, read, told

FOLDER = Path(__file__).parent.parent / "dcat-ap"
DECISIVE = ("shapes", "range")


def shapes(*names: str) -> Graph:
    graph = Graph()
    for name in names:
        graph.parse(FOLDER / "shapes" / f"{name}.ttl")
    return graph


def results(data: Graph, *names: str) -> Counter[tuple[str, str]]:
    """How often each (severity, property) is found, of top-level results only."""
    conforms, report, text = pyshacl.validate(
        data, shacl_graph=shapes(*names), inference="none", do_owl_imports=False
    )
    assert isinstance(report, Graph), text
    found = Counter(
        (
            str(report.value(one, SH.resultSeverity)).rpartition("#")[2],
            report.qname(str(report.value(one, SH.resultPath))),
        )
        for one in report.objects(None, SH.result)
    )
    assert conforms == (not found)
    return found


def feed() -> Graph:
    return read(dcat.turtle(dcat.catalogue(records.every(), EDITION)))


def test_a_page_with_every_kind_of_opening_has_no_violation() -> None:
    assert results(feed(), *DECISIVE) == {}


@pytest.mark.parametrize("make", records.EVERY)
def test_each_opening_alone_has_no_violation(make) -> None:
    assert results(told(make()), *DECISIVE) == {}


def test_the_shapes_would_find_a_violation() -> None:
    data = feed()
    data.remove((None, DCTERMS.title, None))
    data.remove((None, FOAF.name, None))
    found = results(data, *DECISIVE)
    assert {"dct:title", "foaf:name"} <= {name for _, name in found}


def test_a_planned_opening_is_warned_of_what_it_cannot_have_yet() -> None:
    """No file, no period covered; nothing reads the status of a record, so it has none."""
    assert results(told(records.planned()), "shapes_recommended") == {
        ("Warning", "dcat:distribution"): 1,
        ("Warning", "dct:temporal"): 1,
        ("Warning", "dct:conformsTo"): 1,  # of the record
        ("Warning", "adms:status"): 1,  # of the record
        ("Warning", "dcat:bbox"): 1,  # of France
        ("Warning", "dcat:centroid"): 1,
    }


def test_recommendations_are_warnings_and_all_of_them_known() -> None:
    assert set(results(feed(), "shapes_recommended")) == {
        ("Warning", "dcat:distribution"),  # of what is not open
        ("Warning", "dct:temporal"),  # where the period is not known
        ("Warning", "dct:description"),  # of a distribution: its title says it
        ("Warning", "dct:format"),  # where editors do not say it
        ("Warning", "dct:type"),  # of a licence that is not ours
        ("Warning", "dct:issued"),  # of the catalogue
        ("Warning", "dct:conformsTo"),
        ("Warning", "adms:status"),
        ("Warning", "dcat:bbox"),
        ("Warning", "dcat:centroid"),
    }


def test_the_controlled_vocabularies_are_used_where_one_has_the_word() -> None:
    """No publisher is an EU body, and the EU has no type for a plain dataset or a service."""
    data = feed()
    for file in (FOLDER / "vocabularies").glob("*.ttl"):
        data.parse(file)
    found = results(data, "mdr-vocabularies.shape")
    assert set(found) == {("Warning", "dct:publisher"), ("Warning", "dct:type")}
