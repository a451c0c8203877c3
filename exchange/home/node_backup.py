"""A backup of a node's database, made while the node runs, and a restore drill.

A backup is a folder: `ledger.db`, a snapshot of the database; `ledger.db.cold`, the
files of its old entries, if any; and `backup.json` with the node, the size and root of
each log, and the SHA-256 of the database. The database has the hash of each cold file.
A backup holds no key. The backup of a server's database is such a file too, usable on
any machine. A drill opens the copy with the normal code, as a restored node would,
verifies everything in it, and proves that each current log begins with it.
"""

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from exchange import config
from exchange.audit.result import Report
from exchange.audit.sources.log_source import Progress
from exchange.audit.verify_database import verify_file
from exchange.bulletin.values import iso, milliseconds
from exchange.config import NodeHome
from exchange.errors import Reason, Refusal, Tampered, Why
from exchange.input_file import read_file
from exchange.ledger.checkpoint import Head
from exchange.limits import BACKUP_MANIFEST_MAX
from exchange.node.disk_use import free_above
from exchange.store import Store
from exchange.store.cold_files import ColdFiles
from exchange.store.copy_file import copy_database
from exchange.store.copy_server import copy_server
from exchange.trust import bundle as bundles
from keys import drafts, files

FORMAT = "fusion/1 node backup"
DATABASE, MANIFEST = "ledger.db", "backup.json"
ROOM = 2  # times the size of a backup: its copy, and the rows a migration rewrites
MIB = 1 << 20
_NO_ROOM = Why(
    "a drill copies the backup beside the node, which needs {need} MiB; {free} MiB"
    " are free above the node's reserve; make room"
)
_OTHER_NODE = Why("a backup of {node}; give the home of that node")


class NodeBackup(Struct, frozen=True):
    node: str
    made: str
    """ISO, UTC."""
    digest: str
    """SHA-256 of the database, in hex."""
    logs: tuple[Head, ...]
    """The end of each log in it."""

    def as_json(self) -> dict[str, object]:
        """Return it in the form of backup.json and `--json`; roots in base64."""
        return {
            "format": FORMAT,
            "node": self.node,
            "made": self.made,
            "sha256": self.digest,
            "logs": [
                {
                    "origin": log.origin,
                    "size": log.size,
                    "root": base64.b64encode(log.root).decode(),
                }
                for log in self.logs
            ],
        }


class DrilledLog(Struct, frozen=True):
    head: Head
    """Its end in the backup."""
    now: int | None
    """Its size in today's database, which begins with the backup.

    None if that database is absent or does not have it all.
    """


class Drill(Struct, frozen=True):
    """The result of a drill; sound if `report.ok`."""

    backup: NodeBackup
    report: Report
    logs: tuple[DrilledLog, ...]


def back_up(node: NodeHome, out: Path, now: int) -> NodeBackup:
    """Write a backup of a node's database into a new folder.

    1. A snapshot of the database is copied; the node may run.
    2. The copy is read back: its digest, and the ends of its logs.
    3. The folder is renamed into place: complete or absent.

    `now` is ms UTC. Raises Refusal: HOME_EXISTS, DISK, DATABASE.
    """
    if os.path.lexists(out):
        raise Refusal(Reason.HOME_EXISTS, str(out))
    place = config.database_of(node)
    config.check_there(place)
    try:
        with drafts.new_folder(out) as draft:
            # 1
            name = config.read_node(node).name
            if isinstance(place, Path):
                copy_database(place, draft / DATABASE)
            else:
                copy_server(place, draft / DATABASE, name)
            # 2
            made = NodeBackup(name, iso(now), *_look(draft / DATABASE))
            # 3
            (draft / MANIFEST).write_text(f"{json.dumps(made.as_json(), indent=1)}\n")
            files.sync(draft / MANIFEST)
            files.sync(draft)
            draft.rename(out)
            files.sync(out.absolute().parent)
    except OSError as error:
        raise Refusal(Reason.DISK, str(out)) from error
    return made


