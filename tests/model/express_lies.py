"""Urgent envelopes ahead of the log, as a partner sends them that lies."""

from collections.abc import Sequence
from functools import cache

from exchange import envelope
from exchange.errors import Refusal
from exchange.ledger.merkle import SIZE_MAX
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from keys.signing import Signer
from tests.model.parts import (
    HOME_ONLY,
    ORDINARY,
    Party,
    parties,
    sealed,
    second_officer,
)
from tests.trust.nation import ed

SOUND = ("announced", "announced", "unplaced", "with its key")
"""What may be held: the log may bring it, and at that place."""
WRONG = (
    "signature",
    "nobody's",
    "another text",
    "no text",
    "another log",
    "not urgent",
    "passed place",
    "no place",
    "junk",
    "wrong statement",
)
"""What is declined, unless its name is held already."""
AGAIN = ("twin", "never")
"""What may be held, and is to be found out later."""
URGENT = {"precedence": pb.PRECEDENCE_FLASH, "mode": pb.MODE_ACTUAL}
LIES = (*SOUND, *WRONG, *AGAIN)


class ExpressLies:
    """Makes the frames; `party` is the partner that sends them."""

    def __init__(self, party: Party) -> None:
        self._party = party
        pool = enumerate(party.pool[:ORDINARY])
        self._urgent = [one for at, one in pool if at % 3 == 2 and at not in HOME_ONLY]

    def make(
        self, how: str, pick: int, logged: Sequence[pb.Envelope], size: int
    ) -> rpc.Express:
        """Return a frame; `logged` is its log, of which `size` entries are there."""
        plain = self._urgent[pick % len(self._urgent)]
        below = logged.index(plain) + 1 if plain in logged else len(logged) + 1
        frame = rpc.Express(envelope=plain, below=max(below, size + 1))
        fresh = _flash(self._party.name, "never held")
        changed = {
            "unplaced": plain,
            "with its key": _flash(self._party.name, "second", "second"),
            "signature": _resigned(fresh),
            "nobody's": _flash(self._party.name, "nobody's", "nobody"),
            "another text": _with_body(fresh, fresh.body + b"x"),
            "no text": pb.Envelope(entry=fresh.entry),
            "another log": _flash(self._party.peer.node, "not mine"),
            "not urgent": self._party.pool[0],
            "junk": pb.Envelope(entry=b"\xff" * (1 + pick)),
            "twin": _twin(self._party.name, _id_of(plain)),
            "never": _flash(self._party.name, f"never {pick}"),
        }
        frame.envelope.CopyFrom(changed.get(how, plain))
        if how in {"unplaced", "twin"}:
            frame.below = 0
        elif how == "passed place":
            frame.below = min(1, size)
        elif how == "no place":
            frame.envelope.CopyFrom(fresh)
            frame.below = SIZE_MAX + 1 + pick
        elif how == "with its key":
            frame.statements.append(self._party.orders[3].entry)
        elif how == "wrong statement":
            frame.envelope.CopyFrom(fresh)
            frame.statements.append(self._party.pool[0].entry)
        return frame


def name_in(frame: rpc.Express) -> bytes:
    """Return the name of what a frame brings, b"" where it is no envelope."""
    try:
        return envelope.split(frame.envelope.entry).name
    except Refusal:
        return b""


@cache
def _flash(node: str, text: str, signer: str = "") -> pb.Envelope:
    """Return a FLASH that no log of this partner has."""
    party = parties()[node]
    signers: dict[str, Signer] = {
        "": party.nation.author,
        "second": second_officer(party.nation),
        "nobody": ed("nobody"),
    }
    return sealed(party.nation, party.peer, text, signers[signer], **URGENT)


@cache
def _twin(node: str, id: bytes) -> pb.Envelope:  # noqa: A002  as the header calls it
    """Return another envelope under an id that is taken."""
    party = parties()[node]
    author = party.nation.author
    return sealed(party.nation, party.peer, "twin", author, id=id, **URGENT)


def _id_of(sent: pb.Envelope) -> bytes:
    return envelope.split(sent.entry).core.id


def _with_body(sent: pb.Envelope, body: bytes) -> pb.Envelope:
    return pb.Envelope(entry=sent.entry, wraps=sent.wraps, body=body)


def _resigned(sent: pb.Envelope) -> pb.Envelope:
    """Return an envelope with one bit of its signature changed."""
    entry = pb.Entry.FromString(sent.entry)
    first = entry.signatures[0]
    first.signature = bytes([first.signature[0] ^ 1]) + first.signature[1:]
    changed = entry.SerializeToString(deterministic=True)
    return pb.Envelope(entry=changed, wraps=sent.wraps, body=sent.body)
