"""What stands beside the logs: refusals, partners, what waits, pulses, forks.

Each function mends one table, on one view of the database.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.audit.database import side_tables as beside
from exchange.audit.judge.chunk import ChunkState
from exchange.audit.judge.keys import LogKeys
from exchange.audit.mend.arrivals import Told, told_refusals
from exchange.audit.mend.guess import guessed
from exchange.audit.mend.notes import verified
from exchange.audit.mend.sink import Mended, Sink
from exchange.audit.result import shown
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint, fork
from exchange.limits import SECOND
from exchange.store.raw import Raw
from exchange.store.raw_rows import (
    RawFork,
    RawLacking,
    RawPeer,
    RawPulse,
    RawRefusal,
    RawWaiting,
)
from exchange.store.repair import Change, Values
from exchange.store.sums import Value, row_sum
from exchange.store.values import PeerState
from exchange.trust.directory import Directory
from exchange.v1 import envelope_pb2 as pb

Logs = Mapping[Value, tuple[str, LogKeys]]
"""Number -> origin and keys, of the logs that are pinned."""
_Told = dict[tuple[Value, ...], Told]
"""Log, index, by -> the refusal that an arrival tells of."""


# What partners refused.


def refusals(raw: Raw, logs: Logs, peers: Collection[str], sink: Sink) -> None:
    """Mend what partners refused, with the help of the arrivals.

    1. A row that is wrong becomes what has its sum, or what arrivals tell of its
    place; else it goes: a partner tells again in its next hello.
    2. What arrivals tell of, and no row says, gets a row.
    """
    origins = {number: origin for number, (origin, _) in logs.items()}
    told: _Told = {one[1:4]: one for one in told_refusals(raw)}
    wrong: list[RawRefusal] = []
    for row in raw.refusals():
        if not beside.refusal_stands(row, peers):
            wrong.append(row)
        else:
            told.pop((row.log, row.index, row.by), None)
    # 1
    for row in wrong:
        right = _refused(row, told, origins, peers)
        mended = Mended(origins.get(row.log), None, "refusal")
        sink.put(Change("refusal", asdict(row), right), mended)
    # 2
    for _, log, index, by, reason in told.values():
        at = raw.stored_at(log, index) or 0
        right = _summed(
            {"log": log, "index": index, "by": by, "reason": reason, "at": at}
        )
        mended = Mended(origins.get(log), index, "refusal")
        sink.put(Change("refusal", None, right), mended)
    sink.flush()


def _refused(
    row: RawRefusal,
    told: _Told,
    origins: Mapping[Value, str],
    peers: Collection[str],
) -> Values | None:
    """Return what a row was, and take it from what is told; None if nobody knows."""
    values = asdict(row)
    for found in guessed(values):
        key = found["log"], found["index"], found["by"]
        known = key in told or (found["log"] in origins and found["by"] in peers)
        if known and found["reason"] in set(Reason):
            told.pop(key, None)
            return found
    one = told.pop((row.log, row.index, row.by), None)
    if one is None:
        return None
    at = row.at if isinstance(row.at, int) else 0
    return _summed(values | {"reason": one[-1], "at": at})


def _summed(values: Values) -> dict[str, Value]:
    """Return a row with the sum that it should have."""
    row = {name: value for name, value in values.items() if name != "sum"}
    return row | {"sum": row_sum(*row.values())}


def lacking(raw: Raw, logs: Logs, peers: Collection[str], sink: Sink) -> None:
    """Mend which texts partners lack: what has its sum, or else what stands.

    What is of no log or no partner goes.
    """
    origins = {number: origin for number, (origin, _) in logs.items()}
    for row in raw.lacking():
        if not beside.lacking_stands(row, peers):
            right = _lacked(row, origins, peers)
            mended = Mended(origins.get(row.log), None, "lacking")
            sink.put(Change("lacking", asdict(row), right), mended)
    sink.flush()


def _lacked(
    row: RawLacking, origins: Mapping[Value, str], peers: Collection[str]
) -> Values | None:
    values = asdict(row)
    for found in guessed(values):
        if found["log"] in origins and found["by"] in peers:
            return found
    if row.log not in origins or row.by not in peers or not isinstance(row.index, int):
        return None
    return _summed(values | {"at": row.at if isinstance(row.at, int) else 0})


# Partners.


@dataclass(frozen=True, slots=True)
class _Proven:
    """How far the partners' lines go under the own log, and if any may be missing."""

    lines: Mapping[str, tuple[int, int]]
    sure: bool

    def of(self, name: Value) -> tuple[int, int]:
        """Return the size of a partner's newest line, and when (ms) it was made."""
        return self.lines.get(checkpoint.cosigner_name(str(name)), (0, 0))

    def most(self, name: Value, claimed: Value) -> int:
        """Return what a row may claim."""
        return (
            claimed if isinstance(claimed, int) and not self.sure else self.of(name)[0]
        )


