"""An accepted entry, as a node needs it.

Most fields are the same for many entries: their form, read from the first one's header
(`fast_accept`).
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from exchange import envelope
from exchange.trust import names, rules
from exchange.trust.labels import Handled
from exchange.trust.urgency import urgency_of
from exchange.v1 import envelope_pb2 as pb


class Recipient(NamedTuple):
    desk: str
    kid: bytes


class EntryForm(Struct, frozen=True, eq=False):
    """The part of an entry that many others share.

    `author` is an officer, `author_desk` his desk, `releaser_desk` the releaser's (""
    if none); `clear` is the public part of core; `desks` are the author's and the
    recipients', sorted; `nodes` those of the recipients; `relations` those of its
    references, in their order; `urgency` is from `urgency_of`.
    """

    kind: int
    author_desk: str
    recipients: tuple[Recipient, ...]
    kids: tuple[bytes, ...]
    desks: tuple[str, ...]
    nodes: frozenset[str]
    relations: tuple[int, ...]
    handled: Handled
    urgency: int
    precedence: int
    author: str
    release: int
    releaser_desk: str
    clear: bytes

    @classmethod
    def of(cls, verdict: rules.Accepted) -> "EntryForm":
        core = verdict.core
        own = verdict.author.subject.rpartition("@")[2]
        addressed = [one.desk for one in core.recipients]
        return cls(
            core.kind,
            own,
            tuple(Recipient(one.desk, one.kid) for one in core.recipients),
            tuple(one.kid for one in core.recipients),
            tuple(sorted({own, *addressed})),
            frozenset(names.node_of(desk) for desk in addressed),
            tuple(reference.relation for reference in core.references),
            Handled.of(core),
            urgency_of(core, verdict.statement),
            core.precedence,
            verdict.author.subject,
            core.release,
            _releaser_desk(verdict),
            core.clear,
        )


def _releaser_desk(verdict: rules.Accepted) -> str:
    others = (one for one in verdict.signers if one is not verdict.author)
    released = verdict.core.release == pb.RELEASE_RELEASED
    releaser = next(others, None) if released else None
    return names.desk_of(releaser.subject) if releaser is not None else ""


class EntryFacts(NamedTuple):
    """Times are ms UTC, `references` are names of entries.

    `verdict` is set if the full rules ran: always for a statement, and for the first
    entry of a log.
    """

    form: EntryForm
    entry: bytes
    name: bytes
    id: bytes
    filed: int
    expires: int
    dw: bytes
    db: bytes
    references: tuple[bytes, ...]
    verdict: rules.Accepted | None = None

    @property
    def statement(self) -> pb.Statement | None:
        return self.verdict.statement if self.verdict is not None else None

    def check_text(self, wraps: Sequence[bytes], body: bytes) -> None:
        """Raise Refusal(WRAPS | BODY) unless this is the signed text."""
        envelope.check_text(self.form.kids, (self.dw, self.db), wraps, body)


def facts_of(verdict: rules.Accepted) -> EntryFacts:
    parsed, core = verdict.parsed, verdict.core
    return EntryFacts(
        EntryForm.of(verdict),
        parsed.entry,
        parsed.name,
        core.id,
        core.filed,
        core.expires,
        parsed.dw,
        parsed.db,
        tuple(reference.name for reference in core.references),
        verdict,
    )
