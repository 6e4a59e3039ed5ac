"""The concepts of others that DCAT points at: addresses, classes, labels. Knows no record."""

import re
import unicodedata

from app.domain.codes import HVD_CATEGORIES
from app.domain.codes import THEMES as DATA_THEMES
from app.domain.context import OPEN_LICENCE
from app.domain.values import Words
from app.formats.document import category_label
from app.formats.language import bilingual
from app.formats.rdf import Nodes, address, node, words

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


def _slug(label: str) -> str:
    """As udata slugs its tags: an apostrophe leaves nothing."""
    plain = unicodedata.normalize("NFKD", label.lower().replace("’", ""))
    return re.sub("[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")


_LABELS = {
    ACCESS_RIGHT + "NON_PUBLIC": ("dct:RightsStatement", "rdfs:label", Words(fr="Non public")),
    ACCESS_RIGHT + "PUBLIC": ("dct:RightsStatement", "rdfs:label", Words(fr="Public")),
    ACCESS_RIGHT + "RESTRICTED": ("dct:RightsStatement", "rdfs:label", Words(fr="Accès restreint")),
    ATTRIBUTION: ("skos:Concept", "skos:prefLabel", Words(fr="Attribution")),
    DATASET_STATUS + "COMPLETED": ("skos:Concept", "skos:prefLabel", Words(fr="Achevé")),
    DATASET_STATUS + "DEVELOP": ("skos:Concept", "skos:prefLabel", Words(fr="En développement")),
    DATASET_STATUS + "WITHDRAWN": ("skos:Concept", "skos:prefLabel", Words(fr="Retiré")),
    DCTYPE + "Dataset": ("skos:Concept", "skos:prefLabel", Words(fr="Jeu de données")),
    DCTYPE + "Service": ("skos:Concept", "skos:prefLabel", Words(fr="Service")),
    DCTYPE + "Software": ("skos:Concept", "skos:prefLabel", Words(fr="Logiciel")),
    FRANCE: ("dct:Location", "rdfs:label", Words(fr="France")),
    FRENCH: ("dct:LinguisticSystem", "rdfs:label", Words(fr="français")),
    NATIONAL_AUTHORITY: ("skos:Concept", "skos:prefLabel", Words(fr="Autorité nationale")),
    STABLE: ("skos:Concept", "skos:prefLabel", Words(fr="Stable")),
    THEMES: ("skos:ConceptScheme", "dct:title", Words(fr="Thèmes de données", en="Data theme")),
}
_HVD_TITLE = bilingual(
    "Implementing Regulation (EU) 2023/138: high-value datasets",
)

CONCEPTS: Nodes = {
    **{iri: node(kind, {name: words(told)}) for iri, (kind, name, told) in _LABELS.items()},
    **{
        THEME + code: node("skos:Concept", {"skos:prefLabel": words(bilingual(label))})
        for code, label in DATA_THEMES.items()
    },
    **{
        HVD_CATEGORY + code: node("skos:Concept", {"skos:prefLabel": words(category_label(code))})
        for code in HVD_CATEGORIES
    },
    HVD_LAW: node("eli:LegalResource", {"dct:title": words(_HVD_TITLE)}),
    PROFILE: node("dct:Standard", {"dct:title": words(Words(fr="DCAT-AP 3.0.1"))}),
    OPEN_LICENCE: node("dct:LicenseDocument", {"dct:type": address(ATTRIBUTION)}),
}
"""What a page says of each concept that it points at, so that it stands alone.

The licence has no label: udata would read that in place of the address.
"""

HVD_KEYWORDS = {
    code: ("hvd", _slug(category_label(category.top).fr or ""))
    for code, category in HVD_CATEGORIES.items()
}
"""The keywords of a high-value dataset, as udata has them: the word, and one of the six."""
