"""What ckanext-dcat’s serialiser takes for a page of a hundred datasets, as CKAN runs it.

For an environment that has it: the seconds of a page in Turtle. The datasets say about as much as
planned openings.
"""

import statistics
import time
from typing import Any

from ckanext.dcat.processors import RDFSerializer

BASE = "https://registre.example"
A_PAGE, ROUNDS = 100, 5


def package(number: int) -> dict[str, Any]:
    """A dataset as CKAN keeps it, that says about as much as a planned opening."""
    return {
        "id": f"00000000-0000-0000-0000-{number:012}",
        "name": f"ouverture-{number}",
        "title": "Décisions « à l’essai »",
        "notes": "[Planifié, échéance T2 2023] Décisions « à l’essai ». Échéance fixée par : …",
        "url": f"{BASE}/openings/ouverture-{number}.html",
        "metadata_created": "2026-11-23T12:00:00",
        "metadata_modified": "2026-11-23T12:00:00",
        "tags": [{"name": "ouverture-planifiee"}, {"name": "nouvelle-ouverture"}],
        "resources": [],
        "extras": [
            {"key": "uri", "value": f"{BASE}/openings/ouverture-{number}"},
            {"key": "identifier", "value": f"ouverture-{number}"},
            {"key": "publisher_name", "value": "Cour de cassation"},
            {"key": "publisher_uri", "value": f"{BASE}/catalog#publisher-cour"},
            {"key": "contact_name", "value": "Ouvertures"},
            {"key": "contact_email", "value": "registre@registre.example"},
            {"key": "language", "value": '["http://publications.europa.eu/resource/…/FRA"]'},
            {"key": "theme", "value": '["http://publications.europa.eu/resource/…/JUST"]'},
            {"key": "access_rights", "value": "http://publications.europa.eu/resource/…/PUBLIC"},
        ],
    }


def main() -> None:
    """Print the median."""
    packages, spent = [package(number) for number in range(A_PAGE)], []
    for _ in range(ROUNDS):
        began = time.process_time()
        RDFSerializer(profiles=["euro_dcat_ap_3"]).serialize_datasets(packages, _format="turtle")
        spent.append(time.process_time() - began)
    print(statistics.median(spent))


if __name__ == "__main__":
    main()
