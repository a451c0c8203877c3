"""A mirror's line comes while the node signs its next directory head, on each engine.

The next head makes the one before go, and the line alone would be a row that no log
has signed. Rows that nodes have left so are found and mended.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from exchange.audit.result import Report
from exchange.config.database_url import DatabaseUrl
from exchange.ledger import checkpoint
from exchange.ledger.note import parse_note
from exchange.limits import HEARTBEAT
from exchange.node import directory_heads
from exchange.rebuild.run import Given, repair_file
from exchange.store import Store, StoredHead, directories
from exchange.store.cursor import Cursor
from exchange.store.head_rows import log_number
from tests.expecting import present
from tests.node.test_directory_heads import alarms
from tests.node.world import CN, FILED, PK, Site, World, bulletin

OURS = checkpoint.log_origin(PK)
SET_NOTE = 'UPDATE directory_head SET note = ? WHERE log = ? AND "size" = ?'


@pytest.fixture(params=["sqlite", "postgres"])
def met(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url: DatabaseUrl | None = None
    if request.param == "postgres":
        found: DatabaseUrl = request.getfixturevalue("database_url")
        url = replace(found, file=tmp_path / "ledger.db")
    made = World(tmp_path, url=url)
    try:
        made.meet()
        yield made
    finally:
        made.close()


def sign_next(world: World) -> None:
    """Append a bulletin, which no DIRECTORY entry is, and sign both heads over it."""
    sent = bulletin(world.nations[PK], world.nations[CN], b"%d" % world.pk.now)
    world.pk.now += HEARTBEAT
    assert not world.pk.from_desk(sent)[0].reason


def kept(site: Site) -> StoredHead:
    return present(site.store.directories.newest(OURS))


def line_of(world: World) -> bytes:
    """The mirror's line under the newest directory head, as an answer brings it."""
    keys = world.cn.node.members.cosigner_keys(CN)
    return checkpoint.only(kept(world.cn).note, keys)


def verify(world: World) -> Report:
    world.pk.store.close()
    return world.verify(PK, FILED)


def leave_a_line_alone(world: World) -> int:
    """Leave the row that was left: a mirror's line beside the head that is kept."""
    line = line_of(world)
    head = checkpoint.parse_head(parse_note(line).text)
    sign_next(world)
    sign_next(world)
    with world.pk.store.directories._database.write_cursor() as cursor:
        log = log_number(cursor, OURS)
        cursor.execute(directories.DROP, (log, head.size))
    world.pk.store.directories.put(OURS, StoredHead(head, line, FILED))
    return head.size


def test_a_line_is_kept_with_the_head_it_is_of_or_not_at_all(met: World) -> None:
    """The writer waits for its turn, and another thread signs the next head."""
    sign_next(met)
    met.meet()
    line, before = line_of(met), kept(met.pk)
    database = met.pk.store.directories._database
    write = database.write_cursor
    waits = [True]

    def late() -> AbstractContextManager[Cursor]:
        if waits.pop() if waits else False:
            sign_next(met)
        return write()

    with patch.object(database, "write_cursor", late):
        directory_heads.hear(met.pk.node, CN, OURS, line, answers=True)

    assert not waits
    assert kept(met.pk).head.size == before.head.size + 1
    assert not met.pk.store.directories.note(OURS, before.head.size)
    assert alarms(met.pk) == []
    assert verify(met).ok


def test_a_line_is_added_where_the_head_is_kept_still(met: World) -> None:
    keys = met.pk.node.members.log_keys(OURS)
    held = kept(met.pk)
    alone = replace_note(met, checkpoint.only(held.note, keys))
    assert kept(met.pk).note == alone

    directory_heads.hear(met.pk.node, CN, OURS, line_of(met), answers=True)

    assert kept(met.pk) == held
    assert verify(met).ok


def replace_note(world: World, note: bytes) -> bytes:
    with world.pk.store.directories._database.write_cursor() as cursor:
        place = log_number(cursor, OURS), kept(world.pk).head.size
        cursor.execute(SET_NOTE, (note, *place))
    return note


def test_a_node_that_starts_drops_a_line_that_was_left_alone(met: World) -> None:
    size = leave_a_line_alone(met)
    newest = kept(met.pk)
    assert [fault.what for fault in verify(met).faults] == ["directory_head"]

    met.restart_pk(step=0)

    assert not met.pk.store.directories.note(OURS, size)
    assert kept(met.pk) == newest
    assert verify(met).ok


@pytest.mark.parametrize("met", ["sqlite"], indirect=True)  # a server's is not rebuilt
def test_a_repair_leaves_out_a_line_that_was_left_alone(met: World) -> None:
    leave_a_line_alone(met)
    newest = kept(met.pk)
    assert not verify(met).ok
    assert isinstance(met.pk.place, Path)

    given = Given(PK, met.bundles, now=FILED)
    outcome = repair_file(met.pk.place, given, lambda *_: None)

    assert outcome.sound
    assert not outcome.losses
    with closing(Store(met.pk.place, read_only=True)) as store:
        assert store.directories.newest(OURS) == newest
