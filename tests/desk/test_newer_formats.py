"""What a newer program wrote is kept, and read once this program is a newer one."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from exchange.bulletin import content_format
from exchange.bulletin.content import encode
from exchange.cli import show
from exchange.cli.message_json import message_json
from exchange.desk.client import Desk
from exchange.desk.incoming.file_entry import Filing
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import TEXTS, Reason
from exchange.ledger import checkpoint
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import CHINA, PAKISTAN, Bench, said
from tests.desk.forging import feed, name_of, sealed, text
from tests.desk.test_pending_translation import translated
from tests.expecting import present, refusing
from tests.node.test_rules import NEWER, newer_release, stated
from tests.node.world import CN, PK

FIRST = b"\x08\x01"
CANNOT = pb.RELATION_CANNOT_COMPLY


@contextmanager
def newer_program() -> Iterator[None]:
    """Let all programs write and know format 2."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content_format, "FORMAT", 2)
        yield


def sent(bench: Bench, words: str = "Convoy delayed") -> bytes:
    """Send a bulletin of format 2 from Islamabad; Beijing's program is older."""
    with newer_program():
        name = bench.send(words)
    bench.meet()
    return name


def newer(data: bytes) -> bytes:
    """Make format 2 of a message of format 1."""
    return b"\x08\x02" + data.removeprefix(FIRST)


def upgrade(bench: Bench) -> None:
    with newer_program():
        bench.reopen()


def texts(desk: Desk, name: bytes) -> list[str]:
    """What an officer is told of a message that this program does not read."""
    message = desk.mailbox.messages.read(name)
    notes = list(TerminalDesk(desk).read(message.row.number).notes)
    printed = show.text(message, "en", "", (), (), "").splitlines()
    assert [line for line in printed if line in notes] == notes
    assert len(message_json(message, "en")["unread"]) == len(notes)
    return notes


def assert_nothing_said(bench: Bench, name: bytes) -> None:
    assert not bench.cn.mailbox.receipts.of(name)
    assert bench.cn.mailbox.outbox.count_queued() == 0
    bench.meet()
    assert not bench.pk.mailbox.receipts.of(name)


def test_a_bulletin_is_kept_and_read_after_an_upgrade(bench: Bench) -> None:
    name = sent(bench)
    for _ in range(2):
        message = bench.cn.mailbox.messages.read(name)
        assert (message.row.verdict, message.content) == ("FORMAT", None)
        assert message.row.state == "refused"
        assert list(TerminalDesk(bench.cn).ids("REFUSED")) == [message.row.number]
        assert_nothing_said(bench, name)
        bench.cn.mailbox.messages.mark_read(name, bench.now)
        bench.reopen()

    upgrade(bench)

    message = bench.cn.mailbox.messages.read(name)
    assert (message.row.verdict, message.row.state) == ("ACCEPTED", "local")
    assert message.content == bench.pk.mailbox.messages.read(name).content
    assert message.cek == bench.pk.mailbox.messages.read(name).cek
    assert (message.row.read, message.row.acknowledge) == (0, "READ")
    assert list(bench.cn.mailbox.search.text("delayed")) == [message.row.number]
    assert list(TerminalDesk(bench.cn).ids("REFUSED")) == []
    assert bench.cn.mailbox.newer_texts.get(name) is None
    bench.meet()
    assert bench.cn.mailbox.messages.row(name).state == "cosigned"
    assert not bench.pk.mailbox.receipts.of(name)


def test_a_key_that_was_destroyed_since_is_not_needed(bench: Bench) -> None:
    name = sent(bench)
    bench.cn.officer.openers.clear()  # type: ignore[attr-defined]  # a dict, here
    with newer_program():
        bench.cn.arrivals.read_newer()
    assert bench.cn.mailbox.messages.row(name).verdict == "ACCEPTED"


