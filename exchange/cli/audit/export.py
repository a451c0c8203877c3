"""fusion audit export, sign, browse: a node's ledger for auditors."""

from pathlib import Path
from typing import Annotated

from exchange.cli import options
from exchange.cli.audit.common import read_trust_files
from exchange.cli.frame import AtDesk, Reply
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.cli.terminal import show_progress
from exchange.errors import ONE_OF_THEM, Reason, Refusal, Why
from exchange.words import say

with lazy_imports():
    from exchange import config
    from exchange.audit.browse.export_shelf import ExportFiles, ExportShelf
    from exchange.audit.browse.home_shelf import HomeShelf
    from exchange.audit.export import sign_export, write_export, write_tiles
    from exchange.audit.export.write_export import Exporter
    from exchange.audit.sources.database import DatabaseSource
    from exchange.audit.sources.export_file import Export
    from exchange.desk import officer as officers
    from exchange.store import raw_rows
    from exchange.store.raw_rows import RawRows
    from exchange.trust import bundle
    from tui.audit_browser import browse

NO_TERMINAL = Why("there is no terminal to show it at; see fusion audit verify")


def export(
    home: options.Home = options.HOME_DEFAULT,
    out: Annotated[Path | None, option("--out", "The file to write.", "FILE")] = None,
    tiles: Annotated[
        Path | None,
        option("--tiles", "Folder for C2SP tiles, one folder per log.", "DIR"),
    ] = None,
) -> Reply:
    """Write entries, heads, cosignatures and refusals, without sealed keys and texts.

    Exports one view of the node's database, running or stopped; needs no passphrase.
    Anyone with the nations' trust files can verify the file with `fusion audit verify
    --bundle`. --tiles writes the format of transparency-log tools (C2SP tlog-tiles).
    """
    if out is None and tiles is None:
        raise Refusal(Reason.INPUT, say("--out FILE or --tiles DIR"), ONE_OF_THEM)
    result: dict[str, object] = {}
    node = config.node_home(home)
    by = Exporter.of(config.read_node(node).name, bundle.load_all(node.trust))
    place = config.database_of(node)
    config.check_there(place)
    with raw_rows.open_view(place) as raw:
        if out is not None:
            result |= _file(raw, by, out)
        if tiles is not None:
            result |= _tiles(raw, tiles)
    lines = []
    if out is not None:
        digest = result["digest"]
        lines.append(say("written to {file}, digest {digest}", file=out, digest=digest))
    if tiles is not None:
        lines.append(say("tiles written to {folder}", folder=tiles))
    return Reply(result, lines)


def _file(raw: "RawRows", by: "Exporter", out: Path) -> dict[str, object]:
    with show_progress() as tell:
        digest = write_export.write(raw, by, options.now, out, tell)
    with Export.open(out) as export:
        logs = [{"origin": log.origin, "size": log.size} for log in export.logs]
    return {"out": str(out), "digest": digest.hex(), "logs": logs}


def _tiles(raw: "RawRows", out: Path) -> dict[str, object]:
    with show_progress() as tell:
        sources = [DatabaseSource(raw, row) for row in raw.logs()]
        sizes = write_tiles.write(out, sources, tell)
    return {"tiles": str(out), "tiled": sizes}


def sign(
    at: AtDesk, file: Annotated[Path, argument("FILE", "The export to sign.")]
) -> Reply:
    """Sign an export with an officer's key, to record its officer and time.

    A node holds no officer's key, so sign at a desk, once, after `fusion audit export`.
    The signature is appended to the export. It identifies the officer who took the
    export; it does not confirm the contents. `fusion audit verify` names the signer,
    and refuses a signature that is damaged, belongs to another file or is of an officer
    not in the export's logs.
    """
    folder = config.desk_home(at.home)
    settings = config.read_desk(folder)
    short = officers.choose(folder, settings, at.officer)
    secret = options.passphrase(at.passphrase_fd, short)
    pin = options.pin(at.passphrase_fd) if officers.needs_pin(folder, short) else ""
    unlocked = officers.unlock(folder, settings.name, short, secret, pin)
    now = options.now()
    sign_export.sign(file, unlocked.name, unlocked.signer, now)
    line = say("{file} signed by {officer}", file=file, officer=unlocked.name)
    return Reply({"file": str(file), "officer": unlocked.name, "at": now}, [line])


def browse_ledger(
    files: Annotated[
        list[Path] | None, argument("FILE", "Audit export to look into.")
    ] = None,
    home: options.Home = options.HOME_DEFAULT,
    trust: Annotated[
        list[Path] | None, option("--trust", "Trust file of each nation.", "FILES")
    ] = None,
) -> None:
    """Look into an audit export, or without FILE into the node of a home.

    Shows logs, heads with their cosignatures, and entries; verifies each step by step,
    or everything. Read-only; needs no passphrase. An export needs the trust file of
    each nation.
    """
    if not options.at_terminal():
        raise Refusal(Reason.INPUT, "", NO_TERMINAL)
    if not files:
        browse(HomeShelf(home, options.now))
        return
    file, *more = files  # --trust takes one file; further ones arrive here
    given = read_trust_files([*(trust or []), *more])
    with Export.open(file) as export:
        browse(ExportShelf(ExportFiles(export, given), options.now))
