"""fusion board: the board of the corridor as one file, for a screen or a wall."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk_session, options
from exchange.errors import Reason, Refusal, Why
from exchange.words import lang, say, say_n

if TYPE_CHECKING:
    from exchange.desk.client import Desk
    from exchange.report.board_page import BoardPage

MODES = ("ACTUAL", "EXERCISE", "TEST")
Out = Annotated[
    Path,
    typer.Option("--out", metavar="FILE", help="File to write: .html or .svg."),
]
Mode = Annotated[
    str,
    typer.Option(
        "--mode",
        metavar="MODE",
        help="ACTUAL, EXERCISE or TEST; they are never on one board.",
    ),
]


def command(
    out: Out,
    mode: Mode = "ACTUAL",
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
) -> None:
    """Write the board of the corridor as one HTML page or SVG drawing.

    Warnings, incidents, convoys under way and levels of sites, as bulletins say. The
    file asks nothing of any network, and is marked with the strictest label of all
    that it shows. Its words are in the language of `fusion --lang`.
    """
    kind = out.suffix.lower()
    if kind not in {".html", ".svg"}:
        raise Refusal(Reason.INPUT, "--out", Why("end its name in .html or .svg"))
    if mode not in MODES:
        raise Refusal(Reason.INPUT, "--mode", Why("give ACTUAL, EXERCISE or TEST"))
    from exchange.atomic_file import atomic
    from exchange.report.board_page import write_html, write_svg

    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        page = _page(desk, mode, weeks=kind == ".html")  # a drawing has none
    write = write_svg if kind == ".svg" else write_html
    with atomic(out) as file:
        file.write(write(page, lang()).encode())
    signs = say_n("{n} sign", "{n} signs", len(page.board.signs))
    print(say("{file}: {signs}", file=out, signs=signs))


def _page(desk: "Desk", mode: str, *, weeks: bool) -> "BoardPage":
    """Return the board of a mode as a desk sees it now, under the label of all of it.

    `weeks`: whether the page counts bulletins by week; they are under the label then.
    """
    from exchange.desk.board.board_label import label_of
    from exchange.desk.board.read_board import counted_names, read_board, read_weeks
    from exchange.report.board_page import BoardPage

    now, mailbox = desk.clock(), desk.mailbox
    board = read_board(mailbox, mode, now, desk.moment().expired_at)
    counted = counted_names(mailbox, mode, now) if weeks else ()
    label = label_of(mailbox, board, counted)
    counts = read_weeks(mailbox, mode, now)
    return BoardPage(board, counts, label, desk.officer.desk)
