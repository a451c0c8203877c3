"""Two nations' desks at real nodes and stores, without the wire between."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.content import from_json
from exchange.desk.client import Desk
from exchange.desk.mailbox import Mailbox
from exchange.desk.officer import Officer
from exchange.desk.pinned_logs import Pinned
from exchange.errors import Unreachable
from exchange.node import (
    directory_heads,
    drafts,
    on_the_way,
    peer_heads,
    retention,
    submissions,
    views,
)
from exchange.node.drafts import DraftWatch
from exchange.node.submission_check import Submission
from exchange.node.urgent import UrgentWatch
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2
from keys.signing import Signer
from tests.node.world import CN, FILED, PK, Site, World, directory
from tests.trust.nation import Nation, seed

PAKISTAN, CHINA = Nation(), Nation("cn", "beijing")
"""As those of every world: what they sign by is from fixed seeds."""


class Direct:
    """A node's client that calls the node; `down` is a stopped node."""

    def __init__(self, site: Site, desk: str = "") -> None:
        self.site = site
        self.desk = desk or site.nation.desk
        self.down = False
        self.calls = 0

    def _up(self) -> None:
        self.calls += 1
        if self.down:
            raise Unreachable("node")

    def submit(self, envelopes: Sequence[envelope_pb2.Envelope]) -> list[pb.Submitted]:
        self._up()
        return submissions.submit(
            self.site.node,
            [Submission(one, self.desk) for one in envelopes],
        )

    def return_draft(self, call: pb.ReturnDraftRequest) -> None:
        self._up()
        drafts.return_draft(self.site.node, self.desk, call)

    def entry(self, name: bytes) -> pb.EntryArrived:
        self._up()
        request = pb.GetEntryRequest(name=name)
        return views.entry(self.site.node, self.desk, request).entry

    def proof(self, name: bytes) -> pb.GetProofResponse:
        self._up()
        return views.proof(self.site.node, name)

    def directory(self, origin: str, start: int) -> list[tuple[int, bytes]]:
        self._up()
        request = pb.ListDirectoryRequest(origin=origin, start=start)
        found = directory_heads.list_entries(self.site.node, request).entries
        return [(one.index, one.entry) for one in found]

    def status(self) -> pb.GetStatusResponse:
        self._up()
        status = views.status(self.site.node, self.desk)
        on_the_way.count(status, {})
        return status

    @contextmanager
    def watch(
        self,
        after: int,
        heads: Sequence[bytes] = (),
        seconds: float | None = None,  # noqa: ARG002 - as NodeClient
        mark: str = "",
        take_news: Callable[[pb.WatchResponse], None] = lambda _: None,
    ) -> Iterator[Iterator[list[pb.Arrival]]]:
        self._up()
        peer_heads.hear_desk(self.site.node, "desk", heads)
        views.check_mark(self.site.node, after, mark)
        retention.record_watch(self.site.node, self.desk, after)
        yield self._pages(after, take_news)

    def _pages(
        self, after: int, take_news: Callable[[pb.WatchResponse], None]
    ) -> Iterator[list[pb.Arrival]]:
        if news := UrgentWatch(self.site.node, self.desk, after).news():
            take_news(pb.WatchResponse(urgent=news))
        watched = DraftWatch(self.site.node, self.desk)
        while shown := watched.news():
            take_news(pb.WatchResponse(drafts=shown))
        while page := self.page(after):
            after = page[-1].number
            yield page
        yield []

    def page(self, after: int) -> list[pb.Arrival]:
        """What the node would send; the tests spoil it here."""
        return views.arrivals(self.site.node, self.desk, after)

    def close(self) -> None:
        pass


