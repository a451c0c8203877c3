"""Open an archive with the key in custody, and verify it from its own contents.

The proof depends on the trust bundles in the archive: compare their numbers with those
that the nations published then.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from exchange import envelope
from exchange.bulletin.content import to_json
from exchange.desk.archive import archive_file
from exchange.desk.archive.archive_file import Record
from exchange.desk.outgoing.drafts import draft_from
from exchange.desk.pinned_logs import Pinned
from exchange.disclosure_file import Disclosed, show
from exchange.errors import FusionError, Reason, Refusal, Tampered
from exchange.ledger.proof import Proof
from exchange.trust import bundle as bundles
from exchange.trust import rules
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.own_verdict import log_of
from exchange.trust.safety_number import nation_number
from exchange.v1 import envelope_pb2 as pb
from keys.sealing import Opener
from keys.secret_records import SecretRecord

PROVEN = "PROVEN"


class ArchivedRecord(SecretRecord, frozen=True):
    """One message of an archive, and its proofs: PROVEN, MISSING or a reason each.

    `signed`: by an officer known to the directory in the archive; `text`: it is the
    signed one; `place`: the entry is in its log. `cosigned` names the cosigners of that
    head.
    """

    record: Record
    signed: str
    text: str
    place: str
    cosigned: Sequence[str]

    @property
    def ok(self) -> bool:
        return {self.signed, self.text, self.place} <= {PROVEN, Reason.MISSING}


class ArchiveReader:
    """Reads an archive once; `head` is its first line, once it was read."""

    def __init__(self, path: Path, opener: Opener) -> None:
        self._path, self._opener = path, opener
        self._bundles: dict[str, Bundle] = {}
        self._pinned = Pinned({})
        self._statements: dict[str, list[tuple[int, int, bytes]]] = {}
        self._directories: dict[tuple[str, int], Directory] = {}
        self.head: Record = {}

    def numbers(self) -> dict[str, str]:
        return {name: nation_number(one) for name, one in self._bundles.items()}

    def read(self) -> Iterator[tuple[bytes, ArchivedRecord | None]]:
        """Yield each line, with the findings for a message.

        Raises Refusal as `archive_file.read` does, and INPUT for a line without its
        members.
        """
        lines = archive_file.read(self._path, self._opener)
        for count, (line, record) in enumerate(lines, 1):
            try:
                found = self._take(record)
            except (KeyError, TypeError, ValueError, AttributeError):
                raise Refusal(Reason.INPUT, f"archive, line {count}") from None
            yield line, found

    def _take(self, record: Record) -> ArchivedRecord | None:
        match record["line"]:
            case archive_file.BEGIN:
                if record["version"] != archive_file.VERSION:
                    raise Refusal(Reason.VERSION, "archive")
                self.head = record
            case archive_file.TRUST:
                bundle = bundles.read(base64.b64decode(record["bundle"]))
                self._bundles[bundle.domain] = bundle
                self._pinned = Pinned(self._bundles)
            case archive_file.STATEMENT:
                self._take_statement(record["origin"], int(record["index"]), record)
            case archive_file.MESSAGE:
                return self._check(record)
        return None

    def _take_statement(self, origin: str, index: int, record: Record) -> None:
        node = self._pinned.origins[origin]
        log = self._pinned.logs(node).index(origin)
        told = self._statements.setdefault(node, [])
        told.append((log, index, base64.b64decode(record["entry"])))
        told.sort()

    def _check(self, record: Record) -> ArchivedRecord:
        """Verify one message, in order.

        1. The entry has its name, and an officer signed it by the statements below it
           in its log.
        2. The text is the signed one.
        3. The entry is in its log, under a head that the log's keys signed.
        """
        entry, cosigned = base64.b64decode(record["entry"]), list[str]()
        checks = (
            lambda: self._check_signed(record, entry),  # 1
            lambda: _check_text(record, entry),  # 2
            lambda: cosigned.extend(self._cosigners(record, entry)),  # 3
        )
        signed, text, place = map(_outcome, checks)
        return ArchivedRecord(record, signed, text, place, cosigned)

    def _check_signed(self, record: Record, entry: bytes) -> None:
        if envelope.split(entry).name.hex() != record["name"]:
            raise Refusal(Reason.NOT_CANONICAL, "name")
        if record["index"] is None:
            raise Refusal(Reason.MISSING, "index")
        node = self._pinned.origins.get(record["origin"], "")
        directory = self._directory_below(node, record["origin"], record["index"])
        rules.check(entry, log_of(directory))

    def _directory_below(self, node: str, origin: str, index: int) -> Directory:
        """Return the directory in which an entry is judged, from those below it."""
        place = self._pinned.logs(node).index(origin), index
        told = [one for one in self._statements.get(node, ()) if one[:2] < place]
        held = self._directories.get((node, len(told)))
        if held is not None:
            return held
        directory = self._pinned.directory_of(node, ())
        for _, at, entry in told:
            verdict = rules.judge(entry, log_of(directory))
            if isinstance(verdict, rules.Accepted) and verdict.statement is not None:
                directory.apply(at, verdict.core, verdict.statement)
        self._directories[node, len(told)] = directory
        return directory

    def _cosigners(self, record: Record, entry: bytes) -> Iterable[str]:
        if record["proof"] is None:
            raise Refusal(Reason.MISSING, "proof")
        origin, proof = record["origin"], Proof.parse(record["proof"].encode())
        keys, ends = list(self._pinned.log_keys(origin)), self._pinned.ends
        verified = proof.verify(entry, keys)
        ends.verify_head(proof.note, keys)
        if (verified.head.origin, proof.index) != (origin, record["index"]):
            raise Refusal(Reason.PROOF, origin)
        mirrors = self._pinned.mirror_keys(origin)
        return sorted(ends.cosignatures(proof.note, mirrors))


def _check_text(record: Record, entry: bytes) -> None:
    if record["disclosed"] is None:
        raise Refusal(Reason.MISSING, "disclosed")
    disclosed = Disclosed.parse(record["disclosed"].encode())
    if disclosed.entry != entry:
        raise Refusal(Reason.NOT_CANONICAL, "disclosed")
    shown = show(disclosed)
    if shown.core.kind == pb.KIND_BULLETIN:
        said = to_json(draft_from(shown.core, shown.content))
        if said != record["content"]:
            raise Tampered(Reason.CONTENT, "content")


def _outcome(check: Callable[[], object]) -> str:
    try:
        check()
    except FusionError as error:
        return error.reason
    return PROVEN
