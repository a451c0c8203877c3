"""fusion retain: erase texts past their retention."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated

from exchange.cli import options
from exchange.cli.frame import Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.clock import date_of
from exchange.errors import Reason, Refusal, Why
from exchange.words import say, say_n

with lazy_imports():
    from exchange import config
    from exchange.audit.export.prove import find
    from exchange.home.only_writer import write_alone
    from exchange.node import retention
    from exchange.node.members import Members
    from exchange.node.recalled_texts import plan_erasure
    from exchange.store import Store
    from exchange.trust import bundle

NODE_RUNS = Why(
    "the node is running, and erases by itself once a day; to erase now, stop it first"
)

DryRun = Annotated[bool, option("--dry-run", "Count only; make no changes.")]
OnThisClock = Annotated[
    bool,
    option(
        "--on-this-clock", "Rely on this machine's clock alone; its date must be typed."
    ),
]
Recalled = Annotated[
    str,
    option(
        "--recalled",
        "Erase the text of this entry, which its author's desk recalled.",
        "NAME",
    ),
]


@framed
def command(
    home: options.Home = options.HOME_DEFAULT,
    dry_run: DryRun = False,
    on_this_clock: OnThisClock = False,
    recalled: Recalled = "",
    yes: options.Yes = False,
) -> Reply:
    """Erase sealed keys and texts past their retention.

    Retention has ended when both this clock and the time signed by other nations are
    past it, and every addressee has the text; 180 days later in any case.

    Needs the node stopped; a running node does this by itself once a day, and then only
    --dry-run works. Entries, signatures and proofs stay, and still verify. Needs no
    passphrase.

    --recalled erases one text before its time: a name, or its place in a log. Only a
    recall by its author's desk in that log allows it; ask that nation first.
    """
    now = options.now()
    if recalled:
        return _erase_recalled(home, recalled, now, yes=yes)
    if on_this_clock:
        _confirm(now)
    erased = _erase(home, now, dry_run=dry_run, on_this_clock=on_this_clock)
    logs = [{"origin": log, "erased": count} for log, count in erased.items()]
    found = {"erased": erased.total(), "dry_run": dry_run, "logs": logs}
    lines = [f"{log}: {_counted(n, dry_run=dry_run)}" for log, n in erased.items()]
    return Reply(found, lines or [say("no text is past its retention")])


def _confirm(now: int) -> None:
    """Ask for this clock's date; raise Refusal(INPUT)."""
    if not sys.stdin.isatty():
        why = Why("the date must be typed at a terminal; run the command at one")
        raise Refusal(Reason.INPUT, "--on-this-clock", why)
    question = say(
        (
            "Erasing cannot be undone, and only this machine's clock ({date}) sets"
            " the cut-off. Type its date to confirm:"
        ),
        date=date_of(now),
    )
    print(question, end=" ", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != date_of(now):
        why = Why("not the date of this clock; no changes made")
        raise Refusal(Reason.INPUT, "--on-this-clock", why)


def _counted(count: int, *, dry_run: bool) -> str:
    if dry_run:
        return say_n("{n} to be erased", "{n} to be erased", count)
    return say_n("{n} erased", "{n} erased", count)


def _erase_recalled(home: Path, name: str, now: int, *, yes: bool) -> Reply:
    with _stopped(home, read_only=False) as (store, members):
        target = find(store, name)
        planned = plan_erasure(store, members, target, now)
        place = f"{target.origin}#{target.index}"
        asked = say(
            "The text of {name} is erased here, for ever. Type yes:", name=place
        )
        options.confirm(asked, yes=yes)
        count = store.retention.erase(planned)
        store.retention.empty_wal()
    found = {"erased": count, "origin": target.origin, "index": target.index}
    return Reply(found, [f"{place}: {_counted(count, dry_run=False)}"])


def _erase(home: Path, now: int, *, dry_run: bool, on_this_clock: bool) -> Counter[str]:
    """Erase, or only count with `dry_run`; return the counts by log."""
    with _stopped(home, read_only=dry_run) as (store, members):
        by = (
            retention.wall_clock_times(now)
            if on_this_clock
            else retention.stored_times(store, now)
        )
        if dry_run:
            return retention.count_due(store, members, by)
        return retention.erase_due(store, members, by)


@contextmanager
def _stopped(home: Path, *, read_only: bool) -> "Iterator[tuple[Store, Members]]":
    """Open the stopped node, locked for this process unless `read_only`."""
    node = config.node_home(home)
    me = config.read_node(node).name
    pinned = bundle.load_all(node.trust)
    place = config.database_of(node)
    config.check_there(place)
    with ExitStack() as stack:
        if read_only:
            store = stack.enter_context(closing(Store(place, read_only=True)))
        else:
            stack.enter_context(config.hold_lock(node.folder, NODE_RUNS))
            store = stack.enter_context(write_alone(node))
        yield store, Members(me, store, pinned)
