"""What each kind of problem means, in French, and what to do about it, in both languages.

English titles and meanings come with the problem itself.
"""

from collections.abc import Mapping

from app.web.words import typeset

_FRENCH = {
    "missing": (
        "Rien ici",
        "Il n’y a rien à cette adresse, ou rien que ce lecteur puisse voir.",
        "Vérifiez l’adresse ; la liste des ouvertures mène à toutes celles qui existent.",
    ),
    "gone": (
        "Rétracté",
        (
            "L’entrée a été rétractée tout entière. Son registre répond encore : chaque "
            "affirmation, et pourquoi elle fut rétractée."
        ),
        "Lisez ses affirmations à son adresse suivie de `/events`, et retirez-la de vos copies.",
    ),
    "unauthenticated": (
        "Pas de clé valable",
        (
            "La requête demande une clé : `Authorization: Bearer CLÉ` ou `X-API-KEY: CLÉ`. Le "
            "détail dit si elle manque, est mal recopiée, inconnue, révoquée ou échue."
        ),
        "Envoyez votre clé ; si elle est échue ou révoquée, demandez-en une à votre responsable.",
    ),
    "forbidden": (
        "Pas avec cette clé",
        (
            "La clé est valable, mais son organisation ne publie ni ne porte l’entrée, ou son rôle "
            "ne suffit pas."
        ),
        "Adressez-vous à l’organisation qui publie ou porte l’entrée.",
    ),
    "bad-query": (
        "L’adresse ne peut être lue",
        (
            "Un paramètre est inconnu, répété, ou d’une valeur qui n’est pas acceptée. `errors` "
            "nomme chacun, avec le nom le plus proche s’il y en a un. Rien n’est jamais arrondi."
        ),
        "Corrigez le paramètre nommé ; la documentation donne ceux de chaque adresse.",
    ),
    "invalid": (
        "Le contenu n’est pas valable",
        "Un champ est inconnu, dérivé, manquant ou hors bornes. `errors` nomme chacun.",
        "Corrigez les champs nommés et renvoyez le tout : rien n’a été enregistré.",
    ),
    "import-refused": (
        "La table n’est pas importée",
        (
            "Quelque chose, dans le fichier, arrête l’import ; rien n’a été enregistré. `findings` "
            "dit tout ce qui a été trouvé, avec la ligne, la colonne et un code."
        ),
        "Corrigez ce que `findings` nomme `error`, puis renvoyez le fichier.",
    ),
    "move-refused": (
        "Cet état ne peut suivre",
        (
            "L’état de l’entrée, juste avant la place de l’affirmation, ne peut devenir celui qui "
            "est demandé. `allowed` donne ceux qu’il peut devenir."
        ),
        "Choisissez un état permis, ou passez par un état intermédiaire.",
    ),
    "whole-has-parts": (
        "Ses parties le portent",
        "L’état et l’échéance de l’entrée se calculent à partir de ses parties.",
        "Nommez une partie par `part` ; `parts` en donne les clés.",
    ),
    "taken": (
        "Déjà pris",
        "Le nom est celui d’une autre entrée.",
        "Choisissez un autre nom.",
    ),
    "contradiction": (
        "Le registre tient autre chose",
        "Ce que le registre tient ne permet pas ce changement ; le détail dit quoi.",
        "Relisez l’entrée et ses affirmations, puis reprenez le changement.",
    ),
    "stale": (
        "Cela a changé depuis",
        (
            "L’entrée a changé après que vous l’avez lue, ou l’ETag est celui d’une réponse "
            "`as_of`. Rien n’a été changé."
        ),
        "Relisez l’entrée, refaites le changement sur ce qu’elle dit, envoyez son nouvel ETag.",
    ),
    "unconditional": (
        "Quelle version ?",
        (
            "Un changement nomme la version sur laquelle il est fait, par `If-Match`, pour que le "
            "travail d’un collègue ne soit jamais écrasé sans être vu."
        ),
        "Lisez l’entrée et renvoyez son ETag dans `If-Match`.",
    ),
    "unavailable": (
        "La mémoire ne peut répondre",
        "La base de données est hors d’atteinte ou occupée. Rien n’a été changé.",
        "Réessayez après le délai que donne `Retry-After`.",
    ),
    "bad-request": (
        "La requête ne peut être lue",
        "Elle n’est pas du HTTP ou du JSON bien formé : le détail dit où.",
        "Corrigez-la à l’endroit nommé.",
    ),
    "method-not-allowed": (
        "Pas cette méthode",
        "`Allow` donne celles qui ont cours à cette adresse.",
        "Employez l’une d’elles.",
    ),
    "not-acceptable": (
        "Pas cette voix",
        "Aucun des types demandés n’est parlé ici ; `offered` donne ceux qui le sont.",
        "Changez `Accept`, ou prenez l’adresse qui porte un suffixe, comme `.json`.",
    ),
    "too-large": (
        "Trop grand",
        "Le contenu est plus grand que ce qui est accepté ici.",
        "Envoyez moins à la fois.",
    ),
    "address-too-long": (
        "L’adresse est trop longue",
        "La requête dépasse 4 Kio ou compte plus de 50 paramètres.",
        "Demandez en plusieurs fois.",
    ),
    "unsupported-media-type": (
        "Pas ce type de contenu",
        (
            "Un changement s’envoie en application/merge-patch+json ou en application/json, une "
            "table en CSV, XLSX ou ODS."
        ),
        "Donnez l’un de ces types dans `Content-Type`.",
    ),
    "headers-too-large": (
        "Les en-têtes sont trop grands",
        "Plus de 32 Kio, ou plus de 100 lignes.",
        "Envoyez moins d’en-têtes.",
    ),
    "accident": (
        "Un accident chez nous",
        "Il a été consigné, avec l’identifiant de requête donné ici. Rien n’a été changé.",
        "Réessayez plus tard ; si cela dure, écrivez-nous avec cet identifiant.",
    ),
}

