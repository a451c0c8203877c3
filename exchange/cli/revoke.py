"""fusion keys revoke: what was stolen or lost counts no more."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import options
from exchange.errors import Reason, Refusal, Why
from exchange.input_file import read_file
from exchange.limits import BUNDLE_MAX
from exchange.words import say

if TYPE_CHECKING:
    from exchange.home.revocation import Target


Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Whose keys: an officer, a desk, a node, an auditor, an issuer.",
    ),
]
Since = Annotated[
    str,
    typer.Option(
        metavar="TIME", help="From when on they may have been in others' hands."
    ),
]
Key = Annotated[
    str,
    typer.Option(
        metavar="HEX", help="This key only, as `keys list` names it (64 digits)."
    ),
]
Exports = Annotated[
    list[Path] | None,
    typer.Option(
        "--export",
        metavar="FILE",
        help="Of an issuer: export with the logs of a node elsewhere. Repeatable.",
    ),
]
TrustFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--trust",
        metavar="FILE",
        help="Trust file of a partner whose logs are in the exports. Repeatable.",
    ),
]
OutFolder = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Folder for the files of nodes on other machines."
    ),
]


def command(
    name: Name,
    since: Since,
    home: options.Home = options.HOME_DEFAULT,
    key: Key = "",
    export: Exports = None,
    trust: TrustFiles = None,
    out: OutFolder = None,
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """At the nation: revoke the keys of an officer, desk, node, auditor or issuer.

    What they signed that is proven older than TIME stands. Of a node and an auditor the
    next edition of the bundle says it: export it, and have partners import it at once.

    With an issuer (issuer@pk) both roots revoke every key that it stated and that the
    nation's logs do not prove to be older: the log of the node in this home, and those
    in the exports of all other nodes.
    """
    from exchange import config
    from exchange.home import nation_renewal, revocation
    from exchange.home.nation import unlock_present
    from exchange.home.stolen_issuer import NationLogs, find_issued
    from exchange.trust import names

    home, now = home.expanduser(), options.now()
    place, moment = config.nation_home(home), options.moment(since, "--since")
    with config.hold_lock(place.folder):
        targets = revocation.find_targets(place, name, _hash(key))
        if names.is_issuer(name):
            given = [(one.name, read_file(one, BUNDLE_MAX)) for one in trust or ()]
            logs = NationLogs(home, export or (), given)
            targets = find_issued(place, targets, moment, logs)
        for target in targets:
            print(f"    {target.subject}  {target.what.hex()}", file=sys.stderr)
        asked = say("Revoke these keys from {when} on? Type yes:", when=since)
        options.confirm(asked, yes=yes)
        secret = options.passphrase(passphrase_fd, say("the nation"))
        keys = unlock_present(place, secret)
        nation = nation_renewal.UnlockedNation(home, place, keys, secret, now)
        files = revocation.revoke_targets(nation, targets, moment, out)
    _tell(targets, files, json=json)


def _tell(targets: "Sequence[Target]", files: Sequence[Path], *, json: bool) -> None:
    if json:
        revoked = [{"name": one.subject, "kid": one.what.hex()} for one in targets]
        options.emit({"revoked": revoked, "written": [str(one) for one in files]})
        return
    from exchange.home.revocation import lines

    for line in lines(targets, files):
        print(line)


def _hash(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        why = Why("not understood; give the 64 digits that keys list shows")
        raise Refusal(Reason.INPUT, "--key", why) from None
