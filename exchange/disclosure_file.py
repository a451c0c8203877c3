"""One envelope, disclosed to an auditor: its signed entry, its body, and its key.

fusion/1 disclosed
entry <base64>
body <base64>
key <base64 of the CEK, 32 bytes>

Lines end in LF, and there is one encoding. It opens only this envelope: it omits the
wraps, which hold the same key for the desks. No other text is possible: the signatures
cover `db`, the digest of the body, and the body commits to its key and, by its context,
to its header.
"""

import base64

from exchange import envelope
from exchange.envelope import CEK_SIZE, Parsed
from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger.note import decode_base64
from exchange.limits import DISCLOSED_MAX
from exchange.v1 import envelope_pb2 as pb
from keys.secret_records import SecretRecord

MAGIC = "fusion/1 disclosed"
NAMES = ("entry", "body", "key")


class Disclosed(SecretRecord, frozen=True):
    """A disclosed envelope, unverified."""

    entry: bytes
    body: bytes
    key: bytes

    def encode(self) -> bytes:
        values = (self.entry, self.body, self.key)
        named = zip(NAMES, values, strict=True)
        lines = [f"{name} {base64.b64encode(value).decode()}" for name, value in named]
        return "".join(f"{line}\n" for line in (MAGIC, *lines)).encode()

    @classmethod
    def parse(cls, data: bytes) -> "Disclosed":
        """Raise Refusal: TOO_LONG over DISCLOSED_MAX bytes, INPUT naming the line."""
        if len(data) > DISCLOSED_MAX:
            raise Refusal(Reason.TOO_LONG, "disclosed")
        lines = data.split(b"\n")
        if lines[0] != MAGIC.encode():
            raise Refusal(Reason.INPUT, "disclosed: line 1")
        if len(lines) != len(NAMES) + 2 or lines[-1]:
            raise Refusal(Reason.INPUT, f"disclosed: {len(lines) - 1} lines")
        entry, body, key = (
            _value(place, name, line)
            for place, (name, line) in enumerate(
                zip(NAMES, lines[1:-1], strict=True), 2
            )
        )
        if len(key) != CEK_SIZE:
            raise Refusal(Reason.INPUT, "disclosed: line 4")
        return cls(entry, body, key)


def _value(place: int, name: str, line: bytes) -> bytes:
    found, _, text = line.partition(b" ")
    wrong = Refusal(Reason.INPUT, f"disclosed: line {place}")
    if found != name.encode():
        raise wrong
    try:
        return decode_base64(text.decode("ascii"))
    except (Refusal, UnicodeDecodeError):
        raise wrong from None


class Shown(SecretRecord, frozen=True):
    """An envelope with a text proven to match its name.

    The signers are not proven: see standing.py.
    """

    parsed: Parsed
    core: pb.Core
    content: bytes

    @property
    def name(self) -> bytes:
        return self.parsed.name


def show(disclosed: Disclosed) -> Shown:
    """Prove the text.

    1. Check that entry and header are well formed, and that there is sealed text.
    2. Check the body against the signed digest.
    3. Open the body: it commits to the key, under this header; check the padding.

    Raises Tampered with the Refusal's reason: SIZE, NOT_CANONICAL, ..., CONTENT without
    sealed text, BODY (2, 3), PADDING.
    """
    try:
        # 1
        parsed = envelope.split(disclosed.entry)
        core = envelope.parse_core(parsed.core_bytes)
        _sealed(core)
        # 2
        envelope.check_body(parsed, disclosed.body)
        # 3
        content = envelope.open_content(parsed, disclosed.body, disclosed.key)
    except Refusal as refusal:
        raise Tampered(refusal.reason, f"disclosed: {refusal.where}") from None
    return Shown(parsed, core, content)


def _sealed(core: pb.Core) -> None:
    if not core.recipients:
        raise Refusal(Reason.CONTENT, "recipients")