def drill(node: NodeHome, folder: Path, tell: Progress, now: int) -> Drill:
    """Restore a backup beside a node, and prove what a restored node would hold.

    1. The manifest is of this node, there is room for a copy beyond the node's reserve,
       and the file is unchanged.
    2. The copy opens as a database of a node; each log has its recorded end.
    3. All of it verifies: entries, texts, hashes, heads, signatures.
    4. Each log of today's database, if any, begins with the backup.

    `tell` is called with the progress of a verification; `now` is ms UTC. Changes
    nothing of the node. Raises Refusal (INPUT, DISK, CONFLICT), Tampered(DATABASE |
    ROOT).
    """
    # 1
    backup = read_manifest(folder)
    settings = config.read_node(node)
    me = settings.name
    if backup.node != me:
        why = Why(_OTHER_NODE.text, node=backup.node)
        raise Refusal(Reason.CONFLICT, str(folder), why)
    _check_room(folder, node, settings.disk_floor)
    with _restored(folder, node) as database:
        if _digest(database) != backup.digest:
            raise Tampered(Reason.DATABASE, str(folder / DATABASE))
        # 2
        with _opened(database) as store:
            stands = {log: store.logs.position(log) for log in store.logs.origins()}
        for log in backup.logs:
            if stands.get(log.origin) != log:
                raise Tampered(Reason.ROOT, f"{log.origin}#{log.size}")
        # 3
        pinned = bundles.load_all(node.trust)
        report = verify_file(database, me, pinned, tell, now)
    # 4
    return Drill(backup, report, tuple(_beside_today(node, backup)))


def read_manifest(folder: Path) -> NodeBackup:
    """Raise Refusal(INPUT) if it is malformed."""
    path = folder / MANIFEST
    data = read_file(path, BACKUP_MANIFEST_MAX)
    try:
        found: Mapping[str, Any] = json.loads(data)
        logs = tuple(
            Head(str(log["origin"]), int(log["size"]), base64.b64decode(log["root"]))
            for log in found["logs"]
        )
        node, made, digest = (str(found[key]) for key in ("node", "made", "sha256"))
        form = found["format"]
        milliseconds(made, MANIFEST)  # printed later, so must be a time
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, Refusal):
        raise Refusal(Reason.INPUT, str(path)) from None
    if form != FORMAT:
        raise Refusal(Reason.INPUT, str(path))
    return NodeBackup(node, made, digest, logs)


def _look(database: Path) -> tuple[str, tuple[Head, ...]]:
    store = Store(database, read_only=True)
    try:
        stands = [store.logs.position(origin) for origin in store.logs.origins()]
    finally:
        store.close()
    return _digest(database), tuple(one for one in stands if one is not None)


def _check_room(folder: Path, node: NodeHome, floor: int | None) -> None:
    """Raise Refusal(DISK) unless there is room to copy a backup beside its node.

    The node's reserve stays free: a drill must not block its partners' texts. Raises
    Refusal(DATABASE) if the backup has no database.
    """
    try:
        size = (folder / DATABASE).stat().st_size
    except OSError:
        raise Refusal(Reason.DATABASE, str(folder / DATABASE)) from None
    need, free = ROOM * size, max(0, free_above(node.folder, floor))
    if free < need:
        why = Why(_NO_ROOM.text, need=-(-need // MIB), free=free // MIB)
        raise Refusal(Reason.DISK, str(node.folder), why)


@contextmanager
def _restored(folder: Path, node: NodeHome) -> Iterator[Path]:
    """Restore a copy on the node's disk; it is removed at the end."""
    with drafts.new_folder(node.folder / "drill") as place:
        copy = place / DATABASE
        try:
            shutil.copyfile(folder / DATABASE, copy)
        except FileNotFoundError:
            raise Refusal(Reason.DATABASE, str(folder / DATABASE)) from None
        except OSError as error:
            raise Refusal(Reason.DISK, str(node.folder)) from error
        copy.chmod(0o600)
        cold = ColdFiles(folder / DATABASE).folder  # cold files; only read
        ColdFiles(copy).folder.symlink_to(cold.absolute())
        yield copy


@contextmanager
def _opened(database: Path) -> Iterator[Store]:
    """Open it with migration."""
    store = Store(database)
    try:
        yield store
    finally:
        store.close()


def _beside_today(node: NodeHome, backup: NodeBackup) -> Iterator[DrilledLog]:
    """Raise Tampered(ROOT) if today's log does not begin with the backup's."""
    place = config.database_of(node)
    if config.is_absent(place):
        yield from (DrilledLog(log, None) for log in backup.logs)
        return
    store = Store(place, read_only=True)
    try:
        for log in backup.logs:
            stands = store.logs.position(log.origin)
            if stands is None or stands.size < log.size:
                yield DrilledLog(log, None)
                continue
            if log.size and store.logs.root_at(log.origin, log.size) != log.root:
                raise Tampered(Reason.ROOT, f"{log.origin}#{log.size}")
            yield DrilledLog(log, stands.size)
    finally:
        store.close()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
