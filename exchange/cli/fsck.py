"""fusion fsck: whether all that the node stores is as it was signed, and mend it."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import audit, options
from exchange.errors import Reason, Refusal, Why

if TYPE_CHECKING:
    from pathlib import Path

    from exchange.audit.mend.run import Outcome
    from exchange.audit.result import Report

UNREACHABLE = 3
NODE_RUNS = Why(
    "the node is running, or another command works on its database; stop it first,"
    " then repair"
)


def command(
    home: options.Home = options.HOME_DEFAULT,
    json: options.Json = False,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Mend it, from partners where need be."),
    ] = False,
) -> int:
    """Verify the node's whole database, running or stopped.

    File, entries, wraps, bodies, hashes, heads, signatures, and what stands beside
    them. Needs no passphrase. Names what is wrong by log and index; exit code 1 then.

    With --repair, which needs the node stopped, what is wrong is mended, and all of it
    verified again: from what stands here, or from partners' nodes, of which only what
    the signed heads bear out is taken. Exit code 0 if all is well then, 3 if a partner
    did not answer.
    """
    if not repair:
        return audit.verify(home, json)
    from exchange.audit.mend import telling

    outcome = _repair(home, _keep if json else _print)
    if json:
        options.emit(telling.as_json(outcome))
    elif not outcome.before.ok:
        print("\n".join(telling.lines(outcome)))
    if outcome.after.ok:
        return 0
    return UNREACHABLE if outcome.silent else options.CHECK_FAILED


def _keep(report: "Report") -> None:
    """Print nothing: it stands in the object that comes."""


def _print(report: "Report") -> None:
    from exchange.audit.text.database_text import lines

    print("\n".join(lines(report)), flush=True)


def _repair(home: "Path", told: "Callable[[Report], None]") -> "Outcome":
    """Mend the database of the stopped node in a home; Refusal(LOCKED) if it runs."""
    os.environ["GRPC_VERBOSITY"] = "NONE"  # nothing but our own words on stderr
    from exchange import config
    from exchange.audit.mend.run import Given, mend_file
    from exchange.net import partner
    from exchange.store import whole
    from exchange.trust import bundle

    node = config.node_home(home)
    me, pinned = config.read_node(node).name, bundle.load_all(node.trust)
    if not node.database.is_file():
        raise Refusal(Reason.DATABASE, config.short(node.database))
    shown = audit.Progress()
    with ExitStack() as stack:
        stack.enter_context(config.locked(node.folder, NODE_RUNS))
        partners = [stack.enter_context(one) for one in partner.partners(node)]
        proofs = [path.read_bytes() for path in node.evidence.glob("*.fork")]
        given = Given(me, pinned, partners, proofs, options.now())
        stack.callback(shown.end)
        outcome = mend_file(node.database, given, shown.tell, told)
        if outcome.after.ok and not outcome.before.ok:
            whole.closed(node.database)
    return outcome
