"""Sign an export: the officer who took it, and the time."""

import hashlib
from pathlib import Path

from exchange.atomic_file import atomic
from exchange.audit.sources import export_signature
from exchange.audit.sources.export_file import Export
from exchange.errors import Reason, Refusal, Why
from exchange.limits import CHUNK_BYTES
from exchange.trust import names
from keys.signing import Signer


def sign(path: Path, officer: str, signer: Signer, now: int) -> None:
    """Append the signature in one atomic step; `now` is ms UTC.

    Raises Refusal: INPUT if it is no export or already signed, MISSING if it has no log
    of the officer's node, where the key is found.
    """
    with Export.open(path) as export:
        if export.signature is not None:
            why = Why("already signed by {officer}", officer=export.signature.officer)
            raise Refusal(Reason.INPUT, path.name, why)
        node = names.node_of(names.desk_of(officer))
        if not any(log.origin.startswith(f"{node}.fusion/") for log in export.logs):
            raise Refusal(Reason.MISSING, f"{path.name}: {node}")
    digest = hashlib.sha256()
    with path.open("rb") as source, atomic(path) as signed:
        while piece := source.read(CHUNK_BYTES):
            digest.update(piece)
            signed.write(piece)
        signed.write(export_signature.make(digest.digest(), officer, signer, now))
