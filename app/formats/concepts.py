"""The concepts of others that DCAT points at: addresses, classes, labels. Knows no record."""

from app.domain.commitments import Words
from app.formats.document import OPEN_LICENCE
from app.formats.rdf import Nodes, address, node, words

EU = "http://publications.europa.eu/resource/authority/"
ACCESS_RIGHT = EU + "access-right/"
DATASET_STATUS = EU + "dataset-status/"
DISTRIBUTION_STATUS = EU + "distribution-status/"
FILE_TYPE = EU + "file-type/"
FRANCE = EU + "country/FRA"
FRENCH = EU + "language/FRA"
STABLE = EU + "planned-availability/STABLE"
THEMES = EU + "data-theme"
THEME = THEMES + "/JUST"

ATTRIBUTION = "http://purl.org/adms/licencetype/Attribution"
DCTYPE = "http://purl.org/dc/dcmitype/"
IANA = "https://www.iana.org/assignments/media-types/"
NATIONAL_AUTHORITY = "http://purl.org/adms/publishertype/NationalAuthority"

SAME_LICENCE = frozenset(
    {
        OPEN_LICENCE,
        f"{OPEN_LICENCE}/",
        f"{EU}licence/ETALAB_2_0",
        "https://spdx.org/licenses/etalab-2.0",
        "https://spdx.org/licenses/etalab-2.0.html",
        "https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf",
    }
)
"""Addresses of the Licence Ouverte. Harvesters recognise the first only."""

_LABELS = {
    ACCESS_RIGHT + "NON_PUBLIC": ("dct:RightsStatement", "rdfs:label", Words("Non public")),
    ACCESS_RIGHT + "PUBLIC": ("dct:RightsStatement", "rdfs:label", Words("Public")),
    ACCESS_RIGHT + "RESTRICTED": ("dct:RightsStatement", "rdfs:label", Words("Accès restreint")),
    ATTRIBUTION: ("skos:Concept", "skos:prefLabel", Words("Attribution")),
    DATASET_STATUS + "COMPLETED": ("skos:Concept", "skos:prefLabel", Words("Achevé")),
    DATASET_STATUS + "DEVELOP": ("skos:Concept", "skos:prefLabel", Words("En développement")),
    DATASET_STATUS + "WITHDRAWN": ("skos:Concept", "skos:prefLabel", Words("Retiré")),
    DCTYPE + "Dataset": ("skos:Concept", "skos:prefLabel", Words("Jeu de données")),
    DCTYPE + "Service": ("skos:Concept", "skos:prefLabel", Words("Service")),
    DCTYPE + "Software": ("skos:Concept", "skos:prefLabel", Words("Logiciel")),
    DISTRIBUTION_STATUS + "COMPLETED": ("skos:Concept", "skos:prefLabel", Words("Achevé")),
    DISTRIBUTION_STATUS + "DEVELOP": ("skos:Concept", "skos:prefLabel", Words("En développement")),
    FRANCE: ("dct:Location", "rdfs:label", Words("France")),
    FRENCH: ("dct:LinguisticSystem", "rdfs:label", Words("français")),
    NATIONAL_AUTHORITY: ("skos:Concept", "skos:prefLabel", Words("Autorité nationale")),
    STABLE: ("skos:Concept", "skos:prefLabel", Words("Stable")),
    THEME: (
        "skos:Concept",
        "skos:prefLabel",
        Words(
            "Justice, système juridique et sécurité publique",
            "Justice, legal system and public safety",
        ),
    ),
    THEMES: ("skos:ConceptScheme", "dct:title", Words("Thèmes de données", "Data theme")),
}

CONCEPTS: Nodes = {
    **{iri: node(kind, {name: words(told)}) for iri, (kind, name, told) in _LABELS.items()},
    OPEN_LICENCE: node("dct:LicenseDocument", {"dct:type": address(ATTRIBUTION)}),
}
"""What a page says of each concept that it points at, so that it stands alone.

The licence has no label: udata would read that in place of the address.
"""
