"""fusion ack, recall, reveal: later statements of a desk about a bulletin."""

from enum import StrEnum
from typing import Annotated

from exchange.cli import desk_session, options
from exchange.cli.frame import AtDesk, Reply, framed, signed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import Reason, Refusal, Why

with lazy_imports():
    from exchange.desk import remarks
    from exchange.desk.incoming import relations
    from exchange.desk.outgoing import recall as recalls
    from exchange.desk.outgoing import route_draw


class Relation(StrEnum):
    OPENED = "OPENED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    COMPLETED = "COMPLETED"
    CANNOT_COMPLY = "CANNOT_COMPLY"


Said = Annotated[
    Relation | None, option("--relation", "The receipt to sign.", case_sensitive=False)
]
Received = Annotated[bool, option("--received", "It was opened: OPENED.")]
Read = Annotated[bool, option("--read", "It was read and understood: ACKNOWLEDGED.")]
CannotComply = Annotated[
    bool, option("--cannot-comply", "It cannot be done: CANNOT_COMPLY; give --reason.")
]
Cause = Annotated[
    str, option("--reason", "Reason for CANNOT_COMPLY: WEATHER, NO_ASSET, ...", "CODE")
]


@framed
def command(
    at: AtDesk,
    name: options.Name,
    relation: Said = None,
    received: Received = False,
    read: Read = False,
    done: Annotated[bool, option("--done", "The action is done: COMPLETED.")] = False,
    cannot_comply: CannotComply = False,
    reason: Cause = "",
    remark: desk_session.Remark = "",
    confirm: desk_session.Confirm = None,
) -> Reply:
    """Sign a receipt; if the node is stopped, it waits in the outbox.

    Without an option it reports that the bulletin was read and understood.

    If two officers must sign, a remark waits for a releaser; without one it goes now.
    """
    steps = dict(zip(Relation, (received, read, done, cannot_comply), strict=True))
    choice = _one(relation, [step for step, given in steps.items() if given])
    if reason or cannot_comply:  # before asking for a passphrase
        remarks.check_code(remarks.DECLINE, reason.upper(), "--reason")
    with at.open_refreshed() as desk:
        about = desk.mailbox.search.resolve(name)
        given = remark, reason.upper(), confirm or ()
        made = desk.acknowledge(about, relations.relation_of(choice), *given)
        return signed(desk, desk.result_of(made), choice, about)


def _one(relation: Relation | None, steps: list[Relation]) -> Relation:
    """Raise Refusal(INPUT) for several."""
    said = ([relation] if relation else []) + steps
    if len(said) > 1:
        raise Refusal(
            Reason.INPUT, "--read, --done, --cannot-comply", Why("give one of them")
        )
    return said[0] if said else Relation.ACKNOWLEDGED


RecallReason = Annotated[
    str,
    option(
        "--reason",
        "SENT_BY_MISTAKE, WRONG_LABEL, WRONG_RECIPIENT, WRONG_CONTENT,"
        " SOURCE_WITHDRAWN, PERSONAL_DATA, OVERTAKEN or OTHER.",
        "CODE",
    ),
]
Instruction = Annotated[
    str,
    option(
        "--instruction", "Instruction to readers: STOP_USE, DESTROY or REPLACE.", "CODE"
    ),
]


@framed
def recall(
    at: AtDesk,
    name: options.Name,
    reason: RecallReason,
    instruction: Instruction = "STOP_USE",
    remark: desk_session.Remark = "",
    confirm: desk_session.Confirm = None,
) -> Reply:
    """Recall a bulletin: every desk that has it marks it; it is not deleted.

    Only the desk that wrote it can. Each reader is asked to act on it. If only part of
    it was wrong, correct it instead: fusion send --corrects NAME.
    """
    recalls.remark(reason, remark, instruction, confirm or ())
    with at.open_refreshed() as desk:
        about = desk.mailbox.search.resolve(name)
        sent = desk.recall(about, reason, remark, instruction, confirm or ())
        return signed(desk, sent, "RECALLS", about)


@framed
def reveal(at: AtDesk, name: options.Name) -> Reply:
    """Reveal the drawn route of a movement to all its recipients.

    The route was drawn when the movement was sent, with its hash: every reader can
    check that this is the one. Only the desk that sent the movement can reveal it.
    """
    with at.open_refreshed() as desk:
        about = desk.mailbox.search.resolve(name)
        sent = desk.reveal(about)
        told = route_draw.find_reveals(desk.mailbox, about)
        route = next(one.route for one in told if one.reveal == sent.name)
        return signed(desk, sent, "REVEALS", about, route=route)