def test_a_translation_is_named_and_read_after_an_upgrade(bench: Bench) -> None:
    name = bench.deliver()
    with newer_program():
        made = translated(bench.cn, name).send()
    bench.meet()
    again = desk_pb.Urgent(
        envelope=bench.cn.client.entry(made).envelope, origin=checkpoint.log_origin(CN)
    )
    bench.pk.arrivals.apply_urgent([again])
    unread = present(bench.pk.mailbox.newer_texts.get(made))
    assert unread.index is not None, "its place is not forgotten"
    assert bench.pk.mailbox.translations.of(name) == ()
    assert bench.pk.mailbox.outbox.count_queued() == 0
    line = f"translation by duty-1@ops.beijing.cn: {TEXTS[Reason.FORMAT]}"
    assert texts(bench.pk, name) == [line]
    bench.reopen()
    assert texts(bench.pk, name) == [line]

    upgrade(bench)

    (kept,) = bench.pk.mailbox.translations.of(name)
    assert kept.name == made
    assert list(bench.pk.mailbox.search.text("全部延误")) == [1]
    with newer_program():
        assert texts(bench.pk, name) == []


def test_a_remark_is_named_and_read_after_an_upgrade(bench: Bench) -> None:
    """What its receipt says stands in the header, and counts at once."""
    name = bench.deliver()
    with newer_program():
        bench.cn.acknowledge(name, CANNOT, "No escort.", "WEATHER")
    bench.meet()
    (given,) = bench.pk.mailbox.receipts.of(name)
    assert (given.relation, given.remark, given.reason) == ("CANNOT_COMPLY", None, "")
    assert bench.pk.mailbox.outbox.count_queued() == 0
    line = f"remark by duty-1@ops.beijing.cn: {TEXTS[Reason.FORMAT]}"
    assert texts(bench.pk, name) == [line]
    bench.reopen()
    assert texts(bench.pk, name) == [line]

    upgrade(bench)

    (given,) = bench.pk.mailbox.receipts.of(name)
    assert (given.remark_text.text.text, given.reason) == ("No escort.", "WEATHER")
    with newer_program():
        assert texts(bench.pk, name) == []


def test_a_recall_marks_at_once_and_says_why_after_an_upgrade(bench: Bench) -> None:
    name = bench.deliver()
    with newer_program():
        recall = bench.pk.recall(name, "WRONG_LABEL").name
    bench.meet()
    box = bench.cn.mailbox
    assert (box.messages.row(recall).verdict, box.receipts.of(name)[0].reason) == (
        "FORMAT",
        "",
    )
    assert [link.relation for link in box.references.marking([name])] == ["RECALLS"]
    assert_nothing_said(bench, recall)

    upgrade(bench)

    box = bench.cn.mailbox
    assert box.messages.row(recall).acknowledge == "ACTION"
    assert box.receipts.of(name)[0].reason == "WRONG_LABEL"


def test_what_no_newer_program_reads_is_told_its_author_then(bench: Bench) -> None:
    odd = sealed(CHINA, PAKISTAN, newer(text(PAKISTAN)) + b"\xf8\x01\x01")
    feed(bench.pk, odd)
    assert bench.pk.mailbox.messages.row(name_of(odd)).verdict == "FORMAT"
    assert bench.pk.mailbox.outbox.count_queued() == 0

    upgrade(bench)

    row = bench.pk.mailbox.messages.row(name_of(odd))
    assert (row.verdict, row.state) == ("CONTENT", "refused")
    (given,) = bench.pk.mailbox.receipts.of(name_of(odd))
    assert (given.relation, given.reason) == ("UNOPENABLE", "CONTENT")
    assert bench.pk.mailbox.newer_texts.get(name_of(odd)) is None


def test_what_is_newer_still_waits_on(bench: Bench) -> None:
    odd = sealed(CHINA, PAKISTAN, b"\x08\x03" + text(PAKISTAN).removeprefix(FIRST))
    feed(bench.pk, odd)
    upgrade(bench)
    assert bench.pk.mailbox.messages.row(name_of(odd)).verdict == "FORMAT"


def test_its_number_counts_once_it_is_read(bench: Bench) -> None:
    """Until then it may be any that is missing, as of what does not open."""
    for number in (2, 3):  # the first is withheld
        content = said(PAKISTAN, f"Number {number}").content
        content.numbers.add(desk=PAKISTAN.desk, number=number)
        data = encode(content)
        if number == 2:
            data = newer(data)
        feed(bench.pk, sealed(CHINA, PAKISTAN, data))
    assert missing(bench) == [(CHINA.desk, [1, 2])]
    upgrade(bench)
    assert missing(bench) == [(CHINA.desk, [1])]


