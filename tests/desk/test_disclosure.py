"""What a desk hands over: one envelope's key, and only what proves."""

import pytest
from msgspec.structs import replace

from exchange.desk.client import Desk
from exchange.desk.disclosure import disclose
from exchange.desk.mailbox.messages import Messages
from exchange.disclosure_file import show
from exchange.errors import FusionError, Reason, Tampered, Unreachable
from exchange.limits import RETENTION
from exchange.node import retention
from exchange.v1 import desk_service_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, client
from tests.desk.forging import feed, recall, sealed, text
from tests.node.world import CN, PK


def refused(desk: Desk, name: bytes) -> Reason:
    with pytest.raises(FusionError) as caught:
        disclose(desk.mailbox, desk.client, name)
    return caught.value.reason


def test_its_author_and_its_reader_disclose_the_same_text(bench: Bench) -> None:
    name = bench.send()
    bench.meet()

    ours, theirs = (disclose(d.mailbox, d.client, name) for d in (bench.pk, bench.cn))

    assert ours == theirs
    assert show(ours).name == name
    assert show(ours).content == bench.cn.mailbox.messages.read(name).content


def test_no_other_key_is_in_it(bench: Bench) -> None:
    first, second = bench.send(), bench.send("Another")
    bench.meet()
    data = disclose(bench.cn.mailbox, bench.cn.client, first).encode()

    other = bench.cn.mailbox.messages.read(second).cek
    assert other
    assert other not in data
    assert bench.world.nations[CN].sealing.seed not in data
    shown = show(disclose(bench.cn.mailbox, bench.cn.client, second))
    assert shown.name == second


def test_what_waits_in_the_outbox_needs_no_node(bench: Bench) -> None:
    client(bench.pk).down = True
    name = bench.send()

    assert show(disclose(bench.pk.mailbox, bench.pk.client, name)).name == name


def test_a_body_that_only_the_node_has_is_asked_of_it(bench: Bench) -> None:
    name = bench.send()
    bench.meet()
    client(bench.cn).down = True

    with pytest.raises(Unreachable):
        disclose(bench.cn.mailbox, bench.cn.client, name)


def test_what_the_node_erased_can_no_longer_be_proven(bench: Bench) -> None:
    name = bench.send()
    bench.meet()
    bench.now = bench.cn.mailbox.messages.row(name).expires + RETENTION + 1
    for site in (bench.world.pk, bench.world.cn):
        retention.erase_expired(site.reach(bench.now).read_all().node)

    assert refused(bench.cn, name) is Reason.ERASED
    assert bench.cn.mailbox.messages.read(name).content is not None


def test_a_recall_and_a_translation_are_envelopes_too(bench: Bench) -> None:
    translations = [
        {
            "lang": "zh",
            "state": "REVIEWED",
            "origin": "HUMAN",
            "segments": {"s0": "车队延误", "s1": "延误。"},
        }
    ]
    name = bench.send(translations=translations)
    ours, theirs = bench.world.nations[PK], bench.world.nations[CN]
    taken_back = recall(ours, theirs, name)
    bench.world.pk.from_desk(taken_back)
    bench.meet()
    (translation,) = bench.cn.mailbox.translations.of(name)
    recalled = bench.cn.mailbox.messages.row(2).name

    for each, kind in (
        (translation.name, pb.KIND_TRANSLATION),
        (recalled, pb.KIND_RECALL),
    ):
        shown = show(disclose(bench.cn.mailbox, bench.cn.client, each))
        assert (shown.name, shown.core.kind) == (each, kind)


def test_what_is_not_here_or_not_open_is_not_disclosed(bench: Bench) -> None:
    ours, theirs = bench.world.nations[PK], bench.world.nations[CN]
    odd = sealed(ours, theirs, b"no content")
    feed(bench.cn, odd, node=PK)
    name = bench.cn.mailbox.messages.row(1).name

    assert refused(bench.cn, bytes(32)) is Reason.NOT_FOUND
    assert refused(bench.cn, name) is Reason.CONTENT


def test_a_node_that_shows_another_body_is_found_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bench.send()
    bench.meet()

    def other(_: bytes) -> desk_service_pb2.EntryArrived:
        return desk_service_pb2.EntryArrived(envelope=pb.Envelope(body=b"x"))

    monkeypatch.setattr(client(bench.cn), "entry", other)

    assert refused(bench.cn, name) is Reason.BODY


def test_a_text_that_was_changed_in_the_mailbox_is_not_vouched_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bench.send()
    bench.meet()
    kept = bench.cn.mailbox.messages.read(name)
    spoilt = replace(kept, content=text(bench.world.nations[CN], "Never said"))
    monkeypatch.setattr(Messages, "read", lambda *_: spoilt)

    with pytest.raises(Tampered) as caught:
        disclose(bench.cn.mailbox, bench.cn.client, name)
    assert caught.value.reason is Reason.CONTENT
