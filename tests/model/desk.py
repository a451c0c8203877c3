"""A desk: keeps what it sent until a partner cosigned it, and what it has seen."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.node import peer_heads, submissions
from exchange.node.submission_check import Submission
from exchange.node.submissions import BY_THE_LOG
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from tests.model.parts import SUBMIT
from tests.model.past import verified
from tests.node.world import name_of

if TYPE_CHECKING:
    from tests.model.site import Site

OTHERS = frozenset({Reason.REFERENCES, Reason.RECIPIENT_UNKNOWN})
QUEUED, WAITING, LOCAL, REFUSED = "queued", "waiting", "local", "refused"


@dataclass
class Kept:
    """An envelope in the outbox; `index` is its place by its node's word."""

    sent: pb.Envelope
    state: str = QUEUED
    index: int | None = None


@dataclass
class Desk:
    """The one desk of a node; `name` None is the node's operator."""

    name: str | None
    outbox: dict[bytes, Kept] = field(default_factory=dict)
    cosigned: dict[bytes, int] = field(default_factory=dict)
    """Name -> index of what it keeps no longer."""
    acknowledged: set[bytes] = field(default_factory=set)
    """Names that the node ever took."""
    heads: dict[str, bytes] = field(default_factory=dict)
    """Origin -> the note of the newest head that it verified."""

    def send(self, site: "Site", *envelopes: pb.Envelope) -> None:
        for sent in envelopes:
            if name_of(sent) not in self.cosigned:
                self.outbox.setdefault(name_of(sent), Kept(sent))
        self._hand_over(site, [name_of(sent) for sent in envelopes])

    def push(self, site: "Site") -> None:
        """Hand over again whatever no partner has cosigned."""
        self._hand_over(site, list(self.outbox))

    def _hand_over(self, site: "Site", names: list[bytes]) -> None:
        kept = [self.outbox[name] for name in names if name in self.outbox]
        kept = [one for one in kept if one.state != REFUSED]
        site.medium.works(SUBMIT)
        answers = submissions.submit(
            site.node, [Submission(one.sent, self.name) for one in kept]
        )
        assert len(answers) == len(kept)
        for one, answer in zip(kept, answers, strict=True):
            self._note(site, one, answer)

    def _note(self, site: "Site", kept: Kept, answer: desk_pb.Submitted) -> None:
        name = name_of(kept.sent)
        site.look()
        if not answer.reason:  # then it is on disk
            self.acknowledged.add(name)
            kept.state = WAITING if answer.waiting else LOCAL
            kept.index = None if answer.waiting else answer.index
            assert answer.waiting or site.names[answer.index] == name
            assert site.has(name)
        elif answer.later:
            kept.state = QUEUED
        else:
            assert name not in site.names.values(), answer.reason
            kept.state = REFUSED

    def waits(self, site: "Site") -> None:
        """Assert that what waits is kept, unless its node refused it, and says so.

        Handed over again, that is refused again, or waits again where the node has
        heard nobody since it began. Only what a longer log of its own lifts is
        recorded: what it takes from others it refuses for good only once that is here.
        """
        site.look()
        waiting = [name for name, kept in self.outbox.items() if kept.state == WAITING]
        here = site.all_names() if waiting else set()
        for name in waiting:
            kept = self.outbox[name]
            if kept.state == WAITING and name not in here:
                with site.medium.aside():
                    told = submissions.refused_to(site.node, self.name or "")
                why = {one.name: one.reason for one in told}
                assert name in why, "dropped"
                self._hand_over(site, [name])
                here = site.all_names()
                recorded = kept.state == LOCAL
                assert not recorded or why[name] in BY_THE_LOG - OTHERS, "too early"

    def forgotten(self, site: "Site") -> None:
        """Queue again what its node has lost with its disk."""
        here = site.all_names()
        for name, kept in self.outbox.items():
            if kept.state == WAITING and name not in here:
                kept.state = QUEUED

    def tell(self, site: "Site") -> None:
        """Begin to watch: tell the node what was verified before."""
        peer_heads.hear_desk(site.node, self.name or "", list(self.heads.values()))
        site.was_told_by_desk(self.heads.values())

    def read(self, site: "Site") -> None:
        """Take up the newest heads; let go of what a partner has cosigned."""
        site.move_on()
        with site.medium.aside():
            size = self._covered(site)
            for held in (
                site.store.heads.newest_with_lines(origin) for origin in site.copies
            ):
                if held is not None:
                    self._see(site, held.note)
        for name, kept in list(self.outbox.items()):
            if kept.state != LOCAL or kept.index is None or kept.index >= size:
                continue
            if site.names.get(kept.index) == name:
                self.cosigned[name] = kept.index
                del self.outbox[name]
            else:  # it was put back, and another stands there now
                assert site.lost
        stands = all(site.names.get(at) == name for name, at in self.cosigned.items())
        assert stands or site.lost, "what was cosigned is gone"

    def _see(self, site: "Site", note: bytes) -> None:
        site.shows(note)
        new = verified(note)
        known = verified(self.heads.get(new.head.origin, b"")) if new else None
        if new and (known is None or known.head.size <= new.head.size):
            self.heads[new.head.origin] = note

    def _covered(self, site: "Site") -> int:
        """Return up to which size the partner's line stands under the node's log."""
        keys = site.node.members.cosigner_keys(site.peer)
        for held in site.store.heads.falling(site.origin, 64):
            if checkpoint.cosignatures(held.note, keys):
                return held.head.size
        return 0
