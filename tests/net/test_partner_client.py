"""A node's way to a partner's: each address in turn, and patience with its budget."""

from collections.abc import Callable

import pytest

from exchange.errors import Reason, Refusal, Unreachable
from exchange.net import partner_client
from exchange.net.desk_client import Tls
from exchange.net.partner_client import PartnerClient
from exchange.v1 import exchange_service_pb2 as pb

Ask = Callable[[PartnerClient, pb.ListEntriesRequest], pb.ListEntriesResponse]
SHOWN = Tls(b"", b"", b"", "beijing.cn.fusion")


class Channel:
    """One that is opened to an address, and closed."""

    def __init__(self, address: str) -> None:
        self.address, self.closed = address, False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def channels(monkeypatch: pytest.MonkeyPatch) -> list[Channel]:
    made: list[Channel] = []

    def opened(address: str, _: Tls) -> Channel:
        made.append(Channel(address))
        return made[-1]

    monkeypatch.setattr(partner_client, "channel", opened)
    return made


def asking(monkeypatch: pytest.MonkeyPatch, *answers: object) -> list[str]:
    """Let calls be answered so; return the addresses that were asked."""
    left, asked = list(answers), []

    def ask(self: PartnerClient, _: pb.ListEntriesRequest) -> object:
        channel = self._channels[0]
        assert isinstance(channel, Channel)
        asked.append(channel.address)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(PartnerClient, "_ask", ask)
    return asked


ANSWER = pb.ListEntriesResponse(head=b"head")


def test_each_address_is_tried_and_the_one_that_answers_kept(
    monkeypatch: pytest.MonkeyPatch, channels: list[Channel]
) -> None:
    asked = asking(monkeypatch, Unreachable("a"), ANSWER, ANSWER)
    with PartnerClient("beijing.cn", ["a", "b"], SHOWN) as client:
        assert client.entries("log", 0, 1) == client.entries("log", 1, 1) == ANSWER

    assert asked == ["a", "b", "b"]
    assert all(channel.closed for channel in channels)


def test_who_does_not_answer_anywhere_is_named(
    monkeypatch: pytest.MonkeyPatch, channels: list[Channel]
) -> None:
    asked = asking(monkeypatch, Unreachable("a"), Unreachable("b"))
    client = PartnerClient("beijing.cn", ["a", "b"], SHOWN)
    for _ in range(2):
        with pytest.raises(Unreachable, match=r"beijing\.cn"):
            client.entries("log", 0, 1)

    assert asked == ["a", "b"]
    assert all(channel.closed for channel in channels)


@pytest.mark.usefixtures("channels")
def test_a_spent_budget_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asking(monkeypatch, Refusal(Reason.RATE), Refusal(Reason.RATE), ANSWER)
    slept: list[float] = []
    client = PartnerClient("beijing.cn", ["a"], SHOWN, slept.append)

    assert client.entries("log", 0, 1) == ANSWER
    assert slept == [partner_client.PAUSE] * 2


@pytest.mark.usefixtures("channels")
@pytest.mark.parametrize(("reason", "times"), [(Reason.RATE, 6), (Reason.METHOD, 1)])
def test_another_refusal_is_passed_on_and_patience_ends(
    monkeypatch: pytest.MonkeyPatch, reason: Reason, times: int
) -> None:
    asked = asking(monkeypatch, *[Refusal(reason)] * 9)
    client = PartnerClient("beijing.cn", ["a"], SHOWN, lambda _: None)

    with pytest.raises(Refusal) as refused:
        client.entries("log", 0, 1)

    assert refused.value.reason is reason
    assert len(asked) == times
