"""Officers of Islamabad's desk who share a ring on disk, and days that go by."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from exchange.desk.client import Desk
from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.officer import Officer
from exchange.desk.sealing_ring import SealingRing
from keys import ring as rings
from keys.ring import Ring, RingKey, State
from tests.desk.bench import PAKISTAN, Bench
from tests.desk.officers import enrol, program
from tests.node.world import PK
from tests.trust.nation import DAY, NOW, seed

KEY = seed("database")
WEEK = 7 * DAY


class Ringed:
    """Islamabad's desk with a home of its own: one ring, two officers' programs."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.nation = PAKISTAN
        self.folder = bench.folder / "desk"
        self.folder.mkdir()
        self.path = self.folder / "sealing.keys"
        first = RingKey(self.nation.sealing.seed, NOW, NOW + WEEK, State.STATED)
        rings.create(self.path, Ring(self.nation.desk, 1, (first,)), KEY)
        self.second = enrol(bench, PK, 2)

    @contextmanager
    def synced(self) -> Iterator[Desk]:
        """A program of the first officer that has read what its node has."""
        with self.officer() as desk:
            desk.sync()
            yield desk

    @contextmanager
    def officer(self, number: int = 1) -> Iterator[Desk]:
        """A program of one of the two officers."""
        name, signer = self.second
        if number == 1:
            name, signer = self.nation.officer, self.nation.author
        ring = SealingRing(self.path, self.nation.desk, KEY)
        with program(self.bench, PK, Officer(name, signer, ring, KEY)) as desk:
            yield desk

    @contextmanager
    def both(self) -> Iterator[tuple[Desk, Desk]]:
        """Programs of both officers, open at once."""
        with ExitStack() as stack:
            one, two = (stack.enter_context(self.officer(n)) for n in (1, 2))
            yield one, two

    def pass_days(self, days: float) -> None:
        """Let time go by for everybody."""
        self.bench.now += int(days * DAY)
        for site in (self.bench.world.pk, self.bench.world.cn):
            site.now += int(days * DAY)

    @property
    def ring(self) -> Ring:
        """The ring as it lies on disk."""
        return rings.read(self.path, self.nation.desk, KEY)

    @property
    def states(self) -> list[State]:
        return [key.state for key in self.ring.keys]

    def rotate(self, desk: Desk) -> None:
        """Let a week go by, and the desk state a key, and learn that it is logged."""
        self.pass_days(7)
        desk.sync()
        desk.sync()

    def holds(self, secret: bytes) -> list[str]:
        """Where a secret stands in the files of the home, in clear or to be opened."""
        files = [path for path in self.bench.folder.rglob("*") if path.is_file()]
        found = [path.name for path in files if secret in path.read_bytes()]
        if any(key.seed == secret for key in self.ring.keys):
            found.append(self.path.name)
        return found + [
            table
            for table, values in self._mailbox_values()
            if any(
                secret in value or secret.hex().encode() in value for value in values
            )
        ]

    def _mailbox_values(self) -> Iterator[tuple[str, list[bytes]]]:
        """Yield each table of the mailbox with all that stands in it."""
        path = self.bench.folder / f"{PK}.mailbox"
        with closing(MailboxDatabase(path, KEY)) as box:
            # Of full-text tables what they are made of: they cannot be read whole.
            tables = box.select(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
                " AND sql NOT LIKE 'CREATE VIRTUAL%'"
            )
            for (table,) in tables:
                rows = box.select(f'SELECT * FROM "{table}"')  # noqa: S608 - its own names
                yield (
                    table,
                    [
                        value if isinstance(value, bytes) else str(value).encode()
                        for row in rows
                        for value in row
                    ],
                )
