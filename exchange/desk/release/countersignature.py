"""Countersign a message sent in an emergency before a second officer signed."""

from exchange.desk.client import Desk
from exchange.desk.incoming.relations import About
from exchange.desk.mailbox.countersignatures import COUNTERSIGNED
from exchange.desk.outgoing import enqueue, receipts
from exchange.desk.outgoing.prepare import cite
from exchange.errors import Reason, Refusal, Why
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb

_NO_EMERGENCY = Why("did not go as an EMERGENCY; it needs no countersignature")
_OWN = Why("you wrote it; have another officer sign")
_OTHERS = Why("only a releaser of its author's node that has it can countersign it")


def check_countersign(desk: Desk, name: bytes) -> About:
    """Raise Refusal if this officer may not countersign it.

    1. It is here, accepted, and was sent as an EMERGENCY (NOT_FOUND, REFERENCES).
    2. It is of the officer's node, and his desk has it (REFERENCES).
    3. He has a key in role releaser, and did not write it (SIGNERS).
    """
    # 1
    about, where = cite(desk.mailbox, name), name.hex()[:16]
    if about.core.release != pb.RELEASE_EMERGENCY:
        raise Refusal(Reason.REFERENCES, where, _NO_EMERGENCY)
    # 2
    own = desk.officer.desk
    if names.node_of(about.desk) != desk.node or own not in about.desks:
        raise Refusal(Reason.REFERENCES, where, _OTHERS)
    # 3
    desk.officer.check_releaser()
    if about.author == desk.officer.name:
        raise Refusal(Reason.SIGNERS, desk.officer.name, _OWN)
    return about


def countersign(desk: Desk, name: bytes) -> bytes:
    """Return the name of the countersignature.

    An earlier one that was not refused is returned again. Raises Refusal as
    `check_countersign`.
    """
    about = check_countersign(desk, name)
    with desk.mailbox.database.transaction():
        before = [
            given
            for given in desk.mailbox.receipts.of(name)
            if (given.author, given.relation) == (desk.officer.name, COUNTERSIGNED)
        ]
        for given in before:
            if given.state in {"", "queued"}:
                return given.name
        made = desk.composer.countersignature(name, about)
        enqueue.keep(desk.mailbox, made, desk.officer.name, desk.clock())
        receipts.drop_resigned(desk.mailbox, before, made.name)
    desk.hand_over()
    return made.name
