"""Ten years in this process: keys renewed as they end, verdicts, and what is exported.

Both nodes come to the same verdicts on each day, and an auditor to theirs in year
twenty.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from exchange import envelope
from exchange.audit import verify_export
from exchange.audit.export import write_export
from exchange.audit.export.write_export import Exporter
from exchange.audit.result import Audit
from exchange.audit.verify_export import ExportRequest
from exchange.errors import Reason
from exchange.limits import (
    ISSUER_KEY_LIFE,
    KEY_EARLY,
    OFFICER_KEY_LIFE,
    SEALING_KEY_LIFE,
)
from exchange.store import raw_rows
from exchange.trust import rules, statements, wire
from exchange.v1 import envelope_pb2 as pb
from keys.sealing import Opener
from keys.signing import Ed25519Signer, Signer
from tests.node import world as worlds
from tests.node.test_new_roots import Nothing
from tests.node.world import CN, FILED, PK, Site, World, bulletin, core
from tests.trust.editions import Change, edition, with_retired_mirror
from tests.trust.nation import DAY, YEAR, Nation, ed, seed

DAYS = (8, 40, 366, 398, 1_830, 3_700)
YEAR_TWENTY = FILED + 20 * YEAR
EARLY = SEALING_KEY_LIFE  # ms before a key ends in which it is renewed
SECOND = 1_000


def filed_at(now: int) -> dict[str, object]:
    return {"filed": now, "valid_from": now, "expires": now + 30 * DAY}


@dataclass
class Keys:
    """The keys of one nation, renewed one after the other, and their ends."""

    site: Site
    first: Ed25519Signer
    """The officer's key of the first year."""
    serial: int = 1
    ends: dict[str, int] = field(default_factory=dict)

    @property
    def nation(self) -> Nation:
        return self.site.nation

    def renew_due(self, now: int) -> None:
        """Renew what ends before long: issuer, officer, sealing key, in this order."""
        self.serial += 1
        renewals = {
            "issuer": (self._renew_issuer, ISSUER_KEY_LIFE),
            "author": (self._renew_author, OFFICER_KEY_LIFE),
            "sealing": (self._renew_sealing, SEALING_KEY_LIFE),
        }
        for role, (renew, life) in renewals.items():
            if self.ends.get(role, 0) < now + EARLY:
                self.ends[role] = now + life
                renew(now, (now - KEY_EARLY, now + life))

    def _renew_issuer(self, now: int, life: tuple[int, int]) -> None:
        domain = self.nation.domain
        key = ed(f"{domain} issuer {self.serial}")
        stated = statements.key_statement(f"issuer@{domain}", "issuer", key, life)
        self._say(stated, now, *(("root", root) for root in self.nation.roots))
        self.nation.issuer = key

    def _renew_author(self, now: int, life: tuple[int, int]) -> None:
        key = ed(f"{self.nation.domain} author {self.serial}")
        stated = statements.key_statement(self.nation.officer, "author", key, life)
        self._say(stated, now, ("issuer", self.nation.issuer))
        self.nation.author = key

    def _renew_sealing(self, now: int, life: tuple[int, int]) -> None:
        opener = Opener(seed(f"{self.nation.domain} sealing {self.serial}"))
        stated = statements.sealing_statement(self.nation.desk, opener.public, life)
        self._say(stated, now, ("author", self.nation.author))
        self.nation.sealing = opener

    def _say(
        self, stated: pb.Statement, now: int, *signers: tuple[str, Signer]
    ) -> None:
        author = next(key.kid for _, key in signers if key.algorithm == "ed25519")
        header = core(
            self.nation,
            kind=pb.KIND_DIRECTORY,
            author=author,
            clear=wire.encode(stated),
            **filed_at(now),
        )
        sent = envelope.sign(envelope.seal(header, b"", {}), signers)
        (answer,) = self.site.submit(sent)
        assert not answer.reason, (stated, answer)

    def write(self, to: Nation, now: int, by: Ed25519Signer | None = None) -> bytes:
        """Return the entry of a bulletin, by today's key unless another is given."""
        today, self.nation.author = self.nation.author, by or self.nation.author
        try:
            text = b"day %d" % (now // DAY)
            return bulletin(self.nation, to, text, **filed_at(now)).entry
        finally:
            self.nation.author = today


class Judged(NamedTuple):
    """What both nodes make of a bulletin by today's key, and by the first year's."""

    today: list[Reason | None]
    first: list[Reason | None]


class Decade:
    """The two nodes, which go from day to day, and what they made of each."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder, self.world = folder, world
        self.sites = {PK: world.pk, CN: world.cn}
        self.keys = {
            node: Keys(site, site.nation.author) for node, site in self.sites.items()
        }
        self.judged: dict[int, Judged] = {}

    def live(self, day: int) -> None:
        """Renew what is due, send both ways, and judge."""
        now = FILED + day * DAY
        for site in self.sites.values():
            site.reach(now)
        for keys in self.keys.values():
            keys.renew_due(now)
        self.world.meet()
        self.judged[day] = Judged(self._judge(now), self._judge(now, first=True))
        ours, theirs = self.world.pk, self.world.cn
        for site, to in ((ours, theirs.nation), (theirs, ours.nation)):
            sent = bulletin(site.nation, to, b"sent", id=_id(now), **filed_at(now))
            (answer,) = site.from_desk(sent)
            assert not answer.reason, (day, answer)
        self.world.meet()

    def _judge(self, now: int, *, first: bool = False) -> list[Reason | None]:
        """Return each node's verdict on a bulletin of each nation."""
        found: list[Reason | None] = []
        for node, to in ((PK, CN), (CN, PK)):
            keys = self.keys[node]
            by = keys.first if first else None
            entry = keys.write(self.sites[to].nation, now, by)
            for site in self.sites.values():
                log = site.node.members.log(self.sites[node].node.origin, Nothing())
                verdict = rules.judge(entry, log)
                found.append(getattr(verdict, "reason", None))
        return found

    def export(self, name: str) -> Path:
        """Write what Islamabad's node holds by now."""
        path = self.folder / f"{name}.audit"
        with raw_rows.open_view(self.folder / f"{PK}.db") as raw:
            write_export.write(raw, Exporter(PK), lambda: self.world.pk.now, path)
        return path

    def audit(self, path: Path, *changes: Change) -> ExportRequest:
        """Ask for an audit in year twenty; of Beijing there is a later edition."""
        trust = []
        for nation in self.world.nations.values():
            changed = changes if nation.domain == "cn" else ()
            trust.append((f"{nation.domain}.bundle", edition(nation, 2, *changed).data))
        return ExportRequest(path, trust, YEAR_TWENTY, workers=1)


def _id(now: int) -> bytes:
    return seed(f"bulletin {now}")[:16]


@dataclass(frozen=True)
class Exported:
    """The ten years, and what was exported after the first days and after the last."""

    decade: Decade
    first: Path
    last: Path


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    folder = tmp_path_factory.mktemp("years")
    with worlds.world(folder) as world:
        world.meet()
        decade = Decade(folder, world)
        decade.live(DAYS[0])
        first = decade.export("first")
        for day in DAYS[1:]:
            decade.live(day)
        yield Exported(decade, first, decade.export("last"))


@pytest.mark.parametrize("day", DAYS)
def test_renewed_keys_are_good_and_those_that_ended_are_not(
    exported: Exported, day: int
) -> None:
    ended = Reason.SIGNER_TIME if day > YEAR // DAY else None

    assert exported.decade.judged[day] == Judged([None] * 4, [ended] * 4)


def sound(found: Audit) -> bool:
    return found.ok and not any(log.faults or log.refused for log in found.logs)


def test_both_exports_verify_in_year_twenty(exported: Exported) -> None:
    for path in (exported.first, exported.last):
        assert sound(verify_export.verify(exported.decade.audit(path)))


def test_a_cosigner_that_retired_since_is_named_and_a_day_of_its_time_will_do(
    exported: Exported,
) -> None:
    last = FILED + DAYS[-1] * DAY
    asked = exported.decade.audit(exported.first, with_retired_mirror(last // SECOND))
    found = verify_export.verify(asked)

    assert not found.ok
    assert any(found.retired(log) for log in found.logs)
    assert sound(verify_export.verify(replace(asked, at=FILED + YEAR)))
