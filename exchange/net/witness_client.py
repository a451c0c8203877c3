"""Witnesses: independent cosigners (C2SP tlog-witness), asked over HTTP.

POST <url>/add-checkpoint
old <the size that it cosigned last>
<base64 hash>, one a line: the consistency proof from there
<empty line>
<a head of the own log>

    200  its lines of type 0x04 and 0x06, verified and kept under that head
    409  its own size (text/x.tlog.size): asked once more from there
    else it did not cosign; the reason is shown

A witness with several keys is asked once for all of them. It holds no entries and
vouches for none, only for having seen a single history. Nothing waits for it except the
state "cosigned", if the policy requires it. Each call has its own thread, not joined,
so a hanging one blocks neither the node nor its end.
"""

import asyncio
import base64
import contextlib
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from exchange.clock import Clock
from exchange.errors import FusionError, Reason, Refusal, Unreachable
from exchange.ledger import checkpoint
from exchange.ledger.note import Key, Vkey, parse_note
from exchange.ledger.policy import Policy, Witness
from exchange.limits import (
    SECOND,
    WITNESS_PACE,
    WITNESS_REFRESH,
    WITNESS_TIMEOUT,
)
from exchange.node import outbox
from exchange.node.node import Node
from exchange.store import StoredHead
from exchange.v1 import desk_service_pb2 as pb
from keys.secret_records import SecretRecord

if TYPE_CHECKING:
    from exchange.net.witness_http import WitnessAnswer

logger = logging.getLogger(__name__)

OK, CONFLICT = 200, 409
SIZE_TYPE = "text/x.tlog.size"
HEADS = 32  # the newest; one is chosen
HEADS_SOUGHT = 1_024  # newest heads searched for a witness's last line at the start

