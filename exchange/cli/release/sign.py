"""fusion release sign: a second officer lets a draft out."""

import sys

import typer

from exchange.cli import desk_session, options
from exchange.cli.release import common
from exchange.words import say


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sign")(command)


def command(
    name: common.Draft,
    home: options.Home = options.HOME_DEFAULT,
    yes: options.Yes = False,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """Release a draft: sign what its author signed, as another officer.

    Needs a key in role releaser. With the node stopped it waits in the outbox.
    """
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.outgoing.result import Sent
        from exchange.desk.release.decision import check_releaser, sign_draft
        from exchange.desk.release.waiting_drafts import find

        draft = find(desk, name)
        entry = check_releaser(desk, draft, desk.officer)
        if not yes:
            for line in common.draft_lines(entry):
                print(line, file=sys.stderr)
        options.confirm(say("Release this? Type yes:"), yes=yes)
        state = sign_draft(desk, draft)
        sent = Sent(draft.name, state)
        if desk.mailbox.messages.knows(draft.name):
            sent = desk.result_of(draft.name)
    if json:
        options.emit({"name": draft.name.hex(), "state": sent.state})
    else:
        print(f"{draft.name.hex()} {desk_session.describe_state(sent.state)}")
    return desk_session.outcome(sent, desk.node, desk.trouble)
