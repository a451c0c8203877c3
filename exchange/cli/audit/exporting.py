"""fusion audit export: a node's ledger as one file for auditors."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import options
from exchange.cli.audit.common import Progress
from exchange.errors import Reason, Refusal


def command(
    home: options.Home = options.HOME_DEFAULT,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The file to write.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Write entries, heads, cosignatures and refusals; no wraps and no bodies.

    Of one view of the node's database, running or stopped; without a passphrase. Who
    holds the nations' trust files verifies it by `fusion audit verify --bundle`.
    """
    if out is None:
        raise Refusal(Reason.INPUT, "--out FILE")
    from exchange import config
    from exchange.audit import bundle
    from exchange.store import raw

    node = config.node_home(home)
    me = config.read_node(node).name
    if not node.database.is_file():
        raise Refusal(Reason.DATABASE, config.short(node.database))
    shown = Progress()
    try:
        with raw.opened(node.database) as view:
            digest = bundle.write(view, me, options.now(), out, shown.tell)
    finally:
        shown.end()
    _tell(out, digest, json=json)


def _tell(out: Path, digest: bytes, *, json: bool) -> None:
    from exchange.audit.bundle import Export

    with Export.open(out) as export:
        logs = [{"origin": log.origin, "size": log.size} for log in export.logs]
    if json:
        options.emit({"out": str(out), "digest": digest.hex(), "logs": logs})
        return
    for log in logs:
        print(f"{log['origin']}: {log['size']} entries")
    print(f"written to {out}, digest {digest.hex()}")
