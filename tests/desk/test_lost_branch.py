"""A log goes on from a point below what a desk saw in it: that much is lost."""

import shutil
from pathlib import Path

import pytest

from exchange.desk.mailbox.outbox import RESIGN
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.node import outbox, upkeep
from exchange.trust import entries
from exchange.trust.enrol.bundle_editions import next_log
from tests.desk.bench import Bench, said
from tests.node import sending
from tests.node.receiving import restore_batch
from tests.node.world import CN, FILED, PK

FIRST, SECOND = checkpoint.log_origin(PK), checkpoint.log_origin(PK, 2)


def files(folder: Path) -> list[Path]:
    """The files of both nodes, without the desks'."""
    return [*folder.glob("*.db*"), *folder.glob("*.emitted")]


def keep_copy(bench: Bench) -> Path:
    """Copy both nodes as they stand, and go on."""
    world = bench.world
    world.close()
    old = world.folder / "old"
    old.mkdir()
    for path in files(world.folder):
        shutil.copy(path, old)
    world.pk, world.cn = world._site(PK), world._site(CN)
    world.greet()
    bench.reopen()
    return old


def give_up(bench: Bench, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring both nodes back from old copies; Islamabad goes on in its second log."""
    world = bench.world
    world.close()
    for path in files(world.folder):
        path.unlink()
    for path in files(old):
        if not path.name.startswith(f"{PK}.db"):
            shutil.copy(path, world.folder)
    pk = world.nations[PK]
    edition = next_log(pk.bundle, PK, pk.roots, FILED)
    monkeypatch.setattr(pk, "bundle", edition)
    world.pk, world.cn = world._site(PK), world._site(CN)
    end = world.cn.store.heads.newest(FIRST)
    assert end is not None
    opening = entries.head_envelope(end.note, PK, pk.issuer, FILED)
    (answer,) = world.pk.submit(opening)
    assert answer.waiting
    world.greet()
    while (start := world.pk.store.logs.size(FIRST)) < world.cn.store.logs.size(FIRST):
        lent = sending.load_lent(world.cn.node, PK, FIRST, start)
        restore_batch(world.pk.node, CN, lent)
    world.carry(world.cn, world.pk)
    upkeep.tick(world.pk.node)
    world.carry(world.pk, world.cn)
    assert world.pk.store.logs.size(SECOND) == 1
    assert outbox.log_positions(world.pk.store)
    bench.reopen()


def test_what_a_partner_had_cosigned_is_shown_as_lost_and_signed_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = keep_copy(bench)
    name = bench.pk.send(said(bench.world.nations[CN], "Convoy delayed")).name
    bench.meet()
    bench.pk.sync()
    assert bench.pk.mailbox.messages.row(name).state == "cosigned"
    assert bench.pk.mailbox.outbox.find(name) is None

    give_up(bench, old, monkeypatch)
    bench.pk.sync()
    bench.cn.sync()

    for desk in (bench.pk, bench.cn):
        message = desk.mailbox.messages.read(name)
        assert (message.row.state, message.row.index) == ("lost", None)
        assert [step.state for step in message.states if step.state != "queued"] == [
            "lost"
        ]
    kept = bench.pk.mailbox.outbox.find(name)
    assert kept is not None
    assert (kept.hold_reason, kept.reason) == (RESIGN, Reason.MISSING)
    assert bench.cn.mailbox.outbox.find(name) is None

    again = bench.pk.sign_again(name).name
    bench.meet()
    bench.pk.sync()

    row = bench.pk.mailbox.messages.row(again)
    assert (row.state, row.origin) == ("cosigned", SECOND)
    assert bench.pk.mailbox.messages.row(name).state == "lost"
    assert bench.cn.mailbox.messages.row(again).subject == "Convoy delayed"


def test_what_the_outbox_still_has_is_handed_over_again_as_it_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = keep_copy(bench)
    name = bench.pk.send(said(bench.world.nations[CN], "Convoy delayed")).name
    bench.pk.sync()
    assert bench.pk.mailbox.messages.row(name).state == "local"

    give_up(bench, old, monkeypatch)
    bench.pk.sync()
    bench.meet()
    bench.pk.sync()

    assert "lost" in {
        step.state for step in bench.pk.mailbox.messages.read(name).states
    }
    row = bench.pk.mailbox.messages.row(name)
    assert (row.state, row.origin) == ("cosigned", SECOND)
    assert row.index is not None
    assert bench.cn.mailbox.messages.row(name).state != "lost"


def test_what_has_expired_since_is_lost_and_not_signed_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = keep_copy(bench)
    name = bench.pk.send(said(bench.world.nations[CN], "Convoy delayed")).name
    bench.meet()
    bench.pk.sync()

    give_up(bench, old, monkeypatch)
    bench.now = bench.pk.mailbox.messages.row(name).expires
    bench.pk.sync()

    assert bench.pk.mailbox.messages.row(name).state == "lost"
    assert bench.pk.mailbox.outbox.find(name) is None


def test_what_stands_below_the_end_keeps_its_place(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bench.pk.send(said(bench.world.nations[CN], "Held by both")).name
    bench.meet()
    bench.pk.sync()
    before = bench.pk.mailbox.messages.row(name)
    old = keep_copy(bench)

    give_up(bench, old, monkeypatch)
    bench.pk.sync()

    assert bench.pk.mailbox.messages.row(name) == before