_URL = re.compile(rb"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
T = TypeVar("T")
Post = Callable[[str, bytes], "WitnessAnswer"]


class WitnessProgress(Struct, frozen=True):
    """`time` in s."""

    size: int = 0
    time_s: int = 0


class _Asked(Struct):
    """`next_at` is elapsed ms."""

    failures: int = 0
    next_at: int = 0
    reason: str = ""
    calling: bool = False
    task: "asyncio.Task[None] | None" = None

    @property
    def busy(self) -> bool:
        """Whether a call still runs, even one that is no longer awaited."""
        return self.calling or (self.task is not None and not self.task.done())


class _Request(SecretRecord, frozen=True):
    """`old` entries are cosigned already."""

    head: StoredHead
    note: bytes
    old: int
    vkeys: tuple[Vkey, ...]


class Witnesses:
    def __init__(
        self,
        node: Node,
        policy: Callable[[], Policy],
        clock: Clock,
        post: Post | None = None,
    ) -> None:
        self._node = node
        self._policy = policy
        self._clock = clock
        self._given = post
        self._lines: dict[Key, WitnessProgress] = {}
        self._asked: dict[str, _Asked] = {}

    @property
    def _post(self) -> Post:
        """The library is loaded at the first use."""
        if self._given is None:
            from exchange.net.witness_http import Http  # noqa: PLC0415  3 MiB, and a policy may name none

            self._given = Http().post
        return self._given

    async def run(self) -> None:
        try:
            while True:
                await self.look()
                await asyncio.sleep(WITNESS_PACE / SECOND)
        finally:
            for asked in self._asked.values():
                if asked.task is not None:
                    asked.task.cancel()

    async def look(self) -> None:
        try:
            due = await asyncio.to_thread(lambda: list(self._due()))
        except FusionError as error:
            logger.warning("witnesses: %s", error.reason)
            return
        for url, request in due:
            asked = self._asked.setdefault(url, _Asked())
            asked.task = asyncio.create_task(self._attempt(url, request, asked))

    def status(self) -> list[pb.WitnessStatus]:
        witnesses = self._policy().witnesses
        states = [
            self._status(vkey, self._asked.get(url, _Asked()).reason)
            for url, vkeys in _by_url(witnesses).items()
            for vkey in vkeys
        ]
        unusable = (one for one in witnesses.values() if one.url and not _url(one))
        return [*states, *(self._status(n.vkey, Reason.FIELD_VALUE) for n in unusable)]

    def _status(self, vkey: Vkey, reason: str) -> pb.WitnessStatus:
        line = self._lines.get(vkey.key, WitnessProgress())
        at = line.time_s * SECOND
        return pb.WitnessStatus(
            name=vkey.name, size=line.size, cosigned_at=at, reason=reason
        )

    # Due requests.

    def _due(self) -> Iterator[tuple[str, _Request]]:
        """Yield the requests that are due; reads the store."""
        policy, elapsed = self._policy(), self._clock.elapsed()
        by_url = _by_url(policy.witnesses)
        heads = (
            self._node.store.heads.falling(self._node.origin, HEADS) if by_url else []
        )
        if not heads or self._node.origin in self._node.forks:
            return
        self._seek([vkey for vkeys in by_url.values() for vkey in vkeys])
        for url, vkeys in by_url.items():
            asked = self._asked.get(url, _Asked())
            if asked.busy or elapsed < asked.next_at:
                continue
            last = max((self._lines[vkey.key] for vkey in vkeys), key=lambda c: c.size)
            others = {vkey.key for vkey in policy.vkeys} - {one.key for one in vkeys}
            head = choose(heads, others, last.size)
            age = self._clock() - last.time_s * SECOND
            stale = not 0 <= age < WITNESS_REFRESH
            if head.head.size > last.size or (stale and head.head.size == last.size):
                note = checkpoint.only(head.note, self._log_keys())
                yield url, _Request(head, note, last.size, vkeys)

    def _log_keys(self) -> Sequence[Vkey]:
        return self._node.members.log_keys(self._node.origin)

    def _seek(self, vkeys: Iterable[Vkey]) -> None:
        """Search the stored notes for lines of keys that are new."""
        new = {vkey.key: vkey for vkey in vkeys if vkey.key not in self._lines}
        if not new:
            return
        store, origin = self._node.store, self._node.origin
        fresh = store.heads.newest_with_lines(origin)
        for heads in [
            *([fresh] if fresh else []),
            *store.heads.falling(origin, HEADS_SOUGHT),
        ]:
            signed = {line.key for line in parse_note(heads.note).lines} & new.keys()
            with contextlib.suppress(Refusal):  # fsck reports damage
                keys = [new[key] for key in signed]
                for key, time_s in checkpoint.line_times(heads.note, keys).items():
                    self._lines[key] = WitnessProgress(heads.head.size, time_s)
                    del new[key]
        for key in new:
            self._lines[key] = WitnessProgress()

    # One attempt.

    async def _attempt(self, url: str, request: _Request, endpoint: _Asked) -> None:
        try:
            await self._ask(url, request, endpoint)
        except FusionError as error:
            status = f" {error.where}" if error.reason is Reason.WITNESS else ""
            reason = f"{error.reason}{status}"
            if reason != endpoint.reason:
                logger.warning("witness %s: %s", request.vkeys[0].name, reason)
            endpoint.reason, endpoint.failures = reason, endpoint.failures + 1
            endpoint.next_at = self._clock.elapsed() + outbox.backoff(endpoint.failures)
        else:
            endpoint.reason, endpoint.failures = "", 0
            endpoint.next_at = self._clock.elapsed() + WITNESS_PACE

    async def _ask(self, url: str, request: _Request, endpoint: _Asked) -> None:
        """Raise Unreachable, or the answer's Refusal.

        1. From the size of its last stored line.
        2. From the size it claims, if that differs; once.
        3. Its lines verify: at least one, and no known one fails.
        4. They are stored under the head.
        """
        # 1
        answer = await self._call(url, request, request.old, endpoint)
        # 2
        stands = _stands(answer)
        if stands is not None and stands != request.old:
            answer = await self._call(url, request, stands, endpoint)
        # 3
        times, note = verify_lines(answer, request.note, request.vkeys)
        # 4
        await asyncio.to_thread(self._keep, request.head, note, times)

    async def _call(
        self, url: str, request: _Request, old: int, endpoint: _Asked
    ) -> "WitnessAnswer":
        size = request.head.head.size
        if old > size:  # it has seen a later head of ours than we have
            raise Refusal(Reason.WITNESS, str(CONFLICT))
        prove = partial(self._node.store.logs.consistency_proof, self._node.origin)
        proof = await asyncio.to_thread(prove, old, size)
        send = partial(self._post, url, encode(old, proof, request.note))
        # Each step of a call is bounded, and so is the whole.
        try:
            async with asyncio.timeout(2 * WITNESS_TIMEOUT / SECOND):
                return await _apart(send, endpoint)
        except TimeoutError:
            raise Unreachable("witness") from None

    def _keep(self, head: StoredHead, note: bytes, times: Mapping[Key, int]) -> None:
        """Keep the lines, unless the head was replaced meanwhile."""
        store, origin, size = self._node.store, self._node.origin, head.head.size
        sizes = self._node.cosigned_sizes
        with sizes.lock:
            told = sizes.take(self._policy(), times, size)
            try:
                store.heads.add_lines(origin, size, note, self._clock(), announced=told)
            except Refusal as refusal:
                sizes.clear()
                if refusal.reason is not Reason.MISSING:
                    raise
        for key, time_s in times.items():
            self._lines[key] = WitnessProgress(size, time_s)
            self._node.signed_time.answered(key[0], [time_s])
        self._node.on_change()


def choose(heads: Sequence[StoredHead], others: set[Key], above: int) -> StoredHead:
    """`heads` are newest first.

    The newest above size `above` that another cosigner has signed, so that one head can
    meet the policy; otherwise the newest of all.
    """
    for held in heads:
        lines = {line.key for line in parse_note(held.note).lines}
        if held.head.size > above and lines & others:
            return held
    return heads[0]


def encode(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    hashes = b"".join(base64.b64encode(each) + b"\n" for each in proof)
    return b"old %d\n%b\n%b" % (old, hashes, note)


def _stands(answer: "WitnessAnswer") -> int | None:
    """Return the size that a witness claims to have cosigned."""
    found = _SIZE.fullmatch(answer.body)
    if answer.status != CONFLICT or answer.kind != SIZE_TYPE or found is None:
        return None
    return int(found[1])


def verify_lines(
    answer: "WitnessAnswer", note: bytes, vkeys: Iterable[Vkey]
) -> tuple[dict[Key, int], bytes]:
    """Return the times (s) by key, and the note with these lines alone.

    Refusal(WITNESS) with the status if it did not cosign or sent no known line,
    Refusal(NOTE) if the lines do not parse, Refusal(COSIGNATURE) if one does not
    verify.
    """
    if answer.status != OK:
        raise Refusal(Reason.WITNESS, str(answer.status))
    text = parse_note(note).text
    answered = parse_note(text + b"\n" + answer.body)
    if answered.text != text:  # it sent an empty line, and so another text
        raise Refusal(Reason.NOTE, "witness")
    known = list(vkeys)
    times = checkpoint.line_times(answered.encode(), known)
    if not times:
        raise Refusal(Reason.WITNESS, str(answer.status))
    return times, checkpoint.only(answered.encode(), known)


def _by_url(witnesses: Mapping[bytes, Witness]) -> dict[str, tuple[Vkey, ...]]:
    found: dict[str, tuple[Vkey, ...]] = {}
    for witness in witnesses.values():
        if url := _url(witness):
            found[url] = (*found.get(url, ()), witness.vkey)
    return found


def _url(witness: Witness) -> str:
    """Return the URL to post to; empty if it is not usable."""
    if not _URL.fullmatch(witness.url):
        return ""
    return f"{witness.url.decode().rstrip('/')}/add-checkpoint"


async def _apart(call: Callable[[], T], endpoint: _Asked) -> T:
    """Call a function that may hang, in a daemon thread."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(tell: Callable[[], None]) -> None:
        if not future.done():
            tell()

    def work() -> None:
        tell: Callable[[], None]
        try:
            tell = partial(future.set_result, call())
        except FusionError as error:
            tell = partial(future.set_exception, error)
        except Exception as error:  # noqa: BLE001  the waiting caller must be answered
            told = Unreachable("witness")
            told.__cause__ = error
            tell = partial(future.set_exception, told)
        endpoint.calling = False
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, tell)

    endpoint.calling = True
    threading.Thread(target=work, name="witness", daemon=True).start()
    return await future
