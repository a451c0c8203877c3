"""P20 to P26: what an author seals and signs so that readers are shown two texts.

The node takes what is signed; the desk that opens it shows nothing of it at all.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exchange import envelope
from exchange.errors import Reason
from exchange.limits import WRAP_SIZE
from exchange.v1 import envelope_pb2 as pb
from keys import sealing
from keys.pae import pae
from tests.desk.bench import Bench
from tests.desk.forging import header, name_of, publics, resealed, sealed, text
from tests.hostile.partner import ANY, Partner, resigned, with_core
from tests.second_sealing import Cobblestone256

CHUNK = 16 * 1024 + 16  # bytes of a chunk of a body, with its tag
FLASH: dict[str, Any] = {"precedence": pb.PRECEDENCE_FLASH, "mode": pb.MODE_ACTUAL}
START = 56  # bytes of a body before its first chunk


def made(partner: Partner, words: str = "One", **changes: object) -> envelope.Sealed:
    here, there = partner.nation, partner.victim
    core = header(here, there, words, **changes)
    return envelope.seal(core, text(there, words), publics(here, there))


def header_hash(one: envelope.Sealed) -> bytes:
    return hashlib.sha256(pae("core", one.core_bytes)).digest()


def with_body(partner: Partner, one: envelope.Sealed, body: bytes) -> pb.Envelope:
    return resealed(partner.nation, one, one.wraps, body)


def with_wrap(partner: Partner, one: envelope.Sealed, cek: bytes) -> pb.Envelope:
    """Return an envelope of which Islamabad's wrap, and no other, holds that key."""
    opener = partner.victim.sealing
    info = pae("wrap", header_hash(one), opener.kid)
    wrap = opener.kid + sealing.seal(opener.public, info, cek)
    wraps = [wrap if each.startswith(opener.kid) else each for each in one.wraps]
    return resealed(partner.nation, one, wraps, one.body)


def test_p20_a_body_that_opens_under_two_keys(partner: Partner) -> None:
    """AES-GCM without commitment would let a body be two texts: it is none here."""
    one = made(partner)
    padded = envelope.pad(text(partner.victim))
    body = AESGCM(one.cek).encrypt(bytes(12), padded, None)
    partner.assert_unopened(with_body(partner, one, body), Reason.BODY)


def test_p20_a_body_that_commits_to_another_key(partner: Partner) -> None:
    """The commitment is of one key, the chunks are sealed by the other's."""
    one, other = made(partner), bytes(32)
    context = pae("content", header_hash(one))
    body = sealing.seal_body(other, context, envelope.pad(text(partner.victim)))
    body = one.body[:START] + body[START:]
    partner.assert_unopened(with_body(partner, one, body), Reason.BODY)


def test_p21_one_reader_is_given_another_key(partner: Partner, bench: Bench) -> None:
    """He refuses, and says so, signed; the other reads; both desks see the claim."""
    one = made(partner)
    sent = with_wrap(partner, one, bytes(32))
    name = name_of(sent)
    copy = bench.cn
    (answer,) = bench.world.cn.from_desk(sent)
    assert not answer.reason, answer
    copy.sync()
    assert copy.mailbox.messages.row(name).verdict == "ACCEPTED"
    bench.meet()
    desk = bench.pk
    assert desk.mailbox.messages.row(name).verdict == Reason.BODY
    assert desk.mailbox.messages.read(name).content is None
    bench.meet()
    bench.meet()
    for each in (desk, copy):
        (told,) = each.mailbox.receipts.of(name)
        assert (told.relation, told.reason) == ("UNOPENABLE", "BODY")
        assert told.author == partner.victim.officer
    assert copy.mailbox.messages.row(name).verdict == "ACCEPTED"


Wraps = list[bytes]
SPOILT_WRAPS: dict[str, Callable[[Wraps], Wraps]] = {
    "shorter": lambda wraps: [wraps[0], wraps[1][:-1]],
    "longer": lambda wraps: [wraps[0], wraps[1] + b"\0"],
    "empty": lambda wraps: [wraps[0], b""],
    "one kid twice": lambda wraps: [wraps[0], wraps[0][:32] + wraps[1][32:]],
    "missing": lambda wraps: wraps[:1],
    "none": lambda _: [],
    "extra": lambda wraps: [*wraps, b"\xff" * WRAP_SIZE],
    "unsorted": lambda wraps: wraps[::-1],
    "another kid": lambda wraps: [wraps[0], b"\xff" * 32 + wraps[1][32:]],
}


@pytest.mark.parametrize("signed", [False, True], ids=["on the way", "by its author"])
@pytest.mark.parametrize("spoil", SPOILT_WRAPS.values(), ids=SPOILT_WRAPS)
def test_p22_wraps_that_are_not_those_of_the_header(
    partner: Partner, spoil: Callable[[Wraps], Wraps], *, signed: bool
) -> None:
    """The batch is refused whole, though the entry's signature is sound."""
    one = made(partner, **FLASH)
    wraps = spoil(list(one.wraps))
    sent = resealed(partner.nation, one, wraps if signed else one.wraps, one.body)
    damaged = pb.Envelope(entry=sent.entry, wraps=wraps, body=sent.body)
    partner.assert_damaged(damaged, Reason.WRAPS)


