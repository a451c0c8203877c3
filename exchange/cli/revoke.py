"""fusion keys revoke: what was stolen or lost counts no more."""

import sys
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from exchange.cli import options
from exchange.cli.frame import Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.errors import Reason, Refusal, Why
from exchange.words import say

with lazy_imports():
    from exchange import config
    from exchange.home import nation_renewal, revocation
    from exchange.home.nation import unlock_present
    from exchange.home.revocation import lines


Name = Annotated[
    str,
    Argument(
        metavar="NAME", help="Whose keys: an officer, a desk, a node, an auditor."
    ),
]
Since = Annotated[
    str,
    Option(metavar="TIME", help="From when on they may have been in others' hands."),
]
Key = Annotated[
    str,
    Option(metavar="HEX", help="This key only, as `keys list` names it (64 digits)."),
]
OutFolder = Annotated[
    Path | None,
    Option(
        "--out", metavar="DIR", help="Folder for the files of nodes on other machines."
    ),
]


@framed
def command(
    name: Name,
    since: Since,
    home: options.Home = options.HOME_DEFAULT,
    key: Key = "",
    out: OutFolder = None,
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """At the nation: revoke the keys of an officer, a desk, a node or an auditor.

    What they signed that is proven older than TIME stands. Of a node and an auditor the
    next edition of the bundle says it: export it, and have partners import it at once.
    """
    home, now = home.expanduser(), options.now()
    place, moment = config.nation_home(home), options.moment(since, "--since")
    with config.hold_lock(place.folder):
        targets = revocation.find_targets(place, name, _hash(key))
        for target in targets:
            print(f"    {target.subject}  {target.what.hex()}", file=sys.stderr)
        asked = say("Revoke these keys from {when} on? Type yes:", when=since)
        options.confirm(asked, yes=yes)
        secret = options.passphrase(passphrase_fd, say("the nation"))
        keys = unlock_present(place, secret)
        nation = nation_renewal.UnlockedNation(home, place, keys, secret, now)
        files = revocation.revoke_targets(nation, targets, moment, out)
    revoked = [{"name": one.subject, "kid": one.what.hex()} for one in targets]
    found = {"revoked": revoked, "written": [str(one) for one in files]}
    return Reply(found, lines(targets, files))


def _hash(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        why = Why("not understood; give the 64 digits that keys list shows")
        raise Refusal(Reason.INPUT, "--key", why) from None
