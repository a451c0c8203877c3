"""Draw docs/terminal.svg, the picture in the README, from a demo that was kept.

fusion demo --headless --dir DIR
python docs/picture.py DIR [FILE]
"""  # noqa: INP001 - a program, not a package

import re
import sys
from contextlib import ExitStack
from pathlib import Path

from exchange.demo.sites import prepare, running
from exchange.desk.client import Desk
from exchange.desk.terminal.desk import TerminalDesk
from tui.svg_export import take

NAME = "terminal.svg"
KEYS = ["j"] * 6
"""From the newest down to one that is written in all three languages."""

SIZE = (120, 32)
SETTLE_S = 10.0
CELL = 12.2  # units of the picture
FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)
INDENTED = re.compile(r'x="([\d.]+)"([^>]*)textLength="([\d.]+)"([^>]*)>((?:&#160;)+)')


def portable(picture: str) -> str:
    """Ask for no font from elsewhere, and indent by place: some viewers drop blanks."""
    return INDENTED.sub(_indented, FONTS.sub("", picture))


def _indented(found: re.Match[str]) -> str:
    x, between, length, rest, blanks = found.groups()
    by = CELL * blanks.count(";")
    start, left = float(x) + by, max(float(length) - by, 0)
    return f'x="{start:.1f}"{between}textLength="{left:.1f}"{rest}>'


def main(folder: Path, out: Path) -> None:
    """Open Islamabad's desk as its first officer, and draw what that one sees."""
    with ExitStack() as stack:
        sites = prepare(folder, print)
        for site in sites:
            stack.enter_context(running(site))
        pk = sites[0]
        desk = stack.enter_context(Desk.open(pk.home, "", pk.passphrase))
        desk.sync(SETTLE_S)
        view = TerminalDesk(desk)
        view.start()
        stack.callback(view.stop)
        picture = portable(take(view, KEYS, SIZE, title="Fusion"))
    out.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    main(*given) if len(given) > 1 else main(given[0], Path(__file__).parent / NAME)
