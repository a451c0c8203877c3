"""A second officer signs a draft, or gives it back to its author.

His decision is kept before the node is told, and repeated until the node has it.
Without its node a desk does both in its outbox.
"""

from exchange import envelope
from exchange.bulletin.suggest import not_among
from exchange.desk.client import Desk
from exchange.desk.incoming.examine_entry import ExaminedEntry
from exchange.desk.link.draft_reader import note_returned
from exchange.desk.mailbox import AwaitedRelease
from exchange.desk.mailbox.releases import SIGNED
from exchange.desk.officer import Officer
from exchange.desk.release.waiting_drafts import read_draft
from exchange.errors import Reason, Refusal, Why
from exchange.trust import names
from exchange.trust.own_verdict import judge_own, judge_return
from exchange.trust.release import review_desk
from exchange.trust.return_call import sign_return
from exchange.trust.statements import RELEASER
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import ReturnCode

CODES = ("INCOMPLETE", "LABEL", "NOT_NOW", "OTHER")
_OWN = Why("you wrote it; another officer must release it")
_OTHERS = Why("you are of neither its author's desk nor the one that reviews it")


def check_releaser(
    desk: Desk, draft: AwaitedRelease, officer: Officer
) -> ExaminedEntry:
    """Judge and open a draft for an officer.

    1. It waits here, and passes now: else its Refusal.
    2. He has a key in role releaser (SIGNERS), and did not write it (RELEASE).
    3. He is of its author's desk, or of the one in class REVIEW (RELEASE).
    """
    # 1
    entry = read_draft(desk, draft)
    # 2
    officer.check_releaser()
    if officer.name == entry.author:
        raise Refusal(Reason.RELEASE, officer.name, _OWN)
    # 3
    if officer.desk not in {names.desk_of(entry.author), review_desk(entry.core)}:
        raise Refusal(Reason.RELEASE, officer.name, _OTHERS)
    return entry


def sign_draft(
    desk: Desk, draft: AwaitedRelease, officer: Officer | None = None
) -> str:
    """Return the state; `officer` is at this desk beside its own.

    Raises Refusal as `check_releaser`, and that of the verdict.
    """
    officer = officer or desk.officer
    entry = check_releaser(desk, draft, officer)
    released = add_signature(desk, draft, officer)
    with desk.mailbox.database.transaction():
        now, box = desk.clock(), desk.mailbox
        box.outbox.sign(released, draft.name, now)
        box.releases.take_entry(draft.name, released.entry)
        box.releases.set_state(draft.name, SIGNED, now)
        if box.messages.knows(draft.name):
            box.messages.set_state(draft.name, "queued", now, by=officer.name)
    desk.hand_over()
    return desk.state_of(entry.name)


def add_signature(desk: Desk, draft: AwaitedRelease, officer: Officer) -> pb.Envelope:
    """Sign beside the author.

    He signs the draft as rebuilt here, which is judged as every reader will.
    """
    releaser, sent = officer.check_releaser(), draft.envelope
    entry = pb.Entry.FromString(sent.entry)
    signed = envelope.to_sign(RELEASER, releaser.kid, entry.core, entry.dw, entry.db)
    entry.signatures.add(  # after the author's, by role
        role=RELEASER, kid=releaser.kid, signature=releaser.sign(signed)
    )
    data = entry.SerializeToString(deterministic=True)
    judge_own(data, desk.arrivals.drafts.log())
    return pb.Envelope(entry=data, wraps=sent.wraps, body=sent.body)


def give_back(desk: Desk, draft: AwaitedRelease, code: str) -> None:
    """Send a draft back with a reason, one of CODES, and notify the node.

    Raises Refusal as `check_releaser`, and that of the verdict; CODE_UNKNOWN.
    """
    if code not in CODES:
        raise Refusal(Reason.CODE_UNKNOWN, "--code", not_among("", CODES))
    entry = check_releaser(desk, draft, desk.officer)
    releaser, now = desk.officer.check_releaser(), desk.clock()
    number = ReturnCode.Value(f"RETURN_CODE_{code}")
    call = sign_return(draft.name, number, now, releaser)
    judge_return(call, entry.core, desk.arrivals.drafts.log().directory)
    with desk.mailbox.database.transaction():
        note_returned(desk.mailbox, call, desk.officer.name, now, told=False)
    desk.hand_over()
