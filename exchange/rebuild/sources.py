"""The partners of whom a rebuild asks what is lost; nobody's word is taken.

Each answer goes to a check of the caller's, which raises the Refusal that it
deserves; then the next partner is asked. A log's own node comes first.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct, field

from exchange.errors import FusionError, Reason, Refusal, Unreachable
from exchange.limits import BATCH_ENTRIES_MAX, ENTRY_MAX
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc

T = TypeVar("T")
GATE = frozenset(  # who is answered so once is answered so each time
    {
        Reason.TLS_VERSION,
        Reason.TLS_GROUP,
        Reason.IDENTITY,
        Reason.DOMAIN_CA,
        Reason.CERTIFICATE_TIME,
        Reason.NOT_PINNED,
        Reason.METHOD,
        Reason.RATE,
        Reason.DEADLINE,
    }
)
REJECTED_KEPT = 64  # told one by one
LIST_MAX = 256  # entries asked for in one call; a node answers with no more


class Partner(Protocol):
    """A partner's node (net.partner.PartnerClient); raises FusionError."""

    @property
    def name(self) -> str:
        """Its node name."""
        ...

    def entries(self, origin: str, start: int, limit: int) -> rpc.ListEntriesResponse:
        """Return entries of a log from `start` on, and the note of their head."""
        ...


class Rejected(Struct, frozen=True):
    """An answer that is not what was signed, and whose it was."""

    by: str
    origin: str
    index: int
    reason: Reason


class Page(Struct, frozen=True):
    """Entries in a row, and who sent them."""

    start: int
    envelopes: Sequence[pb.Envelope]

    def at(self, index: int) -> pb.Envelope | None:
        """Return one of them, if it is among them."""
        place = index - self.start
        return self.envelopes[place] if 0 <= place < len(self.envelopes) else None


class Sources(Struct):
    """The partners, in the order in which they are asked."""

    partners: Sequence[Partner]
    rejected: list[Rejected] = field(default_factory=list)
    wrong: int = 0
    """How many answers were rejected; `rejected` holds the first of them."""
    silent: dict[str, Reason] = field(default_factory=dict)
    """Who did not answer, or will not answer us, and is not asked again."""
    _pages: dict[tuple[str, str], Page] = field(default_factory=dict)

    def entry(
        self, origin: str, index: int, check: Callable[[pb.Envelope], T]
    ) -> tuple[T, str]:
        """Return what `check` makes of an envelope, and who sent it.

        Raises Refusal(MISSING) where nobody has one that passes.
        """

        def ask(partner: Partner) -> T:
            return check(self._at(partner, origin, index))

        return self._first(origin, index, ask)

    def span(
        self,
        origin: str,
        start: int,
        end: int,
        check: Callable[[Sequence[bytes]], T],
    ) -> tuple[T, str]:
        """Return what `check` makes of the entries from `start` on, and who sent them.

        As many as a partner has of [start, end). Raises Refusal(MISSING) where nobody
        has entries that pass.
        """

        def ask(partner: Partner) -> T:
            entries: list[bytes] = []
            while len(entries) < end - start:
                at = start + len(entries)
                answer = partner.entries(origin, at, min(end - at, LIST_MAX))
                if not answer.envelopes:
                    break
                entries += _bare(answer, end - at)
            return check(entries)

        return self._first(origin, start, ask)

    def note(
        self, origin: str, size: int, check: Callable[[bytes], T]
    ) -> tuple[T, str]:
        """Return what `check` makes of the note of the head at `size`, and who sent it.

        Raises Refusal(MISSING) where nobody has one that passes.
        """

        def ask(partner: Partner) -> T:
            answer = _list(partner, origin, size - 1, 1)
            if not answer.head:
                raise Refusal(Reason.NOT_FOUND)
            return check(answer.head)

        return self._first(origin, max(size - 1, 0), ask)

    def batch(
        self, origin: str, start: int, check: Callable[[Sequence[bytes], bytes], T]
    ) -> tuple[T, str]:
        """Return what `check` makes of the entries up to the next head, and its note.

        Raises Refusal(MISSING) where nobody has a head above `start` that passes.
        """

        def ask(partner: Partner) -> T:
            found: list[bytes] = []
            while len(found) <= BATCH_ENTRIES_MAX:
                answer = _list(partner, origin, start + len(found), LIST_MAX)
                found += _bare(answer, LIST_MAX)
                if answer.head:
                    return check(found, answer.head)
            raise Refusal(Reason.SIZE)

        return self._first(origin, start, ask)

    def _first(
        self, origin: str, index: int, ask: Callable[[Partner], T]
    ) -> tuple[T, str]:
        for partner in self._order(origin):
            try:
                return ask(partner), partner.name
            except FusionError as error:
                if isinstance(error, Unreachable) or error.reason in GATE:
                    self.silent[partner.name] = error.reason
                else:
                    self._reject(Rejected(partner.name, origin, index, error.reason))
        raise Refusal(Reason.MISSING, f"{origin}#{index}")

    def _order(self, origin: str) -> Iterator[Partner]:
        """Yield whom to ask, the node whose log it is first."""
        node = origin.partition(".fusion/")[0]
        for partner in sorted(self.partners, key=lambda one: one.name != node):
            if partner.name not in self.silent:
                yield partner

    def _reject(self, rejected: Rejected) -> None:
        """Keep an answer that is wrong; that a partner has nothing is no answer."""
        if rejected.reason is not Reason.NOT_FOUND:
            self.wrong += 1
            if len(self.rejected) < REJECTED_KEPT:
                self.rejected.append(rejected)

    def _at(self, partner: Partner, origin: str, index: int) -> pb.Envelope:
        """Ask for more at a time the longer what is asked for follows on."""
        key = partner.name, origin
        held = self._pages.get(key, Page(0, ()))
        envelope = held.at(index)
        if envelope is None:
            size = len(held.envelopes)
            limit = 2 * size if index == held.start + size else 1
            answer = _list(partner, origin, index, min(max(limit, 1), LIST_MAX))
            self._pages[key] = Page(index, answer.envelopes)
            envelope = answer.envelopes[0]
        return envelope


def _list(
    partner: Partner, origin: str, start: int, limit: int
) -> rpc.ListEntriesResponse:
    """Ask a partner; Refusal(NOT_FOUND) where it holds none, SIZE for too many."""
    answer = partner.entries(origin, start, limit)
    if not answer.envelopes:
        raise Refusal(Reason.NOT_FOUND)
    if len(answer.envelopes) > limit:
        raise Refusal(Reason.SIZE)
    return answer


def _bare(answer: rpc.ListEntriesResponse, limit: int) -> Iterator[bytes]:
    """Yield the entries of an answer; Refusal(SIZE) for too many, or too long a one."""
    if len(answer.envelopes) > limit:
        raise Refusal(Reason.SIZE)
    for sent in answer.envelopes:
        if len(sent.entry) > ENTRY_MAX:
            raise Refusal(Reason.SIZE)
        yield sent.entry
