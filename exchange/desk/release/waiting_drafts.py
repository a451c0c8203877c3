"""Drafts that wait for a second officer: the list, and the text of one.

list_awaited(desk)        # both: the desk's own, and those it may release
read_draft(desk, name)    # judged here and now, and opened
"""

from typing import NamedTuple

from exchange import envelope
from exchange.desk.client import Desk
from exchange.desk.incoming.examine_entry import ExaminedEntry
from exchange.desk.mailbox import AwaitedRelease
from exchange.desk.mailbox.outbox import REFUSED
from exchange.desk.mailbox.releases import DRAFTED, OPEN, RETURNED, SIGNED, WAITING
from exchange.errors import Reason, Refusal, Why
from exchange.trust import names
from exchange.trust.statements import RELEASER
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import ReturnDraftRequest

_NONE = Why("no draft of that name waits for release here; see fusion release list")


class AwaitedDraft(NamedTuple):
    """A draft in the list of a desk; times in ms UTC."""

    name: bytes
    state: str
    """DRAFTED, WAITING, SIGNED, RELEASED, RETURNED or LAPSED."""
    own: bool
    """Whether this desk wrote it; else it was named to review it."""
    author: str
    since: int
    core: pb.Core
    kind: str
    """Of the bulletin; TRANSLATION for a translation, "" if it is not open here."""
    subject: str
    may_sign: bool
    """Whether this officer may release it, or give it back."""
    code: str = ""
    """The code of its return: INCOMPLETE, LABEL, NOT_NOW or OTHER."""
    returned_by: str = ""
    returned_at: int = 0


def list_awaited(desk: Desk) -> list[AwaitedDraft]:
    """Return those that this officer may release first, then by age.

    Those given back are among them, expired ones are not.
    """
    now, box = desk.clock(), desk.mailbox
    shown = [
        describe(desk, one)
        for one in box.releases.list_state(DRAFTED, WAITING, SIGNED, RETURNED)
        if one.expires > now
        and box.outbox.latest_name(one.name) == one.name
        and not _is_refused(desk, one.name)
    ]
    return sorted(shown, key=lambda one: (not one.may_sign, one.state not in OPEN))


def _is_refused(desk: Desk, name: bytes) -> bool:
    kept = desk.mailbox.outbox.find(name)
    return kept is not None and kept.hold_reason == REFUSED


def find(desk: Desk, prefix: str) -> AwaitedRelease:
    """Find it by a prefix in hex; NOT_FOUND | AMBIGUOUS."""
    wanted = prefix.strip().lower()
    found = [
        one for one in desk.mailbox.releases.all() if one.name.hex().startswith(wanted)
    ]
    if len(found) > 1:
        raise Refusal(Reason.AMBIGUOUS, prefix)
    if not found or not wanted:
        raise Refusal(Reason.NOT_FOUND, prefix, _NONE)
    return found[0]


def read_draft(desk: Desk, draft: AwaitedRelease) -> ExaminedEntry:
    """Judge and open a draft here and now.

    Raises the Refusal that says what is wrong; NOT_FOUND if it is over, also if another
    program of the desk ended it since `draft` was read.
    """
    kept = desk.mailbox.releases.get(draft.name)
    if kept is None or kept.state not in OPEN:
        raise Refusal(Reason.NOT_FOUND, draft.name.hex()[:16], _NONE)
    return desk.arrivals.drafts.examine(draft.envelope)


def may_release(desk: Desk, draft: AwaitedRelease) -> bool:
    return desk.officer.releaser is not None and desk.officer.name != draft.author


def describe(desk: Desk, draft: AwaitedRelease) -> AwaitedDraft:
    core = envelope.split(draft.envelope.entry).core
    kind, subject = _title(desk, draft, core)
    call = ReturnDraftRequest.FromString(draft.returned)  # verified when it came
    by = desk.pinned.directory(desk.node).signer(RELEASER, call.kid)
    return AwaitedDraft(
        draft.name,
        draft.state,
        names.desk_of(draft.author) == desk.officer.desk,
        draft.author,
        draft.since,
        core,
        kind,
        subject,
        draft.state in OPEN and may_release(desk, draft),
        draft.code,
        by.subject if by else "",
        call.time,
    )


def _title(desk: Desk, draft: AwaitedRelease, core: pb.Core) -> tuple[str, str]:
    """Return kind and subject, of a translation its bulletin's; "" if it fails now."""
    if desk.mailbox.messages.knows(draft.name):
        row = desk.mailbox.messages.row(draft.name)
        return row.kind, row.subject
    if core.kind == pb.KIND_TRANSLATION:
        return "TRANSLATION", _subject_of(desk, core)
    try:
        said = desk.arrivals.drafts.examine(draft.envelope).said
    except Refusal:
        said = None
    return (said.kind, said.subject.text) if said is not None else ("", "")


def _subject_of(desk: Desk, translation: pb.Core) -> str:
    for reference in translation.references:
        if desk.mailbox.messages.knows(reference.name):
            return desk.mailbox.messages.row(reference.name).subject
    return ""
