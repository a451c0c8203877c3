"""Why an envelope is not there yet, at each step of its way."""

from exchange.desk.link.way import QUEUED, Wait, find_waits
from exchange.v1.desk_service_pb2 import GetStatusResponse
from tests.desk.bench import Bench, client, said
from tests.node.world import CN, PK


def waits(
    bench: Bench, name: bytes, status: GetStatusResponse | None = None
) -> list[Wait]:
    message = bench.pk.mailbox.messages.read(name)
    return find_waits(bench.pk.mailbox, PK, message, status)


def answer(bench: Bench, **peer: object) -> GetStatusResponse:
    """Return what the own node says, with this of its partner."""
    status = client(bench.pk).status()
    for field, value in peer.items():
        setattr(status.peers[0], field, value)
    return status


def send(bench: Bench, words: str) -> bytes:
    return bench.pk.send(said(bench.world.nations[CN], words)).name


def test_it_waits_for_the_own_node(bench: Bench) -> None:
    client(bench.pk).down = True

    name = send(bench, "Convoy delayed")

    (wait,) = waits(bench, name)
    assert (wait.node, wait.reason) == (PK, "UNREACHABLE")
    assert wait.since


def test_then_for_the_partner_and_why(bench: Bench) -> None:
    send(bench, "Before it")
    name = send(bench, "Convoy delayed")
    dark = answer(bench, up=False, reason="CERTIFICATE_TIME", since=7)

    assert waits(bench, name, dark) == [Wait(CN, "CERTIFICATE_TIME", 7)]
    assert waits(bench, name, answer(bench, up=True)) == [Wait(CN, QUEUED, 0, 1)]
    quiet = answer(bench, up=True, emcon=True)
    assert waits(bench, name, quiet) == [Wait(CN, "EMCON")]
    quiet.emcon = "QUIET"
    assert waits(bench, name, quiet) == [Wait(PK, "EMCON")]


def test_at_last_for_nothing(bench: Bench) -> None:
    name = send(bench, "Convoy delayed")
    bench.meet()

    assert waits(bench, name, answer(bench)) == []
    assert (
        find_waits(bench.cn.mailbox, CN, bench.cn.mailbox.messages.read(name), None)
        == []
    )
