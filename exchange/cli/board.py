"""fusion board: the corridor's board as one file, for a screen or a wall."""

from functools import partial
from pathlib import Path
from typing import Annotated

from exchange.cli.frame import AtDesk, Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import Reason, Refusal, Why
from exchange.words import lang, say, say_n

with lazy_imports():
    from exchange.atomic_file import atomic
    from exchange.desk.board.board_label import label_of
    from exchange.desk.board.read_board import (
        counted_names,
        read_board,
        read_weeks,
        weeks_are_cut,
    )
    from exchange.desk.client import Desk
    from exchange.report import board_page
    from exchange.report.board_page import BoardPage

MODES = ("ACTUAL", "EXERCISE", "TEST")
Out = Annotated[Path, option("--out", "File to write: .html or .svg.", "FILE")]
Mode = Annotated[
    str,
    option("--mode", "ACTUAL, EXERCISE or TEST; they are never on one board.", "MODE"),
]


@partial(framed, json=False)
def command(at: AtDesk, out: Out, mode: Mode = "ACTUAL") -> Reply:
    """Write the board of the corridor as one HTML page or SVG drawing.

    Warnings, incidents, convoys under way and levels of sites, from bulletins. The file
    loads no data from a network, and carries the strictest label of the bulletins
    shown. Its words are in the language of `fusion --lang`.
    """
    kind = out.suffix.lower()
    if kind not in {".html", ".svg"}:
        raise Refusal(Reason.INPUT, "--out", Why("end its name in .html or .svg"))
    if mode not in MODES:
        raise Refusal(Reason.INPUT, "--mode", Why("give ACTUAL, EXERCISE or TEST"))
    with at.open_refreshed() as desk:
        page = _page(desk, mode, weeks=kind == ".html")  # not in a drawing
    write = board_page.write_svg if kind == ".svg" else board_page.write_html
    with atomic(out) as file:
        file.write(write(page, lang()).encode())
    signs = say_n("{n} sign", "{n} signs", len(page.board.signs))
    return Reply({}, [say("{file}: {signs}", file=out, signs=signs)])


def _page(desk: "Desk", mode: str, *, weeks: bool) -> "BoardPage":
    """Read the page; with `weeks` its label covers bulletins counted by week, too."""
    now, mailbox = desk.clock(), desk.mailbox
    board = read_board(mailbox, mode, now, desk.moment().expired_at)
    counted = counted_names(mailbox, mode, now) if weeks else ()
    label = label_of(mailbox, board, counted)
    counts = read_weeks(mailbox, mode, now)
    cut = weeks_are_cut(mailbox, mode, now)
    return BoardPage(board, counts, label, desk.officer.desk, cut)
