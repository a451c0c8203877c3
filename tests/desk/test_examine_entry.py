"""A desk opens only what its author signed, sealed and meant for it.

How it may be sealed wrongly stands in tests/hostile/test_partner_sealing.py.
"""

from collections.abc import Callable

import pytest

from exchange import envelope
from exchange.bulletin.content import encode
from exchange.desk.client import Desk
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from keys import sealing
from tests.desk.bench import Bench
from tests.desk.forging import (
    entry_arrived,
    feed,
    header,
    name_of,
    publics,
    resealed,
    sealed,
    signed,
    text,
)
from tests.node.world import CN, PK
from tests.trust.nation import Nation

Spoil = Callable[[Nation, Nation], pb.Envelope]


def made(cn: Nation, pk: Nation, words: str = "One") -> envelope.Sealed:
    core = header(cn, pk, words)
    return envelope.seal(core, text(pk, words), publics(cn, pk))


def not_content(cn: Nation, pk: Nation) -> pb.Envelope:
    return sealed(cn, pk, b"PRECEDENCE: FLASH")


def translation_as_bulletin(cn: Nation, pk: Nation) -> pb.Envelope:
    said = bulletin_pb2.Translation(lang="ur", state="FINAL", origin="HUMAN")
    return sealed(cn, pk, encode(said))


def unknown_field(cn: Nation, pk: Nation) -> pb.Envelope:
    return sealed(cn, pk, text(pk) + b"\xf8\x01\x01")


def attachment_only_in_header(cn: Nation, pk: Nation) -> pb.Envelope:
    attachment = pb.Attachment(index=0, padded=512, digest=bytes(32))
    return sealed(cn, pk, text(pk), attachments=[attachment])


def routine_emergency(cn: Nation, pk: Nation) -> pb.Envelope:
    return sealed(
        cn,
        pk,
        text(pk),
        precedence=pb.PRECEDENCE_FLASH,
        release=pb.RELEASE_EMERGENCY,
    )


def key_of_nobody(cn: Nation, pk: Nation) -> pb.Envelope:
    other = sealing.Opener(bytes(32))
    core = header(cn, pk, "gone")
    for recipient in core.recipients:
        if recipient.desk == pk.desk:
            recipient.kid = other.kid
    found = sorted(core.recipients, key=lambda r: r.kid)
    del core.recipients[:]
    core.recipients.extend(found)
    keys = publics(cn) | {other.kid: other.public}
    return signed(cn, envelope.seal(core, text(pk), keys))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(not_content, "CONTENT", id="not a message"),
        pytest.param(translation_as_bulletin, "CONTENT", id="of another kind inside"),
        pytest.param(unknown_field, "CONTENT", id="unknown field"),
        pytest.param(attachment_only_in_header, "CONTENT", id="attachments differ"),
        pytest.param(routine_emergency, "RELEASE", id="no emergency by its kind"),
        pytest.param(key_of_nobody, "KEY_GONE", id="sealed for a key we lack"),
    ],
)
def test_what_does_not_open_is_shown_as_refused(
    bench: Bench, spoil: Spoil, reason: str
) -> None:
    sent = spoil(bench.world.nations[CN], bench.world.nations[PK])
    feed(bench.pk, sent)
    message = bench.pk.mailbox.messages.read(name_of(sent))
    assert message.row.verdict == reason
    assert message.row.state == "refused"
    assert message.content is None
    assert message.row.subject == ""
    assert message.row.author == "duty-1@ops.beijing.cn"
    assert not bench.pk.mailbox.search.text("convoy")


def test_the_same_bulletin_unspoilt_opens(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    one = made(cn, pk)
    feed(bench.pk, resealed(cn, one, one.wraps, one.body))
    assert bench.pk.mailbox.messages.row(one.name).verdict == "ACCEPTED"
    assert bench.pk.mailbox.messages.row(one.name).subject == "One"


def flipped(sent: pb.Envelope, byte: int) -> pb.Envelope:
    spoilt = pb.Envelope()
    spoilt.CopyFrom(sent)
    entry = bytearray(sent.entry)
    entry[byte] ^= 1
    spoilt.entry = bytes(entry)
    return spoilt


def shown(desk: Desk) -> int:
    return desk.mailbox.database.count()


@pytest.mark.parametrize("byte", [10, 60, 200, -80, -1])
def test_what_a_signature_does_not_cover_is_not_shown_at_all(
    bench: Bench, byte: int
) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    feed(bench.pk, flipped(sealed(cn, pk, text(pk)), byte))
    assert shown(bench.pk) == 0
    assert bench.pk.agree() is False


def test_a_bulletin_for_other_desks_leaves_no_row(bench: Bench) -> None:
    cn = bench.world.nations[CN]
    core = header(cn, cn, "theirs")
    own = [r for r in core.recipients if r.recipient_class == pb.RECIPIENT_CLASS_COPY]
    del core.recipients[:]
    core.recipients.extend(own)
    sent = signed(cn, envelope.seal(core, text(cn), publics(cn)))
    feed(bench.pk, sent)
    assert shown(bench.pk) == 0
    assert bench.pk.agree() is True


def test_the_node_s_word_that_an_entry_is_refused_is_not_taken(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    arrival = entry_arrived(bench.pk, CN, sealed(cn, pk, text(pk)))
    arrival.entry.verdict = 2  # type: ignore[assignment]  # VERDICT_REFUSED
    bench.pk.apply([arrival])
    assert shown(bench.pk) == 1
    assert [reason for reason, _ in bench.pk.node_faults()] == ["HIDDEN"]
