"""fusion keys renew: whatever of a home is due, with one passphrase."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from typer import Option

from exchange.cli import options
from exchange.cli.frame import Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.errors import ONE_OF_THEM, Reason, Refusal, Why
from exchange.words import say

with lazy_imports():
    from exchange import config
    from exchange.home import renewal, renewal_lines
    from exchange.home.nation import unlock_present
    from exchange.home.nation_renewal import UnlockedNation
    from exchange.home.new_roots import renew_roots
    from exchange.home.passphrases import check_officers
    from exchange.home.renewal import Renewed
    from exchange.trust.safety_number import nation_number


AllDue = Annotated[
    bool, Option("--all-due", help="Renew all that must be renewed within 60 days.")
]
Officers = Annotated[
    list[str] | None,
    Option(
        metavar="duty-1", help="Renew the keys of this officer, due or not. Repeatable."
    ),
]
Unattended = Annotated[
    bool,
    Option(
        "--unattended",
        help="Renew certificates by the home's online.key, asking nobody.",
    ),
]
Roots = Annotated[
    bool,
    Option(
        "--roots", help="Make new roots of the nation; partners compare its new number."
    ),
]


@framed
def command(
    home: options.Home = options.HOME_DEFAULT,
    all_due: AllDue = False,
    officer: Officers = None,
    unattended: Unattended = False,
    roots: Roots = False,
    token: options.Token = "",
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """Renew keys and certificates: at once where their nation is in this home.

    Elsewhere they are asked for: by `keys request`, `keys issue`, `keys install`. An
    officer under another passphrase is named, and renews with --officer. With --token
    the next key of the one officer, or with --all-due of the node's log, is on a token.
    """
    home, now = home.expanduser(), options.now()
    officers = check_officers(home, officer or ())
    if sum((all_due or bool(officers), unattended, roots)) != 1:
        where = say("--all-due, --officer NAME, --unattended or --roots")
        raise Refusal(Reason.FIELD_MISSING, where, ONE_OF_THEM)
    if roots:
        return _renew_roots(home, passphrase_fd, now, yes=yes)
    if unattended:
        renewed = renewal.renew_unattended(home, now)
    else:
        renewed = _renew_due(home, officers, token, passphrase_fd, now)
    found = renewal_lines.as_json(renewed, now)
    return Reply(found, renewal_lines.lines(renewed, now))


def _renew_due(
    home: Path, officers: Sequence[str], token: str, passphrase_fd: int | None, now: int
) -> "Renewed":
    """Renew the keys of officers, or all that is due; one next key may be on a token.

    Asks for a passphrase where a file needs it, and for the PIN of the token.
    """
    secret = ""
    if renewal.needs_passphrase(home, officers, now):
        secret = options.passphrase(passphrase_fd, say("the keys to be renewed"))
    tokens = {}
    if token:
        name = _whose_token(home, officers)
        tokens[name] = options.key_on_token(token, passphrase_fd)
    renewed = renewal.renew(home, secret, now, officers, tokens)
    for signer in tokens.values():
        signer.log_out()
    return renewed


def _whose_token(home: Path, officers: Sequence[str]) -> str:
    """Return whose next key is to be on a token: one officer's, or the log's.

    Raises Refusal(FIELD_VALUE) where next keys are made already.
    """
    if len(officers) > 1:
        why = Why("give one --officer with it")
        raise Refusal(Reason.FIELD_VALUE, "--token", why)
    if officers:
        (name,) = officers
        desk = config.desk_home(home)
        made = desk.asked_key(name).exists() or desk.granted_key(name).exists()
    else:
        name, made = renewal.LOG, config.node_home(home).next_log_key.exists()
    if made:
        why = Why("the next keys are made already, in files; use them first")
        raise Refusal(Reason.FIELD_VALUE, "--token", why)
    return name


def _renew_roots(
    home: Path, passphrase_fd: int | None, now: int, *, yes: bool
) -> Reply:
    place = config.nation_home(home)
    with config.hold_lock(place.folder):
        asked = say("Make new roots, which every partner must confirm? Type yes:")
        options.confirm(asked, yes=yes)
        secret = options.passphrase(passphrase_fd, say("the nation"))
        keys = unlock_present(place, secret)
        nation = UnlockedNation(home, place, keys, secret, now)
        bundle = renew_roots(nation)
    number = nation_number(bundle)
    found = {"domain": bundle.domain, "serial": bundle.serial, "nation_number": number}
    lines = [
        say("Number of {nation}: {number}", nation=bundle.domain, number=number),
        say("Next: fusion trust export, and have every partner import it."),
    ]
    return Reply(found, lines)
