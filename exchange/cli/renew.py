"""fusion keys renew: whatever of a home is due, with one passphrase."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange.cli import life_lines, options
from exchange.errors import ONE_OF_THEM, Reason, Refusal, Why
from exchange.words import say

if TYPE_CHECKING:
    from exchange.home.renewal import Renewed


AllDue = Annotated[
    bool,
    typer.Option("--all-due", help="Renew all that must be renewed within 60 days."),
]
Officers = Annotated[
    list[str] | None,
    typer.Option(
        metavar="duty-1", help="Renew the keys of this officer, due or not. Repeatable."
    ),
]
Unattended = Annotated[
    bool,
    typer.Option(
        "--unattended",
        help="Renew certificates by the home's online.key, asking nobody.",
    ),
]
Roots = Annotated[
    bool,
    typer.Option(
        "--roots", help="Make new roots of the nation; partners compare its new number."
    ),
]


def command(
    home: options.Home = options.HOME_DEFAULT,
    all_due: AllDue = False,
    officer: Officers = None,
    unattended: Unattended = False,
    roots: Roots = False,
    token: options.Token = "",
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Renew keys and certificates: at once where their nation is in this home.

    Elsewhere they are asked for: by `keys request`, `keys issue`, `keys install`. An
    officer under another passphrase is named, and renews with --officer. With --token
    the next key of the one officer, or with --all-due of the node's log, is on a token.
    """
    from exchange.home import renewal

    home, now = home.expanduser(), options.now()
    officers = check_officers(home, officer or ())
    if sum((all_due or bool(officers), unattended, roots)) != 1:
        where = say("--all-due, --officer NAME, --unattended or --roots")
        raise Refusal(Reason.FIELD_MISSING, where, ONE_OF_THEM)
    if roots:
        _renew_roots(home, passphrase_fd, now, yes=yes, json=json)
    elif unattended:
        _tell(renewal.renew_unattended(home, now), now, json=json)
    else:
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
        _tell(renewed, now, json=json)


def _whose_token(home: Path, officers: Sequence[str]) -> str:
    """Return whose next key is to be on a token: one officer's, or the log's.

    Raises Refusal(FIELD_VALUE) where next keys are made already.
    """
    from exchange import config
    from exchange.home.renewal import LOG

    if len(officers) > 1:
        why = Why("give one --officer with it")
        raise Refusal(Reason.FIELD_VALUE, "--token", why)
    if officers:
        (name,) = officers
        desk = config.desk_home(home)
        made = desk.asked_key(name).exists() or desk.granted_key(name).exists()
    else:
        name, made = LOG, config.node_home(home).next_log_key.exists()
    if made:
        why = Why("the next keys are made already, in files; use them first")
        raise Refusal(Reason.FIELD_VALUE, "--token", why)
    return name


def _tell(renewed: "Renewed", now: int, *, json: bool) -> None:
    found = _as_json(renewed, now)
    if json:
        options.emit(found)
        return
    under_way = {(one.role, one.name) for one in renewed.under_way}
    for line in _lines(found, under_way):
        print(line)


def _renew_roots(
    home: Path, passphrase_fd: int | None, now: int, *, yes: bool, json: bool
) -> None:
    from exchange import config
    from exchange.home.nation import unlock_present
    from exchange.home.nation_renewal import UnlockedNation
    from exchange.home.new_roots import renew_roots
    from exchange.trust.safety_number import nation_number

    place = config.nation_home(home)
    with config.hold_lock(place.folder):
        asked = say("Make new roots, which every partner must confirm? Type yes:")
        options.confirm(asked, yes=yes)
        secret = options.passphrase(passphrase_fd, say("the nation"))
        keys = unlock_present(place, secret)
        nation = UnlockedNation(home, place, keys, secret, now)
        bundle = renew_roots(nation)
    number = nation_number(bundle)
    if json:
        found = {"domain": bundle.domain, "serial": bundle.serial}
        options.emit({**found, "nation_number": number})
        return
    print(say("Number of {nation}: {number}", nation=bundle.domain, number=number))
    print(say("Next: fusion trust export, and have every partner import it."))


def check_officers(home: Path, officers: Sequence[str]) -> Sequence[str]:
    """Return officers who are all of the desk of a home; Refusal(FIELD_VALUE)."""
    from exchange import config

    if officers:
        here = config.desk_home(home).officer_names()
        if not set(officers) <= set(here):
            why = Why(
                "no such officer; this desk has: {officers}", officers=", ".join(here)
            )
            raise Refusal(Reason.FIELD_VALUE, "--officer", why)
    return officers


def _as_json(renewed: "Renewed", now: int) -> dict[str, Any]:
    from exchange.home.key_list import named_life

    return {
        "renewed": [named_life(one, now) for one in renewed.done],
        "retired": list(renewed.retired),
        "asking": [part.folder.name for part in renewed.asking],
        "running": [part.folder.name for part in renewed.running],
        "left": [named_life(one, now) for one in renewed.left],
    }


def _lines(
    found: dict[str, Any], under_way: Collection[tuple[str, str]]
) -> Iterator[str]:
    for one in found["renewed"]:
        what = f"{one['role']} {one['name']}"
        yield say("{what}: renewed, ends {when}", what=what, when=one["ends"])
    for name in found["retired"]:
        yield say("{name}: a key that was replaced is revoked now", name=name)
    for part in found["asking"]:
        yield say(
            "{part}: carry its request to the nation (fusion keys request --part "
            "{part}), and the answer back",
            part=part,
        )
    for part in found["running"]:
        yield say(
            "{part}: stop it and run this again; its next keys can be used now",
            part=part,
        )
    for one in found["left"]:
        role, name = one["role"], one["name"]
        if (role, name) in under_way:
            what, when = f"{role} {name}", one["ends"]
            yield say(
                "{what}: its successor is under way; this one ends {when}",
                what=what,
                when=when,
            )
        else:
            yield say("not renewed: {line}", line=life_lines.line(one))
    if not any(found.values()):
        yield say("nothing is due")
