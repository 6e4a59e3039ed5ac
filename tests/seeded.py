"""Where the events of the seed are, in the chain of a register that holds nothing else."""

import csv

from app.register import seed

SEED = seed.read()
FACTS = len(SEED.organizations) + len(SEED.texts) + len(SEED.programmes)
HEAD = FACTS + len(SEED.claims)
with (seed.FOLDER / "annexe-4-openings.csv").open(encoding="utf-8", newline="") as _annex:
    ANNEXED = list(map(tuple, csv.reader(_annex)))[1:]
PRUD_HOMMES = "decisions-conseils-de-prud-hommes"
ENTRY = f"/api/v1/openings/{PRUD_HOMMES}"


def places(commitment: str) -> list[int]:
    """The positions of the claims about an entry, the newest first."""
    first = HEAD - len(SEED.claims) + 1
    numbered = enumerate(SEED.claims, start=first)
    return [place for place, claim in numbered if claim.commitment == commitment][::-1]


def place(commitment: str, text: str) -> int:
    """The position of the newest claim about an entry by a text."""
    texts = {at: SEED.claims[at - HEAD - 1].text for at in places(commitment)}
    return next(at for at in texts if texts[at] == text)
