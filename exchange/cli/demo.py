"""fusion demo: two nations on this machine, with nothing simulated.

The processes end with this one, even on kill -9.
"""

import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

from exchange.cli import options
from exchange.cli.desk_session import column
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import FusionError
from exchange.limits import MINUTE
from exchange.words import lang, say, say_n, word

with lazy_imports():
    from exchange import config
    from exchange.cli import tui as desk_terminal
    from exchange.demo.sites import (
        DemoSite,
        Keeper,
        passphrase_file,
        prepare,
        running,
    )
    from exchange.demo.traffic import company, exchange_all, open_desk
    from exchange.desk.client import Desk
    from exchange.desk.terminal.desk import TerminalDesk
    from exchange.desk.terminal.releases import OfficersHere
    from exchange.home.terminal_home import home_here
    from tui.app import End, run
    from tui.tour import Tour

BULLETINS = 12
BULLETINS_MAX = 100_000

Tell = Callable[[str], None]


def command(
    headless: Annotated[
        bool, option("--headless", "Run without the terminal, and print a summary.")
    ] = False,
    directory: Annotated[
        Path | None, option("--dir", "Folder to keep everything in.", "DIR")
    ] = None,
    bulletins: Annotated[
        int,
        option(
            "--bulletins",
            "How many to send, half from each side.",
            "N",
            min=2,
            max=BULLETINS_MAX,
        ),
    ] = BULLETINS,
    json: options.Json = False,
) -> int:
    """Start two nodes, and watch an officer on each side write and read.

    Without a terminal it runs as with --headless.
    """
    if json or headless or not options.at_terminal():
        return _headless(directory, bulletins, json=json)
    return _live(directory, bulletins)


def _headless(directory: Path | None, bulletins: int, *, json: bool) -> int:
    began = time.monotonic()
    with _stage(directory, _tell) as (folder, sites, _):
        summary = exchange_all(sites, bulletins, _tell)
    summary["dir"] = str(folder)
    summary["seconds"] = round(time.monotonic() - began, 1)
    if json:
        options.emit(summary)
    else:
        print("\n".join(_lines(summary)))
    return 0 if summary["ok"] else 1


def _live(directory: Path | None, bulletins: int) -> int:
    with _stage(directory, _tell) as (folder, sites, nodes):
        tour = Tour(nodes[1].cut, nodes[1].mend)
        exchange_all(sites, bulletins, _tell, leave_unread=True)
        file = passphrase_file(folder)
        _tell(say("the passphrase of all officers is in {file}", file=file))
        _tell(say("opening the terminal as duty-1 of Islamabad"))
        with company(sites[1], sites[0]):
            desk = open_desk(sites[0])
            officer = desk.officer.name.partition("@")[0]
            how = _at_terminal(desk, sites[0].home, tour)
            while how is End.LOCKED:
                print(desk_terminal.CLEAR, end="", flush=True)
                _tell(say("Locked: no key was pressed for a while."))
                _tell(say("The passphrase is {secret}", secret=sites[0].passphrase))
                with ExitStack() as opened:
                    desk = desk_terminal.unlock(opened, sites[0].home, officer)
                    how = _at_terminal(desk, sites[0].home, tour)
    return 0


def _at_terminal(desk: "Desk", home: Path, tour: "Tour") -> "End":
    """Close the desk at the end."""
    with desk:
        here = OfficersHere(config.desk_home(home), desk.officer.desk)
        view = TerminalDesk(desk, lang(), here, home_here(home, desk))
        view.start()
        try:
            lock_after = round(desk.settings.lock_after * MINUTE)
            return run(view, lock_after=lock_after, tour=tour)
        finally:
            view.stop()


@contextmanager
def _stage(
    directory: Path | None, tell: Tell
) -> "Iterator[tuple[Path, tuple[DemoSite, DemoSite], list[Keeper]]]":
    told: list[int] = []

    def leave(number: int, _: object) -> NoReturn:
        """Clean up also if the terminal is closed or a signal ends us."""
        told.append(number)
        sys.exit(128 + number)

    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, leave)
    try:
        with ExitStack() as stack:
            if directory is None:
                made = tempfile.TemporaryDirectory(prefix="fusion-demo-")
                folder = Path(stack.enter_context(made))
            else:
                folder = directory.expanduser().resolve()
            sites = prepare(folder, tell)
            keepers: list[Keeper] = []
            for site in sites:
                keepers.append(stack.enter_context(running(site)))
                tell(say("{node} is up", node=site.node))
            yield folder, sites, keepers
    except FusionError:
        if not told:
            raise
        sys.exit(128 + told[0])  # the signal caused this exit


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _lines(summary: dict[str, Any]) -> Iterator[str]:
    yield say("all is well") if summary["ok"] else say("NOT ALL IS WELL")
    for node, logs in summary["nodes"].items():
        replicas = [
            say("{n} of {log}", n=count, log=log)
            for log, count in logs["replicas"].items()
        ]
        text = say_n(
            "{n} entry, holds {replicas}",
            "{n} entries, holds {replicas}",
            logs["entries"],
            replicas=", ".join(replicas),
        )
        yield f"{node:12} {text}"
    for name, text in _told(summary).items():
        yield f"{column(name, 12)} {text}"


def _told(summary: dict[str, Any]) -> dict[str, str]:
    sent = word(
        "sent {sent}, delivered {delivered}, cosigned {cosigned}, opened {opened},"
        " acknowledged {acknowledged}"
    )
    audit = summary["audit"]
    template = word("NOT IN ORDER: entries {entries}, signatures {signatures}")
    if audit["ok"]:
        template = word("in order: entries {entries}, signatures {signatures}")
    return {
        say("bulletins"): say(sent, **summary["bulletins"]),
        say("channel"): say("{version}, key agreed by {group}", **summary["tls"]),
        say("ledgers"): say(template, **audit),
        say("seconds"): str(summary["seconds"]),
    }
