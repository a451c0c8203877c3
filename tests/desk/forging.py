"""What a hostile partner can sign into its own log, shown to Islamabad's desk."""

import hashlib
from collections.abc import Sequence

from exchange import envelope
from exchange.bulletin.attestations import attest, claims
from exchange.bulletin.content import encode
from exchange.desk.client import Desk
from exchange.ledger import checkpoint
from exchange.v1 import bulletin_pb2, ledger_pb2
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from keys.pae import pae
from tests.desk.bench import CHINA, PAKISTAN, said
from tests.node.world import CN, core, recipients
from tests.trust.nation import Nation, ed


def entry_arrived(desk: Desk, node: str, sent: pb.Envelope) -> desk_pb.Arrival:
    """The next leaf of a log, as a node would show it."""
    origin = checkpoint.log_origin(node)
    return desk_pb.Arrival(
        number=desk.load() + 1,
        entry=desk_pb.EntryArrived(
            origin=origin,
            index=desk.arrivals.size(origin),
            verdict=ledger_pb2.VERDICT_ACCEPTED,
            envelope=sent,
        ),
    )


def feed(desk: Desk, *sent: pb.Envelope, node: str = CN) -> None:
    """Let a desk's node show it envelopes, each in a page of its own."""
    for one in sent:
        desk.apply([entry_arrived(desk, node, one)])


def text(nation: Nation, words: str = "Convoy delayed", **changes: object) -> bytes:
    """Content that is well formed."""
    return encode(said(nation, words, **changes).content)


def header(sender: Nation, reader: Nation, seed: object, **changes: object) -> pb.Core:
    """A header from desk to desk; its id comes from `seed`."""
    fields: dict[str, object] = {
        "id": hashlib.sha256(repr(seed).encode()).digest()[:16],
        "recipients": recipients(sender, reader),
    }
    return core(sender, **(fields | changes))


def publics(*nations: Nation) -> dict[bytes, bytes]:
    return {n.sealing.kid: n.sealing.public for n in nations}


def sealed(
    sender: Nation, reader: Nation, content: bytes, **changes: object
) -> pb.Envelope:
    """An envelope as its author would make it, whatever the content."""
    made = header(
        sender, reader, (content, sorted(map(repr, changes.items()))), **changes
    )
    return signed(sender, envelope.seal(made, content, publics(sender, reader)))


def from_china(words: str = "Convoy delayed", **changes: object) -> pb.Envelope:
    """A bulletin of Beijing's desk for Islamabad's, whatever its header says."""
    return sealed(CHINA, PAKISTAN, text(PAKISTAN, words), **changes)


def pointing(relation: int, name: bytes) -> list[pb.Reference]:
    """The references of a header that says this of one envelope."""
    return [pb.Reference(relation=pb.Relation.ValueType(relation), name=name)]


def signed(sender: Nation, made: envelope.Sealed) -> pb.Envelope:
    return envelope.sign(made, [("author", sender.author)])


def resealed(
    sender: Nation, made: envelope.Sealed, wraps: Sequence[bytes], body: bytes
) -> pb.Envelope:
    """The header of `made` signed over other wraps and another body."""
    dw = hashlib.sha256(pae("wraps", *wraps)).digest()
    db = hashlib.sha256(pae("body", body)).digest()
    name = envelope.name_of(made.core_bytes, dw, db)
    spoilt = envelope.Sealed(
        made.core_bytes, tuple(wraps), body, dw, db, name, made.cek
    )
    return signed(sender, spoilt)


def clear(sender: Nation, relation: int, name: bytes, **changes: object) -> pb.Envelope:
    """A receipt without a remark."""
    made = header(sender, sender, (relation, name, repr(changes)))
    made.ClearField("recipients")
    made.kind = pb.KIND_RECEIPT
    made.references.extend(pointing(relation, name))
    for field, value in changes.items():
        setattr(made, field, value)
    return signed(sender, envelope.seal(made, b"", {}))


def recall(sender: Nation, reader: Nation, name: bytes) -> pb.Envelope:
    remark = bulletin_pb2.Remark(
        text=bulletin_pb2.Segment(id="s0", lang="en", text="Sent by mistake")
    )
    about = pointing(pb.RELATION_RECALLS, name)
    return sealed(sender, reader, encode(remark), kind=pb.KIND_RECALL, references=about)


def rendering(
    sender: Nation,
    reader: Nation,
    name: bytes,
    said_: bulletin_pb2.Translation,
    **changes: object,
) -> pb.Envelope:
    """Signed by its sender, and by each officer of his desk whom it names."""
    return translation(sender, reader, name, attested(sender, said_), **changes)


def translation(
    sender: Nation,
    reader: Nation,
    name: bytes,
    said_: bulletin_pb2.Translation,
    **changes: object,
) -> pb.Envelope:
    """Signed by its sender alone, whatever it says."""
    return sealed(
        sender,
        reader,
        encode(said_),
        kind=pb.KIND_TRANSLATION,
        references=pointing(pb.RELATION_TRANSLATES, name),
        **changes,
    )


def attested(
    nation: Nation, said_: bulletin_pb2.Translation
) -> bulletin_pb2.Translation:
    """With what it says of the officers of a desk signed by all of them."""
    del said_.attestations[:]
    for officer in {claim.officer for claim in claims(said_)}:
        number = officer.partition("@")[0]
        own = officer == nation.officer
        signer = nation.author if own else ed(f"{nation.node} {number}")
        attest(bulletin_pb2.Translation(lang=said_.lang), said_, officer, signer)
    return said_


def name_of(sent: pb.Envelope) -> bytes:
    return envelope.split(sent.entry).name
