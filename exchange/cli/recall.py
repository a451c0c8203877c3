"""fusion recall: take a bulletin of this desk back from all whom it went to."""

from typing import Annotated

from exchange.cli import desk_session, options
from exchange.cli.frame import AtDesk, Reply, framed, outcome, signed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option

with lazy_imports():
    from exchange.desk.outgoing import recall

Why = Annotated[
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
def command(
    at: AtDesk,
    name: options.Name,
    reason: Why,
    instruction: Instruction = "STOP_USE",
    remark: desk_session.Remark = "",
    confirm: desk_session.Confirm = None,
) -> Reply:
    """Recall a bulletin: every desk that has it marks it, and none deletes it.

    Only the desk that wrote it can. Each reader is asked to act on it. If only part of
    it was wrong, correct it instead: fusion send --corrects NAME.
    """
    recall.remark(reason, remark, instruction, confirm or ())
    with at.open_refreshed() as desk:
        about = desk.mailbox.search.resolve(name)
        sent = desk.recall(about, reason, remark, instruction, confirm or ())
    reply = signed(sent.name, sent.state, "RECALLS", about)
    return reply._replace(outcome=outcome(desk, sent))
