"""A disclosed envelope has one text, and its file one form."""

import base64
import hashlib
import random
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from exchange import envelope
from exchange.disclosure_file import Disclosed, show
from exchange.errors import FusionError, Reason, Refusal, Tampered
from exchange.limits import BODY_MAX, DISCLOSED_MAX, ENTRY_MAX
from exchange.v1 import envelope_pb2 as pb
from keys import sealing
from keys.pae import pae
from tests.audit.disclosing import made
from tests.desk.forging import clear, resealed, text
from tests.expecting import failing, refusing
from tests.trust.nation import Nation

PK, CN = Nation(), Nation("cn", "beijing")
SENT, ONE = made(CN, PK)
_, TWO = made(CN, PK, "Another")


def test_it_shows_the_text_that_was_sealed() -> None:
    shown = show(Disclosed.parse(ONE.encode()))

    assert shown.content == text(PK, "Convoy delayed")
    assert shown.name == envelope.split(SENT.entry).name
    assert shown.core.origin == "beijing.cn"


def test_the_file_opens_no_other_envelope() -> None:
    """It has the key of one; the wraps, which desks open, are not in it."""
    data = ONE.encode()

    assert Disclosed.parse(data) == ONE
    for wrap in SENT.wraps:
        assert base64.b64encode(wrap[32:])[3:-3] not in data
    assert "key=" not in repr(ONE)
    assert repr(ONE.key) not in repr(ONE)


# Another text for the same name must be impossible.


def other_body(key: bytes) -> bytes:
    """Seal another text under this very header, as only the author could."""
    core = envelope.split(ONE.entry).core_bytes
    h = hashlib.sha256(pae("core", core)).digest()
    padded = envelope.pad(text(PK, "What was never said"))
    return sealing.seal_body(key, pae("content", h), padded)


def resigned(one: Disclosed, body: bytes) -> Disclosed:
    """Sign another body under the same header: that has another name."""
    sealed = envelope.Sealed(
        core_bytes=envelope.split(one.entry).core_bytes,
        wraps=tuple(SENT.wraps),
        body=body,
        dw=b"",
        db=b"",
        name=b"",
        cek=one.key,
    )
    return Disclosed(resealed(CN, sealed, SENT.wraps, body).entry, body, one.key)


FORGED: list[tuple[str, Disclosed, Reason]] = [
    ("the key of another envelope", replace(ONE, key=TWO.key), Reason.BODY),
    ("no key", replace(ONE, key=bytes(32)), Reason.BODY),
    ("the body of another", replace(ONE, body=TWO.body), Reason.BODY),
    ("body and key of another", replace(TWO, entry=ONE.entry), Reason.BODY),
    ("another text, the same key", replace(ONE, body=other_body(ONE.key)), Reason.BODY),
    (
        "another text, another key",
        Disclosed(ONE.entry, other_body(TWO.key), TWO.key),
        Reason.BODY,
    ),
    ("the entry of another", replace(ONE, entry=TWO.entry), Reason.BODY),
    ("a body cut short", replace(ONE, body=ONE.body[:-1]), Reason.BODY),
    ("a longer body", replace(ONE, body=ONE.body + b"\0"), Reason.BODY),
    ("no body", replace(ONE, body=b""), Reason.BODY),
    ("no entry", replace(ONE, entry=b""), Reason.NOT_CANONICAL),
    ("an entry too long", replace(ONE, entry=bytes(ENTRY_MAX + 1)), Reason.SIZE),
    ("a body too long", replace(ONE, body=bytes(BODY_MAX + 2_000)), Reason.BODY),
]


@pytest.mark.parametrize(
    ("forged", "reason"),
    [pytest.param(forged, reason, id=name) for name, forged, reason in FORGED],
)
def test_another_text_is_impossible(forged: Disclosed, reason: Reason) -> None:
    with failing(Tampered, reason) as caught:
        show(forged)

    assert caught.value.exit_code == 1


def test_its_author_can_sign_another_text_only_as_another_envelope() -> None:
    forged = resigned(ONE, other_body(ONE.key))

    assert show(forged).content != show(ONE).content
    assert show(forged).name != show(ONE).name


