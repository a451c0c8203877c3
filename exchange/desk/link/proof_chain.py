"""The chain that proves a message: from its stored bytes to a partner's line.

Everything is verified again on each request; a step that cannot be checked now is
reported so, not passed.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from exchange import envelope
from exchange.browsed_logs import ProofStep
from exchange.bulletin.values import iso
from exchange.desk.link.connect import Client
from exchange.desk.link.directories import is_doubted
from exchange.desk.link.heads import peek
from exchange.desk.link.log_states import LogStates
from exchange.desk.mailbox import Mailbox, Message
from exchange.desk.pinned_logs import Pinned
from exchange.desk.signer_standings import SignerStandings
from exchange.errors import FusionError, Reason, Refusal, Tampered, Unreachable
from exchange.ledger import merkle
from exchange.trust.registered_keys import Registered
from exchange.trust.signer_standing import DISOWNED
from exchange.v1 import desk_service_pb2, envelope_pb2
from exchange.words import say, say_n

SECOND = 1_000  # ms


class ChainHead(Struct, frozen=True):
    note: bytes
    size: int
    hashes: list[bytes] | None


class Chain:
    def __init__(
        self, mailbox: Mailbox, pinned: Pinned, client: Client, message: Message
    ) -> None:
        self._mailbox = mailbox
        self._pinned = pinned
        self._client = client
        self._message = message
        self._row = message.row
        self._states = LogStates(mailbox)
        self._parsed = envelope.split(message.entry)

    def steps(self) -> Iterator[ProofStep]:
        """Yield each link in order.

        BYTES, NAME, KEY, SIGNATURE, LOG, INCLUSION, HEAD, COSIGNATURE, SEAL.
        """
        yield _try("BYTES", self._bytes)
        yield _try("NAME", self._name)
        yield _try("KEY", self._key)
        yield _try("SIGNATURE", self._signature)
        yield _try("LOG", self._log)
        head, why = self._head()
        if head is None:
            for what in ("INCLUSION", "HEAD", "COSIGNATURE"):
                yield ProofStep(what, None, detail=why)
        else:
            yield _try("INCLUSION", lambda: self._inclusion(head))
            yield _try("HEAD", lambda: self._signed(head))
            yield _try("COSIGNATURE", lambda: self._cosigned(head))
        yield _try("SEAL", self._seal)

    def _bytes(self) -> str:
        envelope.parse_core(self._parsed.core_bytes)
        leaf = merkle.leaf_hash(self._message.entry).hex()
        size = len(self._message.entry)
        return say_n("{n} byte, leaf {leaf}", "{n} bytes, leaf {leaf}", size, leaf=leaf)

    def _name(self) -> str:
        if self._parsed.name != self._row.name:
            raise Tampered(Reason.NOT_CANONICAL, "name")
        return self._parsed.name.hex()

    def _signers(self) -> list[tuple[envelope.Signed, Registered]]:
        directory = self._pinned.directory(self._parsed.core.origin)
        signers = []
        for signed in self._parsed.signatures:
            key = directory.signer(signed.role, signed.kid)
            if key is None:
                raise Refusal(Reason.SIGNER_UNKNOWN, signed.role)
            signers.append((signed, key))
        return signers

    def _key(self) -> str:
        core, row = self._parsed.core, self._row
        if row.index is not None and is_doubted(self._mailbox, row.origin, row.index):
            raise Refusal(Reason.HIDDEN, row.origin)
        notes = []
        standings = SignerStandings(self._mailbox, self._pinned)
        for one in standings.of_message(self._message):
            if one.word == DISOWNED:
                raise Refusal(Reason.SIGNER_REVOKED, one.officer)
        for _, key in self._signers():
            if not key.valid_from <= core.filed <= key.valid_until:
                raise Refusal(Reason.SIGNER_TIME, key.subject)
            role = say(key.role)  # marked for translation in desk.standing_text
            notes.append(f"{role} {key.subject}, {core.origin}#{key.index}")
        return "; ".join(notes)

    def _signature(self) -> str:
        signers = self._signers()
        for signed, key in signers:
            envelope.verify_signature(self._parsed, signed, key.algorithm, key.public)
        return ", ".join(f"{key.algorithm} {key.kid.hex()[:16]}" for _, key in signers)

    def _log(self) -> str | None:
        """1. The log is the node's. 2. The place is within the tree rebuilt here."""
        if self._row.index is None:
            return None
        # 1
        if self._pinned.origins.get(self._row.origin) != self._parsed.core.origin:
            raise Tampered(Reason.ORIGIN, self._row.origin)
        # 2
        size = self._mailbox.logs.tree(self._row.origin).size
        if self._row.index >= size:
            raise Tampered(Reason.MISSING, self._row.origin)
        place = f"{self._row.origin}#{self._row.index}"
        return say("{place} of {size}", place=place, size=size)

    def _head(self) -> tuple[ChainHead | None, str]:
        """Return the node's proof, else the cosigned head kept here, else why not."""
        if self._row.index is None:
            return None, say("not in the ledger yet")
        try:
            proof = self._client.proof(self._row.name).proof
            return ChainHead(proof.head, proof.size, list(proof.hashes)), ""
        except FusionError as error:
            kept = self._states.newest_cosigned(self._row.origin)
            if kept is None or kept.size <= self._row.index:
                return None, say(
                    "the node gives no proof ({reason})", reason=error.reason
                )
            return ChainHead(kept.note, kept.size, None), ""

    def _inclusion(self, head: ChainHead) -> str | None:
        if head.hashes is None or self._row.index is None:
            return None
        claimed, _ = peek(head.note)
        leaf = merkle.leaf_hash(self._message.entry)
        merkle.verify_inclusion(
            self._row.index, head.size, leaf, head.hashes, claimed.root
        )
        return say_n(
            "{n} hash to root {root}",
            "{n} hashes to root {root}",
            len(head.hashes),
            root=claimed.root.hex(),
        )

    def _signed(self, head: ChainHead) -> str:
        """1. Both keys of the log. 2. Of this log and size. 3. The rebuilt root."""
        origin = self._row.origin
        # 1
        keys = self._pinned.log_keys(origin)
        verified = self._pinned.ends.verify_head(head.note, keys)
        # 2
        if (verified.head.origin, verified.head.size) != (origin, head.size):
            raise Tampered(Reason.HEAD, origin)
        # 3
        rebuilt = self._states.roots(origin).get(head.size)
        if rebuilt is not None and rebuilt != verified.head.root:
            raise Tampered(Reason.ROOT, origin)
        if alarm := self._states.alarm(origin):
            raise Tampered(Reason(alarm.partition(" ")[0]), origin)
        root = say("root rebuilt here") if rebuilt else say("root as signed")
        return say(
            "{origin} size {size}, {root}, {at}",
            origin=origin,
            size=head.size,
            root=root,
            at=_when(verified.time_s),
        )

    def _cosigned(self, head: ChainHead) -> str | None:
        mirrors = self._pinned.mirror_keys(self._row.origin)
        lines = self._pinned.ends.cosignatures(head.note, mirrors)
        told = [f"{name} {_when(at)}" for name, at in sorted(lines.items())]
        return ", ".join(told) or None

    def _seal(self) -> str | None:
        if not self._parsed.core.recipients:
            return say("not sealed")
        if self._row.verdict == Reason.ERASED:
            return None
        if self._message.cek is None:
            raise Refusal(_reason(self._row.verdict), "")
        body = self._body()
        if body is None:
            return None
        envelope.check_payload(self._parsed, tuple(body.wraps), body.body)
        text = envelope.open_content(self._parsed, body.body, self._message.cek)
        if text != self._message.content:
            raise Tampered(Reason.CONTENT, "mailbox")
        return say_n(
            "{n} byte; sealed keys: {keys}",
            "{n} bytes; sealed keys: {keys}",
            len(body.body),
            keys=len(body.wraps),
        )

    def _body(self) -> envelope_pb2.Envelope | None:
        try:
            found: desk_service_pb2.EntryArrived = self._client.entry(self._row.name)
        except FusionError:
            return None
        return found.envelope if found.envelope.wraps else None


def _try(what: str, check: Callable[[], str | None]) -> ProofStep:
    """Return a detail, None if not possible, or an error."""
    try:
        detail = check()
    except Unreachable:
        return ProofStep(what, None)
    except FusionError as error:
        return ProofStep(what, ok=False, reason=error.reason, detail=error.where)
    return ProofStep(what, None if detail is None else True, detail=detail or "")


def _reason(word: str) -> Reason:
    return Reason[word] if word in Reason.__members__ else Reason.CONTENT


def _when(time_s: int) -> str:
    return iso(time_s * SECOND)
