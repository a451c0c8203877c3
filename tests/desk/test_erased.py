"""What a desk sees of a text that its node erased: a word, and no alarm."""

from exchange import envelope
from exchange.desk.link.proof_chain import Chain
from exchange.errors import Reason
from exchange.limits import LACKING_KEPT, RETENTION
from exchange.node import retention
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench
from tests.desk.forging import sealed, text
from tests.node.world import CN, PK


def pass_by(bench: Bench, name: bytes) -> None:
    """Let the retention of a message end, everywhere; both nodes erase it."""
    entry = bench.pk.mailbox.messages.read(name).entry
    bench.now = envelope.split(entry).core.expires + RETENTION + LACKING_KEPT + 1
    for site in (bench.world.pk, bench.world.cn):
        retention.erase_expired(site.reach(bench.now).node)


def test_what_was_not_opened_yet_is_erased_and_not_refused(bench: Bench) -> None:
    name = bench.send()
    bench.world.meet()
    pass_by(bench, name)

    bench.cn.sync()

    row = bench.cn.mailbox.messages.row(name)
    assert (row.verdict, row.author) == (Reason.ERASED, "duty-1@ops.islamabad.pk")
    assert (row.kind, row.acknowledge) == ("", "NONE")
    assert row.state == "cosigned"
    message = bench.cn.mailbox.messages.read(name)
    assert message.content is None
    assert bench.cn.agree() is True
    chain = Chain(bench.cn.mailbox, bench.cn.pinned, bench.cn.client, message)
    steps = {step.what: step.ok for step in chain.steps()}
    assert steps.pop("SEAL") is None
    assert set(steps.values()) == {True}


def test_what_was_opened_stays_open(bench: Bench) -> None:
    name = bench.send()
    bench.meet()
    pass_by(bench, name)
    bench.cn.mailbox.logs.set_cursor(CN, 0)  # as when another nation is imported

    bench.reopen()
    bench.cn.sync()

    message = bench.cn.mailbox.messages.read(name)
    assert message.row.verdict == "ACCEPTED"
    assert message.content is not None
    assert bench.cn.mailbox.database.count() == 1


def test_what_was_written_here_stays_open_though_it_is_recorded_late(
    bench: Bench,
) -> None:
    name = bench.send()
    bench.world.meet()
    pass_by(bench, name)

    bench.pk.sync()

    message = bench.pk.mailbox.messages.read(name)
    assert (message.row.verdict, message.row.state) == ("ACCEPTED", "cosigned")
    assert message.row.index == 3
    assert message.content is not None


def bare(bench: Bench) -> tuple[pb.Envelope, int]:
    """Return an envelope from Islamabad whose node sends no body, and its end."""
    ours, theirs = bench.world.nations[PK], bench.world.nations[CN]
    one = sealed(ours, theirs, text(theirs))
    return pb.Envelope(entry=one.entry), envelope.split(one.entry).core.expires
