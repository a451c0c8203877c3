"""fusion disclose: hand an auditor the key of one envelope."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.cli import desk_session, options
from exchange.words import say

if TYPE_CHECKING:
    from exchange.disclosure_file import Shown

WHOLE = re.compile("[0-9a-fA-F]{64}")


def command(
    name: options.Name,
    out: options.Out0600,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Write the key of one bulletin, with its signed entry and text, to FILE.

    Whoever holds FILE can read that one text, and prove that it is the one that was
    signed: fusion audit verify --disclosed FILE. It opens no other text. NAME may also
    be the full name of a translation.
    """
    from exchange import atomic_file as files
    from exchange.desk import disclosure
    from exchange.desk.translation.files_and_machine import label_line
    from exchange.disclosure_file import show

    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        wanted = _whole(name) or desk.mailbox.search.resolve(name)
        found = disclosure.disclose(desk.mailbox, desk.client, wanted)
        shown = show(found)
        label = label_line(disclosure.label(desk.mailbox, wanted, shown.core))
    options.confirm(_question(shown, label, out), yes=yes)
    with files.atomic(out) as file:
        file.write(found.encode())
    if json:
        options.emit({"name": wanted.hex(), "out": str(out), "label": label})
    else:
        print(f"{wanted.hex()} {out} {label}")


def _whole(name: str) -> bytes:
    """Return a name that is given whole, else nothing."""
    return bytes.fromhex(name) if WHOLE.fullmatch(name) else b""


def _question(shown: "Shown", label: str, out: Path) -> str:
    """Say what is about to be handed over."""
    from exchange.desk.incoming.examine_entry import check_content
    from exchange.v1 import envelope_pb2 as pb
    from tui.text.safe_text import safe

    core = shown.core
    check_content(core, shown.content)
    kind = pb.Kind.Name(core.kind).removeprefix("KIND_")
    return safe(
        say(
            "Whoever holds {file} will read this {kind} {name} of {node} ({label}), for"
            " ever. Type yes to write it:",
            file=out,
            kind=kind,
            name=shown.name.hex()[:8],
            node=core.origin,
            label=label,
        )
    )
