"""Entries in the form in which they are stored, after the verdict; pure."""

from typing import NamedTuple

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.store import HELD, NewEntry
from exchange.trust import names
from exchange.trust.entry_facts import EntryFacts
from exchange.v1 import envelope_pb2 as pb


class KeptText(NamedTuple):
    """The text to keep, or the reason for none."""

    wraps: tuple[bytes, ...] = ()
    body: bytes = b""
    state: int = HELD
    why: str = ""
    at: int = 0


def accepted_entry(
    facts: EntryFacts, text: KeptText, desks: tuple[str, ...], me: str
) -> NewEntry:
    form = facts.form
    new = NewEntry(
        entry=facts.entry,
        name=facts.name,
        id=facts.id,
        kind=form.kind,
        wraps=text.wraps,
        body=text.body,
        desks=desks,
        reason="",
        state=text.state,
        why=text.why,
        at=text.at,
        urgency=form.urgency,
    )
    receipt = form.kind == pb.KIND_RECEIPT  # a bulletin may name the relation too
    countersigns = receipt and pb.RELATION_COUNTERSIGNED in form.relations
    one_officer = form.release == pb.RELEASE_NONE and not countersigns
    if one_officer or names.node_of(form.author_desk) != me:
        return new
    return new._replace(
        release=form.release,
        author=form.author,
        expires=facts.expires,
        countersigns=facts.references[0] if countersigns else b"",
    )


def refused_entry(entry: bytes, reason: Reason) -> NewEntry:
    """Return the entry; none of its fields is trusted."""
    return NewEntry(
        entry=entry,
        name=_name(entry),
        id=b"",
        kind=pb.KIND_UNSPECIFIED,
        wraps=(),
        body=b"",
        desks=(),
        reason=reason,
    )


def _name(entry: bytes) -> bytes:
    try:
        return envelope.split(entry).name
    except Refusal:
        return b""
