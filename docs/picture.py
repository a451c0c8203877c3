"""Draw the pictures of the terminal in README and docs, from a demo that was kept.

fusion demo --headless --dir DIR
python docs/picture.py DIR [FILE]

With FILE, only the one of the README, and there.
"""  # noqa: INP001 - a program, not a package

import re
import sys
from contextlib import ExitStack
from pathlib import Path

from exchange.demo.sites import prepare, running
from exchange.desk.client import Desk
from exchange.desk.terminal.desk import TerminalDesk
from tui.svg_export import take

KEYS = ["j"] * 6
"""From the newest down to one that is written in all three languages."""
PICTURES = {
    "terminal.svg": KEYS,
    "officers/acknowledge.svg": [*KEYS, "a"],
    "officers/verify.svg": [*KEYS, "v"],
    "officers/hand-over.svg": ["d"],
    "officers/settings.svg": [","],
}
"""By file in docs: the keys, from the start, that lead to what it shows."""

SIZE = (150, 32)
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


def main(folder: Path, out: Path | None = None) -> None:
    """Open Islamabad's desk as its first officer, and draw what that one sees."""
    here = Path(__file__).parent
    wanted = {out: KEYS} if out else {here / n: k for n, k in PICTURES.items()}
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
        for path, keys in wanted.items():
            picture = portable(take(view, keys, SIZE, title="Fusion"))
            path.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:3]))
