"""fusion fsck: verify everything that the node stores, and repair it."""

from pathlib import Path
from typing import Annotated

from exchange.cli import options
from exchange.cli.audit.common import verify_database
from exchange.cli.frame import Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.cli.terminal import Progress
from exchange.errors import Reason, Refusal, Why
from exchange.words import say, word

with lazy_imports():
    from exchange import config
    from exchange.audit.result import Report
    from exchange.audit.text.database_text import lines
    from exchange.rebuild import files, home_repair, output
    from exchange.rebuild.outcome import Outcome

CUT_SHORT = word(
    "A repair was cut short: {file} is the database as it was before. Repair again."
)
NODE_RUNS = Why(
    "the node is running, or another command works on its database; stop it first,"
    " then repair"
)


@framed
def command(
    home: options.Home = options.HOME_DEFAULT,
    json: options.Json = False,
    repair: Annotated[
        bool, option("--repair", "Rebuild the database from its sound parts.")
    ] = False,
) -> Reply:
    """Verify the node's whole database, running or stopped.

    Checks the file, entries, sealed keys, sealed texts, hashes, heads, signatures and
    all other tables. Needs no passphrase. Names each fault by log and index; exit code
    1 if there is any.

    --repair builds a new database from the sound parts that the signed heads confirm; a
    running node is unavailable meanwhile. The new database is verified, then replaces
    the old one, which is kept until fsck finds no fault. The node fetches missing
    entries and texts from partners when it runs. Exit code 0 if no entry is lost and
    the own log is complete with all its texts, else 1.
    """
    database = config.node_home(home).database
    if not json and files.cut_short(database):
        print(say(CUT_SHORT, file=config.short(database)))
    if not repair:
        found = verify_database(home)
        if found.ok:  # damaged databases kept by repairs can go
            files.forget_kept(database)
        return found
    outcome = _repair(home, json=json)
    lines = [] if outcome.before.ok else output.lines(outcome)
    return Reply(output.as_json(outcome), lines, outcome.sound)


def _repair(home: "Path", *, json: bool) -> "Outcome":
    """Repair here, or let the running node do it."""

    def show(report: "Report") -> None:
        if not json:
            print("\n".join(lines(report)), flush=True)

    def show_plan(outcome: "Outcome") -> None:
        if not json:
            print("\n".join(output.plan_lines(outcome)), flush=True)

    node = config.node_home(home)
    home_repair.database_file(node)
    progress = Progress()
    try:
        with config.hold_lock(node.folder, NODE_RUNS):
            return home_repair.repair_home(
                node, options.now(), progress.tell, show, show_plan
            )
    except Refusal as refusal:
        if refusal.reason is not Reason.LOCKED:
            raise
        outcome = home_repair.ask_node(node, refusal, progress.tell)
    finally:
        progress.end()
    show(outcome.before)
    if outcome.kept:
        show_plan(outcome)
    return outcome
