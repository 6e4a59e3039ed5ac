"""The terms that DCAT-AP names things by, ours and those of others: addresses, classes, labels.

Knows no record.
"""

from collections.abc import Mapping
from typing import NamedTuple

from app.domain import beside
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

_TEXTS = beside(__file__)
RECOGNISED: dict[str, str] = {
    other: own for own, others in _TEXTS["licences"].items() for other in others
}
"""The address by which harvesters recognise a licence, by others of the same licence."""

REGISTER = Words(fr="Ouvertures")
TITLE = bilingual("Ouvertures: the register of announced openings")
ABOUT = bilingual(
    "The datasets, APIs and source codes that the administration has promised to open: their "
    "state, their deadline, the history of its moves and the texts that set it."
)


# The terms of a record, by the words of the register.


class InDcat(NamedTuple):
    """What stands for a state: the EU’s status, empty if there is none, and a keyword."""

    status: str
    keyword: str


STATES = {key: InDcat(*row) for key, row in _TEXTS["states"].items()}
ANNOUNCEMENTS: Mapping[str, str] = _TEXTS["announcements"]
ACCESS: Mapping[str, str] = _TEXTS["access"]
TYPES: Mapping[str, str] = _TEXTS["types"]
FILE_TYPE_OF = {media_type: code for code, media_type in MEDIA_TYPES.items()}
SHOWN: Mapping[str, str] = _TEXTS["shown"]
HVD_KEYWORDS = {
    # As udata slugs its tags: an apostrophe leaves nothing.
    code: ("hvd", permanent_name((category_label(category.top).fr or "").replace("’", "")))
    for code, category in HVD_CATEGORIES.items()
}
"""The keywords of a high-value dataset, as udata has them: the word, and one of the six."""


# What a page says of the concepts that it points at, so that it stands alone.


def _labelled(kind: str, name: str, *label: str) -> Node:
    return node(kind, {name: words(Words.of(*label))})


def _concept(label: Words) -> Node:
    return node("skos:Concept", {"skos:prefLabel": words(label)})


CONCEPTS: Nodes = {
    **{iri: _labelled(*row) for iri, row in _TEXTS["concepts"].items()},
    **{THEME + code: _concept(bilingual(label)) for code, label in DATA_THEMES.items()},
    **{HVD_CATEGORY + code: _concept(category_label(code)) for code in HVD_CATEGORIES},
    HVD_LAW: node(
        "eli:LegalResource",
        {
            "dct:title": words(
                bilingual("Implementing Regulation (EU) 2023/138: high-value datasets")
            )
        },
    ),
    # No label: udata would read that in place of the address.
    OPEN_LICENCE: node("dct:LicenseDocument", {"dct:type": address(ATTRIBUTION)}),
}