def partners(
    raw: Raw,
    own: tuple[Value, LogKeys] | None,
    peers: Collection[str],
    sink: Sink,
    *,
    sure: bool,
) -> None:
    """Mend how it stands with partners.

    What has its sum; else the state begins anew, from the partner's newest line
    under the own log, whose number and keys `own` are. Unless it is `sure` that no
    line is missing, no row is taken for one that claims too much.
    """
    rows = list(raw.peers())
    proven = _Proven(_lines(raw, *own) if own and rows else {}, sure)
    wrong = [
        row
        for row in rows
        if not beside.peer_stands(row, peers, proven.most(row.name, row.cosigned_size))
    ]
    left = set(peers) - {row.name for row in rows if row not in wrong}
    for row in wrong:
        change = Change("peer", asdict(row), _peer(row, left, proven))
        sink.put(change, Mended(None, None, "peer"))
    sink.flush()


def _peer(row: RawPeer, peers: Collection[Value], proven: _Proven) -> Values | None:
    """Return what a row was, or a new one; None if it is of no partner."""
    for found in guessed(asdict(row)):
        name, claimed = found["name"], found["cosigned_size"]
        fits = isinstance(claimed, int) and claimed <= proven.most(name, claimed)
        if name in peers and fits:
            return found
    if row.name not in peers:
        return None
    size, at = proven.of(row.name)
    new: dict[str, Value] = {"name": row.name}
    return _summed(new | asdict(PeerState(cosigned_size=size, cosigned_at=at)))


def _lines(raw: Raw, number: Value, keys: LogKeys) -> dict[str, tuple[int, int]]:
    """Return how far each cosigner's lines go."""
    found: dict[str, tuple[int, int]] = {}
    for row in raw.heads(number):
        if not isinstance(row.note, bytes) or not isinstance(row.size, int):
            continue
        try:
            times = checkpoint.cosignatures(row.note, keys.mirrors)
        except FusionError:
            continue
        found |= {by: (row.size, at * SECOND) for by, at in times.items()}
    return found


# What waits.


def times(raw: Raw, sink: Sink) -> None:
    """Mend times, cursors of desks, and texts that were erased or refused.

    What has its sum; or else it goes. A time goes in any case, for things are destroyed
    by it, and it is heard again. A desk is taken for one that has not read, and so what
    it lacks is kept longer.
    """
    for table, row in list(beside.summed(raw)):
        right = None if table == "clock" else next(guessed(row), None)
        sink.put(Change(table, row, right), Mended(None, None, table))
    sink.flush()


def waiting(raw: Raw, sink: Sink) -> None:
    """Mend what waits for its place.

    What has its sum; or, if the envelope is whole, what stands. An envelope that is
    damaged goes: its desk keeps it, and submits again what its node has lost.
    """
    for row in raw.waiting():
        if not beside.waiting_stands(row):
            right = _waited(row)
            what = f"waiting {shown(row.number)}{'' if right else ' forgotten'}"
            sink.put(Change("waiting", asdict(row), right), Mended(None, None, what))
    sink.flush()


