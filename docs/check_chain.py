"""Check the chain of a register: python3 docs/check_chain.py ADDRESS [POSITION:HASH …]

Reads all that ADDRESS/api/v1/changes tells, hashes it again, and prints the head. Name the heads
that you kept, and it says whether they still stand. Exit code 0: the chain holds, and they do.
It needs Python, and nothing of this project. See docs/chain.md.
"""  # noqa: INP001 a script for strangers, in no package

import hashlib
import json
import sys
from urllib.request import urlopen

canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def sha256(*parts: object) -> str:
    return hashlib.sha256("".join(map(str, parts)).encode()).hexdigest()


# Before the first event stand 64 zeros. An event that is erased or internal has null for its salt
# and content: its digest is taken as told, and only its place in the chain is checked.
chain, hidden, address = ["0:" + "0" * 64], 0, f"{sys.argv[1].rstrip('/')}/api/v1/changes"
while address and (page := json.load(urlopen(address, timeout=60))):  # noqa: S310 as asked
    for one in page["data"]:
        hidden += one["salt"] is None
        digest = sha256(one["salt"], canonical(one["content"])) if one["salt"] else one["digest"]
        link = sha256(chain[-1].partition(":")[2], len(chain), digest)
        if (one["position"], one["digest"], one["hash"]) != (len(chain), digest, link):
            sys.exit(f"The chain breaks at position {len(chain)}.")
        chain.append(f"{len(chain)}:{link}")
    address = page["next"]
lost = {"{position}:{hash}".format(**page["head"]), *sys.argv[2:]} - {*chain}
print(f"{len(chain) - 1} events hold together, {hidden} of them hidden. Head {chain[-1]}")  # noqa: T201
sys.exit(f"Not in the chain: {', '.join(sorted(lost))}" if lost else 0)