def test_no_key_but_its_own_opens_a_body() -> None:
    """One flipped bit of the key, wherever: the body commits to its key."""
    for bit in range(256):
        key = bytearray(ONE.key)
        key[bit // 8] ^= 1 << bit % 8
        with failing(Tampered, Reason.BODY):
            show(replace(ONE, key=bytes(key)))


def test_a_padding_that_hides_something_is_refused() -> None:
    core = envelope.split(ONE.entry).core_bytes
    context = pae("content", hashlib.sha256(pae("core", core)).digest())
    padded = envelope.pad(text(PK))[:-1] + b"x"
    forged = resigned(ONE, sealing.seal_body(ONE.key, context, padded))

    with failing(Tampered, Reason.PADDING):
        show(forged)


def test_of_what_was_not_sealed_there_is_nothing_to_disclose() -> None:
    receipt = clear(CN, pb.RELATION_OPENED, bytes(32))

    with failing(Tampered, Reason.CONTENT):
        show(Disclosed(receipt.entry, b"", bytes(32)))


# The file.


def lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def spaced(data: bytes) -> bytes:
    magic, entry, *rest = lines(data)
    return b"".join([magic, entry.replace(b" ", b"  "), *rest])


def unpadded(data: bytes) -> bytes:
    return data.replace(b"=", b"")


def loose(data: bytes) -> bytes:
    """Set bits of the last letter that no byte has."""
    assert data.endswith(b"=\n")
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = letters.index(data[-3:-2])
    return data[:-3] + letters[last + 1 : last + 2] + data[-2:]


SPOILT: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("empty", lambda _: b"", "line 1"),
    ("another file", lambda _: b"c2sp.org/tlog-proof@v1\n", "line 1"),
    ("another version", lambda d: d.replace(b"fusion/1", b"fusion/2", 1), "line 1"),
    ("a byte order mark", lambda d: b"\xef\xbb\xbf" + d, "line 1"),
    ("CRLF", lambda d: d.replace(b"\n", b"\r\n"), "line 1"),
    ("no last LF", lambda d: d[:-1], "3 lines"),
    ("a line more", lambda d: d + b"\n", "5 lines"),
    ("a text behind", lambda d: d + b"wrap AAAA\n", "5 lines"),
    ("a word behind", lambda d: d + b"x", "4 lines"),
    ("a line less", lambda d: b"".join(lines(d)[:3]), "3 lines"),
    ("a line twice", lambda d: b"".join([*lines(d)[:3], *lines(d)[2:]]), "5 lines"),
    ("no key", lambda d: b"".join([*lines(d)[:3], b"key \n"]), "line 4"),
    ("a short key", lambda d: b"".join([*lines(d)[:3], b"key AAAA\n"]), "line 4"),
    ("other order", lambda d: b"".join(lines(d)[i] for i in (0, 2, 1, 3)), "line 2"),
    ("a space more", spaced, "line 2"),
    ("no padding", unpadded, "line"),
    ("loose bits", loose, "line 4"),
    ("not ASCII", lambda d: d.replace(b"body ", b"body \xff", 1), "line 3"),
    ("a NUL", lambda d: d.replace(b"body ", b"body \0", 1), "line 3"),
    ("binary", lambda _: bytes(range(256)) * 8, "line 1"),
]


@pytest.mark.parametrize(
    ("spoil", "where"),
    [pytest.param(spoil, where, id=name) for name, spoil, where in SPOILT],
)
def test_the_file_has_one_form(spoil: Callable[[bytes], bytes], where: str) -> None:
    with refusing(Reason.INPUT) as caught:
        Disclosed.parse(spoil(ONE.encode()))
    assert where in caught.value.where


def test_a_file_over_the_bound_is_not_read_on() -> None:
    with refusing(Reason.TOO_LONG):
        Disclosed.parse(ONE.encode() + bytes(DISCLOSED_MAX))


def test_the_largest_envelope_fits() -> None:
    body = bytes(BODY_MAX + 1_024)
    largest = Disclosed(bytes(ENTRY_MAX), body, bytes(32))

    assert Disclosed.parse(largest.encode()) == largest


def test_truncated_anywhere_it_is_refused() -> None:
    data = ONE.encode()
    for end in range(0, len(data), 37):
        with pytest.raises(Refusal):
            Disclosed.parse(data[:end])


def test_a_flipped_bit_anywhere_shows_no_other_text() -> None:
    """Only one in what the signature alone guards may pass: itself, and `dw`."""
    data, right = ONE.encode(), show(ONE)
    draw = random.Random(3)  # noqa: S311  where to flip
    passed = 0
    for _ in range(400):
        spoilt = bytearray(data)
        spoilt[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        try:
            shown = show(Disclosed.parse(bytes(spoilt)))
        except FusionError:
            continue
        passed += 1
        assert shown.content == right.content
        assert shown.parsed.entry != right.parsed.entry
        assert shown.core == right.core
    assert passed < 40
