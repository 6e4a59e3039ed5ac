"""The terms that DCAT-AP names things by, ours and those of others: addresses, classes, labels.

Knows no record.
"""

from typing import NamedTuple

from app.domain.context import OPEN_LICENCE
from app.domain.values import HVD_CATEGORIES, MEDIA_TYPES, Words, permanent_name
from app.domain.values import THEMES as DATA_THEMES
from app.formats.document import category_label
from app.formats.language import bilingual
from app.formats.rdf import Node, Nodes, address, node, words

EU = "http://publications.europa.eu/resource/authority/"
ACCESS_RIGHT = EU + "access-right/"
DATASET_STATUS = EU + "dataset-status/"
FILE_TYPE = EU + "file-type/"
FRANCE = EU + "country/FRA"
FRENCH = EU + "language/FRA"
STABLE = EU + "planned-availability/STABLE"
THEMES = EU + "data-theme"
THEME = THEMES + "/"
HVD_CATEGORY = "http://data.europa.eu/bna/"
HVD_LAW = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
"""The regulation that lists the high-value datasets."""
PROFILE = "https://semiceu.github.io/DCAT-AP/releases/3.0.1"

ATTRIBUTION = "http://purl.org/adms/licencetype/Attribution"
DCTYPE = "http://purl.org/dc/dcmitype/"
IANA = "https://www.iana.org/assignments/media-types/"
NATIONAL_AUTHORITY = "http://purl.org/adms/publishertype/NationalAuthority"

CC_BY = "https://creativecommons.org/licenses/by/4.0/"
RECOGNISED = {
    f"{OPEN_LICENCE}/": OPEN_LICENCE,
    f"{EU}licence/ETALAB_2_0": OPEN_LICENCE,
    "https://spdx.org/licenses/etalab-2.0": OPEN_LICENCE,
    "https://spdx.org/licenses/etalab-2.0.html": OPEN_LICENCE,
    "https://www.data.gouv.fr/pages/legal/licences/etalab-2.0": OPEN_LICENCE,
    "https://www.etalab.gouv.fr/wp-content/uploads/2017/04/"
    "ETALAB-Licence-Ouverte-v2.0.pdf": OPEN_LICENCE,
    f"{EU}licence/CC_BY_4_0": CC_BY,
    "https://spdx.org/licenses/CC-BY-4.0": CC_BY,
}
"""The address by which harvesters recognise a licence, by others of the same licence."""

REGISTER = Words(fr="Ouvertures")
TITLE = bilingual("Ouvertures: the register of announced openings")
ABOUT = bilingual(
    "The datasets, APIs and source codes that the administration has promised to open: their "
    "state, their deadline, the history of its moves and the texts that set it.",
)


# The terms of a record, by the words of the register.


class InDcat(NamedTuple):
    """What stands for a state: the EU’s status, if there is one, and a keyword."""

    status: str | None
    keyword: str


STATES = {
    "not_available": InDcat(None, "ouverture-demandee"),
    "planned": InDcat("DEVELOP", "ouverture-planifiee"),
    "in_progress": InDcat("DEVELOP", "ouverture-en-cours"),
    "partially_available": InDcat("DEVELOP", "ouverture-partielle"),
    "available": InDcat("COMPLETED", "ouverture-realisee"),
    "suspended": InDcat("DEVELOP", "ouverture-suspendue"),
    "abandoned": InDcat("WITHDRAWN", "ouverture-abandonnee"),
    "withdrawn": InDcat("WITHDRAWN", "ouverture-retiree"),
}
ANNOUNCEMENTS = {"new": "nouvelle-ouverture", "continued": "poursuite-ouverture"}
ACCESS = {"restricted": "acces-restreint", "non_public": "acces-non-public"}
"""Keywords of what not everyone may have: udata shows every dataset as open."""
TYPES = {"dataset": "Dataset", "api": "Service", "source_code": "Software"}

FILE_TYPE_OF = {media_type: code for code, media_type in MEDIA_TYPES.items()}
SHOWN = {
    "JSON_LD": "jsonld",
    "MAP_SRVC": "map service",
    "RDF_N_QUADS": "nq",
    "RDF_N_TRIPLES": "nt",
    "RDF_TRIG": "trig",
    "RDF_TURTLE": "ttl",
    "RDF_XML": "rdf",
    "TAR_GZ": "tar.gz",
    "TAR_XZ": "tar.xz",
    "WCS_SRVC": "wcs",
    "WFS_SRVC": "wfs",
    "WMS_SRVC": "wms",
}
"""How a file type is shown, where not by its code in small letters."""

HVD_KEYWORDS = {
    # As udata slugs its tags: an apostrophe leaves nothing.
    code: ("hvd", permanent_name((category_label(category.top).fr or "").replace("’", "")))
    for code, category in HVD_CATEGORIES.items()
}
"""The keywords of a high-value dataset, as udata has them: the word, and one of the six."""


# What a page says of the concepts that it points at, so that it stands alone.


def _labelled(kind: str, name: str, label: Words) -> Node:
    return node(kind, {name: words(label)})


def _concept(label: Words) -> Node:
    return _labelled("skos:Concept", "skos:prefLabel", label)


def _rights(label: str) -> Node:
    return _labelled("dct:RightsStatement", "rdfs:label", Words(fr=label))


CONCEPTS: Nodes = {
    ACCESS_RIGHT + "NON_PUBLIC": _rights("Non public"),
    ACCESS_RIGHT + "PUBLIC": _rights("Public"),
    ACCESS_RIGHT + "RESTRICTED": _rights("Accès restreint"),
    ATTRIBUTION: _concept(Words(fr="Attribution")),
    DATASET_STATUS + "COMPLETED": _concept(Words(fr="Achevé")),
    DATASET_STATUS + "DEVELOP": _concept(Words(fr="En développement")),
    DATASET_STATUS + "WITHDRAWN": _concept(Words(fr="Retiré")),
    DCTYPE + "Dataset": _concept(Words(fr="Jeu de données")),
    DCTYPE + "Service": _concept(Words(fr="Service")),
    DCTYPE + "Software": _concept(Words(fr="Logiciel")),
    FRANCE: _labelled("dct:Location", "rdfs:label", Words(fr="France")),
    FRENCH: _labelled("dct:LinguisticSystem", "rdfs:label", Words(fr="français")),
    NATIONAL_AUTHORITY: _concept(Words(fr="Autorité nationale")),
    STABLE: _concept(Words(fr="Stable")),
    THEMES: _labelled(
        "skos:ConceptScheme", "dct:title", Words(fr="Thèmes de données", en="Data theme")
    ),
    **{THEME + code: _concept(bilingual(label)) for code, label in DATA_THEMES.items()},
    **{HVD_CATEGORY + code: _concept(category_label(code)) for code in HVD_CATEGORIES},
    HVD_LAW: _labelled(
        "eli:LegalResource",
        "dct:title",
        bilingual("Implementing Regulation (EU) 2023/138: high-value datasets"),
    ),
    PROFILE: _labelled("dct:Standard", "dct:title", Words(fr="DCAT-AP 3.0.1")),
    # No label: udata would read that in place of the address.
    OPEN_LICENCE: node("dct:LicenseDocument", {"dct:type": address(ATTRIBUTION)}),
}
