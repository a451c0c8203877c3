"""W6: what is put before an officer's key is signed only as the program builds it.

A releaser's desk is the one place where bytes that others made are signed: its node, or
malware in its place, shows it drafts of its own making.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from exchange import envelope
from exchange.desk.client import Desk
from exchange.desk.release.decision import give_back, sign_draft
from exchange.desk.release.waiting_drafts import find, list_awaited, read_draft
from exchange.errors import FusionError, Refusal
from exchange.trust import wire
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from keys.pae import pae
from keys.signing import Ed25519Signer, Signer
from tests.desk.bench import Bench, client, said
from tests.desk.release import conftest as release_fixtures
from tests.desk.release.test_draft_reader import show
from tests.desk.releasers import WATCH, reviewer
from tests.expecting import present
from tests.hostile.partner import resigned, with_core
from tests.node.world import CN, PK
from tests.trust.nation import ed, key

strict = release_fixtures.strict


class Witness(Ed25519Signer):
    """A releaser's key that remembers what it was asked to sign."""

    def __init__(self, seed: bytes) -> None:
        super().__init__(seed)
        self.asked: list[bytes] = []

    def sign(self, message: bytes) -> bytes:
        self.asked.append(message)
        return super().sign(message)


@dataclass
class Reviewing:
    """A desk that reviews, the key of its releaser, and what its node shows it."""

    bench: Bench
    desk: Desk
    releaser: Witness

    def draft(self, words: str = "Convoy delayed") -> pb.Envelope:
        """Return what Islamabad's officer wrote, and signed, to be reviewed."""
        sent = self.bench.pk.send(
            said(self.bench.world.nations[CN], words, review=WATCH)
        )
        kept = present(self.bench.pk.mailbox.outbox.find(sent.name))
        return kept.envelope

    def shown(self, sent: pb.Envelope) -> dict[str, str]:
        """Show it as a draft that waits; return what the desk finds wrong."""
        name = envelope.split(sent.entry).name
        waiting = desk_pb.DRAFT_STATE_WAITING
        return show(self.desk, desk_pb.Draft(name=name, envelope=sent, state=waiting))


@pytest.fixture
def reviewing(strict: Bench) -> Iterator[Reviewing]:
    with reviewer(strict) as desk:
        assert desk.officer.releaser is not None
        witness = Witness(desk.officer.releaser.seed)
        desk.officer = replace(desk.officer, releaser=witness)
        client(strict.pk).down = True
        yield Reviewing(strict, desk, witness)


Made = Callable[[Reviewing], pb.Envelope]


def author(one: Reviewing) -> tuple[str, Signer]:
    return "author", one.bench.world.nations[PK].author


def changed(one: Reviewing, **changes: object) -> pb.Envelope:
    """Return a draft whose header its author changed and signed again."""
    sent = one.draft()
    return resigned(sent, author(one), core=with_core(sent, **changes))


def statement(one: Reviewing) -> pb.Envelope:
    nation = one.bench.world.nations[PK]
    stated = wire.encode(key(f"duty-8@{nation.desk}", "author", ed("duty-8")))
    return changed(one, kind=pb.KIND_DIRECTORY, clear=stated)


def by_a_stranger(one: Reviewing) -> pb.Envelope:
    return resigned(one.draft(), ("author", ed("stranger")))


def by_the_releaser_himself(one: Reviewing) -> pb.Envelope:
    own = one.desk.officer.signer
    sent = one.draft()
    return resigned(sent, ("author", own), core=with_core(sent, author=own.kid))


def another_context(one: Reviewing) -> pb.Envelope:
    """Return bytes that would read as another thing to sign, put as an entry."""
    return pb.Envelope(entry=pae("bundle", one.draft().entry))


HOSTILE: dict[str, Made] = {
    "any bytes": lambda _: pb.Envelope(entry=b"sign this"),
    "bytes of another context": another_context,
    "a statement": statement,
    "a receipt": lambda one: changed(one, kind=pb.KIND_RECEIPT),
    "a head": lambda one: changed(one, kind=pb.KIND_HEAD),
    "what asks for no release": lambda one: changed(one, release=pb.RELEASE_NONE),
    "another node's": lambda one: changed(one, origin=CN),
    "by a stranger": by_a_stranger,
    "by the releaser himself": by_the_releaser_himself,
    "without a text": lambda one: pb.Envelope(entry=one.draft().entry),
    "another seal": lambda one: changed(one, expires=2**40),
}


@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE)
def test_w6_what_a_node_puts_before_a_releaser(
    reviewing: Reviewing, made: Made
) -> None:
    """It is not in his queue, nor released, nor given back: nothing is signed."""
    sent = made(reviewing)
    with suppress(FusionError):
        reviewing.shown(sent)
    assert list_awaited(reviewing.desk) == []
    for one in reviewing.desk.mailbox.releases.all():
        for act in (sign_draft, lambda desk, it: give_back(desk, it, "OTHER")):
            with pytest.raises(Refusal):
                act(reviewing.desk, one)
    assert reviewing.releaser.asked == []


def test_w6_just_what_was_shown_is_signed(reviewing: Reviewing) -> None:
    """In the one role and context, over the name that the officer was shown."""
    sent = reviewing.draft()
    assert reviewing.shown(sent) == {}
    (waiting,) = list_awaited(reviewing.desk)
    draft = find(reviewing.desk, waiting.name.hex()[:12])
    entry = read_draft(reviewing.desk, draft)
    assert reviewing.releaser.asked == [], "to look at it signs nothing"
    assert (entry.entry, entry.author) == (sent.entry, f"duty-1@ops.{PK}")

    sign_draft(reviewing.desk, draft)

    parsed = envelope.split(sent.entry)
    assert reviewing.releaser.asked == [
        envelope.to_sign(
            "releaser",
            reviewing.releaser.kid,
            parsed.core_bytes,
            parsed.dw,
            parsed.db,
        )
    ]
