"""Bodies to send, by what each does: examples of the OpenAPI document; the tests send them all."""

CHANGES = {
    "it is open": {
        "state": "available",
        "landing_page": "https://www.courdecassation.fr/recherche-judilibre",
        "resources": [
            {
                "url": "https://piste.gouv.fr/api-catalog-sandbox",
                "kind": "api",
                "title": {"fr": "API Judilibre", "en": "Judilibre API"},
                "documentation": "https://github.com/Cour-de-cassation/judilibre-search",
            }
        ],
        "covers": {"from": "2026-09-30"},
        "source": {
            "title": "Calendrier de la Cour de cassation",
            "url": "https://www.courdecassation.fr/la-cour-de-cassation/demain/open-data",
        },
    },
    "another text moves the deadline": {
        "deadline": "T3 2027",
        "text": {"title": "Arrêté d’exemple du 1er septembre 2026", "signed_on": "2026-09-01"},
        "reason": "Le report de l’anonymisation des décisions.",
    },
    "it is told better": {
        "description": {"fr": "Les décisions rendues depuis le jour de l’ouverture."},
        "keywords": ["décisions de justice", "prud’hommes"],
        "contact": {"name": "Service de l’open data", "email": "open-data@example.org"},
        "licence": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    },
    "a part is under way": {
        "part": {"key": "refere", "title": "Ordonnances de référé"},
        "state": "in_progress",
        "note": "Les essais ont commencé.",
    },
}
ACTION_CHANGES = {
    "it is done": {
        "state": "available",
        "source": {"title": "Bilan de la feuille de route", "url": "https://www.justice.gouv.fr/"},
        "confidence": "medium",
    },
    "it is suspended": {"state": "suspended", "reason": "Les crédits sont attendus."},
}
ANNOUNCEMENTS = {
    "as in the official table": {
        "id": "decisions-tribunaux-paritaires-des-baux-ruraux",
        "title": {"fr": "Décisions de justice des tribunaux paritaires des baux ruraux"},
        "publisher": "cour-de-cassation",
        "steward": "ministere-de-la-justice",
        "announcement": "new",
        "action": "A16",
        "rank": 12,
        "deadline": "T4 2027",
        "text": "feuille-de-route-2021",
    },
    "an API that is open": {
        "type": "api",
        "title": {"fr": "API des annonces légales", "en": "Legal notices API"},
        "publisher": "ministere-de-la-justice",
        "state": "available",
        "keywords": ["annonces légales"],
    },
    "a promise without a day": {
        "title": {"fr": "Statistiques de l’aide juridictionnelle"},
        "publisher": "ministere-de-la-justice",
        "reason": "L’échéance sera fixée par la prochaine feuille de route.",
    },
}
ACTIONS = {
    "an action of the roadmap": {
        "code": "A35",
        "title": {"fr": "Publier le catalogue des données du ministère"},
        "publisher": "ministere-de-la-justice",
        "section": "2.2.1",
        "rank": 35,
        "deadline": "S2 2027",
        "text": "feuille-de-route-2021",
    },
}
JUDGEMENTS = {
    "dispute it": {"standing": "disputed", "reason": "Deux sources se contredisent."},
    "retract it": {"standing": "retracted", "reason": "Il a été mal lu."},
    "accept it again": {"standing": "accepted", "reason": "Le texte a été vérifié."},
}
"""Contents to send, by what each does; the tests send them all."""
