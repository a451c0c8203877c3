"""fusion list: the bulletins of a desk, and what is to be done about them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk_session, message_list, options
from exchange.errors import Reason, Refusal, Why
from exchange.words.local_time import add_local

if TYPE_CHECKING:
    from exchange.desk.client import Desk
    from exchange.desk.mailbox import Row

CONDITIONS = (
    "is:unread|unacked|in|out|recalled|stale|overdue kind: prec: mode: tlp: lang:"
    " state: actor: site: from:DESK thread:NAME after: before: on:2026-11-01"
    " near:SITE:50km near:35.3,73.2:50km, and words"
)

Conditions = Annotated[
    list[str] | None, typer.Argument(metavar="[CONDITION]...", help=CONDITIONS)
]
HandOver = Annotated[
    bool,
    typer.Option("--handover", help=("Print the hand-over list for the next shift.")),
]
Lang = Annotated[
    str, typer.Option("--lang", metavar="LANG", help="Language of the hand-over list.")
]
Proposal = Annotated[
    str,
    typer.Option(
        "--proposal",
        metavar="NAME|DESK",
        help=(
            "Print a proposed bulletin for `fusion send -`: about an overdue movement,"
            " or to the desk of that name whose bulletins are missing."
        ),
    ),
]


def command(
    conditions: Conditions = None,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    limit: desk_session.Limit = desk_session.LIMIT,
    handover: HandOver = False,
    lang: Lang = "",
    proposal: Proposal = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """List bulletins, the newest last; a star marks what is unread.

    Begins with what waits in the outbox and why, and what will not be sent as it is.
    """
    wanted = " ".join(conditions or ())
    if sum(map(bool, (handover, proposal, wanted))) > 1:
        raise Refusal(
            Reason.INPUT, "--handover, --proposal, CONDITION", Why("give one of them")
        )
    _check(wanted, home, lang)
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        if handover:
            _hand_over(desk, json=json)
        elif proposal:
            _propose(desk, proposal)
        else:
            rows = _rows(desk, wanted, limit)
            if wanted:  # a search: what waits is none of its finds
                message_list.print_rows(desk.mailbox, rows, json=json)
            else:
                _tell(desk, rows, json=json)
            if wanted and not rows and not json:
                message_list.nothing()


def _tell(desk: "Desk", rows: "list[Row]", *, json: bool) -> None:
    """Print what the outbox holds back, then the bulletins."""
    from exchange.cli import outbox_output
    from tui.text.safe_text import safe

    waits = outbox_output.outbox_json(desk.mailbox)
    if json:
        found = {"bulletins": message_list.rows_json(desk.mailbox, rows)}
        options.emit(found | ({"outbox": waits} if any(waits.values()) else {}))
        return
    for line in outbox_output.lines(waits):
        print(add_local(safe(line)))
    message_list.print_rows(desk.mailbox, rows, json=False)


def _check(wanted: str, home: Path, lang: str) -> None:
    """Refuse what can be refused before a passphrase is asked for."""
    if wanted:
        from exchange.desk.mailbox import Filter

        Filter.read(wanted)
    if lang:
        desk_session.language(home, lang)


def _rows(desk: "Desk", wanted: str, limit: int) -> "list[Row]":
    from exchange.desk.mailbox import Filter

    box = desk.mailbox
    if not wanted.strip():
        return box.messages.page(max(1, box.database.count() - limit + 1), limit)
    numbers = box.search.ids(Filter.read(wanted, *desk.moment().times), limit)
    return [box.messages.row(number) for number in reversed(numbers)]


def _hand_over(desk: "Desk", *, json: bool) -> None:
    from exchange.cli import due_output
    from exchange.desk.deadlines.due_list import handover

    groups = handover(desk, *desk.moment().times)
    if json:
        sections = {
            name: [due_output.due_json(one) for one in of]
            for name, of in groups.items()
        }
        options.emit({"handover": sections})
    else:
        for line in due_output.hand_over(groups, desk.mailbox):
            print(line)


def _propose(desk: "Desk", name: str) -> None:
    from exchange.bulletin.content import to_json
    from exchange.desk.deadlines.missing_bulletins import request_missing
    from exchange.desk.deadlines.proposal import proposal

    if name in desk.pinned.desks():
        draft = request_missing(desk, name, desk.clock())
    else:
        named = desk.mailbox.search.resolve(name)
        draft = proposal(desk, named, *desk.moment().times)
    options.emit(to_json(draft))
