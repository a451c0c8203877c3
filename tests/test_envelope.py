"""The envelope against its known answers, two more readers, and mutation."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import envelope, limits
from exchange.core import parse_core
from exchange.errors import Reason, Refusal
from exchange.v1 import envelope_pb2 as pb
from keys import signing
from keys.sealing import Opener
from tests import second_reader, third_reader
from tests.expecting import refusing
from tests.second_wire import Bad
from tests.vectors.envelope import forge

VECTORS = Path(__file__).parent / "vectors" / "envelope"
GOOD = sorted((VECTORS / "good").glob("*.json"))
BAD = sorted((VECTORS / "bad").glob("*.json"))


@dataclass(frozen=True)
class File:
    entry: bytes
    wraps: list[bytes]
    body: bytes
    keys: list[tuple[str, bytes]]
    seeds: list[bytes]
    expect: dict[str, Any]


def load(path: Path) -> File:
    data = json.loads(path.read_text())
    return File(
        bytes.fromhex(data["entry"]),
        [bytes.fromhex(wrap) for wrap in data["wraps"]],
        bytes.fromhex(data["body"]),
        [(algorithm, bytes.fromhex(public)) for algorithm, public in data["keys"]],
        [bytes.fromhex(seed) for seed in data["seeds"]],
        data["expect"],
    )


def verify(file: File) -> envelope.Parsed:
    parsed = envelope.split(file.entry)
    keys = {signing.kid(*key): key for key in file.keys}
    for signed in parsed.signatures:
        if signed.kid not in keys:
            raise Refusal(Reason.SIGNER_UNKNOWN)
        envelope.verify_signature(parsed, signed, *keys[signed.kid])
    return parsed


def read(file: File) -> tuple[bytes, bytes, bytes]:
    """What the project makes of a file, in the order of a receiver."""
    parsed = verify(file)
    envelope.check_payload(parsed, file.wraps, file.body)
    if not file.wraps:
        return parsed.name, b"", b""
    openers = {one.kid: one for one in map(Opener, file.seeds)}
    opened = envelope.open_envelope(parsed, file.wraps, file.body, openers)
    return parsed.name, opened.content, opened.cek


def read_second(file: File) -> tuple[bytes, bytes, bytes]:
    return second_reader.read(file.entry, file.wraps, file.body, file.keys, file.seeds)


def read_third(file: File) -> tuple[bytes, bytes, bytes]:
    return third_reader.read(file.entry, file.wraps, file.body, file.keys, file.seeds)


def names(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", GOOD, ids=names)
def test_all_readers_find_what_a_good_file_says(path: Path) -> None:
    file = load(path)
    expect = tuple(bytes.fromhex(file.expect[n]) for n in ("name", "content", "cek"))
    assert read(file) == expect
    assert read_second(file) == expect
    assert read_third(file) == expect


@pytest.mark.parametrize("path", BAD, ids=names)
def test_all_readers_refuse_a_bad_file_for_its_reason(path: Path) -> None:
    file = load(path)
    with pytest.raises(Refusal) as ours:
        read(file)
    with pytest.raises(Bad) as theirs:
        read_second(file)
    with pytest.raises(third_reader.Refused) as thirds:
        read_third(file)
    refusals = [str(ours.value.reason), theirs.value.args[0], thirds.value.args[0]]
    assert refusals == [file.expect["reason"]] * 3


def test_the_files_show_every_reason_of_the_format() -> None:
    shown = {load(path).expect["reason"] for path in BAD}
    assert shown == {
        *("SIZE", "NOT_CANONICAL", "SIGNERS", "SIGNER_UNKNOWN", "SIGNATURE"),
        *("VERSION", "SUITE", "KIND", "ORIGIN", "TIME", "LABEL", "RELEASE"),
        *("RECIPIENTS", "REFERENCES", "WRAPS", "BODY"),
        *("KEY_GONE", "SEAL", "PADDING"),
    }


def sealed_for(content: bytes, *openers: Opener) -> envelope.Sealed:
    core = forge.header()
    for opener in sorted(openers, key=lambda one: one.kid):
        core.recipients.add(desk="ops.beijing.cn", recipient_class=1, kid=opener.kid)
    return envelope.seal(core, content, {one.kid: one.public for one in openers})


@settings(max_examples=25, deadline=None)
@given(content=st.binary(max_size=3_000), count=st.integers(1, 3))
def test_what_is_sealed_opens_for_each_recipient(content: bytes, count: int) -> None:
    openers = [Opener(forge.seed(str(number))) for number in range(count)]
    sealed = sealed_for(content, *openers)
    made = envelope.sign(sealed, forge.BY_AUTHOR)
    parsed = envelope.split(made.entry)
    assert parsed.name == sealed.name
    for opener in openers:
        opened = envelope.open_envelope(
            parsed, made.wraps, made.body, {opener.kid: opener}
        )
        assert opened == envelope.OpenedEnvelope(content, sealed.cek)
    assert envelope.open_content(parsed, made.body, sealed.cek) == content


WHOLE = load(VECTORS / "good" / "bulletin-for-two-desks-released.json")
FULL = load(VECTORS / "good" / "header-with-every-field.json")
BITS = 8 * (len(WHOLE.entry) + sum(map(len, WHOLE.wraps)) + len(WHOLE.body))


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, BITS - 1))
def test_any_flipped_bit_is_refused(place: int) -> None:
    parts = [bytearray(WHOLE.entry), *map(bytearray, WHOLE.wraps)]
    parts.append(bytearray(WHOLE.body))
    at = place // 8
    for part in parts:
        if at < len(part):
            part[at] ^= 1 << place % 8
            break
        at -= len(part)
    entry, *wraps, body = map(bytes, parts)
    file = File(entry, wraps, body, WHOLE.keys, WHOLE.seeds, {})
    with pytest.raises(Refusal):
        read(file)
    with pytest.raises(Bad):
        read_second(file)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_readers_agree_on_any_edit_of_a_signed_header(data: st.DataObject) -> None:
    """Cut, doubled, replaced or inserted bytes, signed by the author all the same."""
    core = bytearray(envelope.split(FULL.entry).core_bytes)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(core)))
        end = data.draw(st.integers(start, min(start + 40, len(core))))
        piece = data.draw(st.binary(max_size=6) | st.just(bytes(core[start:end]) * 2))
        core[start:end] = piece
    made = forge.bare(bytes(core))
    keys = [(signing.ED25519, forge.AUTHOR.public)]
    file = File(made.entry, [], b"", keys, [], {})
    ours = outcome(read, Refusal, file)
    assert ours == outcome(read_second, Bad, file)
    assert ours == outcome(read_third, third_reader.Refused, file)


def outcome(
    reader: Callable[[File], object], refusal: type[Exception], file: File
) -> bool:
    try:
        reader(file)
    except refusal:
        return False
    return True


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(Refusal):
        envelope.split(noise)
    with pytest.raises(Refusal):
        parse_core(noise)


@given(st.binary(max_size=2_000))
def test_padding_comes_off(content: bytes) -> None:
    assert envelope.unpad(envelope.pad(content)) == content


@pytest.mark.parametrize(
    ("content", "padded"),
    [
        (0, 512),
        (507, 512),
        (508, 512),
        (509, 1_024),
        (1_020, 1_024),
        (32_765, 65_536),
        (65_532, 65_536),
        (65_533, 67_584),
        (100_000, 100_352),
        (262_140, 262_144),
    ],
)
def test_padded_sizes(content: int, padded: int) -> None:
    assert envelope.padded_size(content) == padded


def test_padme_adds_at_most_12_percent() -> None:
    for size in range(65_533, 262_000, 997):
        assert envelope.padded_size(size) <= 1.12 * (size + 4)


def test_the_largest_content_passes_and_one_byte_more_does_not() -> None:
    opener = Opener(forge.seed("large"))
    most = limits.BODY_MAX - 4
    made = envelope.sign(sealed_for(bytes(most), opener), forge.BY_AUTHOR)
    parsed = envelope.split(made.entry)
    opened = envelope.open_envelope(parsed, made.wraps, made.body, {opener.kid: opener})
    assert len(opened.content) == most
    with refusing(Reason.BODY):
        sealed_for(bytes(most + 1), opener)


def test_most_recipients_fit_one_entry() -> None:
    openers = [Opener(forge.seed(str(n))) for n in range(limits.RECIPIENTS_MAX)]
    made = envelope.sign(sealed_for(b"x", *openers), forge.BY_AUTHOR)
    assert len(made.entry) < limits.ENTRY_MAX
    parsed = envelope.split(made.entry)
    last = openers[-1]
    opened = envelope.open_envelope(parsed, made.wraps, made.body, {last.kid: last})
    assert opened.content == b"x"


def test_sealing_needs_the_right_key_for_each_recipient() -> None:
    core = forge.addressed(forge.BEIJING)
    other = {forge.BEIJING.kid: forge.ISLAMABAD.public}
    for publics in ({}, other):
        with refusing(Reason.RECIPIENTS):
            envelope.seal(core, b"x", publics)


def test_a_key_that_takes_no_seal_is_named() -> None:
    weak = forge.BEIJING.public[:1_184] + bytes(32)
    kid = signing.kid(signing.X_WING, weak)
    core = forge.header()
    core.recipients.add(desk="ops.beijing.cn", recipient_class=1, kid=kid)
    with refusing(Reason.KEY):
        envelope.seal(core, b"x", {kid: weak})


def test_content_for_nobody_is_refused() -> None:
    with refusing(Reason.RECIPIENTS):
        envelope.seal(forge.header(), b"x", {})


def test_a_header_that_others_would_refuse_is_not_sealed() -> None:
    with refusing(Reason.ORIGIN, "origin"):
        envelope.seal(forge.header(origin="Islamabad"), b"", {})


def test_one_signer_signs_once_in_a_role() -> None:
    sealed = envelope.seal(forge.header(), b"", {})
    with refusing(Reason.SIGNERS):
        envelope.sign(sealed, [*forge.BY_AUTHOR, *forge.BY_AUTHOR])


def test_random_signatures_do_not_change_the_name() -> None:
    sealed = envelope.seal(forge.header(), b"", {})
    roots: forge.Signers = [("root", forge.ROOT), ("root", forge.ML_ROOT)]
    one, two = (envelope.split(envelope.sign(sealed, roots).entry) for _ in range(2))
    assert one.entry != two.entry
    assert one.name == two.name == sealed.name


def test_signatures_are_sorted_whoever_comes_first() -> None:
    sealed = envelope.seal(forge.header(), b"", {})
    signers = [("releaser", forge.RELEASER), ("author", forge.AUTHOR)]
    one, two = (envelope.sign(sealed, pair) for pair in (signers, signers[::-1]))
    assert one.entry == two.entry


def test_a_signature_counts_only_for_the_key_that_it_names() -> None:
    made = forge.bare(forge.encode(forge.header()))
    parsed = envelope.split(made.entry)
    with refusing(Reason.SIGNATURE):
        envelope.verify_signature(
            parsed, parsed.signatures[0], signing.ED25519, forge.RELEASER.public
        )


def test_a_key_vouches_for_its_own_kid_only() -> None:
    core, dw, db = forge.encode(forge.header()), bytes(32), bytes(32)
    kid = forge.RELEASER.kid
    made = forge.AUTHOR.sign(envelope.to_sign("author", kid, core, dw, db))
    parsed = envelope.Parsed(b"", core, dw, db, ())
    with refusing(Reason.SIGNATURE):
        envelope.verify_signature(
            parsed,
            envelope.Signed("author", kid, made),
            signing.ED25519,
            forge.AUTHOR.public,
        )


@pytest.mark.parametrize("body", [b"", b"x", WHOLE.body[:-1], WHOLE.body + b"\0"])
def test_a_node_without_keys_sees_a_false_body(body: bytes) -> None:
    with refusing(Reason.BODY):
        envelope.check_payload(envelope.split(WHOLE.entry), WHOLE.wraps, body)


def test_a_body_over_the_bound_is_refused_though_signed() -> None:
    core = forge.encode(forge.addressed(forge.BEIJING))
    wrap = forge.BEIJING.kid + bytes(1_168)
    most = limits.BODY_MAX + limits.BODY_OVERHEAD_MAX
    for size in (most, most + 1):
        sealed = forge.close(core, [wrap], bytes(size))
        made = envelope.sign(sealed, forge.BY_AUTHOR)
        parsed = envelope.split(made.entry)
        if size == most:
            envelope.check_payload(parsed, made.wraps, made.body)
            continue
        with refusing(Reason.BODY):
            envelope.check_payload(parsed, made.wraps, made.body)


def test_a_content_key_opens_its_own_envelope_only() -> None:
    one = sealed_for(b"one", forge.BEIJING)
    made = envelope.sign(one, forge.BY_AUTHOR)
    parsed = envelope.split(made.entry)
    with refusing(Reason.BODY):
        envelope.open_content(parsed, made.body, bytes(32))


def test_secrets_do_not_show_in_a_representation() -> None:
    sealed = sealed_for(b"canary-text", forge.BEIJING)
    opened = envelope.OpenedEnvelope(b"canary-text", sealed.cek)
    for shown in (repr(sealed), repr(opened)):
        assert "canary" not in shown
        assert repr(sealed.cek) not in shown


def test_a_header_over_the_bound_is_not_parsed() -> None:
    core = forge.header(clear=bytes(limits.ENTRY_MAX))
    with refusing(Reason.SIZE):
        parse_core(forge.encode(core))


def test_entries_with_many_empty_messages_are_refused_fast() -> None:
    entry = b"\x22\x00" * (limits.ENTRY_MAX // 2)
    with pytest.raises(Refusal):
        envelope.split(entry)
    core = pb.Core(version=1, suite=1).SerializeToString() + b"\x82\x01\x00" * 20_000
    with pytest.raises(Refusal):
        parse_core(core)


@pytest.mark.parametrize("field", ["dw", "db"])
@pytest.mark.parametrize("size", [0, 31, 33])
def test_both_digests_have_their_size(field: str, size: int) -> None:
    entry = pb.Entry.FromString(forge.bare(forge.encode(forge.header())).entry)
    setattr(entry, field, bytes(size))
    with refusing(Reason.NOT_CANONICAL):
        envelope.split(entry.SerializeToString(deterministic=True))


def test_padding_beyond_a_body_is_refused() -> None:
    """Though bucket and zeros are right: no body is that large."""
    content = bytes(limits.BODY_MAX)
    size = envelope.padded_size(len(content))
    padded = (len(content).to_bytes(4) + content).ljust(size, b"\0")
    with refusing(Reason.PADDING):
        envelope.unpad(padded)


def test_wraps_are_cut_at_one_place_only() -> None:
    """Wraps of other sizes would have the digest of these, which an author can make."""
    kids = [bytes([n]) * 32 for n in (1, 2)]
    length = limits.WRAP_SIZE.to_bytes(8)
    first = (kids[0] + bytes(68) + length + kids[1]).ljust(limits.WRAP_SIZE, b"x")
    wraps = [first, kids[1].ljust(limits.WRAP_SIZE, b"y")]
    others = [first[:100], first[108:] + length + wraps[1]]
    digests = envelope._wraps_digest(wraps), envelope._body_digest(b"text")
    assert envelope._wraps_digest(others) == digests[0]

    envelope.check_text(kids, digests, wraps, b"text")
    with refusing(Reason.WRAPS):
        envelope.check_text(kids, digests, others, b"text")
