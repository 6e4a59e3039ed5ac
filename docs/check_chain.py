"""Check the chain of a register: python3 docs/check_chain.py ADDRESS [POSITION:HASH …]

Reads ADDRESS/api/v1/changes, computes every hash again, and prints the head. Give it the heads that
you kept: exit code 0 means that the chain is intact and contains them. Needs Python only.
See docs/chain.md.
"""  # noqa: INP001 a script for strangers, in no package

import hashlib
import json
import sys
from urllib.request import urlopen

canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def sha256(*parts: object) -> str:
    return hashlib.sha256("".join(map(str, parts)).encode()).hexdigest()


if len(sys.argv) < 2 or {"-h", "--help"} & {*sys.argv}:
    sys.exit(print(__doc__) or len(sys.argv) < 2)  # noqa: T201

# The hash before the first event is 64 zeros. An erased or internal event has null as its salt and
# content: its digest cannot be checked, only its place in the chain.
chain, hidden, address = ["0:" + "0" * 64], 0, f"{sys.argv[1].rstrip('/')}/api/v1/changes"
while address and (page := json.load(urlopen(address, timeout=60))):  # noqa: S310 as asked
    for event in page["data"]:
        hidden += (salt := event["salt"]) is None
        digest = sha256(salt, canonical(event["content"])) if salt else event["digest"]
        link = sha256(chain[-1].partition(":")[2], len(chain), digest)
        if (event["position"], event["digest"], event["hash"]) != (len(chain), digest, link):
            sys.exit(f"The chain breaks at position {len(chain)}.")
        chain.append(f"{len(chain)}:{link}")
    address = page["next"]
lost = {"{position}:{hash}".format(**page["head"]), *sys.argv[2:]} - {*chain}
print(f"{len(chain) - 1} events hold together, {hidden} of them hidden. Head {chain[-1]}")  # noqa: T201
sys.exit(f"Not in the chain: {', '.join(sorted(lost))}" if lost else 0)
