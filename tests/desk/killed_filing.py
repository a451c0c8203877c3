"""File pages of arrivals until killed; print the cursor after each page."""

import sys
from pathlib import Path

from exchange.desk.client import Desk
from exchange.desk.mailbox import Mailbox
from exchange.desk.officer import Officer
from exchange.desk.pinned_logs import Pinned
from exchange.v1 import desk_service_pb2 as pb
from tests.node.world import FILED
from tests.trust.nation import Nation, seed

PAGE = 60  # arrivals


class Nobody:
    """A node's client that is never asked."""

    def close(self) -> None:
        pass


def open_desk(path: Path) -> Desk:
    """Islamabad's desk with a mailbox there; every nation from its fixed seeds."""
    pk, cn = Nation(), Nation("cn", "beijing")
    officer = Officer(
        pk.officer, pk.author, {pk.sealing.kid: pk.sealing}, seed("database")
    )
    pinned = Pinned({n.domain: n.bundle for n in (pk, cn)})
    mailbox = Mailbox(path, officer.database_key)
    return Desk(officer, mailbox, pinned, Nobody(), lambda: FILED)  # type: ignore[arg-type]  # never asked


def read_arrivals(path: Path) -> list[pb.Arrival]:
    return list(pb.WatchResponse.FromString(path.read_bytes()).arrivals)


if __name__ == "__main__":
    arrivals = read_arrivals(Path(sys.argv[2]))
    with open_desk(Path(sys.argv[1])) as desk:
        cursor = desk.load()
        while page := arrivals[cursor : cursor + PAGE]:
            desk.apply(page)
            cursor = page[-1].number
            print(cursor, flush=True)  # noqa: T201  # the parent reads it