_ENGLISH = {
    "missing": "Check the address; the list of openings leads to all that exist.",
    "gone": "Read its claims at its address followed by `/events`, and drop it from your copies.",
    "unauthenticated": "Send your key; if it has ended or was revoked, ask your manager for one.",
    "forbidden": "Turn to the organisation that publishes or stewards the entry.",
    "bad-query": "Correct the parameter named; the documentation lists those of each address.",
    "invalid": "Correct the fields named and send it all again: nothing was recorded.",
    "import-refused": "Mend what `findings` calls an `error`, and send the file again.",
    "move-refused": "Choose a state that is allowed, or go through one in between.",
    "whole-has-parts": "Name one with `part`; `parts` gives the keys.",
    "taken": "Choose another name.",
    "contradiction": "Read the entry and its claims again, then take up the change anew.",
    "stale": "Read the entry, make the change on what it says now, send its new ETag.",
    "unconditional": "Read the entry, and send its ETag in `If-Match`.",
    "unavailable": "Try again after the time that `Retry-After` gives.",
    "bad-request": "Correct it at the place named.",
    "method-not-allowed": "Use one of those.",
    "not-acceptable": "Change `Accept`, or take the address with a suffix, such as `.json`.",
    "too-large": "Send less at a time.",
    "address-too-long": "Ask in several requests.",
    "unsupported-media-type": "Give one of these types in `Content-Type`.",
    "headers-too-large": "Send fewer headers.",
    "accident": "Try again later; if it lasts, write to us with that request id.",
}

FRENCH: Mapping[str, tuple[str, str, str]] = {
    name: (typeset(title), typeset(meaning), typeset(remedy))
    for name, (title, meaning, remedy) in _FRENCH.items()
}
"""By the name of a problem: its title, what it means and what to do."""

REMEDIES: Mapping[str, Mapping[str, str]] = {
    "fr": {name: remedy for name, (_, _, remedy) in FRENCH.items()},
    "en": _ENGLISH,
}
"""What to do, by language and by the name of a problem."""
