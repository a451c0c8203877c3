"""Why an envelope is not there yet, at each step of its way."""

from exchange.cli import log_output
from exchange.desk.link.way import QUEUED, SENT, SHOWN, Wait, count_queued, find_waits
from exchange.node import on_the_way
from exchange.node.posture import Posture
from exchange.store import SaidRefusal
from exchange.v1.desk_service_pb2 import GetStatusResponse
from tests.desk.bench import Bench, client
from tests.node.world import CN, PK


def waits(
    bench: Bench, name: bytes, status: GetStatusResponse | None = None
) -> list[Wait]:
    message = bench.pk.mailbox.messages.read(name)
    return find_waits(bench.pk.mailbox, PK, message, status)


def answer(bench: Bench, posture: str = "OFF", **peer: object) -> GetStatusResponse:
    """Return what the own node says, with this of its partner."""
    status = client(bench.pk).status()
    for field, value in peer.items():
        setattr(status.peers[0], field, value)
    status.emcon = posture
    del status.on_the_way[:]
    on_the_way.count(status, {})
    return status


def test_it_waits_for_the_own_node(bench: Bench) -> None:
    client(bench.pk).down = True

    name = bench.send("Convoy delayed")

    (wait,) = waits(bench, name)
    assert (wait.node, wait.reason) == (PK, "UNREACHABLE")
    assert wait.since


def test_then_for_the_partner_and_why(bench: Bench) -> None:
    bench.send("Before it")
    name = bench.send("Convoy delayed")
    dark = answer(bench, up=False, reason="CERTIFICATE_TIME", since=7)

    assert waits(bench, name, dark) == [Wait(CN, "CERTIFICATE_TIME", 7)]
    assert waits(bench, name, answer(bench, up=True)) == [Wait(CN, QUEUED, 0, 1)]
    quiet = answer(bench, up=True, emcon=True)
    assert waits(bench, name, quiet) == [Wait(CN, "EMCON")]
    quiet = answer(bench, "QUIET", up=True)
    assert waits(bench, name, quiet) == [Wait(PK, "EMCON")]


def test_what_is_on_the_line_waits_for_its_answer(bench: Bench) -> None:
    """The first of what the partner has not are sent; the rest goes behind them."""
    first, second = bench.send("Convoy delayed"), bench.send("Convoy arrived")
    status = answer(bench, up=True)
    (queued,) = status.on_the_way
    assert (queued.state, queued.to, queued.reason) == ("local", CN, QUEUED)
    assert queued.count == status.peers[0].queued

    del status.on_the_way[:]
    on_the_way.count(status, {CN: queued.count - 1})

    assert [(r.reason, r.count) for r in status.on_the_way] == [
        (SENT, queued.count - 1),
        (QUEUED, 1),
    ]
    assert waits(bench, first, status) == [Wait(CN, SENT, 0, queued.count - 2)]
    assert waits(bench, second, status) == [Wait(CN, QUEUED, 0, queued.count - 1)]


def test_what_passed_the_others_is_shown_there_as_that_node_says(bench: Bench) -> None:
    name = bench.send("Convoy delayed", precedence="FLASH", mode="ACTUAL")
    status = answer(bench, up=True)
    status.peers[0].shown.append(name)

    (wait,) = waits(bench, name, status)

    assert (wait.node, wait.reason) == (CN, SHOWN)
    (line,) = log_output.wait_lines([wait])
    assert line.startswith(f"waits for {CN}: already shown there, as that node says")


def test_what_the_own_node_does_not_take_is_counted_by_why(bench: Bench) -> None:
    """Down, then in MINIMIZE: the same count, another reason."""
    client(bench.pk).down = True
    bench.send("Convoy delayed", precedence="ROUTINE")
    bench.send("Convoy arrived", precedence="ROUTINE")

    (down,) = count_queued(bench.pk.mailbox, PK, up=False)
    assert (down.state, down.to, down.count) == ("queued", "", 2)
    assert (down.node, down.reason, down.since) == (PK, "UNREACHABLE", bench.now)

    client(bench.pk).down = False
    bench.world.pk.node.posture = Posture(minimize=True)
    bench.pk.push()

    (held,) = count_queued(bench.pk.mailbox, PK, up=True)
    assert (held.state, held.reason, held.count) == ("queued", "MINIMIZE", 2)


def test_what_a_partner_refuses_is_counted_by_why(bench: Bench) -> None:
    node = bench.world.pk.node
    for index, reason in ((3, "LABEL"), (4, "SIZE"), (5, "LABEL")):
        told = SaidRefusal(index, reason, b"")
        node.store.partners.note_refusal(node.origin, CN, told, bench.now)

    rows = client(bench.pk).status().on_the_way

    refused = [(r.node, r.reason, r.count) for r in rows if r.state == "refused"]
    assert refused == [(CN, "LABEL", 2), (CN, "SIZE", 1)]
    assert not node.store.partners.count_refusals(bench.now + 1)


def test_at_last_for_nothing(bench: Bench) -> None:
    name = bench.send("Convoy delayed")
    bench.meet()

    assert waits(bench, name, answer(bench)) == []
    assert (
        find_waits(bench.cn.mailbox, CN, bench.cn.mailbox.messages.read(name), None)
        == []
    )