@pytest.mark.parametrize("part", ["wraps", "body", "context"])
def test_p23_parts_of_another_bulletin(partner: Partner, part: str) -> None:
    one, two = made(partner), made(partner, "Two")
    if part == "wraps":
        sent = resealed(partner.nation, one, two.wraps, one.body)
        partner.assert_unopened(sent, Reason.SEAL)
    elif part == "body":
        partner.assert_unopened(with_body(partner, one, two.body), Reason.BODY)
    else:  # one key for both, and the text sealed under the other header
        context = pae("content", header_hash(two))
        padded = envelope.pad(text(partner.victim))
        body = sealing.seal_body(one.cek, context, padded)
        partner.assert_unopened(with_body(partner, one, body), Reason.BODY)


def stream(*order: int, tail: bytes = b"") -> Callable[[bytes], bytes]:
    """Put the chunks of a body into an order; -1 is the last one."""

    def spoil(body: bytes) -> bytes:
        rest = body[START:]
        chunks = [rest[at : at + CHUNK] for at in range(0, len(rest), CHUNK)]
        return body[:START] + b"".join(chunks[n] for n in order) + tail

    return spoil


STREAMS = {
    "cut at a chunk": stream(0, 1),
    "cut within a chunk": lambda body: body[:-1],
    "chunks exchanged": stream(1, 0, 2, 3, -1),
    "a chunk twice": stream(0, 0, 1, 2, 3, -1),
    "a chunk left out": stream(0, 2, 3, -1),
    "the last chunk first": stream(-1),
    "bytes behind the last": stream(0, 1, 2, 3, -1, tail=b"\0"),
    "the last chunk twice": stream(0, 1, 2, 3, -1, -1),
    "no chunk": stream(),
    "no bytes": lambda _: b"",
}


@pytest.mark.parametrize("spoil", STREAMS.values(), ids=STREAMS)
def test_p24_a_body_in_pieces(
    partner: Partner, spoil: Callable[[bytes], bytes]
) -> None:
    """A body opens whole or not at all: what is sound of it is not shown either."""
    here, there = partner.nation, partner.victim
    long = text(there, "Convoy", segments=segments())
    one = envelope.seal(header(here, there, "long"), long, publics(here, there))
    body = spoil(one.body)
    assert body != one.body
    partner.assert_unopened(with_body(partner, one, body), Reason.BODY)


def segments() -> list[dict[str, str]]:
    words = "Convoy delayed at the pass. " * 130
    return [{"id": f"s{n}", "lang": "en", "text": words} for n in range(1, 20)]


PADDINGS: dict[str, Callable[[bytes], bytes]] = {
    "not zero at the end": lambda padded: padded[:-1] + b"\1",
    "not zero behind the text": lambda padded: padded[:-40] + b"\1" + padded[-39:],
    "a larger bucket": lambda padded: padded + bytes(len(padded)),
    "no bucket": lambda padded: padded + bytes(1),
    "a smaller bucket": lambda padded: padded[: len(padded) // 2],
    "a length of 4 GiB": lambda padded: b"\xff" * 4 + padded[4:],
    "a length one beyond": lambda padded: (
        (len(padded) - 3).to_bytes(4, "big") + padded[4:]
    ),
    "no length": lambda _: b"",
    "half a length": lambda _: b"\0\0",
}


@pytest.mark.parametrize("spoil", PADDINGS.values(), ids=PADDINGS)
def test_p25_padding(partner: Partner, spoil: Callable[[bytes], bytes]) -> None:
    one = made(partner)
    context = pae("content", header_hash(one))
    padded = spoil(envelope.pad(text(partner.victim, "One")))
    body = Cobblestone256(one.cek, context, bytes(24)).seal(padded)
    partner.assert_unopened(with_body(partner, one, body), Reason.PADDING)


def test_p26_a_suite_that_is_not_known(partner: Partner) -> None:
    sent = sealed(partner.nation, partner.victim, text(partner.victim))
    author = ("author", partner.nation.author)
    cases = [
        (resigned(sent, author, core=with_core(sent, suite=suite)), Reason.SUITE)
        for suite in (0, 2, 0xFFFF)
    ]
    partner.assert_refused(*cases, ahead=ANY)


def test_p26_wraps_of_another_suite(partner: Partner) -> None:
    """The header says suite 1, and the wraps are of X25519 alone."""
    one = made(partner, **FLASH)
    wraps = [wrap[:32] + bytes(32 + 48) for wrap in one.wraps]
    sent = resealed(partner.nation, one, wraps, one.body)
    partner.assert_damaged(sent, Reason.WRAPS)
