"""fusion keys: enrol separate parts, list and renew keys, change passphrases."""

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from exchange.cli import desk_session, options
from exchange.cli.frame import AtDesk, Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.errors import ONE_OF_THEM, Reason, Refusal, Unreachable, Why
from exchange.home import life_lines
from exchange.input_file import read_file
from exchange.limits import BUNDLE_MAX
from exchange.words import say

with lazy_imports():
    from exchange import config
    from exchange.config import Part
    from exchange.desk import officer as officers
    from exchange.home import (
        enrolment,
        key_table,
        officer_arrival,
        officer_departure,
        passphrases,
        renewal,
        renewal_lines,
        revocation,
        trust_files,
    )
    from exchange.home.nation import unlock_nation
    from exchange.home.nation_renewal import UnlockedNation
    from exchange.home.new_roots import renew_roots
    from exchange.home.passphrases import check_officers
    from exchange.home.renewal import Renewed
    from exchange.home.revocation import lines
    from exchange.home.stolen_issuer import NationLogs, find_issued
    from exchange.home.trust_files import parts_of, read_bundle
    from exchange.trust import bundle as bundles
    from exchange.trust import names, wire
    from exchange.trust.bundle import Bundle
    from exchange.trust.enrol import requests
    from exchange.trust.safety_number import nation_number, request_number
    from exchange.trust.statements import parse_statement
    from exchange.v1 import trust_pb2
    from keys.signing import kid

app = typer.Typer(help="Request, issue and manage keys.")

OtherKey = Annotated[
    bool, option("--other-key", "Its TLS key is another one than before, on purpose.")
]


@subcommand(app, "request", json=False)
def request(
    home: options.Home = options.HOME_DEFAULT,
    out: options.Out = None,
    of: Annotated[
        str,
        option(
            "--part", "Which part of the home, if it has several.", "node|desk|auditor"
        ),
    ] = "",
) -> Reply:
    """Write the key request of a node, desk or auditor to its nation.

    The number that is shown must be the one that `keys issue` shows there.
    """
    data = wire.encode(trust_files.read_request(_part(home, of)))
    _show_request_number(data)
    return Reply({}, _write(data, out))


