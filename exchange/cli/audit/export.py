"""fusion audit export: a node's ledger for auditors, as a file or as tiles."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import options
from exchange.cli.progress import show_progress
from exchange.errors import ONE_OF_THEM, Reason, Refusal
from exchange.words import say

if TYPE_CHECKING:
    from exchange.audit.export.write_export import Exporter
    from exchange.store.raw_rows import RawRows


def command(
    home: options.Home = options.HOME_DEFAULT,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The file to write.")
    ] = None,
    tiles: Annotated[
        Path | None,
        typer.Option(
            "--tiles",
            metavar="DIR",
            help=("Folder for C2SP tiles, one folder per log."),
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Write entries, heads, cosignatures and refusals, without sealed keys and texts.

    Exports one view of the node's database, running or stopped; needs no passphrase.
    Anyone with the nations' trust files can verify the file with `fusion audit verify
    --bundle`. --tiles writes what tools for transparency logs read (C2SP tlog-tiles).
    """
    if out is None and tiles is None:
        raise Refusal(Reason.INPUT, say("--out FILE or --tiles DIR"), ONE_OF_THEM)
    result: dict[str, object] = {}
    with _view(home) as (raw, by):
        if out is not None:
            result |= _file(raw, by, out)
        if tiles is not None:
            result |= _tiles(raw, tiles)
    if json:
        options.emit(result)
        return
    if out is not None:
        told = say(
            "written to {file}, digest {digest}", file=out, digest=result["digest"]
        )
        print(told)
    if tiles is not None:
        print(say("tiles written to {folder}", folder=tiles))


@contextmanager
def _view(home: Path) -> "Iterator[tuple[RawRows, Exporter]]":
    """Yield one view of the node's database, and the node with the logs listed."""
    from exchange import config
    from exchange.audit.export.write_export import Exporter
    from exchange.store import raw_rows
    from exchange.trust import bundle

    node = config.node_home(home)
    by = Exporter.of(config.read_node(node).name, bundle.load_all(node.trust))
    place = config.database_of(node)
    config.check_there(place)
    with raw_rows.open_view(place) as view:
        yield view, by


def _file(raw: "RawRows", by: "Exporter", out: Path) -> dict[str, object]:
    from exchange.audit.export import write_export
    from exchange.audit.sources.export_file import Export

    with show_progress() as tell:
        digest = write_export.write(raw, by, options.now, out, tell)
    with Export.open(out) as export:
        logs = [{"origin": log.origin, "size": log.size} for log in export.logs]
    return {"out": str(out), "digest": digest.hex(), "logs": logs}


def _tiles(raw: "RawRows", out: Path) -> dict[str, object]:
    from exchange.audit.export import write_tiles
    from exchange.audit.sources.database import DatabaseSource

    with show_progress() as tell:
        sources = [DatabaseSource(raw, row) for row in raw.logs()]
        sizes = write_tiles.write(out, sources, tell)
    return {"tiles": str(out), "tiled": sizes}