def _waited(row: RawWaiting) -> Values | None:
    """Return what a row was; None if its envelope is not whole."""
    values = asdict(row)
    try:
        name = _whole_name(row.envelope)
    except (DecodeError, Refusal):
        return None
    for found in guessed(values, ("envelope",)):
        if found["name"] == name:
            return found
    if not (isinstance(row.desk, str) and isinstance(row.at, int)):
        return None
    return _summed(values | {"name": name})


def _whole_name(raw: Value) -> bytes:
    """Return the name of an envelope whose wraps and body are those signed."""
    if not isinstance(raw, bytes):
        raise Refusal(Reason.INPUT)
    sent = pb.Envelope.FromString(raw)
    parsed = envelope.split(sent.entry)
    envelope.check_payload(parsed, tuple(sent.wraps), sent.body)
    return parsed.name


# Of each log.


def pulses(raw: Raw, logs: Logs, sink: Sink) -> None:
    """Mend newest notes: what has its sum, if the note is good.

    Else it is forgotten: the next heartbeat makes it anew.
    """
    for row in raw.pulses():
        origin, keys = logs.get(row.log, ("", None))
        if keys is None or beside.wrong_pulse(row, origin, _state(keys)):
            right = _pulse(row, logs)
            what = "pulse" if right else "pulse forgotten"
            was = {"log": row.log, "note": row.note}
            sink.put(Change("pulse", was, right), Mended(origin or None, None, what))
    sink.flush()


def _pulse(row: RawPulse, logs: Logs) -> Values | None:
    values = {"log": row.log, "size": row.size, "at": row.at, "sum": row.sum}
    for found in guessed(values):
        if found == values:  # it is the note that is wrong
            break
        origin, keys = logs.get(found["log"], ("", None))
        with suppress(FusionError):
            if keys and verified(row.note, origin, keys).size == found["size"]:
                return found
    return None


def forks(raw: Raw, logs: Logs, proofs: Collection[bytes], sink: Sink) -> None:
    """Mend the proofs of forks, by `proofs` that are kept elsewhere.

    A row is of the log that its proof is of; its time is what the sum bears out.
    """
    rows = list(raw.forks())
    for number, (origin, keys) in logs.items():
        for row in rows:
            elsewhere = number != row.log and number in {one.log for one in rows}
            proof = _proof((row.proof, *proofs), keys)
            if proof is None or elsewhere or not _of(row, number, logs):
                continue
            right = _forked(row, number, proof)
            if right != asdict(row):
                change = Change("fork", asdict(row), right)
                sink.put(change, Mended(origin, None, "fork"))
    sink.flush()


def _of(row: RawFork, number: Value, logs: Logs) -> bool:
    """Whether a row is of this log, or of none and so perhaps of this."""
    return row.log == number or row.log not in logs


def _proof(proofs: Iterable[Value], keys: LogKeys) -> bytes | None:
    """Return the first of some proofs that proves a fork of this log."""
    for proof in proofs:
        if isinstance(proof, bytes):
            with suppress(FusionError):
                fork.verify(proof, keys.log)
                return proof
    return None


def _forked(row: RawFork, number: Value, proof: bytes) -> dict[str, Value]:
    at = row.at if isinstance(row.at, int) else 0
    summed = _summed({"log": number, "at": at})
    for found in guessed({"log": number, "at": row.at, "sum": row.sum}, ("log",)):
        summed = found
    return {"log": number, "proof": proof, "at": summed["at"], "sum": summed["sum"]}


def _state(keys: LogKeys) -> ChunkState:
    directory = Directory(keys.node, keys.bundle)
    log, mirrors = tuple(keys.log), tuple(keys.mirrors)
    return ChunkState(keys.node, directory, log, mirrors, strict=True)
