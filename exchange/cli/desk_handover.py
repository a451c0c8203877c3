"""fusion desk handover: hand a shift over, list, show, verify."""

import base64
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange.cli import desk_session, message_list, options
from exchange.errors import Reason, Refusal
from exchange.words import say, say_n

if TYPE_CHECKING:
    from exchange.desk.client import Desk
    from exchange.desk.shift_handover import StoredHandover
    from exchange.trust.shift_handover import HandoverRecord

app = typer.Typer(help="Hand a shift over, signed by both officers.")
Number = Annotated[
    int, typer.Argument(metavar="N", min=1, help="The number that list shows.")
]


@app.callback()
def _nothing() -> None:
    """Hand a shift over, signed by both officers."""


To = Annotated[
    str, typer.Option("--to", metavar="duty-2", help="The officer who comes.")
]
Since = Annotated[
    str,
    typer.Option(
        "--since",
        metavar="TIME",
        help="When the shift began; by default at the last hand-over.",
    ),
]


@app.command()
def sign(
    to: To,
    since: Since = "",
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Sign what is open and who did what: as who leaves, and as who comes.

    Both are here: each types a passphrase; from a file descriptor each is read from a
    line of its own, first that of who leaves. The record stays at this desk.
    """
    from exchange import config
    from exchange.desk import officer as officers
    from exchange.desk import shift_handover
    from exchange.desk.handover_words import counts

    began = options.moment(since, "--since") if since else None
    folder = config.desk_home(home)
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        short = officers.choose(folder, desk.settings, to)
        comes = f"{short}@{desk.officer.desk}"
        record = shift_handover.prepare(desk, comes, began)
        if not (json and yes):  # what is signed is read before
            said = [counts(record), *_matters(desk, record)]
            print("\n".join(said), file=sys.stderr if json else sys.stdout)
        options.confirm(say("Sign this? Type yes:"), yes=yes)
        secret = options.passphrase(passphrase_fd, short)
        pin = ""
        if officers.needs_pin(folder, short):
            pin = options.pin(passphrase_fd)
        comer = officers.unlock(folder, desk.officer.desk, short, secret, pin)
        number = shift_handover.sign(desk, record, desk.officer, comer)
        stored = shift_handover.verified(desk, number)
    if json:
        options.emit(_json(stored))
    else:
        print(say("hand-over {n} is signed by both and kept", n=number))


@app.command(name="list")
def list_(
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """List the hand-overs of this desk, the newest first, each verified again."""
    from exchange.desk import shift_handover
    from exchange.limits import HANDOVERS_SHOWN

    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        found = shift_handover.every(desk, HANDOVERS_SHOWN)
    if json:
        options.emit({"handovers": [_json(one) for one in found]})
    elif not found:
        message_list.nothing()
    else:
        print("\n".join(map(_line, found)))
    return _code(found)


@app.command()
def show(
    number: Number,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """Show one hand-over; with --json also what was signed, to be kept elsewhere."""
    from exchange.desk import shift_handover

    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        stored = shift_handover.verified(desk, number)
        if json:
            options.emit(_json(stored))
        else:
            print(_line(stored), *_matters(desk, stored.record), sep="\n")
    return _code([stored])


@app.command()
def verify(
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """Verify every hand-over: both signatures, and that each names the one before it.

    Exit code 1 if one does not verify.
    """
    from exchange.desk import shift_handover

    with desk_session.open_desk(home, officer, passphrase_fd) as desk:
        found = shift_handover.every(desk)
    wrong = [one for one in found if one.record is None]
    if json:
        options.emit({"verified": len(found) - len(wrong), "wrong": len(wrong)})
    else:
        n = len(found) - len(wrong)
        sound = say_n("{n} hand-over verified", "{n} hand-overs verified", n)
        print("\n".join([*map(_line, wrong), sound]))
    return _code(found)


def _code(found: "list[StoredHandover]") -> int:
    return options.CHECK_FAILED if any(one.record is None for one in found) else 0


def _line(stored: "StoredHandover") -> str:
    """Return one in a line: number, when, from whom to whom, or why it fails."""
    from exchange.bulletin.error_text import refusal
    from exchange.clock import time_of
    from exchange.desk.handover_words import counts

    if stored.record is None:
        fault = stored.fault or Refusal(Reason.INTERNAL)
        return f"✘ {stored.number} {refusal(fault)}"
    record = stored.record
    both = f"{record.leaves} → {record.comes}"
    return f"✔ {stored.number} {time_of(record.at)} {both}: {counts(record)}"


def _matters(desk: "Desk", record: "HandoverRecord | None") -> list[str]:
    """Return what was open and what was done, a line each."""
    from exchange.desk.handover_words import matter_lines
    from tui.text.safe_text import safe

    if record is None:
        return []
    every = matter_lines(desk, record)
    return [safe(f"{one.words}  {one.subject}".rstrip()) for one in every]


def _json(stored: "StoredHandover") -> dict[str, Any]:
    """Return one as JSON: what it says, and the bytes and signatures to keep."""
    import msgspec

    signed = stored.signed
    found: dict[str, Any] = {
        "number": stored.number,
        "verified": stored.record is not None,
        "reason": stored.fault.reason.value if stored.fault else None,
        "signed": {
            "record": base64.b64encode(signed.record).decode(),
            **{
                role: {"kid": one.kid.hex(), "signature": one.signature.hex()}
                for role, one in (("leaves", signed.leaves), ("comes", signed.comes))
            },
        },
    }
    record = msgspec.to_builtins(stored.record) if stored.record else None
    return found | {"record": record}