@subcommand(app, "issue", json=False)
def issue(
    file: Annotated[Path, argument("FILE", "The key request.")],
    home: options.Home = options.HOME_DEFAULT,
    out: options.Out = None,
    yes: options.Yes = False,
    other_key: OtherKey = False,
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """At the nation: grant a request, and write the answer to carry back.

    Ask the requester to read you the number of the request. If it differs, the request
    was swapped on the way: do not grant it. Granting it again writes the same answer
    again.
    """
    nation = config.nation_home(home)
    with config.hold_lock(nation.folder):
        request = requests.read_request(read_file(file))
        for line in _asked(request):
            print(line, file=sys.stderr)
        _show_request_number(wire.encode(request))
        options.confirm(say("Grant this? Type yes:"), yes=yes)
        secret = options.passphrase(passphrase_fd, say("the nation"))
        keys = unlock_nation(nation, secret)
        answer = enrolment.issue(
            nation, keys, request, options.now(), other_key=other_key
        )
        enrolment.refresh(home)
        if enrolment.admit(home.expanduser(), answer):
            _tell_admitted(answer.name)
    _show_number(read_bundle(nation.bundle))
    return Reply({}, _write(wire.encode(answer), out))


@subcommand(app, "install")
def install(
    file: Annotated[Path, argument("FILE", "The nation's answer.")],
    home: options.Home = options.HOME_DEFAULT,
    yes: options.Yes = False,
) -> Reply:
    """At the node, desk or auditor: take the nation's answer.

    The first time, you compare the nation's number with the one that `keys issue`
    showed. A node also takes the answer to one of its desks, which may connect
    afterwards.
    """
    home, data = home.expanduser(), read_file(file)
    if admitted := enrolment.admit_from(home, data):
        _tell_admitted(admitted)
        return Reply({"part": "node", "admitted": True})
    now = options.now()
    part, answered = enrolment.read_answer_here(home, data, file.name, now)
    domain = answered.bundle.domain
    if bundles.load_all(part.trust).get(domain) is None:
        _show_number(answered.bundle)
        asked = say("Does the nation read the same number? Type yes:")
        options.confirm(asked, yes=yes)
    enrolment.install(home, part, answered, now)
    count, name = len(answered.envelopes), part.folder.name
    line = say("{part}: enrolled in {nation}", part=name, nation=domain)
    return Reply({"part": name, "domain": domain, "statements": count}, [line])


@subcommand(app, "list")
def list_(home: options.Home = options.HOME_DEFAULT) -> Reply:
    """List the keys of a home, and when each ends; no passphrase is needed.

    Those that end within 60, 14 or 3 days are followed by the command that renews them.
    """
    found = key_table.keys_of(home.expanduser(), options.now())
    return Reply({"keys": found}, _key_lines(found))


def _key_lines(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    width = max(24, *(len(one["file"]) + 2 for one in found))
    for one in found:
        ends = one["ends"] or "-"
        on_token = f"  {say('on a token')}" if one["token"] else ""
        yield f"{one['file']:{width}}{one['role']:10}{one['kid']}  {ends}{on_token}"
        if one["days"] is not None:
            yield f"    {life_lines.line(one)}"


@subcommand(app, "passwd", json=False)
def passwd(
    home: options.Home = options.HOME_DEFAULT,
    officer: Annotated[
        str,
        option(
            "--officer",
            "Change this officer's passphrase; by default the nation's.",
            "duty-1",
        ),
    ] = "",
    passphrase_fd: options.PassphraseFd = None,
    new_passphrase_fd: Annotated[
        int | None,
        option(
            "--new-passphrase-fd",
            "Read the new passphrase from this file descriptor.",
            "N",
        ),
    ] = None,
) -> Reply:
    """Change the passphrase of an officer, or of the nation's three keystores.

    Either all of them change or the command fails without changes; the old files are
    overwritten. A node's keys have no passphrase: it restarts by itself.
    """
    with passphrases.open_keystores(home, officer) as keystores:
        whose = officer or say("the nation")
        old = options.passphrase(passphrase_fd, whose)
        unlocked = keystores.unlock(old)
        new = options.passphrase(new_passphrase_fd, whose, new=True)
        keystores.change(unlocked, new)
    return Reply({}, [say("changed")])


@subcommand(app, "rotate", json=False)
def rotate(at: AtDesk, yes: options.Yes = False) -> Reply:
    """State a new sealing key for the desk now; it does so each week by itself.

    If desk/sealing.keys is older than a previous one here, you are asked to give the
    newer one up: bulletins sealed to its keys can then no longer be opened.
    """
    with at.open_refreshed() as desk:
        if desk.upkeep is not None and desk.own_alarms():
            asked = say("Is the newer desk/sealing.keys lost for good? Type yes:")
            options.confirm(asked, yes=yes)
            desk.upkeep.accept_older()
        if desk.told is None:
            raise Unreachable(desk.node)
        stated = desk.keep_ring(now_due=True)
    if stated:
        return Reply({}, [say("a new sealing key is stated")])
    return Reply({}, [say("a new sealing key is on its way already")])


@subcommand(app, "add-officer", json=False)
def add_officer(
    newcomer: Annotated[
        str, argument("duty-3", "The new officer; chief:releaser may also release.")
    ],
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    out: options.Out = None,
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """Let another officer come to the desk, with a key and passphrase of his own.

    A current officer enters their passphrase, then the new officer chooses one; from a
    file descriptor, one passphrase per line. Take the request file to the nation: `keys
    issue`, then `keys install` here.
    """
    desk = config.desk_home(home)
    new = officer_arrival.check_newcomer(desk, newcomer)
    present = officer or config.read_desk(desk).officer
    secret = options.passphrase(passphrase_fd, present)
    shared = officer_arrival.open_present(desk, present, secret)
    own = options.passphrase(passphrase_fd, new.name, new=True)
    officer_arrival.add_officer(desk, new, shared, own, options.now())
    if officer_arrival.reads_only(desk):
        return Reply({}, [say("{officer} may read here", officer=new.name)])
    data = wire.encode(trust_files.read_request(desk))
    _show_request_number(data)
    return Reply({}, _write(data, out))


@subcommand(app, "drop-officer", json=False)
def drop_officer(
    leaver: Annotated[str, argument("duty-2", "The officer leaving the desk.")],
    home: options.Home = options.HOME_DEFAULT,
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """Replace the desk's keys when an officer leaves.

    Each remaining officer enters a passphrase, in the order of their names; from a file
    descriptor, one per line. Close the desk's other programs first.
    """
    desk = config.desk_home(home)
    stay = officer_departure.staying_officers(desk, leaver)
    names = ", ".join(stay)
    told = say("{officer} leaves; staying: {officers}", officer=leaver, officers=names)
    print(told, file=sys.stderr)
    options.confirm(say("Give the desk new keys? Type yes:"), yes=yes)
    secrets = {name: options.passphrase(passphrase_fd, name) for name in stay}
    opener = next(name for name in stay if name in desk.officer_names())
    pin = options.pin(passphrase_fd) if officers.needs_pin(desk, opener) else ""
    officer_departure.drop_officer(desk, leaver, secrets, options.now())
    line = say(
        "{officer} has no key here any more; have the nation revoke it", officer=leaver
    )
    state = partial(_state_new_key, home, opener, secrets[opener], pin)
    return Reply({}, [line], outcome=state)


def _state_new_key(home: Path, officer: str, secret: str, pin: str) -> int:
    """Open the desk, which then states its new sealing key."""
    with desk_session.unlocked_desk(home, officer, secret, pin) as desk:
        desk_session.refresh(desk)
    return 0


def _part(home: Path, of: str) -> "Part":
    parts = [
        part for part in parts_of(home.expanduser()) if not of or part.folder.name == of
    ]
    if not parts:
        where = of or say("node, desk or auditor")
        raise Refusal(Reason.HOME, where, config.absent(home))
    if len(parts) > 1:
        several = ", ".join(part.folder.name for part in parts)
        why = Why("give one of: {parts}", parts=several)
        raise Refusal(Reason.FIELD_MISSING, "--part", why)
    return parts[0]


def _tell_admitted(desk: str) -> None:
    told = say(
        "{desk} may connect once its node has read this: within a second, if it runs",
        desk=desk,
    )
    print(told, file=sys.stderr)


def _asked(request: "trust_pb2.KeyRequest") -> list[str]:
    """Return the request's content, for the officer who grants it."""
    if request.HasField("node"):
        at = " ".join(request.node.addresses)
        return [say("node {name} at {addresses}", name=request.name, addresses=at)]
    if request.auditor:
        line = say("auditor {name}, to read every log of every node", name=request.name)
        return [line]
    lines = [say("desk {name}", name=request.name)]
    for data in request.statements:
        stated = parse_statement(data)
        named = kid(stated.algorithm, stated.public_key).hex()[:16]
        line = say(
            "{subject} as {role}, key {key}",
            subject=stated.subject,
            role=stated.role,
            key=named,
        )
        lines.append(f"    {line}")
    return lines


def _show_number(bundle: "Bundle") -> None:
    number = nation_number(bundle)
    told = say("Number of {nation}: {number}", nation=bundle.domain, number=number)
    print(told, file=sys.stderr)


def _show_request_number(data: bytes) -> None:
    told = say("Number of this request: {number}", number=request_number(data))
    print(told, file=sys.stderr)


def _write(data: bytes, out: Path | None) -> list[str]:
    if out is None:
        options.write_bytes(data)
        return []
    out.write_bytes(data)
    return [say("written to {file}", file=out)]


AllDue = Annotated[
    bool, option("--all-due", "Renew all that must be renewed within 60 days.")
]
Officers = Annotated[
    list[str] | None,
    option(
        "--officer", "Renew the keys of this officer, due or not. Repeatable.", "duty-1"
    ),
]
Unattended = Annotated[
    bool,
    option(
        "--unattended",
        "Renew certificates with the home's online.key, without prompts.",
    ),
]
Roots = Annotated[
    bool,
    option("--roots", "Make new roots of the nation; partners compare its new number."),
]


@subcommand(app, "renew")
def renew(
    home: options.Home = options.HOME_DEFAULT,
    all_due: AllDue = False,
    officer: Officers = None,
    unattended: Unattended = False,
    roots: Roots = False,
    token: options.Token = "",
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """Renew keys and certificates: at once if their nation is in this home.

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
    """Renew the officers' keys, or all due keys; one next key may be on a token.

    Asks for a passphrase if a file needs it, and for the token's PIN.
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
    """Return the owner of the next key on the token: one officer, or the log.

    Raises Refusal(FIELD_VALUE) if next keys are already made.
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
        bundle = renew_roots(UnlockedNation.open(home, secret, now))
    number = nation_number(bundle)
    found = {"domain": bundle.domain, "serial": bundle.serial, "nation_number": number}
    lines = [
        say("Number of {nation}: {number}", nation=bundle.domain, number=number),
        say("Next: fusion trust export, and have every partner import it."),
    ]
    return Reply(found, lines)


Name = Annotated[
    str,
    argument(
        "NAME", "Owner of the keys: an officer, a desk, a node, an auditor, an issuer."
    ),
]
Since = Annotated[
    str, option("--since", "From when on they may have been in others' hands.", "TIME")
]
Key = Annotated[
    str, option("--key", "This key only, as `keys list` names it (64 digits).", "HEX")
]
Exports = Annotated[
    list[Path] | None,
    option(
        "--export",
        "Of an issuer: export with the logs of a node elsewhere. Repeatable.",
        "FILE",
    ),
]
TrustFiles = Annotated[
    list[Path] | None,
    option(
        "--trust",
        "Trust file of a partner with logs in the exports. Repeatable.",
        "FILE",
    ),
]


@subcommand(app, "revoke")
def revoke(
    name: Name,
    since: Since,
    home: options.Home = options.HOME_DEFAULT,
    key: Key = "",
    export: Exports = None,
    trust: TrustFiles = None,
    out: options.OutFolder = None,
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """At the nation: revoke the keys of an officer, desk, node, auditor or issuer.

    Signatures proven older than TIME stay valid. For a node or an auditor the next
    edition of the bundle carries the revocation: export it, and have partners import it
    at once.

    With an issuer (issuer@pk) both roots revoke every key that it stated and that the
    nation's logs do not prove to be older: the log of the node in this home, and those
    in the exports of all other nodes.
    """
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
        nation = UnlockedNation.open(home, secret, now)
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
