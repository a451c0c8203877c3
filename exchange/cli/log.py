"""fusion log: continue the own log after it stopped."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import options
from exchange.cli.frame import Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import ONE_OF_THEM, Reason, Refusal
from exchange.input_file import read_file
from exchange.words import say, say_n

with lazy_imports():
    from exchange import config
    from exchange.home import next_log

app = typer.Typer(help="Manage this node's own log.")


@app.callback()
def _nothing() -> None:
    """Manage this node's own log."""


OfNode = Annotated[
    str,
    option(
        "--of", "At the partner: write the last cosigned head of NODE's log.", "NODE"
    ),
]
EndWritten = Annotated[
    Path | None, option("--out", "With --of: the file to write.", "FILE")
]
EndRead = Annotated[
    Path | None, option("--end", "At the node: the file the partner wrote.", "FILE")
]
Without = Annotated[
    list[str] | None,
    option("--without", "A restored node: sign without having heard NODE.", "NODE"),
]


@subcommand(app, "resume", json=False)
def resume(
    home: options.Home = options.HOME_DEFAULT,
    of: OfNode = "",
    out: EndWritten = None,
    end: EndRead = None,
    without: Without = None,
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """Continue this node's log after a fork, a loss or a restored copy.

    After a fork, or if a repair could not recover all signed entries, both operators
    begin log n + 1. The partner writes the last head that it cosigned (--of NODE --out
    FILE). The stopped node takes that head as the end of its log (--end FILE): its
    database is set aside, and restored from the partner at the next start. Then the
    partner imports the new edition of the nation's bundle.

    A node restored from an older copy does not sign until every other member has
    answered. --without NODE skips a member that does not answer.
    """
    if sum(map(bool, (of, end, without))) != 1:
        raise Refusal(
            Reason.FIELD_MISSING,
            say("--of NODE, --end FILE or --without NODE"),
            ONE_OF_THEM,
        )
    if of:
        lines = _write_end(home, of, out, yes=yes)
    elif end is not None:
        lines = _begin_next(home, read_file(end), passphrase_fd, yes=yes)
    else:
        lines = _excuse(home, without or [], yes=yes)
    return Reply({}, lines)


def _write_end(home: Path, of: str, out: Path | None, *, yes: bool) -> list[str]:
    node = config.node_home(home)
    end = next_log.end_of_log(node, of)
    if not next_log.has_ended(node, end.head.origin):
        question = say_n(
            "No fork of {log} is proven. If its operator says that it has lost entries"
            " for good, it ends at {n} entry. Type yes:",
            "No fork of {log} is proven. If its operator says that it has lost entries"
            " for good, it ends at {n} entries. Type yes:",
            end.head.size,
            log=end.head.origin,
        )
        options.confirm(question, yes=yes)
        next_log.agree_on_end(node, end.head.origin, end.note)
    if out is None:
        options.write_bytes(end.note)
        return []
    out.write_bytes(end.note)
    line = say(
        "{log} ends at {size}, written to {file}",
        log=end.head.origin,
        size=end.head.size,
        file=out,
    )
    return [line]


def _begin_next(
    home: Path, note: bytes, passphrase_fd: int | None, *, yes: bool
) -> list[str]:
    with next_log.ended_log(home, note) as ended:
        question = say_n(
            "{log} ends at {n} entry; later entries are filed again. Type yes:",
            "{log} ends at {n} entries; later entries are filed again. Type yes:",
            ended.end.head.size,
            log=ended.end.head.origin,
        )
        options.confirm(question, yes=yes)
        secret = options.passphrase(passphrase_fd, say("the nation"))
        ended.begin_next(secret, options.now())
    return [
        say("{node} goes on in its next log from its next start", node=ended.name),
        say("give the partner the new edition: fusion trust export --out FILE"),
    ]


def _excuse(home: Path, members: list[str], *, yes: bool) -> list[str]:
    names = ", ".join(members)
    asked = say(
        "If {nodes} turns out to hold entries of this log that no other member has,"
        " the log is forked and stops permanently. Type yes:",
        nodes=names,
    )
    options.confirm(asked, yes=yes)
    next_log.excuse(config.node_home(home), members)
    return [say("the node goes on without having heard {nodes}", nodes=names)]
