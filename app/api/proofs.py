"""What it takes to check that the ledger was only added to (C2SP): checkpoint, tiles, proofs."""

from typing import Annotated

from fastapi import APIRouter, Response

from app.api import deps
from app.api.openapi import in_path, parameters, reads
from app.domain.errors import Missing
from app.domain.merkle import Tree
from app.formats.notes import Signer, bundle, place_of
from app.register.log import read_tree

TEXT = {"text/plain": {"type": "string"}}
BYTES = {"application/octet-stream": {"type": "string", "format": "binary"}}
NOW = {"Cache-Control": "no-cache", "Content-Type": "text/plain; charset=utf-8"}
"""Of what grows with the ledger."""
FOR_EVER = {"Cache-Control": "max-age=31536000, immutable"}
POSITION = in_path("position", "The position of an event.", 72, minimum=1)
PLACE = in_path("path", "The level, the number and, of a part, `.p/` and the width.", "0/000.p/84")
router = APIRouter(tags=["ledger"], dependencies=[deps.no_parameters])


Signs = Annotated[Signer, deps.state("signer")]


@router.get("/checkpoint", summary="Read the signed head", **reads(TEXT, 503, validated=False))
def read_checkpoint(register: deps.Reads, signer: Signs) -> Response:
    """How many events there are and the root over them, signed (tlog-checkpoint)."""
    return Response(read_tree(register.database, signer.checkpoint), headers=NOW)


@router.get(
    "/events/{position}.tlog-proof",
    summary="Prove that the signed head covers an event",
    **reads(TEXT, 404, 503, takes=parameters(POSITION), validated=False),
)
def prove_event(
    position: Annotated[int, deps.number("position", "claim")],
    register: deps.Reads,
    signer: Signs,
) -> Response:
    """The hashes from the digest of an event to the root, and the signed head (tlog-proof)."""

    def proof(tree: Tree) -> str:
        if not 0 < position <= tree.size:
            raise Missing("claim", str(position))
        return signer.proof(tree, position - 1)

    return Response(read_tree(register.database, proof), headers=NOW)


@router.get(
    "/tile/{path:path}",
    summary="Read a tile of the tree",
    **reads(BYTES, 404, 503, takes=parameters(PLACE), validated=False),
)
def read_tile(path: str, register: deps.Reads) -> Response:
    """Hashes of the tree, or with `entries` its leaves: the digests of events (tlog-tiles)."""

    def tile(tree: Tree) -> bytes | None:
        if (place := place_of(path)) is None:
            return None
        level, *where = place
        if level is None:
            return None if (entries := tree.entries(*where)) is None else bundle(entries)
        return None if (hashes := tree.tile(level, *where)) is None else b"".join(hashes)

    content = read_tree(register.database, tile)
    if content is None:
        raise Missing("tile", path[:60])
    return Response(content, headers=FOR_EVER, media_type="application/octet-stream")
