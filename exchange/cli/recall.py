"""fusion recall: take a bulletin of this desk back from all whom it went to."""

from typing import Annotated

import typer

from exchange.cli import desk_session, options

Why = Annotated[
    str,
    typer.Option(
        "--reason",
        metavar="CODE",
        help="SENT_BY_MISTAKE, WRONG_LABEL, WRONG_RECIPIENT, WRONG_CONTENT,"
        " SOURCE_WITHDRAWN, PERSONAL_DATA, OVERTAKEN or OTHER.",
    ),
]
Instruction = Annotated[
    str,
    typer.Option(
        "--instruction",
        metavar="CODE",
        help="Instruction to readers: STOP_USE, DESTROY or REPLACE.",
    ),
]


def command(
    name: options.Name,
    reason: Why,
    home: options.Home = options.HOME_DEFAULT,
    instruction: Instruction = "STOP_USE",
    remark: desk_session.Remark = "",
    confirm: desk_session.Confirm = None,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """Recall a bulletin: every desk that has it marks it, and none deletes it.

    Only the desk that wrote it can. Each reader is asked to act on it. If only part of
    it was wrong, correct it instead: fusion send --corrects NAME.
    """
    from exchange.desk.outgoing import recall

    recall.remark(reason, remark, instruction, confirm or ())
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        about = desk.mailbox.search.resolve(name)
        sent = desk.recall(about, reason, remark, instruction, confirm or ())
    if json:
        found = {"about": about.hex(), "state": sent.state}
        options.emit({"name": sent.name.hex(), **found})
    else:
        relation = desk_session.code("relation", "RECALLS")
        state = desk_session.describe_state(sent.state)
        print(f"{sent.name.hex()} {relation} {about.hex()[:16]} {state}")
    return desk_session.outcome(sent, desk.node, desk.trouble)