class Bench:
    """A world with a desk at each node."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.now = FILED
        self.pk, self.cn = self.desk(PK), self.desk(CN)

    def site(self, node: str) -> Site:
        return self.world.pk if node == PK else self.world.cn

    def desk(
        self, node: str, officer: Officer | None = None, mailbox: str = ""
    ) -> Desk:
        """A program at the desk of a node, of its first officer or another one."""
        nation = self.world.nations[node]
        openers = {nation.sealing.kid: nation.sealing}
        officer = officer or Officer(
            nation.officer, nation.author, openers, seed("database")
        )
        path = self.folder / f"{mailbox or node}.mailbox"
        client = Direct(self.site(node), officer.desk)
        kept, pinned = Mailbox(path, officer.database_key), Pinned(self.world.bundles)
        return Desk(officer, kept, pinned, client, lambda: self.now)

    def state(
        self, node: str, statement: envelope_pb2.Statement, *signers: tuple[str, Signer]
    ) -> int:
        """Put a statement into the log of a node, by its issuer; return the place."""
        nation = self.world.nations[node]
        by = signers or [("issuer", nation.issuer)]
        (answer,) = self.site(node).submit(directory(nation, statement, by))
        assert not answer.reason, answer
        return answer.index

    def reopen(self) -> None:
        """End both programs and start them again."""
        self.close()
        self.pk, self.cn = self.desk(PK), self.desk(CN)

    def close(self) -> None:
        self.pk.close()
        self.cn.close()

    def meet(self) -> None:
        """Replicate both ways, and let both desks read."""
        self.world.meet()
        self.pk.sync()
        self.cn.sync()

    def send(self, words: str = "Convoy delayed", **changes: object) -> bytes:
        """Send Beijing a bulletin as `said` makes it; return its name."""
        return self.pk.send(said(CHINA, words, **changes)).name

    def send_back(self, words: str = "Convoy delayed", **changes: object) -> bytes:
        """Send Islamabad one."""
        return self.cn.send(said(PAKISTAN, words, **changes)).name

    def deliver(self, words: str = "Convoy delayed", **changes: object) -> bytes:
        """Send Beijing one, and meet; return its name."""
        name = self.send(words, **changes)
        self.meet()
        return name


@contextmanager
def bench(world: World, folder: Path) -> Iterator[Bench]:
    made = Bench(world, folder)
    try:
        yield made
    finally:
        made.close()


def spoil_pages(desk: Desk, spoil: Callable[[pb.Arrival], None]) -> None:
    """Let the node of a desk treat all that it shows it so."""
    honest = client(desk).page

    def page(after: int) -> list[pb.Arrival]:
        found = honest(after)
        for arrival in found:
            spoil(arrival)
        return found

    client(desk).page = page  # type: ignore[method-assign]


def client(desk: Desk) -> Direct:
    assert isinstance(desk.client, Direct)
    return desk.client


RENDERED = {
    "lang": "zh",
    "state": "REVIEWED",
    "origin": "HUMAN",
    "segments": {"s0": "车队延误", "s1": "详情：车队延误。"},
}
"""The JSON of a translation of what `said` makes."""


def refers(relation: str, name: bytes) -> list[dict[str, str]]:
    """The references of a draft's JSON that says this of one bulletin."""
    return [{"relation": relation, "name": name.hex()}]


def said(
    nation: Nation, text: str = "Convoy delayed", **changes: object
) -> CheckedDraft:
    """A bulletin that asks for READ; `changes` are members of its JSON."""
    members: dict[str, object] = {
        "kind": "SITREP",
        "precedence": "PRIORITY",
        "mode": "TEST",
        "label": {"tlp": "AMBER", "releasable_to": ["cn", "pk"]},
        "to": [nation.desk],
        "subject": {"id": "s0", "lang": "en", "text": text},
        "segments": [{"id": "s1", "lang": "en", "text": f"{text}, in full."}],
        "request": {"acknowledge": "READ"},
        "when": {"from": "2027-01-15T08:00:00Z"},
        "details": {"posture": "NORMAL"},
    }
    return from_json(members | changes)
