"""A log goes on from a point below what a desk saw in it: that much is lost."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.cli import show
from exchange.cli.message_json import message_json
from exchange.desk.client import Desk
from exchange.desk.mailbox.outbox import RESIGN
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.node import outbox, replicas, upkeep
from exchange.trust import entries
from exchange.trust.enrol.bundle_editions import next_log
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.desk.test_pending_translation import translated
from tests.expecting import present
from tests.node.receiving import restore_batch
from tests.node.world import CN, FILED, PK

FIRST, SECOND = checkpoint.log_origin(PK), checkpoint.log_origin(PK, 2)
GiveUp = Callable[[Path], None]


def files(folder: Path) -> list[Path]:
    """The files of both nodes, without the desks'."""
    return [*folder.glob("*.db*"), *folder.glob("*.emitted")]


@pytest.fixture
def give_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> GiveUp:
    """What brings both nodes back from old copies, whereupon Islamabad's desk reads."""
    return lambda old: go_on_elsewhere(bench, old, monkeypatch)


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


def go_on_elsewhere(bench: Bench, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    end = present(world.cn.store.heads.newest(FIRST))
    opening = entries.head_envelope(end.note, PK, pk.issuer, FILED)
    (answer,) = world.pk.submit(opening)
    assert answer.waiting
    world.greet()
    while (start := world.pk.store.logs.size(FIRST)) < world.cn.store.logs.size(FIRST):
        lent = replicas.load_lent(world.cn.node, PK, FIRST, start).batch
        restore_batch(world.pk.node, CN, lent)
    world.carry(world.cn, world.pk)
    upkeep.tick(world.pk.node)
    world.carry(world.pk, world.cn)
    assert world.pk.store.logs.size(SECOND) == 1
    assert outbox.log_positions(world.pk.store)
    bench.reopen()
    bench.pk.sync()


def test_what_a_partner_had_cosigned_is_shown_as_lost_and_signed_anew(
    bench: Bench, give_up: GiveUp
) -> None:
    old = keep_copy(bench)
    name = bench.deliver()
    bench.pk.sync()
    assert bench.pk.mailbox.messages.row(name).state == "cosigned"
    assert bench.pk.mailbox.outbox.find(name) is None

    give_up(old)
    bench.cn.sync()

    for desk in (bench.pk, bench.cn):
        message = desk.mailbox.messages.read(name)
        assert (message.row.state, message.row.index) == ("lost", None)
        assert [step.state for step in message.states if step.state != "queued"] == [
            "lost"
        ]
    kept = present(bench.pk.mailbox.outbox.find(name))
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
    bench: Bench, give_up: GiveUp
) -> None:
    old = keep_copy(bench)
    name = bench.send("Convoy delayed")
    bench.pk.sync()
    assert bench.pk.mailbox.messages.row(name).state == "local"

    give_up(old)
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
    bench: Bench, give_up: GiveUp
) -> None:
    old = keep_copy(bench)
    name = bench.deliver()
    bench.pk.sync()

    bench.now = bench.pk.mailbox.messages.row(name).expires
    give_up(old)

    assert bench.pk.mailbox.messages.row(name).state == "lost"
    assert bench.pk.mailbox.outbox.find(name) is None


def to_islamabad(bench: Bench, words: str) -> bytes:
    sent = said(bench.world.nations[PK], words, to=["ops.islamabad.pk"])
    return bench.cn.send(sent).name


def lost(desk: Desk, name: bytes) -> set[bytes]:
    message = desk.mailbox.messages.read(name)
    receipts = {one.name for one in message.receipts if one.lost}
    return receipts | {one.name for one in message.translations if one.lost}


def test_receipts_and_translations_are_named_one_by_one_and_signed_anew(
    bench: Bench, give_up: GiveUp
) -> None:
    below = to_islamabad(bench, "Before")
    bench.meet()
    bench.pk.sync()
    kept = bench.pk.acknowledge(below, pb.RELATION_OPENED)
    bench.meet()
    other = to_islamabad(bench, "Second")
    bench.meet()
    old = keep_copy(bench)
    bench.pk.sync()
    gone = [
        bench.pk.acknowledge(other, pb.RELATION_OPENED),
        bench.pk.acknowledge(other, pb.RELATION_ACKNOWLEDGED, "Understood."),
        translated(bench.pk, other).send(),
    ]
    bench.meet()
    bench.cn.sync()
    bench.pk.sync()
    assert lost(bench.cn, other) == lost(bench.pk, other) == set()
    assert bench.pk.mailbox.outbox.find(gone[1]) is None

    give_up(old)
    bench.cn.sync()

    for desk in (bench.pk, bench.cn):
        assert lost(desk, other) == set(gone)
        assert lost(desk, below) == set()
        assert desk.mailbox.translations.place(gone[2]) is None
    for name in gone:
        found = present(bench.pk.mailbox.outbox.find(name))
        assert (found.hold_reason, found.reason) == (RESIGN, Reason.MISSING)
        assert bench.cn.mailbox.outbox.find(name) is None
    message = bench.cn.mailbox.messages.read(other)
    shown = show.text(message, "en", "", (), (), "")
    assert shown.count("; no log has it any more") == 3
    told = message_json(message, "en")
    assert ["lost" in one for one in told["receipts"]] == [True, True]
    assert ["lost" in one for one in told["translations"]] == [True]
    (made,) = TerminalDesk(bench.cn).read(message.row.number).translations
    assert made.notes == ["zh-Hans: no log has it any more"]

    again = [bench.pk.sign_again(name).name for name in gone]
    bench.meet()
    bench.cn.sync()

    message = bench.cn.mailbox.messages.read(other)
    every = {one.name for one in message.receipts}
    every |= {one.name for one in message.translations}
    assert set(again) <= every - lost(bench.cn, other)
    assert lost(bench.cn, other) == {gone[2]}, "a receipt stands for the one before"
    assert kept not in lost(bench.cn, below)


def test_what_was_said_of_a_lost_message_is_not_signed_anew(
    bench: Bench, give_up: GiveUp
) -> None:
    """Its own desk signs it again, under another name: that is to be answered."""
    old = keep_copy(bench)
    name = bench.deliver()
    bench.cn.sync()
    made = translated(bench.pk, name).send()
    bench.meet()
    bench.pk.sync()

    give_up(old)

    assert bench.pk.mailbox.messages.row(name).state == "lost"
    assert made in lost(bench.pk, name)
    assert bench.pk.mailbox.outbox.find(made) is None


def test_what_stands_below_the_end_keeps_its_place(
    bench: Bench, give_up: GiveUp
) -> None:
    name = bench.deliver("Held by both")
    bench.pk.sync()
    before = bench.pk.mailbox.messages.row(name)
    old = keep_copy(bench)

    give_up(old)

    assert bench.pk.mailbox.messages.row(name) == before
