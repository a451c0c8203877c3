"""fusion init: make a nation, a node and a desk in one home, or each part alone."""

from typing import Annotated

from exchange.cli import options
from exchange.cli.frame import Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import Reason, Refusal
from exchange.home import LISTEN, OFFICER
from exchange.words import say, word

with lazy_imports():
    from exchange.home.plan import Plan, check_free, check_plan, make

THEN_EXPORT = word("Next: run fusion trust export, and import the partner's export.")
THEN_REQUEST = word(
    "Next: fusion keys request, for the nation to answer by keys issue."
)

Nation = Annotated[
    str, option("--nation", "Make a nation: its roots and issuer.", "pk")
]
Desk = Annotated[
    str,
    option(
        "--desk",
        "Make a desk; without --node, give its full name: ops.islamabad.pk.",
        "ops",
    ),
]
Auditor = Annotated[
    str, option("--auditor", "Make an auditor, with read access to nodes.", "court.pk")
]
Officer = Annotated[
    list[str] | None,
    option(
        "--officer",
        "An officer of the desk; chief:releaser may also release. Repeatable.",
        OFFICER,
    ),
]
Listen = Annotated[str, option("--listen", "Address the node listens at.", "HOST:PORT")]
Address = Annotated[
    list[str] | None,
    option(
        "--address",
        "Address that partners dial, if it is a different one. Repeatable.",
        "HOST:PORT",
    ),
]
Apart = Annotated[
    bool,
    option("--apart", "Make node and desk only; the nation is on another machine."),
]
ReadOnly = Annotated[
    bool,
    option(
        "--read-only",
        "The desk is read-only: it opens bulletins sealed for it, and cannot sign.",
    ),
]


@framed
def command(
    home: options.Home = options.HOME_DEFAULT,
    nation: Nation = "",
    node: Annotated[str, option("--node", "Make a node.", "islamabad.pk")] = "",
    desk: Desk = "",
    auditor: Auditor = "",
    officer: Officer = None,
    listen: Listen = LISTEN,
    address: Address = None,
    apart: Apart = False,
    read_only: ReadOnly = False,
    token: options.Token = "",
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """Make a home: --node with --desk makes their nation too; else only named parts.

    Parts on other machines are enrolled by `keys request`, `keys issue`, `keys
    install`. With --token the Ed25519 key of the node's log is on a token.
    """
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
    made = {part: getattr(wanted, part) for part in wanted.parts}
    lines = [f"{part:8}{name}" for part, name in made.items()]
    lines += [say("officer {name}", name=name) for name in wanted.officers]
    lines.append(say(THEN_EXPORT if wanted.nation else THEN_REQUEST))
    found = {"home": str(home), **made, "officers": list(wanted.officers)}
    return Reply(found, lines)