def missing(bench: Bench) -> list[tuple[str, list[int]]]:
    found = bench.pk.mailbox.numbers.gaps()
    return [(gap.desk, list(gap.numbers)) for gap in found]


def test_what_comes_ahead_of_its_log_is_read_with_its_place(bench: Bench) -> None:
    flash = sealed(
        CHINA, PAKISTAN, newer(text(PAKISTAN)), precedence=pb.PRECEDENCE_FLASH
    )
    name, origin = name_of(flash), checkpoint.log_origin(CN)
    for _ in range(2):
        bench.pk.arrivals.apply_urgent([desk_pb.Urgent(envelope=flash, origin=origin)])
    box = bench.pk.mailbox
    assert (box.messages.row(name).index, box.messages.row(name).verdict) == (
        None,
        "FORMAT",
    )
    feed(bench.pk, flash)
    bench.pk.arrivals.apply_urgent([desk_pb.Urgent(envelope=flash, origin=origin)])
    assert box.messages.row(name).verdict == "FORMAT"
    upgrade(bench)
    row = bench.pk.mailbox.messages.row(name)
    assert (row.verdict, row.state) == ("ACCEPTED", "local")
    assert row.index is not None


def test_what_its_log_does_not_have_is_not_read(bench: Bench) -> None:
    flash = sealed(
        CHINA, PAKISTAN, newer(text(PAKISTAN)), precedence=pb.PRECEDENCE_FLASH
    )
    origin = checkpoint.log_origin(CN)
    urgent = desk_pb.Urgent(envelope=flash, origin=origin)
    bench.pk.arrivals.apply_urgent([urgent])
    urgent.refused_reason = Reason.NOT_LOGGED
    bench.pk.arrivals.apply_urgent([urgent])
    assert bench.pk.mailbox.newer_texts.get(name_of(flash)) is None
    upgrade(bench)
    row = bench.pk.mailbox.messages.row(name_of(flash))
    assert (row.verdict, row.state) == ("FORMAT", "refused")


def test_a_text_that_is_erased_is_not_read_later(bench: Bench) -> None:
    name = sent(bench)
    bench.cn.mailbox.erasure.erase(name)
    upgrade(bench)
    message = bench.cn.mailbox.messages.read(name)
    assert (message.row.verdict, message.content) == ("ERASED", None)


def test_with_a_text_its_translations_are_erased(bench: Bench) -> None:
    name = bench.deliver()
    with newer_program():
        translated(bench.cn, name).send()
        bench.cn.acknowledge(name, CANNOT, "No escort.", "WEATHER")
    bench.meet()
    box = bench.pk.mailbox
    assert len(box.newer_texts.about(name)) == 2
    box.erasure.erase(name)
    assert [one.kind for one in box.newer_texts.about(name)] == [pb.KIND_RECEIPT]


def test_a_fault_of_the_newer_program_loses_no_text(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = sent(bench)

    def fault(*_: object) -> None:
        raise LookupError

    with monkeypatch.context() as broken:
        broken.setattr(Filing, "file", fault)
        upgrade(bench)
    assert bench.cn.mailbox.messages.row(name).state == "refused"
    upgrade(bench)
    assert bench.cn.mailbox.messages.row(name).verdict == "ACCEPTED"


# A desk whose program is older than its node's stops where newer rules begin.


def test_it_files_nothing_by_rules_that_it_does_not_know(bench: Bench) -> None:
    with newer_release():
        assert not bench.site(PK).submit(stated(PAKISTAN))[0].reason
        bench.world.meet()
    theirs = bench.send_back()
    bench.world.carry(bench.world.cn, bench.world.pk)
    before = bench.pk.mailbox.logs.cursor(PK)

    for _ in range(2):
        with refusing(Reason.UPGRADE):
            bench.pk.sync()

    assert bench.pk.mailbox.logs.cursor(PK) == before
    assert not bench.pk.mailbox.messages.knows(theirs)
    with newer_release():
        bench.pk.sync()
    assert bench.pk.mailbox.messages.knows(theirs)
    assert bench.pk.pinned.directory(PK).rules == NEWER
    assert CHINA.desk in bench.pk.pinned.desks()
