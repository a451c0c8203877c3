"""An export of which keys ended since, and trust files that say so."""

import hashlib
from pathlib import Path

from exchange.audit import verify_export
from exchange.audit.result import Audit, LogAudit
from exchange.audit.verify_export import ExportRequest
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import Vkey
from exchange.v1 import trust_pb2
from tests.audit.ledger import AT, OURS, export
from tests.audit.test_verify_export import fill
from tests.node import world as worlds
from tests.node.world import CN, PK
from tests.trust.editions import Change, edition
from tests.trust.nation import YEAR, Nation, ed, ml

MIRROR = f"{CN}.fusion/mirror"
SECOND = 1_000
NATIONS = {"pk": Nation(), "cn": Nation("cn", "beijing")}


def export_of(folder: Path) -> Path:
    """Write Islamabad's export: its log of 8 entries, cosigned by Beijing."""
    with worlds.world(folder) as world:
        fill(world)
    return export(folder / f"{PK}.db", folder / f"{PK}.audit", at=AT)


def trust(domain: str = "", *changes: Change) -> list[tuple[str, bytes]]:
    """Trust files; those of one nation are of a later edition."""
    made = []
    for name, nation in NATIONS.items():
        changed = changes if name == domain else ()
        made.append((f"{name}.bundle", edition(nation, 2, *changed).data))
    return made


def audit(
    path: Path,
    files: list[tuple[str, bytes]],
    at: int | None = None,
    against: Path | None = None,
) -> Audit:
    asked = ExportRequest(path, files, AT + YEAR, workers=1, at=at, against=against)
    return verify_export.verify(asked)


def ours(found: Audit) -> LogAudit:
    """Islamabad's log."""
    return next(log for log in found.logs if log.origin == OURS)


def newest_line(exported: Path) -> int:
    """When (s) Beijing set its newest line under Islamabad's log."""
    log = ours(audit(exported, trust()))
    return next(one.time_s for one in log.cosigners if one.name == MIRROR)


def retire_mirror(last_s: int) -> Change:
    def change(plain: trust_pb2.TrustBundle) -> None:
        (node,) = plain.nodes
        node.retired.add(vkey=node.cosigners[0], last=last_s.to_bytes(8))

    return change


def retire_log(last: bytes) -> Change:
    def change(plain: trust_pb2.TrustBundle) -> None:
        (node,) = plain.nodes
        for vkey in sorted(node.logs):
            node.retired.add(vkey=vkey, last=last)

    return change


def revoke(vkey: Vkey, since: int) -> Change:
    what = hashlib.sha256(vkey.encode().encode()).digest()

    def change(plain: trust_pb2.TrustBundle) -> None:
        plain.revoked.add(what=what, since=since)

    return change


def mirror() -> Vkey:
    return NATIONS["cn"].mirror(CN)


def head_of(size: int, root: bytes, time_s: int) -> bytes:
    return checkpoint.sign_head(Head(OURS, size, root), ed(OURS), ml(OURS), time_s)
