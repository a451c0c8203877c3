"""Measure the speed of this machine, and the response time of its node.

Takes `WHILE` for each figure. `USUAL` is from docs/performance.md.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from exchange import config, core, envelope
from exchange.bulletin.error_text import refusal
from exchange.clock import wall_ms
from exchange.config.database_url import DatabaseUrl
from exchange.demo.sites import BEIJING, ISLAMABAD
from exchange.desk.link.connect import connect_to_status
from exchange.errors import FusionError, Reason, Refusal, Why, unreadable
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import leaf_hash
from exchange.limits import DISK_FULL, EXPIRES_AFTER
from exchange.store import NewBatch, NewEntry, Store
from exchange.store.copy_file import is_full
from exchange.v1 import envelope_pb2 as pb
from exchange.words import say, word
from keys.sealing import Opener
from keys.secret_records import SecretRecord
from keys.signing import ED25519, Ed25519Signer

MACHINE = "AMD EPYC, 2 cores"
USUAL = {
    "seal": (word("bulletins sealed and signed a second"), 2_900, 4_200),
    "verify": (word("bulletins verified a second"), 11_800, 19_400),
    "append": (word("bulletins appended and synced a second"), 680, 1_850),
    "sync": (word("disk syncs a second"), 6_600, 9_100),
    "round_trip": (word("round trip to the node, ms"), 1.7, 3.7),
}
WHILE = 1.0  # s for each measurement
CONTENT = 2_000  # bytes
PAGE = 4_096  # bytes in a database page
ORIGIN = f"{ISLAMABAD}.fusion/log/1"
DESKS = (f"ops.{ISLAMABAD}", f"ops.{BEIJING}")
MS = 1_000  # in a second


class SampleBulletin(SecretRecord, frozen=True):
    core: pb.Core
    content: bytes
    signer: Ed25519Signer
    openers: Sequence[Opener]
    """By kid, ascending, as in core; the first is the reader's."""

    @classmethod
    def make(cls) -> "SampleBulletin":
        openers = sorted((Opener.generate() for _ in range(2)), key=lambda o: o.kid)
        signer, now = Ed25519Signer.generate(), wall_ms()
        header = pb.Core(
            version=core.VERSION,
            suite=core.SUITE,
            kind=pb.KIND_BULLETIN,
            id=os.urandom(core.ID_SIZE),
            origin=ISLAMABAD,
            author=signer.kid,
            filed=now,
            valid_from=now,
            expires=now + EXPIRES_AFTER,
            precedence=pb.PRECEDENCE_PRIORITY,
            tlp=pb.TLP_AMBER,
            releasable_to=["cn", "pk"],
            mode=pb.MODE_TEST,
            release=pb.RELEASE_NONE,
        )
        classes = (pb.RECIPIENT_CLASS_ACTION, pb.RECIPIENT_CLASS_COPY)
        for opener, node, class_ in zip(
            openers, (BEIJING, ISLAMABAD), classes, strict=True
        ):
            header.recipients.add(
                desk=f"ops.{node}", recipient_class=class_, kid=opener.kid
            )
        return cls(header, os.urandom(CONTENT), signer, openers)

    def seal(self) -> pb.Envelope:
        publics = {one.kid: one.public for one in self.openers}
        sealed = envelope.seal(self.core, self.content, publics)
        return envelope.sign(sealed, [("author", self.signer)])

    def verify(self, sent: pb.Envelope) -> envelope.Parsed:
        parsed = envelope.split(sent.entry)
        signed = parsed.signatures[0]
        envelope.verify_signature(parsed, signed, ED25519, self.signer.public)
        return parsed


def measure(home: Path) -> dict[str, Any]:
    """Return None, and a reason, if not measured."""
    sample = SampleBulletin.make()
    sent = sample.seal()
    ways: Mapping[str, Callable[[], float]] = {
        "seal": lambda: per_second(sample.seal),
        "verify": lambda: per_second(lambda: sample.verify(sent)),
        "append": lambda: appends(_folder(home), sent),
        "sync": lambda: syncs(_folder(home)),
        "round_trip": lambda: _round_trip(home),
    }
    return {
        "speed": [_figure(home, *each) for each in ways.items()],
        "machine": MACHINE,
    }


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    for one in found["speed"]:
        name = say(USUAL[one["about"]][0])
        if one["figure"] is None:
            yield say("{name}: not measured: {why}", name=name, why=one["why"])
            continue
        low, high = (f"{each:,}" for each in one["usual"])
        figure = f"{one['figure']:,}"
        said = word("{name}: {figure} (usual: {low} to {high})")
        yield say(said, name=name, figure=figure, low=low, high=high)
    yield say("usual: on {machine}", machine=found["machine"])


def per_second(do: Callable[[], object], seconds: float = WHILE) -> float:
    done, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        do()
        done += 1
    return done / passed


def appends(folder: Path, sent: pb.Envelope) -> float:
    """Measure appends, each synced by itself."""
    with (
        tempfile.TemporaryDirectory(prefix="speed-", dir=folder) as made,
        closing(Store(Path(made) / "ledger.db")) as store,
    ):
        edge, held = store.logs.edge(ORIGIN), None

        def one() -> None:
            nonlocal edge, held
            edge = edge.extend([leaf_hash(sent.entry)]).edge
            head = Head(ORIGIN, edge.size, edge.root())
            entry = NewEntry(
                entry=sent.entry,
                name=os.urandom(32),
                id=os.urandom(core.ID_SIZE),
                kind=pb.KIND_BULLETIN,
                wraps=tuple(sent.wraps),
                body=sent.body,
                desks=DESKS,
            )
            new = NewBatch([entry], head, b"", complete=False)
            store.append(ORIGIN, held, [new], wall_ms())
            held = head

        return per_second(one)


def syncs(folder: Path) -> float:
    """Measure syncs, each after writing a page."""
    with tempfile.TemporaryFile(dir=folder) as file:

        def one() -> None:
            os.pwrite(file.fileno(), bytes(PAGE), 0)
            os.fdatasync(file.fileno())

        return per_second(one)


def _round_trip(home: Path) -> float:
    """Return ms, after a first call."""
    with closing(connect_to_status(home)) as client:
        client.status()
        return MS / per_second(client.status)


def _folder(home: Path) -> Path:
    """Return the database's folder, or the home of a desk.

    Raises Refusal: DATABASE if it is on a server, DISK if the disk is full.
    """
    folder: Path | DatabaseUrl = home
    with suppress(FusionError):  # a home without a node
        place = config.database_of(config.node_home(home))
        folder = place.parent if isinstance(place, Path) else place
    if not isinstance(folder, Path):
        why = Why("it is on a server; only the disk of this machine is measured")
        raise Refusal(Reason.DATABASE, folder.name, why)
    if shutil.disk_usage(folder).free < DISK_FULL:
        raise Refusal(Reason.DISK, str(folder))
    return folder


def _figure(home: Path, about: str, way: Callable[[], float]) -> dict[str, Any]:
    _, *usual = USUAL[about]
    found: dict[str, Any] = {"about": about, "figure": None, "usual": usual}
    try:
        return found | {"figure": round(way(), 2 if about == "round_trip" else None)}
    except FusionError as error:
        cause = error
    except (OSError, dbapi2.Error) as error:
        cause = _cause(error, str(home))
    return found | {"why": refusal(cause)}


def _cause(error: OSError | dbapi2.Error, home: str) -> Refusal:
    if is_full(error):
        return Refusal(Reason.DISK, home)
    if isinstance(error, OSError):
        return unreadable(error, home)
    return Refusal(Reason.DATABASE, home)
