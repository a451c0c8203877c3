"""fusion init: make a nation, a node and a desk in one home, or each part apart."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import options
from exchange.errors import Reason, Refusal
from exchange.home import LISTEN, OFFICER
from exchange.words import say, word

if TYPE_CHECKING:
    from exchange.home.plan import Plan

THEN_EXPORT = word("Next: fusion trust export, and import what the partner exports.")
THEN_REQUEST = word(
    "Next: fusion keys request, for the nation to answer by keys issue."
)

Nation = Annotated[
    str, typer.Option(metavar="pk", help="Make a nation: its roots and issuer.")
]
Node = Annotated[str, typer.Option(metavar="islamabad.pk", help="Make a node.")]
Desk = Annotated[
    str,
    typer.Option(
        metavar="ops",
        help=("Make a desk; without --node, give its full name: ops.islamabad.pk."),
    ),
]
Auditor = Annotated[
    str, typer.Option(metavar="court.pk", help="Make an auditor, who can read nodes.")
]
Officer = Annotated[
    list[str] | None,
    typer.Option(
        metavar=OFFICER,
        help="An officer of the desk; chief:releaser may also release. Repeatable.",
    ),
]
Listen = Annotated[
    str, typer.Option(metavar="HOST:PORT", help="Address the node listens at.")
]
Address = Annotated[
    list[str] | None,
    typer.Option(
        metavar="HOST:PORT",
        help=("Address that partners dial, if it is a different one. Repeatable."),
    ),
]
Apart = Annotated[
    bool,
    typer.Option(
        "--apart", help=("Make node and desk only; the nation is on another machine.")
    ),
]
ReadOnly = Annotated[
    bool,
    typer.Option(
        "--read-only",
        help=(
            "The desk only reads: it opens what is sealed for it, and signs nothing."
        ),
    ),
]


def command(
    home: options.Home = options.HOME_DEFAULT,
    nation: Nation = "",
    node: Node = "",
    desk: Desk = "",
    auditor: Auditor = "",
    officer: Officer = None,
    listen: Listen = LISTEN,
    address: Address = None,
    apart: Apart = False,
    read_only: ReadOnly = False,
    token: options.Token = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Make a home: --node with --desk makes their nation too, else only what is named.

    Parts on other machines are enrolled by `keys request`, `keys issue`, `keys
    install`. With --token the Ed25519 key of the node's log is on a token.
    """
    from exchange.home.plan import Plan, check_free, check_plan, make

    if node and desk and not apart:
        nation = nation or node.rpartition(".")[2]
    officers, addresses = tuple(officer or ()), tuple(address or ())
    parts = Plan(nation, node, desk, officers, listen, addresses, auditor, read_only)
    wanted = check_plan(parts)
    if token and not node:
        raise Refusal(Reason.FIELD_MISSING, "--node")
    check_free(home, wanted)
    secret = ""
    if wanted.nation or wanted.desk:
        secret = options.passphrase(passphrase_fd, say("the new keys"), new=True)
    log = options.key_on_token(token, passphrase_fd) if token else None
    make(home, wanted, secret, options.now(), log)
    _report(home, wanted, json=json)


def _report(home: Path, plan: "Plan", *, json: bool) -> None:
    if json:
        found = {part: getattr(plan, part) for part in plan.parts}
        options.emit({"home": str(home), **found, "officers": list(plan.officers)})
        return
    for part in plan.parts:
        print(f"{part:8}{getattr(plan, part)}")
    for officer in plan.officers:
        print(say("officer {name}", name=officer))
    print(say(THEN_EXPORT if plan.nation else THEN_REQUEST))
