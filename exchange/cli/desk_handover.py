"""fusion desk handover: sign a shift's hand-over, list, show, verify."""

import base64
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import typer

from exchange.cli import options
from exchange.cli.frame import AtDesk, Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.clock import time_of
from exchange.errors import Reason, Refusal
from exchange.limits import HANDOVERS_SHOWN
from exchange.words import say, say_n

with lazy_imports():
    from exchange import config
    from exchange.bulletin.error_text import refusal
    from exchange.desk import officer as officers
    from exchange.desk import shift_handover
    from exchange.desk.client import Desk
    from exchange.desk.handover_words import counts, sections, tell_newer
    from exchange.desk.shift_handover import StoredHandover
    from exchange.trust.shift_handover import HandoverRecord
    from tui.text.safe_text import safe

app = typer.Typer(help="Hand a shift over, signed by both officers.")
Number = Annotated[int, argument("N", "The number that list shows.", min=1)]
To = Annotated[str, option("--to", "The incoming officer.", "duty-2")]
Since = Annotated[
    str,
    option(
        "--since", "When the shift began; by default at the last hand-over.", "TIME"
    ),
]


@subcommand(app, "sign")
def sign(
    at: AtDesk,
    to: To,
    since: Since = "",
    yes: options.Yes = False,
    json: options.Json = False,
) -> Reply:
    """Sign the shift's open actions and record, as outgoing and incoming officer.

    Both officers must be present. The outgoing officer's passphrase opens the desk; the
    incoming officer enters theirs after the whole record was shown. From a file
    descriptor, one passphrase per line, in this order. The record stays at this desk.
    """
    began = options.moment(since, "--since") if since else None
    folder = config.desk_home(at.home)
    with at.open_refreshed() as desk:
        short = officers.choose(folder, desk.settings, to)
        comes = f"{short}@{desk.officer.desk}"
        record = shift_handover.prepare(desk, comes, began)
        if not (json and yes):  # read it before signing
            for line in (counts(record), *_matters(desk, record)):
                print(safe(line), file=sys.stderr if json else sys.stdout)
        options.confirm(say("Sign this? Type yes:"), yes=yes)
        secret = options.passphrase(at.passphrase_fd, short)
        needs_pin = officers.needs_pin(folder, short)
        pin = options.pin(at.passphrase_fd) if needs_pin else ""
        comer = officers.unlock(folder, desk.officer.desk, short, secret, pin)
        newer = shift_handover.count_newer(desk, record)
        number = shift_handover.sign(desk, record, desk.officer, comer)
        stored = shift_handover.verified(desk, number)
    signed = say("hand-over {n} is signed by both and kept", n=number)
    return Reply(_json(stored), [signed, *([tell_newer(newer)] if newer else ())])


@subcommand(app, "list")
def list_(at: AtDesk) -> Reply:
    """List the hand-overs of this desk, the newest first, each verified again."""
    with at.open() as desk:
        found = shift_handover.every(desk, HANDOVERS_SHOWN)
    listed = {"handovers": list(map(_json, found))}
    return Reply(listed, map(_line, found), _all_verified(found), nothing=not found)


@subcommand(app, "show")
def show(at: AtDesk, number: Number) -> Reply:
    """Show one hand-over; with --json also the signed record, to keep elsewhere."""
    with at.open() as desk:
        stored = shift_handover.verified(desk, number)
        matters = _matters(desk, stored.record) if stored.record else ()
        lines = [_line(stored), *matters]
    return Reply(_json(stored), lines, _all_verified([stored]))


@subcommand(app, "verify")
def verify(at: AtDesk) -> Reply:
    """Verify every hand-over: both signatures, and that each names the one before it.

    Exit code 1 if one does not verify.
    """
    with at.open() as desk:
        found = shift_handover.every(desk)
    wrong = [one for one in found if one.record is None]
    n = len(found) - len(wrong)
    sound = say_n("{n} hand-over verified", "{n} hand-overs verified", n)
    lines = [*map(_line, wrong), sound]
    return Reply({"verified": n, "wrong": len(wrong)}, lines, _all_verified(found))


def _all_verified(found: "list[StoredHandover]") -> bool:
    return all(one.record is not None for one in found)


def _line(stored: "StoredHandover") -> str:
    if stored.record is None:
        fault = stored.fault or Refusal(Reason.INTERNAL)
        return f"✘ {stored.number} {refusal(fault)}"
    record = stored.record
    both = f"{record.leaves} → {record.comes}"
    return f"✔ {stored.number} {time_of(record.at)} {both}: {counts(record)}"


def _matters(desk: "Desk", record: "HandoverRecord") -> Iterator[str]:
    for section in sections(desk, record):
        yield section.title
        for one in section.lines:
            yield f"  {one.words}  {one.subject}".rstrip()


def _json(stored: "StoredHandover") -> dict[str, Any]:
    """Return the JSON, with the bytes and signatures to keep."""
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
